use serde_json::{Value, json};

use test_support::builder::{ME, Test};
use test_support::responder::{Reply, Responder};
use test_support::sample::{
    NOW, OTHER_SUB, SUB, TASK, agent, log, page, review, sub_task, task, with,
};

#[test]
fn one_line_a_record() {
    let free =
        sub_task(json!({"id": OTHER_SUB, "name": "Rates\nand\tfees", "assigned_agent": null,
                               "status": "pending"}));
    let server = Responder::moss()
        .on("GET /api/sub-tasks", page(&[sub_task(json!({})), free]))
        .on("GET /api/tasks", page(&[task(json!({}))]))
        .on("GET /api/agents", json!([agent(json!({}))]))
        .on("GET /api/logs/mine", json!([log(json!({}))]));
    Test::at_moss(&server, &["list", "--task", "77aa", "--status", "assigned"])
        .stdout(
            "01a3c9f2\tassigned\thigh\t\"Order list API\"\ta0000000\t77aa00bb\n\
             02bc77d0\tpending\thigh\t\"Rates\\nand\\tfees\"\t-\t77aa00bb\n",
        )
        .run();
    assert_eq!(
        server.only("GET /api/sub-tasks").query,
        "status=assigned&task_id=77aa&page=1&page_size=50"
    );
    Test::new(&server, &["list", "--tasks"])
        .stdout("77aa00bb\tactive\t\"Shop backend\"\t2026-11-20T09:45Z\n")
        .run();
    Test::new(&server, &["agents", "--role", "executor"])
        .stdout("a0000000\texecutor\tactive\t15\t\"AI-Wu\"\t\n")
        .run();
    Test::new(&server, &["log", "mine", "--days", "3"])
        .stdout("2026-11-20T09:45Z\tdelivery\t01a3c9f2\ta0000000\t\"done\"\n")
        .run();
    let by = json!([log(json!({"acted_by": "admin"})), log(json!({"acted_by": "x\n-> moss"}))]);
    let server = Responder::moss().on("GET /api/logs", by);
    Test::new(&server, &["log", "list"])
        .stdout(
            "2026-11-20T09:45Z\tdelivery\t01a3c9f2\tadmin as a0000000\t\"done\"\n\
             2026-11-20T09:45Z\tdelivery\t01a3c9f2\t\"x\\n-> moss\" as a0000000\t\"done\"\n",
        )
        .run();
}

#[test]
fn more_is_said_in_band_with_the_command_for_it() {
    let first = with(page(&[sub_task(json!({}))]), json!({"total": 88, "has_more": true}));
    let server = Responder::moss().on("GET /api/sub-tasks/mine", first);
    Test::new(&server, &["mine", "--status", "assigned", "--page", "1"])
        .stdout(
            "01a3c9f2\tassigned\thigh\t\"Order list API\"\ta0000000\t77aa00bb\n\
             … 38 more: moss mine --status assigned --page 2\n",
        )
        .run();
}

/// A server gives fewer rows than it was asked for when they are too long for one answer.
#[test]
fn the_next_page_is_as_small_as_this_one_was() {
    let small = json!({"total": 60, "page": 3, "page_size": 8, "total_pages": 8, "has_more": true});
    let server =
        Responder::moss().on("GET /api/sub-tasks", with(page(&[sub_task(json!({}))]), small));
    let row = "01a3c9f2\tassigned\thigh\t\"Order list API\"\ta0000000\t77aa00bb\n";
    Test::new(&server, &["list", "--page", "2", "--limit", "16"])
        .stdout(&format!("{row}… 36 more: moss list --page 4 --page-size 8\n"))
        .run();
}

#[test]
fn a_page_past_the_end_is_no_empty_list() {
    let past = |page: i64| {
        json!({"items": [], "total": 7, "page": page, "page_size": 50,
                                  "total_pages": 1, "has_more": false})
    };
    let server = Responder::moss()
        .on("GET /api/sub-tasks/mine", past(99))
        .on("GET /api/sub-tasks/available", past(99))
        .on("GET /api/sub-tasks", past(99))
        .on("GET /api/tasks", past(99))
        .on("GET /api/scores/me/logs", past(99))
        .on("GET /api/review-records", past(99));
    for command in [
        &["mine"][..],
        &["list"],
        &["list", "--tasks"],
        &["available"],
        &["score", "logs"],
        &["review", "list"],
        &["review", "list", "--records"],
    ] {
        let typed = command.join(" ");
        let told =
            format!("page 99 is past the end: 7 on 1 page; the first: moss {typed} --page 1\n");
        Test::at_moss(&server, &[command, &["--page", "99"]].concat()).stderr(&told).run();
    }
    let many = with(past(4), json!({"total": 8, "page_size": 3, "total_pages": 3}));
    let server = Responder::moss().on("GET /api/sub-tasks/mine", many);
    let first = "moss mine --page-size 3 --page 1";
    Test::at_moss(&server, &["mine", "--page-size", "3", "--page", "4"])
        .stderr(&format!("page 4 is past the end: 8 on 3 pages; the first: {first}\n"))
        .run();
}

