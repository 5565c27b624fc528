//! A whole plan: what `moss plan apply FILE` reads and `POST /api/plans` takes.

use serde::{Deserialize, Deserializer, Serialize};

use super::patrol::Thresholds;
use super::recurring::Recurring;
use crate::lease::LeaseLength;
use crate::text::{Name, Text, Token};
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;
use crate::work::{Priority, WorkType};

/// A task with everything in it. Applied twice, the second time changes nothing: items are told
/// apart by `key`, which defaults to the name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The task itself.
    pub task: PlanTask,
    /// Its modules, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<PlanModule>,
    /// Sub-tasks, in order; those inside `modules` come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_tasks: Vec<PlanSubTask>,
}

/// The task of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanTask {
    /// Tells this plan's task from others on the server; default: the name. The id of a task that is
    /// there, or eight digits of it, means that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Token>,
    /// One line.
    pub name: Name,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Default once.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkType>,
    /// When it comes again, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// Leave the task in planning, so that nothing is offered yet.
    #[serde(default)]
    pub draft: bool,
    /// From when on something is amiss with its sub-tasks; default: what the server has for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patrol: Option<Thresholds>,
}

/// A module of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanModule {
    /// Unique within the plan; default: the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Token>,
    /// One line.
    pub name: Name,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Its sub-tasks, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_tasks: Vec<PlanSubTask>,
}

/// A sub-task of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanSubTask {
    /// Unique within the plan; default: the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Token>,
    /// One line.
    pub name: Name,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// What to hand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text>,
    /// How it will be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Text>,
    /// Default medium. Common other words are understood, as urgent and normal.
    #[serde(default, deserialize_with = "meant_priority", skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Default once.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<WorkType>,
    /// How long its holder keeps it after its last call; default: what the server has for its
    /// priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseLength>,
    /// By when it is to be done: patrol is told when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// When it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// Key of a module of the plan, for a sub-task listed outside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Token>,
    /// An active executor: a name, an id or its beginning. Also read as `assign`, the flag of
    /// `moss plan add`, and as `assigned_agent`, the field of a single sub-task.
    #[serde(
        default,
        alias = "assign",
        alias = "assigned_agent",
        skip_serializing_if = "Option::is_none"
    )]
    pub assignee: Option<Token>,
    /// Keys of sub-tasks of this plan that must be done first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<Token>>,
}

fn meant_priority<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Priority>, D::Error> {
    let word = Option::<String>::deserialize(d)?;
    word.map(|word| Priority::meant(&word)).transpose().map_err(serde::de::Error::custom)
}

impl PlanTask {
    /// The key, given or taken from the name.
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or(self.name.as_str(), Token::as_str)
    }
}

impl PlanModule {
    /// The key, given or taken from the name.
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or(self.name.as_str(), Token::as_str)
    }
}

impl PlanSubTask {
    /// The key, given or taken from the name.
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or(self.name.as_str(), Token::as_str)
    }
}

wire_enum! {
    /// What applying a plan did to one item.
    pub enum PlanChange {
        /// It is new.
        Created = "created",
        /// It was there and its text changed.
        Updated = "updated",
        /// It was there and is as the plan says.
        Unchanged = "unchanged",
        /// It differs from the plan but is past changing: somebody works or worked on it.
        Locked = "locked",
    }
}

/// What became of one item of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanItem {
    /// The item's key.
    pub key: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What was done.
    pub change: PlanChange,
}

/// `POST /api/plans`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanOutcome {
    /// The task.
    pub task: PlanItem,
    /// Its modules, in the plan's order.
    pub modules: Vec<PlanItem>,
    /// Its sub-tasks, in the plan's order.
    pub sub_tasks: Vec<PlanItem>,
}
