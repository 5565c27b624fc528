//! Giving out many sub-tasks in one UPDATE: those that the claims of one batch have taken.

use moss_api::SubTaskStatus;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany, Value};

use crate::store::Tx;
use crate::store::dialect::not_by_index;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::insert::chunks;
use crate::store::sub_tasks::claimable;

/// A sub-task that was taken from the best, and what it is then.
#[derive(Clone, Debug)]
pub struct Taken {
    /// How it stood when it was read.
    pub was: SubTaskStatus,
    /// What is to be written: its next attempt, and whose it is.
    pub row: Model,
}

/// Writes what was taken. All of them are as they were read, or nothing is written: nobody else
/// writes in between (SQLite), or they are locked.
///
/// # Errors
/// [`DbErr::RecordNotUpdated`] when one of them is not.
pub(in crate::store) async fn hand_out(tx: &Tx, taken: Vec<Taken>) -> Result<(), DbErr> {
    for some in chunks(taken) {
        let rows = some.len() as u64;
        if tx.execute(update(&some)).await? != rows {
            return Err(DbErr::RecordNotUpdated);
        }
    }
    Ok(())
}

fn update(taken: &[Taken]) -> UpdateMany<Entity> {
    let ids = taken.iter().map(|one| one.row.id.as_str());
    let was = taken.iter().map(|one| one.was.as_str());
    Entity::update_many()
        .col_expr(Column::Status, each(taken, |row| row.status.into()))
        .col_expr(Column::UpdatedAt, each(taken, |row| row.updated_at.into()))
        .col_expr(Column::AssignedAgent, each(taken, |row| row.assigned_agent.clone().into()))
        .col_expr(
            Column::CurrentSessionId,
            each(taken, |row| row.current_session_id.clone().into()),
        )
        .col_expr(Column::LeaseUntil, each(taken, |row| row.lease_until.into()))
        .col_expr(Column::LeaseLimit, each(taken, |row| row.lease_limit.into()))
        .col_expr(Column::LeaseLength, each(taken, |row| row.lease_length.into()))
        .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1))
        .filter(Column::Id.is_in(ids))
        .filter(not_by_index(Column::Status).is_in(was))
        .filter(Expr::col(Column::Attempt).eq(each(taken, |row| (row.attempt - 1).into())))
        .filter(claimable())
}

/// What each row gets in a column.
fn each(taken: &[Taken], value: fn(&Model) -> Value) -> Expr {
    let mut values = taken.iter().map(|one| value(&one.row));
    let first = values.next().unwrap_or(Value::Int(None));
    if values.all(|value| value == first) {
        return Expr::val(first);
    }
    let of_each = taken.iter().fold(CaseStatement::new(), |case, one| {
        case.case(Column::Id.eq(one.row.id.as_str()), value(&one.row))
    });
    of_each.into()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;
    use crate::store::sub_tasks::sample::{any_sub_task, maybe_agent, scratch};
    use crate::store::sub_tasks::{self, Change, GuardedUpdate, NewLease};
    use crate::store::{At, Word};

    /// Whoever the rows are given to, and however many there are: the database makes of them what is
    /// said of them. One that is not as it was read stops all.
    #[test]
    fn what_is_written_is_what_was_said() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let (_folder, _store, tx) = runtime.block_on(scratch());
        let rows = vec((any_sub_task(), maybe_agent(), maybe_agent()), 1..70);
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(60) })
            .run(&(rows, any::<bool>()), |(rows, is_changed)| {
                let (mut before, mut taken) = (Vec::new(), Vec::new());
                for (row, agent, session) in rows {
                    let row = Model {
                        status: Word(SubTaskStatus::Pending),
                        task_open: true,
                        open_dependencies: 0,
                        ..row
                    };
                    let changes = [
                        Change::Agent(agent),
                        Change::Session(session),
                        Change::NewAttempt,
                        Change::Lease(NewLease {
                            from: tx.now,
                            lengths: tx.timings.leases,
                            limit: tx.now + tx.timings.max_attempt_age,
                        }),
                    ];
                    let moves = [(SubTaskStatus::Pending, SubTaskStatus::Assigned)];
                    let (id, guards) = (row.id.as_str(), Vec::new());
                    let update = GuardedUpdate { id, moves: &moves, guards, changes: &changes };
                    let given = update.applied_to(row.clone(), &tx);
                    taken.push(Taken { was: SubTaskStatus::Pending, row: given });
                    before.push(row);
                }
                if is_changed {
                    before[0].updated_at = At(tx.now);
                    before[0].attempt += 1;
                }
                let (done, found) = runtime.block_on(async {
                    sub_tasks::insert(&tx, before).await.unwrap();
                    let done = hand_out(&tx, taken.clone()).await;
                    let ids: Vec<String> = taken.iter().map(|one| one.row.id.clone()).collect();
                    (done, sub_tasks::find_many(tx.db(), &ids).await.unwrap())
                });
                prop_assert_eq!(done.is_err(), is_changed);
                if !is_changed {
                    for one in taken {
                        prop_assert!(found.contains(&one.row), "{:?}", one.row);
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}
