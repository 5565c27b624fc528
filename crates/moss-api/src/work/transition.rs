//! The one definition of how a sub-task moves. The server's guarded updates, the CLI's hints,
//! `docs/states.md` and the tables in the skills are all derived from [`next_status`].

use std::fmt;

use super::{Role, SubTaskStatus};
use crate::vocabulary::wire_enum;

wire_enum! {
    /// Something done to a sub-task.
    pub enum Action {
        /// Take a pending one.
        Claim = "claim",
        /// Begin, or begin again after a rejection.
        Start = "start",
        /// Prolong the lease.
        Heartbeat = "heartbeat",
        /// Name the session that works on it.
        Session = "session",
        /// Hand in for review.
        Submit = "submit",
        /// Give back, so that anyone may claim it.
        Release = "release",
        /// Report that it cannot be done as things are.
        Fail = "fail",
        /// Judge it good.
        Approve = "approve",
        /// Judge it not good enough.
        Reject = "reject",
        /// Stop it, with a reason.
        Block = "block",
        /// The lease ran out; done by the server's sweep, in the patrol's name.
        Timeout = "timeout",
        /// Its holder left its packets unanswered; done by the server, in the patrol's name.
        LetGo = "let_go",
        /// Give it to another executor; done by the server, in the patrol's name.
        PassOn = "pass_on",
        /// Take a late submission for it.
        Adopt = "adopt",
        /// Say that it was looked at and is left as it is.
        Leave = "leave",
        /// Change its text or priority.
        Edit = "edit",
        /// Give it to a named executor.
        Reassign = "reassign",
        /// Give it up.
        Cancel = "cancel",
    }
}

/// Why [`next_status`] said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitionError {
    /// This role never may; these may.
    WrongRole {
        /// What was tried.
        action: Action,
        /// Roles the action is open to.
        allowed: &'static [Role],
    },
    /// The role may, but not from this status.
    Illegal {
        /// What was tried.
        action: Action,
        /// Where the sub-task stands.
        from: SubTaskStatus,
    },
}

impl fmt::Display for TransitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongRole { action, allowed } => {
                let roles: Vec<_> = allowed.iter().map(|r| r.as_str()).collect();
                write!(f, "{action} is for the {}", roles.join(" and the "))
            }
            Self::Illegal { action, from } => write!(f, "cannot {action} a sub-task in {from}"),
        }
    }
}

/// Roles an action is open to, from any status.
const fn roles(action: Action) -> &'static [Role] {
    match action {
        Action::Claim
        | Action::Start
        | Action::Heartbeat
        | Action::Session
        | Action::Submit
        | Action::Fail => &[Role::Executor],
        Action::Release => &[Role::Executor, Role::Planner, Role::Patrol],
        Action::Approve | Action::Reject => &[Role::Reviewer],
        Action::Block | Action::Timeout | Action::LetGo | Action::PassOn => &[Role::Patrol],
        Action::Adopt => &[Role::Planner, Role::Reviewer],
        Action::Leave | Action::Edit | Action::Reassign | Action::Cancel => &[Role::Planner],
    }
}

