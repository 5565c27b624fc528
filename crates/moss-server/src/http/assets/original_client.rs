//! What the original's client fetches with its `update`: itself, and a skill in its own words.
//!
//! It writes both over what it has. So there are both or neither: a skill is of no use to an agent
//! without the commands it names, and this server knows no Python client but one the operator keeps.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use moss_api::{ErrorCode, Role, skill_for};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::Refusal;
use crate::domain::rules::Dialect;
use crate::files;
use crate::http::assets::install::one_liner;
use crate::http::assets::skills;
use crate::http::dialect::dialect;
use crate::http::extract::caller::AgentCaller;
use crate::http::openapi::routes;
use crate::http::response::Result;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(client)).routes(routes!(my_skill))
}

/// The client an operator keeps, beside `config.yaml`.
const CLIENT: &str = "compat/task-cli.py";
/// Largest client that is served, in bytes.
const MAX_CLIENT: u64 = 1024 * 1024;
/// What stands for the caller's key in a skill.
const KEY_MARKER: &str = "<API_KEY>";

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The caller's key is in it.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// The Python client of the original, if the operator keeps one, with this server's address in it.
/// One that would go on asking another server is none.
pub(in crate::http) async fn kept(app: &App) -> Option<String> {
    let path = app.beside_config(CLIENT);
    let wanted = path.clone();
    let read = tokio::task::spawn_blocking(move || files::read_text(&wanted, MAX_CLIENT)).await;
    match read.unwrap_or_else(|broken| Err(broken.into())) {
        Ok(text) => with_base_url(&text, &app.url()).or_else(|| {
            tracing::warn!(
                "{} cannot be served: no line of it gives BASE_URL or default_base_url a text, so it \
                 would not ask this server",
                path.display()
            );
            None
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!("{} cannot be served: {error}", path.display());
            None
        }
    }
}

/// The original's Python client, when the operator serves it; it names this server.
#[utoipa::path(
    get, path = "/api/tools/cli", tag = "delivery",
    responses((status = 200, content_type = "text/plain", body = String, description = "Python."))
)]
async fn client(caller: AgentCaller) -> Result<Response> {
    let text = kept(&caller.app).await.ok_or_else(|| gone(&caller.app))?;
    Ok(([(header::CONTENT_TYPE, PLAIN)], text).into_response())
}

/// The SKILL.md of the caller's role, in the words of the client that asks.
///
/// `moss` gets the one of `/skills`. The original's client gets one that names its commands and holds
/// the caller's own key, as it does there; 410 unless `/api/tools/cli` has that client.
#[utoipa::path(
    get, path = "/api/agents/me/skill", tag = "agents",
    responses((status = 200, content_type = "text/plain", body = String, description = "Markdown."))
)]
async fn my_skill(caller: AgentCaller) -> Result<Response> {
    let role = caller.actor.role;
    if dialect(&caller.headers) == Dialect::Moss {
        return Ok(skills::serve(&caller, role, PLAIN).into_response());
    }
    if kept(&caller.app).await.is_none() {
        return Err(gone(&caller.app).into());
    }
    let mut text = skill_for(shipped(role), &caller.app.url());
    if let Some(key) = caller.sent_key() {
        text = text.replace(KEY_MARKER, &key);
    }
    Ok(([(header::CONTENT_TYPE, PLAIN), (header::CACHE_CONTROL, NOT_KEPT)], text).into_response())
}

fn gone(app: &App) -> Refusal {
    let detail = "this server has no task-cli.py: keep the client and the SKILL.md you have";
    Refusal::new(ErrorCode::Gone, detail)
        .hint(format!("{}; every task-cli.py command line works with moss", one_liner(&app.url())))
}

/// The client with this server's address in place of the first it names; none when it names none.
fn with_base_url(client: &str, url: &str) -> Option<String> {
    let url = serde_json::Value::from(url).to_string();
    let names = |line: &str| -> Option<String> {
        let (before, value) = line.split_once('=')?;
        let (name, value) = (before.trim(), value.trim_start());
        let is_text = value.starts_with(['"', '\'']);
        let comma = if value.trim_end().ends_with(',') { "," } else { "" };
        let is_address = matches!(name, "BASE_URL" | "default_base_url") && is_text;
        is_address.then(|| {
            format!("{before}={}{url}{comma}", if before.ends_with(' ') { " " } else { "" })
        })
    };
    let mut named = false;
    let lines = client.split('\n').map(|line| match names(line) {
        Some(ours) if !named => {
            named = true;
            ours
        }
        _ => line.to_owned(),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    named.then_some(text)
}

const fn shipped(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../../../../skills/task-cli/planner.md"),
        Role::Executor => include_str!("../../../../../skills/task-cli/executor.md"),
        Role::Reviewer => include_str!("../../../../../skills/task-cli/reviewer.md"),
        Role::Patrol => include_str!("../../../../../skills/task-cli/patrol.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_is_this_servers() {
        for (line, named) in [
            ("BASE_URL = \"http://192.168.1.2:6565\"", "BASE_URL = \"http://h:1\""),
            ("BASE_URL='http://x'", "BASE_URL=\"http://h:1\""),
            ("    default_base_url=\"http://x\",", "    default_base_url=\"http://h:1\","),
        ] {
            let client = format!("#!python\n{line}\nCLI_VERSION = 2\nBASE_URL = \"http://y\"\n");
            let ours = client.replacen(line, named, 1);
            assert_eq!(with_base_url(&client, "http://h:1"), Some(ours));
        }
        for other in
            ["BASE_URL = RUNTIME.base_url\n", "x = 1\r\n", "url = f\"{BASE_URL}/api\"\n", ""]
        {
            assert_eq!(with_base_url(other, "http://h:1"), None, "{other}");
        }
    }

    /// What the skills name is what the client can: its groups, and what stands alone.
    #[test]
    fn the_skills_name_commands_of_the_client() {
        const GROUPS: &[(&str, &[&str])] = &[
            ("task", &["create", "list", "get", "edit", "status", "cancel"]),
            ("module", &["create", "list"]),
            (
                "st",
                &[
                    "create",
                    "list",
                    "get",
                    "mine",
                    "available",
                    "latest",
                    "claim",
                    "start",
                    "submit",
                    "edit",
                    "cancel",
                    "block",
                    "session",
                    "reassign",
                ],
            ),
            ("review", &["create", "list", "get"]),
            ("score", &["me", "logs", "agent-logs", "leaderboard", "adjust"]),
            ("log", &["create", "mine", "list"]),
        ];
        for role in Role::ALL {
            let text = shipped(*role);
            assert!(text.contains("python task-cli.py --key <API_KEY>"), "{role}");
            assert!(text.contains("\n<!-- server -->\n"), "{role}");
            assert!(!text.contains("moss "), "{role}");
            let mut commands = 0;
            for code in text.split('`').skip(1).step_by(2) {
                let mut words = code.split(' ');
                let (first, second) = (words.next().unwrap(), words.next());
                let group = GROUPS.iter().find(|(group, _)| *group == first);
                if let (Some((_, verbs)), Some(second)) = (group, second) {
                    assert!(verbs.contains(&second), "{role}: {code}");
                    commands += 1;
                }
            }
            assert!(commands >= 5, "{role}: {commands}");
        }
    }
}
