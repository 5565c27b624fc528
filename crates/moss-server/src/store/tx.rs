//! One write transaction, as commands see it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use moss_api::Timestamp;
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait};

use super::entity::{attempt, event, idempotency};
use crate::policy::Policy;

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
    pub policy: Policy,
    pending: Mutex<Pending>,
    touched: AtomicBool,
}

impl Tx {
    pub(super) fn new(db: DatabaseTransaction, now: Timestamp, policy: Policy) -> Self {
        Self { db, now, policy, pending: Mutex::default(), touched: AtomicBool::new(false) }
    }

    /// The connection, for the store's queries.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.db
    }

    /// Notes that the running command has changed something, so that its failure must undo it.
    pub(super) fn touch(&self) {
        self.touched.store(true, Ordering::Relaxed);
    }

    /// Whether a command changed anything since the last call.
    pub(super) fn take_touched(&self) -> bool {
        self.touched.swap(false, Ordering::Relaxed)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_attempt(&self, row: attempt::ActiveModel) {
        self.touch();
        self.pending().attempts.push(row);
    }

    pub(super) fn add_event(&self, row: event::ActiveModel) {
        self.touch();
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
        if !attempts.is_empty() {
            attempt::Entity::insert_many(attempts).exec_without_returning(&self.db).await?;
        }
        if !events.is_empty() {
            event::Entity::insert_many(events).exec_without_returning(&self.db).await?;
        }
        if !answers.is_empty() {
            idempotency::Entity::insert_many(answers).exec_without_returning(&self.db).await?;
        }
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        self.flush().await?;
        self.db.commit().await
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.db.rollback().await
    }
}
