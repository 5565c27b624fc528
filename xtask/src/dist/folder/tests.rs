use tempfile::TempDir;

use moss_api::release::Stamp;

use super::*;
use crate::dist::archive::{Archive, Mode};
use crate::dist::keys::tests::key;
use crate::dist::signing::Lifetime;

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

fn keys() -> ReleaseKeys {
    ReleaseKeys::new([1, 2].map(|number| key(number).public()).to_vec())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// With the first key, at this second of 1970.
fn signing(seconds: i64) -> Signing {
    Signing { key: key(1), at: at(seconds), lifetime: Lifetime { days: 90 } }
}

fn open(folder: &TempDir) -> Result<Folder> {
    Folder::open(folder.path(), &keys())
}

fn publish(folder: &TempDir, fresh: Fresh, signed: bool) -> Result<()> {
    open(folder)?.publish(fresh, signed.then_some(&signing(1000)))
}

fn signed(folder: &TempDir) -> SignedManifest {
    let json = std::fs::read(folder.path().join(MANIFEST_NAME)).unwrap();
    SignedManifest::open(&json, &keys()).unwrap()
}

fn manifest(folder: &TempDir) -> Manifest {
    signed(folder).manifest
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
    assert_eq!(keys().signer(text.as_bytes(), &signature), Some(&key(1).public()));
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
    let json = std::fs::read(folder.path().join(MANIFEST_NAME)).unwrap();
    assert_eq!(Manifest::parse(&json).unwrap().releases[0].assets.len(), 1);
    let said = refusal(publish(&folder, fresh("0.3.0", GNU, "z"), true));
    assert!(said.contains("never signed"), "{said}");
    let said = refusal(open(&folder).unwrap().renew(&signing(1)));
    assert!(said.contains("no signed manifest"), "{said}");
}

#[test]
fn each_signing_has_a_higher_serial_and_a_new_end() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let before = signed(&folder);
    let day = 24 * 60 * 60;
    assert_eq!(
        before.stamp,
        Stamp { serial: 1000, signed: at(1000), expires: at(1000 + 90 * day) }
    );
    // Once in the same second, by a clock that is behind, and later.
    for (seconds, serial) in [(1000, 1001), (5, 1002), (2000, 2000)] {
        let signing = Signing { lifetime: Lifetime { days: 7 }, ..signing(seconds) };
        open(&folder).unwrap().renew(&signing).unwrap();
        let stamp = Stamp { serial, signed: at(seconds), expires: at(seconds + 7 * day) };
        assert_eq!(signed(&folder), SignedManifest { stamp, ..before.clone() });
    }
    open(&folder).unwrap().recall(version("0.2.0"), "eats files", &signing(1)).unwrap();
    publish(&folder, fresh("0.3.0", GNU, "y"), true).unwrap();
    assert_eq!(signed(&folder).stamp.serial, 2002);
}

#[test]
fn a_folder_that_somebody_changed_is_not_signed_again() {
    for (from, to) in [
        ("sha256:", "sha256:0"),
        ("\"size\": ", "\"size\": 1"),
        ("\"serial\": 1", "\"serial\": 2"),
        ("\"minimum\": \"0.1.0\"", "\"minimum\": \"0.0.1\""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
        let path = folder.path().join(MANIFEST_NAME);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        std::fs::write(&path, changed).unwrap();
        let said = refusal(publish(&folder, fresh("0.3.0", GNU, "z"), true));
        assert!(said.contains("no release key has signed it"), "{said}");
        assert!(said.contains("hint: use a copy"), "{said}");
    }
}

#[test]
fn a_folder_of_somebody_elses_key_is_not_extended() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let only = |numbers: &[u8]| {
        let keys = numbers.iter().map(|number| key(*number).public()).collect();
        Folder::open(folder.path(), &ReleaseKeys::new(keys))
    };
    assert!(only(&[3]).is_err() && only(&[]).is_err());
    let next = Signing { key: key(3), ..signing(1) };
    only(&[3, 1]).unwrap().publish(fresh("0.3.0", GNU, "z"), Some(&next)).unwrap();
}

#[test]
fn a_recall_stays() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    open(&folder).unwrap().recall(version("0.2.0"), "eats files", &signing(1)).unwrap();
    publish(&folder, fresh("0.2.0", MUSL, "y"), true).unwrap();
    let recall = manifest(&folder).releases[0].recalled.clone().unwrap();
    assert_eq!(recall.reason, "eats files");
}

#[test]
fn a_recall_is_of_a_release_and_for_a_reason_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    publish(&folder, fresh("0.2.0", GNU, "x"), true).unwrap();
    let before = content(&folder);
    let recall = |number: &str, reason: &str| {
        refusal(open(&folder).unwrap().recall(version(number), reason, &signing(1)))
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
