//! `moss doctor` about what wakes the agent: the files of its workspace, OpenClaw, a crontab.

use std::fs;

use serde_json::{Value, json};

use test_support::builder::{Finished, Test};
use test_support::mends;
use test_support::openclaw::{again, ready};
use test_support::responder::Responder;
use test_support::sample::{me, moss_health};

test_support::tests![
    an_agent_that_is_on_board_is_told_to_be_so,
    what_keeps_the_timer_from_working_fails_with_what_mends_it,
    what_is_merely_old_is_a_warning,
    an_agent_nobody_wakes_is_told_of,
    what_the_host_does_beside_the_timer_is_told_with_its_price,
    a_timer_goes_along_when_its_folder_is_renamed,
    what_a_person_gave_the_job_stays,
    off_board_takes_back_what_on_board_wrote,
    a_lost_record_is_asked_of_openclaw,
    off_board_goes_on_without_openclaw,
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
    for (name, value) in [
        ("declarationKey", json!("moss:executor")),
        ("id", json!("j1")),
        ("agentId", json!("moss-executor")),
        ("delivery", json!({"mode": "announce"})),
    ] {
        job[name] = value;
    }
    fs::write(ran.file("oc/jobs"), json!({"jobs": [job]}).to_string()).unwrap();
}

/// The lines about `checks`, verdict and finding and mend, and where it ran.
fn doctor(ran: Finished, checks: &[&str], status: i32) -> (Vec<String>, Finished) {
    let ran = again(ran.then(&["doctor"])).any_stdout().status(status).run();
    mends::check(ran.stdout.lines().map(|line| line.rsplit('\t').next().unwrap()));
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
    let off =
        "FAIL\ttimer\tthe timer is switched off: nothing wakes this agent\topenclaw cron enable j1";
    assert_eq!(lines, [off]);
    // What a gate remembers of ticks that fail is no good sign.
    let gate = fs::read_to_string(ran.file(".moss/gate.js")).unwrap();
    jobs(
        &ran,
        json!({"enabled": true, "trigger": {"script": gate.trim()},
               "state": {"triggerState": {"failure": "127"}, "lastTriggerEvalAtMs": 1}}),
    );
    let (lines, ran) = doctor(ran, &["timer"], 1);
    assert!(
        lines[0]
            .starts_with("FAIL\ttimer\teach tick ends with 127: there is no moss where it looks"),
        "{lines:?}"
    );
    fs::write(ran.file("oc/jobs"), "{\"jobs\":[]}").unwrap();
    let (lines, ran) = doctor(ran, &["timer"], 1);
    assert_eq!(
        lines,
        [format!("FAIL\ttimer\tOpenClaw has no timer for moss-executor: nothing wakes it\t{mend}")]
    );
    fs::write(ran.file("oc/fails"), "cron list").unwrap();
    let (lines, ran) = doctor(ran, &["timer"], 7);
    assert!(lines[0].ends_with("\topenclaw gateway start"));
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
        "warn\tskill\tskills/moss-executor/SKILL.md is not what the server has\tmoss skill install",
        "warn\tprompt\tAGENTS.md does not tell the role as this moss does\tmoss onboard openclaw --run",
        "warn\tgate\tthe gate is not as this moss writes it: it may ask another moss, or in another folder\tmoss onboard openclaw --run",
        "warn\ttimer\tthe last 3 runs failed: \"no model\"\topenclaw cron runs j1",
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
    let told =
        "nothing wakes this agent, and no openclaw is on PATH here\tmoss onboard cron --help";
    assert_eq!(lines, [format!("warn\ttimer\t{told}")]);
}

