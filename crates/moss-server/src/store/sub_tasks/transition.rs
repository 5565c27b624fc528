//! The one way a sub-task's status changes: an UPDATE whose guards are part of its WHERE.

use moss_api::SubTaskStatus;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};

use crate::store::dialect::not_by_index;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::{Change, Guard};
use crate::store::{At, Tx, Word};

/// From where to where.
pub type Move = (SubTaskStatus, SubTaskStatus);

/// A change of one sub-task that happens only if all of its guards hold.
#[derive(Clone, Debug)]
pub struct GuardedUpdate<'a> {
    /// The sub-task.
    pub id: &'a str,
    /// The statuses it may start from, each with where it leads (invariant 6).
    pub moves: &'a [Move],
    /// What else must hold.
    pub guards: Vec<Guard>,
    /// What it writes besides the status.
    pub changes: &'a [Change],
}

impl GuardedUpdate<'_> {
    /// Does it. Whether every guard held is the answer.
    pub async fn run(&self, tx: &Tx) -> Result<bool, DbErr> {
        Ok(tx.execute(self.statement(tx)).await? > 0)
    }

    /// What has become of the row it was done to.
    #[must_use]
    pub fn applied_to(&self, mut row: Model, tx: &Tx) -> Model {
        if self.is_news() {
            row.updated_at = At(tx.now);
        }
        if let Some(&(_, to)) = self.moves.iter().find(|(from, _)| *from == row.status.0) {
            row.status = Word(to);
        }
        for change in self.changes {
            change.apply(&mut row);
        }
        row
    }

    fn statement(&self, tx: &Tx) -> UpdateMany<Entity> {
        let mut update = Entity::update_many();
        match target(self.moves) {
            Some(to) => update = update.col_expr(Column::Status, to),
            // An UPDATE writes something, be it what is there.
            None if self.changes.is_empty() => {
                update = update.col_expr(Column::Status, Expr::col(Column::Status));
            }
            None => {}
        }
        if self.is_news() {
            update = update.col_expr(Column::UpdatedAt, Expr::val(At(tx.now)));
        }
        for change in self.changes {
            update = change.set(update);
        }
        update = update.filter(Column::Id.eq(self.id)).filter(
            not_by_index(Column::Status).is_in(self.moves.iter().map(|(from, _)| from.as_str())),
        );
        for guard in &self.guards {
            update = update.filter(guard.0.clone());
        }
        update
    }

    /// Whether status or text may change, which `updated_at` is about.
    fn is_news(&self) -> bool {
        !all_stay(self.moves) || self.changes.iter().any(Change::is_text)
    }
}

fn all_stay(moves: &[Move]) -> bool {
    moves.iter().all(|(from, to)| from == to)
}

