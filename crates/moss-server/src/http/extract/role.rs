//! Which agents a route is for. The role is judged with the caller, so before the body's fields, as
//! the contract orders its checks.

use moss_api::{Action, Role, source_statuses};

use crate::domain::{Actor, Refusal};

/// A condition on the role of the agent that calls.
pub(in crate::http) trait ForRole: Send + Sync {
    /// Judges a role.
    ///
    /// # Errors
    /// [`moss_api::ErrorCode::WrongRole`] when it may not.
    fn check(actor: &Actor) -> Result<(), Refusal>;

    /// The roles that may, when not all may.
    fn roles() -> Vec<Role> {
        let may = |role: &Role| {
            let actor =
                Actor { id: String::new(), name: String::new(), role: *role, by_admin: false };
            Self::check(&actor).is_ok()
        };
        Role::ALL.iter().copied().filter(may).collect()
    }
}

/// Any agent.
pub(in crate::http) enum Any {}

impl ForRole for Any {
    fn check(_: &Actor) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Defines conditions that name the roles.
macro_rules! only {
    ($($(#[$meta:meta])* $name:ident [$($role:ident),+];)+) => {$(
        $(#[$meta])*
        pub(in crate::http) enum $name {}

        impl ForRole for $name {
            fn check(actor: &Actor) -> Result<(), Refusal> {
                actor.must_be(&[$(Role::$role),+])
            }
        }
    )+};
}

only! {
    /// The planner.
    Planner [Planner];
    /// The patrol.
    Patrol [Patrol];
    /// The reviewer.
    Reviewer [Reviewer];
    /// The reviewer and the planner.
    ReviewerOrPlanner [Reviewer, Planner];
}

/// The roles the state machine lets do an action.
pub(in crate::http) mod may {
    use super::{Action, Actor, ForRole, Refusal, source_statuses};

    macro_rules! actions {
        ($($action:ident),+ $(,)?) => {$(
            /// Whoever may do the action of this name.
            pub(in crate::http) enum $action {}

            impl ForRole for $action {
                fn check(actor: &Actor) -> Result<(), Refusal> {
                    source_statuses(Action::$action, actor.role)
                        .map(drop)
                        .map_err(|no| Refusal::wrong_role(no.to_string(), actor.role))
                }
            }
        )+};
    }

    actions![
        Adopt, Approve, Block, Cancel, Claim, Edit, Fail, Heartbeat, Leave, Reassign, Reject,
        Release, Session, Start, Submit,
    ];
}
