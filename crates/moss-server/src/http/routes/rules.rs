//! Rules: agents read what applies, the admin writes.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use moss_api::{
    Rule, Rules,
    requests::{CreateRule, EditRule},
};

use crate::app::App;
use crate::domain::{Refusal, resolve, rules};
use crate::http::extract::auth::{AdminCall, AgentCall};
use crate::http::extract::request::{Id, Reply, json};
use crate::http::routes::sub_tasks::or_nothing;
use crate::store::rules::{find, list};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/rules", get(applying).post(create))
        .route("/api/rules/list", get(all))
        .route("/api/rules/{id}", get(show).put(edit).delete(delete))
}

/// The newest version of the original's Python client, which asks with its own number.
const PYTHON_CLIENT: i64 = 2;

async fn applying(call: AgentCall) -> Reply {
    let db = call.app.store.read();
    let task = match call.some_param("task_id") {
        None => None,
        Some(text) => Some(or_nothing(resolve::task_id(db, text).await)?),
    };
    let sub_task = match call.some_param("sub_task_id") {
        None => None,
        Some(text) => Some(or_nothing(resolve::sub_task_id(db, text).await)?),
    };
    let variables = call.app.variables();
    let mut content = rules::applying(db, task.as_deref(), sub_task.as_deref(), &variables).await?;
    let version = call.int("cli_version")?;
    let outdated = version.is_none_or(|version| version < PYTHON_CLIENT);
    let how = "This server is moss: use the moss command in place of task-cli.py.";
    if version.is_none() {
        content.push_str("\n\n---\n\n");
        content.push_str(how);
    }
    json(&Rules {
        content,
        message: "ok".to_owned(),
        update_available: outdated,
        latest_version: outdated.then_some(PYTHON_CLIENT),
        update_instructions: if outdated { how.to_owned() } else { String::new() },
    })
}

async fn all(call: AdminCall) -> Reply {
    let db = call.app.store.read();
    let rows = list(db, call.some_param("scope"), call.some_param("task_id")).await?;
    json(&rows.into_iter().map(Rule::from).collect::<Vec<_>>())
}

async fn show(Id(id): Id, call: AdminCall) -> Reply {
    let db = call.app.store.read();
    let whole = resolve::rule_id(db, &id).await?;
    let row = find(db, &whole).await?.ok_or_else(|| Refusal::not_found("rule", &id))?;
    json(&Rule::from(row))
}

async fn create(call: AdminCall) -> Reply {
    let body: CreateRule = call.body()?;
    call.write(rules::Create {
        scope: body.scope,
        content: body.content.into_inner(),
        task: body.task_id,
        sub_task: body.sub_task_id,
    })
    .await
}

async fn edit(Id(id): Id, call: AdminCall) -> Reply {
    let body: EditRule = call.body()?;
    call.write(rules::Edit { id, content: body.content.into_inner() }).await
}

async fn delete(Id(id): Id, call: AdminCall) -> Reply {
    call.write(rules::Delete { id }).await
}
