//! In roots that hold nothing but what is needed: the folders the script picks by itself.

use std::fs;

use crate::machine::Refuses;
use crate::network::Tls;
use crate::root::{Root, SOMEBODY};
use crate::shelf::{Shelf, TARGET};
use test_support::needs::ROOT;

test_support::tests![
    for_root_into_the_systems_folder_without_certificates_and_curl needs [ROOT, "busybox", "curl", "openssl"],
    for_others_into_their_home needs [ROOT, "busybox", "curl", "openssl"],
    a_read_only_folder_is_not_written_not_even_by_root needs [ROOT, "curl", "openssl"],
    a_folder_without_room_or_where_nothing_runs needs [ROOT, "busybox", "curl", "openssl"],
    without_certificates_nothing_is_believed_to_come_from_a_server needs [ROOT, "curl", "openssl"],
];

const CRON: &str = "a systemd timer finds it; cron looks in /usr/bin:/bin only, so a crontab says \
                    /usr/local/bin/moss\n";

/// What a folder holds, in order.
fn names(root: &Root, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.at(folder)).map(Iterator::collect::<Vec<_>>);
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
    entries.unwrap_or_default().into_iter().map(|entry| name(entry).unwrap()).collect()
}

fn for_root_into_the_systems_folder_without_certificates_and_curl() {
    let shelf = Shelf::with(&["0.1.0", "0.2.0"]);
    let script = shelf.script();
    for root in [Root::busybox(), Root::usual()] {
        root.run(&script, &["--version", "0.1.0"]).exits(0);
        let ran = root.run(&script, &[]).exits(0);
        let url = shelf.url();
        let said = format!(
            "installed moss 0.2.0 in /usr/local/bin, in place of 0.1.0\n{CRON}\
             -> moss register --server {url} --role ROLE --name NAME\n"
        );
        assert_eq!(ran.stdout, said);
        assert_eq!(names(&root, "usr/local/bin"), ["moss"]);
        let mode = fs::metadata(root.at("usr/local/bin/moss")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o7777, 0o755);
        let said = "removed /usr/local/bin/moss\n";
        assert!(root.run(&script, &["--uninstall"]).exits(0).stdout.starts_with(said));
        assert_eq!(names(&root, "usr/local/bin"), [""; 0]);
    }
}

fn for_others_into_their_home() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    for root in [Root::busybox(), Root::usual()] {
        let root = root.user(SOMEBODY);
        let ran = root.run(&script, &[]).exits(0);
        let url = shelf.url();
        let said = format!(
            "installed moss 0.2.0 in /home/.local/bin\n\
             no timer looks in /home/.local/bin: a crontab or a systemd unit says \
             /home/.local/bin/moss\n\
             /home/.local/bin is not in your PATH: export PATH=/home/.local/bin:$PATH\n\
             -> /home/.local/bin/moss register --server {url} --role ROLE --name NAME\n"
        );
        assert_eq!(ran.stdout, said);
        let dir = ["--dir", "/usr/local/bin"];
        root.run(&script, &dir).refuses(9, "/usr/local/bin cannot be written");
        let root = root.env("HOME", "");
        root.run(&script, &[]).refuses(9, "/usr/local/bin cannot be written, and HOME is not set");
        assert_eq!(names(&root, "usr/local/bin"), [""; 0]);
    }
}

fn a_read_only_folder_is_not_written_not_even_by_root() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let read_only = "mount -t tmpfs -o ro none \"$1\"/usr/local/bin";
    let root = Root::usual().after(read_only);
    let dir = ["--dir", "/usr/local/bin"];
    root.run(&script, &dir).refuses(9, "/usr/local/bin cannot be written");
    root.run(&script, &[]).exits(0).says("installed moss 0.2.0 in /home/.local/bin\n");
}

fn a_folder_without_room_or_where_nothing_runs() {
    let mut shelf = Shelf::empty();
    let program = format!("#!/bin/sh\necho moss 0.2.0\n# {}", "x".repeat(200_000));
    shelf.add_program("0.2.0", TARGET, program.as_bytes());
    let script = shelf.script();
    for (mount, words) in [
        ("size=64k none \"$1\"/usr/local/bin", "there is no room in /usr/local/bin"),
        ("noexec none \"$1\"/usr/local/bin", "does not run here as moss 0.2.0"),
        ("size=64k none \"$1\"/tmp", "no room"),
        ("size=4k none \"$1\"/tmp", "there is no room in /tmp"),
        ("ro none \"$1\"/tmp", "/tmp cannot be written"),
    ] {
        for root in [Root::usual(), Root::busybox()] {
            let root = root.after(&format!("mount -t tmpfs -o {mount}"));
            root.run(&script, &[]).refuses(9, words);
            assert_eq!(names(&root, "usr/local/bin"), [""; 0]);
        }
    }
}

fn without_certificates_nothing_is_believed_to_come_from_a_server() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let tls = Tls::start(&shelf);
    let root = Root::usual();
    let args = ["--server", &tls.url];
    root.run(&script, &args).refuses(7, "manifest.json cannot be trusted: curl: ");
    assert_eq!(names(&root, "usr/local/bin"), [""; 0]);
    fs::write(root.at("mnt/ca"), tls.certificate()).unwrap();
    root.env("CURL_CA_BUNDLE", "/mnt/ca").run(&script, &args).exits(0).says("installed moss 0.2.0");
}
