//! What questions are asked of, whichever database it is: SQLite answers in the thread that asks,
//! one that is a server of its own is waited for, in a box: whoever waits need not hold all that its
//! driver keeps meanwhile.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, ExecResult, ProxyExecResult, QueryResult,
    Select, Statement, TryIntoModel,
};

use crate::store::Reads;
use crate::store::remote::pool as remote;
use crate::store::sqlite::database as sqlite;

/// The connections of one role to a database.
#[derive(Clone, Debug)]
pub struct Database(Kind<sqlite::Connections, remote::Pool>);

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction(Kind<sqlite::Transaction, remote::Transaction>);

#[derive(Clone, Debug)]
enum Kind<S, R> {
    Sqlite(S),
    Remote(R),
}

impl From<sqlite::Connections> for Database {
    fn from(connections: sqlite::Connections) -> Self {
        Self(Kind::Sqlite(connections))
    }
}

impl From<remote::Pool> for Database {
    fn from(pool: remote::Pool) -> Self {
        Self(Kind::Remote(pool))
    }
}

impl Database {
    /// Closes the connections; those in use, when they come back.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        match &self.0 {
            Kind::Sqlite(db) => db.close(),
            Kind::Remote(db) => Box::pin(db.close()).await,
        }
        Ok(())
    }

    /// Begins a transaction that may write from the start, so that it never loses that right to
    /// another half-way.
    pub(in crate::store) async fn begin(&self) -> Result<Transaction, DbErr> {
        Ok(Transaction(match &self.0 {
            Kind::Sqlite(db) => Kind::Sqlite(db.begin()?),
            Kind::Remote(db) => Kind::Remote(Box::pin(db.begin()).await?),
        }))
    }

    /// One state of the database for as many questions as are asked of it.
    pub(crate) async fn snapshot(&self) -> Result<Transaction, DbErr> {
        Ok(Transaction(match &self.0 {
            Kind::Sqlite(db) => Kind::Sqlite(db.snapshot()?),
            Kind::Remote(db) => Kind::Remote(Box::pin(db.snapshot()).await?),
        }))
    }
}

impl Transaction {
    pub(in crate::store) async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Kind::Sqlite(tx) => tx.commit(),
            Kind::Remote(tx) => Box::pin(tx.commit()).await,
        }
    }

    /// It may have been rolled back before, by a full disk or with its connection.
    pub(in crate::store) async fn rollback(self) -> Result<(), DbErr> {
        match self.0 {
            Kind::Sqlite(tx) => tx.rollback(),
            Kind::Remote(tx) => Box::pin(tx.rollback()).await,
        }
    }
}

impl Reads for Database {
    async fn each<E>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        match &self.0 {
            Kind::Sqlite(db) => db.taken()?.each(query, wanted),
            Kind::Remote(db) => Box::pin(db.each(query, wanted)).await,
        }
    }
}

impl Reads for Transaction {
    async fn each<E>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        match &self.0 {
            Kind::Sqlite(tx) => tx.taken().each(query, wanted),
            Kind::Remote(tx) => Box::pin(tx.each(query, wanted)).await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::Sqlite(_) => DbBackend::Sqlite,
            Kind::Remote(it) => it.backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::Sqlite(db) => db.taken()?.execute(&statement),
            Kind::Remote(db) => db.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::Sqlite(db) => db.taken()?.batch(sql).map(|()| ProxyExecResult::default().into()),
            Kind::Remote(db) => db.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Kind::Sqlite(db) => db.taken()?.query_one(&statement),
            Kind::Remote(db) => db.query_one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Kind::Sqlite(db) => db.taken()?.query_all(&statement),
            Kind::Remote(db) => db.query_all(statement).await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::Sqlite(_) => DbBackend::Sqlite,
            Kind::Remote(it) => it.backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::Sqlite(tx) => tx.taken().execute(&statement),
            Kind::Remote(tx) => tx.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::Sqlite(tx) => tx.taken().batch(sql).map(|()| ProxyExecResult::default().into()),
            Kind::Remote(tx) => tx.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Kind::Sqlite(tx) => tx.taken().query_one(&statement),
            Kind::Remote(tx) => tx.query_one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Kind::Sqlite(tx) => tx.taken().query_all(&statement),
            Kind::Remote(tx) => tx.query_all(statement).await,
        }
    }
}
