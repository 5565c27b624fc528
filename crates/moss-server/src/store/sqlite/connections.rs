//! The connections of one role: each is used by one thread at a time, for a statement or for a
//! transaction.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use sea_orm::{
    DbBackend, DbErr, EntityTrait, ExecResult, ProxyExecResult, QueryResult, QueryTrait,
    RuntimeErr, Select, Statement, TryIntoModel,
};

use crate::store::rows::Table;
use crate::store::sqlite::connect::{PATIENCE, Role};
use crate::store::sqlite::values::{Bound, Columns, value};

/// Target of the log in which every statement is told, without its values, at level trace.
const STATEMENT_LOG: &str = "moss_server::sql";

/// The connections of one role to a database.
#[derive(Debug)]
pub(in crate::store) struct Shared {
    role: Role,
    /// Those that nobody uses; none when the database is closed.
    free: Mutex<Option<Vec<Connection>>>,
    returned: Condvar,
}

impl Shared {
    pub(super) fn of(role: Role, connections: Vec<Connection>) -> Arc<Self> {
        let free = Mutex::new(Some(connections));
        Arc::new(Self { role, free, returned: Condvar::new() })
    }

    /// Closes the connections; those in use, when they come back.
    pub(super) fn close(&self) {
        drop(self.free().take());
        self.returned.notify_all();
    }

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
pub(in crate::store) struct Taken {
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
    pub(super) fn from(from: &Arc<Shared>) -> Result<Self, DbErr> {
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

    pub(super) fn is_in_transaction(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| !connection.is_autocommit())
    }

    pub(in crate::store) fn batch(&self, sql: &str) -> Result<(), DbErr> {
        self.run(sql, |connection| connection.execute_batch(sql))
    }

    pub(in crate::store) fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
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
    pub(in crate::store) fn each<E>(
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
                match table.read(|kind, index| value(row, kind, index))? {
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

    pub(in crate::store) fn query_one(
        &self,
        statement: &Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let mut first = None;
        self.each_row(statement, |row| {
            first = Some(row);
            false
        })?;
        Ok(first)
    }

    pub(in crate::store) fn query_all(
        &self,
        statement: &Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
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
    let text = if let rusqlite::Error::SqliteFailure(code, Some(text)) = &error {
        format!("(code: {}) {text}", code.extended_code)
    } else {
        error.to_string()
    };
    DbErr::Query(RuntimeErr::Internal(text))
}
