//! The connections of one role to a database that is a server, behind the store's connections:
//! what is asked of them is waited for, but never without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, ExecResult,
    QueryResult, QueryTrait, Select, Statement, StreamTrait, TransactionTrait,
};

use crate::store::dialect::{Fault, SNAPSHOT, fault};
use crate::store::remote::connect::Role;
use crate::store::remote::reach::Reach;

/// Target of the log in which every statement is told, without its values, at level trace.
const STATEMENT_LOG: &str = "moss_server::sql";

/// The connections of one role.
#[derive(Clone, Debug)]
pub(in crate::store) struct Pool {
    role: Role,
    db: DatabaseConnection,
    reach: Arc<Reach>,
}

impl Pool {
    pub(super) fn new(role: Role, db: DatabaseConnection, reach: Arc<Reach>) -> Self {
        Self { role, db, reach }
    }

    /// The connections as SeaORM's migrations take them.
    pub(super) fn connections(&self) -> &DatabaseConnection {
        &self.db
    }

    pub(in crate::store) async fn close(&self) {
        // Who still has one gives it back soon, or the server takes it.
        let _ = self.db.close_by_ref().await;
    }

    pub(in crate::store) async fn begin(&self) -> Result<Transaction, DbErr> {
        let tx = self.twice(|| self.db.begin()).await?;
        Ok(Transaction::new(tx, self))
    }

    pub(in crate::store) async fn snapshot(&self) -> Result<Transaction, DbErr> {
        let (isolation, access) = SNAPSHOT;
        let tx = self.twice(|| self.db.begin_with_config(isolation, access)).await?;
        Ok(Transaction::new(tx, self))
    }

    pub(in crate::store) async fn execute(&self, what: Statement) -> Result<ExecResult, DbErr> {
        told(self.role, &what.sql.clone(), self.reach.ask(self.db.execute_raw(what))).await
    }

    pub(in crate::store) async fn execute_unprepared(
        &self,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        told(self.role, sql, self.reach.ask(self.db.execute_unprepared(sql))).await
    }

    pub(in crate::store) async fn query_one(
        &self,
        what: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let ask = || self.db.query_one_raw(what.clone());
        told(self.role, &what.sql, self.twice(ask)).await
    }

    pub(in crate::store) async fn query_all(
        &self,
        what: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let ask = || self.db.query_all_raw(what.clone());
        told(self.role, &what.sql, self.twice(ask)).await
    }

    pub(in crate::store) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        mut wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr> {
        let sql = query.build(self.db.get_database_backend()).sql;
        let mut is_begun = false;
        let noted = |row| {
            is_begun = true;
            wanted(row)
        };
        let first = self.reach.ask(each_of(&self.db, query.clone(), noted));
        match told(self.role, &sql, first).await {
            Err(error) if !is_begun && is_one_lost(&error) => {
                told(self.role, &sql, self.reach.ask(each_of(&self.db, query, wanted))).await
            }
            answer => answer,
        }
    }

    /// Asks what changes nothing, and asks once more when the connection was lost: the others are
    /// looked at then before they are used.
    async fn twice<T, F: Future<Output = Result<T, DbErr>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, DbErr> {
        match self.reach.ask(ask()).await {
            Err(error) if is_one_lost(&error) => self.reach.ask(ask()).await,
            answer => answer,
        }
    }
}

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub(in crate::store) struct Transaction {
    tx: DatabaseTransaction,
    role: Role,
    reach: Arc<Reach>,
    /// A statement of it failed: PostgreSQL has undone all of it, and would answer a COMMIT as if
    /// nothing were wrong.
    failed: AtomicBool,
}

impl Transaction {
    fn new(tx: DatabaseTransaction, pool: &Pool) -> Self {
        Self { tx, role: pool.role, reach: pool.reach.clone(), failed: AtomicBool::new(false) }
    }

    /// Asks within the transaction.
    async fn ask<T>(
        &self,
        sql: &str,
        question: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let answer = told(self.role, sql, self.reach.wait_for(question)).await;
        if answer.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        answer
    }

    pub(in crate::store) async fn execute(&self, what: Statement) -> Result<ExecResult, DbErr> {
        self.ask(&what.sql.clone(), self.tx.execute_raw(what)).await
    }

    pub(in crate::store) async fn execute_unprepared(
        &self,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        self.ask(sql, self.tx.execute_unprepared(sql)).await
    }

    pub(in crate::store) async fn query_one(
        &self,
        what: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.ask(&what.sql.clone(), self.tx.query_one_raw(what)).await
    }

    pub(in crate::store) async fn query_all(
        &self,
        what: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.ask(&what.sql.clone(), self.tx.query_all_raw(what)).await
    }

    pub(in crate::store) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr> {
        let sql = query.build(ConnectionTrait::get_database_backend(&self.tx)).sql;
        self.ask(&sql, each_of(&self.tx, query, wanted)).await
    }

    pub(in crate::store) async fn commit(self) -> Result<(), DbErr> {
        if self.failed.into_inner() {
            let _ = self.reach.wait_for(self.tx.rollback()).await;
            return Err(DbErr::Custom("a statement of the transaction had failed".to_owned()));
        }
        told(self.role, "COMMIT", self.reach.wait_for(self.tx.commit())).await
    }

    /// What was not reached any more is undone by the server.
    pub(in crate::store) async fn rollback(self) -> Result<(), DbErr> {
        match self.reach.wait_for(self.tx.rollback()).await {
            Err(error) if fault(&error) == Fault::Unreachable => Ok(()),
            done => done,
        }
    }
}

/// Whether a connection was lost that there had been.
fn is_one_lost(error: &DbErr) -> bool {
    let was_none = matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_));
    !was_none && fault(error) == Fault::Unreachable
}

/// Reads rows until there are no more or `wanted` says that it has enough; what follows is left
/// where it is.
async fn each_of<E: EntityTrait, C: ConnectionTrait + StreamTrait + Send>(
    db: &C,
    query: Select<E>,
    mut wanted: impl FnMut(E::Model) -> bool + Send,
) -> Result<(), DbErr> {
    let mut rows = std::pin::pin!(query.stream(db).await?);
    while let Some(row) = rows.try_next().await? {
        if !wanted(row) {
            break;
        }
    }
    Ok(())
}

/// Waits for an answer, and tells the log of statements.
async fn told<T>(
    role: Role,
    sql: &str,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    if !tracing::enabled!(target: STATEMENT_LOG, tracing::Level::TRACE) {
        return answer.await;
    }
    let began = Instant::now();
    let answer = answer.await;
    tracing::trace!(target: STATEMENT_LOG, ?role, sql, took = ?began.elapsed());
    answer
}