fn what_the_host_does_beside_the_timer_is_told_with_its_price() {
    let server = server();
    let ran = on_board(&server);
    for (section, value) in [
        ("agents", json!({"defaults": {"heartbeat": {"every": "30m"}}})),
        ("skills", json!({})),
        ("channels", json!({"telegram": {}, "slack": {}})),
        ("tools", json!({"exec": {"mode": "allowlist"}})),
    ] {
        fs::write(ran.file(&format!("oc/set-{section}")), value.to_string()).unwrap();
    }
    let scope = json!({"agentId": "moss-executor", "security": {"effective": "allowlist"},
                       "ask": {"effective": "off"}});
    let approvals = json!({"effectivePolicy": {"scopes": [scope]}});
    fs::write(ran.file("oc/approvals"), approvals.to_string()).unwrap();
    let own = fs::read_to_string(ran.file("AGENTS.md")).unwrap();
    fs::write(ran.file("AGENTS.md"), format!("# Be kind\n\n{own}")).unwrap();
    let ours = json!({"declarationKey": "moss:executor", "id": "j1", "agentId": "moss-executor",
                      "enabled": true, "trigger": {"script": "x"}, "delivery": {"mode": "none"}});
    let orphan = json!({"declarationKey": "moss:gone", "id": "j2", "agentId": "moss-gone"});
    fs::write(ran.file("oc/jobs"), json!({"jobs": [ours, orphan]}).to_string()).unwrap();
    let checks = ["heartbeat", "weekly review", "told", "approvals", "context", "other timers"];
    let (lines, _) = doctor(ran, &checks, 1);
    let moss = fs::canonicalize(test_support::program::moss()).unwrap();
    let mends = [
        "openclaw cron edit j1 --no-light-context".to_owned(),
        "openclaw cron rm j2".to_owned(),
        format!("openclaw approvals allowlist add --agent moss-executor {}", moss.display()),
        "openclaw config set agents.entries.moss-executor.heartbeat.every '\"0m\"' --json"
            .to_owned(),
        "openclaw config set skills.workshop.autonomous.mode propose".to_owned(),
        "openclaw config set commands.ownerAllowFrom '[\"CHANNEL:ID\"]' --json && moss onboard \
         openclaw --run"
            .to_owned(),
    ];
    let found: Vec<&str> = lines.iter().map(|line| line.rsplit('\t').next().unwrap()).collect();
    assert_eq!(found, mends, "{lines:#?}");
}

/// The words of the last `cron add`.
fn added(ran: &Finished) -> String {
    let argv = fs::read_to_string(ran.file("oc/argv")).unwrap();
    argv.split("\n\n").filter(|call| call.starts_with("cron\nadd\n")).last().unwrap().to_owned()
}

fn a_timer_goes_along_when_its_folder_is_renamed() {
    let server = server();
    let ran = on_board(&server);
    let elsewhere = ran.file("old-name");
    let agents = json!([{"id": "moss-executor", "workspace": elsewhere}]);
    fs::write(ran.file("oc/agents"), agents.to_string()).unwrap();
    let (lines, ran) = doctor(ran, &["openclaw agent"], 1);
    assert!(lines[0].contains("which this folder was called before"), "{lines:?}");
    assert!(lines[0].ends_with("\tmoss onboard openclaw --run"), "{lines:?}");
    let ran = again(ran.then(&["onboard", "openclaw", "--run"])).any_stdout().run();
    let settle =
        "ran\topenclaw config set agents.entries.moss-executor.workspace '\"[DIR]\"' --json\n";
    assert!(ran.stdout.contains(settle), "{}", ran.stdout);
    assert!(!ran.stdout.contains("agents add"), "{}", ran.stdout);
    // One who lives there still is another.
    fs::create_dir_all(elsewhere.join(".moss")).unwrap();
    fs::write(elsewhere.join(".moss/profile.json"), "{}").unwrap();
    let again = again(ran.then(&["onboard", "openclaw", "--run"]));
    let ran = again.any_stdout().any_stderr().status(6).run();
    assert!(ran.stderr.contains("works in another folder"), "{}", ran.stderr);
}

