//! What the original cannot do is said clearly, and nothing is half done; what it refuses comes
//! out with the right exit code.

use test_support::builder::kept_key;
use test_support::http::Request;
use test_support::moss::Workspace;

use super::team::Team;

/// `release`, `fail` and `heartbeat` need attempts and leases.
#[test]
fn what_the_original_cannot_do() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.server.take_requests();
    let commands: [&[&str]; 4] = [
        &["release", short],
        &["fail", short, "--class", "unclear", "--detail", "which currency?"],
        &["heartbeat", short],
        &["plan", "release", short],
    ];
    for args in commands {
        let agent = if args[0] == "plan" { &team.planner } else { &team.executor };
        let ran = agent.moss_with_input(args, "").exits(6);
        assert_eq!(ran.stdout, "", "{ran}");
        ran.complains("original OpenMOSS").complains("hint:");
    }
    assert_eq!(team.write_lines(), [""; 0]);
}

/// The original knows no dependencies: half a plan would be worse than none.
#[test]
fn a_plan_with_dependencies_is_refused_whole() {
    let team = Team::new();
    team.planner.write(
        "plan.yaml",
        "task: {name: T}\nsub_tasks:\n  - {name: A}\n  - {name: B, depends_on: [A]}\n",
    );
    let ran = team.planner.moss(["plan", "apply", "plan.yaml"]).exits(6);
    ran.complains("original OpenMOSS and cannot make a sub-task wait for others: ")
        .complains("leave out depends_on of \"B\"; nothing was created")
        .complains("hint: moss plan add makes what must wait, once it may begin");
    assert_eq!(team.write_lines(), [""; 0]);
}

#[test]
fn a_lost_claim_is_a_conflict() {
    let (team, list, notes) = Team::with_work();
    team.executor.moss(["claim", &list]).exits(0);
    team.other.moss(["claim", &list]).exits(6);
    let claimed = team.other.moss(["claim", "--json"]).json();
    assert_eq!(claimed["id"], notes, "the next best one");
    let ran = team.executor.moss(["claim"]).exits(3);
    assert_eq!(ran.stdout, "", "{ran}");
}

/// Both list the same two; whoever comes late takes the other one.
#[test]
fn racing_claims_end_apart() {
    let (team, list, notes) = Team::with_work();
    let mut claimed = std::thread::scope(|scope| {
        let racers = [&team.executor, &team.other]
            .map(|agent| scope.spawn(|| agent.moss(["claim", "--start", "--json"]).json()));
        racers.map(|racer| racer.join().unwrap()["id"].as_str().unwrap().to_owned())
    });
    let mut both = [list, notes];
    both.sort_unstable();
    claimed.sort_unstable();
    assert_eq!(claimed, both);
}

#[test]
fn claiming_what_one_holds_succeeds_and_says_so() {
    let (team, list, _) = Team::with_work();
    team.executor.moss(["claim", &list]).exits(0);
    team.executor.moss(["claim", &list]).exits(0).says(&list[..8]);
    team.executor.moss(["start", &list]).exits(0);
    team.executor.moss(["claim", &list]).exits(0).says("started");
}

/// There an illegal move is 400 like any bad value; what it means is told all the same.
#[test]
fn moves_out_of_order_are_conflicts() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["start", short]).exits(6);
    team.executor.moss(["claim", short]).exits(0);
    team.executor.moss(["submit", short, "--summary", "done"]).exits(6);
    team.reviewer.moss(["review", "approve", short, "--score", "4"]).exits(6);
    team.patrol.moss(["patrol", "block", short, "--reason", "r"]).exits(0);
    team.patrol.moss(["patrol", "block", short, "--reason", "r"]).exits(6);
}

/// All of it without a profile that remembers which server this is.
#[test]
fn refusals_of_a_server_met_for_the_first_time() {
    let (team, list, notes) = Team::with_work();
    let key = kept_key(team.executor.path().join(".moss/key"));
    let fresh = Workspace::new().env("MOSS_SERVER", &team.server.url()).env("MOSS_API_KEY", &key);
    team.other.moss(["claim", &list]).exits(0);
    fresh.moss(["claim", &list]).exits(6).complains(&list[..8]).complains("hint: moss available");
    fresh.moss(["start", &notes]).exits(6).complains("it is pending");
    fresh.moss(["claim", "00000000-0000-4000-8000-000000000000"]).exits(5);
    fresh.moss(["start", "00000000-0000-4000-8000-000000000000"]).exits(5);
    fresh.moss(["claim", &notes]).exits(0);
    let again = fresh.moss(["claim", &notes, "--json"]).exits(0).json();
    assert_eq!((&again["id"], &again["already_held"]), (&notes.into(), &true.into()));
}

/// A move that was due and was refused all the same: something else was wrong with it.
#[test]
fn an_unknown_agent_is_no_illegal_move() {
    let (team, list, _) = Team::with_work();
    let nobody = "00000000-0000-4000-8000-000000000000";
    team.executor.moss(["claim", &list, "--start"]).exits(0);
    team.executor.moss(["submit", &list, "--summary", "done"]).exits(0);
    let reject =
        ["review", "reject", &list, "--score", "2", "--issues", "no tests", "--to", nobody];
    team.reviewer.moss(reject).exits(8);
    team.planner.moss(["plan", "reassign", &list, nobody]).exits(6).complains("it is review");
    team.reviewer.moss(["review", "approve", &list, "--score", "4"]).exits(0);
    team.reviewer.moss(["review", "approve", &list, "--score", "4"]).exits(6);
}

