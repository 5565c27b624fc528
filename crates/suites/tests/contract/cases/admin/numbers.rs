//! Scores and the dashboard.

use serde_json::{Value, json};

use super::{and, get, lists, page, post};
use crate::case::{Case, case};
use crate::world::By::{Nobody, Planner};

pub fn cases() -> Vec<Case> {
    [lists::made(), scores(), adjusted(), overview(), highlights(), trends()]
        .into_iter()
        .flatten()
        .collect()
}

fn line(agent: &str, delta: i64) -> Value {
    json!({
        "id": ":id", "agent_id": agent, "sub_task_id": ":string?", "reason": ":filled",
        "score_delta": delta, "created_at": ":time",
    })
}

fn scores() -> Vec<Case> {
    let board = |why, query: &str| get(why, &format!("scores/leaderboard?{query}"));
    let logs = |why, query: &str| get(why, &format!("scores/logs?{query}"));
    let executor = || {
        json!({
            "rank": ":int", "agent_id": "{executor_id}", "agent_name": "AI-executor",
            "role": "executor", "status": "active", "total_score": -5, "reward_count": 0,
            "penalty_count": 1, "total_records": 1, "last_score_at": ":time",
            "created_at": ":time",
        })
    };
    let lost = || and(line("{executor_id}", -5), json!({ "agent_name": "AI-executor" }));
    vec![
        get("in short", "scores/summary").gives(json!({
            "total_agents": ":int", "positive_score_agents": 0, "zero_score_agents": ":int",
            "negative_score_agents": 1, "top_score": 0, "average_score": ":any",
            "last_score_at": ":time",
        })),
        board("those below zero", "score_max=-1").gives(page(json!([executor()]), 1)),
        board("by rank, the last first", "sort_by=rank&page_size=1").gives(json!({
            "items": [executor()], "total": ":int", "page": 1, "page_size": 1,
            "total_pages": ":int", "has_more": true,
        })),
        board("by when it changed", "sort_by=last_score_at&page_size=1").succeeds(),
        board("of a role with a word", "role=executor&keyword=AI-exec&sort_by=created_at")
            .gives(page(json!([executor()]), 1)),
        board("between what is not", "score_min=2&score_max=1").refused(400),
        board("no number", "score_min=x").refused(422),
        board("no such column", "sort_by=name").refused(400),
        board("no such status", "status=odd").refused(400),
        logs("of an agent", "agent_id={executor_id}&score_sign=negative")
            .gives(page(json!([lost()]), 1)),
        logs("for a sub-task", "sub_task_id={one}").gives(page(json!([lost()]), 1)),
        logs("with no such word", "keyword=%25").gives(page(json!([]), 0)),
        logs("above zero", "score_sign=positive").gives(page(json!([]), 0)),
        logs("with no sign", "score_sign=").refused(400),
        case("no session", Nobody, "GET", "/api/admin/scores/summary").refused(422),
    ]
}

fn adjusted() -> Vec<Case> {
    let adjust = |why, body: Value| post(why, "scores/adjust", body);
    let by = |delta: i64, reason: &str| json!({ "agent_id": "{executor_id}", "score_delta": delta, "reason": reason });
    let changed = and(
        line("{executor_id}", 7),
        json!({ "reason": "[adjusted by admin] it was not its fault", "current_total_score": 2 }),
    );
    vec![
        adjust("up", by(7, " it was not its fault ")).gives(changed),
        adjust("by nothing", by(0, "x")).refused(400),
        adjust("for no reason", by(1, "  ")).refused(400),
        adjust("for too long a reason", by(1, &"x".repeat(81))).refused(400),
        adjust("beyond 64 bits", by(i64::MAX, "x")).refused(400),
        adjust("nobody's", json!({ "agent_id": "{nowhere}", "score_delta": 1, "reason": "x" }))
            .refused(404),
        adjust("without a reason", json!({ "agent_id": "{executor_id}", "score_delta": 1 }))
            .refused(422),
        case("no agent's business", Planner, "POST", "/api/admin/scores/adjust")
            .json(by(1, "x"))
            .refused(422),
    ]
}

