//! The feed, and what the original's pages ask about themselves.

use serde_json::json;

use super::{lists, post, put};
use crate::case::{Case, case};
use crate::world::By::{Admin, Nobody};

pub fn cases() -> Vec<Case> {
    let feed = |why, path: &str| case(why, Nobody, "GET", format!("/api/feed/{path}"));
    let agent = json!({
        "id": ":id", "name": ":filled", "role": ":filled", "status": ":filled",
        "total_score": ":int", "created_at": ":time",
    });
    let in_short = json!({
        "id": ":id", "name": ":filled", "role": ":filled", "total_score": ":int",
        "today_request_count": ":int", "today_submit_count": ":int",
        "today_review_count": ":int", "current_sub_task": null, "recent_actions": ":list",
    });
    let version = json!({
        "current_version": ":filled", "latest_version": ":filled", "update_available": false,
        "update_type": "none", "checked_at": ":time", "error": null,
    });
    let mut cases = lists::made();
    cases.extend([
        feed("closed", "status").gives(json!({ "enabled": false })),
        feed("no requests", "logs").refused(403),
        feed("no agents", "agents").refused(403),
        feed("nobody", "agent-summary").refused(403),
        put("opened", "config", json!({ "webui": { "public_feed": true } })).succeeds(),
        feed("open", "status").gives(json!({ "enabled": true })),
        // Requests are logged within a second: what is shown of them is asked in the server's tests.
        feed("requests", "logs?limit=3").gives(json!(":list")),
        feed("of one after a time", "logs?agent_id={executor_id}&after=2020-01-01T00:00:00Z")
            .gives(json!(":list")),
        feed("after no time", "logs?after=yesterday").refused(400),
        feed("none of them", "logs?limit=0").refused(422),
        feed("too many", "logs?limit=201").refused(422),
        feed("agents", "agents").gives(json!([":each", agent])),
        feed("and what they do", "agent-summary").gives(json!([":each", in_short])),
        case("the pages' version", Nobody, "GET", "/api/webui/version").gives(version.clone()),
        case("looked at again", Admin, "GET", "/api/webui/version/check").gives(version),
        case("by nobody", Nobody, "GET", "/api/webui/version/check").refused(422),
        post("nothing to update", "webui/update", json!({}))
            .gives(json!({ "success": false, "message": ":filled", "version": ":filled" })),
    ]);
    cases
}