/// Where `action` by `role` takes a sub-task that stands at `status`.
///
/// Says nothing about who holds it: ownership (invariant 3) is the server's guard on top.
///
/// # Errors
/// [`TransitionError::WrongRole`] before [`TransitionError::Illegal`], as the contract orders its
/// checks.
pub const fn next_status(
    status: SubTaskStatus,
    action: Action,
    role: Role,
) -> Result<SubTaskStatus, TransitionError> {
    use SubTaskStatus as S;
    let allowed = roles(action);
    if !contains(allowed, role) {
        return Err(TransitionError::WrongRole { action, allowed });
    }
    let to = match (action, status) {
        (Action::Claim, S::Pending) => Some(S::Assigned),
        (Action::Start, S::Assigned | S::Rework) => Some(S::InProgress),
        (Action::Heartbeat, S::Assigned) => Some(S::Assigned),
        (Action::Heartbeat | Action::Session, S::InProgress) => Some(S::InProgress),
        (Action::Submit, S::InProgress) => Some(S::Review),
        (Action::Release, S::Assigned | S::InProgress | S::Rework | S::Blocked) => {
            // An executor gives back what it holds; a blocked one is let go by those who mend.
            if matches!(status, S::Blocked) == matches!(role, Role::Executor) {
                None
            } else {
                Some(S::Pending)
            }
        }
        (Action::Fail | Action::Block, S::Assigned | S::InProgress | S::Rework) => Some(S::Blocked),
        (Action::Approve, S::Review) => Some(S::Done),
        (Action::Reject, S::Review) => Some(S::Rework),
        (Action::Timeout, S::Assigned | S::InProgress) => Some(S::Pending),
        (Action::LetGo, S::Assigned | S::InProgress | S::Rework) => Some(S::Pending),
        (Action::PassOn, S::Assigned | S::InProgress | S::Rework | S::Blocked) => Some(S::Assigned),
        (Action::Adopt, S::Pending | S::Assigned | S::InProgress | S::Rework | S::Blocked) => {
            Some(S::Review)
        }
        (Action::Leave, S::Blocked) => Some(S::Blocked),
        (Action::Edit, S::Pending) => Some(S::Pending),
        (Action::Edit, S::Assigned) => Some(S::Assigned),
        (Action::Edit, S::Blocked) => Some(S::Blocked),
        (Action::Reassign, S::Pending | S::Assigned | S::Blocked) => Some(S::Assigned),
        (
            Action::Cancel,
            S::Pending | S::Assigned | S::InProgress | S::Review | S::Rework | S::Blocked,
        ) => Some(S::Cancelled),

        (Action::Claim, S::Assigned | S::InProgress | S::Review | S::Rework | S::Blocked)
        | (Action::Start, S::Pending | S::InProgress | S::Review | S::Blocked)
        | (Action::Heartbeat, S::Pending | S::Review | S::Rework | S::Blocked)
        | (Action::Session, S::Pending | S::Assigned | S::Review | S::Rework | S::Blocked)
        | (Action::Submit, S::Pending | S::Assigned | S::Review | S::Rework | S::Blocked)
        | (Action::Release, S::Pending | S::Review)
        | (Action::Fail | Action::Block, S::Pending | S::Review | S::Blocked)
        | (
            Action::Approve | Action::Reject,
            S::Pending | S::Assigned | S::InProgress | S::Rework | S::Blocked,
        )
        | (Action::Timeout, S::Pending | S::Review | S::Rework | S::Blocked)
        | (Action::LetGo, S::Pending | S::Review | S::Blocked)
        | (Action::PassOn, S::Pending | S::Review)
        | (Action::Leave, S::Pending | S::Assigned | S::InProgress | S::Review | S::Rework)
        | (Action::Adopt, S::Review)
        | (Action::Edit, S::InProgress | S::Review | S::Rework)
        | (Action::Reassign, S::InProgress | S::Review | S::Rework)
        | (
            Action::Claim
            | Action::Start
            | Action::Heartbeat
            | Action::Session
            | Action::Submit
            | Action::Release
            | Action::Fail
            | Action::Approve
            | Action::Reject
            | Action::Block
            | Action::Timeout
            | Action::LetGo
            | Action::PassOn
            | Action::Adopt
            | Action::Leave
            | Action::Edit
            | Action::Reassign
            | Action::Cancel,
            S::Done | S::Cancelled,
        ) => None,
    };
    match to {
        Some(to) => Ok(to),
        None => Err(TransitionError::Illegal { action, from: status }),
    }
}

const fn contains(roles: &[Role], role: Role) -> bool {
    let mut i = 0;
    while i < roles.len() {
        if roles[i] as u8 == role as u8 {
            return true;
        }
        i += 1;
    }
    false
}

/// The statuses `action` by `role` may start from.
///
/// # Errors
/// [`TransitionError::WrongRole`] when the role never may.
pub fn source_statuses(action: Action, role: Role) -> Result<Vec<SubTaskStatus>, TransitionError> {
    let mut sources = Vec::new();
    for &status in SubTaskStatus::ALL {
        match next_status(status, action, role) {
            Ok(_) => sources.push(status),
            Err(error @ TransitionError::WrongRole { .. }) => return Err(error),
            Err(TransitionError::Illegal { .. }) => {}
        }
    }
    Ok(sources)
}

/// What `role` may do to a sub-task at `status`, with where it leads.
pub fn allowed_actions(status: SubTaskStatus, role: Role) -> Vec<(Action, SubTaskStatus)> {
    Action::ALL
        .iter()
        .filter_map(|&action| next_status(status, action, role).ok().map(|to| (action, to)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_absorb() {
        for &status in SubTaskStatus::ALL.iter().filter(|s| s.is_final()) {
            for &role in Role::ALL {
                assert!(allowed_actions(status, role).is_empty(), "{role} can leave {status}");
            }
        }
    }

    #[test]
    fn every_open_state_has_a_way_on_and_a_way_out() {
        for &status in SubTaskStatus::ALL.iter().filter(|s| !s.is_final()) {
            let moves: Vec<_> =
                Role::ALL.iter().flat_map(|&r| allowed_actions(status, r)).collect();
            assert!(moves.iter().any(|(_, to)| *to == SubTaskStatus::Cancelled), "{status}");
            assert!(
                moves
                    .iter()
                    .any(|(_, to)| *to != status && !to.is_final() || *to == SubTaskStatus::Done),
                "{status} is a dead end"
            );
        }
    }

    #[test]
    fn the_role_is_judged_before_the_status() {
        let refusal = next_status(SubTaskStatus::Done, Action::Claim, Role::Planner).unwrap_err();
        assert_eq!(refusal.to_string(), "claim is for the executor");
        let refusal = next_status(SubTaskStatus::Done, Action::Claim, Role::Executor).unwrap_err();
        assert_eq!(refusal.to_string(), "cannot claim a sub-task in done");
    }

    #[test]
    fn executors_do_not_unblock_themselves() {
        assert!(next_status(SubTaskStatus::Blocked, Action::Release, Role::Executor).is_err());
        assert!(next_status(SubTaskStatus::InProgress, Action::Release, Role::Planner).is_err());
        assert_eq!(
            next_status(SubTaskStatus::Blocked, Action::Release, Role::Planner),
            Ok(SubTaskStatus::Pending)
        );
    }
}
