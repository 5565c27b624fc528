//! One write transaction, as commands see it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use moss_api::Timestamp;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::config::timings::Timings;
use crate::store::entity::{attempt, event, idempotency, sub_task};
use crate::store::insert::insert_many;
use crate::store::sub_tasks;

/// Rows that nothing in the same transaction reads back are collected and inserted together:
/// a statement costs more than a row.
#[derive(Default)]
struct Pending {
    attempts: Vec<attempt::ActiveModel>,
    events: Vec<event::ActiveModel>,
    answers: Vec<idempotency::ActiveModel>,
}

/// A write transaction, shared by the commands of one batch.
pub struct Tx {
    db: DatabaseTransaction,
    /// The time of this transaction.
    pub now: Timestamp,
    /// Leases and limits.
    pub timings: Timings,
    pending: Mutex<Pending>,
    dirty: AtomicBool,
    /// Sub-tasks read ahead for the claims of this batch; see [`Tx::next_claimable`].
    claimable: Mutex<VecDeque<sub_task::Model>>,
    commands: usize,
}

/// Most sub-tasks read ahead at a time.
const MAX_AHEAD: usize = 32;

impl Tx {
    /// Begins a transaction for about this many commands. It has the right to write from the
    /// start, so that it never loses that right to another half-way.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn begin(
        db: &DatabaseConnection,
        now: Timestamp,
        timings: Timings,
        commands: usize,
    ) -> Result<Self, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            db: db.begin_with_options(options).await?,
            now,
            timings,
            pending: Mutex::default(),
            dirty: AtomicBool::new(false),
            claimable: Mutex::default(),
            commands,
        })
    }

    /// The connection, for the store's queries.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.db
    }

    /// Notes that the running command has changed something, so that its failure must undo it.
    pub(super) fn mark_dirty(&self) {
        self.dirty.store(true, Ordering::Relaxed);
    }

    /// Whether a command changed anything since the last call.
    pub(crate) fn take_dirty(&self) -> bool {
        self.dirty.swap(false, Ordering::Relaxed)
    }

    /// A sub-task that may be claimed, best first; none when there is none.
    ///
    /// Read ahead for the whole batch: its commands were sent at the same time, so claiming
    /// before whatever else is in it is as good an order as any. One may be gone by the
    /// time it is given out; the guarded write that takes it finds out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_claimable(&self) -> Result<Option<sub_task::Model>, DbErr> {
        if let Some(next) = self.claimable().pop_front() {
            return Ok(Some(next));
        }
        let ahead = self.commands.clamp(1, MAX_AHEAD);
        let fresh = sub_tasks::best_claimable(&self.db, ahead as u64).await?;
        let mut claimable = self.claimable();
        claimable.extend(fresh);
        Ok(claimable.pop_front())
    }

    /// Drops what was read ahead: one of them was gone, so the others may be, too.
    pub fn invalidate_claimable(&self) {
        self.claimable().clear();
    }

    fn claimable(&self) -> MutexGuard<'_, VecDeque<sub_task::Model>> {
        self.claimable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_attempt(&self, row: attempt::ActiveModel) {
        self.mark_dirty();
        self.pending().attempts.push(row);
    }

    pub(super) fn add_event(&self, row: event::ActiveModel) {
        self.mark_dirty();
        self.pending().events.push(row);
    }

    pub(super) fn add_answer(&self, row: idempotency::ActiveModel) {
        self.pending().answers.push(row);
    }

    /// Inserts what was collected. Whoever reads or updates attempts or events calls this first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flush(&self) -> Result<(), DbErr> {
        let Pending { attempts, events, answers } = std::mem::take(&mut *self.pending());
        insert_many::<attempt::Entity, _>(&self.db, attempts).await?;
        insert_many::<event::Entity, _>(&self.db, events).await?;
        insert_many::<idempotency::Entity, _>(&self.db, answers).await
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.flush().await?;
        self.db.commit().await
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.db.rollback().await
    }
}
