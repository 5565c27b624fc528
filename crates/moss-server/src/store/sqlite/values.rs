//! Values on their way into SQLite, and rows on their way out, as SeaORM knows them.

use std::collections::BTreeMap;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Error, Result, Row, Statement};
use sea_orm::{
    ActiveModelTrait, DbErr, EntityTrait, Iterable, ProxyRow, QueryResult, TryIntoModel, Value,
};

use crate::store::column::Kind;

/// A value of a statement.
pub(super) struct Bound<'a>(pub &'a Value);

impl ToSql for Bound<'_> {
    #[expect(clippy::wildcard_enum_match_arm)]
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        fn integer<'a>(number: Option<impl Into<i64>>) -> ValueRef<'a> {
            number.map_or(ValueRef::Null, |number| ValueRef::Integer(number.into()))
        }
        fn real<'a>(number: Option<impl Into<f64>>) -> ValueRef<'a> {
            number.map_or(ValueRef::Null, |number| ValueRef::Real(number.into()))
        }
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Bool(truth) => integer(*truth),
            Value::TinyInt(number) => integer(*number),
            Value::SmallInt(number) => integer(*number),
            Value::Int(number) => integer(*number),
            Value::BigInt(number) => integer(*number),
            Value::TinyUnsigned(number) => integer(*number),
            Value::SmallUnsigned(number) => integer(*number),
            Value::Unsigned(number) => integer(*number),
            Value::BigUnsigned(number) => {
                let signed = number.map(i64::try_from).transpose();
                integer(signed.map_err(|error| Error::ToSqlConversionFailure(error.into()))?)
            }
            Value::Float(number) => real(*number),
            Value::Double(number) => real(*number),
            Value::String(text) => {
                text.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
            }
            Value::Bytes(bytes) => {
                bytes.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes))
            }
            // Which kinds there are is decided by features of SeaORM's that others ask for.
            _ => {
                let what = "a value of a kind that no column has";
                return Err(Error::ToSqlConversionFailure(what.into()));
            }
        }))
    }
}

impl Kind {
    /// By the type the column was declared with.
    fn declared(kind: Option<&str>) -> Self {
        match kind {
            Some("boolean") => Self::Truth,
            Some("smallint") => Self::Small,
            Some(text) if text == "text" || text.starts_with("varchar") => Self::Text,
            Some(_) | None => Self::Number,
        }
    }

    fn value(self, row: &Row<'_>, index: usize) -> Result<Value> {
        Ok(match row.get_ref(index)? {
            ValueRef::Null => match self {
                Self::Truth => Value::Bool(None),
                Self::Small => Value::SmallInt(None),
                Self::Number => Value::BigInt(None),
                Self::Text => Value::String(None),
            },
            ValueRef::Integer(number) => match self {
                Self::Truth => Value::Bool(Some(number != 0)),
                Self::Small => {
                    let too_large = |_| Error::IntegralValueOutOfRange(index, number);
                    Value::SmallInt(Some(i16::try_from(number).map_err(too_large)?))
                }
                Self::Number | Self::Text => Value::BigInt(Some(number)),
            },
            ValueRef::Real(number) => Value::Double(Some(number)),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                let text = text.map_err(|error| Error::Utf8Error(index, error))?;
                Value::String(Some(text.to_owned()))
            }
            ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_owned())),
        })
    }
}

/// What the columns of any answer are called, and what they hold.
pub(super) struct Columns(Vec<(String, Kind)>);

impl Columns {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        let columns = statement.columns().into_iter();
        Self(columns.map(|it| (it.name().to_owned(), Kind::declared(it.decl_type()))).collect())
    }

    /// A row of the answer, on its own.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<QueryResult> {
        let columns = self.0.iter().enumerate();
        let values =
            columns.map(|(index, (name, kind))| Ok((name.clone(), kind.value(row, index)?)));
        Ok(ProxyRow::new(values.collect::<Result<BTreeMap<_, _>>>()?).into())
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

    /// A row, on its own.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<std::result::Result<E::Model, DbErr>> {
        let mut read = E::ActiveModel::default();
        for (index, (column, kind)) in self.0.iter().enumerate() {
            if let Err(error) = read.try_set(*column, kind.value(row, index)?) {
                return Ok(Err(error));
            }
        }
        Ok(read.try_into_model())
    }
}
