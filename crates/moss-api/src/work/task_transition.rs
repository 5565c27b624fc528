//! How a task moves.

use std::fmt;

use super::TaskStatus;

/// A task cannot go from here to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTransitionError {
    /// Where it stands.
    pub from: TaskStatus,
    /// Where it was to go.
    pub to: TaskStatus,
}

impl fmt::Display for TaskTransitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a task in {} cannot become {}", self.from, self.to)
    }
}

impl std::error::Error for TaskTransitionError {}

/// Whether the planner may move a task from one status to another. Staying is no move and always
/// fine. Closing also needs every sub-task to be final, which the server guards.
///
/// # Errors
/// [`TaskTransitionError`] when there is no such move.
pub const fn check_task_transition(
    from: TaskStatus,
    to: TaskStatus,
) -> Result<(), TaskTransitionError> {
    use TaskStatus as T;
    let legal = match from {
        T::Planning => matches!(to, T::Planning | T::Active | T::InProgress | T::Cancelled),
        T::Active => matches!(to, T::Active | T::InProgress | T::Completed | T::Cancelled),
        T::InProgress => matches!(to, T::InProgress | T::Completed | T::Cancelled),
        T::Completed => matches!(to, T::Completed | T::Archived),
        T::Archived => matches!(to, T::Archived),
        T::Cancelled => matches!(to, T::Cancelled),
    };
    if legal { Ok(()) } else { Err(TaskTransitionError { from, to }) }
}

/// Whether a task's sub-tasks may be claimed and started.
pub const fn offers_work(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Active | TaskStatus::InProgress => true,
        TaskStatus::Planning
        | TaskStatus::Completed
        | TaskStatus::Archived
        | TaskStatus::Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_tasks_do_not_reopen() {
        for &from in TaskStatus::ALL {
            for &to in TaskStatus::ALL {
                let closed = matches!(
                    from,
                    TaskStatus::Completed | TaskStatus::Archived | TaskStatus::Cancelled
                );
                if closed && offers_work(to) {
                    assert!(check_task_transition(from, to).is_err(), "{from} -> {to}");
                }
            }
        }
    }
}
