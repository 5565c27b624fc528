//! JSON answers: of reads, and of the writer.

use std::marker::PhantomData;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorBody, NEXT_OFFSET_HEADER};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::ArrayBuilder;

use crate::domain::queries::Part;
use crate::http::openapi::{OperationDoc, Output, idempotent};
use crate::http::response::error::error_response;
use crate::writer::Answer;

/// A JSON object.
pub(in crate::http) struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: ToSchema> Output for Json<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        let schema = doc.schema::<T>();
        doc.response("200", "Here it is.", Some(schema));
    }
}

/// A bare JSON array, as the original sends the lists it does not page. One that ends before its
/// last row says so in a header.
pub(in crate::http) struct List<T>(pub Part<T>);

/// All of them.
impl<T> From<Vec<T>> for List<T> {
    fn from(rows: Vec<T>) -> Self {
        Self(Part { rows, next_offset: None })
    }
}

/// A JSON object, with a header beside it.
impl<T: ToSchema> Output for ([(HeaderName, String); 1], Json<T>) {
    fn describe(doc: &mut OperationDoc<'_>) {
        Json::<T>::describe(doc);
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        let Part { rows, next_offset } = self.0;
        let mut response = axum::Json(rows).into_response();
        if let Some(offset) = next_offset {
            response.headers_mut().insert(NEXT_OFFSET_HEADER, HeaderValue::from(offset));
        }
        response
    }
}

impl<T: ToSchema> Output for List<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        let items = ArrayBuilder::new().items(doc.schema::<T>());
        doc.response("200", "Here they are.", Some(items.into()));
    }
}

/// What the writer answered a command whose output is `T`: that, or a refusal it keeps for repeats
/// of the request.
pub(in crate::http) struct Written<T>(Answer, PhantomData<T>);

impl<T> Written<T> {
    /// The writer's answer to a command with this output.
    pub fn new(answer: Answer) -> Self {
        Self(answer, PhantomData)
    }
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let Answer { status, body, replayed } = self.0;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let refusal = (status.as_u16() >= 400).then(|| serde_json::from_str::<ErrorBody>(&body));
        let mut response = match refusal {
            Some(Ok(refusal)) => error_response(status, refusal),
            Some(Err(_)) | None => (status, body).into_response(),
        };
        let headers = response.headers_mut();
        if status == StatusCode::NO_CONTENT {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: ToSchema> Output for Written<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        idempotent(doc);
        let schema = doc.schema::<T>();
        doc.response("200", "It is done.", Some(schema));
    }
}

/// The answer to a command that makes something and says so by its status.
pub(in crate::http) struct Created<T>(pub Written<T>);

impl<T> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: ToSchema> Output for Created<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        idempotent(doc);
        let schema = doc.schema::<T>();
        doc.response("201", "It is made.", Some(schema));
    }
}

/// The answer to a command that may find nothing to do.
pub(in crate::http) struct WrittenOrNothing<T>(pub Written<Option<T>>);

impl<T> IntoResponse for WrittenOrNothing<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: ToSchema> Output for WrittenOrNothing<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        Written::<T>::describe(doc);
        doc.response("204", "There is nothing to do.", None);
    }
}

/// The answer to a command that may keep what it cannot carry out.
pub(in crate::http) struct WrittenOrKept<T>(pub Written<T>);

impl<T> IntoResponse for WrittenOrKept<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: ToSchema> Output for WrittenOrKept<T> {
    fn describe(doc: &mut OperationDoc<'_>) {
        Written::<T>::describe(doc);
        let schema = doc.schema::<T>();
        doc.response("202", "It came too late, and is kept.", Some(schema));
    }
}
