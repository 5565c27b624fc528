//! `moss onboard openclaw` against a program that answers as OpenClaw does and remembers what it
//! was told. The real one is in `tests/openclaw`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use test_support::builder::{Finished, KEY, Test};
use test_support::openclaw::{again, ready};
use test_support::responder::Responder;

const RUN: &[&str] = &["onboard", "openclaw", "--run"];

fn server() -> Responder {
    let missing = json!({"detail": "no such route", "code": "no_route"});
    Responder::moss().on("GET /api/agents/me/skill", (404, missing))
}

/// In an executor's folder, with OpenClaw on PATH.
fn test(server: &Responder, args: &[&str]) -> Test {
    ready(Test::at_moss(server, args))
}

/// Every file of the workspace but OpenClaw's own, with its content.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if entry.ends_with("oc") {
                continue;
            }
            all.push((entry.display().to_string(), String::new()));
            if entry.is_symlink() {
                continue;
            } else if entry.is_dir() {
                open.push(entry);
            } else {
                let bytes = fs::read(&entry).unwrap();
                all.last_mut().unwrap().1 = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }
    all.sort();
    all
}

fn told(ran: &Finished, what: &str) -> String {
    fs::read_to_string(ran.file(&format!("oc/{what}"))).unwrap_or_default()
}

#[test]
fn an_agent_goes_on_board_once_however_often_it_is_typed() {
    let server = server();
    let ran = test(&server, RUN).file("AGENTS.md", "# Mine\n").any_stdout().run();
    let moss = fs::canonicalize(test_support::program::moss()).unwrap();
    let moss_dir = moss.parent().unwrap().display();
    let add = "openclaw agents add moss-executor --non-interactive --workspace [DIR]";
    let skills =
        r#"openclaw config set agents.entries.moss-executor.skills '["moss-executor"]' --json"#;
    let path = format!(
        r#"openclaw config set agents.entries.moss-executor.tools.exec.pathPrepend '["{moss_dir}"]' --json"#
    );
    let cron = "openclaw cron add --name moss-executor --declaration-key moss:executor --agent \
                moss-executor --every 5m --session isolated --light-context --announce --channel \
                telegram --to 99 --tools exec --trigger-script [DIR]/.moss/gate.js --message 'Do \
                what moss says below, then answer NO_REPLY. If it tells an error, or that one is \
                over, answer with that alone and stop.' --json";
    let lines = |did: &str, wrote: &str| {
        format!(
            "{wrote}\tskills/moss-executor/SKILL.md\n{wrote}\tAGENTS.md\n{wrote}\t.moss/gate.js\n\
             {did}\t{add}\n{did}\t{skills}\n{did}\t{path}\n{did}\t{cron}\n"
        )
    };
    let end = "\"AI-Wu\" works as moss-executor, every 5m\n";
    assert_eq!(ran.stdout, format!("{}{end}", lines("ran", "wrote")));

    let agents = fs::read_to_string(ran.file("AGENTS.md")).unwrap();
    assert!(
        agents.starts_with("# Mine\n\n<!-- moss:begin -->\n# Work: moss executor\n"),
        "{agents}"
    );
    let gate = fs::read_to_string(ran.file(".moss/gate.js")).unwrap();
    assert!(gate.contains(&format!("command: \"{} wake --gate", moss.display())), "{gate}");
    for (name, text) in files(ran.dir.path()) {
        assert!(name.ends_with(".moss/key") || !text.contains(KEY), "the key is in {name}");
    }
    for what in ["argv", "env", "stdin"] {
        assert!(!told(&ran, what).contains(KEY), "OpenClaw saw the key in its {what}");
    }
    assert_eq!(told(&ran, "stdin"), "", "its standard input is closed");
    assert!(!told(&ran, "env").contains("MOSS_"));

    let before = files(ran.dir.path());
    let ran = again(ran.then(RUN))
        .stdout(&format!("{}nothing to change: {end}", lines("same", "same")))
        .run();
    assert_eq!(files(ran.dir.path()), before);
}

