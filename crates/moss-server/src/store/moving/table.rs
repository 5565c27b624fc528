//! A table as it is moved: its rows as plain values, read by its key and written under the number
//! they had.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, Value};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
    QueryResult,
};

use crate::store::dialect::{ROW_NUMBER, go_on_after_highest};
use crate::store::moving::sum::Sum;
use crate::store::rows::Kind;

/// Rows that are read at a time.
const PAGE: u64 = 500;
/// Most rows in one statement, and about how many bytes: a database has its limit of both.
const MAX_CHUNK: usize = 64;
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// A row: the values of the table's columns, in their order.
pub(super) type Row = Vec<Value>;

/// What has to be known of a table.
#[derive(Debug)]
pub(super) struct Table {
    /// What it is called.
    pub name: &'static str,
    /// Whether the first start of a server puts rows into it: they say nothing of an installation.
    pub is_of_a_start: bool,
    /// The number by which its rows are in order is one of them.
    columns: Vec<(&'static str, Kind)>,
    key: Vec<&'static str>,
    number: &'static str,
}

impl Table {
    /// That of an entity.
    pub fn of<E: EntityTrait>() -> Self {
        let columns = E::Column::iter().map(|column| (column.as_str(), Kind::of(column)));
        let mut columns: Vec<_> = columns.collect();
        let key: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect();
        let numbered_key = key.first().filter(|_| E::PrimaryKey::auto_increment());
        let number = numbered_key.copied().unwrap_or(ROW_NUMBER);
        if numbered_key.is_none() {
            columns.push((ROW_NUMBER, Kind::Number));
        }
        Self { name: E::default().table_name(), is_of_a_start: false, columns, key, number }
    }

    /// The same, as one that a start puts rows into.
    pub fn of_a_start(self) -> Self {
        Self { is_of_a_start: true, ..self }
    }

    /// How many rows it has, and how many of them have something in each column: the database's own
    /// word for it.
    pub async fn count<C: ConnectionTrait>(&self, db: &C) -> Result<(u64, Vec<u64>), DbErr> {
        let mut query = Query::select();
        query.from(self.name).expr_as(Expr::cust("COUNT(*)"), "all_rows");
        for (name, _) in &self.columns {
            query.expr_as(Func::count(Expr::col(*name)), format!("filled_{name}"));
        }
        let row = db.query_one(&query).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))?;
        let number = |name: &str| {
            let count: i64 = row.try_get("", name)?;
            Ok::<_, DbErr>(u64::try_from(count).unwrap_or_default())
        };
        let filled = self.columns.iter().map(|(name, _)| number(&format!("filled_{name}")));
        Ok((number("all_rows")?, filled.collect::<Result<_, _>>()?))
    }

    /// The rows after that one, by their key; a few at a time.
    pub async fn page<C: ConnectionTrait>(
        &self,
        db: &C,
        after: Option<&Row>,
    ) -> Result<Vec<Row>, DbErr> {
        let mut query = Query::select();
        query.from(self.name).limit(PAGE);
        for (name, _) in &self.columns {
            query.column(*name);
        }
        for name in &self.key {
            query.order_by(*name, Order::Asc);
        }
        if let Some(beyond) = after.and_then(|row| beyond(&self.key_of(row))) {
            query.and_where(beyond);
        }
        db.query_all(&query).await?.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &QueryResult) -> Result<Row, DbErr> {
        let value = |(name, kind): &(&str, Kind)| {
            Ok(match kind {
                Kind::Truth => Value::Bool(row.try_get("", name)?),
                Kind::Small => Value::SmallInt(row.try_get("", name)?),
                Kind::Number => Value::BigInt(row.try_get("", name)?),
                Kind::Text => Value::String(row.try_get("", name)?),
            })
        };
        self.columns.iter().map(value).collect()
    }

    fn key_of(&self, row: &Row) -> Vec<(&'static str, Value)> {
        let value = |key: &&'static str| {
            let columns = self.columns.iter().zip(row);
            columns
                .filter(|((name, _), _)| name == key)
                .map(|(_, value)| (*key, value.clone()))
                .next()
        };
        self.key.iter().filter_map(value).collect()
    }

    /// Inserts rows as they are.
    pub async fn insert<C: ConnectionTrait>(&self, db: &C, rows: &[Row]) -> Result<(), DbErr> {
        let mut left = rows;
        while !left.is_empty() {
            let (chunk, later) = left.split_at(chunk(left));
            let mut insert = Query::insert();
            insert.into_table(self.name).columns(self.columns.iter().map(|(name, _)| *name));
            for row in chunk {
                let values = row.iter().cloned().map(Expr::val);
                insert.values(values).map_err(|error| DbErr::Custom(error.to_string()))?;
            }
            db.execute(&insert).await?;
            left = later;
        }
        Ok(())
    }

    /// Lets the next row have a number after all that were inserted.
    pub async fn go_on<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        let statement = go_on_after_highest(db.get_database_backend(), self.name, self.number);
        let Some(statement) = statement else { return Ok(()) };
        db.query_one_raw(statement).await.map(drop)
    }

    /// Takes all rows away.
    pub async fn clear<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        db.execute(Query::delete().from_table(self.name)).await.map(drop)
    }

    #[cfg(test)]
    pub fn columns(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// The sum of no rows.
    pub fn nothing(&self) -> Sum {
        Sum::of_columns(self.columns.len())
    }
}

/// What comes after this key. The first condition is one an index serves; of several columns alone
/// the rest is not.
fn beyond(key: &[(&'static str, Value)]) -> Option<Expr> {
    let ((name, value), rest) = key.split_first()?;
    let is_greater = Expr::col(*name).gt(value.clone());
    Some(match beyond(rest) {
        None => is_greater,
        Some(rest) => Expr::col(*name).gte(value.clone()).and(is_greater.or(rest)),
    })
}

/// How many of these rows go into one statement: few numbers, so that each statement is prepared
/// once and found again.
fn chunk(rows: &[Row]) -> usize {
    let mut size = 1 << rows.len().clamp(1, MAX_CHUNK).ilog2();
    let bytes = |rows: &[Row]| rows.iter().flatten().map(bytes).sum::<usize>();
    while size > 1 && rows.get(..size).is_some_and(|rows| bytes(rows) > MAX_CHUNK_BYTES) {
        size /= 2;
    }
    size
}

fn bytes(value: &Value) -> usize {
    if let Value::String(Some(text)) = value { text.len() } else { size_of::<i64>() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Row {
        vec![Value::String(Some("x".repeat(length)))]
    }

    #[test]
    fn a_statement_holds_so_many_rows_and_so_many_bytes() {
        for (rows, length, want) in
            [(1, 1, 1), (3, 1, 2), (64, 1, 64), (500, 1, 64), (500, 65_536, 16), (9, 4 << 20, 1)]
        {
            assert_eq!(chunk(&vec![text(length); rows]), want, "{rows} {length}");
        }
    }

    #[test]
    fn what_comes_after_a_key_begins_with_what_an_index_serves() {
        let key = [("a", Value::from("x")), ("b", Value::from(2_i64))];
        let query =
            Query::select().column("a").from("t").and_where(beyond(&key).unwrap()).to_owned();
        assert_eq!(
            query.to_string(sea_orm::sea_query::SqliteQueryBuilder),
            r#"SELECT "a" FROM "t" WHERE "a" >= 'x' AND ("a" > 'x' OR "b" > 2)"#
        );
    }
}
