//! The id in a path.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, Path as AxumPath};
use axum::http::request::Parts;
use moss_api::ErrorCode;

use crate::domain::Refusal;
use crate::http::openapi::{Input, OperationDoc};
use crate::http::response::error::Error;

/// The one variable part of a path, as it was typed: whether it means anything is found out later.
pub(in crate::http) struct Path<R>(pub String, pub PhantomData<R>);

/// What the variable part of a path stands for.
pub(in crate::http) trait Reference: Send {
    /// In words.
    const WHAT: &str;
}

/// Defines what paths may refer to.
macro_rules! references {
    ($($(#[$meta:meta])* $name:ident $what:literal;)+) => {$(
        $(#[$meta])*
        pub(in crate::http) enum $name {}

        impl Reference for $name {
            const WHAT: &str = $what;
        }
    )+};
}

references! {
    /// A task.
    TaskRef "The task: its id, or the beginning of it, 4 characters or more.";
    /// A sub-task.
    SubTaskRef "The sub-task: its id, or the beginning of it, 4 characters or more.";
    /// A module.
    ModuleRef "The module: its id, or the beginning of it, 4 characters or more.";
    /// An agent.
    AgentRef "The agent: its name, its id, or the beginning of the id, 4 characters or more.";
    /// An agent, for a write.
    AgentIdRef "The agent: its id, or the beginning of it, 4 characters or more.";
    /// A review.
    ReviewRef "The review: its id, or the beginning of it, 4 characters or more.";
    /// A rule.
    RuleRef "The rule: its id, or the beginning of it, 4 characters or more.";
    /// An invite.
    InviteRef "The invite: its id, or the beginning of it, 4 characters or more.";
    /// An anomaly.
    AnomalyRef "The anomaly: its id, or the beginning of it, 4 characters or more.";
    /// A delivery.
    DeliveryRef "The delivery: its id, or the beginning of it, 4 characters or more.";
    /// A late submission.
    LateSubmissionRef "The late submission: its id, or the beginning of it, 4 characters or more.";
    /// A leftover.
    LeftoverRef "The leftover: its id, or the beginning of it, 4 characters or more.";
    /// A question.
    QuestionRef "The question: its id, or the beginning of it, 4 characters or more.";
    /// What comes again.
    RecurringRef "The sub-task or task: its id, or the beginning of it, 4 characters or more.";
    /// An agent's prompt.
    PromptRef "What the prompt is called in addresses; of a template, its role.";
    /// A role.
    RoleRef "The role, in a word.";
    /// A skill in an archive.
    SkillBundleRef "`ROLE.tar.gz`.";
    /// A file of a release.
    ReleaseFileRef "The file's name; `manifest.json` names the others.";
}

impl<S: Send + Sync, R: Reference> FromRequestParts<S> for Path<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match AxumPath::<String>::from_request_parts(parts, state).await {
            Ok(AxumPath(id)) => Ok(Self(id, PhantomData)),
            Err(_) => {
                Err(Refusal::new(ErrorCode::NotFound, "the id in the path is no text").into())
            }
        }
    }
}

impl<R: Reference> Input for Path<R> {
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.path_parameter(R::WHAT);
    }
}
