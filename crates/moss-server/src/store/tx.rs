//! One write transaction, as commands see it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use moss_api::Timestamp;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::config::timings::Policy;
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
    pub policy: Policy,
    pending: Mutex<Pending>,
    touched: AtomicBool,
    /// Offers read ahead for the claims of this batch; see [`Tx::next_offer`].
    offers: Mutex<VecDeque<sub_task::Model>>,
    commands: usize,
}

/// Most offers read ahead at a time.
const MAX_OFFERS: usize = 32;

impl Tx {
    /// Begins a transaction for about this many commands. It has the right to write from the
    /// start, so that it never loses that right to another half-way.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn begin(
        db: &DatabaseConnection,
        now: Timestamp,
        policy: Policy,
        commands: usize,
    ) -> Result<Self, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            db: db.begin_with_options(options).await?,
            now,
            policy,
            pending: Mutex::default(),
            touched: AtomicBool::new(false),
            offers: Mutex::default(),
            commands,
        })
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
    pub(crate) fn take_touched(&self) -> bool {
        self.touched.swap(false, Ordering::Relaxed)
    }

    /// A sub-task that may be claimed, best first; none when there is none.
    ///
    /// Read ahead for the whole batch: its commands were sent at the same time, so claiming
    /// before whatever else is in it is as good an order as any. An offer may be gone by the
    /// time it is given out; the guarded write that takes it finds out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_offer(&self) -> Result<Option<sub_task::Model>, DbErr> {
        if let Some(offer) = self.offers().pop_front() {
            return Ok(Some(offer));
        }
        let ahead = self.commands.clamp(1, MAX_OFFERS);
        let fresh = sub_tasks::best_offers(&self.db, ahead as u64).await?;
        let mut offers = self.offers();
        offers.extend(fresh);
        Ok(offers.pop_front())
    }

    /// Forgets the offers read ahead: one of them was gone, so the others may be, too.
    pub fn forget_offers(&self) {
        self.offers().clear();
    }

    fn offers(&self) -> MutexGuard<'_, VecDeque<sub_task::Model>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
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
