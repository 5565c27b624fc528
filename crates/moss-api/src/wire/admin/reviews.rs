//! Reviews as the person in charge is shown them.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::Verdict;

/// A review, with what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminReview {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Of which task.
    pub task_id: Option<String>,
    /// That one's name.
    pub task_name: Option<String>,
    /// Of which module.
    pub module_id: Option<String>,
    /// That one's name.
    pub module_name: Option<String>,
    /// What was judged.
    pub sub_task_id: String,
    /// That one's name.
    pub sub_task_name: Option<String>,
    /// Who judged.
    pub reviewer_agent: String,
    /// Their name.
    pub reviewer_agent_name: Option<String>,
    /// From 1.
    pub round: i64,
    /// The judgement.
    pub result: OrUnknown<Verdict>,
    /// 1 to 5.
    pub score: i64,
    /// What is wrong.
    pub issues: String,
    /// Free text.
    pub comment: String,
    /// Who is to rework it.
    pub rework_agent: Option<String>,
    /// Their name.
    pub rework_agent_name: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A review by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminReviewInFull {
    /// As in a list.
    #[serde(flatten)]
    pub row: AdminReview,
    /// What the sub-task is.
    pub sub_task_description: Option<String>,
    /// What was to be handed in.
    pub sub_task_deliverable: Option<String>,
    /// When it is good.
    pub sub_task_acceptance: Option<String>,
}
