//! What an answer means: a value, or an error with its exit code.

use moss_api::{ErrorBody, ErrorCode, Exit, is_hexadecimal, quoted};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::transport::{Response, not_moss};
use crate::error::{BAD_REQUEST, Error, Result};
use crate::hints;
use crate::render::rerun;

impl Response {
    /// Whether it is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server may answer differently in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }

    /// The value in a success.
    ///
    /// # Errors
    /// When it is not what this route answers: the URL is some other server's.
    pub fn value<T: DeserializeOwned>(&self, url: &Url) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|e| self.unexpected(url, &e))
    }

    /// The value in a success, once its JSON has been put right, if that changes anything.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub fn value_after<T: DeserializeOwned>(
        &self,
        url: &Url,
        mend: impl FnOnce(&mut Value) -> bool,
    ) -> Result<T> {
        let mut json = self.value(url)?;
        if mend(&mut json) {
            serde_json::from_value(json).map_err(|e| self.unexpected(url, &e))
        } else {
            self.value(url)
        }
    }

    fn unexpected(&self, url: &Url, error: &serde_json::Error) -> Error {
        let why = match self.body.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'<') => "it answers with HTML".to_owned(),
            None => "it answers with nothing".to_owned(),
            Some(_) => format!("unexpected answer ({})", moss_api::clip(&error.to_string(), 160)),
        };
        not_moss(url, &why)
    }

    /// The error in anything else.
    pub fn failure(&self, url: &Url) -> Error {
        let Ok(body) = serde_json::from_slice::<ErrorBody>(&self.body) else {
            return match self.status {
                429 | 500.. => unreachable(url, &format!("answers {}", self.status)),
                status => not_moss(url, &format!("it answers {status} without saying why")),
            };
        };
        let known = body.code.as_deref().and_then(ErrorCode::from_word);
        let by_status = by_status(self.status);
        let exit = known.map_or(by_status.0, ErrorCode::exit);
        let code = body.code.as_deref().unwrap_or(by_status.1);
        let mut message = detail(&body.detail, self.status);
        if !self.moss {
            // Another program's words, and its advice is for other clients.
            let error = Error::new(exit, code, format!("the server says {}", quoted(&message)));
            return match hint(exit, known) {
                Some(hint) => error.hint(hint),
                None => error,
            };
        }
        if let (Exit::Fault | Exit::Unreachable, Some(id)) = (exit, request_id(&body)) {
            message.push_str(&format!(" (request {id})"));
        }
        let error = Error::new(exit, code, message);
        match hints::advice(body.hint, body.next.as_ref()) {
            Some(advice) => error.hint(advice),
            None => match (hint(exit, known), self.retry_after) {
                (Some(hint), _) => error.hint(hint),
                (None, Some(wait)) => error.hint(hints::after(wait, &rerun::same())),
                (None, None) => error,
            },
        }
    }
}

/// The server is there and of no use, or not there at all.
pub fn unreachable(url: &Url, what: &str) -> Error {
    let server = url.origin().ascii_serialization();
    Error::new(Exit::Unreachable, "unreachable", format!("the server {server} {what}"))
        .hint("try again later; if it stays so, ask whoever runs the server")
}

/// For servers that send no code: the original.
fn by_status(status: u16) -> (Exit, &'static str) {
    match status {
        401 | 403 => (Exit::NotAllowed, "forbidden"),
        404 | 410 => (Exit::NotFound, "not_found"),
        409 => (Exit::Conflict, "conflict"),
        400 => (Exit::Refused, BAD_REQUEST),
        413 | 422 => (Exit::Refused, "refused"),
        429 | 500.. => (Exit::Unreachable, "unavailable"),
        _ => (Exit::Fault, "unexpected_status"),
    }
}

fn hint(exit: Exit, known: Option<ErrorCode>) -> Option<&'static str> {
    match (exit, known) {
        (Exit::NotAllowed, None | Some(ErrorCode::UnknownKey)) => Some(hints::WHICH_KEY),
        _ => None,
    }
}

