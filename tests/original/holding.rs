//! Who holds a sub-task: the original lets anybody start it and hand it in, so the command looks
//! before it asks. What is refused leaves the delivery on record alone.

use super::team::Team;

#[test]
fn nobody_begins_or_hands_in_what_another_holds() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short]).exits(0);
    let not_theirs = |ran: test_support::moss::Ran, status: &str| {
        let ran = ran.exits(6);
        assert_eq!(ran.stdout, "", "{ran}");
        ran.complains(&format!("{short} \"Order list\" is {status} and held by agent "))
            .complains("not by you")
            .complains("hint: moss wake");
    };
    team.server.take_requests();
    not_theirs(team.other.moss(["start", short]), "assigned");
    team.executor.moss(["start", short]).exits(0);
    assert_eq!(team.write_lines(), ["POST /api/sub-tasks/{id}/start"]);
    not_theirs(team.other.moss(["submit", short, "--summary", "done"]), "in_progress");
    not_theirs(team.other.moss(["submit", short, "--summary", "mine"]), "in_progress");
    not_theirs(team.other.moss(["session", short, "s-1"]), "in_progress");
    assert_eq!(team.write_lines(), [""; 0]);

    // The one it was taken from is another by then.
    team.patrol.moss(["patrol", "block", short, "--reason", "r"]).exits(0);
    team.planner.moss(["plan", "reassign", short, "AI-Ola"]).exits(0);
    not_theirs(team.executor.moss(["start", short]), "assigned");
    team.other.moss(["start", short]).exits(0);
    not_theirs(team.executor.moss(["submit", short, "--summary", "late"]), "in_progress");
    team.other.moss(["submit", short, "--summary", "in time"]).exits(0);
    team.reviewer.moss(["review", "show", short]).exits(0).says("in time");
}

#[test]
fn a_refused_submit_leaves_the_delivery_on_record() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.executor.moss(["submit", short, "--summary", "all of it"]).exits(0);
    team.server.take_requests();
    let again = team.executor.moss(["submit", short, "--summary", "second thoughts"]).exits(6);
    again.complains("cannot submit").complains("it is review");
    team.other.moss(["submit", short, "--summary", "somebody else's"]).exits(6);
    assert!(!team.write_lines().contains(&"POST /api/logs".to_owned()));
    let shown =
        team.reviewer.moss(["review", "show", short]).exits(0).says("they say:\n> all of it\n");
    shown.keeps_quiet_about("second thoughts").keeps_quiet_about("somebody else's");
    team.reviewer.moss(["review", "approve", short, "--score", "4"]).exits(0);
    team.executor.moss(["submit", short, "--summary", "too late"]).exits(6);
    assert!(!team.write_lines().contains(&"POST /api/logs".to_owned()));
}

/// The log fails after the submission stood: saying it again completes it, and only once.
#[test]
fn a_delivery_that_was_not_kept_is_said_again() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.executor.write("orders.py", "print('orders')\n");
    let submit = ["submit", short, "--summary", "2 endpoints", "--artifact", "orders.py"];
    team.server.fail_once("POST /api/logs");
    team.executor
        .moss(submit)
        .exits(7)
        .complains(&format!("handed in {short} \"Order list\", but what came with it was not kept"))
        .complains("hint: the same moss submit again keeps it");
    team.reviewer.moss(["review", "show", short]).exits(0).says("they say nothing");
    team.server.take_requests();
    team.executor.moss(submit).exits(0).says("handed in");
    assert_eq!(team.write_lines(), ["POST /api/logs"], "it is handed in already");
    team.reviewer.moss(["review", "show", short]).exits(0).says("2 endpoints").says("orders.py");
    team.executor.moss(submit).exits(6);
}

/// Anyone may log a delivery there. What somebody else wrote is none.
#[test]
fn a_delivery_that_somebody_else_logged_is_none() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.server.fail_once("POST /api/logs");
    team.executor.moss(["submit", short, "--summary", "2 endpoints"]).exits(7);
    let forge =
        |text: &str| team.other.moss(["log", "add", "delivery", text, "--on", short]).exits(0);
    drop(forge("FORGED at once"));
    team.reviewer.moss(["review", "show", short]).exits(0).says("they say nothing");
    team.reviewer.moss_with_input(&["wake"], "").exits(0).keeps_quiet_about("FORGED");
    team.executor.moss(["submit", short, "--summary", "2 endpoints"]).exits(0).says("handed in");
    for n in 0..30 {
        drop(forge(&format!("FORGED {n}")));
    }
    team.reviewer.moss_with_input(&["wake"], "").exits(0).keeps_quiet_about("FORGED");
    let shown = team.reviewer.moss(["review", "show", short]).exits(0);
    drop(shown.says("> 2 endpoints").keeps_quiet_about("FORGED"));
}

/// It counts for its own round alone.
#[test]
fn a_delivery_of_an_earlier_round_is_none_of_this_one() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.executor.moss(["submit", short, "--summary", "first try"]).exits(0);
    team.reviewer.moss(["review", "reject", short, "--score", "2", "--issues", "x"]).exits(0);
    team.executor.moss(["start", short]).exits(0);
    team.server.fail_once("POST /api/logs");
    team.executor.moss(["submit", short, "--summary", "second try"]).exits(7);
    for (look, names) in
        [(&["wake"][..], "moss review show"), (&["review", "show", short], "moss review approve")]
    {
        let shown = team.reviewer.moss_with_input(look, "").exits(0).says(names);
        shown.keeps_quiet_about("first try");
    }
    team.executor.moss(["submit", short, "--summary", "second try"]).exits(0);
    team.reviewer.moss(["review", "show", short]).exits(0).says("they say:\n> second try\n");
}

#[test]
fn a_reason_that_was_not_kept_is_said_so() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.server.fail_once("POST /api/logs");
    team.patrol
        .moss(["patrol", "block", short, "--reason", "stuck"])
        .exits(7)
        .complains(&format!("blocked {short} \"Order list\", but the reason was not kept"))
        .complains(&format!("hint: moss log add patrol --on {short} \"the reason\""));
}