fn what_a_person_gave_the_job_stays() {
    let server = server();
    let ran = on_board(&server);
    let theirs = json!({
        "declarationKey": "moss:executor", "id": "j1", "agentId": "moss-executor", "enabled": true,
        "payload": {"toolsAllow": ["read", "exec"], "lightContext": false, "timeoutSeconds": 900},
        "delivery": {"mode": "announce", "channel": "slack", "to": "channel:C1"},
    });
    fs::write(ran.file("oc/jobs"), json!({"jobs": [theirs]}).to_string()).unwrap();
    let ran = again(ran.then(&["onboard", "openclaw", "--run"])).any_stdout().run();
    let added = added(&ran).replace('\n', " ");
    assert!(!added.contains("--light-context"), "{added}");
    let kept =
        "--announce --channel slack --to channel:C1 --tools exec,read --timeout-seconds 900 ";
    assert!(added.contains(kept), "{added}");
}

const STAYS: &str = "OpenClaw's agent moss-executor stays, without moss; to remove it, and put its \
                     folder into the trash: openclaw agents delete moss-executor\n";

fn off_board_takes_back_what_on_board_wrote() {
    let server = server();
    let test = ready(Test::at_moss(&server, &["onboard", "openclaw", "--run"]));
    let ran = test.file("AGENTS.md", "# Mine\n").any_stdout().run();
    let moss = fs::canonicalize(test_support::program::moss()).unwrap();
    let entry = json!({"workspace": "/w", "skills": ["moss-executor"],
        "tools": {"exec": {"pathPrepend": [moss.parent().unwrap()]}}});
    let agents = json!({"entries": {"moss-executor": entry}});
    fs::write(ran.file("oc/set-agents"), agents.to_string()).unwrap();
    jobs(&ran, json!({"enabled": true}));
    let ran = again(ran.then(&["offboard", "openclaw"]))
        .stdout(
            "ran\topenclaw cron rm j1\n\
             ran\topenclaw config unset agents.entries.moss-executor.skills\n\
             ran\topenclaw config unset agents.entries.moss-executor.tools.exec.pathPrepend\n\
             removed\t.moss/gate.js\n\
             removed\t.moss/gate.js.sha256\n\
             removed\t.moss/openclaw.json\n\
             wrote\tAGENTS.md\n\
             removed\tskills/moss-executor/SKILL.md\n\
             removed\t.moss/SKILL.md.sha256\n\
             off board; its key stays; moss logout forgets it\n",
        )
        .stderr(STAYS)
        .run();
    assert_eq!(fs::read_to_string(ran.file("AGENTS.md")).unwrap(), "# Mine\n");
    assert!(ran.file(".moss/key").exists() && !ran.file("skills").exists());
    let nothing = "nothing to do: nothing of an onboarding is here\n";
    again(ran.then(&["offboard", "openclaw"])).stdout(nothing).run();

    // What a person wrote stays, in the files and in OpenClaw.
    let ran = on_board(&server);
    let entry = json!({"skills": ["moss-executor", "weather"], "identity": {"name": "Bo"}});
    let agents = json!({"entries": {"moss-executor": entry}});
    fs::write(ran.file("oc/set-agents"), agents.to_string()).unwrap();
    fs::write(ran.file("skills/moss-executor/SKILL.md"), "mine\n").unwrap();
    let ran = again(ran.then(&["offboard", "openclaw"])).any_stdout().any_stderr().run();
    let set =
        "ran\topenclaw config set agents.entries.moss-executor.skills '[\"weather\"]' --json\n";
    assert!(ran.stdout.contains(set), "{}", ran.stdout);
    let stays = format!("{STAYS}skills/moss-executor/SKILL.md was edited and stays\n");
    assert_eq!(ran.stderr, stays);
    assert_eq!(fs::read_to_string(ran.file("skills/moss-executor/SKILL.md")).unwrap(), "mine\n");
}

const BY_ANOTHER_NAME: &[&str] =
    &["onboard", "openclaw", "--run", "--agent", "wu", "--every", "10m"];

