//! Statements and rows over the driver of MySQL and MariaDB. SeaORM's own way to it does not compile
//! together with the rows that SQLite's come in.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::sea_query::Values;
use sea_orm::{
    ConnAcquireErr, DbBackend, DbErr, EntityTrait, ExecResult, ProxyExecResult, QueryResult,
    QueryTrait, RuntimeErr, Select, Statement, TryIntoModel, Value,
};
use sea_query_sqlx::SqlxValues;
use sqlx::mysql::{MySqlQueryResult, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, Column, Executor, MySql, MySqlConnection, MySqlPool, Row, SqlSafeStr, SqlStr,
    TypeInfo,
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::store::rows::{Kind, Table, general};

/// What a snapshot begins with: from then on its statements see one state of the database, since
/// the sessions that read are REPEATABLE READ.
const SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// The connections of one role.
#[derive(Clone, Debug)]
pub(in crate::store::remote) struct Connections(pub MySqlPool);

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub(in crate::store::remote) struct Transaction(Mutex<sqlx::Transaction<'static, MySql>>);

impl Connections {
    pub(in crate::store::remote) async fn close(&self) {
        self.0.close().await;
    }

    /// One of them, for a statement.
    pub(in crate::store::remote) async fn one(&self) -> Result<PoolConnection<MySql>, DbErr> {
        self.0.acquire().await.map_err(|error| {
            if matches!(error, sqlx::Error::PoolTimedOut) {
                DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
            } else if matches!(error, sqlx::Error::PoolClosed) {
                DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
            } else {
                DbErr::Conn(told(error))
            }
        })
    }

    pub(in crate::store::remote) async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_by(None).await
    }

    pub(in crate::store::remote) async fn snapshot(&self) -> Result<Transaction, DbErr> {
        self.begin_by(Some(SNAPSHOT.into_sql_str())).await
    }

    async fn begin_by(&self, statement: Option<SqlStr>) -> Result<Transaction, DbErr> {
        let begun = sqlx::Transaction::begin(self.one().await?, statement).await;
        Ok(Transaction(Mutex::new(begun.map_err(queried)?)))
    }
}

impl Transaction {
    /// Its connection, for a statement.
    pub(in crate::store::remote) async fn one(&self) -> MappedMutexGuard<'_, MySqlConnection> {
        MutexGuard::map(self.0.lock().await, |tx| &mut **tx)
    }

    pub(in crate::store::remote) async fn commit(self) -> Result<(), DbErr> {
        self.0.into_inner().commit().await.map_err(queried)
    }

    pub(in crate::store::remote) async fn rollback(self) -> Result<(), DbErr> {
        self.0.into_inner().rollback().await.map_err(queried)
    }
}

fn told(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}

fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(told(error))
}

fn executed(done: sqlx::Result<MySqlQueryResult>) -> Result<ExecResult, DbErr> {
    let done = done.map_err(|error| DbErr::Exec(told(error)))?;
    Ok(ProxyExecResult::new(done.last_insert_id(), done.rows_affected()).into())
}

fn prepared(what: &Statement) -> Query<'_, MySql, SqlxValues> {
    let values = what.values.clone().unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(what.sql.clone()), SqlxValues(values))
}

pub(in crate::store::remote) async fn execute(
    connection: &mut MySqlConnection,
    what: &Statement,
) -> Result<ExecResult, DbErr> {
    executed(prepared(what).execute(connection).await)
}

pub(in crate::store::remote) async fn batch(
    connection: &mut MySqlConnection,
    sql: &str,
) -> Result<ExecResult, DbErr> {
    executed(connection.execute(AssertSqlSafe(sql.to_owned())).await)
}

pub(in crate::store::remote) async fn query_one(
    connection: &mut MySqlConnection,
    what: &Statement,
) -> Result<Option<QueryResult>, DbErr> {
    let row = prepared(what).fetch_optional(connection).await.map_err(queried)?;
    row.map(|row| read(&row)).transpose()
}

pub(in crate::store::remote) async fn query_all(
    connection: &mut MySqlConnection,
    what: &Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    let rows = prepared(what).fetch_all(connection).await.map_err(queried)?;
    rows.iter().map(read).collect()
}

/// Reads rows until there are no more or `wanted` says that it has enough.
pub(in crate::store::remote) async fn each<E: EntityTrait>(
    connection: &mut MySqlConnection,
    query: Select<E>,
    mut wanted: impl FnMut(E::Model) -> bool + Send,
) -> Result<(), DbErr>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let (statement, table) = (query.build(DbBackend::MySql), Table::<E>::new());
    let mut rows = prepared(&statement).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(queried)? {
        if !wanted(table.read(|kind, index| value(&row, kind, index))??) {
            break;
        }
    }
    Ok(())
}

fn read(row: &MySqlRow) -> Result<QueryResult, DbErr> {
    general(row.columns().iter().map(|column| {
        let kind = held(column.type_info().name());
        Ok((column.name().to_owned(), value(row, kind, column.ordinal())?))
    }))
}

/// What a column of this type holds. A text that compares byte by byte is told by the name of one
/// of bytes.
fn held(kind: &str) -> Kind {
    match kind {
        "BOOLEAN" => Kind::Truth,
        "SMALLINT" => Kind::Small,
        number if number.contains("INT") => Kind::Number,
        _ => Kind::Text,
    }
}

fn value(row: &MySqlRow, kind: Kind, index: usize) -> Result<Value, DbErr> {
    let value = match kind {
        Kind::Truth => row.try_get(index).map(Value::Bool),
        Kind::Small => row.try_get(index).map(Value::SmallInt),
        Kind::Number => row.try_get(index).map(Value::BigInt),
        Kind::Text => row.try_get(index).map(Value::String),
    };
    value.map_err(queried)
}
