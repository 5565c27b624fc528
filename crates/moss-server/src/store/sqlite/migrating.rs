//! A transaction as SeaORM's migrations take it: they know connections of SeaORM's own only.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ProxyDatabaseConnector,
    ProxyDatabaseTrait, ProxyExecResult, ProxyRow, Statement, from_query_result_to_proxy_row,
};

use crate::store::Transaction;

#[derive(Debug)]
struct Migrating(Arc<Transaction>);

/// What is migrated over this connection is part of the transaction.
pub(super) fn for_migrations(tx: &Arc<Transaction>) -> Result<DatabaseConnection, DbErr> {
    let proxy: Box<dyn ProxyDatabaseTrait> = Box::new(Migrating(tx.clone()));
    ProxyDatabaseConnector::connect(DbBackend::Sqlite, Arc::new(proxy))
}

#[async_trait::async_trait]
impl ProxyDatabaseTrait for Migrating {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        let rows = self.0.query_all_raw(statement).await?;
        Ok(rows.iter().map(from_query_result_to_proxy_row).collect())
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        self.0.execute_raw(statement).await.map(Into::into)
    }
}
