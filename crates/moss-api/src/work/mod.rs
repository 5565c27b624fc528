//! The work itself: who may do what to it, and how it moves. The state machine.

mod block;
mod log_action;
mod role;
mod score;
mod status;
mod task_transition;
mod transition;

pub use block::{BlockClass, BlockOwner, LateState};
pub use log_action::LogAction;
pub use role::{AgentStatus, Role};
pub use score::{MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, reward};
pub use status::{FailClass, Priority, SubTaskStatus, TaskStatus, Verdict, WorkType};
pub use task_transition::{TaskTransitionError, check_task_transition, offers_work};
pub use transition::{Action, TransitionError, allowed_actions, next_status, source_statuses};
