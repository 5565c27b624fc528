//! Whatever is wrong with a release, the old program stays, and says why.

use std::time::{Duration, Instant};

use serde_json::json;
use tar::EntryType;

use crate::release::{
    Entry, bomb, key, listed, name, pack, payload, seal, serial, sign, top, whole,
};
use crate::site::{Site, archive_path};
use test_support::responder::{Reply, Responder};

test_support::tests![
    a_checksum_that_is_wrong,
    a_signature_that_is_none_a_strangers_or_anothers,
    an_older_release_under_a_newer_name,
    a_manifest_that_is_none,
    a_manifest_no_release_key_has_signed_for_this,
    a_manifest_without_end,
    an_archive_of_another_size_than_announced,
    an_archive_that_is_not_a_releases,
    a_bomb,
    a_program_that_does_not_work,
    a_server_that_leads_elsewhere,
];

/// Tries to update; the file of the program must be the very one it was, and nothing left over.
#[track_caller]
fn refuses(site: &Site, why: &str) {
    let before = site.identity();
    let ran = site.run(&["update"]).exits(9).complains(why);
    assert!(ran.stderr.contains("\nhint: ") && ran.stdout.is_empty(), "{ran:#?}");
    assert_eq!(site.identity(), before);
    let left: Vec<_> = site.beside().into_iter().filter(|name| name != ".moss.bad").collect();
    assert_eq!(left, ["moss"]);
    site.version_is("0.1.0");
}

/// Serves this archive as 0.2.0, with the manifest that fits it.
fn offer(site: &Site, archive: Vec<u8>) {
    site.list(&[listed("0.2.0", &archive)]);
    site.serve("0.2.0", archive);
}

fn signed(archive: &[u8]) -> Vec<u8> {
    sign(archive, &key(1), &name("0.2.0"))
}

fn a_checksum_that_is_wrong() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let mut archive = site.archive("0.2.0", "");
    let at = archive.len() / 2;
    archive[at] ^= 1;
    site.serve("0.2.0", archive);
    refuses(&site, "the checksum of moss-0.2.0-");
}

fn a_signature_that_is_none_a_strangers_or_anothers() {
    let site = Site::new();
    let program = site.program("0.2.0", "");
    let plain = whole("0.2.0", program.as_bytes());
    let unsigned = plain.clone();
    let strangers = sign(&plain, &key(3), &name("0.2.0"));
    let of_another_version = sign(&plain, &key(1), &name("0.1.9"));
    let mut changed = signed(&plain);
    changed[20] ^= 1;
    let mut with_a_tail = signed(&plain);
    with_a_tail.extend(b"more");
    let mut twice = signed(&plain);
    twice.extend(sign(b"", &key(3), &name("0.2.0")));
    for archive in [unsigned, strangers, of_another_version, changed, with_a_tail, twice, vec![]] {
        offer(&site, archive);
        refuses(&site, "no release key has signed moss-0.2.0-");
    }
    offer(&site, signed(&plain));
    site.run(&["update"]).exits(0);
}

fn an_older_release_under_a_newer_name() {
    let site = Site::new();
    let old = site.archive("0.0.5", "");
    let mut release = listed("0.2.0", &old);
    release["assets"][0]["url"] = name("0.0.5").into();
    site.list(&[release]);
    site.serve("0.0.5", old);
    refuses(&site, "no release key has signed moss-0.2.0-");
}

fn a_manifest_that_is_none() {
    let site = Site::new();
    let archive = site.archive("0.2.0", "");
    let whole = crate::release::manifest(&[listed("0.2.0", &archive)]);
    let bytes = whole.into_bytes();
    let half = bytes.len() / 2;
    let manifest = "/releases/manifest.json";
    for (reply, why) in [
        (Reply::cut(bytes.clone(), half), "broke off"),
        (Reply::new(200, &bytes[..half]), "is no manifest of releases: EOF"),
        (Reply::new(200, *b"<html>"), "is no manifest of releases"),
        (Reply::new(200, *b"\xff\xfe"), "is no manifest of releases"),
        (Reply::new(200, "[".repeat(100_000)), "is no manifest of releases"),
    ] {
        site.serves(manifest, reply);
        refuses(&site, why);
    }
    for (field, value, why) in [
        ("name", "../../etc/cron.d/moss", "a file name is made of"),
        ("url", "../moss", "a file name is made of"),
        ("url", "a/b", "a file name is made of"),
        ("url", "https://example.org/moss", "a file name is made of"),
        ("digest", "sha256:00", "a digest is written"),
    ] {
        let mut release = listed("0.2.0", &archive);
        release["assets"][0][field] = value.into();
        site.list(&[release]);
        refuses(&site, why);
    }
    let mut other = payload(&[], serial(100));
    other["schema"] = json!(2);
    site.hand_out(&seal(&other, &key(1)));
    refuses(&site, "it is of schema 2, not 1");
}

