//! The envelope of the agents' lists.

use serde_json::{Value, json};

use super::answer::{Answer, ok};
use super::args::Args;

const MOST: i64 = 100;

/// One page of rows that are already filtered and in order. `page_size` 0 or below is everything.
pub fn page(rows: Vec<Value>, query: &Args) -> Answer {
    let page = query.whole("page")?.unwrap_or(1);
    let size = query.whole("page_size")?.unwrap_or(0);
    let total = rows.len() as i64;
    if size <= 0 {
        return ok(json!({
            "items": rows, "total": total, "page": 1, "page_size": 0, "total_pages": 1,
            "has_more": false,
        }));
    }
    let (page, size) = (page.max(1), size.min(MOST));
    let pages = (total.saturating_add(size - 1) / size).max(1);
    let skip = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let items: Vec<_> = rows.into_iter().skip(skip).take(size as usize).collect();
    ok(json!({
        "items": items, "total": total, "page": page, "page_size": size, "total_pages": pages,
        "has_more": page < pages,
    }))
}
