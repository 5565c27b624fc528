//! Section 13: the routes of the person in charge, to the letter in shape. The stand-in of the original
//! has none of them, so ours alone are asked.

mod agents;
mod feed;
mod lists;
mod numbers;
mod prompts;
mod writes;

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::world::By::Admin;

/// Each list runs on a fresh server of its own.
pub fn all() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("lists", lists::cases()),
        ("agents", agents::cases()),
        ("numbers", numbers::cases()),
        ("writes", writes::cases()),
        ("prompts", prompts::cases()),
        ("feed", feed::cases()),
    ]
}

fn get(why: &'static str, path: &str) -> Case {
    case(why, Admin, "GET", format!("/api/admin/{path}"))
}

fn post(why: &'static str, path: &str, body: Value) -> Case {
    case(why, Admin, "POST", format!("/api/admin/{path}")).json(body)
}

fn put(why: &'static str, path: &str, body: Value) -> Case {
    case(why, Admin, "PUT", format!("/api/admin/{path}")).json(body)
}

fn delete(why: &'static str, path: &str) -> Case {
    case(why, Admin, "DELETE", format!("/api/admin/{path}"))
}

/// The shape with these fields besides.
fn and(mut shape: Value, more: Value) -> Value {
    shape.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shape
}

fn page(items: Value, total: i64) -> Value {
    json!({
        "items": items, "total": total, "page": 1, "page_size": 20, "total_pages": 1,
        "has_more": false,
    })
}
