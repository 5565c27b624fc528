//! The README, typed as it is printed by somebody in an empty home: from no server to a team with a
//! goal.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use test_support::moss::run;
use test_support::openclaw::OPENCLAW;
use test_support::program;

test_support::tests![a_newcomer_gets_to_a_team_with_a_goal needs ["curl"]];

const README: &str = include_str!("../../../../README.md");
/// What is typed where everything was built and installed already.
const BUILT: &[&str] = &["cargo ", "install "];
/// What a person waits for, as long as a busy machine takes.
const WAITS: (&str, &str) = (
    "sleep 1;",
    "trap \"kill $!\" EXIT; for _ in $(seq 300); do grep -q setup# server.log && break; sleep 0.1; done;",
);

/// The commands of these sections, in order.
fn commands(sections: &[&str]) -> String {
    let mut script = String::new();
    for title in sections {
        let (_, section) = README.split_once(&format!("\n## {title}\n")).expect(title);
        let section = section.split("\n## ").next().unwrap();
        let blocks = section.split("\n```").skip(1).step_by(2);
        let lines =
            blocks.flat_map(str::lines).filter(|line| !BUILT.iter().any(|it| line.starts_with(it)));
        script.extend(lines.map(|line| format!("{line}\n")));
    }
    script
}

fn a_newcomer_gets_to_a_team_with_a_goal() {
    let home = TempDir::new().unwrap();
    let openclaw = home.path().join("oc");
    fs::create_dir(&openclaw).unwrap();
    fs::write(openclaw.join("openclaw"), OPENCLAW).unwrap();
    fs::set_permissions(openclaw.join("openclaw"), PermissionsExt::from_mode(0o755)).unwrap();
    fs::write(openclaw.join("version"), "OpenClaw 2026.9.6 (eb377ac)\n").unwrap();
    fs::write(openclaw.join("agents"), "[]").unwrap();

    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let printed = commands(&["Run a server", "Add agents", "Give them a goal"]);
    assert_eq!(printed.matches(WAITS.0).count(), 1, "{printed}");
    let typed = printed.replace(WAITS.0, WAITS.1).replace("6565", &port);
    let after = "cd ~/agents/planner; moss wake --gate\nmoss-server agent list --config ~/moss/config.yaml\n";
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &format!("{typed}{after}")]).current_dir(home.path());
    let servers = program::moss_server().parent().unwrap().display().to_string();
    let path = format!("{}:{servers}:{}", openclaw.display(), program::path_with_moss());
    shell.env_clear().env("HOME", home.path()).env("PATH", path).env("PASSWORD", "what I chose");
    shell.env("MOSS_SERVER__PORT", &port);
    let ran = run(shell, "").exits(0);
    let ran = ran.says("set up; agents register with this token").says("\"Shop backend\" created");
    let ran = ran
        .says("logged in \"my-planner\" as planner")
        .says("\"Shop backend\" active: 0 of 0 done");
    for (role, line) in [
        ("planner", "planner   active        0  \"my-planner\"\n"),
        ("executor", "executor  active        0  \"my-executor\"\n"),
        ("reviewer", "reviewer  active        0  \"my-reviewer\"\n"),
        ("patrol", "patrol    active        0  \"my-patrol\"\n"),
    ] {
        assert!(ran.stdout.contains(line), "{role}: {ran}");
        assert!(
            ran.stdout.contains(&format!("\"my-{role}\" works as moss-{role}, every ")),
            "{ran}"
        );
    }
    assert!(!ran.to_string().contains("inv_") && !ran.to_string().contains("ak_"), "{ran}");
}
