//! The activity log as the person in charge is shown it.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{LogAction, Role};

/// An entry, with who wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminLog {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Who wrote it.
    pub agent_id: String,
    /// Their name.
    pub agent_name: Option<String>,
    /// What they are.
    pub agent_role: Option<OrUnknown<Role>>,
    /// About which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which kind.
    pub action: OrUnknown<LogAction>,
    /// The text.
    pub summary: String,
    /// In which session.
    pub session_id: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Who acted in the agent's place.
    pub acted_by: Option<String>,
}
