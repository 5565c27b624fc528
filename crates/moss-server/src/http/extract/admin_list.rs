//! What a list of the admin may be asked: a page that is never all of it, an order, and filters whose
//! words have to be known.

use std::str::FromStr;
use std::time::Duration;

use moss_api::{LooseNumber, Timestamp};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::domain::Refusal;
use crate::domain::queries::{PageRequest, Sort};
use crate::http::extract::query::text;
use crate::http::response::error::Error;

/// Most rows of a page.
const MOST: i64 = 100;

/// Which page of a list of the admin, and in which order.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
pub(in crate::http) struct AdminList {
    /// The page, from 1.
    #[param(value_type = i64, default = 1, minimum = 1)]
    page: LooseNumber,
    /// Rows in a page, 1 to 100. What is too long for one answer comes in smaller pages, and the
    /// answer names their size.
    #[param(value_type = i64, default = 20, minimum = 1, maximum = 100)]
    page_size: LooseNumber,
    /// `asc` or `desc`.
    #[serde(deserialize_with = "text")]
    #[param(default = "desc")]
    sort_order: Option<String>,
}

impl Default for AdminList {
    fn default() -> Self {
        Self { page: LooseNumber(1), page_size: LooseNumber(20), sort_order: None }
    }
}

impl AdminList {
    /// The page that is asked for, and the order.
    ///
    /// # Errors
    /// When there can be no such page or order.
    pub fn request(self) -> Result<(Sort, PageRequest), Error> {
        let page = within("page", self.page.0, 1, i64::MAX)?;
        let size = within("page_size", self.page_size.0, 1, MOST)?;
        let orders = [("desc", Sort::NewestFirst), ("asc", Sort::OldestFirst)];
        let sort = choice("sort_order", self.sort_order.as_deref(), &orders)?;
        Ok((sort, PageRequest::new(page, size)))
    }
}

/// A number of the query between two others.
///
/// # Errors
/// When it is not.
pub(in crate::http) fn within(
    name: &str,
    number: i64,
    least: i64,
    most: i64,
) -> Result<i64, Error> {
    let (kind, message) = if number < least {
        ("greater_than_equal", format!("Input should be greater than or equal to {least}"))
    } else if number > most {
        ("less_than_equal", format!("Input should be less than or equal to {most}"))
    } else {
        return Ok(number);
    };
    let input = json!(number.to_string());
    Err(Error::field(kind, vec!["query".into(), name.into()], message).with_input(|_| input))
}

/// So many days before now, at least one; before everything when they are more than there have been.
///
/// # Errors
/// When they are fewer than one.
pub(in crate::http) fn days_ago(
    name: &str,
    days: Option<i64>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    const DAY: u64 = 24 * 60 * 60;
    let Some(days) = days else { return Ok(None) };
    let days = u64::try_from(within(name, days, 1, i64::MAX)?).unwrap_or(1);
    let ago = Duration::from_secs(days.saturating_mul(DAY));
    Ok(Some((now - ago).max(Timestamp::from_micros(0))))
}

/// What a word stands for; the first one when there is no word. An empty one is a wrong one.
///
/// # Errors
/// When it stands for nothing.
pub(in crate::http) fn choice<T: Copy>(
    name: &str,
    word: Option<&str>,
    choices: &[(&str, T)],
) -> Result<T, Error> {
    let found = match word {
        None => choices.first(),
        Some(word) => choices.iter().find(|(known, _)| *known == word),
    };
    let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    match found {
        Some((_, choice)) => Ok(*choice),
        None => Err(Refusal::bad_value(name, format!("is not one of: {}", words())).into()),
    }
}

/// A word of a closed vocabulary, if there is one. An empty one is a wrong one.
///
/// # Errors
/// When it is no such word.
pub(in crate::http) fn known<T: FromStr<Err = String>>(
    name: &str,
    word: Option<&str>,
) -> Result<Option<T>, Error> {
    let known = word.map(str::parse).transpose();
    Ok(known.map_err(|problem| Refusal::bad_value(name, problem))?)
}
