//! What surrounds the routes: methods nobody takes, the web page, CORS, JSON as Python writes it.

use serde_json::{Value, json};

use super::answer::{Answer, Body, Refused};
use super::routes::ROUTES;
use super::state::State;
use crate::responder::{Asked, Reply};

/// What the web page is sent as; no route of the API answers with it.
pub const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str =
    "<!doctype html><html lang=\"zh\"><title>任务台</title><div id=\"app\"></div></html>";

/// What the original says to the request, or that it has failed, as when its database is locked.
pub fn respond(state: &mut State, request: &Asked, fails: bool) -> Reply {
    let origin = request.header("origin");
    let mut response = if request.method == "OPTIONS" && origin.is_some() {
        plain(200, "text/plain; charset=utf-8", "OK".into())
    } else if fails {
        json_response(500, &json!({ "detail": "服务器内部错误" }))
    } else {
        route(state, request)
    };
    if let Some(origin) = origin {
        response = response
            .header(&format!("access-control-allow-origin: {origin}"))
            .header("access-control-allow-credentials: true");
        if request.method == "OPTIONS" {
            response = response.header("access-control-max-age: 600");
        }
    }
    response.header(&format!("date: {}", httpdate::fmt_http_date(state.clock())))
}

/// The first route with this path and method. A path without the method is 405; a path nobody
/// knows is the web page to a GET and 405 to everything else.
fn route(state: &mut State, request: &Asked) -> Reply {
    let mut known_path = false;
    for route in ROUTES {
        let Some(at) = route.matches(&request.path) else { continue };
        known_path = true;
        if route.method == request.method {
            return render(route.answer(state, request, at));
        }
    }
    if !known_path && request.method == "GET" {
        return plain(200, HTML, PAGE.into());
    }
    json_response(405, &json!({ "detail": "Method Not Allowed" }))
}

fn render(answer: Answer) -> Reply {
    match answer {
        Ok(Body::Json(value)) => json_response(200, &value),
        Ok(Body::Text(text)) => plain(200, "text/plain; charset=utf-8", text),
        Err(Refused { status, detail }) => json_response(status, &json!({ "detail": detail })),
    }
}

fn json_response(status: u16, value: &Value) -> Reply {
    plain(status, "application/json", value.to_string())
}

fn plain(status: u16, content_type: &str, body: String) -> Reply {
    Reply::typed(status, content_type, body).header("server: uvicorn")
}
