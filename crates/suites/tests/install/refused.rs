//! What must not be installed; what was there before stays.

use serde_json::json;
use tempfile::TempDir;

use crate::machine::{Machine, Refuses, USUAL, USUAL_AND_BUSYBOX};
use crate::shelf::{Shelf, TARGET, archive, pack};
use test_support::manifest::{Stamp, day, key, seal, serial};

test_support::tests![
    an_archive_with_another_checksum needs USUAL_AND_BUSYBOX,
    a_manifest_that_no_release_key_has_signed needs USUAL_AND_BUSYBOX,
    a_manifest_whose_time_is_over_or_still_to_come needs USUAL_AND_BUSYBOX,
    archives_of_another_manifest needs USUAL,
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

fn a_manifest_that_no_release_key_has_signed() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    let file = || std::fs::read_to_string(shelf.file("manifest.json")).unwrap();
    let (good, text) = (file(), shelf.manifest());
    let signature = |text: &str| text.lines().last().unwrap().to_owned();
    // Of another folder, by the same key.
    shelf.put_signed(&text.replace("\"0.1.0\"", "\"0.0.1\""));
    let elsewhere = file();
    for forged in [
        good.replace("\"serial\": 100", "\"serial\": 101"),
        good.replace(&signature(&good), &signature(&elsewhere)),
        good.replace("\n,\"sig", "\n\n,\"sig"),
        good.replace(&signature(&good), ",\"signature\":\"QUJD\"}"),
        seal(&text, &key(9)),
    ] {
        assert_ne!(forged, good);
        shelf.put("manifest.json", forged.as_bytes());
        let words = format!("no release key has signed {}/releases/manifest.json", shelf.url());
        refused_by(&machine, &shelf, &words);
    }
    let stripped = [&text, "", &good[1..], good.trim_end_matches("\"}\n"), &good.replace('\n', "")];
    for stripped in stripped {
        shelf.put("manifest.json", stripped.as_bytes());
        for machine in [Machine::usual(), Machine::busybox()] {
            refused_by(&machine, &shelf, "manifest.json carries no signature");
        }
    }
    shelf.publish();
    machine.install(&shelf.script(), &[]).exits(0);
    assert_eq!(machine.version(), "0.2.0", "signed by ours, as it is");
}

fn a_manifest_whose_time_is_over_or_still_to_come() {
    let mut shelf = Shelf::with(&["0.2.0"]);
    let place = format!("{}/releases/manifest.json", shelf.url());
    let on = |days| day(days)[..10].to_owned();
    for (signed, expires, words) in [
        (-91, -1, format!("{place} expired at {}T", on(-1))),
        (-4000, -3900, "there may be newer releases".to_owned()),
        (3, 90, format!(", and {place} was signed at {}T", on(3))),
        (4000, 4090, ": whether it has expired cannot be told".to_owned()),
    ] {
        shelf.renew(Stamp { serial: 100, signed, expires });
        for machine in [Machine::usual(), Machine::busybox()] {
            refused_by(&machine, &shelf, &words);
            let ran = machine.install(&shelf.script(), &["--version", "0.2.0"]).exits(0);
            assert!(ran.stderr.starts_with("warning: "), "{}", ran.stderr);
            assert_eq!(machine.version(), "0.2.0");
        }
    }
    for (signed, expires) in [(1, 90), (-3649, 1), (0, 3650)] {
        shelf.renew(Stamp { serial: 100, signed, expires });
        let machine = Machine::usual();
        assert_eq!(machine.install(&shelf.script(), &[]).exits(0).stderr, "");
        Machine::busybox().install(&shelf.script(), &[]).exits(0);
    }
}

/// The manifest of one serial, the archives of another.
fn archives_of_another_manifest() {
    let mut shelf = Shelf::with(&["0.2.0"]);
    let before = std::fs::read(shelf.file("manifest.json")).unwrap();
    shelf.renew(serial(101));
    let program = "#!/bin/sh\necho moss 0.2.0\n";
    shelf.add_program("0.2.0", TARGET, program.as_bytes());
    shelf.put("manifest.json", &before);
    refused_by(&Machine::usual(), &shelf, "is not the one announced");
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
    // One that tells its version and no more.
    let mut shelf = Shelf::empty();
    let silent = b"#!/bin/sh\n[ \"$1\" = --version ] && echo moss 0.2.0\n";
    shelf.add_program("0.2.0", TARGET, silent);
    refused_by(
        &Machine::usual(),
        &shelf,
        "refuses itself: it says nothing, or takes more than 60 s",
    );
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
    // Whatever was signed, and by whom: no sense is made of nonsense.
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
        ("releases of moss", "releases of soup"),
        ("\"stable\"", "\"beta\""),
        ("\"expires\": \"2", "\"expires\": \"soon 2"),
        ("\"expires\"", "\"ends\""),
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
        shelf.put_signed(&format!("{manifest}\n"));
        refused_by(&machine, &shelf, "manifest.json is broken: ");
        refused_by(&busybox, &shelf, "manifest.json is broken: ");
    }
    shelf.put("manifest.json", &vec![b' '; 5 << 20]);
    refused_by(&machine, &shelf, "manifest.json is larger than any such file");
    refused_by(&busybox, &shelf, "manifest.json is larger than any such file");
    for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        shelf.put_signed(&format!("{deep}\n"));
        refused_by(&machine, &shelf, "manifest.json is broken: too deep");
    }
    // Written otherwise, and good all the same.
    let compact = serde_json::from_str::<serde_json::Value>(&whole).unwrap().to_string();
    for good in
        [compact, whole.replace(": ", "\t:\r\n\r\n"), whole.replace("\"\"", "\"a\\\"b{\\\\\"")]
    {
        assert_ne!(good, whole);
        shelf.put_signed(&format!("{}\n", good.trim_end()));
        machine.has("0.1.0");
        machine.install(&shelf.script(), &[]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
    }
    shelf.change(|release| release["recalled"] = json!(null));
    machine.install(&shelf.script(), &[]).exits(0);
}
