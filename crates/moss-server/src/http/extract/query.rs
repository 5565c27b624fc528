//! The query string.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use moss_api::LooseNumber;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, MapDeserializer};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::app::App;
use crate::domain::queries::PageRequest;
use crate::http::extract::{fields, input};
use crate::http::openapi::{Input, OperationDoc};
use crate::http::response::error::Error;

/// The parameters of the query string as a type. What it does not name is ignored.
pub(in crate::http) struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Error> {
        let pairs = url_pairs(parts.uri.query().unwrap_or_default());
        let given = MapDeserializer::<_, ValueError>::new(pairs.clone().into_iter());
        fields::read("query", "int_parsing", given).map(Self).map_err(|error| {
            error.with_input(|place| {
                let name = place.first().and_then(Value::as_str).unwrap_or_default();
                pairs.get(name).map_or(Value::Null, |value| input::text(name, value))
            })
        })
    }
}

impl<T: IntoParams> Input for Query<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.parameters(T::into_params(|| Some(ParameterIn::Query)));
    }
}

/// The pairs of a query string; of a repeated key the last counts, as for the original.
pub(in crate::http) fn url_pairs(query: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A filter; an empty one counts as absent, as for the original.
pub(in crate::http) fn filter<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Ok(Some(String::deserialize(d)?).filter(|text| !text.is_empty()))
}

/// A text that may be absent; an empty one is one.
pub(in crate::http) fn text<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    String::deserialize(d).map(Some)
}

/// A number that may be absent; an empty one is none.
pub(in crate::http) fn number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    LooseNumber::deserialize(d).map(|number| Some(number.0))
}

/// Whether something is wished: `true` or `1`.
pub(in crate::http) fn flag<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    Ok(matches!(String::deserialize(d)?.as_str(), "true" | "1"))
}

/// Which part of a list that has no pages.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
pub(in crate::http) struct Offset {
    /// Rows to leave out: what the header `x-moss-next-offset` of the part before says.
    #[param(value_type = i64, default = 0)]
    offset: LooseNumber,
}

impl Default for Offset {
    fn default() -> Self {
        Self { offset: LooseNumber(0) }
    }
}

impl Offset {
    /// Rows to leave out.
    pub fn rows(self) -> u64 {
        u64::try_from(self.offset.0).unwrap_or(0)
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(default)]
pub(in crate::http) struct Paging {
    /// The page, from 1.
    #[param(value_type = i64, default = 1)]
    page: LooseNumber,
    /// Rows in a page, at most 100; 0 asks for all, up to 1,000. What is too long for one answer
    /// comes in smaller pages, and the answer names their size.
    #[param(value_type = i64, default = 0)]
    page_size: LooseNumber,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: LooseNumber(1), page_size: LooseNumber(0) }
    }
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        Self::new(paging.page.0, paging.page_size.0)
    }
}