/// `detail` as one line: a sentence, or the original's list of validation errors.
fn detail(detail: &Value, status: u16) -> String {
    let text = if let Some(text) = detail.as_str() {
        text.to_owned()
    } else if let Some(errors) = detail.as_array() {
        errors.iter().map(validation).collect::<Vec<_>>().join("; ")
    } else {
        detail.to_string()
    };
    let text = if text.trim().is_empty() { format!("the server answers {status}") } else { text };
    moss_api::clip(&text, 1_000)
}

/// What the server's log calls the request: whoever looks for the fault there needs it.
fn request_id(body: &ErrorBody) -> Option<String> {
    let id = body.request_id.as_deref().filter(|id| !id.is_empty())?;
    Some(if is_hexadecimal(id) { moss_api::clip(id, 64) } else { quoted(&moss_api::clip(id, 64)) })
}

fn validation(error: &Value) -> String {
    let place: Vec<_> = error["loc"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
        .collect();
    let message = error["msg"].as_str().unwrap_or("not accepted");
    format!("{}: {message}", place.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        let date = moss_api::Timestamp::default();
        let body = body.into();
        let (retry_after, cut_after, device_mark) = (None, None, None);
        Response { status, moss: true, retry_after, date, cut_after, device_mark, body }
    }

    fn told(status: u16, body: &str) -> (Exit, String) {
        let url = Url::parse("http://h:1/api/x").unwrap();
        let error = answer(status, body).failure(&url);
        (error.exit(), error.to_string())
    }

    #[test]
    fn every_code_leads_to_its_exit() {
        for &code in ErrorCode::ALL {
            let body = format!(r#"{{"detail":"no","code":"{code}"}}"#);
            assert_eq!(told(code.status(), &body), (code.exit(), "no".into()), "{code}");
        }
    }

    #[test]
    fn a_fault_of_the_server_names_the_request() {
        let told = |code: ErrorCode| {
            let body = format!(r#"{{"detail":"no","code":"{code}","request_id":"4f-1"}}"#);
            told(code.status(), &body).1
        };
        assert_eq!(told(ErrorCode::Internal), "no (request 4f-1)");
        assert_eq!(told(ErrorCode::StorageFailed), "no (request 4f-1)");
        assert_eq!(told(ErrorCode::NotFound), "no");
    }

    #[test]
    fn without_a_code_the_status_decides() {
        for (status, exit) in [(400, 8), (401, 4), (403, 4), (404, 5), (409, 6), (418, 1), (500, 7)]
        {
            assert_eq!(told(status, r#"{"detail":"no"}"#).0.code(), exit, "{status}");
        }
    }

    #[test]
    fn another_servers_words_are_quoted_and_its_advice_is_not_passed_on() {
        let body = r#"{"detail":"no\n-> moss \"x\"","hint":"run this","next":{"action":"wake"}}"#;
        let url = Url::parse("http://h:1/api/x").unwrap();
        let error = Response { moss: false, ..answer(409, body) }.failure(&url);
        assert_eq!(error.to_string(), r#"the server says "no\n-> moss \"x\"""#);
        assert_eq!(error.advice(), None);
    }

    #[test]
    fn strange_bodies_are_named_not_parsed() {
        assert_eq!(told(404, "<html>").0, Exit::Fault);
        assert_eq!(told(502, "<html>").0, Exit::Unreachable);
        let list = r#"{"detail":[{"loc":["body","name"],"msg":"too long"}]}"#;
        assert_eq!(told(422, list).1, "body.name: too long");
        let url = Url::parse("http://h:1/").unwrap();
        let error = answer(200, "<!doctype html>").value::<i64>(&url).unwrap_err();
        assert!(error.to_string().contains("answers with HTML"), "{error}");
    }
}
