use tempfile::TempDir;

use super::*;
use crate::dist::archive::{Archive, Mode};
use crate::dist::keys::tests::key;

const GNU: &str = "x86_64-unknown-linux-gnu";
const MUSL: &str = "aarch64-unknown-linux-musl";

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// A release of `moss` whose binary says `text`.
fn fresh(number: &str, target: &str, text: &str) -> Fresh {
    let mut archive = Archive::new("top");
    archive.add("moss", Mode::Program, text.as_bytes().to_vec());
    let bytes = archive.pack(0).unwrap();
    let built = Built { program: "moss".to_owned(), target: target.to_owned(), bytes };
    Fresh {
        version: version(number),
        date: Timestamp::from_micros(1_700_000_000_000_000),
        minimum: None,
        archives: vec![built],
    }
}

fn open(folder: &TempDir) -> Result<Folder> {
    Folder::open(folder.path(), &[key(1).public(), key(2).public()])
}

fn publish(folder: &TempDir, fresh: Fresh, signed: bool) -> Result<()> {
    let key = key(1);
    open(folder)?.publish(fresh, signed.then_some(&key))
}

fn manifest(folder: &TempDir) -> Manifest {
    Manifest::parse(&std::fs::read(folder.path().join(MANIFEST_NAME)).unwrap()).unwrap()
}

/// Every file with what it holds.
fn content(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn refusal(result: Result<()>) -> String {
    format!("{:#}", result.unwrap_err())
}

#[test]
fn earlier_releases_stay_and_the_newest_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    for number in ["0.9.0", "0.10.0", "0.2.0"] {
        publish(&folder, fresh(number, GNU, number), true).unwrap();
    }
    let seen: Vec<_> = manifest(&folder).releases.iter().map(|r| r.version.to_string()).collect();
    assert_eq!(seen, ["0.10.0", "0.9.0", "0.2.0"]);
    let names: Vec<_> = content(&folder).into_iter().map(|(name, _)| name).collect();
    let archives = ["0.10.0", "0.2.0", "0.9.0"].map(|n| format!("moss-{n}-{GNU}.tar.gz"));
    let mut expected = vec!["SHA256SUMS", "SHA256SUMS.sig", "manifest.json"];
    expected.extend(archives.iter().map(String::as_str));
    assert_eq!(names, expected);
}

#[test]
fn the_sums_and_the_manifest_tell_of_the_signed_archive() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let name = format!("moss-0.2.0-{GNU}.tar.gz");
    let bytes = std::fs::read(folder.path().join(&name)).unwrap();
    let asset = manifest(&folder).releases[0].assets[0].clone();
    assert_eq!((asset.size, asset.url.as_str()), (bytes.len() as u64, name.as_str()));
    assert_eq!(asset.digest, Digest(Sha256::digest(&bytes).into()));
    let sums = std::process::Command::new("sha256sum")
        .args(["--strict", "-c", SUMS])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(sums.stdout).unwrap(), format!("{name}: OK\n"));
    let text = std::fs::read_to_string(folder.path().join(SUMS)).unwrap();
    let signature = std::fs::read(folder.path().join(SUMS_SIGNATURE)).unwrap();
    assert_eq!(signature.len(), 64);
    assert!(signed_by_one(&[key(1).public()], &text, &signature));
}

#[test]
fn a_second_machine_adds_its_target_and_a_second_run_nothing() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    publish(&folder, fresh("0.2.0", MUSL, "y"), true).unwrap();
    let release = manifest(&folder).releases.remove(0);
    let version = version("0.2.0");
    assert_eq!(release.version, version);
    assert!(release.asset("moss", GNU).is_some() && release.asset("moss", MUSL).is_some());
    let before = content(&folder);
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    assert_eq!(content(&folder), before);
}