/// The new status: none when it stays, a word when all moves lead to the same.
fn target(moves: &[Move]) -> Option<Expr> {
    let word = |status: SubTaskStatus| Expr::val(Word(status));
    let &(_, first) = moves.first()?;
    if all_stay(moves) {
        return None;
    }
    if moves.iter().all(|(_, to)| *to == first) {
        return Some(word(first));
    }
    let case = moves.iter().fold(CaseStatement::new(), |case, &(from, to)| {
        case.case(Column::Status.eq(from.as_str()), word(to))
    });
    Some(case.finally(Expr::col(Column::Status)).into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use moss_api::{BlockClass, BlockOwner, Priority, WorkType};
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, TestRunner};
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::config::timings::LeaseLengths;
    use crate::store::sub_tasks::sample::{any_sub_task, around_now, maybe_agent, scratch};
    use crate::store::sub_tasks::{self, Block, NewLease, SubTaskPatch};

    fn any_change() -> impl Strategy<Value = Change> {
        let text = || proptest::option::of("[a-z]{1,3}");
        let patch = (
            (text(), text(), text(), text()),
            proptest::option::of(select(Priority::ALL)),
            proptest::option::of(select(WorkType::ALL)),
            proptest::option::of((1_u64..3).prop_map(Duration::from_secs)),
            proptest::option::of(around_now()),
        );
        let patch = patch.prop_map(
            |((name, description, deliverable, acceptance), priority, kind, lease, deadline)| {
                SubTaskPatch {
                    name,
                    description,
                    deliverable,
                    acceptance,
                    priority,
                    kind,
                    lease,
                    deadline,
                }
            },
        );
        let length = || (0_u64..3).prop_map(Duration::from_micros);
        let lengths = (length(), length(), length()).prop_map(|(high, medium, low)| LeaseLengths {
            high,
            medium,
            low,
        });
        let lease = || {
            (around_now(), lengths.clone(), around_now())
                .prop_map(|(from, lengths, limit)| NewLease { from, lengths, limit })
        };
        let block = (
            ("[a-z]", select(BlockClass::ALL), select(BlockOwner::ALL)),
            around_now(),
            proptest::option::of(around_now()),
        );
        let block = block.prop_map(|((reason, class, owner), due, retry_at)| Block {
            reason,
            class,
            owner,
            due,
            retry_at,
        });
        prop_oneof![
            maybe_agent().prop_map(Change::Agent),
            text().prop_map(Change::Session),
            Just(Change::NewAttempt),
            lease().prop_map(Change::Lease),
            lease().prop_map(Change::LeaseGoesOn),
            around_now().prop_map(Change::LeaseProlonged),
            Just(Change::NoLease),
            block.prop_map(Change::Blocked),
            (0_i16..4, 0_i64..4).prop_map(|(step, count)| Change::Step(step, count)),
            Just(Change::Unblocked),
            Just(Change::Rework),
            around_now().prop_map(Change::Completed),
            patch.prop_map(Change::Text),
            text().prop_map(Change::Module),
            (0_i64..3).prop_map(Change::OpenDependencies),
        ]
    }

    /// What an UPDATE writes is what is said of the row it was done to: by any moves, with any
    /// change. It happens exactly when a move begins where the row stands.
    #[test]
    fn a_row_in_memory_becomes_what_the_database_makes_of_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let (_folder, _store, tx) = runtime.block_on(scratch());
        let status = || select(SubTaskStatus::ALL);
        let moves = hash_map(status(), status(), 1..4)
            .prop_map(|moves| moves.into_iter().collect::<Vec<Move>>());
        // One change twice, or two of the same columns, is nothing a transition says.
        let case = (any_sub_task(), moves, vec(any_change(), 0..2));
        TestRunner::new(Config { failure_persistence: None, ..Config::default() })
            .run(&case, |(row, moves, changes)| {
                let update = GuardedUpdate {
                    id: &row.id,
                    moves: &moves,
                    guards: Vec::new(),
                    changes: &changes,
                };
                let legal = moves.iter().any(|(from, _)| *from == row.status.0);
                let (happened, now) = runtime.block_on(async {
                    sub_tasks::insert(&tx, vec![row.clone()]).await.unwrap();
                    let happened = update.run(&tx).await.unwrap();
                    (happened, sub_tasks::find(tx.db(), &row.id).await.unwrap().unwrap())
                });
                prop_assert_eq!(happened, legal);
                prop_assert_eq!(now, if legal { update.applied_to(row.clone(), &tx) } else { row });
                Ok(())
            })
            .unwrap();
    }

    /// MySQL assigns from left to right, and sees what it has assigned; the others see what was there.
    #[test]
    fn no_assignment_reads_a_column_that_was_assigned_before_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (_folder, _store, tx) = runtime.block_on(scratch());
        let moves = hash_map(select(SubTaskStatus::ALL), select(SubTaskStatus::ALL), 1..4)
            .prop_map(|moves| moves.into_iter().collect::<Vec<Move>>());
        TestRunner::new(Config { failure_persistence: None, ..Config::default() })
            .run(&(moves, vec(any_change(), 0..3)), |(moves, changes)| {
                let (id, guards) = ("", Vec::new());
                let update = GuardedUpdate { id, moves: &moves, guards, changes: &changes };
                let sql = update.statement(&tx).build(DbBackend::MySql).sql;
                let (assignments, _) =
                    sql.split_once(" SET ").unwrap().1.split_once(" WHERE ").unwrap();
                let parts = assignments.trim_start_matches('`').split(", `");
                let parts: Vec<_> = parts.map(|part| part.split_once("` = ").unwrap()).collect();
                let columns: HashSet<_> = parts.iter().map(|(column, _)| column).collect();
                // Two changes of one column are nothing a transition says, nor a lease of what is
                // edited with it.
                let is_lease =
                    |it: &Change| matches!(it, Change::Lease(_) | Change::LeaseGoesOn(_));
                prop_assume!(
                    !(changes.iter().any(Change::is_text) && changes.iter().any(is_lease))
                );
                prop_assume!(columns.len() == parts.len());
                for (at, (_, value)) in parts.iter().enumerate() {
                    for (before, _) in &parts[..at] {
                        prop_assert!(!value.contains(&format!("`{before}`")), "{assignments}");
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}