#[test]
fn what_is_printed_is_a_script_that_shells_read_back() {
    let server = server();
    let odd = "it's \"a b\" $HOME `id` 日本; rm -rf x";
    let test = test(
        &server,
        &["onboard", "openclaw", "--every", "1h", "--model", "a/b", "--workspace", odd],
    );
    fs::create_dir(test.path(odd)).unwrap();
    fs::rename(test.path(".moss"), test.path(odd).join(".moss")).unwrap();
    let ran = test.any_stdout().run();
    assert!(ran.stdout.starts_with("# wrote skills/moss-executor/SKILL.md\n"), "{}", ran.stdout);
    assert_eq!(told(&ran, "argv"), "", "nothing was run");
    let dir = ran.dir.path().canonicalize().unwrap();
    let script = ran.stdout.replace("[DIR]", dir.to_str().unwrap());
    let path = format!("{}:/usr/bin:/bin", ran.file("oc").display());
    let status = Command::new("sh").args(["-ec", &script]).env("PATH", path).status().unwrap();
    assert!(status.success(), "{script}");
    let argv = told(&ran, "argv");
    let workspace = dir.join(odd);
    let add = format!(
        "agents\nadd\nmoss-executor\n--non-interactive\n--workspace\n{}\n--model\na/b\n\n",
        workspace.display()
    );
    assert!(argv.starts_with(&add), "{argv}");
    let gate = workspace.join(".moss/gate.js");
    assert!(
        argv.contains(&format!("\n--trigger-script\n{}\n--message\n", gate.display())),
        "{argv}"
    );
    assert!(argv.contains("\n--every\n1h\n"), "{argv}");
    // The gate's strings are JavaScript's, inside them the shell's.
    let gate = fs::read_to_string(gate).unwrap();
    let line = gate.lines().find_map(|l| l.split_once("workdir: ")).unwrap().1;
    let workdir = line.rsplit_once(", timeoutSeconds").unwrap().0;
    assert_eq!(serde_json::from_str::<String>(workdir).unwrap(), workspace.display().to_string());
}

