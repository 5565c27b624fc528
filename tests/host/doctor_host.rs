//! `moss doctor` about what wakes the agent: the files of its workspace, OpenClaw, a crontab.

use std::fs;

use serde_json::{Value, json};

use test_support::builder::{Finished, Test};
use test_support::openclaw::{again, ready};
use test_support::responder::Responder;
use test_support::sample::{me, moss_health};

test_support::tests![
    an_agent_that_is_on_board_is_told_to_be_so,
    what_keeps_the_timer_from_working_fails_with_what_mends_it,
    what_is_merely_old_is_a_warning,
    an_agent_nobody_wakes_is_told_of,
];

fn server() -> Responder {
    let missing = json!({"detail": "no such route", "code": "no_route"});
    Responder::moss()
        .on("GET /api/health", moss_health())
        .on("GET /api/agents/me", me())
        .on("GET /api/agents/me/skill", (404, missing))
}

/// An agent that went on board, with the timer OpenClaw would tell of.
fn on_board(server: &Responder) -> Finished {
    let test = ready(Test::at_moss(server, &["onboard", "openclaw", "--run"]));
    let ran = test.any_stdout().run();
    let gate = fs::read_to_string(ran.file(".moss/gate.js")).unwrap();
    // As OpenClaw keeps it: without the last line end.
    jobs(
        &ran,
        json!({"enabled": true, "trigger": {"script": gate.trim()},
                      "state": {"lastTriggerEvalAtMs": 1_795_000_000_000_i64}}),
    );
    ran
}

fn jobs(ran: &Finished, job: Value) {
    let mut job = job;
    job["declarationKey"] = "moss:executor".into();
    fs::write(ran.file("oc/jobs"), json!({"jobs": [job]}).to_string()).unwrap();
}

/// The lines about `checks`, verdict and finding and mend, and where it ran.
fn doctor(ran: Finished, checks: &[&str], status: i32) -> (Vec<String>, Finished) {
    let ran = again(ran.then(&["doctor"])).any_stdout().status(status).run();
    let is_asked = |line: &&str| checks.contains(&line.split('\t').nth(1).unwrap_or_default());
    (ran.stdout.lines().filter(is_asked).map(str::to_owned).collect(), ran)
}

fn an_agent_that_is_on_board_is_told_to_be_so() {
    let server = server();
    let all = ["skill", "prompt", "openclaw", "openclaw agent", "openclaw skill", "gate", "timer"];
    let (lines, ran) = doctor(on_board(&server), &all, 0);
    assert_eq!(
        lines,
        [
            "ok\tskill\tskills/moss-executor/SKILL.md is current\t-",
            "ok\tprompt\tAGENTS.md tells the role\t-",
            "ok\topenclaw\tversion 2026.9.6\t-",
            "ok\topenclaw agent\tmoss-executor works in this folder\t-",
            "ok\topenclaw skill\tmoss-executor is ready\t-",
            "ok\tgate\tasks before the model does\t-",
            "ok\ttimer\tlooked for work last at 2026-11-18T11:06Z\t-",
        ]
    );
    // A person's own text around the role's is theirs.
    let own = fs::read_to_string(ran.file("AGENTS.md")).unwrap();
    fs::write(ran.file("AGENTS.md"), format!("# Mine\n\n{own}\nMore.\n")).unwrap();
    assert!(doctor(ran, &["prompt"], 0).0[0].starts_with("ok\t"));
}

fn what_keeps_the_timer_from_working_fails_with_what_mends_it() {
    let server = server();
    let mend = "moss onboard openclaw --run";
    let ran = on_board(&server);
    jobs(&ran, json!({"enabled": true}));
    let (lines, ran) = doctor(ran, &["gate"], 1);
    assert_eq!(
        lines,
        [format!("FAIL\tgate\tthe timer has no gate: each tick costs a call of the model\t{mend}")]
    );
    jobs(&ran, json!({"enabled": false}));
    let (lines, ran) = doctor(ran, &["timer"], 1);
    assert!(lines[0].starts_with("FAIL\ttimer\tthe timer is switched off\topenclaw cron list"));
    fs::write(ran.file("oc/jobs"), "{\"jobs\":[]}").unwrap();
    let (lines, ran) = doctor(ran, &["timer"], 1);
    assert_eq!(lines, [format!("FAIL\ttimer\tOpenClaw has no timer for moss-executor\t{mend}")]);
    fs::write(ran.file("oc/fails"), "cron list").unwrap();
    let (lines, ran) = doctor(ran, &["timer"], 7);
    assert!(
        lines[0].ends_with("\tthe timer is kept by OpenClaw's gateway: openclaw gateway status")
    );
    fs::remove_file(ran.file("oc/fails")).unwrap();
    fs::write(ran.file("oc/agents"), "[]").unwrap();
    let (lines, ran) = doctor(ran, &["openclaw agent"], 1);
    assert_eq!(
        lines,
        [format!("FAIL\topenclaw agent\tOpenClaw has no agent moss-executor\t{mend}")]
    );
    fs::write(ran.file("oc/version"), "OpenClaw 2026.7.1\n").unwrap();
    let (lines, _) = doctor(ran, &["openclaw"], 1);
    assert_eq!(
        lines,
        ["FAIL\topenclaw\tthis OpenClaw is 2026.7.1; gated timers need 2026.8.1\topenclaw update"]
    );
}

fn what_is_merely_old_is_a_warning() {
    let server = server();
    let ran = on_board(&server);
    jobs(
        &ran,
        json!({"enabled": true, "trigger": {"script": "json({fire: true})"},
                      "state": {"consecutiveErrors": 3, "lastError": "no model"}}),
    );
    fs::write(ran.file("AGENTS.md"), "# Mine alone\n").unwrap();
    fs::write(ran.file("skills/moss-executor/SKILL.md"), "edited\n").unwrap();
    let (lines, _) = doctor(ran, &["skill", "prompt", "gate", "timer"], 0);
    let starts = [
        "warn\tskill\tskills/moss-executor/SKILL.md is not what the server has\tmoss skill diff",
        "warn\tprompt\tAGENTS.md does not tell the role as this moss does\tmoss onboard openclaw",
        "warn\tgate\tthe gate is not as this moss writes it\tmoss onboard openclaw --run",
        "warn\ttimer\tthe last 3 runs failed: no model\topenclaw cron list",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

fn an_agent_nobody_wakes_is_told_of() {
    let server = server();
    let ran = Test::at_moss(&server, &["wake", "--help"]).any_stdout().run();
    let (lines, _) = doctor(again(ran.then(&["mine", "--help"])).any_stdout().run(), &["timer"], 0);
    let mend = "moss onboard openclaw, or: moss onboard cron --help";
    assert_eq!(lines, [format!("warn\ttimer\tnothing wakes this agent\t{mend}")]);
}