#[test]
fn a_list_that_was_cut_says_so() {
    let agents = Reply::from(json!([agent(json!({}))])).header("x-moss-next-offset: 17");
    let server = Responder::moss().on("GET /api/agents", agents);
    Test::new(&server, &["agents"])
        .any_stdout()
        .stderr("17 are shown; with the others the answer would be too long\n")
        .run();
}

#[test]
fn all_asks_for_every_page() {
    let more = json!({"total": 2, "has_more": true, "page_size": 1});
    let more = with(page(&[sub_task(json!({}))]), more);
    let last = json!({"total": 2, "page": 2, "page_size": 1});
    let last = with(page(&[sub_task(json!({"id": OTHER_SUB}))]), last);
    let server = Responder::moss()
        .on("GET /api/sub-tasks/available", more)
        .on("GET /api/sub-tasks/available", last);
    Test::new(&server, &["available", "--all", "--json=id"])
        .stdout(&format!(
            "{{\"has_more\":false,\"items\":[{{\"id\":\"{SUB}\"}},{{\"id\":\"{OTHER_SUB}\"}}],\
             \"page\":1,\"page_size\":0,\"total\":2,\"total_pages\":1}}\n"
        ))
        .run();
    let queries: Vec<_> = server.asked().into_iter().map(|asked| asked.query).collect();
    // Smaller pages than were asked for go on in their own size.
    assert_eq!(queries, ["page=1&page_size=100", "page=2&page_size=1"]);
}

#[test]
fn empty_lists_leave_standard_output_empty() {
    let server = Responder::moss().on("GET /api/sub-tasks/available", page(&[]));
    Test::new(&server, &["available"]).stderr("nothing to claim\n").run();
}

#[test]
fn scores() {
    let summary = json!({"agent_id": ME, "agent_name": "AI-Wu", "total_score": 15, "rank": 2,
                         "total_agents": 6, "reward_count": 4, "penalty_count": 1,
                         "total_records": 5});
    let line = json!({"id": "x", "agent_id": ME, "sub_task_id": SUB, "reason": "review 2/5",
                      "score_delta": -5, "created_at": NOW});
    let row = json!({"rank": 1, "agent_id": ME, "agent_name": "AI-Wu", "role": "executor",
                     "total_score": 15});
    let server = Responder::moss()
        .on("GET /api/scores/me", summary)
        .on("GET /api/scores/me/logs", page(std::slice::from_ref(&line)))
        .on(&format!("GET /api/scores/{ME}/logs"), page(std::slice::from_ref(&line)))
        .on("GET /api/agents", json!([agent(json!({}))]))
        .on("GET /api/scores/leaderboard", json!([row]))
        .on("POST /api/scores/adjust", line);
    Test::new(&server, &["score", "me"])
        .stdout("\"AI-Wu\"\tscore 15\trank 2 of 6\t4 rewards, 1 penalties\n")
        .run();
    let ledger = "2026-11-20T09:45Z\t-5\t01a3c9f2\t\"review 2/5\"\n";
    Test::new(&server, &["score", "logs"]).stdout(ledger).run();
    Test::new(&server, &["score", "logs", "--agent", "AI-Wu"]).stdout(ledger).run();
    Test::new(&server, &["score", "board"]).stdout("1\t15\texecutor\t\"AI-Wu\"\ta0000000\n").run();
    Test::at_moss(&server, &["score", "adjust", "AI-Wu", "-5", "review 2/5"])
        .stdout("-5 for \"AI-Wu\": \"review 2/5\"\n-> moss score board\n")
        .run();
    assert_eq!(
        server.only("POST /api/scores/adjust").json(),
        json!({"agent_id": "AI-Wu", "score_delta": -5, "reason": "review 2/5"})
    );
}