fn a_manifest_no_release_key_has_signed_for_this() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let archive = site.archive("0.2.0", "");
    let listed = [listed("0.2.0", &archive)];
    let good = payload(&listed, serial(100));
    let signed = seal(&good, &key(1));
    // Of another folder, by the same key.
    let mut elsewhere = good.clone();
    elsewhere["minimum"] = json!("0.0.1");
    let elsewhere = seal(&elsewhere, &key(1));
    let signature = |text: &str| text.lines().last().unwrap().to_owned();
    let spliced = signed.replace(&signature(&signed), &signature(&elsewhere));
    for forged in [
        good.to_string(), // its signature stripped
        seal(&good, &key(3)),
        spliced,
        signed.replace("\"serial\": 100", "\"serial\": 101"),
        signed.replace("\"releases\": [", "\"releases\": [ "),
    ] {
        assert_ne!(forged, signed);
        site.hand_out(&forged);
        refuses(&site, "no release key has signed http://127.0.0.1:");
        assert!(!site.has("bin/.moss.seen"), "nothing of it is believed");
        site.run(&["update", "--version", "0.2.0"]).exits(9);
        site.run(&["update", "--check"]).exits(9);
    }
    for (field, value) in [("kind", "releases of soup"), ("channel", "beta")] {
        let mut other = good.clone();
        other[field] = value.into();
        site.hand_out(&seal(&other, &key(1)));
        refuses(&site, "it was signed as ");
    }
    site.hand_out(&signed);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.0");
}

fn a_manifest_without_end() {
    let site = Site::new();
    site.serves("/releases/manifest.json", Reply::gigabyte());
    let start = Instant::now();
    refuses(&site, "it is larger than 1048576 bytes");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(site.server.sent() < 32 << 20, "took {} bytes", site.server.sent());
}

fn an_archive_of_another_size_than_announced() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let archive = site.archive("0.2.0", "");
    site.serves(&archive_path("0.2.0"), Reply::gigabyte());
    refuses(&site, "is larger than the");
    assert!(site.server.sent() < 32 << 20, "took {} bytes", site.server.sent());
    site.serves(&archive_path("0.2.0"), Reply::cut(archive.clone(), archive.len() / 2));
    refuses(&site, "broke off");
    site.serve("0.2.0", archive[..100].to_vec());
    refuses(&site, "ended after 100 of");
    site.serves(&archive_path("0.2.0"), Reply::new(404, ""));
    refuses(&site, "answers 404");
    let mut release = listed("0.2.0", &archive);
    release["assets"][0]["size"] = json!(1_u64 << 40);
    site.list(&[release]);
    refuses(&site, "more than 67108864");
}

fn an_archive_that_is_not_a_releases() {
    let site = Site::new();
    let program = site.program("0.2.0", "");
    let (top, program) = (top("0.2.0"), program.as_bytes());
    let moss = format!("{top}/moss");
    let good = || Entry::file(&moss, program);
    let victim = site.path("victim");
    let cases = [
        (vec![Entry::link(&moss, EntryType::Symlink, "/bin/true")], "which is no plain file"),
        (
            vec![Entry::link(format!("{top}/a"), EntryType::Symlink, "/tmp"), good()],
            "which is no plain file",
        ),
        (vec![good(), Entry::link(format!("{top}/b"), EntryType::Link, "/etc/passwd")], "no plain"),
        (vec![Entry { kind: EntryType::Char, ..Entry::file(&moss, "") }], "no plain file"),
        (vec![good(), Entry::file(victim.to_str().unwrap(), "x")], "which is not in moss-0.2.0-"),
        (vec![good(), Entry::file(format!("{top}/../../victim"), "x")], "which is not in"),
        (vec![good(), Entry::file("other/moss", program)], "which is not in"),
        (vec![good(), good()], "two programs"),
        (vec![Entry::file(format!("{top}/LICENSE"), "MIT")], "it holds no moss-0.2.0-"),
        (vec![], "it holds no moss-0.2.0-"),
    ];
    for (entries, why) in cases {
        offer(&site, signed(&pack(&entries)));
        let _ = std::fs::remove_file(site.path("bin/.moss.bad"));
        refuses(&site, why);
        assert!(!victim.exists());
    }
    for garbage in [b"no gzip at all".to_vec(), pack(&[good()])[..40].to_vec()] {
        offer(&site, signed(&garbage));
        let _ = std::fs::remove_file(site.path("bin/.moss.bad"));
        refuses(&site, "the archive cannot be unpacked");
    }
}

