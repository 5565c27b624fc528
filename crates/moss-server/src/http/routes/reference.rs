//! `/redoc`: the OpenAPI document to read, without a script. To try routes out there is `/docs`.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::extract::caller::AnyCaller;
use crate::http::openapi::{document, routes};
use crate::http::response::Result;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(reference))
}

/// This document as a page to be read, without a script.
#[utoipa::path(
    get, path = "/redoc", tag = "server",
    responses((status = 200, content_type = "text/html", body = String, description = "A page."))
)]
async fn reference(_: AnyCaller) -> Result<Response> {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, Html(PAGE.as_str())).into_response())
}

static PAGE: LazyLock<String> =
    LazyLock::new(|| render(&serde_json::from_str(document()).unwrap_or_default()));

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
code,h3{font-family:ui-monospace,monospace}h3{margin:1.5rem 0 .2rem;font-size:1rem}\
table{border-collapse:collapse;margin:.3rem 0}td{padding:.1rem .8rem .1rem 0;vertical-align:top}\
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field].as_str().unwrap_or_default()
}

fn render(document: &Value) -> String {
    let title = escaped(text(&document["info"], "title"));
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content='width=device-width'><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\
         <p>To try it out: <a href=/docs>/docs</a>. As a file: <a href=/openapi.json>/openapi.json</a>."
    );
    let none = Map::new();
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(tag, "name");
        let _ = write!(
            page,
            "<h2 id='{0}'>{0}</h2><p>{1}",
            escaped(name),
            escaped(text(tag, "description"))
        );
        for (path, methods) in document["paths"].as_object().unwrap_or(&none) {
            for (method, operation) in methods.as_object().unwrap_or(&none) {
                let tags = operation["tags"].as_array();
                if tags.is_some_and(|tags| tags.iter().any(|tag| tag == name)) {
                    operation_of(&mut page, method, path, operation);
                }
            }
        }
    }
    page.push_str("<h2 id=schemas>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap_or(&none) {
        schema_of(&mut page, name, schema);
    }
    page
}

fn operation_of(page: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(
        page,
        "<h3>{} {}</h3><p>{} {}",
        escaped(&method.to_uppercase()),
        escaped(path),
        escaped(text(operation, "summary")),
        escaped(text(operation, "description")),
    );
    let rows = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
        let place = format!("{} ({})", text(parameter, "name"), text(parameter, "in"));
        (place, escaped(text(parameter, "description")))
    });
    let body = reference_in(&operation["requestBody"]).map(|link| ("body".to_owned(), link));
    let none = Map::new();
    let answers = operation["responses"].as_object().unwrap_or(&none).iter();
    let answers = answers.map(|(status, answer)| {
        let link = reference_in(answer).unwrap_or_default();
        (status.clone(), format!("{} {link}", escaped(text(answer, "description"))))
    });
    table(page, rows.chain(body).chain(answers));
}

fn table(page: &mut String, rows: impl Iterator<Item = (String, String)>) {
    page.push_str("<table>");
    for (name, what) in rows {
        let _ = write!(page, "<tr><td><code>{}</code><td>{what}", escaped(&name));
    }
    page.push_str("</table>");
}

/// A link to the first schema something refers to.
fn reference_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.filter(|path| path.contains("/schemas/"));
            let name = own.and_then(|path| path.rsplit('/').next());
            let link = name.map(|name| format!("<a href='#{0}'>{0}</a>", escaped(name)));
            link.or_else(|| fields.values().find_map(reference_in))
        }
        Value::Array(items) => items.iter().find_map(reference_in),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn schema_of(page: &mut String, name: &str, schema: &Value) {
    let _ = write!(
        page,
        "<h3 id='{0}'>{0}</h3><p>{1}",
        escaped(name),
        escaped(text(schema, "description"))
    );
    let parts = std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten());
    let fields = parts.filter_map(|part| part["properties"].as_object()).flatten();
    table(
        page,
        fields.map(|(name, field)| {
            let kind = match &field["type"] {
                Value::String(kind) => kind.clone(),
                Value::Array(kinds) => {
                    kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
            };
            let link = reference_in(field).unwrap_or_default();
            let what = format!("{} {link} {}", escaped(&kind), escaped(text(field, "description")));
            (name.clone(), what)
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_and_every_schema_is_there_and_every_link_leads_somewhere() {
        let document: Value = serde_json::from_str(document()).unwrap();
        let page = render(&document);
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(page.contains(&format!(" {path}</h3>")), "{path}");
        }
        for part in page.split("href='#").skip(1) {
            let name = part.split('\'').next().unwrap();
            assert!(page.contains(&format!("<h3 id='{name}'>")), "{name}");
        }
        assert!(!page.contains("<script"));
    }

    #[test]
    fn what_a_text_says_is_no_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
