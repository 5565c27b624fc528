//! Arguments several commands share.

pub mod help;
pub mod text;

use clap::Args;
use moss_api::{DEFAULT_PAGE_SIZE, IdPrefix, MAX_PAGE_SIZE, Page};
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::error::Result;

/// Most pages `--all` fetches.
const MAX_PAGES: i64 = 1_000;

// Which page of a list. No doc comment: clap would show it as what the command does.
#[derive(Args, Clone, Debug, Default)]
pub struct Paging {
    /// Page, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    page: Option<i64>,
    /// Records in a page, at most 100; 0 for all of them
    #[arg(long, value_name = "N", visible_alias = "limit", value_parser = clap::value_parser!(i64).range(0..=MAX_PAGE_SIZE))]
    page_size: Option<i64>,
}

impl Paging {
    /// Fetches the page, or with `--all` every page as one.
    ///
    /// # Errors
    /// When the server cannot be asked or refuses.
    pub async fn fetch<T: DeserializeOwned>(
        &self,
        ctx: &Context,
        path: &str,
        query: Vec<(&str, String)>,
    ) -> Result<Page<T>> {
        if ctx.out.is_all() || self.page_size == Some(0) {
            return all(ctx, path, &query).await;
        }
        let page = self.page.unwrap_or(1);
        one(ctx, path, &query, page, self.page_size.unwrap_or(DEFAULT_PAGE_SIZE)).await
    }
}

async fn one<T: DeserializeOwned>(
    ctx: &Context,
    path: &str,
    query: &[(&str, String)],
    page: i64,
    page_size: i64,
) -> Result<Page<T>> {
    let mut query = query.to_vec();
    query.push(("page", page.to_string()));
    query.push(("page_size", page_size.to_string()));
    ctx.client.get(path, &query).await
}

/// Every page of a list as one.
///
/// # Errors
/// When the server cannot be asked or refuses.
pub async fn all<T: DeserializeOwned>(
    ctx: &Context,
    path: &str,
    query: &[(&str, String)],
) -> Result<Page<T>> {
    let mut whole: Page<T> = one(ctx, path, query, 1, MAX_PAGE_SIZE).await?;
    while whole.has_more && whole.page < MAX_PAGES {
        let next: Page<T> = one(ctx, path, query, whole.page + 1, MAX_PAGE_SIZE).await?;
        whole.items.extend(next.items);
        whole.page = next.page.max(whole.page + 1);
        whole.has_more = next.has_more;
    }
    Ok(Page { page: 1, page_size: 0, total_pages: 1, ..whole })
}

/// Adds a filter when it was given.
pub fn filter<'a>(query: &mut Vec<(&'a str, String)>, name: &'a str, value: Option<impl ToString>) {
    if let Some(value) = value {
        query.push((name, value.to_string()));
    }
}

/// A vocabulary's word as an argument.
pub fn word<T: std::str::FromStr<Err = String>>(text: &str) -> Result<T, String> {
    text.parse()
}

/// An id or its beginning as an argument: safe in a path, since it holds hexadecimal digits and
/// hyphens alone.
pub fn id(text: &str) -> Result<IdPrefix, moss_api::BadIdPrefix> {
    text.parse()
}