fn a_bomb() {
    let site = Site::new();
    let other = bomb(&format!("{}/big", top("0.2.0")), 300 << 20);
    assert!(other.len() < 1 << 20, "{}", other.len());
    offer(&site, signed(&other));
    refuses(&site, "error: the archive");
    let _ = std::fs::remove_file(site.path("bin/.moss.bad"));
    offer(&site, signed(&bomb(&format!("{}/moss", top("0.2.0")), 65 << 20)));
    refuses(&site, "a program of 68157440 bytes");
}

fn a_program_that_does_not_work() {
    let site = Site::new();
    let real = std::fs::read(site.moss()).unwrap();
    let mut elsewhere = real[..4096].to_vec();
    elsewhere[18..20].copy_from_slice(&[243, 0]); // RISC-V
    for (program, why) in [
        (elsewhere, "moss 0.2.0 is for another processor"),
        (real[..4096].to_vec(), "moss 0.2.0 "), // cut off: whatever the system makes of it
        (b"no program".to_vec(), "moss 0.2.0 cannot be started"),
        (b"#!/bin/sh\nkill -SEGV $$".to_vec(), "moss 0.2.0 crashes"),
        (b"#!/bin/sh\nsleep 60".to_vec(), "moss 0.2.0 hangs"),
        (b"#!/bin/sh\necho moss 0.2.1".to_vec(), "moss 0.2.0 says it is 0.2.1"),
        (b"#!/bin/sh\necho moss 0.2.0 beta".to_vec(), "says 'moss 0.2.0 beta' where"),
        (b"#!/bin/sh\necho moss 0.2.0; exit 1".to_vec(), "ends with exit code 1"),
        (
            b"#!/bin/sh\n[ $1 = --version ] && echo moss 0.2.0 || { echo dead >&2; exit 1; }"
                .to_vec(),
            "moss 0.2.0 fails its self-test: it ends with exit code 1: dead",
        ),
        (
            b"#!/bin/sh\n[ -z \"$HOME$MOSS_API_KEY$MOSS_TEST_RELEASE_KEYS\" ] && exit 7".to_vec(),
            "ends with exit code 7", // with nothing in its environment
        ),
    ] {
        offer(&site, signed(&whole("0.2.0", &program)));
        refuses(&site, why);
        assert_eq!(site.read("bin/.moss.bad"), "0.2.0\n");
        std::fs::remove_file(site.path("bin/.moss.bad")).unwrap();
    }
}

fn a_server_that_leads_elsewhere() {
    let other = Responder::moss();
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    for path in ["/releases/manifest.json", &archive_path("0.2.0")] {
        site.offer(&[("0.2.0", "")]);
        other.set(&format!("GET {path}"), Reply::new(200, site.archive("0.2.0", "")));
        site.serves(path, Reply::redirect(&format!("{}{path}", other.url)));
        refuses(&site, "it redirects to http://127.0.0.1:");
        site.serves(path, Reply::redirect(path));
        refuses(&site, "it redirects in a circle");
    }
    assert_eq!(other.lines(), [""; 0], "nobody went there");
    // Within the same server it may.
    site.offer(&[("0.2.0", "")]);
    site.serves("/releases/moved", Reply::new(200, site.archive("0.2.0", "")));
    site.serves(&archive_path("0.2.0"), Reply::redirect("/releases/moved"));
    site.run(&["update"]).exits(0);
}
