use std::io::Read;
use std::process::Stdio;

use moss_api::{ErrorCode, Exit};

use test_support::builder::Test;
use test_support::responder::{Reply, Responder};
use test_support::sample::{page, refusal, sub_task};

#[test]
fn every_code_of_the_server_has_its_exit_code() {
    for &code in ErrorCode::ALL {
        // These are tried again before they are believed; retries.rs looks at them.
        if matches!(code.status(), 429 | 503) {
            continue;
        }
        let body = refusal(code.as_str(), "so it is", "do that");
        let server =
            Responder::moss().on("POST /api/sub-tasks/01a3c9f2/start", (code.status(), body));
        Test::at_moss(&server, &["start", "01a3c9f2"])
            .stderr("error: so it is\nhint: do that\n")
            .status(code.exit().code().into())
            .run();
    }
}

#[test]
fn an_unknown_command_gets_a_suggestion() {
    Test::nowhere(&["clam"])
        .stderr("error: unrecognized subcommand 'clam'\nhint: did you mean claim?\n")
        .status(2)
        .run();
    Test::nowhere(&["status"]) // `st` is the original's: it works, but is not taught
        .stderr("error: unrecognized subcommand 'status'\nhint: did you mean start?\n")
        .status(2)
        .run();
    Test::nowhere(&["submit", "01a3c9f2", "--sumary", "x"])
        .stderr("error: unexpected argument '--sumary' found\nhint: did you mean --summary?\n")
        .status(2)
        .run();
    Test::nowhere(&["review", "reject", "01a3c9f2", "--score", "2"])
        .stderr(
            "error: the following required arguments were not provided: --issues <TEXT>\n\
             hint: moss review reject --score <SCORE> --issues <TEXT> <ID> (more: --help)\n",
        )
        .status(2)
        .run();
    Test::nowhere(&["--json", "clam"])
        .stderr(
            "{\"error\":{\"code\":\"usage\",\"hint\":\"did you mean claim?\",\
             \"message\":\"unrecognized subcommand 'clam'\"}}\n",
        )
        .status(2)
        .run();
}

#[test]
fn what_takes_no_flag_says_so() {
    let adjust = "moss score adjust [OPTIONS] <AGENT> <DELTA> <REASON>";
    for (args, odd, name, usage) in [
        (&["score", "adjust", "AI-Wu", "-3", "--reason", "late"][..], "late", "REASON", adjust),
        (&["score", "adjust", "--reason", "late", "AI-Wu", "-3"], "--reason", "REASON", adjust),
        (&["plan", "task", "--name", "Shop"], "--name", "NAME", "moss plan task [OPTIONS] <NAME>"),
        (
            &["log", "add", "plan", "--text", "x"],
            "x",
            "TEXT",
            "moss log add [OPTIONS] <ACTION> <TEXT>",
        ),
        (&["claim", "--id", "01a3c9f2"], "--id", "ID", "moss claim [OPTIONS] [ID]"),
    ] {
        Test::nowhere(args)
            .stderr(&format!(
                "error: unexpected argument '{odd}' found\n\
                 hint: {name} takes no flag: {usage} (more: --help)\n"
            ))
            .status(2)
            .run();
    }
    // Two letters in common are no likeness.
    let ran = Test::nowhere(&["mine", "--reason", "x"]).any_stderr().status(2).run();
    assert!(!ran.stderr.contains("--as"), "{}", ran.stderr);
}

#[test]
fn every_help_has_examples_that_parse_and_exit_codes() {
    let root = Test::nowhere(&["--help"]).any_stdout().run().stdout;
    let listed = root.lines().skip(4).take_while(|line| !line.is_empty());
    let name = |line: &str| line[9..].split_whitespace().next().unwrap().to_owned();
    let mut lines: Vec<Vec<String>> = listed.map(|line| vec![name(line)]).collect();
    let mut seen = 1;
    while let Some(line) = lines.pop() {
        let mut args: Vec<&str> = line.iter().map(String::as_str).collect();
        args.push("--help");
        let help = Test::nowhere(&args).any_stdout().run().stdout;
        assert!(!help.contains('\u{1b}'), "colour in {args:?}");
        seen += 1;
        let group = help.contains("\nCommands:\n");
        if group {
            let listed = help.split("\nCommands:\n").nth(1).unwrap();
            for command in listed.lines().take_while(|l| l.starts_with("  ")) {
                let name = command.split_whitespace().next().unwrap();
                assert!(
                    command.trim().len() > name.len(),
                    "{args:?} does not say what {name} does"
                );
                lines.push([line.clone(), vec![name.to_owned()]].concat());
            }
        }
        if group {
            continue;
        }
        assert!(help.contains("\nExamples:\n  "), "no examples in {args:?}");
        let exits = help.find("\nExit codes:\n  0  done").unwrap();
        let everywhere = help.find("\nOptions everywhere:\n  --json").unwrap();
        assert!(exits < everywhere && help.matches("--json[").count() == 1, "{args:?}: {help}");
    }
    assert!(seen > 40, "{seen} helps seen");
}

