use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use test_support::builder::{Finished, KEY, Test};
use test_support::responder::{Reply, Responder};

const ROUTE: &str = "GET /api/agents/me/skill";
const FILE: &str = "skills/moss-executor/SKILL.md";
const OWN: &str = include_str!("../../skills/moss-executor/SKILL.md");

fn offering(text: &str) -> Responder {
    Responder::moss().on(ROUTE, Reply::new(200, text))
}

#[test]
fn the_servers_skill_is_installed_and_the_one_before_it_kept() {
    let first = offering("one\n");
    let ran =
        Test::at_moss(&first, &["skill", "install"]).stdout(&format!("wrote [DIR]/{FILE}\n")).run();
    assert_eq!(first.only(ROUTE).headers["authorization"], format!("Bearer {KEY}"));
    let same = format!("[DIR]/{FILE} is as it should be\n");
    let ran = ran.then(&["skill", "install"]).stdout(&same).run();
    let ran = ran.then(&["skill", "diff"]).stdout(&same).run();
    let _ = first.instead(ROUTE, Reply::new(200, "two\n"));
    let ran = ran
        .then(&["skill", "diff"])
        .stdout(&format!("--- [DIR]/{FILE}\n+++ moss skill show\n> -one\n> +two\n"))
        .status(6)
        .run();
    let ran = ran.then(&["skill", "install"]).stdout(&format!("wrote [DIR]/{FILE}\n")).run();
    let read = |name: &str| fs::read_to_string(ran.file(name)).unwrap();
    assert_eq!((read(FILE), read(&format!("{FILE}.prev"))), ("two\n".into(), "one\n".into()));
}

#[test]
fn an_edited_skill_is_kept_beside_the_new_one_and_never_lost() {
    let server = offering("one\n");
    let ran = Test::at_moss(&server, &["skill", "install"]).any_stdout().run();
    fs::write(ran.file(FILE), "one, edited\n").unwrap();
    let local = format!("{FILE}.local");
    let ran = ran
        .then(&["skill", "install"])
        .any_stdout()
        .stderr(&format!("warning: SKILL.md was edited; your text is kept in [DIR]/{local}\n"))
        .run();
    let read = |name: &str| fs::read_to_string(ran.file(name)).unwrap();
    assert_eq!((read(FILE), read(&local)), ("one\n".into(), "one, edited\n".into()));
    fs::write(ran.file(FILE), "one, edited again\n").unwrap();
    let ran = ran
        .then(&["skill", "install"])
        .stderr(&format!(
            "error: SKILL.md was edited, and [DIR]/{local} is there already\n\
             hint: move one of the two away; moss skill diff shows the changes\n"
        ))
        .status(6)
        .run();
    assert_eq!(fs::read_to_string(ran.file(FILE)).unwrap(), "one, edited again\n");
}

#[test]
fn a_server_without_one_leaves_our_own() {
    let absent = json!({"detail": "no such route", "code": "no_route"});
    let older = Responder::moss().on(ROUTE, (404, absent));
    Test::at_moss(&older, &["skill", "show"]).stdout(OWN).run();
    // The original would answer with the key in the text: it is not even asked.
    let original = Responder::original().on(ROUTE, Reply::new(200, format!("key: {KEY}\n")));
    let shown = Test::at_original(&original, &["skill", "show"]).any_stdout().run().stdout;
    assert!(shown.starts_with("---\nname: moss-executor\n"), "{shown}");
    assert!(OWN.contains("moss fail") && !shown.contains("moss fail"), "{shown}");
    assert_eq!(original.lines(), ["GET /api/health"]);
}

#[test]
fn a_text_with_a_key_is_neither_shown_nor_written() {
    for text in [format!("use {KEY}\n"), "use ak_somebodyelses0123456789\n".to_owned()] {
        let server = offering(&text);
        for command in ["install", "show", "diff"] {
            let ran = Test::at_moss(&server, &["skill", command])
                .stderr(
                    "error: the server's SKILL.md has an agent's key in it, so it was not written\n\
                     hint: tell whoever runs the server\n",
                )
                .status(8)
                .run();
            assert!(!ran.file("skills").exists());
        }
    }
}

#[test]
fn another_workspace_can_be_named() {
    let test = Test::at_moss(&offering("one\n"), &["skill", "install", "--dir", "other"]);
    fs::create_dir(test.path("other")).unwrap();
    let ran = test.stdout(&format!("wrote [DIR]/other/{FILE}\n")).run();
    assert_eq!(fs::read_to_string(ran.file(&format!("other/{FILE}"))).unwrap(), "one\n");
}

/// What is written through a link lands where somebody else keeps files.
#[test]
fn a_linked_folder_is_not_written_through() {
    for at in ["skills", "skills/moss-executor"] {
        let server = offering("one\n");
        let refusal = |test: Test| {
            test.stderr(&format!(
                "error: [DIR]/{at} is a symbolic link: the skill would be written elsewhere\n\
                 hint: put a folder in its place, or write the file yourself: \
                 moss skill show > SKILL.md\n"
            ))
            .status(8)
            .run()
        };
        let test = Test::at_moss(&server, &["skill", "install"]);
        fs::create_dir_all(test.path("elsewhere/moss-executor")).unwrap();
        if let Some((above, _)) = at.split_once('/') {
            fs::create_dir(test.path(above)).unwrap();
        }
        symlink(test.path("elsewhere"), test.path(at)).unwrap();
        let ran = refusal(test);
        let elsewhere = |ran: &Finished| {
            let found = fs::read_dir(ran.file("elsewhere")).unwrap().flatten();
            found.map(|entry| entry.file_name()).collect::<Vec<_>>()
        };
        assert_eq!(elsewhere(&ran), ["moss-executor"]);
        assert_eq!(fs::read_dir(ran.file("elsewhere/moss-executor")).unwrap().count(), 0);
        // It became one after it was installed: neither renewed nor taken away.
        fs::remove_file(ran.file(at)).unwrap();
        let ran = ran.then(&["skill", "install"]).any_stdout().run();
        fs::remove_dir_all(ran.file("elsewhere")).unwrap();
        fs::rename(ran.file(at), ran.file("elsewhere")).unwrap();
        symlink(ran.file("elsewhere"), ran.file(at)).unwrap();
        let _ = server.instead(ROUTE, Reply::new(200, "two\n"));
        let ran = refusal(ran.then(&["update", "--refresh"]));
        let ran = ran
            .then(&["offboard", "cron"])
            .env("PATH", "/nowhere")
            .any_stdout()
            .stderr(&format!("{FILE} stays: {at} is a symbolic link\n"))
            .run();
        assert_eq!(fs::read_to_string(ran.file(FILE)).unwrap(), "one\n");
    }
}

#[test]
fn a_refresh_that_breaks_off_leaves_everything_as_it_was() {
    let test = Test::at_moss(&offering("one\n"), &["update", "--refresh"]);
    let record = ".moss/SKILL.md.sha256";
    fs::create_dir_all(test.path(record)).unwrap(); // cannot be written
    let ran = test
        .stderr(&format!("error: [DIR]/{record} is a directory\nhint: move it away first\n"))
        .status(8)
        .run();
    assert!(!ran.file(FILE).exists());
}
