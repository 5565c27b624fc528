//! The whole of it, when all is well.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::release::public_keys;
use crate::site::{KEY, Site, archive_path};

test_support::tests![
    an_update_is_seen_made_proved_and_taken_back,
    answers_are_json_when_that_is_wanted,
    the_next_key_signs_as_well_as_the_first,
    releases_may_be_elsewhere,
    a_server_without_releases_or_away_is_told_apart,
    a_build_can_test_itself,
    the_skill_and_the_gate_come_along_and_edits_are_kept,
];

fn an_update_is_seen_made_proved_and_taken_back() {
    let site = Site::new();
    site.offer(&[("0.2.0", ""), ("0.1.0", "")]);
    site.run(&["update", "--check"])
        .exits(0)
        .prints("moss 0.2.0 is out, this is 0.1.0\n-> moss update\n");
    assert_eq!(site.take_paths(), ["/releases/manifest.json"]);
    site.version_is("0.1.0");

    let said = format!(
        "updated moss 0.1.0 to 0.2.0 in {}\n-> moss update --rollback  # if it does not do as it should\n",
        site.moss().display()
    );
    let ran = site.run(&["update"]).exits(0).prints(&said);
    assert_eq!(ran.stderr, "");
    assert_eq!(site.take_paths(), ["/releases/manifest.json", &archive_path("0.2.0"), "/api/wake"]);
    site.version_is("0.2.0");
    assert_eq!(site.beside(), [".moss.unproven", "moss", "moss.prev"]);
    assert_eq!(site.read("bin/.moss.unproven"), "0.2.0\n");
    let marker = site.moss().with_file_name(".moss.unproven");
    assert_eq!(std::fs::metadata(marker).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!site.has("ws/.moss/cursor"), "a wake-up on trial moves nothing");

    site.run(&["wake", "--gate"]).exits(3).prints("");
    assert_eq!(site.beside(), ["moss", "moss.prev"], "it has proved itself");
    site.run(&["update", "--check"]).exits(3).prints("moss 0.2.0 is up to date\n");
    site.run(&["update"]).exits(0).prints("moss 0.2.0 is up to date\n");

    site.run(&["update", "--rollback"]).exits(0).prints(
        "moss is 0.1.0 again; 0.2.0 is not installed again by itself\n\
         -> moss update --version 0.2.0  # if you want it back\n",
    );
    site.version_is("0.1.0");
    site.run(&["update", "--check"]).exits(3).prints(
        "moss 0.1.0 stays: 0.2.0 is out, but failed here\n\
         -> moss update --version 0.2.0  # tries it again\n",
    );
    site.run(&["update", "--version", "v0.2.0"]).exits(0);
    site.version_is("0.2.0");
    assert_eq!(site.beside(), [".moss.unproven", "moss", "moss.prev"], "forgiven");
    site.run(&["update", "--rollback"]).exits(0);
    site.run(&["update", "--rollback"]).exits(0).prints("moss is 0.2.0 again\n");
    site.version_is("0.2.0");
    assert_eq!(site.beside(), ["moss", "moss.prev"]);
    let headers = site.release_headers();
    assert!(!headers.contains(KEY) && !headers.contains("authorization"), "{headers}");
}

fn answers_are_json_when_that_is_wanted() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    site.run(&["update", "--check", "--json"])
        .exits(0)
        .prints("{\"files\":[],\"to\":\"0.2.0\",\"version\":\"0.1.0\"}\n");
    site.run(&["update", "--json"])
        .exits(0)
        .prints("{\"files\":[],\"to\":\"0.2.0\",\"version\":\"0.1.0\"}\n");
    site.run(&["update", "--json=version"]).exits(0).prints("{\"version\":\"0.2.0\"}\n");
}

fn the_next_key_signs_as_well_as_the_first() {
    let site = Site::new();
    let archive = crate::release::sign(
        &crate::release::whole("0.2.0", site.program("0.2.0", "").as_bytes()),
        &crate::release::key(2),
        &crate::release::name("0.2.0"),
    );
    site.list(&[crate::release::listed("0.2.0", &archive)]);
    site.serve("0.2.0", archive);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.0");
}

fn releases_may_be_elsewhere() {
    let elsewhere = Site::new();
    elsewhere.offer(&[("0.2.0", "")]);
    let releases = format!("{}/releases", elsewhere.server.url);
    for site in [
        Site::new().env("MOSS_RELEASES", &releases),
        Site::new().env("MOSS_RELEASES", &format!("{releases}/manifest.json")),
    ] {
        site.run(&["update", "--check"]).exits(0);
        assert_eq!(site.paths(), [""; 0]);
    }
    let site = Site::new();
    site.profile(json!({ "releases": releases }));
    site.run(&["update", "--check"]).exits(0);
    // Nobody has to be registered for it.
    std::fs::remove_dir_all(site.path("ws/.moss")).unwrap();
    site.run(&["update", "--check"]).exits(2).complains("which server has the releases?");
    site.run(&["update", "--check", "--server", &elsewhere.server.url]).exits(0);
}

fn a_server_without_releases_or_away_is_told_apart() {
    let site = Site::new();
    site.run(&["update"]).exits(9).complains("error: there are no releases at http://127.0.0.1");
    let site = Site::new().env("MOSS_RELEASES", "http://127.0.0.1:9/r");
    site.run(&["update"]).exits(7).complains("cannot be reached");
}

fn a_build_can_test_itself() {
    let site = Site::new();
    site.run(&["self-test"]).exits(0).prints("moss 0.1.0 works\n");
    let site = Site::new().env("MOSS_TEST_RELEASE_KEYS", &public_keys()[..20]);
    site.run(&["self-test"]).exits(9).complains("a release key in this build is none");
}

fn the_skill_and_the_gate_come_along_and_edits_are_kept() {
    let site = Site::new();
    site.offer(&[]);
    site.serves("/api/agents/me/skill", test_support::responder::Reply::new(200, *b"one\n"));
    site.run(&["update"]).exits(0).prints("moss 0.1.0 is up to date\n");
    assert!(!site.has("ws/skills"), "what was never installed stays away");
    site.run(&["skill", "install"]).exits(0);
    let skill = "ws/skills/moss-executor/SKILL.md";
    assert_eq!(site.read(skill), "one\n");

    site.serves("/api/agents/me/skill", test_support::responder::Reply::new(200, *b"two\n"));
    let wrote = format!("wrote {}\n", site.path(skill).display());
    let said = format!("moss 0.1.0 is up to date\n{wrote}");
    site.run(&["update"]).exits(0).prints(&said);
    assert_eq!(site.read(&format!("{skill}.prev")), "one\n");

    site.write(skill, "mine\n");
    site.write("ws/.moss/gate.js", "// mine\n");
    site.offer(&[("0.2.0", "")]);
    let ran = site.run(&["update"]).exits(0).complains("warning: SKILL.md was edited");
    assert!(ran.stdout.contains(&wrote) && ran.stdout.contains("gate.js\n"), "{ran:#?}");
    assert_eq!(
        (site.read(skill).as_str(), site.read(&format!("{skill}.local")).as_str()),
        ("two\n", "mine\n")
    );
    assert_eq!(site.read("ws/.moss/gate.js.local"), "// mine\n");
    assert!(site.read("ws/.moss/gate.js").contains("wake --gate"));
    site.run(&["update"]).exits(0).prints("moss 0.2.0 is up to date\n");
}
