//! Values on their way into SQLite, and rows on their way out, as SeaORM knows them.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Error, Result, Row, Statement};
use sea_orm::{QueryResult, Value};

use crate::store::rows::{Kind, general};

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

/// What a column holds, by the type it was declared with.
fn declared(kind: Option<&str>) -> Kind {
    match kind {
        Some("boolean") => Kind::Truth,
        Some("smallint") => Kind::Small,
        Some(text) if text == "text" || text.starts_with("varchar") => Kind::Text,
        Some(_) | None => Kind::Number,
    }
}

/// The value of a column.
pub(super) fn value(row: &Row<'_>, kind: Kind, index: usize) -> Result<Value> {
    Ok(match row.get_ref(index)? {
        ValueRef::Null => match kind {
            Kind::Truth => Value::Bool(None),
            Kind::Small => Value::SmallInt(None),
            Kind::Number => Value::BigInt(None),
            Kind::Text => Value::String(None),
        },
        ValueRef::Integer(number) => match kind {
            Kind::Truth => Value::Bool(Some(number != 0)),
            Kind::Small => {
                let too_large = |_| Error::IntegralValueOutOfRange(index, number);
                Value::SmallInt(Some(i16::try_from(number).map_err(too_large)?))
            }
            Kind::Number | Kind::Text => Value::BigInt(Some(number)),
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

/// What the columns of any answer are called, and what they hold.
pub(super) struct Columns(Vec<(String, Kind)>);

impl Columns {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        let columns = statement.columns().into_iter();
        Self(columns.map(|it| (it.name().to_owned(), declared(it.decl_type()))).collect())
    }

    /// A row of the answer, on its own.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<QueryResult> {
        let columns = self.0.iter().enumerate();
        general(columns.map(|(index, (name, kind))| Ok((name.clone(), value(row, *kind, index)?))))
    }
}
