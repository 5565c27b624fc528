//! Sections 3 and 10: registration, set-up, the admin's hand on agents, agents' own look-ups.

use serde_json::json;

use crate::case::{Case, case};
use crate::shape::{agent, with};
use crate::world::By::{Admin, Executor, Host, Nobody, Planner};

pub fn cases() -> Vec<Case> {
    [registration(), set_up(), switching_off(), look_ups()].into_iter().flatten().collect()
}

fn registration() -> Vec<Case> {
    let register = |why, by| case(why, by, "POST", "/api/agents/register");
    let created = json!({
        "id": ":id", "name": "AI-Neu", "role": "executor", "api_key": ":filled",
        "message": ":string",
    });
    vec![
        register("no token", Nobody).json(json!({ "name": "n", "role": "patrol" })).refused(422),
        register("a wrong token", Nobody)
            .header("x-registration-token", "nope")
            .json(json!({ "name": "n", "role": "patrol" }))
            .refused(403),
        register("missing fields", Host).json(json!({})).refused(422),
        register("an unknown role", Host).json(json!({ "name": "n", "role": "king" })).refused(400),
        register("a name too long", Host)
            .json(json!({ "name": "n".repeat(101), "role": "patrol" }))
            .refused(422),
        register("the longest name", Host)
            .json(json!({ "name": "n".repeat(100), "role": "patrol" }))
            .succeeds()
            .ours(422),
        register("the longest name of ours", Host)
            .json(json!({ "name": "n".repeat(64), "role": "patrol" }))
            .succeeds(),
        register("a name that looks like an id", Host)
            .json(json!({ "name": "e35a95c3", "role": "patrol" }))
            .succeeds()
            .ours(422),
        register("an empty name", Host)
            .json(json!({ "name": "", "role": "patrol" }))
            .succeeds()
            .ours(422),
        register("a new agent", Host)
            .json(json!({ "name": "AI-Neu", "role": "executor", "description": "neu" }))
            .gives(created)
            .keep("new_key", "/api_key"),
        register("a name in use", Host)
            .json(json!({ "name": "AI-Neu", "role": "patrol" }))
            .refused(400),
        register("names differ by case", Host)
            .json(json!({ "name": "ai-neu", "role": "patrol" }))
            .succeeds()
            .ours(400),
        case("the key works", Nobody, "GET", "/api/scores/me")
            .header("authorization", "Bearer {new_key}")
            .succeeds(),
    ]
}

fn set_up() -> Vec<Case> {
    let status = json!({ "initialized": true, "has_external_url": ":bool" });
    let initialize = |why| case(why, Nobody, "POST", "/api/setup/initialize");
    let login = |why| case(why, Nobody, "POST", "/api/admin/login");
    vec![
        case("with agents it counts as set up", Nobody, "GET", "/api/setup/status").gives(status),
        initialize("a short password is told first")
            .json(json!({ "admin_password": "short", "project_name": "p", "workspace_root": "/w" }))
            .refused(422),
        initialize("set-up happens once")
            .json(json!({
                "admin_password": "long enough", "project_name": "p", "workspace_root": "/w",
            }))
            .refused(403),
        login("a wrong password").json(json!({ "password": "nope" })).refused(403),
        login("no password").json(json!({})).refused(422),
        login("the right password")
            .json(json!({ "password": "{admin_password}" }))
            .gives(json!({ "token": ":filled", "message": ":string" })),
    ]
}

fn switching_off() -> Vec<Case> {
    let set = |why, by| case(why, by, "PUT", "/api/agents/{other_id}/status");
    let me = |why| {
        case(why, Nobody, "GET", "/api/scores/me").header("authorization", "Bearer {other_key}")
    };
    let off = json!({ "status": "disabled" });
    vec![
        set("no admin token", Nobody).json(off.clone()).refused(422),
        set("a wrong admin token", Nobody)
            .header("x-admin-token", "0".repeat(64))
            .json(off.clone())
            .refused(403),
        set("an unknown status", Admin).json(json!({ "status": "asleep" })).refused(400),
        case("an unknown agent", Admin, "PUT", "/api/agents/{nowhere}/status")
            .json(off.clone())
            .refused(400)
            .ours(404),
        set("off", Admin).json(off).gives(with(
            agent(),
            json!({
                "id": "{other_id}", "status": "disabled", "total_score": 0,
            }),
        )),
        me("a disabled agent's key").refused(403),
        case("found by status", Planner, "GET", "/api/agents?status=disabled")
            .gives(json!([with(agent(), json!({ "id": "{other_id}" }))])),
        set("on again", Admin).json(json!({ "status": "active" })).succeeds(),
        me("its key works again").succeeds(),
    ]
}

fn look_ups() -> Vec<Case> {
    let create = |why, by| case(why, by, "POST", "/api/agents");
    let body = json!({ "name": "AI-Made", "role": "reviewer" });
    vec![
        create("an agent makes no agent", Planner).json(body.clone()).refused(422),
        create("the admin makes one", Admin).json(body).gives(json!({
            "id": ":id", "name": "AI-Made", "role": "reviewer", "api_key": ":filled",
            "message": ":string",
        })),
        case("in the order they came", Executor, "GET", "/api/agents?role=reviewer").gives(json!(
            [
                with(
                    agent(),
                    json!({ "id": "{reviewer_id}", "role": "reviewer", "status": "active" })
                ),
                with(agent(), json!({ "name": "AI-Made", "description": "" })),
            ]
        )),
        case("an unknown filter finds nothing", Executor, "GET", "/api/agents?role=king")
            .gives(json!([])),
        case("an empty filter is none", Executor, "GET", "/api/agents?role=&status=")
            .gives(json!([":each", agent()])),
        case("how to notify", Executor, "GET", "/api/config/notification").gives(json!({
            "enabled": false, "channels": [], "events": ":list",
        })),
        case("whose key it is", Executor, "GET", "/api/agents/me")
            .gives_text("text/html", "<")
            .ours_gives(json!({
                "id": "{executor_id}", "name": "AI-executor", "role": "executor",
                "status": "active", "total_score": 0, "project": ":filled",
                "server_version": ":filled",
            })),
        case("how it is woken", Executor, "PUT", "/api/agents/me/host")
            .json(json!({ "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": 300 }))
            .refused(405)
            .ours_gives(json!({
                "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": 300,
                "reported_at": ":filled",
            })),
        case("by nothing there is", Executor, "PUT", "/api/agents/me/host")
            .json(json!({ "kind": "moon", "moss": "0.1.0", "skill": "0f", "every_seconds": 300 }))
            .refused(405)
            .ours(400),
        case("never", Executor, "PUT", "/api/agents/me/host")
            .json(json!({ "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": 0 }))
            .refused(405)
            .ours(400),
        case("a key for a key", Executor, "POST", "/api/agents/me/key").refused(405).ours_gives(
            json!({
                "agent_id": "{executor_id}", "api_key": ":filled", "grace_seconds": 60,
                "message": ":string",
            }),
        ),
        case("a skill is nobody's secret", Nobody, "GET", "/skills/executor/SKILL.md")
            .gives_text("text/", ""),
        case("the role's skill", Executor, "GET", "/api/agents/me/skill")
            .gives_text("text/plain; charset=utf-8", "\n")
            .ours(410),
        case("the Python client", Executor, "GET", "/api/tools/cli")
            .gives_text("text/plain; charset=utf-8", "BASE_URL")
            .ours(410),
    ]
}
