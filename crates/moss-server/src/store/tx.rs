//! One write transaction, as commands see it.
//!
//! Whether a command has changed anything decides what its failure costs (see the writer). So
//! every statement that changes rows goes through [`Tx::execute`] or [`Tx::insert`], which note it;
//! [`Tx::db`] is for reading.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryTrait,
};

use crate::clock::Clock;
use crate::config::timings::Timings;
use crate::store::entity::{attempt, event, idempotency, sub_task};
use crate::store::insert::{all_set, insert_many, insert_unless_taken};
use crate::store::sub_tasks::{self, Taken};
use crate::store::{Database, Transaction, offers, time};

/// Rows that nothing in the same transaction reads back are collected and inserted together:
/// a statement costs more than a row.
#[derive(Default)]
struct Pending {
    /// What was taken from the best, to be written in one UPDATE.
    taken: Vec<Taken>,
    attempts: Vec<attempt::ActiveModel>,
    events: Vec<event::ActiveModel>,
    answers: Vec<idempotency::ActiveModel>,
    /// Agents that have done something.
    acted: BTreeSet<String>,
}

/// A write transaction, shared by the commands of one batch.
pub struct Tx {
    db: Transaction,
    /// The time of this transaction.
    pub now: Timestamp,
    /// Leases and limits.
    pub timings: Timings,
    /// By how much time comes ahead with it, if it does.
    pub(crate) came_ahead: Option<Duration>,
    /// About how many commands share it.
    pub(super) commands: usize,
    pending: Mutex<Pending>,
    dirty: AtomicBool,
    read_ahead: Mutex<VecDeque<sub_task::Model>>,
}

impl Tx {
    /// Begins a transaction for about this many commands, at the time of a clock; see
    /// [`time::settle`].
    pub(crate) async fn begin(
        db: &Database,
        clock: &Clock,
        timings: Timings,
        commands: usize,
    ) -> Result<Self, DbErr> {
        let mut tx = Self::begin_at(db, clock.now(), timings, commands).await?;
        if let Err(error) = time::settle(&mut tx, clock).await {
            let _ = tx.rollback().await;
            return Err(error);
        }
        Ok(tx)
    }

    /// Begins a transaction at this time. It has the right to write from the start, so that it
    /// never loses that right to another half-way.
    pub(crate) async fn begin_at(
        db: &Database,
        now: Timestamp,
        timings: Timings,
        commands: usize,
    ) -> Result<Self, DbErr> {
        Ok(Self {
            db: db.begin().await?,
            now,
            timings,
            came_ahead: None,
            commands,
            pending: Mutex::default(),
            dirty: AtomicBool::new(false),
            read_ahead: Mutex::default(),
        })
    }

    /// The connection, for reading.
    pub fn db(&self) -> &Transaction {
        &self.db
    }

    /// Runs an UPDATE or DELETE. Answers how many rows it changed.
    pub(super) async fn execute<Q: QueryTrait>(&self, statement: Q) -> Result<u64, DbErr> {
        let changed = self.db.execute(statement.as_query()).await?.rows_affected();
        if changed > 0 {
            self.mark_dirty();
        }
        Ok(changed)
    }

    /// Inserts rows.
    pub(super) async fn insert<M, A>(&self, rows: impl IntoIterator<Item = M>) -> Result<(), DbErr>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + Send,
        M::Entity: EntityTrait<ActiveModel = A>,
    {
        let rows: Vec<A> = rows.into_iter().map(all_set).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.mark_dirty();
        insert_many::<M::Entity, _>(&self.db, rows).await
    }

    /// Inserts a row, unless a UNIQUE constraint says that there is one like it: then the answer
    /// is false.
    pub(super) async fn insert_unless_taken<M, A>(&self, row: M) -> Result<bool, DbErr>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + Send,
    {
        let inserted = insert_unless_taken(&self.db, row).await?;
        if inserted {
            self.mark_dirty();
        }
        Ok(inserted)
    }

    /// Notes that the running command has changed something, so that its failure must undo it.
    fn mark_dirty(&self) {
        self.dirty.store(true, Ordering::Relaxed);
    }

    /// Whether a command changed anything since the last call.
    pub(crate) fn take_dirty(&self) -> bool {
        self.dirty.swap(false, Ordering::Relaxed)
    }

    /// Room for sub-tasks read ahead for the whole batch.
    pub(super) fn read_ahead(&self) -> MutexGuard<'_, VecDeque<sub_task::Model>> {
        self.read_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_taken(&self, taken: Taken) {
        self.mark_dirty();
        self.pending().taken.push(taken);
    }

    pub(super) fn add_attempt(&self, row: attempt::ActiveModel) {
        self.mark_dirty();
        self.pending().attempts.push(row);
    }

    pub(super) fn add_event(&self, row: event::ActiveModel) {
        self.mark_dirty();
        self.pending().events.push(row);
    }

    /// An answer is no change of the work: a refusal is kept, too.
    pub(super) fn add_answer(&self, row: idempotency::ActiveModel) {
        self.pending().answers.push(row);
    }

    /// Notes that an agent has done something: whatever its timer was handed is answered.
    pub fn acted(&self, agent: &str) {
        self.pending().acted.insert(agent.to_owned());
    }

    /// Writes down who was given which of the best. Whatever else asks for sub-tasks or writes to
    /// them comes after it.
    pub(crate) async fn hand_out(&self) -> Result<(), DbErr> {
        // What was read ahead may change now.
        self.read_ahead().clear();
        let taken = std::mem::take(&mut self.pending().taken);
        sub_tasks::hand_out(self, taken).await
    }

    /// Writes what was collected. Whoever reads or updates attempts or events calls this first.
    pub async fn flush(&self) -> Result<(), DbErr> {
        self.hand_out().await?;
        let Pending { attempts, events, answers, acted, .. } = std::mem::take(&mut *self.pending());
        insert_many::<attempt::Entity, _>(&self.db, attempts).await?;
        insert_many::<event::Entity, _>(&self.db, events).await?;
        insert_many::<idempotency::Entity, _>(&self.db, answers).await?;
        if !acted.is_empty() {
            offers::answered(&self.db, acted).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.flush().await?;
        self.db.commit().await
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.db.rollback().await
    }
}

#[cfg(test)]
mod tests {
    use moss_api::SubTaskStatus;
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    use crate::store::Word;
    use crate::store::entity::sub_task::Model;
    use crate::store::sub_tasks::sample::{any_sub_task, scratch};
    use crate::store::sub_tasks::{insert, start_assignment_leases};

    #[tokio::test]
    async fn what_changes_rows_is_noted_and_what_changes_none_is_not() {
        let (_folder, _store, tx) = scratch().await;
        let any = any_sub_task().new_tree(&mut TestRunner::default()).unwrap().current();
        let assigned = Model {
            status: Word(SubTaskStatus::Assigned),
            task_open: true,
            open_dependencies: 0,
            lease_until: None,
            ..any
        };
        assert!(!tx.take_dirty());
        insert(&tx, Vec::new()).await.unwrap();
        start_assignment_leases(&tx, "task").await.unwrap();
        assert!(!tx.take_dirty());
        insert(&tx, vec![assigned]).await.unwrap();
        assert!(tx.take_dirty());
        start_assignment_leases(&tx, "task").await.unwrap();
        assert!(tx.take_dirty(), "a lease was started");
        start_assignment_leases(&tx, "task").await.unwrap();
        assert!(!tx.take_dirty(), "it runs already");
    }
}
