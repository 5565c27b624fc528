//! Values of the original's rows: SQLite keeps what it was given, whatever the column says.

use std::collections::HashMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use moss_api::{IdPrefix, Timestamp};
use rusqlite::types::Value;

/// A row by the names of its columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(pub HashMap<String, Value>);

impl Row {
    /// A text; that of a number is its digits.
    pub fn text(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(n) => Some(n.to_string()),
            Value::Real(n) => Some(n.to_string()),
            Value::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Value::Null => None,
        }
    }

    /// A text that may be absent or empty: then it is none.
    pub fn filled(&self, column: &str) -> Option<String> {
        self.text(column).filter(|text| !text.trim().is_empty())
    }

    /// A text, empty when it is absent.
    pub fn said(&self, column: &str) -> String {
        self.text(column).unwrap_or_default()
    }

    /// A whole number.
    pub fn number(&self, column: &str) -> Option<i64> {
        match self.0.get(column)? {
            Value::Integer(n) => Some(*n),
            Value::Real(n) if n.fract() == 0.0 && n.abs() < 9.0e15 => {
                format!("{n:.0}").parse().ok()
            }
            Value::Text(text) => text.trim().parse().ok(),
            Value::Real(_) | Value::Blob(_) | Value::Null => None,
        }
    }

    /// A whole id, in small letters.
    pub fn id(&self, column: &str) -> Option<String> {
        let prefix: IdPrefix = self.text(column)?.parse().ok()?;
        prefix.is_whole().then(|| prefix.as_str().to_owned())
    }

    /// A local time.
    pub fn time(&self, column: &str, zone: &TimeZone) -> Option<Timestamp> {
        let text = self.text(column)?;
        let text = text.trim();
        if let Ok(time) = text.parse::<Timestamp>()
            && (text.ends_with('Z') || text.contains('+'))
        {
            return Some(time);
        }
        let local: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
        let at = local.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond();
        (at > 0).then(|| Timestamp::from_micros(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Row {
        Row(HashMap::from([("x".to_owned(), value)]))
    }

    fn text(text: &str) -> Row {
        row(Value::Text(text.to_owned()))
    }

    #[test]
    fn local_times_are_those_of_a_zone() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let time = |said: &str| text(said).time("x", &zone).map(|time| time.to_string());
        assert_eq!(
            time("2026-11-20 20:30:36.275594").as_deref(),
            Some("2026-11-20T12:30:36.275594Z")
        );
        assert_eq!(time("2026-11-20T20:30:36").as_deref(), Some("2026-11-20T12:30:36Z"));
        assert_eq!(time("2026-11-20T20:30:36Z").as_deref(), Some("2026-11-20T20:30:36Z"));
        for none in ["", "yesterday", "2026-13-01 00:00:00", "0001-01-01 00:00:00"] {
            assert_eq!(time(none), None, "{none}");
        }
    }

    #[test]
    fn a_value_is_what_it_can_be_read_as() {
        assert_eq!(text(" 5 ").number("x"), Some(5));
        assert_eq!(row(Value::Real(5.0)).number("x"), Some(5));
        assert_eq!(row(Value::Real(5.5)).number("x"), None);
        assert_eq!(row(Value::Integer(5)).text("x").as_deref(), Some("5"));
        assert_eq!(row(Value::Null).text("x"), None);
        assert_eq!(text("  ").filled("x"), None);
        let id = "6B1F0000-0000-4000-8000-000000000000";
        assert_eq!(text(id).id("x").as_deref(), Some(&*id.to_lowercase()));
        assert_eq!(text("6b1f").id("x"), None);
        assert_eq!(text("x").id("y"), None);
    }
}
