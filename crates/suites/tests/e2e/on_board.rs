//! From an empty folder to an agent that works, and back from what goes wrong on the way: the
//! real command against the real server.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use test_support::builder::kept_key;
use test_support::http::Request;
use test_support::moss::Workspace;
use test_support::server::Launch;
use test_support::server::{ADMIN_PASSWORD, REGISTRATION_TOKEN, Server};

test_support::tests![
    two_commands_from_an_invite_to_the_first_packet,
    an_invite_that_does_not_let_in_says_why_and_changes_nothing,
    the_person_in_charge_acts_as_an_agent_and_the_record_says_so,
    the_person_in_charge_gets_in_while_somebody_guesses_from_the_same_address,
    a_key_change_killed_anywhere_leaves_a_key_that_works,
    several_agents_of_one_user_and_a_person_who_looks_over_their_shoulders,
];

fn invite(server: &Server, role: &str, more: &[&str]) -> String {
    let args = [&["invite", "--role", role], more].concat();
    Launch::command(server.folder(), &args).ends().exits(0).stdout
}

fn register(
    server: &Server,
    workspace: &Workspace,
    name: &str,
    token: &str,
) -> test_support::moss::Ran {
    let args = ["register", "--server", server.url(), "--role", "executor", "--name", name];
    let args: Vec<&str> = args.into_iter().chain(["--token-stdin"]).collect();
    workspace.moss_with_input(&args, token)
}

fn two_commands_from_an_invite_to_the_first_packet() {
    let server = Server::start();
    let workspace = Workspace::new();
    let token = invite(&server, "executor", &[]);
    register(&server, &workspace, "AI-Wu", &token).exits(0).says("-> moss wake");
    workspace.moss(["wake"]).exits(3).says("\"AI-Wu\" · executor · score 0");
    workspace.moss(["doctor"]).exits(0).says("ok\tagent\t\"AI-Wu\" (executor), score 0");
}

fn an_invite_that_does_not_let_in_says_why_and_changes_nothing() {
    let server = Server::start();
    let refused = |token: &str, name: &str, text: &str| {
        let workspace = Workspace::new();
        register(&server, &workspace, name, token).exits(4).complains(text);
        workspace.moss(["wake"]).exits(4);
    };
    refused("inv_0000", "AI-Wu", "the registration token is wrong");
    let token = invite(&server, "reviewer", &[]);
    refused(&token, "AI-Wu", "the invite is for the role reviewer, not executor");
    let token = invite(&server, "executor", &[]);
    register(&server, &Workspace::new(), "AI-Wu", &token).exits(0);
    refused(&token, "AI-Li", "the invite was used");

    let token = invite(&server, "executor", &[]);
    let workspace = Workspace::new();
    register(&server, &workspace, "AI-Wu", &token)
        .exits(8)
        .complains("an agent named \"AI-Wu\" exists already")
        .complains("hint: moss login --server ");
    register(&server, &workspace, "AI-Li", &token).exits(0); // the name did not use it up
}

