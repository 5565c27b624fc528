//! The envelope of every paged list.
//!
//! The page after `page`, of the same `page_size`, always begins where this one ends. A server whose
//! rows do not fit into one answer gives fewer, and calls what it gives by the number and the size
//! for which that is so.

use serde::{Deserialize, Serialize};

/// One page of a list, as the original's clients expect it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Rows in the whole list.
    pub total: i64,
    /// This page, from 1.
    pub page: i64,
    /// Rows in a page, which may be fewer than the caller asked for; 0 when this is everything.
    pub page_size: i64,
    /// Pages in all, at least 1.
    pub total_pages: i64,
    /// Whether a later page has rows.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The same page with each row turned into another type.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            total: self.total,
            page: self.page,
            page_size: self.page_size,
            total_pages: self.total_pages,
            has_more: self.has_more,
        }
    }
}
