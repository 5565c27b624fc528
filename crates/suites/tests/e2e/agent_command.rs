//! `moss-server agent`: the person at the machine sees the agents, lets them in or keeps them out
//! and gives them new keys, beside a running server and without one.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::{Audit, tamper};
use crate::team::{Agent, Team, register};
use test_support::moss::Workspace;
use test_support::program;
use test_support::server::{Ended, Launch};

test_support::tests![
    a_disabled_agent_is_refused_within_a_second,
    a_new_key_travels_through_a_pipe_into_the_agents_folder,
    every_other_key_is_refused_within_a_second,
    the_list_and_one_agent_as_they_are_shown,
    without_a_server_it_works_too,
    an_agent_is_named_in_three_ways_and_never_guessed,
    what_cannot_work_changes_nothing,
];

/// What the command promises.
const SOON: Duration = Duration::from_secs(1);

fn agent(team: &Team, args: &[&str]) -> Ended {
    let args = [&["agent"], args].concat();
    let launch = Launch::command(team.folder.path(), &args);
    launch.env("MOSS_SERVER__PORT", "6565").ends()
}

/// Whether the server lets it in, or the code of its refusal.
fn seen(team: &Team, who: &Agent) -> String {
    let answer = team.ask(who, "GET", "/api/scores/me", &json!({}));
    if answer.status == 200 {
        return "in".to_owned();
    }
    answer.json()["code"].as_str().unwrap().to_owned()
}

fn a_disabled_agent_is_refused_within_a_second() {
    let team = Team::start(1, 0);
    let (_, made) = team.plan("work", 1);
    let wu = &team.executors[0];
    team.must(wu, "POST", &format!("/api/sub-tasks/{}/claim", made[0]), &json!({}));
    let id = &wu.id[..8];
    for held in ["what it held (1) is offered to others now\n", ""] {
        assert!(["in", "agent_disabled"].contains(&&*seen(&team, wu)));
        let said = agent(&team, &["disable", "executor-1"]).exits(0);
        assert_eq!(
            said.stdout,
            format!(
                "\"executor-1\" ({id}, executor) is disabled; a running server refuses it within 1 s\n\
                 {held}-> moss-server agent enable {id}\n"
            )
        );
        sleep(SOON);
        assert_eq!(seen(&team, wu), "agent_disabled");
    }
    let told = team.ask(wu, "GET", "/api/scores/me", &json!({})).json();
    let hint = format!(
        "ask the person in charge to enable it, at the server's machine, in the folder of its \
         config.yaml: moss-server agent enable {id}"
    );
    assert_eq!(told["hint"], hint);
    let said = agent(&team, &["enable", id]).exits(0);
    assert_eq!(
        said.stdout,
        format!(
            "\"executor-1\" ({id}, executor) is active; a running server lets it in within 1 s\n"
        )
    );
    sleep(SOON);
    assert_eq!(seen(&team, wu), "in");
    for step in ["claim", "start"] {
        team.must(wu, "POST", &format!("/api/sub-tasks/{}/{step}", made[0]), &json!({}));
    }
    Audit::open(&team.database()).holds();
}

fn a_new_key_travels_through_a_pipe_into_the_agents_folder() {
    let team = Team::start(1, 0);
    let workspace = Workspace::new();
    let server = program::moss_server().display();
    let config = team.folder.path().join("config.yaml");
    let config = config.display();
    let url = team.server.url();
    let line = format!(
        "{server} agent reset-key executor-1 --config {config} | moss login --server {url}"
    );
    assert_eq!(seen(&team, &team.executors[0]), "in");
    let ran = workspace.shell(&line).exits(0).says("logged in \"executor-1\" as executor");
    assert!(!ran.to_string().contains("ak_"), "{ran}");
    let who = &team.executors[0].id[..8];
    let said = ran.stderr.lines().next().unwrap().to_owned();
    assert!(
        said.starts_with(&format!("the new key of \"executor-1\" ({who}, executor); ")),
        "{ran}"
    );
    workspace.moss(["wake"]).exits(3).says("\"executor-1\" · executor · score 0");
    // Once more, over the profile that is there, and by what it is called there.
    workspace.shell(&line).exits(0);
    workspace.moss(["whoami"]).exits(0);
    sleep(SOON);
    assert_eq!(seen(&team, &team.executors[0]), "unknown_key");
}

