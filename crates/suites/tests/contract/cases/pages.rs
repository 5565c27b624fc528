//! Section 1, pagination: the same envelope around every agent list.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{task, with};
use crate::world::By::{Executor, Planner};

fn page(names: &[&str], page: i64, size: Value, pages: i64, more: bool) -> Value {
    let items: Vec<_> = names.iter().map(|name| with(task(), json!({ "name": name }))).collect();
    json!({
        "items": items, "total": 3, "page": page, "page_size": size, "total_pages": pages,
        "has_more": more,
    })
}

pub fn cases() -> Vec<Case> {
    let create = |name| {
        case("three tasks", Planner, "POST", "/api/tasks")
            .json(json!({ "name": name }))
            .succeeds()
            .keep("task", "/id")
    };
    let get = |why, query: &str| case(why, Executor, "GET", format!("/api/tasks?{query}"));
    let all = ["c", "b", "a"];
    let mut cases = vec![
        create("a"),
        create("b"),
        create("c"),
        case("newest first", Executor, "GET", "/api/tasks").gives(page(
            &all,
            1,
            json!(":int"),
            1,
            false,
        )),
        get("an empty filter is none", "status=").gives(page(&all, 1, json!(":int"), 1, false)),
        get("0 is everything", "page_size=0").gives(page(&all, 1, json!(0), 1, false)),
        get("everything is page 1", "page=7&page_size=0").gives(page(&all, 1, json!(0), 1, false)),
        get("below 0 is everything", "page_size=-3").gives(page(&all, 1, json!(0), 1, false)),
        get("the first of two", "page_size=2").gives(page(&["c", "b"], 1, json!(2), 2, true)),
        get("the last of two", "page=2&page_size=2").gives(page(&["a"], 2, json!(2), 2, false)),
        get("exactly full", "page_size=3").gives(page(&all, 1, json!(3), 1, false)),
        get("past the end", "page=9&page_size=2").gives(page(&[], 9, json!(2), 2, false)),
        get("before the start", "page=-1&page_size=2").gives(page(
            &["c", "b"],
            1,
            json!(2),
            2,
            true,
        )),
        get("over the cap", "page_size=101").gives(page(&all, 1, json!(100), 1, false)),
        get("no number", "page=first").refused(422),
        get("a fraction", "page_size=1.5").refused(422),
        get("an empty number", "page_size=").refused(422),
    ];
    let empty = json!({
        "items": [], "total": 0, "page": 1, "page_size": 5, "total_pages": 1, "has_more": false,
    });
    let lists = [
        "/api/sub-tasks",
        "/api/sub-tasks/mine",
        "/api/sub-tasks/available",
        "/api/review-records",
        "/api/scores/me/logs",
        "/api/scores/{planner_id}/logs",
    ];
    cases.extend(lists.map(|path| {
        case("an empty list has one page", Executor, "GET", format!("{path}?page_size=5"))
            .gives(empty.clone())
    }));
    cases
}
