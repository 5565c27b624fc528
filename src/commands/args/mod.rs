//! Arguments several commands share.

pub mod help;
pub mod text;
pub mod time;
mod word;

use clap::Args;
use moss_api::{DEFAULT_PAGE_SIZE, IdPrefix, MAX_PAGE_SIZE, Page};
use serde::de::DeserializeOwned;

use crate::client::pages::{self, Wanted};
use crate::context::Context;
use crate::error::Result;
pub use word::{BadWord, likeness, word, word_of};

// Which page of a list. No doc comment: clap would show it as what the command does.
#[derive(Args, Debug, Default)]
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
        pages::fetch(&ctx.client, path, &query, self.wanted(ctx)).await
    }

    /// The page, or with `--all` every page as one.
    pub fn wanted(&self, ctx: &Context) -> Wanted {
        if ctx.out.is_all() || self.page_size == Some(0) {
            return Wanted::Everything;
        }
        let size = self.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        Wanted::Page { page: self.page.unwrap_or(1), size }
    }
}

/// Adds a filter when it was given.
pub fn filter<'a>(query: &mut Vec<(&'a str, String)>, name: &'a str, value: Option<impl ToString>) {
    if let Some(value) = value {
        query.push((name, value.to_string()));
    }
}

/// An id or its beginning as an argument: safe in a path, since it holds hexadecimal digits and
/// hyphens alone.
pub fn id(text: &str) -> Result<IdPrefix, moss_api::BadIdPrefix> {
    text.parse()
}
