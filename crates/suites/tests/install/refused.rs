//! What must not be installed; what was there before stays.

use serde_json::json;
use tempfile::TempDir;

use crate::machine::{Machine, Refuses, USUAL, USUAL_AND_BUSYBOX};
use crate::shelf::{Shelf, TARGET, archive, openssl, pack};

test_support::tests![
    an_archive_with_another_checksum needs USUAL_AND_BUSYBOX,
    sums_that_no_release_key_has_signed needs USUAL,
    an_archive_that_is_not_among_what_was_signed needs USUAL,
    an_archive_the_new_moss_does_not_believe needs USUAL_AND_BUSYBOX,
    a_program_that_does_not_work_here needs USUAL,
    an_archive_without_a_moss needs USUAL_AND_BUSYBOX,
    a_manifest_that_is_none needs USUAL_AND_BUSYBOX,
];

/// Fails the test unless the script refuses, and leaves the older moss where it was.
#[track_caller]
fn refused_by(machine: &Machine, shelf: &Shelf, words: &str) {
    machine.has("0.1.0");
    machine.install(&shelf.script(), &[]).refuses(9, words);
    assert_eq!(machine.version(), "0.1.0");
}

fn name() -> String {
    format!("moss-0.2.0-{TARGET}.tar.gz")
}

fn an_archive_with_another_checksum() {
    let shelf = Shelf::with(&["0.2.0"]);
    let mut bytes = std::fs::read(shelf.file(&name())).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    for other in [bytes.clone(), [bytes.as_slice(), b"more"].concat(), Vec::new()] {
        shelf.put(&name(), &other);
        for machine in [Machine::usual(), Machine::busybox()] {
            let words = format!("the checksum of {} is not the one announced", name());
            refused_by(&machine, &shelf, &words);
        }
    }
    std::fs::remove_file(shelf.file(&name())).unwrap();
    refused_by(&Machine::usual(), &shelf, "is named by the manifest and not there");
}

fn sums_that_no_release_key_has_signed() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    let sums = std::fs::read(shelf.file("SHA256SUMS")).unwrap();
    shelf.put("SHA256SUMS", &[sums.as_slice(), b"\n"].concat());
    refused_by(&machine, &shelf, "no release key has signed SHA256SUMS");
    // A key, but none of ours.
    let other = TempDir::new().unwrap();
    openssl(other.path(), &["genpkey", "-algorithm", "ed25519", "-out", "key"]);
    let (sums, signature) = (shelf.file("SHA256SUMS"), shelf.file("SHA256SUMS.sig"));
    let (sums, signature) = (sums.to_str().unwrap(), signature.to_str().unwrap());
    let sign = ["pkeyutl", "-sign", "-rawin", "-inkey", "key", "-in", sums, "-out", signature];
    openssl(other.path(), &sign);
    refused_by(&machine, &shelf, "no release key has signed SHA256SUMS");
    for signature in [&b""[..], b"short", &[0; 64], &[0; 60_000]] {
        shelf.put("SHA256SUMS.sig", signature);
        let words = if signature.len() > 100 { "larger than any" } else { "no release key has" };
        refused_by(&machine, &shelf, words);
    }
    std::fs::remove_file(shelf.file("SHA256SUMS.sig")).unwrap();
    refused_by(&machine, &shelf, "this release is not signed");
    shelf.sign();
    machine.install(&shelf.script(), &[]).exits(0);
    assert_eq!(machine.version(), "0.2.0", "signed by ours, as it is");
}

/// Old sums with a good signature, and an archive they know nothing of.
fn an_archive_that_is_not_among_what_was_signed() {
    let mut shelf = Shelf::with(&["0.2.0"]);
    let (sums, signature) = (shelf.file("SHA256SUMS"), shelf.file("SHA256SUMS.sig"));
    let signed = [&sums, &signature].map(|path| std::fs::read(path).unwrap());
    shelf.add("0.3.0");
    std::fs::write(sums, &signed[0]).unwrap();
    std::fs::write(signature, &signed[1]).unwrap();
    let words = format!("moss-0.3.0-{TARGET}.tar.gz is not among the files that were signed");
    refused_by(&Machine::usual(), &shelf, &words);
}

fn an_archive_the_new_moss_does_not_believe() {
    let mut shelf = Shelf::empty();
    let top = format!("moss-0.2.0-{TARGET}");
    let program = b"#!/bin/sh\ncase $1 in --version) echo moss 0.2.0 ;; *) echo error: it is \
                    forged >&2; exit 9 ;; esac\n";
    shelf.add_archive("0.2.0", TARGET, &archive(&top, program));
    for machine in [Machine::usual(), Machine::busybox()] {
        refused_by(&machine, &shelf, "refuses itself: it is forged");
    }
}

