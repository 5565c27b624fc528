//! Rows of databases that SeaORM does not read for us: what their columns hold, as SeaORM knows it.

use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, Iterable, ProxyRow, QueryResult,
    TryIntoModel, Value,
};

/// What SeaORM expects of a column. It takes a value of another width for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `bool`.
    Truth,
    /// `i16`.
    Small,
    /// `i64`.
    Number,
    /// `String`.
    Text,
}

impl Kind {
    /// By the type of the field.
    fn of(column: impl ColumnTrait) -> Self {
        let def = column.def();
        let kind = def.get_column_type();
        if matches!(kind, ColumnType::Boolean) {
            Self::Truth
        } else if matches!(kind, ColumnType::SmallInteger) {
            Self::Small
        } else if matches!(kind, ColumnType::String(_) | ColumnType::Text) {
            Self::Text
        } else {
            Self::Number
        }
    }
}

/// The columns of a table, in the order in which a whole row is asked for.
pub(super) struct Table<E: EntityTrait>(Vec<(E::Column, Kind)>);

impl<E: EntityTrait> Table<E>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    pub(super) fn new() -> Self {
        Self(E::Column::iter().map(|column| (column, Kind::of(column))).collect())
    }

    /// A row, on its own, of the values of its columns.
    pub(super) fn read<X>(
        &self,
        value: impl Fn(Kind, usize) -> Result<Value, X>,
    ) -> Result<Result<E::Model, DbErr>, X> {
        let mut read = E::ActiveModel::default();
        for (index, (column, kind)) in self.0.iter().enumerate() {
            if let Err(error) = read.try_set(*column, value(*kind, index)?) {
                return Ok(Err(error));
            }
        }
        Ok(read.try_into_model())
    }
}

/// A row of any answer, on its own, of the names of its columns and their values.
pub(super) fn general<X>(
    columns: impl Iterator<Item = Result<(String, Value), X>>,
) -> Result<QueryResult, X> {
    Ok(ProxyRow::new(columns.collect::<Result<_, X>>()?).into())
}
