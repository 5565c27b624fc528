//! What a handler gives back.

use serde_json::{Value, json};

/// A 200: JSON or one of the text downloads.
pub enum Body {
    Json(Value),
    Text(String),
}

/// Any error: its status and what goes under `detail`.
pub struct Refused {
    pub status: u16,
    pub detail: Value,
}

pub type Answer = Result<Body, Refused>;

pub fn ok(value: Value) -> Answer {
    Ok(Body::Json(value))
}

pub fn refuse<T>(status: u16, detail: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { status, detail: Value::String(detail.into()) })
}

/// One entry of a validation error's list, as the framework behind the original writes it.
pub fn invalid(kind: &str, loc: Value, msg: &str, input: Value) -> Value {
    json!({ "type": kind, "loc": loc, "msg": msg, "input": input })
}
