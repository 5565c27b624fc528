//! `moss-server move` where it cannot be done: beside a running server, and onto a disk that is too
//! small. Nothing is half-done then.

use std::fs;

use serde_json::json;

use crate::audit::Audit;
use crate::team::Team;
use test_support::needs::{MOUNTS, namespace};
use test_support::program;
use test_support::server::Launch;

test_support::tests![
    a_running_server_keeps_its_database,
    a_full_disk_undoes_all_of_it needs [MOUNTS],
];

fn a_running_server_keeps_its_database() {
    let team = Team::start(1, 1);
    team.plan("work", 20);
    let args = ["move", "--from", "sqlite:tasks.db", "--to", "sqlite:new/tasks.db"];
    let refusal = Launch::command(team.folder.path(), &args).ends().refuses();
    assert_eq!(
        refusal,
        "error: a moss-server is using tasks.db; stop every server of it first: what is written \
         during the move would be lost. Nothing was changed"
    );
    assert!(!team.folder.path().join("new").exists(), "a target was made for nothing");
    let Team { server, folder, executors, .. } = team;
    server.terminate().exits(0);
    let done = Launch::command(folder.path(), &args).ends().exits(0);
    assert!(done.stdout.contains("sub_tasks: 20 rows, sum "), "{done}");
    assert!(!done.to_string().contains(&executors[0].key), "{done}");
    Audit::open(&folder.path().join("new/tasks.db")).holds();
}

fn a_full_disk_undoes_all_of_it() {
    let team = Team::start(1, 1);
    let sub_tasks: Vec<_> = (0..200)
        .map(|n| json!({ "name": format!("{n}"), "description": "x".repeat(20_000) }))
        .collect();
    for plan in sub_tasks.chunks(40) {
        let plan = json!({ "task": { "name": "work", "key": "work" }, "sub_tasks": plan });
        team.must(&team.planner, "POST", "/api/plans", &plan);
    }
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    let whole = fs::read(folder.path().join("tasks.db")).unwrap();
    let script = format!(
        "cd {}; mkdir small; mount -t tmpfs -o size=3m none small || exit 9; \"$@\"; code=$?; \
         \"$1\" verify --database sqlite:small/tasks.db; exit $code",
        folder.path().display()
    );
    let mut shell = namespace();
    shell.args(["sh", "-c", &script, "sh"]).arg(program::moss_server());
    let args = ["move", "--from", "sqlite:tasks.db", "--to", "sqlite:small/tasks.db"];
    let ended = Launch::with(shell, folder.path(), &args).ends().exits(1);
    assert_eq!(
        ended.stderr.lines().last(),
        Some(
            "error: small/tasks.db failed during the move (database or disk is full); nothing was \
             changed. Make room on its disk, then move again"
        ),
        "{ended}"
    );
    let empty = "small/tasks.db hold; 0 agents, 0 tasks, 0 sub-tasks, 0 attempts";
    assert!(ended.stdout.starts_with("ok: ") && ended.stdout.contains(empty), "{ended}");
    assert!(fs::read(folder.path().join("tasks.db")).unwrap() == whole, "the source was changed");
}