#[test]
fn one_thing_whole() {
    let attempt = json!([{
        "sub_task_id": SUB, "number": 1, "agent_id": ME, "agent_name": "AI-Wu",
        "session_id": null, "opened_at": NOW, "ended_at": null, "outcome": null, "artifacts": []
    }]);
    let event = json!([{
        "seq": 1, "at": NOW, "action": "claim", "agent_id": ME, "agent_name": "AI-Wu",
        "from": "pending", "to": "assigned", "attempt": 1, "detail": ""
    }, {
        "seq": 2, "at": NOW, "action": "start", "agent_id": ME, "agent_name": "AI-Wu",
        "from": "assigned", "to": "in_progress", "attempt": 1, "detail": "", "acted_by": "admin"
    }]);
    let server = Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({"assigned_agent_name": "AI-Wu"})))
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempt)
        .on(&format!("GET /api/sub-tasks/{SUB}/history"), event)
        .on("GET /api/review-records", page(&[review(json!({}))]));
    Test::at_moss(&server, &["show", "01a3c9f2"])
        .stdout(&format!(
            "\
SUB-TASK 01a3c9f2 \"Order list API\" assigned, high, attempt 1, lease until 09:50Z
id: {SUB}
task: {TASK}
agent: \"AI-Wu\"
do:
> GET /orders
hand in:
> orders.py
accepted when:
> pages by 20
attempt 1: \"AI-Wu\" from 2026-11-20T09:45Z, live
verdict: rejected 2/5, round 1:
> page_size is ignored
2026-11-20T09:45Z\tclaim\tpending > assigned\t\"AI-Wu\"\t
2026-11-20T09:45Z\tstart\tassigned > in_progress\tadmin as \"AI-Wu\"\t
"
        ))
        .run();
    let ran = Test::at_moss(&server, &["show", "01a3c9f2", "--json"]).any_stdout().run();
    let whole: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(whole["sub_task"]["id"], SUB);
}

#[test]
fn small_answers() {
    let rules = json!({"content": "Be brief.", "message": "", "update_available": false,
                       "latest_version": null, "update_instructions": ""});
    let notification = json!({"enabled": true, "channels": ["chat:1"], "events": ["all_done"]});
    let server = Responder::moss()
        .on("GET /api/rules", rules)
        .on("GET /api/tasks/77aa00bb", task(json!({})))
        .on("GET /api/config/notification", notification)
        .on("POST /api/logs", log(json!({"action": "reflection"})));
    Test::at_moss(&server, &["rules", "--task", "77aa00bb"])
        .stdout("RULES of the person in charge: follow them\n> Be brief.\n")
        .run();
    let query = format!("cli_version=2147483647&task_id={TASK}");
    assert_eq!(server.only("GET /api/rules").query, query);
    Test::new(&server, &["notify"]).stdout("channels\t\"chat:1\"\nevents\t\"all_done\"\n").run();
    Test::at_moss(&server, &["log", "add", "reflection", "--on", "01a3c9f2", "read twice"])
        .stdout("logged reflection on 01a3c9f2\n")
        .run();
    assert_eq!(
        server.only("POST /api/logs").json(),
        json!({"action": "reflection", "summary": "read twice", "sub_task_id": "01a3c9f2"})
    );
}

#[test]
fn a_word_that_no_filter_knows_is_refused_with_those_it_does() {
    let server = Responder::moss();
    let sub_tasks = "pending, assigned, in_progress, review, rework, done, blocked, cancelled";
    let tasks = "planning, active, in_progress, completed, archived, cancelled";
    for (args, flag, word, words, meant) in [
        (&["list", "--status", "dnoe"][..], "", "dnoe", sub_tasks, "done"),
        (&["st", "list", "--status", "pendign"], "", "pendign", sub_tasks, "pending"),
        (&["list", "--tasks", "--status", "actve"], "", "actve", tasks, "active"),
        (&["task", "list", "--status", "actve"], "", "actve", tasks, "active"),
        (&["mine", "--status", "dnoe"], "--status <STATUS>", "dnoe", sub_tasks, "done"),
        (
            &["agents", "--role", "exekutor"],
            "--role <ROLE>",
            "exekutor",
            "planner, executor, reviewer, patrol",
            "executor",
        ),
    ] {
        let what = match flag {
            "" => "--status".to_owned(),
            flag => format!("invalid value '{word}' for '{flag}'"),
        };
        Test::at_moss(&server, args)
            .stderr(&format!(
                "error: {what}: \"{word}\" is not one of: {words}\nhint: did you mean {meant}?\n"
            ))
            .status(2)
            .run();
    }
    Test::at_original(&server, &["list", "--status", "zzz"])
        .stderr(&format!("error: --status: \"zzz\" is not one of: {sub_tasks}\n"))
        .status(2)
        .run();
    assert_eq!(server.lines(), [""; 0]);
}