fn overview() -> Vec<Case> {
    vec![
        get("how things stand", "dashboard/overview").gives(json!({
            "generated_at": ":time", "review_window_days": 7,
            "core_cards": {
                "open_task_count": 2, "active_sub_task_count": 1, "review_queue_count": 0,
                "blocked_sub_task_count": 0, "active_agent_count": ":int",
                "today_completed_sub_task_count": 0,
            },
            "secondary_cards": {
                "disabled_agent_count": 0, "today_review_count": 1,
                "today_rejected_review_count": 1, "today_reject_rate": 100.0,
                "today_net_score_delta": 2,
            },
            "distributions": {
                "task_status_distribution": {
                    "planning": 1, "active": 0, "in_progress": 1, "completed": 0, "archived": 0,
                    "cancelled": 0,
                },
                "sub_task_status_distribution": {
                    "pending": 1, "assigned": 0, "in_progress": 0, "review": 0, "rework": 1,
                    "blocked": 0, "done": 0, "cancelled": 0,
                },
                "agent_status_distribution": { "active": ":int", "disabled": 0 },
                "agent_role_distribution": {
                    "planner": ":int", "executor": ":int", "reviewer": ":int", "patrol": ":int",
                },
                "review_result_distribution_7d": { "approved": 0, "rejected": 1 },
            },
        })),
        get("where one lives", "dashboard/overview?zone=Asia/Shanghai").succeeds(),
        get("where nobody lives", "dashboard/overview?zone=Mars/Olympus").refused(400),
    ]
}

fn highlights() -> Vec<Case> {
    let busy = json!({
        "id": "{executor_id}", "name": "AI-executor", "role": "executor", "status": "active",
        "total_score": 2, "open_sub_task_count": 1, "last_request_at": ":time?",
        "last_activity_at": ":time",
    });
    let judged = json!({
        "id": "{review}", "task_id": "{task}", "task_name": "Shop 100%", "sub_task_id": "{one}",
        "sub_task_name": "One", "reviewer_agent": "{reviewer_id}",
        "reviewer_agent_name": "AI-reviewer", "result": "rejected", "score": 2,
        "created_at": ":time",
    });
    vec![
        get("what is worth a look", "dashboard/highlights?limit=5").gives(json!({
            "generated_at": ":time", "limit": 5, "inactive_hours": 24, "blocked_sub_tasks": [],
            "pending_review_sub_tasks": [], "busy_agents": [busy],
            "low_activity_agents": ":list", "recent_reviews": [judged],
        })),
        get("none of it", "dashboard/highlights?limit=0").refused(422),
        get("too much of it", "dashboard/highlights?limit=51").refused(422),
        get("quiet for too long", "dashboard/highlights?inactive_hours=721").refused(422),
    ]
}

fn trends() -> Vec<Case> {
    let count = || json!([":each", { "date": ":filled", "count": ":int" }]);
    vec![
        get("day by day", "dashboard/trends?days=2").gives(json!({
            "generated_at": ":time", "days": 2, "start_date": ":filled", "end_date": ":filled",
            "sub_task_created_trend": [{ "count": 0 }, { "count": 2 }],
            "sub_task_completed_trend": count(),
            "review_trend": [
                { "total": 0 }, { "date": ":filled", "total": 1, "approved": 0, "rejected": 1 },
            ],
            "score_delta_trend": [
                { "net_score_delta": 0 },
                {
                    "date": ":filled", "positive_score_delta": 7, "negative_score_delta": -5,
                    "net_score_delta": 2,
                },
            ],
            "request_trend": count(), "activity_trend": count(),
        })),
        get("no days", "dashboard/trends?days=0").refused(422),
        get("too many days", "dashboard/trends?days=31").refused(422),
        get("where nobody lives", "dashboard/trends?zone=").refused(400),
    ]
}
