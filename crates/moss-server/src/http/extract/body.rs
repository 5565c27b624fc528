//! The body: read after the caller is known, and turned into a type.
//!
//! The caller's extractor decides how much may be sent ([`Intake`]); [`Body`] reads it. A caller
//! whose role does not fit is told so only after what is wrong with its JSON, as the contract
//! orders it: see [`malformed_or`].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::Required;

use crate::app::App;
use crate::domain::Refusal;
use crate::http::extract::caller::take_place;
use crate::http::extract::input;
use crate::http::extract::json::{self, Json};
use crate::http::intake::{Content, Intake};
use crate::http::openapi::{Input, OperationDoc};
use crate::http::response::error::Error;

/// Reads the body and takes the request's place: it has arrived.
async fn arrived(app: &App, intake: &Intake) -> Result<Bytes, Error> {
    let raw = intake.read().await?;
    take_place(app, intake).await?;
    Ok(raw)
}

async fn said<T: DeserializeOwned>(app: &App, intake: &Intake) -> Result<Json<T>, Error> {
    let raw = arrived(app, intake).await?;
    let read = match intake.content {
        Content::Other if !raw.is_empty() => Err(json::no_object()),
        Content::Other | Content::Json => json::read(&raw),
    };
    read.map_err(|error| error.with_input(|place| input::at(&raw, place)))
}

/// What is to be told a known caller who may not do this: that its body is malformed, else the
/// refusal.
pub(super) async fn malformed_or(app: &App, intake: &Intake, refusal: Refusal) -> Error {
    if !intake.takes_body() {
        return refusal.into();
    }
    match (arrived(app, intake).await, intake.content) {
        (Err(error), _) => error,
        (Ok(_), Content::Other) => refusal.into(),
        (Ok(raw), Content::Json) => json::check(&raw).err().unwrap_or_else(|| refusal.into()),
    }
}

/// The body as a type.
pub(in crate::http) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let intake = Intake::of(request.extensions())?;
        match said(app, &intake).await? {
            Json::Object(body) => Ok(Self(body)),
            Json::Null => Err(json::no_object()),
            Json::Nothing => {
                Err(Error::field("missing", vec!["body".into()], "Field required".into()))
            }
        }
    }
}

impl<T: ToSchema> Input for Body<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.body::<T>(Required::True);
    }
}

/// The body as a type, or the type's default when there is none or it is `null`.
pub(in crate::http) struct BodyOrDefault<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for BodyOrDefault<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let intake = Intake::of(request.extensions())?;
        match said(app, &intake).await? {
            Json::Object(body) => Ok(Self(body)),
            Json::Null | Json::Nothing => Ok(Self(T::default())),
        }
    }
}

impl<T: ToSchema> Input for BodyOrDefault<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.body::<T>(Required::False);
    }
}

/// A word of a closed vocabulary; a wrong one is 400, as the contract has it.
pub(in crate::http) fn word<T>(choice: moss_api::WireWord<T>, field: &str) -> Result<T, Error> {
    choice.get().map_err(|problem| Refusal::bad_value(field, problem).into())
}

/// The same, when it may be absent.
pub(in crate::http) fn word_or<T>(
    choice: Option<moss_api::WireWord<T>>,
    field: &str,
    default: T,
) -> Result<T, Error> {
    choice.map_or(Ok(default), |choice| word(choice, field))
}

/// A session id a caller may leave out or send empty.
pub(in crate::http) fn session_id(session: Option<String>) -> Result<Option<String>, Error> {
    use moss_api::text::Token;
    let token = session.filter(|session| !session.is_empty()).map(Token::new).transpose();
    token.map(|token| token.map(Into::into)).map_err(|problem| {
        let at = vec!["body".into(), "session_id".into()];
        Error::field("value_error", at, problem.to_string())
    })
}
