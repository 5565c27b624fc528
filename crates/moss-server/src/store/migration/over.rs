//! A transaction of ours as SeaORM's migrations take it: they know connections of SeaORM's own only.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, ProxyDatabaseConnector, ProxyDatabaseTrait,
    ProxyExecResult, ProxyRow, Statement, from_query_result_to_proxy_row,
};
use sea_orm_migration::MigratorTrait;

use crate::store::Transaction;
use crate::store::migration::Migrator;

#[derive(Debug)]
struct Migrating(Arc<Transaction>);

/// What is migrated over this connection is part of the transaction.
fn for_migrations(tx: &Arc<Transaction>) -> Result<DatabaseConnection, DbErr> {
    let proxy: Box<dyn ProxyDatabaseTrait> = Box::new(Migrating(tx.clone()));
    ProxyDatabaseConnector::connect(tx.get_database_backend(), Arc::new(proxy))
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

/// Brings the schema up to date, in a transaction that it ends.
pub(in crate::store) async fn migrate(tx: Transaction) -> Result<(), DbErr> {
    let tx = Arc::new(tx);
    let migrations = for_migrations(&tx)?;
    Migrator::up(&migrations, None).await?;
    drop(migrations);
    let ours = Arc::into_inner(tx).ok_or(DbErr::Custom("a migration goes on".to_owned()));
    ours?.commit().await
}
