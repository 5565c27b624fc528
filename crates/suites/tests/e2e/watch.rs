//! `moss watch` as a host runs it: a line for each thing that wants its agent to act, across a server
//! that is killed, none lost and none twice.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::json;

use crate::team::{Agent, Team};
use test_support::moss::Workspace;
use test_support::program;
use test_support::server::Launch;

test_support::tests![
    every_call_is_a_line_across_a_killed_server,
    whoever_is_not_let_in_is_told_and_ends,
];

/// Longer than anything here takes: also the pause before a server that was away is asked again.
const PATIENCE: Duration = Duration::from_secs(30);
/// As long as nothing comes.
const SILENCE: Duration = Duration::from_millis(500);

struct Watch {
    child: Child,
    lines: Receiver<String>,
    _folder: Workspace,
}

impl Watch {
    fn of(team: &Team, agent: &Agent) -> Self {
        let folder = team.workspace(agent);
        let mut command = Command::new(program::moss());
        command.arg("watch").current_dir(folder.path()).env_clear();
        command.env("HOME", folder.path()).env("MOSS_SERVER", team.server.url());
        command.env("MOSS_API_KEY", &agent.key).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (send, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Self { child, lines, _folder: folder }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("no line came")
    }

    fn says_nothing(&self) {
        let line = self.lines.recv_timeout(SILENCE);
        assert_eq!(line, Err(RecvTimeoutError::Timeout));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn every_call_is_a_line_across_a_killed_server() {
    let mut team = Team::start(2, 1);
    let (_, ids) = team.plan("work", 4);
    let (one, reviewer) = (team.executors[0].clone(), team.reviewers[0].clone());
    let give = |team: &Team, id: &str| {
        let path = format!("/api/sub-tasks/{id}/reassign");
        team.must(&team.planner, "POST", &path, &json!({ "agent_id": one.id }));
    };
    let assigned = |id: &str| format!("ASSIGNED {} -> moss wake", &id[..8]);
    let watch = Watch::of(&team, &one);
    let reviews = Watch::of(&team, &reviewer);
    watch.says_nothing();
    give(&team, &ids[0]);
    assert_eq!(watch.next(), assigned(&ids[0]));

    let (_, port) = team.server.address().rsplit_once(':').unwrap();
    let port = port.to_owned();
    for id in &ids[1..3] {
        team.server.kill();
        team.server = Launch::new(team.folder.path()).env("MOSS_SERVER__PORT", &port).start();
        give(&team, id);
        assert_eq!(watch.next(), assigned(id));
    }
    for what in ["start", "submit"] {
        let path = format!("/api/sub-tasks/{}/{what}", ids[0]);
        team.must(&one, "POST", &path, &json!({ "summary": "done" }));
    }
    assert_eq!(reviews.next(), format!("REVIEW {} -> moss wake", &ids[0][..8]));
    watch.says_nothing();
    reviews.says_nothing();
}

fn whoever_is_not_let_in_is_told_and_ends() {
    let team = Team::start(1, 0);
    let mut stranger = team.executors[0].clone();
    let ended = stranger.key.split_off(stranger.key.len() - 4);
    stranger.key.extend(ended.chars().rev());
    team.workspace(&stranger).moss(["watch"]).exits(4);
}
