//! A disk that is full, at every step: the old program stays whole.
//!
//! The disk is a tmpfs in a mount namespace of the command's own. Its size, and then the number
//! of files it takes, grow from too small for anything to enough.

use std::os::unix::fs::PermissionsExt;

use crate::release::{key, listed, name, sign, whole};
use crate::site::{Site, finish};
use test_support::needs::{MOUNTS, namespace};

test_support::tests![is_survived_at_each_step needs [MOUNTS]];

/// Updates on a disk with these options. Returns whether that worked; either way there is a
/// program that does.
fn works_on(site: &Site, options: &str) -> bool {
    let mut unshare = namespace();
    let bin = site.path("bin").display().to_string();
    let script = format!(
        "set -e; cp {bin}/moss {bin}/../old; mount -t tmpfs -o {options} none {bin}; \
         cp {bin}/../old {bin}/moss; cd ../ws; set +e; {bin}/moss update >&2; echo exit $?; \
         {bin}/moss --version; ls -A {bin}"
    );
    site.prepare(unshare.args(["sh", "-c", &script]));
    let ran = finish(unshare.spawn().unwrap());
    let lines: Vec<_> = ran.stdout.lines().collect();
    match lines[..] {
        ["exit 0", "moss 0.2.0", ref left @ ..] => {
            let seen = [".moss.lock", ".moss.seen", ".moss.seen.lock"];
            assert_eq!(*left, [&seen[..], &[".moss.unproven", "moss", "moss.prev"]].concat());
            true
        }
        ["exit 9", "moss 0.1.0", ref left @ ..] => {
            let others = left
                .iter()
                .filter(|name| ![".moss.lock", ".moss.seen", ".moss.seen.lock"].contains(*name));
            assert_eq!(others.collect::<Vec<_>>(), [&"moss"], "{options}: {ran:#?}");
            let says = ["No space left on device", "hint: "];
            assert!(says.iter().all(|text| ran.stderr.contains(text)), "{options}: {ran:#?}");
            false
        }
        _ => panic!("{options}: {ran:#?}"),
    }
}

fn is_survived_at_each_step() {
    let site = Site::new();
    // What cannot be made smaller follows what is run, and makes each file some pages large.
    let noise = (0..10_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes());
    let mut program = site.program("0.2.0", "").into_bytes();
    program.extend(noise.flatten());
    let archive = sign(&whole("0.2.0", &program), &key(1), &name("0.2.0"));
    assert!(archive.len() > 30_000, "{}", archive.len());
    site.list(&[listed("0.2.0", &archive)]);
    site.serve("0.2.0", archive);
    std::fs::remove_file(site.moss()).unwrap();
    std::fs::write(site.moss(), site.program("0.1.0", "")).unwrap();
    std::fs::set_permissions(site.moss(), std::fs::Permissions::from_mode(0o755)).unwrap();

    for (what, sizes) in [("size", 1..40), ("nr_inodes", 2..12)] {
        let unit = if what == "size" { 4096 } else { 1 };
        let mut outcomes = Vec::new();
        for size in sizes {
            let worked = works_on(&site, &format!("{what}={}", size * unit));
            outcomes.push(worked);
            if worked {
                break;
            }
        }
        assert!(outcomes.len() > 2 && outcomes.last() == Some(&true), "{what}: {outcomes:?}");
    }
}
