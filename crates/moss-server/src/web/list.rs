//! What the address of a list asks for: filters and a page. What is no word of ours narrows nothing, and a
//! page past the end is empty.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::domain::queries::PageRequest;

/// The name of what says how a list is to be written, when not as a page.
pub const FORMAT: &str = "format";
/// Rows of one page of a list.
const ROWS: i64 = 50;

/// The filters of an address, and which page.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Asked {
    /// What an address of this path asks for.
    pub fn of(path: &str, query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self {
            path: path.to_owned(),
            pairs: pairs.filter(|(_, value)| !value.is_empty()).collect(),
        }
    }

    /// What a filter says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str())
    }

    /// The same, to be kept.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// What a filter says, when it is a word of that kind.
    pub fn word<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// Whether anything is filtered out.
    pub fn is_filtered(&self) -> bool {
        self.filters().next().is_some()
    }

    /// What narrows the list, each by its name.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !["page", "said", FORMAT].contains(name))
    }

    /// The list without filters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Which page.
    pub fn page(&self) -> PageRequest {
        PageRequest::new(self.word("page").unwrap_or(1).max(1), ROWS)
    }

    /// The filters as an address has them.
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.filters()).finish()
    }

    /// The address of another page of the same list.
    pub fn link(&self, page: i64) -> String {
        self.with("page", &page.to_string())
    }

    /// The address of the same list with one thing more.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.filters()).append_pair(name, value);
        format!("{}?{}", self.path, query.finish())
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use moss_api::TaskStatus;

    use super::*;

    #[test]
    fn filters_stay_from_page_to_page() {
        let asked = Asked::of("/tasks", "q=a%26b&status=active&page=3&said=done&role=");
        assert_eq!(asked.get("q"), Some("a&b"));
        assert_eq!(asked.word::<TaskStatus>("status"), Some(TaskStatus::Active));
        assert_eq!(asked.get("role"), None);
        assert_eq!(asked.link(4), "/tasks?q=a%26b&status=active&page=4");
    }

    #[test]
    fn what_is_no_word_narrows_nothing() {
        let asked = Asked::of("/tasks", "status=<b>&page=minus");
        assert_eq!(asked.word::<TaskStatus>("status"), None);
        assert!(!Asked::of("/tasks", "page=2").is_filtered());
    }
}