fn a_program_that_does_not_work_here() {
    for program in [
        "#!/bin/sh\necho moss 0.3.0\n",
        "#!/bin/sh\necho moss 0.2.0; exit 1\n",
        "#!/bin/sh\nkill -9 $$\n",
        "#!/bin/sh\nsleep 60\n",
        "#!/absent\n",
        "\u{7f}ELF of another processor",
        "",
    ] {
        let mut shelf = Shelf::empty();
        shelf.add_program("0.2.0", TARGET, program.as_bytes());
        refused_by(&Machine::usual(), &shelf, "does not run here as moss 0.2.0");
    }
}

fn an_archive_without_a_moss() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let top = format!("moss-0.2.0-{TARGET}");
    std::fs::create_dir_all(at(&top).join("bin")).unwrap();
    std::fs::write(at(&top).join("bin/moss"), "#!/bin/sh\necho moss 0.2.0\n").unwrap();
    let elsewhere = pack(folder.path(), &top);
    std::os::unix::fs::symlink("/bin/sh", at(&top).join("moss")).unwrap();
    let link = pack(folder.path(), &top);
    std::fs::remove_file(at(&top).join("moss")).unwrap();
    std::fs::create_dir(at(&top).join("moss")).unwrap();
    let directory = pack(folder.path(), &top);
    for bytes in [elsewhere, link, directory, b"no archive".to_vec()] {
        let mut shelf = Shelf::empty();
        shelf.add_archive("0.2.0", TARGET, &bytes);
        for machine in [Machine::usual(), Machine::busybox()] {
            refused_by(&machine, &shelf, "there is no moss in ");
        }
    }
}

fn a_manifest_that_is_none() {
    let mut shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    let busybox = Machine::busybox();
    let whole = shelf.manifest();
    let text = whole.trim_end();
    let step = text.len() / 40;
    let mut broken: Vec<String> = (0..40).map(|part| text[..part * step].to_owned()).collect();
    broken.extend(
        [&text[..text.len() - 1], "[]", "null", "\"", "{}{", "<html></html>"].map(Into::into),
    );
    broken.push(format!("{text}{text}"));
    for (from, to) in [
        ("\"schema\": 1", "\"schema\": 2"),
        ("\"url\": \"moss", "\"url\": \"../moss"),
        ("\"url\": \"moss", "\"url\": \"/moss"),
        ("\"url\": \"moss", "\"url\": \".moss"),
        ("\"url\": \"moss", "\"url\": \"http://h/moss"),
        ("\"url\": \"moss", "\"url\": \"$(id)moss"),
        ("\"url\": \"moss", "\"url\": \"-o moss"),
        ("\"url\": \"moss", "\"url\": \"a\\\"b\\\\moss"),
        ("sha256:", "sha256:0"),
        ("sha256:", "sha512:"),
        ("\"size\": ", "\"size\": -"),
        ("\"size\": ", "\"size\": 99999999"),
        ("\"version\": \"0.2.0\"", "\"version\": \"0.2\""),
        ("\"version\": \"0.2.0\"", "\"version\": \"0.2.0; id\""),
        ("\"version\": \"0.2.0\"", "\"version\": 2"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        broken.push(changed);
    }
    for manifest in broken {
        shelf.put("manifest.json", manifest.as_bytes());
        refused_by(&machine, &shelf, "manifest.json is broken: ");
        refused_by(&busybox, &shelf, "manifest.json is broken: ");
    }
    shelf.put("manifest.json", &vec![b' '; 5 << 20]);
    refused_by(&machine, &shelf, "manifest.json is larger than any such file");
    refused_by(&busybox, &shelf, "manifest.json is larger than any such file");
    for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        shelf.put("manifest.json", deep.as_bytes());
        refused_by(&machine, &shelf, "manifest.json is broken: too deep");
    }
    // Written otherwise, and good all the same.
    let compact = serde_json::from_str::<serde_json::Value>(&whole).unwrap().to_string();
    for good in
        [compact, whole.replace(": ", "\t:\r\n\r\n"), whole.replace("\"\"", "\"a\\\"b{\\\\\"")]
    {
        assert_ne!(good, whole);
        shelf.put("manifest.json", good.as_bytes());
        machine.has("0.1.0");
        machine.install(&shelf.script(), &[]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
    }
    shelf.change(|release| release["recalled"] = json!(null));
    machine.install(&shelf.script(), &[]).exits(0);
}
