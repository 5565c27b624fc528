//! Rules: agents read what applies, the admin writes.

use std::sync::Arc;

use moss_api::{
    Message, Rule, Rules,
    requests::{CreateRule, EditRule},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::queries::rules::RuleList;
use crate::domain::queries::{self, Sort};
use crate::domain::rules::{self, Dialect};
use crate::domain::versions::Author;
use crate::http::assets::original_client;
use crate::http::dialect::dialect;
use crate::http::extract::body::Body;
use crate::http::extract::caller::{AdminCaller, AgentCaller};
use crate::http::extract::path::{Path, RuleRef};
use crate::http::extract::query::{Offset, Query, filter, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Json, List, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(applying_rules, create_rule))
        .routes(routes!(list_rules))
        .routes(routes!(get_rule, edit_rule, delete_rule))
}

/// The newest version of the original's Python client, which asks with its own number.
const PYTHON_CLIENT: i64 = 2;

/// What the rules are wanted for.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Purpose {
    /// Those of this task too: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
    /// Those of this sub-task too: its id or the beginning of it.
    #[serde(deserialize_with = "filter")]
    sub_task_id: Option<String>,
    /// The version of the original's Python client, when that asks.
    #[serde(deserialize_with = "number")]
    cli_version: Option<i64>,
}

/// Read the rules that apply, in the words of the client that asks.
#[utoipa::path(get, path = "/api/rules", tag = "rules")]
async fn applying_rules(
    caller: AgentCaller,
    Query(purpose): Query<Purpose>,
) -> Result<Json<Rules>> {
    let Purpose { task_id, sub_task_id, cli_version: version } = purpose;
    let variables = caller.app.variables(dialect(&caller.headers));
    let content = queries::rules::applying(caller.db(), task_id, sub_task_id, &variables).await?;
    // There is something to update to only where the operator keeps it.
    let outdated = version.is_none_or(|version| version < PYTHON_CLIENT)
        && variables.dialect == Dialect::Original
        && original_client::kept(&caller.app).await.is_some();
    let how = "python task-cli.py --key <API_KEY> update fetches the client and the skill.";
    Ok(Json(Rules {
        content,
        message: "ok".to_owned(),
        update_available: outdated,
        latest_version: outdated.then_some(PYTHON_CLIENT),
        update_instructions: if outdated { how.to_owned() } else { String::new() },
    }))
}

/// Which rules.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct Which {
    /// Of this scope: `global`, `task` or `sub_task`.
    #[serde(deserialize_with = "filter")]
    scope: Option<String>,
    /// Of the task with this id.
    #[serde(deserialize_with = "filter")]
    task_id: Option<String>,
}

/// List the rules, oldest first.
#[utoipa::path(get, path = "/api/rules/list", tag = "rules")]
async fn list_rules(
    caller: AdminCaller,
    Query(which): Query<Which>,
    Query(offset): Query<Offset>,
) -> Result<List<Rule>> {
    let (scope, task, offset) = (which.scope, which.task_id, offset.rows());
    let list = RuleList { scope, task, sort: Sort::OldestFirst, offset };
    Ok(List(list.run(caller.db()).await?))
}

/// Show a rule.
#[utoipa::path(get, path = "/api/rules/{id}", tag = "rules")]
async fn get_rule(caller: AdminCaller, Path(id, _): Path<RuleRef>) -> Result<Json<Rule>> {
    Ok(Json(queries::rules::rule(caller.db(), &id).await?))
}

/// Add a rule.
#[utoipa::path(post, path = "/api/rules", tag = "rules")]
async fn create_rule(caller: AdminCaller, Body(body): Body<CreateRule>) -> Result<Written<Rule>> {
    let create = rules::Create {
        scope: body.scope,
        content: body.content.into_inner(),
        task: body.task_id,
        sub_task: body.sub_task_id,
        author: Author::Admin,
    };
    caller.write(create).await
}

/// Replace a rule's text.
#[utoipa::path(put, path = "/api/rules/{id}", tag = "rules")]
async fn edit_rule(
    caller: AdminCaller,
    Path(id, _): Path<RuleRef>,
    Body(body): Body<EditRule>,
) -> Result<Written<Rule>> {
    let (content, seen) = (body.content.into_inner(), body.version.map(|version| version.0));
    caller.write(rules::Edit { id, content, seen }).await
}

/// Remove a rule.
#[utoipa::path(delete, path = "/api/rules/{id}", tag = "rules")]
async fn delete_rule(caller: AdminCaller, Path(id, _): Path<RuleRef>) -> Result<Written<Message>> {
    caller.write(rules::Delete { id }).await
}
