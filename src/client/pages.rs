//! Pagination: one page of a list, or all of them as one.

use moss_api::{MAX_PAGE_SIZE, Page};
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::Result;

/// Most pages that are fetched for one list.
const MAX_PAGES: i64 = 1_000;

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Everything,
    /// One page of it.
    Page {
        /// From 1.
        page: i64,
        /// Rows in a page, at least 1.
        size: i64,
    },
}

/// As much of a list as is wanted.
///
/// # Errors
/// When the server cannot be asked or refuses.
pub async fn fetch<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    query: &[(&str, String)],
    wanted: Wanted,
) -> Result<Page<T>> {
    match wanted {
        Wanted::Everything => all(client, path, query).await,
        Wanted::Page { page, size } => one(client, path, query, page, size).await,
    }
}

/// As much of a whole list as is wanted.
pub fn cut<T>(whole: Page<T>, wanted: Wanted) -> Page<T> {
    let total = i64::try_from(whole.items.len()).unwrap_or(i64::MAX);
    let Wanted::Page { page, size } = wanted else { return Page { total, ..whole } };
    let (page, size) = (page.max(1), size.max(1));
    let pages = total.saturating_add(size - 1) / size;
    let rows = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let skipped = whole.items.into_iter().skip(rows((page - 1).saturating_mul(size)));
    Page {
        items: skipped.take(rows(size)).collect(),
        total,
        page,
        page_size: size,
        total_pages: pages.max(1),
        has_more: page < pages,
    }
}

/// One page of a list.
///
/// # Errors
/// When the server cannot be asked or refuses.
pub async fn one<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    query: &[(&str, String)],
    page: i64,
    page_size: i64,
) -> Result<Page<T>> {
    let mut query = query.to_vec();
    query.push(("page", page.to_string()));
    query.push(("page_size", page_size.to_string()));
    client.get(path, &query).await
}

/// Every page of a list as one. A server may make pages smaller than they were asked for.
///
/// # Errors
/// When the server cannot be asked or refuses.
pub async fn all<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    query: &[(&str, String)],
) -> Result<Page<T>> {
    let mut whole: Page<T> = one(client, path, query, 1, MAX_PAGE_SIZE).await?;
    for _ in 1..MAX_PAGES {
        if !whole.has_more {
            break;
        }
        let next: Page<T> = one(client, path, query, whole.page + 1, whole.page_size).await?;
        whole.items.extend(next.items);
        (whole.page, whole.page_size, whole.has_more) = (next.page, next.page_size, next.has_more);
    }
    Ok(Page { page: 1, page_size: 0, total_pages: 1, ..whole })
}
