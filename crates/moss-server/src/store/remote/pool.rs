//! The connections of one role to a database that is a server, behind the store's connections:
//! what is asked of them is waited for, but never without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sea_orm::{
    DbBackend, DbErr, EntityTrait, ExecResult, QueryResult, QueryTrait, Select, Statement,
    TryIntoModel,
};

use crate::store::dialect::{Fault, fault, is_taken};
use crate::store::remote::connect::Role;
use crate::store::remote::connections::{Begun, Connections};
use crate::store::remote::reach::Reach;

/// Target of the log in which every statement is told, without its values, at level trace.
const STATEMENT_LOG: &str = "moss_server::sql";

/// The connections of one role.
#[derive(Clone, Debug)]
pub(in crate::store) struct Pool {
    role: Role,
    db: Connections,
    reach: Arc<Reach>,
}

impl Pool {
    pub(super) fn new(role: Role, db: Connections, reach: Arc<Reach>) -> Self {
        Self { role, db, reach }
    }

    pub(in crate::store) fn backend(&self) -> DbBackend {
        self.db.backend()
    }

    pub(in crate::store) async fn close(&self) {
        self.db.close().await;
    }

    pub(in crate::store) async fn begin(&self) -> Result<Transaction, DbErr> {
        let tx = self.twice(|| self.db.begin()).await?;
        Ok(Transaction::new(tx, self))
    }

    pub(in crate::store) async fn snapshot(&self) -> Result<Transaction, DbErr> {
        let tx = self.twice(|| self.db.snapshot()).await?;
        Ok(Transaction::new(tx, self))
    }

    pub(in crate::store) async fn execute(&self, what: Statement) -> Result<ExecResult, DbErr> {
        told(self.role, &what.sql, self.reach.ask(self.db.execute(&what))).await
    }

    pub(in crate::store) async fn execute_unprepared(
        &self,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        told(self.role, sql, self.reach.ask(self.db.batch(sql))).await
    }

    pub(in crate::store) async fn query_one(
        &self,
        what: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        told(self.role, &what.sql, self.twice(|| self.db.query_one(&what))).await
    }

    pub(in crate::store) async fn query_all(
        &self,
        what: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        told(self.role, &what.sql, self.twice(|| self.db.query_all(&what))).await
    }

    pub(in crate::store) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        mut wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        let sql = query.build(self.db.backend()).sql;
        let mut is_begun = false;
        let noted = |row| {
            is_begun = true;
            wanted(row)
        };
        let first = self.reach.ask(self.db.each(query.clone(), noted));
        match told(self.role, &sql, first).await {
            Err(error) if !is_begun && is_one_lost(&error) => {
                told(self.role, &sql, self.reach.ask(self.db.each(query, wanted))).await
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
    tx: Begun,
    role: Role,
    reach: Arc<Reach>,
    /// A statement of it failed. PostgreSQL has undone all of it, and would answer a COMMIT as if
    /// nothing were wrong. After a deadlock so has MySQL, and would do what follows for good.
    failed: AtomicBool,
}

impl Transaction {
    fn new(tx: Begun, pool: &Pool) -> Self {
        Self { tx, role: pool.role, reach: pool.reach.clone(), failed: AtomicBool::new(false) }
    }

    pub(in crate::store) fn backend(&self) -> DbBackend {
        self.tx.backend()
    }

    /// Asks within the transaction, unless it has failed.
    async fn ask<T>(
        &self,
        sql: &str,
        question: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(has_failed());
        }
        let answer = told(self.role, sql, self.reach.wait_for(question)).await;
        if answer.as_ref().is_err_and(|error| !is_taken(error)) {
            self.failed.store(true, Ordering::Relaxed);
        }
        answer
    }

    pub(in crate::store) async fn execute(&self, what: Statement) -> Result<ExecResult, DbErr> {
        self.ask(&what.sql, self.tx.execute(&what)).await
    }

    pub(in crate::store) async fn execute_unprepared(
        &self,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        self.ask(sql, self.tx.batch(sql)).await
    }

    pub(in crate::store) async fn query_one(
        &self,
        what: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.ask(&what.sql, self.tx.query_one(&what)).await
    }

    pub(in crate::store) async fn query_all(
        &self,
        what: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.ask(&what.sql, self.tx.query_all(&what)).await
    }

    pub(in crate::store) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        let sql = query.build(self.tx.backend()).sql;
        self.ask(&sql, self.tx.each(query, wanted)).await
    }

    pub(in crate::store) async fn commit(self) -> Result<(), DbErr> {
        if self.failed.into_inner() {
            let _ = self.reach.wait_for(self.tx.rollback()).await;
            return Err(has_failed());
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

fn has_failed() -> DbErr {
    DbErr::Custom("a statement of the transaction had failed".to_owned())
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
