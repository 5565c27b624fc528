//! One file a command: its arguments, what it asks, what it says.

pub mod agents;
pub mod args;
pub mod artifacts;
pub mod available;
pub mod claim;
pub mod completions;
pub mod doctor;
pub mod fail;
pub mod heartbeat;
pub mod key;
pub mod list;
pub mod log;
pub mod login;
pub mod logout;
pub mod man;
pub mod mine;
pub mod notify;
pub mod onboard;
pub mod patrol;
pub mod plan;
pub mod profile;
pub mod register;
pub mod release;
pub mod review;
pub mod rules;
pub mod score;
pub mod self_test;
pub mod session;
pub mod show;
pub mod skill;
pub mod start;
pub mod submit;
pub mod update;
pub mod wake;
pub mod whoami;

use moss_api::{Action, Exit, SubTask, short};
use serde::Serialize;

use crate::cli::{Command, GlobalFlags, Person};
use crate::context::Context;
use crate::error::Result;
use crate::legacy;
use crate::render::packet::{quoted, until};

/// Runs a command of a person.
///
/// # Errors
/// Whatever the command fails with.
pub async fn help_a_person(global: &GlobalFlags, person: Person) -> Result<Exit> {
    match person {
        Person::Register(c) => c.run(global).await,
        Person::Login(c) => c.run(global).await,
        Person::Logout(c) => c.run(global).await,
        Person::Key(c) => c.run(global).await,
        Person::Profile(c) => c.run(global),
        Person::Update(c) => c.run(global).await,
        Person::Doctor(c) => c.run(global).await,
    }
}

/// Runs any command that acts as an agent.
///
/// # Errors
/// Whatever the command fails with.
pub async fn run(ctx: &Context, command: Command) -> Result<Exit> {
    match command {
        Command::Wake(c) => c.run(ctx).await,
        Command::Plan(c) => c.run(ctx).await,
        Command::Claim(c) => c.run(ctx).await,
        Command::Start(c) => c.run(ctx).await,
        Command::Submit(c) => c.run(ctx).await,
        Command::Release(c) => c.run(ctx).await,
        Command::Fail(c) => c.run(ctx).await,
        Command::Heartbeat(c) => c.run(ctx).await,
        Command::Session(c) => c.run(ctx).await,
        Command::Review(c) => c.run(ctx).await,
        Command::Patrol(c) => c.run(ctx).await,
        Command::Log(c) => c.run(ctx).await,
        Command::Score(c) => c.run(ctx).await,
        Command::Show(c) => c.run(ctx).await,
        Command::List(c) => c.run(ctx).await,
        Command::Mine(c) => c.run(ctx).await,
        Command::Available(c) => c.run(ctx).await,
        Command::Agents(c) => c.run(ctx).await,
        Command::Rules(c) => c.run(ctx).await,
        Command::Notify(c) => c.run(ctx).await,
        Command::Whoami(c) => c.run(ctx).await,
        Command::Skill(c) => c.run(ctx).await,
        Command::Onboard(c) => c.run(ctx).await,
    }
}

/// `POST /api/sub-tasks/{id}/{action}`: one of the moves of the state machine.
async fn shift(ctx: &Context, id: &str, action: Action, body: &impl Serialize) -> Result<SubTask> {
    let path = format!("/api/sub-tasks/{id}/{action}");
    let outcome = ctx.client.post(&path, body).await;
    legacy::refusal::explain(ctx, id, action, outcome).await
}

/// As [`shift`], without a body.
async fn shift_only(ctx: &Context, id: &str, action: Action) -> Result<SubTask> {
    let path = format!("/api/sub-tasks/{id}/{action}");
    let outcome = ctx.client.post_empty(&path).await;
    legacy::refusal::explain(ctx, id, action, outcome).await
}

/// Says what is so now and what to type next, or answers with the value as JSON.
fn say<T: Serialize>(ctx: &Context, value: &T, said: String, next: &str) -> Result<Exit> {
    ctx.out.data(value, || match next {
        "" => said,
        next => format!("{said}\n-> {next}\n"),
    })?;
    Ok(Exit::Done)
}

/// `01a3c9f2 "Order list API"`
fn named(id: &str, name: &str) -> String {
    format!("{} {}", short(id), quoted(name))
}

/// `, attempt 1, lease until 09:50Z`, as far as the server says.
fn hold(sub_task: &SubTask) -> String {
    let mut text = String::new();
    if sub_task.attempt > 0 {
        text.push_str(&format!(", attempt {}", sub_task.attempt));
    }
    if let Some(lease) = sub_task.lease_until {
        text.push_str(&format!(", lease until {}", until(lease, sub_task.updated_at)));
    }
    text
}

/// Columns of a list of sub-tasks.
const SUB_TASK_HEAD: &[&str] = &["id", "status", "priority", "name", "agent", "task"];

fn sub_task_row(sub_task: &SubTask) -> Vec<String> {
    vec![
        short(&sub_task.id).to_owned(),
        sub_task.status.to_string(),
        sub_task.priority.to_string(),
        sub_task.name.clone(),
        sub_task.assigned_agent.as_deref().map_or("-", short).to_owned(),
        short(&sub_task.task_id).to_owned(),
    ]
}
