//! Rows of the tables, read without SeaORM's general row in between: that one keeps every value
//! under a copy of its column's name, and hands out copies of it.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect, Select, TryIntoModel};

/// What a question is asked of: the database, or a transaction on it.
pub trait Reads: ConnectionTrait {
    /// The rows a query finds, until there are no more or `wanted` says that it has enough. The
    /// query is of all the columns of a table.
    fn each<E>(
        &self,
        query: Select<E>,
        wanted: impl FnMut(E::Model) -> bool + Send,
    ) -> impl Future<Output = Result<(), DbErr>> + Send
    where
        E: EntityTrait,
        E::ActiveModel: TryIntoModel<E::Model>;
}

/// A query of all the columns of a table.
pub(super) trait WholeRows<E: EntityTrait>: Sized {
    /// All rows.
    fn read_all<C: Reads>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Vec<E::Model>, DbErr>> + Send;

    /// The first row.
    fn read_one<C: Reads>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Option<E::Model>, DbErr>> + Send;
}

impl<E: EntityTrait> WholeRows<E> for Select<E>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    async fn read_all<C: Reads>(self, db: &C) -> Result<Vec<E::Model>, DbErr> {
        let mut rows = Vec::new();
        db.each(self, |row| {
            rows.push(row);
            true
        })
        .await?;
        Ok(rows)
    }

    async fn read_one<C: Reads>(self, db: &C) -> Result<Option<E::Model>, DbErr> {
        let mut first = None;
        db.each(self.limit(1), |row| {
            first = Some(row);
            false
        })
        .await?;
        Ok(first)
    }
}