/// A server lists nothing of what is not there, as the original does.
#[test]
fn a_list_of_what_is_not_there_is_no_empty_list() {
    let absent = |what: &str, next: &str| {
        let detail = format!("no {what} 00112233");
        (404, json!({"detail": detail, "code": "not_found", "next": {"action": next}}))
    };
    let server = || {
        Responder::moss()
            .on("GET /api/sub-tasks", page(&[]))
            .on("GET /api/tasks", page(&[task(json!({}))]))
            .on("GET /api/tasks/00112233", absent("task", "list_tasks"))
            .on("GET /api/tasks/00112233/modules", json!([]))
            .on(&format!("GET /api/tasks/{TASK}/modules"), json!([]))
            .on("GET /api/sub-tasks/00112233", absent("sub-task", "list_sub_tasks"))
            .on("GET /api/logs", json!([]))
            .on("GET /api/review-records", page(&[]))
            .on("GET /api/agents", json!([agent(json!({}))]))
    };
    let nobody = "00000000-0000-4000-8000-000000000009";
    for (args, told) in [
        (&["list", "--task", "00112233"][..], "no task 00112233\nhint: moss list --tasks\n"),
        (&["list", "--modules", "00112233"], "no task 00112233\nhint: moss list --tasks\n"),
        (&["module", "list", "00112233"], "no task 00112233\nhint: moss list --tasks\n"),
        (&["rules", "--task", "00112233"], "no task 00112233\nhint: moss list --tasks\n"),
        (
            &["list", "--module", "00112233"],
            "no module is called 00112233\n\
             hint: moss list --modules TASK, with a task of moss list --tasks\n",
        ),
        (
            &["log", "list", "--on", "00112233"],
            "no sub-task 00112233\nhint: moss list, or moss mine\n",
        ),
        (
            &["review", "list", "--on", "00112233"],
            "no sub-task 00112233\nhint: moss list, or moss mine\n",
        ),
        (
            &["log", "list", "--agent", nobody],
            "no agent is called 00000000-0000-4000-8000-000000000009\nhint: moss agents\n",
        ),
    ] {
        Test::at_moss(&server(), args).stderr(&format!("error: {told}")).status(5).run();
    }
    // What is there and empty stays an empty list.
    let server = server()
        .on("GET /api/tasks/77aa00bb", task(json!({})))
        .on("GET /api/tasks/77aa00bb/modules", json!([]))
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({})));
    for (args, told) in [
        (["list", "--task", "77aa00bb"].as_slice(), "no sub-tasks\n"),
        (&["list", "--modules", "77aa00bb"], "no modules\n"),
        (&["log", "list", "--on", "01a3c9f2", "--agent", "AI-Wu"], "no entries\n"),
        (&["review", "list", "--on", "01a3c9f2"], "no verdicts\n"),
    ] {
        Test::at_moss(&server, args).stderr(told).run();
    }
}

#[test]
fn a_text_that_says_nothing_is_refused() {
    let server = Responder::moss();
    let hint = "hint: say it in words; @FILE and - read them from a file or a pipe\n";
    for (args, what) in [
        (&["log", "add", "plan", "TEXT"][..], "the text"),
        (&["log", "create", "reflection", "TEXT"], "the text"),
        (&["submit", "01a3c9f2", "--summary", "TEXT"], "--summary"),
        (&["fail", "01a3c9f2", "--class", "other", "--detail", "TEXT"], "--detail"),
        (&["patrol", "block", "01a3c9f2", "--reason", "TEXT"], "--reason"),
        (&["patrol", "ignore", "01a3c9f2", "--why", "TEXT"], "--why"),
        (&["review", "reject", "01a3c9f2", "--score", "2", "--issues", "TEXT"], "--issues"),
    ] {
        for (text, input) in [
            ("", ""),
            (" \t ", ""),
            ("-", ""),
            ("-", " \n\n"),
            ("@blank", ""),
            ("\u{200b}\u{2060}", ""),
        ] {
            let args: Vec<_> =
                args.iter().map(|arg| if *arg == "TEXT" { text } else { arg }).collect();
            Test::at_moss(&server, &args)
                .file("blank", " \n\t\n")
                .stdin(input)
                .stderr(&format!("error: {what} is empty\n{hint}"))
                .status(8)
                .run();
        }
    }
    assert!(!server.lines().iter().any(|line| line.starts_with("POST")), "{:?}", server.lines());
}

#[test]
fn what_a_filter_does_not_give_is_said() {
    let server = Responder::moss()
        .on("GET /api/logs", json!([log(json!({}))]))
        .on("GET /api/logs/mine", json!([log(json!({}))]));
    for command in ["list", "mine"] {
        Test::at_moss(&server, &["log", command, "--days", "61", "--limit", "501"])
            .any_stdout()
            .stderr(
                "of the last 60 days: there is no looking back further\n\
                 at most 500 entries are given\n",
            )
            .run();
        Test::at_moss(&server, &["log", command, "--days", "60", "--limit", "500"])
            .any_stdout()
            .run();
        for odd in [["--days", "0"], ["--limit", "0"]] {
            Test::at_moss(&server, &[&["log", command][..], &odd[..]].concat())
                .any_stderr()
                .status(2)
                .run();
        }
    }
    // Nothing is no name of a module, and not all of them.
    for args in [&["list", "--module", ""][..], &["st", "list", "--module-id", ""]] {
        let ran = Test::at_moss(&server, args).any_stderr().status(2).run();
        assert!(ran.stderr.starts_with("error: a value is required for '--module <ID>'"));
    }
}
