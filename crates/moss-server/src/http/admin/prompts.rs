//! Prompts, and the versions of prompts and rules, for the person in charge.

use std::sync::Arc;

use moss_api::admin::{
    AgentPrompt, AgentPromptInFull, ComposedPrompt, OnboardingText, PromptKind, PromptPlace,
    PromptTemplate, TemplatePlace, VersionInFull, VersionInShort,
};
use moss_api::text::{Name, Text};
use moss_api::{LooseNumber, Message, Role, Rule, WireWord};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::prompts::{self, Onboarding, PromptPatch, Slug};
use crate::domain::queries::rules::rule;
use crate::domain::{Refusal, rules, versions};
use crate::http::extract::body::{Body, word};
use crate::http::extract::caller::AdminCaller;
use crate::http::extract::path::{Path, PromptRef, RoleRef, RuleRef};
use crate::http::extract::query::{Query, number};
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::json::{Created, Json, List, Written};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(get_template, set_template))
        .routes(routes!(list_prompts, create_prompt))
        .routes(routes!(get_prompt, edit_prompt, delete_prompt))
        .routes(routes!(compose_prompt))
        .routes(routes!(onboarding_text))
        .routes(routes!(list_prompt_versions))
        .routes(routes!(get_prompt_version))
        .routes(routes!(restore_prompt))
        .routes(routes!(list_rule_versions))
        .routes(routes!(get_rule_version))
        .routes(routes!(restore_rule))
}

/// List the roles' templates.
#[utoipa::path(get, path = "/api/admin/prompts/templates", tag = "prompts")]
async fn list_templates(caller: AdminCaller) -> Result<List<PromptTemplate>> {
    Ok(prompts::templates(caller.db()).await?.into())
}

/// A role's template.
#[utoipa::path(get, path = "/api/admin/prompts/templates/{role}", tag = "prompts")]
async fn get_template(
    caller: AdminCaller,
    Path(role, _): Path<RoleRef>,
) -> Result<Json<PromptTemplate>> {
    Ok(Json(prompts::template(caller.db(), &role).await?))
}

/// A template's text.
#[derive(Deserialize, ToSchema)]
struct SetTemplate {
    /// Markdown.
    content: Text,
    /// The version that is changed: when it is not the newest any more, nothing is.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    version: Option<LooseNumber>,
}

/// Replace a role's template.
#[utoipa::path(put, path = "/api/admin/prompts/templates/{role}", tag = "prompts")]
async fn set_template(
    caller: AdminCaller,
    Path(role, _): Path<RoleRef>,
    Body(body): Body<SetTemplate>,
) -> Result<Written<TemplatePlace>> {
    let role: Role = role.parse().map_err(|problem: String| Refusal::bad_value("role", problem))?;
    let (content, seen) = (body.content.into_inner(), body.version.map(|version| version.0));
    caller.write(prompts::SetTemplate { role, content, seen }).await
}

/// List the agents' prompts, by slug.
#[utoipa::path(get, path = "/api/admin/prompts/agents", tag = "prompts")]
async fn list_prompts(caller: AdminCaller) -> Result<List<AgentPrompt>> {
    Ok(prompts::of_agents(caller.db()).await?.into())
}

/// An agent's prompt.
#[utoipa::path(get, path = "/api/admin/prompts/agents/{slug}", tag = "prompts")]
async fn get_prompt(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
) -> Result<Json<AgentPromptInFull>> {
    Ok(Json(prompts::of_agent(caller.db(), &slug).await?))
}

/// An agent's prompt to be made.
#[derive(Deserialize, ToSchema)]
struct CreatePrompt {
    /// What it is called in addresses: small letters, digits and hyphens. The role is put before it.
    slug: String,
    /// What the agent is called.
    name: Name,
    /// What the agent is for.
    role: WireWord<Role>,
    /// Free text.
    #[serde(default)]
    description: Text,
    /// Markdown.
    content: Text,
}

/// Make an agent's prompt.
#[utoipa::path(post, path = "/api/admin/prompts/agents", tag = "prompts")]
async fn create_prompt(
    caller: AdminCaller,
    Body(body): Body<CreatePrompt>,
) -> Result<Created<PromptPlace>> {
    let role = word(body.role, "role")?;
    let create = prompts::Create {
        slug: Slug::of_agent(&body.slug, role)?,
        name: body.name.into_inner(),
        role,
        description: body.description.into_inner(),
        content: body.content.into_inner(),
    };
    caller.write(create).await.map(Created)
}

/// What an agent's prompt is to say; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct EditPrompt {
    /// What the agent is called.
    #[serde(default)]
    name: Option<Name>,
    /// What the agent is for. The slug begins with it.
    #[serde(default)]
    role: Option<WireWord<Role>>,
    /// Free text.
    #[serde(default)]
    description: Option<Text>,
    /// Markdown.
    #[serde(default)]
    content: Option<Text>,
    /// The version that is changed: when it is not the newest any more, nothing is.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    version: Option<LooseNumber>,
}

/// Change an agent's prompt.
#[utoipa::path(put, path = "/api/admin/prompts/agents/{slug}", tag = "prompts")]
async fn edit_prompt(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
    Body(body): Body<EditPrompt>,
) -> Result<Written<PromptPlace>> {
    let patch = PromptPatch {
        name: body.name.map(Into::into),
        role: body.role.map(|role| word(role, "role")).transpose()?,
        description: body.description.map(Into::into),
        content: body.content.map(Into::into),
    };
    let seen = body.version.map(|version| version.0);
    caller.write(prompts::Edit { slug, patch, seen }).await
}

