//! JSON straight into a request's type, within limits that hold before anything is made of it.
//!
//! What is no JSON at all is told before what does not fit, wherever in the text the two are.

use std::fmt;

use axum::body::Bytes;
use moss_api::{ErrorCode, MAX_BODY_DEPTH, MAX_BODY_VALUES};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::Refusal;
use crate::http::extract::fields;
use crate::http::response::error::Error;

/// What a body holds.
pub(super) enum Json<T> {
    /// Nothing.
    Nothing,
    /// `null`.
    Null,
    /// An object that fits.
    Object(T),
}

/// Why a text is not what was asked for.
enum Problem {
    /// Not UTF-8.
    Encoding,
    /// Half a surrogate pair.
    HalfPair,
    /// No JSON, from this column on.
    Syntax { column: usize, message: String },
    /// More values than anybody has use for.
    TooMany,
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Encoding => {
                Refusal::new(ErrorCode::BadEncoding, "the body is not UTF-8").into()
            }
            Problem::HalfPair => {
                let detail = "the body holds half a surrogate pair";
                Refusal::new(ErrorCode::BadEncoding, detail).into()
            }
            Problem::Syntax { column, message } => Self::Invalid {
                code: ErrorCode::BadJson,
                kind: "json_invalid".to_owned(),
                at: vec!["body".into(), column.into()],
                message: format!("JSON decode error: {message}"),
                input: Value::Object(Map::new()),
            },
            Problem::TooMany => {
                let detail = format!("the body holds over {MAX_BODY_VALUES} values");
                Refusal::new(ErrorCode::TooLarge, detail).into()
            }
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        let message = error.to_string();
        if message.contains("surrogate") || message.contains("hex escape") {
            return Self::HalfPair;
        }
        Self::Syntax { column: error.column(), message }
    }
}

/// Reads an object.
///
/// # Errors
/// When it is no JSON, no object, over the limits, or does not fit.
pub(super) fn read<T: DeserializeOwned>(raw: &Bytes) -> Result<Json<T>, Error> {
    let text = text(raw)?;
    match text.trim_ascii_start().bytes().next() {
        None => Ok(Json::Nothing),
        Some(b'{') => {
            let mut json = serde_json::Deserializer::from_str(text);
            let read = fields::read("body", "value_error", &mut json);
            // What does not fit may hide that it is no JSON further on.
            if read.is_err() || json.end().is_err() {
                syntax(text)?;
            }
            read.map(Json::Object)
        }
        Some(_) => {
            syntax(text)?;
            if text.trim_ascii() == "null" {
                return Ok(Json::Null);
            }
            Err(no_object())
        }
    }
}

/// Says what is wrong with a text that is no JSON, and nothing of one that is.
///
/// # Errors
/// When it is no JSON, or over the limits.
pub(super) fn check(raw: &Bytes) -> Result<(), Error> {
    let text = text(raw)?;
    if text.trim_ascii().is_empty() { Ok(()) } else { syntax(text).map_err(Error::from) }
}

/// A body of another kind is no object, whatever its bytes.
pub(super) fn no_object() -> Error {
    let message = "Input should be a JSON object".to_owned();
    Error::field("model_attributes_type", vec!["body".into()], message)
}

/// A body whose sender does not say that it is JSON, where that must be said.
pub(super) fn must_be_said() -> Error {
    let message = "Input should be a JSON object, sent with content-type: application/json";
    Error::field("model_attributes_type", vec!["body".into()], message.to_owned())
}

/// The text of a body, without a byte order mark, once its limits have been seen to hold.
fn text(raw: &[u8]) -> Result<&str, Problem> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let text = std::str::from_utf8(raw).map_err(|_| Problem::Encoding)?;
    within_limits(text)?;
    Ok(text)
}

fn syntax(text: &str) -> Result<(), Problem> {
    serde_json::from_str::<Sound>(text).map(drop).map_err(Problem::from)
}

/// Any JSON, of which nothing is kept. Unlike [`serde::de::IgnoredAny`] it looks into texts.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// Counts what a parser would have to make, in one pass that makes nothing: brackets for the
/// depth, and what separates values for their number.
fn within_limits(text: &str) -> Result<(), Problem> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b'[' | b'{' => (depth, values) = (depth + 1, values + 1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_BODY_DEPTH {
            let message = format!("nested deeper than {MAX_BODY_DEPTH}");
            return Err(Problem::Syntax { column: at + 1, message });
        }
        if values > MAX_BODY_VALUES {
            return Err(Problem::TooMany);
        }
    }
    Ok(())
}

/// To the end of a text whose first quote was read.
fn skip_text(bytes: &mut impl Iterator<Item = (usize, u8)>) {
    while let Some((_, byte)) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moss_api::requests::CreateTask;

    fn code(body: &str) -> &'static str {
        match read::<CreateTask>(&Bytes::from(body.to_owned())) {
            Ok(_) => "fits",
            Err(Error::Refused(refusal) | Error::Wait(refusal, _)) => refusal.code.as_str(),
            Err(Error::Invalid { code, .. }) => code.as_str(),
            Err(Error::Failed(_)) => unreachable!("no database was asked"),
        }
    }

    #[test]
    fn what_is_no_json_is_told_before_what_does_not_fit() {
        for (body, want) in [
            (r#"{"name":"n"}"#, "fits"),
            (r#"{"name":5}"#, "invalid"),
            (r#"{"name":5,"#, "bad_json"),
            (r#"{"name":5} x"#, "bad_json"),
            (r#"{"name":"n"} x"#, "bad_json"),
            (r#"{"colour":[1,{"a":null}],"name":"n"}"#, "fits"),
            (r#"["n"]"#, "invalid"),
            (r#"["n""#, "bad_json"),
            ("null x", "bad_json"),
            (r#"{"name":"\ud83d"}"#, "bad_encoding"),
        ] {
            assert_eq!(code(body), want, "{body}");
        }
    }

    #[test]
    fn the_depth_is_bounded_and_texts_have_none() {
        let nested =
            |n: usize| format!("{{\"name\":\"n\",\"x\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert_eq!(code(&nested(MAX_BODY_DEPTH - 1)), "fits");
        assert_eq!(code(&nested(MAX_BODY_DEPTH)), "bad_json");
        let text = r#"[{\"\\"#.repeat(100);
        assert_eq!(code(&format!(r#"{{"name":"n","description":"{text}"}}"#)), "fits");
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let list = |n: usize| format!("{{\"name\":\"n\",\"x\":[0{}]}}", ",0".repeat(n));
        assert_eq!(code(&list(MAX_BODY_VALUES - 3)), "fits");
        assert_eq!(code(&list(MAX_BODY_VALUES)), "too_large");
        let objects = "{\"\":0},".repeat(MAX_BODY_VALUES / 2);
        let objects = format!("{{\"name\":\"n\",\"x\":[{objects}0]}}");
        assert_eq!(code(&objects), "too_large");
    }
}