#[test]
fn errors_keep_to_their_line() {
    let body = refusal("not_found", "a\u{1b}[2J\nb", "c\r\nd");
    let server = Responder::moss().on("POST /api/sub-tasks/01a3c9f2/start", (404, body));
    Test::at_moss(&server, &["start", "01a3c9f2"])
        .stderr("error: a\\u{1b}[2J\\nb\nhint: c\\nd\n")
        .status(Exit::NotFound.code().into())
        .run();
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let rows: Vec<_> = (0..50).map(|_| sub_task(serde_json::json!({}))).collect();
    let server = Responder::moss().on("GET /api/sub-tasks", page(&rows));
    let test = Test::new(&server, &["list"]);
    let mut child = test.command().stdin(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_redirect_to_elsewhere_never_carries_the_key_along() {
    let thief = Responder::nobody();
    let to = format!("location: {}/api/wake", thief.url);
    let server = Responder::nobody().on("GET /api/wake", Reply::new(307, "").header(&to));
    let ran = Test::new(&server, &["wake"]).any_stderr().status(1).run();
    let said = format!("does not look like a moss server: it redirects to {}/api/wake", thief.url);
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert!(thief.lines().is_empty());
}

#[test]
fn a_redirect_within_the_server_is_followed_and_circles_end() {
    let server = Responder::moss()
        .on("GET /api/wake", Reply::new(308, "").header("location: /moss/wake"))
        .on("GET /moss/wake", test_support::sample::packet(serde_json::json!({})));
    Test::new(&server, &["wake"]).any_stdout().run();
    let server =
        Responder::moss().on("GET /api/wake", Reply::new(302, "").header("location: /api/wake"));
    let ran = Test::new(&server, &["wake"]).any_stderr().status(1).run();
    assert!(ran.stderr.contains("redirects in a circle"), "{}", ran.stderr);
    let server = Responder::moss().on(
        "POST /api/sub-tasks/01a3c9f2/start",
        Reply::new(302, "").header("location: /api/sub-tasks/01a3c9f2"),
    );
    Test::at_moss(&server, &["start", "01a3c9f2"]).any_stderr().status(1).run();
    assert_eq!(server.lines().len(), 1, "a write is never turned into a read");
}

#[test]
fn an_endless_answer_is_not_read() {
    let server = Responder::moss().on("GET /api/wake", Reply::new(200, "x".repeat(5_000_000)));
    let ran = Test::new(&server, &["wake"]).any_stderr().status(1).run();
    assert!(ran.stderr.contains("its answer is larger than 4194304 bytes"), "{}", ran.stderr);
}

#[test]
fn help_is_found_either_way() {
    let flag = Test::nowhere(&["plan", "apply", "--help"]).any_stdout().run();
    let word = Test::nowhere(&["help", "plan", "apply"]).any_stdout().run();
    assert_eq!(flag.stdout, word.stdout);
    let timer = Test::nowhere(&["wake", "--help"]).any_stdout().run();
    let whole = Test::nowhere(&["--json", "wake", "--help"]).any_stdout().run();
    assert_eq!(timer.stdout, whole.stdout, "the short way to wake is the same command");
    let list = Test::nowhere(&["list", "--help"]).any_stdout().run();
    assert!(list.stdout.starts_with("Sub-tasks of everybody"), "{}", list.stdout);
}

#[test]
fn a_key_that_lets_nobody_in_leads_to_what_gives_another() {
    let refused = serde_json::json!({"detail": "this key is of no agent", "code": "unknown_key",
                                     "next": {"action": "check_key"}});
    let server = Responder::moss().on("GET /api/wake", (401, refused));
    Test::at_moss(&server, &["wake"])
        .stderr(
            "error: this key is of no agent\n\
             hint: moss doctor shows which key is used, and how this agent gets another\n",
        )
        .status(4)
        .run();
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_gone_is_told() {
    let test = Test::nowhere(&["wake"]);
    let gone = test.path("gone");
    std::fs::create_dir(&gone).unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "rmdir ../gone && exec \"$0\" wake"]).arg(test_support::program::moss());
    let ended = shell.current_dir(&gone).env_clear().output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&ended.stderr),
        "error: the folder you work in is gone\n\
         hint: cd into one that is there, such as the agent's, and type it again\n"
    );
    assert_eq!(ended.status.code(), Some(1));
}
