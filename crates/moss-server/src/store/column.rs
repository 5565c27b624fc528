//! Column types: vocabulary words as text, points in time as microseconds. Both are portable
//! across SQLite, PostgreSQL and MySQL.

use std::fmt::Display;
use std::str::FromStr;

use moss_api::Timestamp;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, ColumnTrait, DbErr, QueryResult, TryGetError, TryGetable, Value};

/// What SeaORM expects of a column. It takes a value of another width for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Truth,
    Small,
    Number,
    Text,
}

impl Kind {
    /// By the type of the field.
    pub(in crate::store) fn of(column: impl ColumnTrait) -> Self {
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

/// A word of a closed vocabulary, stored as its wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T: Display> From<Word<T>> for Value {
    fn from(word: Word<T>) -> Self {
        word.0.to_string().into()
    }
}

impl<T: FromStr> TryGetable for Word<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        text.parse().map(Self).map_err(|_| {
            TryGetError::DbErr(DbErr::Type(format!("'{text}' is not a word this build knows")))
        })
    }
}

impl<T: FromStr> ValueType for Word<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let text = <String as ValueType>::try_from(value)?;
        text.parse().map(Self).map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        "Word".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        <String as ValueType>::column_type()
    }
}

impl<T> Nullable for Word<T> {
    fn null() -> Value {
        <String as Nullable>::null()
    }
}

/// A point in time, stored as microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(pub Timestamp);

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl From<At> for Value {
    fn from(at: At) -> Self {
        at.0.micros().into()
    }
}

impl TryGetable for At {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        i64::try_get_by(row, index).map(|micros| Self(Timestamp::from_micros(micros)))
    }
}

impl ValueType for At {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <i64 as ValueType>::try_from(value).map(|micros| Self(Timestamp::from_micros(micros)))
    }

    fn type_name() -> String {
        "At".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::BigInt
    }

    fn column_type() -> ColumnType {
        ColumnType::BigInteger
    }
}

impl Nullable for At {
    fn null() -> Value {
        <i64 as Nullable>::null()
    }
}