fn every_other_key_is_refused_within_a_second() {
    let team = Team::start(1, 0);
    let wu = &team.executors[0];
    assert_eq!(seen(&team, wu), "in");
    let ended = agent(&team, &["reset-key", &wu.id]).exits(0);
    let key = ended.stdout.strip_suffix('\n').unwrap();
    assert!(key.starts_with("ak_") && !key.contains('\n') && !ended.stderr.contains(key));
    assert_eq!(
        ended.stderr,
        format!(
            "the new key of \"executor-1\" ({}, executor); a running server refuses every other \
             within 1 s. In the agent's folder: moss login --server http://127.0.0.1:6565 < key\n",
            &wu.id[..8]
        )
    );
    let new = Agent { id: wu.id.clone(), name: wu.name.clone(), key: key.to_owned() };
    assert_eq!(seen(&team, &new), "in");
    sleep(SOON);
    assert_eq!(seen(&team, wu), "unknown_key");
    assert_eq!(seen(&team, &new), "in");
    assert!(!team.server.output().contains(key));
    Audit::open(&team.database()).holds();
}

fn the_list_and_one_agent_as_they_are_shown() {
    let team = Team::start(1, 0);
    let hostile = register(&team.server, "x\" -> moss-server agent disable y", "patrol");
    let (_, made) = team.plan("work", 1);
    team.must(&team.executors[0], "POST", &format!("/api/sub-tasks/{}/claim", made[0]), &json!({}));
    agent(&team, &["disable", &hostile.id]).exits(0);
    let (planner, executor) = (&team.planner.id, &team.executors[0].id);
    let shown = agent(&team, &["list"]).exits(0);
    assert_eq!(
        shown.stdout,
        format!(
            "id        role      account   score  name\n\
             {}  planner   active        0  \"planner\"\n\
             {}  executor  active        0  \"executor-1\"\n\
             {}  patrol    disabled      0  \"x\\\" -> moss-server agent disable y\"\n",
            &planner[..8],
            &executor[..8],
            &hostile.id[..8]
        )
    );
    let json: Value =
        serde_json::from_str(&agent(&team, &["list", "--json"]).exits(0).stdout).unwrap();
    assert_eq!((&json[2]["id"], &json[2]["status"]), (&json!(hostile.id), &json!("disabled")));

    let shown = agent(&team, &["show", "executor-1"]).exits(0).stdout;
    let at = |fact: &str| {
        let line =
            shown.lines().find(|line| line.starts_with(fact)).unwrap_or_else(|| panic!("{shown}"));
        line[12..].to_owned()
    };
    assert_eq!((at("id"), at("name")), (executor.clone(), "\"executor-1\"".to_owned()));
    assert_eq!(
        (at("role"), at("account"), at("score")),
        ("executor".into(), "active".into(), "0".into())
    );
    assert!(at("key").starts_with("since 20") && at("registered").starts_with("20"), "{shown}");
    let held = at("holds");
    assert!(
        held.starts_with(&format!("{} \"work 0\", assigned, until 20", &made[0][..8])),
        "{held}"
    );
    let shown = agent(&team, &["show", &hostile.id[..8]]).exits(0).stdout;
    let next = format!("\n-> moss-server agent enable {}\n", &hostile.id[..8]);
    assert!(shown.ends_with(&next), "{shown}");
    let one = agent(&team, &["show", "executor-1", "--json"]).exits(0).stdout;
    let one: Value = serde_json::from_str(&one).unwrap();
    assert_eq!((&one["id"], &one["holds"][0]["id"]), (&json!(executor), &json!(made[0])));
    assert!(!one.to_string().contains("hash"), "{one}");
}