/// Remove an agent's prompt. Its versions stay, and can be gone back to.
#[utoipa::path(delete, path = "/api/admin/prompts/agents/{slug}", tag = "prompts")]
async fn delete_prompt(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
) -> Result<Written<Message>> {
    caller.write(prompts::Delete { slug }).await
}

/// The words that stand in for what is only known here.
fn filled_in(app: &App, content: &str) -> String {
    let config = app.config();
    content
        .replace("{{workspace_root}}", &config.workspace.root)
        .replace("{{project_name}}", &config.project.name)
}

/// The shared token, while registration is open.
fn open_token(app: &App) -> Option<String> {
    let agent = app.config().agent;
    (agent.allow_registration && !agent.registration_token.is_empty())
        .then_some(agent.registration_token)
}

/// An agent's prompt, with how it gets in: what it is to be told first of all.
#[utoipa::path(get, path = "/api/admin/prompts/compose/{slug}", tag = "prompts")]
async fn compose_prompt(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
) -> Result<Json<ComposedPrompt>> {
    let row = prompts::one(caller.db(), PromptKind::Agent, &slug).await?;
    let (url, token) = (caller.app.url(), open_token(&caller.app));
    let onboarding = Onboarding {
        role: row.role.0.as_str(),
        name: Some(&row.name),
        url: &url,
        token: token.as_deref(),
    };
    let prompt = prompts::composed(&filled_in(&caller.app, &row.content), &onboarding);
    Ok(Json(ComposedPrompt { slug, prompt }))
}

/// How an agent of a role gets in.
#[utoipa::path(get, path = "/api/admin/prompts/onboarding/{role}", tag = "prompts")]
async fn onboarding_text(
    caller: AdminCaller,
    Path(role, _): Path<RoleRef>,
) -> Result<Json<OnboardingText>> {
    let (url, token) = (caller.app.url(), open_token(&caller.app));
    let onboarding = Onboarding { role: &role, name: None, url: &url, token: token.as_deref() };
    let content = onboarding.text();
    Ok(Json(OnboardingText { role, content }))
}

/// Which version, and what it is compared with.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
struct WhichVersion {
    /// Its number; without one, the newest.
    #[serde(deserialize_with = "number")]
    number: Option<i64>,
    /// The number of the one it is compared with; without one, the one before it. 0 is nothing.
    #[serde(deserialize_with = "number")]
    against: Option<i64>,
}

/// The version to go back to.
#[derive(Deserialize, ToSchema)]
struct GoBack {
    /// Its number.
    #[schema(value_type = i64)]
    number: LooseNumber,
}

/// List the newest versions of a prompt, the last one first.
#[utoipa::path(get, path = "/api/admin/prompts/versions/{slug}", tag = "prompts")]
async fn list_prompt_versions(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
) -> Result<List<VersionInShort>> {
    Ok(versions::list(caller.db(), prompts::subject(&slug)).await?.into())
}

/// A version of a prompt, with what changed in it.
#[utoipa::path(get, path = "/api/admin/prompts/version/{slug}", tag = "prompts")]
async fn get_prompt_version(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
    Query(which): Query<WhichVersion>,
) -> Result<Json<VersionInFull>> {
    let of = prompts::subject(&slug);
    Ok(Json(versions::one(caller.db(), of, which.number, which.against).await?))
}

/// Go back to a version of a prompt, also of one that was deleted.
#[utoipa::path(post, path = "/api/admin/prompts/restore/{slug}", tag = "prompts")]
async fn restore_prompt(
    caller: AdminCaller,
    Path(slug, _): Path<PromptRef>,
    Body(body): Body<GoBack>,
) -> Result<Written<PromptPlace>> {
    caller.write(prompts::Restore { slug, number: body.number.0 }).await
}

/// List the newest versions of a rule, the last one first.
#[utoipa::path(get, path = "/api/admin/rules/versions/{id}", tag = "rules")]
async fn list_rule_versions(
    caller: AdminCaller,
    Path(id, _): Path<RuleRef>,
) -> Result<List<VersionInShort>> {
    let id = rule(caller.db(), &id).await?.id;
    Ok(versions::list(caller.db(), rules::subject(&id)).await?.into())
}

/// A version of a rule, with what changed in it.
#[utoipa::path(get, path = "/api/admin/rules/version/{id}", tag = "rules")]
async fn get_rule_version(
    caller: AdminCaller,
    Path(id, _): Path<RuleRef>,
    Query(which): Query<WhichVersion>,
) -> Result<Json<VersionInFull>> {
    let id = rule(caller.db(), &id).await?.id;
    let of = rules::subject(&id);
    Ok(Json(versions::one(caller.db(), of, which.number, which.against).await?))
}

/// Go back to a version of a rule.
#[utoipa::path(post, path = "/api/admin/rules/restore/{id}", tag = "rules")]
async fn restore_rule(
    caller: AdminCaller,
    Path(id, _): Path<RuleRef>,
    Body(body): Body<GoBack>,
) -> Result<Written<Rule>> {
    caller.write(rules::Restore { id, number: body.number.0 }).await
}
