//! What is offered where, with what is asked of the server for it. The shells themselves are
//! driven in `shells.rs`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use test_support::builder::{KEY, ME, Test};
use test_support::responder::{Reply, Responder};
use test_support::sample::{OTHER_SUB, REVIEWER, TASK, agent, page, sub_task, task};

/// `moss completions fish` for a line, whose last word is the one at the cursor.
fn asked<'a>(line: &[&'a str]) -> Vec<String> {
    let (word, before) = line.split_last().unwrap();
    let word = format!("--word={word}");
    let asking: Vec<&'a str> = vec!["completions", "fish"];
    let args =
        asking.into_iter().map(str::to_owned).chain([word, "--".to_owned(), "moss".to_owned()]);
    args.chain(before.iter().map(|&word| word.to_owned())).collect()
}

fn at(server: &Responder, line: &[&str]) -> Test {
    let args = asked(line);
    Test::at_moss(server, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn nowhere(line: &[&str]) -> Test {
    let args = asked(line);
    Test::nowhere(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The words of an offer, without what they are.
fn words(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split('\t').next().unwrap()).collect()
}

#[track_caller]
fn offers(line: &[&str], want: &[&str]) {
    assert_eq!(words(&nowhere(line).any_stdout().run().stdout), want, "{line:?}");
}

fn all(server: Responder) -> Responder {
    let rework = json!({"status": "rework"});
    let done = json!({"id": OTHER_SUB, "name": "Rates", "status": "done"});
    let blocked =
        json!({"id": "03de51aa-0000-4000-8000-000000000003", "name": "Log", "status": "blocked"});
    let subs = page(&[sub_task(rework), sub_task(done), sub_task(blocked)]);
    server
        .on("GET /api/sub-tasks/mine", subs.clone())
        .on("GET /api/sub-tasks", subs)
        .on("GET /api/sub-tasks/available", page(&[sub_task(json!({"status": "pending"}))]))
        .on("GET /api/tasks", page(&[task(json!({}))]))
        .on("GET /api/agents", json!([agent(json!({}))]))
}

#[test]
fn the_scripts_are_the_files_and_hold_no_path() {
    for (shell, file) in [
        ("bash", "moss.bash"),
        ("zsh", "_moss"),
        ("fish", "moss.fish"),
        ("powershell", "moss.ps1"),
        ("elvish", "moss.elv"),
    ] {
        let path = format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"));
        let printed = Test::nowhere(&["completions", shell]).any_stdout().run().stdout;
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            printed, kept,
            "completions/{file} is stale: cargo run -q -p moss -- completions {shell} > completions/{file}"
        );
        assert!(!printed.contains("/target/") && !printed.contains("/bin/"), "{printed}");
        assert!(printed.contains(&format!("completions {shell} ")), "{printed}");
    }
}

#[test]
fn commands_and_flags_that_are_taught() {
    nowhere(&["wh"])
        .stdout("whoami\tWhich agent, server and key are in use, and if they work\n")
        .run();
    offers(&["review", ""], &["list", "show", "approve", "reject", "adopt", "dismiss"]);
    offers(&["plan", "re"], &["reassign", "release", "recur"]);
    offers(&["plan", "add", "77aa", "Name", "--pri"], &["--priority"]);
    offers(&["mine", "--status", "done", "--s"], &["--server"]);
    offers(&["log", "add", "coding", "text", "--on=01a3c9f2", "--o"], &[]);
}

#[test]
fn what_is_hidden_stays_so() {
    for line in [
        &["ta"][..],
        &["sess"],
        &["st", ""],
        &["st", "cl"],
        &["task", "list", "--"],
        &["review", "cr"],
        &["log", "cr"],
        &["--deb"],
        &["score", "agent"],
        &["completions", "--w"],
    ] {
        offers(line, &[]);
    }
    offers(&["--k"], &["--key-file"]); // and not --key
}

#[test]
fn words_of_vocabularies() {
    offers(&["agents", "--role", ""], &["planner", "executor", "reviewer", "patrol"]);
    offers(&["agents", "--role=ex"], &["--role=executor"]);
    offers(&["mine", "--status", "re"], &["review", "rework"]);
    offers(&["list", "--status", "a"], &["assigned"]);
    offers(&["list", "--tasks", "--status", "a"], &["active", "archived"]);
    offers(&["fail", "01a3", "--class", "un"], &["unclear"]);
    offers(&["log", "add", "re"], &["reflection", "review"]);
    offers(&["plan", "status", "77aa", "act"], &["active"]);
    offers(&["completions", "po"], &["powershell"]);
    offers(&["--timeout", "5", "--server", "http://h:1", "agents", "--status", "d"], &["disabled"]);
    // A flag that was only begun, and what follows `--`.
    offers(&["agents", "--rol", "pa"], &["patrol"]);
    offers(&["log", "add", "--", "pat"], &["patrol"]);
    offers(&["mine", "--", "--st"], &[]);
}

#[test]
fn files_are_left_to_the_shell() {
    for line in [
        &["plan", "apply", ""][..],
        &["submit", "01a3", "--artifact", "a.py", ""],
        &["--key-file=k"],
    ] {
        nowhere(line).stdout(":files\n").run();
    }
}

#[test]
fn ids_with_status_and_name() {
    let server = all(Responder::moss());
    at(&server, &["show", ""])
        .stdout("01a3c9f2\trework, \"Order list API\"\n02bc77d0\tdone, \"Rates\"\n03de51aa\tblocked, \"Log\"\n")
        .run();
    at(&server, &["show", "02"]).stdout("02bc77d0\tdone, \"Rates\"\n").run();
    at(&server, &["show", "02bc77d0-"]).stdout(&format!("{OTHER_SUB}\tdone, \"Rates\"\n")).run();
    at(&server, &["plan", "status", ""]).stdout("77aa00bb\tactive, \"Shop backend\"\n").run();
    at(&server, &["plan", "add", "X"]).run();
    at(&server, &["list", "--modules", ""]).stdout("77aa00bb\tactive, \"Shop backend\"\n").run();
    assert_eq!(server.asked().len(), 6, "one request each: {:?}", server.lines());
    assert!(TASK.starts_with("77aa00bb"));
}

/// By the state machine, for the role of whoever asks.
#[test]
fn ids_of_what_it_can_be_done_to() {
    let only = |line: &[&str], role: &str, path: &str, query: &str, want: &[&str]| {
        let server = all(Responder::moss());
        let profile = json!({"server": server.url, "agent_id": "x", "name": "x", "role": role});
        let ran =
            at(&server, line).file(".moss/profile.json", &profile.to_string()).any_stdout().run();
        assert_eq!(words(&ran.stdout), want, "{line:?}");
        assert_eq!(server.only(&format!("GET {path}")).query, query, "{line:?}");
    };
    let (mine, every) = ("/api/sub-tasks/mine", "/api/sub-tasks");
    only(&["claim", ""], "executor", "/api/sub-tasks/available", "page_size=100", &["01a3c9f2"]);
    only(&["start", ""], "executor", mine, "page_size=100", &["01a3c9f2"]);
    only(&["submit", ""], "executor", mine, "page_size=100&status=in_progress", &[]);
    only(&["fail", ""], "executor", mine, "page_size=100", &["01a3c9f2"]);
    only(&["release", ""], "executor", mine, "page_size=100", &["01a3c9f2"]);
    only(&["release", ""], "patrol", every, "page_size=100&status=blocked", &["03de51aa"]);
    only(&["plan", "release", ""], "planner", every, "page_size=100&status=blocked", &["03de51aa"]);
    only(&["plan", "reassign", ""], "planner", every, "page_size=100", &["03de51aa"]);
    only(&["plan", "cancel", ""], "planner", every, "page_size=100", &["01a3c9f2", "03de51aa"]);
    only(&["review", "approve", ""], "reviewer", every, "page_size=100&status=review", &[]);
    only(&["review", "show", ""], "reviewer", every, "page_size=100&status=review", &[]);
    only(&["patrol", "block", ""], "patrol", every, "page_size=100", &["01a3c9f2"]);
    let server = all(Responder::moss());
    at(&server, &["review", "approve", ""]).run(); // an executor: it would be refused
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn agents_by_name() {
    let server = all(Responder::moss());
    at(&server, &["plan", "assign", "01a3c9f2", "AI"]).stdout("AI-Wu\texecutor, score 15\n").run();
    assert_eq!(server.asked()[0].query, "role=executor&status=active");
    at(&server, &["log", "list", "--agent", ""]).stdout("AI-Wu\texecutor, score 15\n").run();
    assert_eq!(server.asked()[1].query, "");
    at(&server, &["plan", "add", "77aa", "x", "--assign=a0"])
        .stdout("--assign=a0000000\texecutor, score 15, \"AI-Wu\"\n")
        .run();
}

/// Agents choose their names, and bash puts what is offered on the command line as it is.
#[test]
fn hostile_names_and_ids_stay_off_the_command_line() {
    let name = "$(touch x)\u{1b}[2J\n`id`;:\\";
    let shown = r#""$(touch x)\u{1b}[2J\n`id`;:\\""#;
    let server = Responder::moss()
        .on("GET /api/agents", json!([agent(json!({"id": REVIEWER, "name": name}))]))
        .on(
            "GET /api/sub-tasks",
            page(&[sub_task(json!({"name": name})), sub_task(json!({"id": "$(touch y)"}))]),
        );
    at(&server, &["score", "adjust", ""])
        .stdout(&format!("b0000000\texecutor, score 15, {shown}\n"))
        .run();
    at(&server, &["show", ""]).stdout(&format!("01a3c9f2\tassigned, {shown}\n")).run();
}

#[test]
fn never_more_than_fifty() {
    let many: Vec<Value> = (0..90)
        .map(|n| sub_task(json!({"id": format!("{n:08}-0000-4000-8000-000000000001")})))
        .collect();
    let server = Responder::moss().on("GET /api/sub-tasks", page(&many));
    let ran = at(&server, &["show", ""]).any_stdout().run();
    assert_eq!(ran.stdout.lines().count(), 50);
}

#[test]
fn nothing_and_in_silence_when_anything_is_amiss() {
    nowhere(&["show", ""]).run();
    Test::at("http://127.0.0.1:1", &["completions", "fish", "--word=", "--", "moss", "show"]).run();
    for server in [
        all(Responder::original()),
        all(Responder::nobody()),
        Responder::moss(),
        Responder::moss().on("GET /api/sub-tasks", Reply::new(200, "<html>")),
        Responder::moss().on("GET /api/sub-tasks", Reply::new(503, "{}")),
        Responder::moss().on("GET /api/sub-tasks", Reply::hang_up()),
    ] {
        let args = asked(&["show", ""]);
        let ran = Test::new(&server, &args.iter().map(String::as_str).collect::<Vec<_>>()).run();
        assert!(server.asked().len() <= 1, "{:?}", server.lines());
        let profile = std::fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
        assert!(!profile.contains("kind"), "it wrote down what it learnt: {profile}");
    }
    // Known to be the original: not even asked.
    let server = all(Responder::original());
    let args = asked(&["show", ""]);
    Test::at_original(&server, &args.iter().map(String::as_str).collect::<Vec<_>>()).run();
    assert_eq!(server.lines(), [""; 0]);
    // Unsafe key files, keys in arguments and on standard input are complained of elsewhere.
    let server = all(Responder::moss());
    at(&server, &["show", ""]).mode(".moss/key", 0o644).run();
    at(&server, &["--key-file", "-", "show", ""]).stdin("ak_x").run();
    at(&server, &["--debug", "--key", "ak_x", "show", "02"])
        .stdout("02bc77d0\tdone, \"Rates\"\n")
        .run();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn nobody_waits_long() {
    let server = Responder::moss().on("GET /api/sub-tasks", Reply::hang());
    let since = Instant::now();
    at(&server, &["show", ""]).run();
    let took = since.elapsed();
    // It has a second and a half; other commands wait for half a minute. The machine may be busy.
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(took > Duration::from_secs(1), "it was not asked: {took:?}");
}

/// The server typed on the line is the one that is asked, with the profile's key.
#[test]
fn flags_on_the_line_count() {
    let (here, there) = (all(Responder::moss()), all(Responder::moss()));
    let there_too = |args: &[&str]| at(&here, args).env("MOSS_API_KEY", KEY);
    let log = "03de51aa\tblocked, \"Log\"\n";
    there_too(&["--server", &there.url, "show", "03"]).stdout(log).run();
    there_too(&["show", "--server", &there.url, "03"]).stdout(log).run();
    // The profile's key goes to the profile's server alone.
    at(&here, &["--server", &there.url, "show", "03"]).run();
    assert_eq!((here.asked().len(), there.asked().len()), (0, 2));
}

/// bash breaks words at `=` and `:` and replaces what follows; it takes descriptions only where it
/// merely lists.
#[test]
fn bash_gets_words_its_own_way() {
    let server = all(Responder::moss());
    let bash = |kind: &str, word: &str, before: &[&str]| {
        let word = format!("--word={word}");
        let mut args = vec!["completions", "bash", &word, "--", "moss"];
        args.extend(before);
        Test::at_moss(&server, &args).env("COMP_TYPE", kind).any_stdout().run().stdout
    };
    assert_eq!(bash("9", "re", &["list", "--status", "="]), "review\nrework\n");
    assert_eq!(
        bash("9", "", &["--server", "http", ":", "//h", "agents", "--status", "="]),
        "active\ndisabled\nremoved\n"
    );
    assert_eq!(bash("9", "0", &["show"]), "01a3c9f2\n02bc77d0\n03de51aa\n");
    assert_eq!(bash("63", "02", &["show"]), "02bc77d0\n", "one is typed, not shown");
    assert_eq!(
        bash("63", "0", &["show"]),
        "01a3c9f2  (rework, \"Order list API\")\n02bc77d0  (done, \"Rates\")\n03de51aa  (blocked, \"Log\")\n"
    );
}

/// A server names its agents, and `login` remembers them by that name.
#[test]
fn profiles_are_offered_unless_a_shell_could_take_the_name_for_more() {
    for (name, offered) in [("AI-Wu", "AI-Wu\n"), ("$(touch${IFS}it)", ""), ("-rf", "")] {
        let me = json!({"id": ME, "name": name, "role": "executor", "total_score": 0});
        let server = Responder::moss().on("GET /api/agents/me", me);
        let ran = Test::nowhere(&["login", "--server", &server.url]).stdin(KEY).any_stdout().run();
        ran.then(&["completions", "bash", "--word=", "--", "moss", "--profile"])
            .stdout(offered)
            .run();
    }
}