fn without_a_server_it_works_too() {
    let mut team = Team::start(1, 0);
    team.server.kill();
    agent(&team, &["list"]).exits(0);
    agent(&team, &["disable", "executor-1"]).exits(0);
    team.server = Launch::new(team.folder.path()).start();
    assert_eq!(seen(&team, &team.executors[0]), "agent_disabled");

    // After an orderly end, and with the configuration elsewhere: what is said next works there.
    let Team { server, folder, executors, .. } = team;
    server.terminate().exits(0);
    let config = folder.path().join("config.yaml");
    let elsewhere = tempfile::TempDir::new().unwrap();
    let args = ["agent", "show", "executor-1", "--config", config.to_str().unwrap()];
    let shown = Launch::command(elsewhere.path(), &args).ends().exits(0).stdout;
    let id = &executors[0].id[..8];
    let next = format!("\n-> moss-server agent enable {id} --config {}\n", config.display());
    assert!(shown.ends_with(&next), "{shown}");
    let words: Vec<&str> = next.trim().split(' ').skip(2).collect();
    Launch::command(elsewhere.path(), &words).ends().exits(0);
    let server = Launch::new(folder.path()).start();
    server.terminate().exits(0);
}

fn an_agent_is_named_in_three_ways_and_never_guessed() {
    let team = Team::start(2, 0);
    let [one, two] = [&team.executors[0].id, &team.executors[1].id];
    for name in ["executor-1", one, &one[..8], &one[..8].to_uppercase()] {
        let shown = agent(&team, &["show", name, "--json"]).exits(0).stdout;
        assert!(shown.contains(one.as_str()), "{name}: {shown}");
    }
    let nobody = agent(&team, &["show", "no\u{1b}[2Jbody"]).exits(5);
    assert_eq!(
        nobody.stderr,
        "error: no agent \"no\\u{1b}[2Jbody\"\nhint: moss-server agent list\n"
    );
    // A name that is the beginning of another one's id names nobody, and a whole id is an id.
    let six = &two[..6];
    tamper(&team.database(), &format!("UPDATE agents SET name = '{six}' WHERE id = '{one}'"));
    let both = agent(&team, &["disable", six]).exits(8);
    assert!(both.stderr.starts_with(&format!("error: several agents fit {six}: ")), "{both}");
    for fits in [one, two] {
        assert!(both.stderr.contains(&fits[..8]), "{both}");
    }
    assert_eq!(both.stderr.lines().last(), Some("hint: give more characters of the id"));
    tamper(&team.database(), &format!("UPDATE agents SET name = '{two}' WHERE id = '{one}'"));
    let shown = agent(&team, &["show", two, "--json"]).exits(0).stdout;
    assert!(shown.starts_with(&format!("{{\"id\":\"{two}\"")), "{shown}");
}

fn what_cannot_work_changes_nothing() {
    let team = Team::start(1, 0);
    for (args, part) in [
        (&[][..], "Commands:"),
        (&["show"], "<AGENT>"),
        (&["rename", "executor-1"], "unrecognized subcommand"),
        (&["remove", "executor-1"], "--confirm"),
        (&["list", "executor-1"], "unexpected argument"),
    ] {
        let ended = agent(&team, args).exits(2);
        assert!(ended.stderr.contains(part) && ended.stdout.is_empty(), "{args:?}: {ended}");
    }
    let empty = tempfile::TempDir::new().unwrap();
    for args in [
        &["agent", "list"][..],
        &["invite", "--role", "patrol"],
        &["backup", "b.db"],
        &["restore", "b.db"],
        &["health"],
    ] {
        let ended = Launch::command(empty.path(), args).ends();
        let nothing = format!(
            "error: there is no config.yaml in this folder: go to the server's, or type moss-server {} \
             --config FILE",
            args.join(" ")
        );
        assert_eq!(ended.refuses(), nothing, "{args:?}");
    }
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
    let help = agent(&team, &["--help"]).exits(0).stdout;
    for line in ["list ", "show ", "enable ", "disable ", "reset-key ", "remove "] {
        let told = help.lines().any(|it| it.trim_start().starts_with(line) && it.len() > 30);
        assert!(told, "{line}\n{help}");
    }
}
