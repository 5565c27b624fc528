//! The original client's command lines, word for word, with `moss` in place of
//! `python task-cli.py`, on the original server.

use serde_json::{Value, json};

use super::team::Team;
use test_support::builder::kept_key;
use test_support::moss::{Ran, Workspace};

/// Workspaces that know nothing but the server: the key comes with every command line.
struct Old {
    workspace: Workspace,
    keys: Vec<(&'static str, String)>,
    team: Team,
}

impl Old {
    fn new() -> Self {
        let team = Team::new();
        let key = |workspace: &Workspace| kept_key(workspace.path().join(".moss/key"));
        let keys = vec![
            ("planner", key(&team.planner)),
            ("executor", key(&team.executor)),
            ("reviewer", key(&team.reviewer)),
            ("patrol", key(&team.patrol)),
        ];
        let workspace = Workspace::new().env("MOSS_SERVER", &team.server.url());
        Self { workspace, keys, team }
    }

    fn run(&self, role: &str, args: &[&str]) -> Ran {
        let key = &self.keys.iter().find(|(name, _)| *name == role).unwrap().1;
        let line = [&["--key", key.as_str()], args].concat();
        self.workspace.moss_with_input(&line, "")
    }

    /// Runs a command that must succeed, and gives the one write it caused.
    #[track_caller]
    fn writes(&self, role: &str, args: &[&str]) -> (String, Value) {
        self.team.server.take_requests();
        self.run(role, args).exits(0);
        let requests = self.team.server.take_requests();
        let mut writes = requests.iter().filter(|request| request.method != "GET");
        let write = writes.next().unwrap_or_else(|| panic!("{args:?} wrote nothing"));
        assert!(writes.next().is_none(), "{args:?} wrote twice: {requests:#?}");
        assert!(write.taken, "the original has no route for {}", write.line);
        (write.line.clone(), write.json())
    }

