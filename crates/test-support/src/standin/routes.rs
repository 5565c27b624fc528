//! Part A of the contract as a table: every route an agent, a host or the admin of agents needs.

use super::answer::Answer;
use super::args::Kind::{MaybeObject, MaybeText, Text, TextFrom, TextTo, Truth, Whole};
use super::args::common::{PAGE, PAGE_SIZE, STATUS};
use super::args::{Param, may, need};
use super::route::Caller::{self, Admin, Agent, Public, Registration};
use super::route::Takes::{self, Fields, MaybeFields, Nothing};
use super::route::{Call, Route};
use super::state::State;
use super::{agents, logs, reviews, rules, scores, setup, sub_tasks, tasks};

const ANY: Caller = Agent(&[]);
const PLANNER: Caller = Agent(&["planner"]);
const EXECUTOR: Caller = Agent(&["executor"]);
const REVIEWER: Caller = Agent(&["reviewer"]);
const PATROL: Caller = Agent(&["patrol"]);

type Handler = fn(&mut State, &Call) -> Answer;

const fn get(
    path: &'static str,
    caller: Caller,
    query: &'static [Param],
    handler: Handler,
) -> Route {
    Route { method: "GET", path, caller, query, body: Nothing, handler }
}

const fn post(path: &'static str, caller: Caller, body: Takes, handler: Handler) -> Route {
    Route { method: "POST", path, caller, query: &[], body, handler }
}

const fn put(path: &'static str, caller: Caller, body: Takes, handler: Handler) -> Route {
    Route { method: "PUT", path, caller, query: &[], body, handler }
}

const NEW_AGENT: Takes =
    Fields(&[need("name", TextTo(100)), need("role", Text), may("description", Text)]);
const SESSION: Takes = MaybeFields(&[may("session_id", MaybeText)]);

