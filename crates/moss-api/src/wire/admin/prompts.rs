//! Prompts and the versions of texts.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;
use crate::work::Role;

wire_enum! {
    /// Whose prompt it is.
    pub enum PromptKind {
        /// What every agent of a role begins with.
        Template = "template",
        /// One agent's own.
        Agent = "agent",
    }
}

wire_enum! {
    /// What has versions.
    pub enum VersionedKind {
        /// A prompt.
        Prompt = "prompt",
        /// A rule.
        Rule = "rule",
    }
}

wire_enum! {
    /// Whether a prompt can be used as it is.
    pub enum PromptState {
        /// It can.
        Ok = "ok",
        /// Its text says nothing yet.
        Unconfigured = "unconfigured",
        /// Its slug does not begin with its role.
        RenameSuggested = "rename_suggested",
    }
}

/// A role's template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptTemplate {
    /// Whose.
    pub role: OrUnknown<Role>,
    /// What it is called as a file.
    pub filename: String,
    /// Markdown.
    pub content: String,
    /// The number of this version.
    pub version: i64,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// An agent's prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPrompt {
    /// What it is called in addresses.
    pub slug: String,
    /// What it is called as a file.
    pub filename: String,
    /// What the agent is called.
    pub name: String,
    /// What the agent is for.
    pub role: OrUnknown<Role>,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Always false: examples are templates here.
    pub example: bool,
    /// Always true: as a file, it says what it is before its text.
    pub has_frontmatter: bool,
    /// Whether it can be used as it is.
    pub status: OrUnknown<PromptState>,
    /// The number of this version.
    pub version: i64,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// An agent's prompt with its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPromptInFull {
    /// As in a list.
    #[serde(flatten)]
    pub prompt: AgentPrompt,
    /// Markdown.
    pub content: String,
}

/// Where an agent's prompt is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptPlace {
    /// What it is called in addresses.
    pub slug: String,
    /// What it is called as a file.
    pub filename: String,
}

/// Where a role's template is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplatePlace {
    /// Whose.
    pub role: OrUnknown<Role>,
    /// What it is called as a file.
    pub filename: String,
}

/// What an agent is to be told first of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComposedPrompt {
    /// Whose.
    pub slug: String,
    /// Its own prompt, and how it gets in.
    pub prompt: String,
}

/// How an agent of a role gets in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OnboardingText {
    /// As it was asked for.
    pub role: String,
    /// What such an agent is to do, once.
    pub content: String,
}

/// A version of a text, without the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionInShort {
    /// 1 is the first.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub author: String,
    /// It was deleted then.
    pub is_deletion: bool,
    /// Lines that came, against the version before.
    pub lines_added: i64,
    /// Lines that went.
    pub lines_removed: i64,
}

/// A version of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionInFull {
    /// As in a list.
    #[serde(flatten)]
    pub version: VersionInShort,
    /// The text as it was then; none when it was deleted.
    pub content: Option<String>,
    /// What changed against the version it is compared with, as a unified diff.
    pub diff: String,
    /// The number of that one; 0 for nothing.
    pub against: i64,
}
