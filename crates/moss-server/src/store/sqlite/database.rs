//! SQLite behind SeaORM's queries. A statement is answered in the thread that asks: no thread is
//! woken for it, none for its rows, and the `async` of these functions never waits for another
//! task.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, ExecResult, ProxyExecResult, QueryResult,
    QueryTrait, RuntimeErr, Select, Statement, TryIntoModel,
};

use crate::store::Reads;
use crate::store::sqlite::connect::{PATIENCE, Role};
use crate::store::sqlite::values::{Bound, Columns, Table};

/// Target of the log in which every statement is told, without its values, at level trace.
const STATEMENT_LOG: &str = "moss_server::sql";

/// The connections of one role to a database.
#[derive(Clone, Debug)]
pub struct Database(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    role: Role,
    /// Those that nobody uses; none when the database is closed.
    free: Mutex<Option<Vec<Connection>>>,
    returned: Condvar,
}

impl Shared {
    fn free(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Connection, DbErr> {
        let none_left = |free: &mut Option<Vec<_>>| free.as_ref().is_some_and(Vec::is_empty);
        let waiting = self.returned.wait_timeout_while(self.free(), PATIENCE, none_left);
        let (mut free, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        let Some(connections) = free.as_mut() else { return Err(failed("the database is closed")) };
        connections.pop().ok_or_else(|| failed("every connection is in use"))
    }

    /// A connection that comes back to a closed database is closed, too.
    fn put_back(&self, connection: Connection) {
        if !connection.is_autocommit() {
            // What nobody committed.
            let _ = connection.execute_batch("ROLLBACK");
        }
        let mut free = self.free();
        if let Some(connections) = free.as_mut() {
            connections.push(connection);
            drop(free);
            self.returned.notify_one();
        }
    }
}

/// A connection that is in use, and goes back where it was taken from.
#[derive(Debug)]
struct Taken {
    connection: Option<Connection>,
    from: Arc<Shared>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.from.put_back(connection);
        }
    }
}

impl Taken {
    fn from(from: &Arc<Shared>) -> Result<Self, DbErr> {
        Ok(Self { connection: Some(from.take()?), from: from.clone() })
    }

    /// Does something with the connection, and tells the log of statements.
    fn run<T>(
        &self,
        sql: &str,
        what: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, DbErr> {
        let Some(connection) = &self.connection else { return Err(failed("it was given back")) };
        if !tracing::enabled!(target: STATEMENT_LOG, tracing::Level::TRACE) {
            return what(connection).map_err(told);
        }
        let (began, role) = (Instant::now(), self.from.role);
        let done = what(connection);
        tracing::trace!(target: STATEMENT_LOG, ?role, sql, took = ?began.elapsed());
        done.map_err(told)
    }

    fn is_in_transaction(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| !connection.is_autocommit())
    }

    fn batch(&self, sql: &str) -> Result<(), DbErr> {
        self.run(sql, |connection| connection.execute_batch(sql))
    }

    fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let changed = self.run(&statement.sql, |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            bind(&mut prepared, statement)?;
            let mut rows = prepared.raw_query();
            while rows.next()?.is_some() {}
            Ok(connection.changes())
        })?;
        Ok(ProxyExecResult::new(0, changed).into())
    }

    /// Reads rows until there are no more or `wanted` says that it has enough.
    fn each_row(
        &self,
        statement: &Statement,
        mut wanted: impl FnMut(QueryResult) -> bool,
    ) -> Result<(), DbErr> {
        self.run(&statement.sql, |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            bind(&mut prepared, statement)?;
            let columns = Columns::of(&prepared);
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                if !wanted(columns.read(row)?) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The same of whole rows of a table.
    fn each<E>(
        &self,
        query: Select<E>,
        mut wanted: impl FnMut(E::Model) -> bool,
    ) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        let statement = query.build(DbBackend::Sqlite);
        self.run(&statement.sql, |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            bind(&mut prepared, &statement)?;
            let table = Table::<E>::new();
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                match table.read(row)? {
                    Err(error) => return Ok(Err(error)),
                    Ok(row) => {
                        if !wanted(row) {
                            break;
                        }
                    }
                }
            }
            Ok(Ok(()))
        })?
    }

    fn query_one(&self, statement: &Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut first = None;
        self.each_row(statement, |row| {
            first = Some(row);
            false
        })?;
        Ok(first)
    }

    fn query_all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut rows = Vec::new();
        self.each_row(statement, |row| {
            rows.push(row);
            true
        })?;
        Ok(rows)
    }
}

fn bind(prepared: &mut rusqlite::Statement<'_>, statement: &Statement) -> rusqlite::Result<()> {
    let values = statement.values.iter().flat_map(|values| &values.0);
    for (index, value) in (1_usize..).zip(values) {
        prepared.raw_bind_parameter(index, Bound(value))?;
    }
    Ok(())
}

fn failed(why: &str) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(why.to_owned()))
}

/// What SQLite says, with its code.
pub(super) fn told(error: rusqlite::Error) -> DbErr {
    let text = match &error {
        rusqlite::Error::SqliteFailure(code, Some(text)) => {
            format!("(code: {}) {text}", code.extended_code)
        }
        other => other.to_string(),
    };
    DbErr::Query(RuntimeErr::Internal(text))
}

impl Database {
    /// These connections.
    pub(super) fn of(role: Role, connections: Vec<Connection>) -> Self {
        let free = Mutex::new(Some(connections));
        Self(Arc::new(Shared { role, free, returned: Condvar::new() }))
    }

    /// Closes the connections; those in use, when they come back.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        drop(self.0.free().take());
        self.0.returned.notify_all();
        Ok(())
    }

    /// Begins a transaction that may write from the start, so that it never loses that right to
    /// another half-way.
    pub(in crate::store) fn begin(&self) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.0, "BEGIN IMMEDIATE")
    }

    /// One state of the database for as many questions as are asked of it.
    pub(crate) fn snapshot(&self) -> Result<Transaction, DbErr> {
        Transaction::begin(&self.0, "BEGIN")
    }

    /// Runs SQL that takes no values and answers nothing.
    pub(in crate::store) fn batch(&self, sql: &str) -> Result<(), DbErr> {
        Taken::from(&self.0)?.batch(sql)
    }
}

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction(Mutex<Taken>);

impl Transaction {
    fn begin(shared: &Arc<Shared>, sql: &str) -> Result<Self, DbErr> {
        let taken = Taken::from(shared)?;
        taken.batch(sql)?;
        Ok(Self(Mutex::new(taken)))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
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
        Taken::from(&self.0)?.each(query, wanted)
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
        self.taken().each(query, wanted)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Taken::from(&self.0)?.execute(&statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.batch(sql).map(|()| ProxyExecResult::default().into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Taken::from(&self.0)?.query_one(&statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Taken::from(&self.0)?.query_all(&statement)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.taken().execute(&statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.taken().batch(sql).map(|()| ProxyExecResult::default().into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.taken().query_one(&statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.taken().query_all(&statement)
    }
}
