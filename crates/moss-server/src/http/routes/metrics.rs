//! `/metrics`: what to watch, in Prometheus' text format.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Extension, FromRequestParts};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use moss_api::{DeliveryState, ErrorCode};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::queries::watched;
use crate::http::extract::address::address_of;
use crate::http::extract::caller::AnyCaller;
use crate::http::metrics::{BUCKETS_MS, Counted};
use crate::http::openapi::{Input, OperationDoc, routes};
use crate::http::response::Result;
use crate::http::response::error::Error;
use crate::security::secret::same;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Whoever may watch: this machine itself, and who has `server.metrics_token`.
struct Watcher(AnyCaller);

/// What a proxy on this machine adds: then the one who asks is elsewhere.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "via", "x-real-ip"];

impl FromRequestParts<Arc<App>> for Watcher {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let is_here = address_of(app, &parts.extensions, &parts.headers).is_loopback()
            && FORWARDED.iter().all(|name| !parts.headers.contains_key(*name));
        let may_watch = is_here || has_token(app, &parts.headers);
        let call = AnyCaller::from_request_parts(parts, app).await?;
        if !may_watch {
            let hint = "ask from the server's own machine, or as a bearer of server.metrics_token";
            let detail = "this is for those who watch the server";
            return Err(Refusal::new(ErrorCode::NotForStrangers, detail).hint(hint).into());
        }
        Ok(Self(call))
    }
}

fn has_token(app: &App, headers: &HeaderMap) -> bool {
    let token = app.read_config(|config| config.server.metrics_token.clone());
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer "));
    !token.is_empty() && sent.is_some_and(|sent| same(sent, &token))
}

impl Input for Watcher {
    fn describe(_: &mut OperationDoc<'_>) {}
}

/// What to watch, in Prometheus' text format. For the server's own machine, and for whoever has
/// `server.metrics_token`, as a bearer.
#[utoipa::path(
    get, path = "/metrics", tag = "server",
    responses((status = 200, content_type = "text/plain", body = String, description = "Text."))
)]
async fn metrics(
    Watcher(caller): Watcher,
    Extension(counted): Extension<Arc<Counted>>,
) -> Result<Response> {
    let watched = watched::now(caller.db()).await?;
    let mut text = String::new();
    let mut tell = |name: &str, kind: &str, help: &str, rows: &[(String, String)]| {
        let _ = write!(text, "# HELP moss_{name} {help}\n# TYPE moss_{name} {kind}\n");
        for (labels, value) in rows {
            let _ = writeln!(text, "moss_{name}{labels} {value}");
        }
    };
    let one = |value: String| [(String::new(), value)];
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    tell("build_info", "gauge", "The program.", &[(version, "1".to_owned())]);
    tell("up_seconds", "gauge", "Since the server started.", &one(counted.up().to_string()));
    let trouble = u8::from(caller.app.writer.trouble().is_some());
    tell("unwell", "gauge", "1 while /api/health is not ok.", &one(trouble.to_string()));
    let statuses: Vec<_> = counted
        .statuses()
        .map(|(status, count)| (format!("{{status=\"{status}\"}}"), count.to_string()))
        .collect();
    tell("answers_total", "counter", "Answers by their status.", &statuses);
    let limits = caller.app.read_config(|config| config.limits.clone());
    let by = |values: [u64; 2]| {
        let row = |(by, value)| (format!("{{by=\"{by}\"}}"), u64::to_string(value));
        ["key", "address"].into_iter().zip(&values).map(row).collect::<Vec<_>>()
    };
    let limits = [limits.per_key, limits.per_address].map(u64::from);
    tell("limit_per_minute", "gauge", "Requests of one caller; 0 is no limit.", &by(limits));
    let refused = caller.app.rates.refused();
    tell("over_limit_total", "counter", "Requests refused as over the limit.", &by(refused));
    let words = |name: &str, counts: &std::collections::BTreeMap<String, i64>| {
        let row =
            |(word, count): (&String, &i64)| (format!("{{{name}=\"{word}\"}}"), count.to_string());
        counts.iter().map(row).collect::<Vec<_>>()
    };
    tell("tasks", "gauge", "Tasks by status.", &words("status", &watched.tasks));
    tell("sub_tasks", "gauge", "Sub-tasks by status.", &words("status", &watched.sub_tasks));
    tell("agents", "gauge", "Agents by status.", &words("status", &watched.agents));
    let dead = DeliveryState::Dead.as_str();
    let dead = watched.deliveries.get(dead).copied().unwrap_or(0);
    tell("deliveries_dead", "gauge", "Webhooks that were given up.", &one(dead.to_string()));
    durations(&mut text, &counted);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn durations(text: &mut String, counted: &Counted) {
    let (sums, all, seconds) = counted.durations();
    let name = "moss_answer_seconds";
    let _ = write!(text, "# HELP {name} Until an answer begins.\n# TYPE {name} histogram\n");
    for (end, sum) in BUCKETS_MS.iter().zip(sums) {
        let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {sum}", *end as f64 / 1e3);
    }
    let _ = writeln!(
        text,
        "{name}_bucket{{le=\"+Inf\"}} {all}\n{name}_sum {seconds}\n{name}_count {all}"
    );
}