/// In the order they are tried: a literal segment before a variable one.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    get("/api/health", Public, &[], setup::health),
    get("/api/setup/status", Public, &[], setup::status),
    post("/api/setup/initialize", Public, Fields(&[
        need("admin_password", TextFrom(6)), may("current_password", MaybeText),
        need("project_name", TextFrom(1)), need("workspace_root", TextFrom(1)),
        may("registration_token", MaybeText), may("allow_registration", Truth),
        may("notification", MaybeObject), may("external_url", MaybeText),
    ]), setup::initialize),
    post("/api/admin/login", Public, Fields(&[need("password", Text)]), setup::login),

    post("/api/agents/register", Registration, NEW_AGENT, agents::register),
    post("/api/agents", Admin, NEW_AGENT, agents::create),
    get("/api/agents", ANY, &[may("role", MaybeText), STATUS], agents::list),
    put("/api/agents/{id}/status", Admin, Fields(&[need("status", Text)]), agents::set_status),
    get("/api/agents/me/skill", ANY, &[], agents::skill),
    get("/api/tools/cli", ANY, &[], agents::client),
    get("/api/config/notification", ANY, &[], agents::notification),

    post("/api/tasks", PLANNER, Fields(&[
        need("name", Text), may("description", Text), may("type", Text),
    ]), tasks::create),
    get("/api/tasks", ANY, &[STATUS, PAGE, PAGE_SIZE], tasks::list),
    get("/api/tasks/{id}", ANY, &[], tasks::show),
    put("/api/tasks/{id}", PLANNER, Fields(&[
        may("name", MaybeText), may("description", MaybeText),
    ]), tasks::edit),
    put("/api/tasks/{id}/status", PLANNER, Fields(&[need("status", Text)]), tasks::set_status),
    post("/api/tasks/{id}/cancel", PLANNER, Nothing, tasks::cancel),
    post("/api/tasks/{id}/modules", PLANNER, Fields(&[
        need("name", Text), may("description", Text),
    ]), tasks::create_module),
    get("/api/tasks/{id}/modules", ANY, &[], tasks::list_modules),

    post("/api/sub-tasks", PLANNER, Fields(&[
        need("task_id", Text), need("name", Text), may("description", Text),
        may("deliverable", Text), may("acceptance", Text), may("priority", Text),
        may("module_id", MaybeText), may("assigned_agent", MaybeText), may("type", Text),
    ]), sub_tasks::create),
    get("/api/sub-tasks", ANY, &[
        may("task_id", MaybeText), may("module_id", MaybeText), STATUS, PAGE, PAGE_SIZE,
    ], sub_tasks::list),
    get("/api/sub-tasks/mine", ANY, &[STATUS, PAGE, PAGE_SIZE], sub_tasks::mine),
    get("/api/sub-tasks/available", ANY, &[PAGE, PAGE_SIZE], sub_tasks::available),
    get("/api/sub-tasks/latest", ANY, &[need("task_id", Text)], sub_tasks::latest),
    get("/api/sub-tasks/{id}", ANY, &[], sub_tasks::show),
    put("/api/sub-tasks/{id}", PLANNER, Fields(&[
        may("name", MaybeText), may("description", MaybeText), may("deliverable", MaybeText),
        may("acceptance", MaybeText), may("priority", MaybeText),
    ]), sub_tasks::edit),
    post("/api/sub-tasks/{id}/claim", EXECUTOR, SESSION, sub_tasks::claim),
    post("/api/sub-tasks/{id}/start", EXECUTOR, SESSION, sub_tasks::start),
    post("/api/sub-tasks/{id}/submit", EXECUTOR, Nothing, sub_tasks::submit),
    post("/api/sub-tasks/{id}/session", EXECUTOR, Fields(&[need("session_id", Text)]), sub_tasks::session),
    post("/api/sub-tasks/{id}/complete", REVIEWER, Nothing, sub_tasks::complete),
    post("/api/sub-tasks/{id}/rework", REVIEWER, MaybeFields(&[may("rework_agent", MaybeText)]), sub_tasks::rework),
    post("/api/sub-tasks/{id}/block", PATROL, Nothing, sub_tasks::block),
    post("/api/sub-tasks/{id}/reassign", PLANNER, Fields(&[need("agent_id", Text)]), sub_tasks::reassign),
    post("/api/sub-tasks/{id}/cancel", PLANNER, Nothing, sub_tasks::cancel),

    post("/api/review-records", REVIEWER, Fields(&[
        need("sub_task_id", Text), need("result", Text), need("score", Whole),
        may("issues", Text), may("comment", Text), may("rework_agent", MaybeText),
    ]), reviews::create),
    get("/api/review-records", ANY, &[may("sub_task_id", MaybeText), PAGE, PAGE_SIZE], reviews::list),
    get("/api/review-records/{id}", ANY, &[], reviews::show),

    get("/api/scores/me", ANY, &[], scores::mine),
    get("/api/scores/me/logs", ANY, &[PAGE, PAGE_SIZE], scores::my_logs),
    get("/api/scores/leaderboard", ANY, &[], scores::board),
    get("/api/scores/{id}/logs", ANY, &[PAGE, PAGE_SIZE], scores::logs_of),
    get("/api/scores/{id}", Admin, &[], scores::of),
    post("/api/scores/adjust", Agent(&["reviewer", "planner"]), Fields(&[
        need("agent_id", Text), need("score_delta", Whole), need("reason", Text),
        may("sub_task_id", MaybeText),
    ]), scores::adjust),

    post("/api/logs", ANY, Fields(&[
        need("action", Text), may("summary", Text), may("sub_task_id", MaybeText),
        may("session_id", MaybeText),
    ]), logs::create),
    get("/api/logs", ANY, &[
        may("sub_task_id", MaybeText), may("agent_id", MaybeText), may("action", MaybeText),
        may("days", Whole), may("limit", Whole),
    ], logs::list),
    get("/api/logs/mine", ANY, &[may("action", MaybeText), may("days", Whole), may("limit", Whole)], logs::mine),

    get("/api/rules", ANY, &[
        may("task_id", MaybeText), may("sub_task_id", MaybeText), may("cli_version", Whole),
    ], rules::merged),
    get("/api/rules/list", Admin, &[may("scope", MaybeText), may("task_id", MaybeText)], rules::list),
    get("/api/rules/{id}", Admin, &[], rules::show),
    post("/api/rules", Admin, Fields(&[
        need("scope", Text), need("content", Text), may("task_id", MaybeText),
        may("sub_task_id", MaybeText),
    ]), rules::create),
    put("/api/rules/{id}", Admin, Fields(&[need("content", Text)]), rules::edit),
    Route { method: "DELETE", path: "/api/rules/{id}", caller: Admin, query: &[], body: Nothing, handler: rules::delete },
];
