//! Routes the original does not have: what they answer, and which of several errors is told.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{self, with};
use crate::world::By::{self, Admin, Executor, Host, Nobody, OtherExecutor, Patrol, Planner};

/// An id's beginning that nothing has.
const NOTHING: &str = "ffffffff";

pub fn cases() -> Vec<Case> {
    [
        ready(),
        a_plan(),
        working(),
        waiting(),
        late(),
        amiss(),
        told(),
        left_over(),
        coming_again(),
        goals(),
        asked(),
        posted(),
        letting_in(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ready() -> Vec<Case> {
    vec![case("ready is public", Nobody, "GET", "/api/ready").gives(json!({
        "status": "ok", "service": ":filled", "version": ":filled", "server": "moss", "time": ":time",
    }))]
}

fn sub_task(status: &str) -> Value {
    let mut ours = with(shape::sub_task(), json!({ "status": status }));
    ours["attempt"] = ":int".into();
    ours
}

fn act(why: &'static str, by: By, sub: &str, verb: &str) -> Case {
    case(why, by, "POST", format!("/api/sub-tasks/{{{sub}}}/{verb}"))
}

fn a_plan() -> Vec<Case> {
    let apply = |why, by| case(why, by, "POST", "/api/plans");
    let part = json!({ "key": ":string", "id": ":id", "name": ":filled", "change": ":filled" });
    let plan = json!({
        "task": { "name": "Shop" }, "modules": [{ "name": "API" }],
        "sub_tasks": [{ "key": "one", "name": "One" }, { "key": "two", "name": "Two" }],
    });
    let outcome = json!({ "task": part, "modules": [":each", part], "sub_tasks": [":each", part] });
    vec![
        apply("no key", Nobody).json(plan.clone()).refused(422),
        apply("the role is judged before the fields", Executor).json(json!({})).refused(403),
        apply("no name", Planner).json(json!({ "task": {} })).refused(422),
        apply("a whole plan", Planner)
            .json(plan.clone())
            .gives(outcome.clone())
            .keep("one", "/sub_tasks/0/id"),
        apply("and again", Planner)
            .json(plan.clone())
            .gives(outcome.clone())
            .keep("task", "/task/id"),
        apply("where the second is", Planner)
            .json(plan)
            .gives(outcome)
            .keep("two", "/sub_tasks/1/id"),
        case("open it", Planner, "PUT", "/api/tasks/{task}/status")
            .json(json!({ "status": "active" }))
            .succeeds(),
    ]
}

fn working() -> Vec<Case> {
    let next = |why, by| case(why, by, "POST", "/api/sub-tasks/claim-next");
    let attempt = json!({
        "sub_task_id": "{one}", "number": 1, "agent_id": "{executor_id}",
        "agent_name": "AI-executor", "session_id": ":string?", "opened_at": ":time",
        "ended_at": ":time?", "outcome": ":string?", "artifacts": [],
    });
    let event = json!({
        "seq": ":positive", "at": ":time", "action": ":filled", "agent_id": ":id?",
        "agent_name": ":string?", "from": ":string?", "to": ":string?", "attempt": ":int",
        "detail": ":string",
    });
    let read = |why, by, what: &str| case(why, by, "GET", format!("/api/sub-tasks/{what}"));
    let class = json!({ "class": "unclear", "detail": "in which currency?" });
    vec![
        next("a planner takes nothing", Planner).refused(403),
        next("the best one, begun", Executor)
            .json(json!({ "start": true }))
            .gives(with(sub_task("in_progress"), json!({ "id": "{one}" }))),
        act("alive", Executor, "one", "heartbeat").gives(sub_task("in_progress")),
        act("the role comes first", Planner, "nowhere", "heartbeat").refused(403),
        act("then whether there is one", Executor, "nowhere", "heartbeat").refused(404),
        act("then the body", OtherExecutor, "one", "heartbeat")
            .json(json!({ "attempt": "many" }))
            .refused(422),
        act("then whose it is", OtherExecutor, "one", "heartbeat").refused(403),
        act("another attempt", Executor, "one", "heartbeat")
            .json(json!({ "attempt": 7 }))
            .refused(409),
        read("one beginning is enough", Patrol, "{one}/attempts").gives(json!([attempt])),
        read("of nothing", Patrol, "{nowhere}/attempts").refused(404),
        read("all of it", Patrol, "{one}/history").gives(json!([":each", event])),
        read("of nothing", Patrol, "{nowhere}/history").refused(404),
        read("and not for strangers", Nobody, "{nowhere}/history").refused(422),
        act("another gives it not back", OtherExecutor, "one", "release").refused(403),
        act("given back", Executor, "one", "release").gives(sub_task("pending")),
        act("it is nobody's now", Executor, "one", "release").refused(403),
        next("the same again", Executor).gives(sub_task("assigned")),
        act("why is asked for", Executor, "one", "fail").json(json!({})).refused(422),
        act("a reason of ours", Executor, "one", "fail")
            .json(json!({ "class": "tired", "detail": "x" }))
            .refused(400),
        act("another's", OtherExecutor, "one", "fail").json(class.clone()).refused(403),
        act("it cannot be done", Executor, "one", "fail").json(class).gives(sub_task("blocked")),
    ]
}

/// What was handed in after its attempt had ended.
fn late() -> Vec<Case> {
    let judge = |why, by, id: &str, verb: &str| {
        case(why, by, "POST", format!("/api/late-submissions/{id}/{verb}"))
    };
    let kept = json!({
        "id": ":id", "sub_task_id": "{two}", "sub_task_name": "Two", "attempt": ":int",
        "ended_by": "block", "agent_id": "{executor_id}", "agent_name": "AI-executor",
        "summary": "done all the same", "artifacts": [], "created_at": ":time", "state": "waiting",
    });
    let list = |why, by, what: &str| case(why, by, "GET", format!("/api/late-submissions{what}"));
    let mut came_late = sub_task("blocked");
    came_late["late"] = kept.clone();
    vec![
        act("begun", Executor, "two", "claim").succeeds(),
        act("stopped", Patrol, "two", "block").json(json!({ "reason": "x" })).succeeds(),
        act("too late, and nothing to keep", Executor, "two", "submit").refused(409),
        act("too late", Executor, "two", "submit")
            .json(json!({ "summary": "done all the same" }))
            .gives_with(202, came_late)
            .keep("late", "/late/id"),
        list("no key", Nobody, "").refused(422),
        list("what could be adopted", Planner, "").gives(json!([kept.clone()])),
        list("of one", Executor, "?sub_task_id={two}").gives(json!([kept])),
        list("of none", Executor, "?sub_task_id={nowhere}").gives(json!([])),
        judge("the role comes first", Executor, "{nowhere}", "adopt").refused(403),
        judge("then whether there is one", Planner, "{nowhere}", "adopt").refused(404),
        judge("adopted", Planner, "{late}", "adopt").gives(sub_task("review")),
        judge("once", Planner, "{late}", "adopt").refused(409),
        judge("the role comes first here too", Executor, "{nowhere}", "dismiss").refused(403),
        judge("then whether there is one", Planner, "{nowhere}", "dismiss").refused(404),
        judge("decided already", Planner, "{late}", "dismiss").refused(409),
    ]
}

/// What was noticed on the way.
fn left_over() -> Vec<Case> {
    let answer = |why, by, id: &str| case(why, by, "POST", format!("/api/leftovers/{id}/answer"));
    let why = || json!({ "answer": "it is meant to be so" });
    let leftover = json!({
        "id": ":id", "kind": "plan", "task_id": ":id", "sub_task_id": "{one}",
        "name": "One", "agent_id": "{executor_id}", "agent_name": "AI-executor",
        "text": "rates are missing", "at": ":time", "owner": "planner", "state": "waiting",
    });
    let mut answered = leftover.clone();
    answered["state"] = "closed".into();
    answered["answered_at"] = ":time".into();
    answered["answer"] = "it is meant to be so".into();
    vec![
        case("for whoever plans", Executor, "POST", "/api/logs")
            .json(
                json!({ "action": "plan", "summary": "rates are missing", "sub_task_id": "{one}" }),
            )
            .succeeds(),
        case("no key", Nobody, "GET", "/api/leftovers").refused(422),
        case("it waits", Patrol, "GET", "/api/leftovers")
            .gives(json!([leftover]))
            .keep("leftover", "/0/id"),
        case("of no task", Patrol, "GET", "/api/leftovers?task_id={nowhere}").gives(json!([])),
        answer("the role comes first", Executor, "{nowhere}").json(why()).refused(403),
        answer("then the body", Planner, "{nowhere}").json(json!({})).refused(422),
        answer("then whether there is one", Planner, "{nowhere}").json(why()).refused(404),
        answer("answered", Planner, "{leftover}").json(why()).gives(answered.clone()),
        answer("twice is once", Planner, "{leftover}").json(why()).gives(answered),
    ]
}

/// What people are told of. No agent is to tell anybody anything on this server.
fn told() -> Vec<Case> {
    let alert = json!({
        "id": ":id", "at": ":time", "kind": "patrol_alert", "text": ":filled", "task_id": null,
        "sub_task_id": null, "agent_id": "{other_id}", "state": "pending", "claimed_by": null,
        "claimed_until": null, "announced_at": null,
    });
    let list = json!({ "items": [alert], "total": 1, "page": 1, "page_size": ":int",
                       "total_pages": 1, "has_more": false });
    let post = |why, by, what: &str| case(why, by, "POST", format!("/api/notices/{what}"));
    vec![
        // A stream with a key does not end.
        case("no key", Nobody, "GET", "/api/events").refused(422),
        case("no key", Nobody, "GET", "/api/notices").refused(422),
        case("of whom is not let in", Executor, "GET", "/api/notices?pending=true").gives(list),
        post("while it is off", Planner, "claim")
            .gives(json!({ "channels": [], "notices": [], "more": 0 })),
        post("nothing is told", Planner, "ack").json(json!({ "ids": [] })).refused(400),
        post("of none", Planner, "ack").json(json!({ "ids": [NOTHING] })).refused(404),
    ]
}

/// Who has looked and leaves it.
fn waiting() -> Vec<Case> {
    let why = || json!({ "why": "the customer was asked" });
    let task = |why, by, id: &str| case(why, by, "POST", format!("/api/tasks/{id}/leave"));
    vec![
        act("no key", Nobody, "one", "leave").json(why()).refused(422),
        act("the role comes first", Executor, "nowhere", "leave").refused(403),
        act("then the body", Planner, "nowhere", "leave").json(json!({ "until": 5 })).refused(422),
        act("then what it says", Planner, "nowhere", "leave").json(json!({})).refused(400),
        act("then whether there is one", Planner, "nowhere", "leave").json(why()).refused(404),
        act("a time that is over", Planner, "one", "leave")
            .json(json!({ "until": "2020-01-01T00:00:00Z" }))
            .refused(400),
        act("nor is it patrol's", Patrol, "one", "leave").json(why()).refused(403),
        act("the planner waits", Planner, "one", "leave").json(why()).gives(sub_task("blocked")),
        act("twice is once", Planner, "one", "leave").json(why()).gives(sub_task("blocked")),
        task("the role comes first", Patrol, "{nowhere}").json(why()).refused(403),
        task("then what it says", Planner, "{nowhere}").json(json!({ "why": " " })).refused(400),
        task("then whether there is one", Planner, "{nowhere}").json(why()).refused(404),
        case("a goal", Planner, "POST", "/api/plans")
            .json(json!({ "task": { "name": "Later" } }))
            .succeeds()
            .keep("goal", "/task/id"),
        case("open it", Planner, "PUT", "/api/tasks/{goal}/status")
            .json(json!({ "status": "active" }))
            .succeeds(),
        task("a goal may wait", Planner, "{goal}")
            .json(why())
            .gives(with(shape::task(), json!({ "id": "{goal}" }))),
    ]
}

/// What the person in charge wants.
fn goals() -> Vec<Case> {
    let goals = |why, by, method| case(why, by, method, "/api/admin/goals");
    let goal = || {
        json!({
            "id": ":id", "name": "Flowers", "description": "Flowers\nby mail", "deadline": null,
            "status": "planning", "created_at": ":time", "sub_tasks": 0, "done": 0, "open": 0,
        })
    };
    vec![
        goals("no agent's business", Planner, "POST").refused(422),
        goals("nor to see", Planner, "GET").refused(422),
        goals("nothing said", Admin, "POST").json(json!({})).refused(422),
        goals("blank", Admin, "POST").json(json!({ "description": " " })).refused(400),
        goals("a goal", Admin, "POST")
            .json(json!({ "description": "Flowers\nby mail" }))
            .gives(goal())
            .keep("given", "/id"),
        goals("it is listed", Admin, "GET").gives(json!({
            "items": [goal()], "total": 1, "page": 1, "page_size": ":int", "total_pages": 1,
            "has_more": false,
        })),
        case("one of it", Admin, "GET", "/api/admin/goals/{given}").gives(goal()),
        case("none such", Admin, "GET", "/api/admin/goals/{nowhere}").refused(404),
    ]
}

/// What agents ask, of the planner and of people.
fn asked() -> Vec<Case> {
    let ask = |why, by, about: &str| case(why, by, "POST", format!("/api/{about}/ask"));
    let currency = || json!({ "question": "Which currency?" });
    let question = |owner: &str| {
        json!({
            "id": ":id", "kind": "question", "task_id": ":id", "name": ":filled", "agent_id": ":id",
            "agent_name": ":filled", "text": "Which currency?", "at": ":time", "owner": owner, "state": "waiting",
        })
    };
    let with = |mut question: Value, more: Value| {
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    let of_one = || with(question("planner"), json!({ "sub_task_id": "{one}" }));
    let euros = || json!({ "answer": "Euros" });
    let answered = json!({ "state": "answered", "answered_at": ":time", "answer": "Euros" });
    let closed = json!({ "state": "closed", "answered_at": ":time", "answer": "Euros" });
    let read = |why, by, id: &str| case(why, by, "POST", format!("/api/questions/{id}/read"));
    let people =
        |why, by, method, rest: &str| case(why, by, method, format!("/api/admin/questions{rest}"));
    vec![
        ask("no key", Nobody, "sub-tasks/{one}").json(currency()).refused(422),
        ask("nothing asked", Executor, "sub-tasks/{one}").json(json!({})).refused(422),
        ask("about nothing", Executor, "sub-tasks/{nowhere}").json(currency()).refused(404),
        ask("about no task", Executor, "tasks/{nowhere}").json(currency()).refused(404),
        ask("the planner", Executor, "sub-tasks/{one}")
            .json(currency())
            .gives(of_one())
            .keep("asked", "/id"),
        case("mine", Executor, "GET", "/api/questions").gives(json!([of_one()])),
        case("another's", Patrol, "GET", "/api/questions").gives(json!([])),
        case("the planner's answer", Planner, "POST", "/api/leftovers/{asked}/answer")
            .json(euros())
            .gives(with(of_one(), answered.clone())),
        read("another's answer", OtherExecutor, "{asked}").refused(403),
        read("no question", Executor, "{nowhere}").refused(404),
        read("read", Executor, "{asked}").gives(with(of_one(), closed)),
        ask("a person", Planner, "tasks/{given}")
            .json(currency())
            .gives(question("person"))
            .keep("asked", "/id"),
        people("no agent's business", Planner, "GET", "").refused(422),
        people("it waits", Admin, "GET", "").gives(json!([question("person")])),
        people("nor to answer", Planner, "POST", "/{asked}/answer").json(euros()).refused(422),
        people("none such", Admin, "POST", "/{nowhere}/answer").json(euros()).refused(404),
        people("a person's answer", Admin, "POST", "/{asked}/answer")
            .json(euros())
            .gives(with(question("person"), answered)),
    ]
}

/// What the server posts by itself: nothing, without a webhook.
fn posted() -> Vec<Case> {
    let deliveries =
        |why, by, method, rest: &str| case(why, by, method, format!("/api/admin/deliveries{rest}"));
    vec![
        deliveries("no agent's business", Planner, "GET", "").refused(422),
        deliveries("no such state", Admin, "GET", "?state=lost").refused(400),
        deliveries("none", Admin, "GET", "?state=dead").gives(json!({
            "items": [], "total": 0, "page": 1, "page_size": ":int", "total_pages": ":int",
            "has_more": false,
        })),
        deliveries("none such", Admin, "POST", "/{nowhere}/retry").refused(404),
        deliveries("nor to repeat", Planner, "POST", "/{nowhere}/retry").refused(422),
        case("nothing to test", Admin, "POST", "/api/admin/webhooks/test").gives(json!([])),
        case("nor to test", Planner, "POST", "/api/admin/webhooks/test").refused(422),
    ]
}

/// Work that comes again.
fn coming_again() -> Vec<Case> {
    let one = |why, by, method, id: &str| case(why, by, method, format!("/api/recurring/{id}"));
    let daily = || json!({ "every": "1d" });
    let recurrence = || {
        json!({
            "id": ":id", "subject_kind": "sub_task", "subject": "{one}", "subject_name": ":filled",
            "schedule": "every 1d", "catch_up": "once", "overlap": "skip", "until": null,
            "rounds": null, "state": "active", "ended_because": null, "next_at": ":time", "round": 0,
        })
    };
    let ended = || {
        with(recurrence(), json!({ "state": "ended", "ended_because": ":filled", "next_at": null }))
    };
    vec![
        case("no key", Nobody, "GET", "/api/recurring").refused(422),
        case("nothing does", Executor, "GET", "/api/recurring").gives(json!([])),
        one("no key", Nobody, "GET", "{one}").refused(422),
        one("it does not", Executor, "GET", "{one}").refused(404),
        one("no key", Nobody, "PUT", "{nowhere}").json(daily()).refused(422),
        one("the role comes first", Executor, "PUT", "{nowhere}").refused(403),
        one("then the body", Planner, "PUT", "{nowhere}").json(json!({ "every": 5 })).refused(422),
        one("then whether there is one", Planner, "PUT", "{nowhere}").json(daily()).refused(404),
        one("then what it says", Planner, "PUT", "{one}").json(json!({})).refused(400),
        one("it comes again", Planner, "PUT", "{one}").json(daily()).gives(recurrence()),
        one("twice is once", Planner, "PUT", "{one}").json(daily()).gives(recurrence()),
        one("anybody may know", Executor, "GET", "{one}").gives(recurrence()),
        one("no key", Nobody, "DELETE", "{one}").refused(422),
        one("the role", Executor, "DELETE", "{nowhere}").refused(403),
        one("of none", Planner, "DELETE", "{nowhere}").refused(404),
        one("it comes no more", Planner, "DELETE", "{one}").gives(ended()),
    ]
}

fn amiss() -> Vec<Case> {
    let scan = |why, by| case(why, by, "GET", "/api/patrol/anomalies");
    let run = |why, by| case(why, by, "POST", "/api/patrol/run");
    let list = |why, by, query: &str| case(why, by, "GET", format!("/api/patrol/records{query}"));
    let report = |why, by| case(why, by, "POST", "/api/patrol/records");
    let judge = |why, by, id: &str| case(why, by, "PUT", format!("/api/patrol/records/{id}"));
    let ignore = || json!({ "status": "ignored", "note": "a person was told" });
    let anomaly = || {
        json!({
            "id": ":id", "type": "key_refused", "subject_kind": "agent", "subject": "{other_id}",
            "subject_name": "AI-other", "severity": "critical", "state": "open",
            "detail": ":filled", "action_taken": null, "note": null, "noted_by": null,
            "ignored_until": null, "opened": ":time", "closed": null, "times": 1,
        })
    };
    let page = |items: Value, total: i64| {
        json!({ "items": items, "total": total, "page": 1, "page_size": ":int", "total_pages": ":int",
                "has_more": false })
    };
    let status = |status: &str| {
        case("the other executor", Admin, "PUT", "/api/agents/{other_id}/status")
            .json(json!({ "status": status }))
            .succeeds()
    };
    let reported =
        || with(anomaly(), json!({ "type": "reported", "severity": "warning", "detail": "odd" }));
    let report_of = |detail: &str| json!({ "subject_kind": "agent", "subject": "{other_id}", "detail": detail });
    vec![
        scan("no key", Nobody).refused(422),
        scan("nothing is amiss", Executor).gives(json!({ "items": [], "more": false })),
        list("no key", Nobody, "").refused(422),
        list("nothing was", Executor, "").gives(page(json!([]), 0)),
        list("a page that is none", Patrol, "?page=x").refused(422),
        list("a state that is none", Patrol, "?state=odd&type=odd").gives(page(json!([]), 0)),
        run("no key", Nobody).refused(422),
        run("the role", Planner).refused(403),
        run("nothing to do", Patrol).gives(json!({
            "opened": 0, "closed": 0, "released": 0, "blocked": 0, "reassigned": 0, "more": false,
        })),
        status("disabled"),
        case("it comes all the same", OtherExecutor, "GET", "/api/wake").refused(403),
        list("it is not let in", Patrol, "?state=open")
            .gives(page(json!([anomaly()]), 1))
            .keep("anomaly", "/items/0/id"),
        judge("no key", Nobody, "{nowhere}").refused(422),
        judge("the role comes first", Planner, "{nowhere}").refused(403),
        judge("then the body", Patrol, "{nowhere}").json(json!({ "status": 5 })).refused(422),
        judge("then whether there is one", Patrol, "{nowhere}").json(ignore()).refused(404),
        judge("a beginning of none", Patrol, NOTHING).json(ignore()).refused(404),
        judge("then what it says", Patrol, "{anomaly}")
            .json(json!({ "status": "ignored" }))
            .refused(400),
        judge("it is still so", Patrol, "{anomaly}")
            .json(json!({ "status": "resolved" }))
            .refused(409),
        judge("left as it is", Patrol, "{anomaly}").json(ignore()).gives(with(
            anomaly(),
            json!({ "id": "{anomaly}", "state": "ignored", "note": "a person was told",
                    "noted_by": ":id" }),
        )),
        status("active"),
        report("no key", Nobody).refused(422),
        report("the role", Planner).json(report_of("odd")).refused(403),
        report("nothing said", Patrol).json(report_of(" ")).refused(400),
        report("of none", Patrol)
            .json(json!({ "subject": "{nowhere}", "detail": "odd" }))
            .refused(404),
        report("patrol says so", Patrol)
            .json(report_of("odd"))
            .gives(reported())
            .keep("reported", "/id"),
        judge("and says that it is over", Patrol, "{reported}")
            .json(json!({ "status": "resolved" }))
            .gives(with(
                reported(),
                json!({ "state": "resolved", "closed": ":time", "noted_by": ":id" }),
            )),
    ]
}

fn letting_in() -> Vec<Case> {
    let invites = |why, by, method| case(why, by, method, "/api/admin/invites");
    let invite = json!({ "id": ":id", "role": "patrol", "uses": 1, "used": 0,
                         "created_at": ":time", "expires_at": ":time" });
    let mut made = invite.clone();
    made["token"] = ":filled".into();
    let message = || json!({ "message": ":filled" });
    let config = |why, by, method| case(why, by, method, "/api/admin/config");
    let password = |why, by| case(why, by, "PUT", "/api/admin/config/password");
    let reset =
        |why, by, id: &str| case(why, by, "POST", format!("/api/admin/agents/{{{id}}}/reset-key"));
    vec![
        invites("no agent's business", Planner, "GET").refused(422),
        invites("nor to make", Host, "POST").json(json!({ "role": "patrol" })).refused(422),
        invites("no role", Admin, "POST").json(json!({})).refused(422),
        invites("no such role", Admin, "POST").json(json!({ "role": "king" })).refused(400),
        invites("too short", Admin, "POST")
            .json(json!({ "role": "patrol", "expires_in": 1 }))
            .refused(400),
        invites("one of it", Admin, "POST").json(json!({ "role": "patrol" })).gives_with(201, made),
        invites("without the token", Admin, "GET")
            .gives(json!({
                "items": [invite], "total": 1, "page": 1, "page_size": ":int",
                "total_pages": 1, "has_more": false,
            }))
            .keep("invite", "/items/0/id"),
        case("none such", Admin, "DELETE", "/api/admin/invites/{nowhere}").refused(404),
        case("taken back", Admin, "DELETE", "/api/admin/invites/{invite}").gives(message()),
        reset("no agent's business", Planner, "other_id").refused(422),
        reset("nobody", Admin, "nowhere").refused(404),
        reset("another key", Admin, "other_id").gives(json!({
            "agent_id": "{other_id}", "new_api_key": ":filled", "message": ":filled",
        })),
        case("the old one is of nobody", OtherExecutor, "GET", "/api/wake").refused(401),
        case("makes an agent", Admin, "POST", "/api/admin/agents")
            .json(json!({ "name": "AI-Also", "role": "patrol" }))
            .gives(json!({
                "id": ":id", "name": "AI-Also", "role": "patrol", "api_key": ":filled",
                "message": ":filled",
            })),
        case("switches it off", Admin, "PUT", "/api/admin/agents/{other_id}/status")
            .json(json!({ "status": "disabled" }))
            .succeeds(),
        config("no agent's business", Planner, "GET").refused(422),
        config("as it is", Admin, "GET").succeeds(),
        config("nor to change", Planner, "PUT").json(json!({})).refused(422),
        config("nothing in it is a number", Admin, "PUT")
            .json(json!({ "project": 5 }))
            .refused(400),
        password("no agent's business", Planner).json(json!({})).refused(422),
        password("both are asked for", Admin).json(json!({ "old_password": "x" })).refused(422),
        password("the wrong one", Admin)
            .json(json!({ "old_password": "x", "new_password": "long enough" }))
            .refused(403),
        case("out", Admin, "POST", "/api/admin/logout").gives(message()),
        invites("and out it is", Admin, "GET").refused(403),
    ]
}