#[test]
fn roles_and_unknown_things() {
    let (team, list, _) = Team::with_work();
    team.planner.moss(["claim", &list]).exits(4);
    team.executor.moss(["plan", "cancel", &list]).exits(4);
    team.executor.moss(["claim", "00000000-0000-4000-8000-000000000000"]).exits(5);
    team.executor.moss(["start", "0000"]).exits(5);
    team.executor.moss(["log", "list", "--agent", "AI-Nobody"]).exits(5);
    team.reviewer.moss(["score", "adjust", "AI-Nobody", "1", "r"]).exits(5);
}

#[test]
fn refused_input() {
    let (team, list, _) = Team::with_work();
    team.reviewer.moss(["review", "approve", &list, "--score", "6"]).exits(2);
    team.executor.moss(["log", "add", "coding", "a\u{7}b"]).exits(8);
    team.planner.moss(["plan", "task", " "]).exits(8);
    team.executor.moss(["list", "--page-size", "101"]).exits(2);
    assert_eq!(team.write_lines(), [""; 0], "none of it left the machine");
    team.executor.moss(["claim", &list, "--start"]).exits(0);
    team.executor.moss(["submit", &list, "--summary", "done"]).exits(0);
    team.reviewer.moss(["review", "reject", &list, "--score", "2", "--issues", " "]).exits(8);
    team.reviewer.moss(["review", "list"]).exits(0).says("Order list");
}

#[test]
fn keys_that_do_not_work() {
    let team = Team::new();
    let url = team.server.url();
    let unknown = "ak_00000000000000000000000000000000";
    let stranger = Workspace::new().env("MOSS_SERVER", &url).env("MOSS_API_KEY", unknown);
    for command in [["wake", "--gate"], ["mine", "--all"], ["score", "me"]] {
        let ran = stranger.moss(command).exits(4);
        assert!(!ran.stderr.contains(unknown), "{ran}");
        assert_eq!(ran.stdout, "", "{ran}");
    }
    Workspace::new().env("MOSS_SERVER", &url).moss(["wake"]).exits(4);

    let login = Request::new("POST", "/api/admin/login")
        .json(&serde_json::json!({ "password": test_support::standin::ADMIN_PASSWORD }))
        .send(&url);
    let token = login.json()["token"].as_str().unwrap().to_owned();
    let me = team.executor.moss(["whoami", "--json"]).json();
    let path = format!("/api/agents/{}/status", me["agent_id"].as_str().unwrap());
    Request::new("PUT", &path)
        .header("x-admin-token", &token)
        .json(&serde_json::json!({ "status": "disabled" }))
        .send(&url);
    team.executor.moss(["wake", "--gate"]).exits(4);
}

#[test]
fn registering_is_refused_with_reasons() {
    let team = Team::new();
    let url = team.server.url();
    let register = |workspace: &Workspace, name: &str| {
        workspace.moss(["register", "--server", &url, "--role", "patrol", "--name", name])
    };
    let wrong = Workspace::new().env("MOSS_REGISTRATION_TOKEN", "wrong");
    register(&wrong, "AI-New").exits(4);
    let right =
        Workspace::new().env("MOSS_REGISTRATION_TOKEN", test_support::standin::REGISTRATION_TOKEN);
    register(&right, "AI-Wu").exits(8).complains("AI-Wu");
    assert!(!right.path().join(".moss/key").exists());
    register(&right, "AI-New").exits(0);
}

/// Without a profile the command finds out by asking: a web page where the packet should be does
/// not confuse it.
#[test]
fn a_server_met_for_the_first_time() {
    let team = Team::new();
    let key = kept_key(team.executor.path().join(".moss/key"));
    let fresh = Workspace::new().env("MOSS_SERVER", &team.server.url()).env("MOSS_API_KEY", &key);
    fresh.moss(["wake"]).exits(3).says("AI-Wu").says("NOTHING TO DO");
    fresh.moss(["wake", "--gate"]).exits(3);
    fresh.moss(["mine"]).exits(0);
    fresh.moss(["claim"]).exits(3);
}

/// No key in what the command prints, and none where it does not belong.
#[test]
fn the_key_goes_into_one_header_only() {
    let (team, list, _) = Team::with_work();
    let key = kept_key(team.executor.path().join(".moss/key"));
    let key = &key;
    team.executor.moss(["claim", &list, "--start", "--debug"]).exits(0).keeps_quiet_about(key);
    let ran = team.executor.moss(["wake", "--debug"]).exits(0);
    assert!(!ran.stderr.contains(key), "{ran}");
    for request in team.server.take_requests() {
        let line = format!("{}?{}", request.line, request.query);
        assert!(!line.contains(key), "{line}");
        assert!(!String::from_utf8_lossy(&request.body).contains(key), "{line}");
        let others = request.headers.iter().filter(|(name, _)| *name != "authorization");
        assert!(others.clone().all(|(_, value)| !value.contains(key)), "{:?}", request.headers);
    }
}