    fn only_id(&self, list: &[&str]) -> String {
        let listed = self.run("planner", &[list, &["--json"]].concat()).json();
        let items = listed.get("items").unwrap_or(&listed).as_array().unwrap();
        assert_eq!(items.len(), 1, "{listed}");
        items[0]["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_whole_loop_in_the_old_words() {
    let old = Old::new();
    let (line, body) = old.writes(
        "planner",
        &["task", "create", "Orders", "--desc", "An order service", "--type", "once"],
    );
    assert_eq!(line, "POST /api/tasks");
    assert_eq!(body["description"], "An order service");
    let task = old.only_id(&["task", "list"]);
    old.run("planner", &["task", "get", &task]).exits(0).says("An order service");
    let (line, body) = old.writes("planner", &["task", "edit", &task, "--name", "Orders 2"]);
    assert_eq!((line, &body["name"]), (format!("PUT /api/tasks/{task}"), &json!("Orders 2")));
    let (line, body) = old.writes("planner", &["task", "status", &task, "active"]);
    assert_eq!(
        (line, &body["status"]),
        (format!("PUT /api/tasks/{task}/status"), &json!("active"))
    );

    let (line, _) = old.writes("planner", &["module", "create", &task, "API", "--desc", "HTTP"]);
    assert_eq!(line, format!("POST /api/tasks/{task}/modules"));
    old.run("planner", &["module", "list", &task]).exits(0).says("API");

    let (line, body) = old.writes(
        "planner",
        &[
            "st",
            "create",
            &task,
            "Order list",
            "--desc",
            "d",
            "--deliverable",
            "orders.py",
            "--acceptance",
            "tests pass",
            "--priority",
            "high",
            "--type",
            "once",
        ],
    );
    assert_eq!(line, "POST /api/sub-tasks");
    assert_eq!((&body["task_id"], &body["priority"]), (&json!(task), &json!("high")));
    assert_eq!(
        (&body["deliverable"], &body["acceptance"]),
        (&json!("orders.py"), &json!("tests pass"))
    );
    old.run("planner", &["help"]).exits(0).says("Usage: moss ");
    old.run("planner", &["help", "st"]).exits(0).says("Usage: moss st ");
    let id = old.only_id(&["st", "list", "--task-id", &task]);
    old.run("planner", &["st", "get", &id]).exits(0).says("Order list");
    old.writes("planner", &["st", "edit", &id, "--priority", "low"]);

    old.run("executor", &["st", "available"]).exits(0).says("Order list");
    let path = |verb: &str| format!("POST /api/sub-tasks/{id}/{verb}");
    assert_eq!(old.writes("executor", &["st", "claim", &id]).0, path("claim"));
    old.run("executor", &["st", "mine"]).exits(0).says("Order list");
    old.run("executor", &["st", "latest", &task]).exits(0).says("Order list");
    let (line, body) = old.writes("executor", &["st", "start", &id, "--session", "s-1"]);
    assert_eq!((line, &body["session_id"]), (path("start"), &json!("s-1")));
    let (line, body) = old.writes("executor", &["st", "session", &id, "s-2"]);
    assert_eq!((line, &body["session_id"]), (path("session"), &json!("s-2")));
    assert_eq!(old.writes("patrol", &["st", "block", &id]).0, path("block"));
    let wu = old.run("planner", &["agents", "--role", "executor", "--json"]).json();
    let wu = wu.as_array().unwrap().iter().find(|agent| agent["name"] == "AI-Wu").unwrap();
    let wu = wu["id"].as_str().unwrap();
    assert_eq!(old.writes("planner", &["st", "reassign", &id, wu]).0, path("reassign"));
    old.writes("executor", &["st", "start", &id]);
    assert_eq!(old.writes("executor", &["st", "submit", &id]).0, path("submit"));

    let (line, body) = old.writes(
        "reviewer",
        &["review", "create", &id, "rejected", "2", "--issues", "no tests", "--comment", "c"],
    );
    assert_eq!(line, "POST /api/review-records");
    assert_eq!((&body["result"], &body["score"]), (&json!("rejected"), &json!(2)));
    assert_eq!((&body["issues"], &body["comment"]), (&json!("no tests"), &json!("c")));
    old.run("executor", &["review", "list", "--sub-task-id", &id]).exits(0).says("rejected");
    old.run("executor", &["score", "me"]).exits(0).says("-5");
    old.run("executor", &["score", "logs"]).exits(0).says("-5");
    old.run("reviewer", &["score", "agent-logs", wu]).exits(0).says("-5");
    old.run("executor", &["score", "leaderboard"]).exits(0).says("AI-Wu");
    let (_, body) =
        old.writes("reviewer", &["score", "adjust", wu, "-1", "late", "--sub-task-id", &id]);
    assert_eq!((&body["score_delta"], &body["reason"]), (&json!(-1), &json!("late")));
    let (_, body) = old
        .writes("executor", &["log", "create", "reflection", "test first", "--sub-task-id", &id]);
    assert_eq!((&body["summary"], &body["sub_task_id"]), (&json!("test first"), &json!(id)));
    old.run("executor", &["log", "mine", "--action", "reflection", "--days", "3", "--limit", "5"])
        .exits(0)
        .says("test first");
    old.run("planner", &["log", "list", "--sub-task-id", &id]).exits(0).says("test first");
    old.run("executor", &["rules"]).exits(0).says("/workspace");
    old.run("executor", &["notification"]).exits(0).says("off");
    assert_eq!(old.writes("planner", &["st", "cancel", &id]).0, path("cancel"));
    assert_eq!(
        old.writes("planner", &["task", "cancel", &task]).0,
        format!("POST /api/tasks/{task}/cancel")
    );
}

/// `--key` shows in the process list; it works and says so.
#[test]
fn a_key_on_the_command_line_is_warned_about() {
    let old = Old::new();
    let ran = old.run("executor", &["st", "mine"]).exits(0).complains("warning");
    assert!(!ran.stderr.contains(&old.keys[1].1), "{ran}");
}

#[test]
fn registering_in_the_old_words() {
    let team = Team::new();
    let workspace = Workspace::new().env("MOSS_SERVER", &team.server.url());
    let token = test_support::standin::REGISTRATION_TOKEN;
    workspace
        .moss([
            "register",
            "--name",
            "AI-Old",
            "--role",
            "executor",
            "--token",
            token,
            "--description",
            "fast",
        ])
        .exits(0);
    let writes = team.writes();
    assert_eq!(writes[0].0, "POST /api/agents/register");
    assert_eq!(writes[0].1, json!({ "name": "AI-Old", "role": "executor", "description": "fast" }));
    workspace.moss(["whoami"]).exits(0).says("AI-Old");
}