/// An agent that went on board by another name than the usual, with its timer.
fn by_another_name(server: &Responder) -> Finished {
    let ran = ready(Test::at_moss(server, BY_ANOTHER_NAME)).any_stdout().run();
    let gate = fs::read_to_string(ran.file(".moss/gate.js")).unwrap();
    let job = json!({"declarationKey": "moss:agent:wu", "id": "j1", "agentId": "wu",
        "enabled": true, "schedule": {"kind": "every", "everyMs": 600_000},
        "trigger": {"script": gate.trim()}, "delivery": {"mode": "announce"}});
    fs::write(ran.file("oc/jobs"), json!({"jobs": [job]}).to_string()).unwrap();
    ran
}

fn a_lost_record_is_asked_of_openclaw() {
    let server = server();
    let mut ran = by_another_name(&server);
    let kept = fs::read_to_string(ran.file(".moss/openclaw.json")).unwrap();
    for (damage, has_gate) in
        [(Some("{"), true), (Some("{\"agent\":\"\"}"), true), (None, true), (None, false)]
    {
        let record = ran.file(".moss/openclaw.json");
        match damage {
            Some(text) => fs::write(record, text).unwrap(),
            None => fs::remove_file(record).unwrap(),
        }
        if !has_gate {
            fs::remove_file(ran.file(".moss/gate.js")).unwrap();
        }
        let (lines, other) = doctor(ran, &["record", "timer"], 0);
        assert_eq!(
            lines,
            [
                "warn\trecord\t.moss/openclaw.json, which says how this agent was put on board, is \
                 damaged or gone; OpenClaw has wu in this folder\t\
                 moss onboard openclaw --run --agent wu --every 10m",
                "ok\ttimer\thas not looked for work yet\t-",
            ],
            "{damage:?}"
        );
        let mended = again(other.then(BY_ANOTHER_NAME)).any_stdout().run();
        let again = fs::read_to_string(mended.file(".moss/openclaw.json")).unwrap();
        assert_eq!(again, kept.replace("\"added\":true", "\"added\":false"), "{damage:?}");
        let (lines, mended) = doctor(mended, &["record"], 0);
        assert!(lines.is_empty(), "{lines:?}");
        ran = mended;
    }
    // And so is who takes it off board.
    fs::write(ran.file(".moss/openclaw.json"), "{").unwrap();
    let ran = again(ran.then(&["offboard", "openclaw"])).any_stdout().any_stderr().run();
    assert!(ran.stdout.starts_with("ran\topenclaw cron rm j1\n"), "{}", ran.stdout);
    // An agent of OpenClaw's without a timer is no onboarding, and its name is not taken twice.
    let (lines, _) = doctor(ran, &["timer"], 0);
    let mend = "moss onboard openclaw --run --agent wu";
    assert_eq!(lines, [format!("warn\ttimer\tnothing wakes this agent\t{mend}")]);
}

fn off_board_goes_on_without_openclaw() {
    let server = server();
    let ran = by_another_name(&server);
    let ran = ran.then(&["offboard", "openclaw"]).env("PATH", "/nowhere").any_stdout().stderr(
        "there is no 'openclaw' on PATH: a timer of moss in OpenClaw, if there is one, stays; take \
         it out by hand: openclaw cron list\n",
    );
    let ran = ran.run();
    assert!(!ran.file("AGENTS.md").exists() && !ran.file(".moss/openclaw.json").exists());
    // Where OpenClaw is, it tells of the timer that stayed.
    let ran = again(ran.then(&["offboard", "openclaw"])).any_stdout().any_stderr().run();
    assert!(ran.stdout.starts_with("ran\topenclaw cron rm j1\n"), "{}", ran.stdout);
    let nothing = "nothing to do: nothing of an onboarding is here\n";
    again(ran.then(&["offboard", "openclaw"])).stdout(nothing).run();
}
