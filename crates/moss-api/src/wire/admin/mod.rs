//! What the person in charge is shown of everything: the original's shapes, and what we know besides.

mod agents;
mod logs;
mod reviews;
mod sub_tasks;
mod tasks;

pub use agents::{AdminAgent, AdminAgentInFull};
pub use logs::AdminLog;
pub use reviews::{AdminReview, AdminReviewInFull};
pub use sub_tasks::{AdminSubTask, AdminSubTaskInFull};
pub use tasks::{AdminModule, AdminModuleInFull, AdminTask, StatusCounts};