#[test]
fn what_was_signed_never_changes() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let before = content(&folder);
    let said = refusal(publish(&folder, fresh("0.2.0", GNU, "y"), true));
    assert!(said.contains("other bytes\nhint: raise the version"), "{said}");
    let said = refusal(publish(&folder, fresh("0.3.0", GNU, "z"), false));
    assert!(said.contains("there is no --key"), "{said}");
    assert_eq!(content(&folder), before);
}

#[test]
fn what_was_never_signed_may_change_and_is_never_mixed_in() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["x", "y"] {
        publish(&folder, fresh("0.2.0", GNU, text), false).unwrap();
    }
    assert_eq!(manifest(&folder).releases[0].assets.len(), 1);
    let said = refusal(publish(&folder, fresh("0.3.0", GNU, "z"), true));
    assert!(said.contains("never signed"), "{said}");
}

#[test]
fn a_folder_that_somebody_changed_is_not_signed_again() {
    let change = |name: &str, from: &str, to: &str| {
        let folder = tempfile::tempdir().unwrap();
        publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
        let path = folder.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        std::fs::write(&path, changed).unwrap();
        refusal(publish(&folder, fresh("0.3.0", GNU, "z"), true))
    };
    assert!(change(SUMS, "0", "1").contains("not what a key of ours signed"));
    assert!(change(MANIFEST_NAME, "sha256:", "sha256:0").contains("digest"));
    // Whatever digit the digest begins with: the other fifteen are lies.
    let lies = "0123456789abcdef".chars().filter(|digit| {
        let folder = tempfile::tempdir().unwrap();
        publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
        let path = folder.path().join(MANIFEST_NAME);
        let text = std::fs::read_to_string(&path).unwrap();
        let at = text.find("sha256:").unwrap() + "sha256:".len();
        std::fs::write(&path, format!("{}{digit}{}", &text[..at], &text[at + 1..])).unwrap();
        publish(&folder, fresh("0.3.0", GNU, "z"), true).is_err()
    });
    assert_eq!(lies.count(), 15);
}

#[test]
fn a_folder_of_somebody_elses_key_is_not_extended() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    assert!(Folder::open(folder.path(), &[key(3).public()]).is_err());
    let next = Folder::open(folder.path(), &[key(3).public(), key(1).public()]).unwrap();
    next.publish(fresh("0.3.0", GNU, "z"), Some(&key(3))).unwrap();
}

#[test]
fn a_recall_is_signed_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    open(&folder).unwrap().recall(version("0.2.0"), "eats files", &key(1)).unwrap();
    publish(&folder, fresh("0.2.0", MUSL, "y"), true).unwrap();
    let recall = manifest(&folder).releases[0].recalled.clone().unwrap();
    assert_eq!(recall.reason, "eats files");
    let signature = BASE64_STANDARD.decode(recall.signature).unwrap();
    let by_key = |text: &str| signed_by_one(&[key(1).public()], text, &signature);
    assert!(by_key("moss recall\n0.2.0\neats files\n"));
    assert!(!by_key("moss recall\n0.3.0\neats files\n"));
}

#[test]
fn a_recall_is_of_a_release_and_for_a_reason_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let before = content(&folder);
    let recall = |number: &str, reason: &str| {
        refusal(open(&folder).unwrap().recall(version(number), reason, &key(1)))
    };
    assert!(recall("0.3.0", "eats files").contains("no release 0.3.0"));
    let long = "x".repeat(MAX_REASON + 1);
    for reason in ["", " ", "two\nlines", "\u{1b}[31m", &long] {
        assert!(recall("0.2.0", reason).contains("one line"), "{reason:?}");
    }
    assert_eq!(content(&folder), before);
}

#[test]
fn the_minimum_is_kept_until_it_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    let raised = Fresh { minimum: Some(version("0.2.0")), ..fresh("0.2.0", GNU, "x") };
    publish(&folder, raised, true).unwrap();
    publish(&folder, fresh("0.3.0", GNU, "y"), true).unwrap();
    assert_eq!(manifest(&folder).minimum, version("0.2.0"));
}
