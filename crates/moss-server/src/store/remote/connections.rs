//! The connections to a server of either kind. PostgreSQL's are SeaORM's own.

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    ExecResult, QueryResult, Select, Statement, StreamTrait, TransactionTrait, TryIntoModel,
};

use crate::store::dialect::SNAPSHOT;
use crate::store::remote::mysql::connection as mysql;

/// The connections of one role.
#[derive(Clone, Debug)]
pub(super) enum Connections {
    Postgres(DatabaseConnection),
    MySql(mysql::Connections),
}

/// A transaction, on a connection of its own. It is rolled back unless it is committed.
#[derive(Debug)]
pub(super) enum Begun {
    Postgres(DatabaseTransaction),
    MySql(mysql::Transaction),
}

impl Connections {
    pub(super) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::MySql(_) => DbBackend::MySql,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            // Who still has one gives it back soon, or the server takes it.
            Self::Postgres(db) => drop(db.close_by_ref().await),
            Self::MySql(db) => db.close().await,
        }
    }

    pub(super) async fn begin(&self) -> Result<Begun, DbErr> {
        Ok(match self {
            Self::Postgres(db) => Begun::Postgres(db.begin().await?),
            Self::MySql(db) => Begun::MySql(db.begin().await?),
        })
    }

    pub(super) async fn snapshot(&self) -> Result<Begun, DbErr> {
        let (isolation, access) = SNAPSHOT;
        Ok(match self {
            Self::Postgres(db) => Begun::Postgres(db.begin_with_config(isolation, access).await?),
            Self::MySql(db) => Begun::MySql(db.snapshot().await?),
        })
    }

    pub(super) async fn execute(&self, what: &Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(db) => db.execute_raw(what.clone()).await,
            Self::MySql(db) => mysql::execute(&mut *db.one().await?, what).await,
        }
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(db) => db.execute_unprepared(sql).await,
            Self::MySql(db) => mysql::batch(&mut *db.one().await?, sql).await,
        }
    }

    pub(super) async fn query_one(&self, what: &Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Postgres(db) => db.query_one_raw(what.clone()).await,
            Self::MySql(db) => mysql::query_one(&mut *db.one().await?, what).await,
        }
    }

    pub(super) async fn query_all(&self, what: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(db) => db.query_all_raw(what.clone()).await,
            Self::MySql(db) => mysql::query_all(&mut *db.one().await?, what).await,
        }
    }

    pub(super) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        match self {
            Self::Postgres(db) => each_streamed(db, query, wanted).await,
            Self::MySql(db) => mysql::each(&mut *db.one().await?, query, wanted).await,
        }
    }
}

impl Begun {
    pub(super) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::MySql(_) => DbBackend::MySql,
        }
    }

    pub(super) async fn execute(&self, what: &Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(tx) => tx.execute_raw(what.clone()).await,
            Self::MySql(tx) => mysql::execute(&mut *tx.one().await, what).await,
        }
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(tx) => tx.execute_unprepared(sql).await,
            Self::MySql(tx) => mysql::batch(&mut *tx.one().await, sql).await,
        }
    }

    pub(super) async fn query_one(&self, what: &Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Postgres(tx) => tx.query_one_raw(what.clone()).await,
            Self::MySql(tx) => mysql::query_one(&mut *tx.one().await, what).await,
        }
    }

    pub(super) async fn query_all(&self, what: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(tx) => tx.query_all_raw(what.clone()).await,
            Self::MySql(tx) => mysql::query_all(&mut *tx.one().await, what).await,
        }
    }

    pub(super) async fn each<E: EntityTrait>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> Result<(), DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        match self {
            Self::Postgres(tx) => each_streamed(tx, query, wanted).await,
            Self::MySql(tx) => mysql::each(&mut *tx.one().await, query, wanted).await,
        }
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(tx) => tx.commit().await,
            Self::MySql(tx) => tx.commit().await,
        }
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(tx) => tx.rollback().await,
            Self::MySql(tx) => tx.rollback().await,
        }
    }
}

/// Reads rows until there are no more or `wanted` says that it has enough; what follows is left
/// where it is.
async fn each_streamed<E: EntityTrait, C: ConnectionTrait + StreamTrait + Send>(
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
