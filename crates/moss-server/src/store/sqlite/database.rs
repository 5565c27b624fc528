//! SQLite behind the store's connections. A statement is answered in the thread that asks: no thread
//! is woken for it, none for its rows, and nothing here waits for another task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use sea_orm::DbErr;

use crate::store::sqlite::connect::Role;
use crate::store::sqlite::connections::{Shared, Taken};

/// The connections of one role to a file.
#[derive(Clone, Debug)]
pub(in crate::store) struct Connections(Arc<Shared>);

impl Connections {
    /// These connections.
    pub(super) fn of(role: Role, connections: Vec<Connection>) -> Self {
        Self(Shared::of(role, connections))
    }

    /// One of them, for a statement.
    pub(in crate::store) fn taken(&self) -> Result<Taken, DbErr> {
        Taken::from(&self.0)
    }

    pub(in crate::store) fn close(&self) {
        self.0.close();
    }

    pub(in crate::store) fn begin(&self) -> Result<Transaction, DbErr> {
        Transaction::begin(self, "BEGIN IMMEDIATE")
    }

    pub(in crate::store) fn snapshot(&self) -> Result<Transaction, DbErr> {
        Transaction::begin(self, "BEGIN")
    }
}

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub(in crate::store) struct Transaction(Mutex<Taken>);

impl Transaction {
    fn begin(connections: &Connections, sql: &str) -> Result<Self, DbErr> {
        let taken = connections.taken()?;
        taken.batch(sql)?;
        Ok(Self(Mutex::new(taken)))
    }

    pub(in crate::store) fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::store) fn commit(self) -> Result<(), DbErr> {
        self.taken().batch("COMMIT")
    }

    /// A full disk may have rolled it back before.
    pub(in crate::store) fn rollback(self) -> Result<(), DbErr> {
        let taken = self.taken();
        if taken.is_in_transaction() { taken.batch("ROLLBACK") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};

    use crate::store::entity::sub_task::{Entity, Model};
    use crate::store::reads::WholeRows;
    use crate::store::sub_tasks::insert;
    use crate::store::sub_tasks::sample::{any_sub_task, scratch};

    fn some_sub_tasks() -> Vec<Model> {
        let mut runner = TestRunner::default();
        (0..50).map(|_| any_sub_task().new_tree(&mut runner).unwrap().current()).collect()
    }

    /// SeaORM takes a value of another width for none, and says nothing.
    #[tokio::test]
    async fn rows_are_what_was_written_whichever_way_they_are_read() {
        let (_folder, _store, tx) = scratch().await;
        let mut written = some_sub_tasks();
        insert(&tx, written.clone()).await.unwrap();
        let (mut whole, mut general) = (
            Entity::find().read_all(tx.db()).await.unwrap(),
            Entity::find().all(tx.db()).await.unwrap(),
        );
        for rows in [&mut written, &mut whole, &mut general] {
            rows.sort_by(|one, other| one.id.cmp(&other.id));
        }
        assert_eq!(whole, written);
        assert_eq!(general, written);
    }

    #[tokio::test]
    async fn a_question_is_answered_before_its_future_waits() {
        let (_folder, store, tx) = scratch().await;
        for _ in 0..100 {
            let asked = Entity::find().count(store.read()).now_or_never();
            assert_eq!(asked.expect("it waited for somebody").unwrap(), 0);
        }
        let asked = insert(&tx, some_sub_tasks()).now_or_never();
        asked.expect("it waited for somebody").unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_leaves_nothing_and_its_connection_serves_the_next() {
        let (_folder, store, tx) = scratch().await;
        insert(&tx, some_sub_tasks()).await.unwrap();
        drop(tx);
        let next = store.writing().begin().await.unwrap();
        assert_eq!(Entity::find().count(&next).await.unwrap(), 0);
        next.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_snapshot_stays_as_it_was_whatever_is_written_meanwhile() {
        let (_folder, store, tx) = scratch().await;
        let snapshot = store.read().snapshot().await.unwrap();
        assert_eq!(Entity::find().count(&snapshot).await.unwrap(), 0);
        insert(&tx, some_sub_tasks()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(Entity::find().count(store.read()).await.unwrap(), 50);
        assert_eq!(Entity::find().count(&snapshot).await.unwrap(), 0);
        drop(snapshot);
        let next = store.read().snapshot().await.unwrap();
        assert_eq!(Entity::find().count(&next).await.unwrap(), 50);
    }

    #[tokio::test]
    async fn who_only_reads_cannot_write_and_who_comes_after_the_end_is_told() {
        let (_folder, store, _tx) = scratch().await;
        let delete =
            Statement::from_string(store.read().get_database_backend(), "DELETE FROM agents");
        let refused = store.read().execute_raw(delete).await.unwrap_err().to_string();
        assert!(refused.contains("attempt to write a readonly database"), "{refused}");
        store.close().await;
        let refused = Entity::find().count(store.read()).await.unwrap_err().to_string();
        assert!(refused.contains("the database is closed"), "{refused}");
    }
}
