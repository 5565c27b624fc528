//! Where `moss` must not replace itself: known before a byte of an archive is fetched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::site::{Site, finish};
use test_support::needs::{MOUNTS, namespace};

test_support::tests![
    a_package_managers_file,
    a_file_a_package_manager_knows,
    a_folder_that_cannot_be_written needs [MOUNTS],
];

#[track_caller]
fn only_looked(site: &Site) {
    assert_eq!(site.take_paths(), ["/releases/manifest.json"]);
}

fn a_package_managers_file() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    for (folder, who, how) in [
        ("Cellar/moss/0.1.0/bin", "belongs to Homebrew, which updates it", "hint: brew upgrade"),
        ("nix/store/abc-moss/bin", "belongs to Nix", "hint: nix profile upgrade"),
    ] {
        fs::create_dir_all(site.path(folder)).unwrap();
        let moss = site.path(folder).join("moss");
        fs::hard_link(site.moss(), &moss).unwrap();
        let mut command = Command::new(&moss);
        site.prepare(command.arg("update"));
        finish(command.spawn().unwrap()).exits(9).complains(who).complains(how);
        only_looked(&site);
        assert_eq!(fs::read_dir(site.path(folder)).unwrap().count(), 1);
    }
}

fn a_file_a_package_manager_knows() {
    let tools = tempfile::TempDir::new().unwrap();
    for (manager, how) in [
        ("dpkg-query", "hint: apt-get update && apt-get install --only-upgrade moss"),
        ("rpm", "hint: dnf upgrade moss"),
    ] {
        let tool = tools.path().join(manager);
        // Knows this one file, and no other.
        fs::write(&tool, "#!/bin/sh\n[ \"$2\" = /opt/acme/moss ]\n").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let path = tools.path().display();
        let site = Site::new()
            .env("PATH", &format!("{path}:/usr/bin:/bin"))
            .env("MOSS_TEST_SELF", "0.1.0 /opt/acme/moss");
        site.offer(&[("0.2.0", "")]);
        site.run(&["update"])
            .exits(9)
            .complains(&format!("/opt/acme/moss belongs to {manager}"))
            .complains(how);
        only_looked(&site);
        fs::remove_file(&tool).unwrap();
    }
}

fn a_folder_that_cannot_be_written() {
    let mut unshare = namespace();
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    site.run(&["update", "--version", "0.1.0"]).exits(0);
    let bin = site.path("bin").display().to_string();
    let script = format!(
        "mount --bind {bin} {bin} && mount -o remount,ro,bind {bin} && {bin}/moss update --check \
         && exec {bin}/moss update"
    );
    site.take_paths();
    site.prepare(unshare.args(["sh", "-c", &script]));
    let ran = finish(unshare.spawn().unwrap()).exits(9);
    let ran =
        ran.complains("error: moss cannot be replaced in ").complains("Read-only file system");
    assert!(ran.stderr.contains("hint: run moss update as the user that installed"), "{ran:#?}");
    assert_eq!(site.take_paths(), ["/releases/manifest.json"; 2]);
    site.version_is("0.1.0");
}