/// Whatever is wrong with OpenClaw is told, and the workspace is as it was.
#[test]
fn an_openclaw_that_will_not_changes_nothing() {
    let server = server();
    let untouched = |test: Test, status: i32, stderr: &str| -> Finished {
        let test = test.file("AGENTS.md", "# Mine\n").any_stdout();
        let before = files(&test.path("."));
        let record = test.path("./.moss/openclaw.json");
        let ran = test.status(status).stderr(stderr).run();
        let mut after = files(&ran.file("."));
        after.retain(|(name, _)| *name != record.display().to_string());
        assert_eq!(after, before, "{stderr}");
        ran
    };
    untouched(
        Test::at_moss(&server, RUN).env("PATH", "/nowhere"),
        5,
        "error: there is no 'openclaw' on PATH\n\
         hint: npm install -g openclaw, or only write the files: moss onboard openclaw (nothing was changed)\n",
    );
    untouched(
        test(&server, RUN).file("oc/version", "OpenClaw 2026.7.35 (x)\n"),
        8,
        "error: this OpenClaw is 2026.7.35; gated timers need 2026.8.1\n\
         hint: openclaw update (nothing was changed)\n",
    );
    untouched(
        test(&server, RUN).file("oc/version", "claw machine\n"),
        8,
        "error: 'openclaw --version' names no version: claw machine\n\
         hint: is another program called openclaw first on PATH? (nothing was changed)\n",
    );
    untouched(
        test(&server, RUN).file("oc/fails", "cron list"),
        7,
        "error: 'openclaw cron list --all --json' ended with exit code 1: \"it is broken\"\n\
         hint: openclaw gateway start (nothing was changed)\n",
    );
    untouched(
        test(&server, RUN)
            .file("oc/agents", r#"[{"id":"moss-executor","workspace":"/elsewhere"}]"#),
        6,
        "error: OpenClaw's agent moss-executor works in another folder, /elsewhere\n\
         hint: moss onboard openclaw --agent moss-executor-2 --run (nothing was changed)\n",
    );
    untouched(
        test(&server, RUN).file("oc/fails", "agents add"),
        1,
        "error: 'openclaw agents add moss-executor --non-interactive --workspace [DIR]' ended with exit code 1: \"it is broken\"\n\
         hint: nothing was changed\n",
    );
    untouched(
        test(&server, RUN).file("oc/agents", "[oops"),
        1,
        "error: 'openclaw agents list --json' answers with no such JSON: expected value at line 1 column 2\n\
         hint: nothing was changed\n",
    );
    let ran = untouched(
        test(&server, RUN).file("oc/fails", "config set"),
        1,
        "error: 'openclaw config set agents.entries.moss-executor.skills '[\"moss-executor\"]' --json' ended with exit code 1: \"it is broken\"\n\
         hint: the files are as they were; done and kept: openclaw agents add moss-executor --non-interactive --workspace [DIR]\n",
    );
    // Half-way is a beginning: the rest is done the next time, the list included, since the agent
    // is of our making.
    fs::remove_file(ran.file("oc/fails")).unwrap();
    let ran = again(ran.then(RUN)).any_stdout().run();
    assert!(ran.stdout.contains("same\topenclaw agents add "), "{}", ran.stdout);
    assert!(ran.stdout.contains("ran\topenclaw config set "), "{}", ran.stdout);
}

#[test]
fn an_agents_file_that_is_none_is_refused_and_left_alone() {
    let server = server();
    let refused = |make: &dyn Fn(&Path), stderr: &str| {
        let test = test(&server, RUN).any_stdout().status(8);
        make(&test.path("AGENTS.md"));
        let before = files(&test.path("."));
        let ran = test.stderr(stderr).run();
        assert_eq!(files(&ran.file(".")), before);
        assert!(
            !told(&ran, "argv").contains("agents\nadd"),
            "found out before OpenClaw was changed"
        );
    };
    let odd = |what: &str| {
        format!(
            "error: [DIR]/AGENTS.md is {what}\nhint: move it away first (nothing was changed)\n"
        )
    };
    refused(&|path| fs::create_dir(path).unwrap(), &odd("a directory"));
    refused(
        &|path| symlink("/etc/hostname", path).unwrap(),
        &odd("a symbolic link, which a new file would replace"),
    );
    refused(&|path| fs::write(path, "x".repeat(1 << 20) + "y").unwrap(), &odd("larger than 1 MiB"));
    refused(&|path| fs::write(path, b"caf\xe9").unwrap(), &odd("not UTF-8 text"));
    refused(
        &|path| fs::write(path, "<!-- moss:begin -->\nmine?\n").unwrap(),
        "error: AGENTS.md has 1 lines '<!-- moss:begin -->' and 0 lines '<!-- moss:end -->', in no usable order\n\
         hint: leave one of each, the first above the second, or delete them all (nothing was changed)\n",
    );
}

#[test]
fn a_workspace_that_cannot_be_written_is_said_so() {
    let server = server();
    let ran =
        test(&server, RUN).file("skills", "no folder").any_stdout().any_stderr().status(1).run();
    assert!(ran.stderr.starts_with("error: cannot "), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("(nothing was changed)\n")
            || ran.stderr.contains("nothing was changed"),
        "{}",
        ran.stderr
    );
    assert!(!ran.file("AGENTS.md").exists());
    assert_eq!(fs::read_to_string(ran.file("skills")).unwrap(), "no folder");
}

#[test]
fn what_a_person_has_set_stays() {
    let server = server();
    let skills = "oc/set-agents.entries.moss-executor.skills";
    // Their list of skills grows by ours, their bootstrap text stays.
    let ran = test(&server, RUN)
        .file(skills, r#"["weather"]"#)
        .file("BOOTSTRAP.md", "ask me about fishing\n")
        .any_stdout()
        .stderr("BOOTSTRAP.md is not as OpenClaw wrote it and stays; each chat turn pays for it\n")
        .run();
    assert_eq!(fs::read_to_string(ran.file(skills)).unwrap(), r#"["moss-executor","weather"]"#);
    assert!(ran.file("BOOTSTRAP.md").exists());
    // OpenClaw's own goes.
    let ran = test(&server, RUN).file("oc/boots", "who am I?\n").any_stdout().run();
    assert!(ran.stdout.contains("removed\tBOOTSTRAP.md\n"), "{}", ran.stdout);
    assert!(!ran.file("BOOTSTRAP.md").exists());
    // An agent of theirs keeps all its skills; how often it looks is remembered.
    let adopting =
        test(&server, &["onboard", "openclaw", "--run", "--agent", "main", "--every", "2h"]);
    let agents = json!([{"id": "main", "workspace": adopting.path("").canonicalize().unwrap()}]);
    let ran = adopting.file("oc/agents", &agents.to_string()).any_stdout().run();
    assert!(!ran.file("oc/set-agents.entries.main.skills").exists());
    let ran = again(ran.then(RUN)).any_stdout().run();
    assert!(
        ran.stdout.ends_with("nothing to change: \"AI-Wu\" works as main, every 2h\n"),
        "{}",
        ran.stdout
    );
    assert!(told(&ran, "argv").contains("--declaration-key\nmoss:agent:main\n"));
}

#[test]
fn who_is_not_registered_cannot_go_on_board() {
    Test::nowhere(&["onboard", "openclaw"])
        .env("MOSS_SERVER", "http://127.0.0.1:1")
        .env("MOSS_API_KEY", KEY)
        .stderr("error: no workspace of an agent of this server is here\nhint: in the agent's workspace: moss register --help\n")
        .status(4)
        .run();
    let server = server();
    let below = test(&server, &["onboard", "openclaw", "--workspace", "deep"]);
    fs::create_dir(below.path("deep")).unwrap();
    below
        .stderr("error: nobody is registered here, only in [DIR]\nhint: in the agent's workspace: moss register\n")
        .status(8)
        .run();
    for (flag, value) in
        [("--agent", "../x"), ("--agent", "A"), ("--every", "5"), ("--model", "--x")]
    {
        Test::nowhere(&["onboard", "openclaw", &format!("{flag}={value}")])
            .any_stderr()
            .status(2)
            .run();
    }
}