fn the_person_in_charge_acts_as_an_agent_and_the_record_says_so() {
    let server = Server::start();
    let agent = Workspace::new();
    register(&server, &agent, "AI-Ü", REGISTRATION_TOKEN).exits(0);
    let planner = Workspace::new();
    let args = ["register", "--server", server.url(), "--role", "planner", "--name", "P"];
    let args: Vec<&str> = args.into_iter().chain(["--token-stdin"]).collect();
    planner.moss_with_input(&args, REGISTRATION_TOKEN).exits(0);
    planner.write("plan.json", r#"{"task": {"name": "T"}, "sub_tasks": [{"name": "S"}]}"#);
    planner.moss(["plan", "apply", "plan.json"]).exits(0);

    let person = Workspace::new();
    let url = server.url();
    person.moss(["--as", "AI-Ü", "wake", "--server", url]).exits(4).complains("moss login --admin");
    let wrong = person.moss_with_input(&["login", "--admin", "--server", url], "wrong\n");
    wrong.exits(4).complains("password");
    let login = person.moss_with_input(&["login", "--admin", "--server", url], ADMIN_PASSWORD);
    login.exits(0);
    person.moss(["--as", "AI-Ü", "wake", "--server", url]).exits(0).says("\"AI-Ü\" · executor");
    person.moss(["--as", "nobody", "wake", "--server", url]).exits(5);
    let claimed = person.moss(["--as", "AI-Ü", "claim", "--json=id", "--server", url]).json();
    let id = claimed["id"].as_str().unwrap();
    agent.moss(["show", id]).exits(0).says("\tclaim\tpending > assigned\tadmin as \"AI-Ü\"\t");
    agent.moss(["start", id]).exits(0); // it is the agent's own
}

fn the_person_in_charge_gets_in_while_somebody_guesses_from_the_same_address() {
    let server = Server::start();
    let (person, stranger) = (Workspace::new(), Workspace::new());
    let login = |who: &Workspace, password: &str, patience: &str| {
        let args = ["login", "--admin", "--server", server.url(), "--timeout", patience];
        who.moss_with_input(&args, password)
    };
    login(&person, ADMIN_PASSWORD, "30").exits(0);
    // Five that cost no wait, then one after a second and one after two: the next waits four.
    for _ in 0..7 {
        login(&stranger, "wrong", "30").exits(4).complains("password");
    }
    let refused = login(&stranger, ADMIN_PASSWORD, "2").exits(7);
    let again = format!("s, then: moss login --admin --server {} --timeout 2", server.url());
    refused.complains("too many wrong passwords from there").complains(&again);
    login(&person, ADMIN_PASSWORD, "2").exits(0);
}

/// Wherever the process dies, what is on the disk lets the agent in.
fn a_key_change_killed_anywhere_leaves_a_key_that_works() {
    let server = Server::start();
    let agent = Workspace::new();
    register(&server, &agent, "AI-Wu", REGISTRATION_TOKEN).exits(0);
    let (mut keys, mut round, mut finished) = (std::collections::HashSet::new(), 0_u64, 0);
    // Killed a little later each time, until some came to their end.
    while round < 40 || finished < 3 {
        round += 1;
        let mut rotation = Command::new(test_support::program::moss())
            .args(["key", "rotate"])
            .current_dir(agent.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(round * 500));
        let _ = rotation.kill();
        finished += u32::from(rotation.wait().unwrap().success());
        agent.moss(["whoami"]).exits(0).says("AI-Wu");
        keys.insert(kept_key(agent.path().join(".moss/key")));
    }
    assert!(keys.len() >= 3, "each that came to its end left a key of its own: {}", keys.len());
    let first = keys.iter().next().unwrap();
    let reply = Request::new("GET", "/api/agents/me").bearer(first).send(server.url());
    assert!([200, 401].contains(&reply.status), "{}", reply.text());
}

fn several_agents_of_one_user_and_a_person_who_looks_over_their_shoulders() {
    let server = Server::start();
    let person = Workspace::new();
    for name in ["AI-Wu", "AI-Li"] {
        let folder = person.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let folder = folder.to_str().unwrap();
        let args = ["--profile", folder, "register", "--server", server.url(), "--role"];
        let args: Vec<&str> =
            args.into_iter().chain(["executor", "--name", name, "--token-stdin"]).collect();
        person.moss_with_input(&args, REGISTRATION_TOKEN).exits(0);
    }
    person.moss(["profile", "list", "--json=profile,role"]).says(
        &json!([{"profile": "AI-Li", "role": "executor"}, {"profile": "AI-Wu", "role": "executor"}])
            .to_string(),
    );
    person.moss(["--as", "AI-Li", "whoami"]).exits(0).says("agent\t\"AI-Li\"").says("by --as");
    person.moss(["--profile", "AI-Wu", "whoami"]).exits(0).says("agent\t\"AI-Wu\"");
    person.moss(["whoami"]).exits(4);
    person.moss(["profile", "use", "AI-Li"]).exits(0);
    person.moss(["whoami"]).exits(0).says("agent\t\"AI-Li\"").says("by moss profile use");
}
