//! Pagination: one page of a list, or all of them as one.

use moss_api::{MAX_PAGE_SIZE, Page};
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::Result;

/// Most pages that are fetched for one list.
const MAX_PAGES: i64 = 1_000;

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
