//! The day a project moves from one server to the other: what a workspace remembers of the old
//! one is wrong, and the very next command works all the same.

use serde_json::json;

use test_support::http::Request;
use test_support::moss::Workspace;
use test_support::sample::PLAN;
use test_support::server::{self, Server};
use test_support::standin::Standin;

/// One sub-task to do, and what an agent needs to be there.
struct Project {
    url: String,
    key: String,
    sub_task: String,
}

fn project(url: &str, token: &str) -> Project {
    let key = |name: &str, role: &str| {
        let made = Request::new("POST", "/api/agents/register")
            .header("x-registration-token", token)
            .json(&json!({ "name": name, "role": role }))
            .send(url)
            .json();
        made["api_key"].as_str().unwrap().to_owned()
    };
    let planner =
        Workspace::new().env("MOSS_SERVER", url).env("MOSS_API_KEY", &key("P", "planner"));
    planner.write("plan.yaml", PLAN);
    planner.moss(["plan", "apply", "plan.yaml"]).exits(0);
    let listed = planner.moss(["list", "--json"]).json();
    let items = listed["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["priority"] == "high").unwrap();
    let sub_task = item["id"].as_str().unwrap().to_owned();
    Project { url: url.to_owned(), key: key("E", "executor"), sub_task }
}

/// Registered at one server, asking another.
fn moved(from: Workspace, to: &Project) -> Workspace {
    from.moss(["wake"]).exits(3);
    from.env("MOSS_SERVER", &to.url).env("MOSS_API_KEY", &to.key)
}

#[test]
fn from_the_original_to_ours() {
    let (old, new) = (Standin::start(), Server::start());
    let project = project(new.url(), server::REGISTRATION_TOKEN);
    let remembers = || moved(old.join(&format!("AI-{}", unique()), "executor"), &project);
    remembers().moss(["wake"]).exits(0).says("CLAIMABLE 2");
    remembers().moss(["claim", "--start"]).exits(0).says(&project.sub_task[..8]);
    let last = remembers();
    last.write("orders.py", "print()\n");
    last.moss(["submit", &project.sub_task, "--summary", "done", "--artifact", "orders.py"])
        .exits(0);
    let path = format!("/api/sub-tasks/{}/attempts", project.sub_task);
    let attempts = Request::new("GET", &path).bearer(&project.key).send(&project.url).json();
    assert_eq!(attempts[0]["artifacts"].as_array().map(Vec::len), Some(1), "{attempts}");
    let path = format!("/api/logs?sub_task_id={}&action=delivery", project.sub_task);
    let logs = Request::new("GET", &path).bearer(&project.key).send(&project.url).json();
    assert_eq!(logs.as_array().map(Vec::len), Some(1), "handed in once: {logs}");
}

#[test]
fn from_ours_to_the_original() {
    let (old, new) = (Server::start(), Standin::start());
    let project = project(&new.url(), test_support::standin::REGISTRATION_TOKEN);
    let remembers = || {
        let workspace = Workspace::new().env("MOSS_REGISTRATION_TOKEN", server::REGISTRATION_TOKEN);
        let name = format!("AI-{}", unique());
        let register = ["register", "--server", old.url(), "--role", "executor", "--name", &name];
        workspace.moss(register).exits(0);
        moved(workspace, &project)
    };
    remembers().moss(["wake"]).exits(0).says("CLAIMABLE 2");
    remembers().moss(["claim", "--start"]).exits(0).says(&project.sub_task[..8]);
    let last = remembers();
    last.write("orders.py", "print()\n");
    new.take_requests();
    last.moss(["submit", &project.sub_task, "--summary", "done", "--artifact", "orders.py"])
        .exits(0);
    let requests = new.take_requests();
    let writes: Vec<_> = requests.iter().filter(|r| r.method == "POST" && r.taken).collect();
    let log = writes.iter().find(|r| r.path == "/api/logs").expect("a delivery log");
    assert!(log.json()["summary"].as_str().unwrap().contains("orders.py"), "{}", log.json());
    let submits = writes.iter().filter(|r| r.path.ends_with("/submit")).count();
    assert_eq!(submits, 1, "{requests:#?}");
    remembers().moss(["mine", "--status", "review"]).exits(0).says(&project.sub_task[..8]);
    remembers().moss(["release", &project.sub_task]).exits(6).complains("original OpenMOSS");
}

/// A name of its own for each workspace.
fn unique() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}
