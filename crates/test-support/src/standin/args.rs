//! Parameters: declared in the route table, checked leniently the way the original's framework
//! does, read by handlers as what they were declared to be.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::answer::{Refused, invalid};

/// What a parameter may be.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A JSON string.
    Text,
    /// A JSON string of at least this many characters.
    TextFrom(usize),
    /// A JSON string of at most this many characters.
    TextTo(usize),
    /// A JSON string or null.
    MaybeText,
    /// `5`, `"5"`, `5.0`, `true`; not `4.5`.
    Whole,
    /// A JSON boolean.
    Truth,
    /// A JSON object or null.
    MaybeObject,
}

/// One declared parameter of a query or a body.
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

pub const fn need(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

pub const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

/// Checked values by name; what was absent is absent.
#[derive(Default)]
pub struct Args(HashMap<&'static str, Value>);

impl Args {
    /// A text, or the default the original declares for it.
    pub fn text_or(&self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or(default).to_owned()
    }

    /// A required text.
    pub fn need(&self, name: &str) -> String {
        self.text(name).expect("declared as required").to_owned()
    }

    /// A text, if it was sent and not null.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A text worth filtering by: the original takes an empty one for none.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A nullable text as the original stores it.
    pub fn nullable(&self, name: &str) -> Value {
        self.text(name).map_or(Value::Null, Value::from)
    }

    /// A whole number within 64 bits. Beyond them the original's database driver gives up.
    pub fn whole(&self, name: &str) -> Result<Option<i64>, Refused> {
        let Some(text) = self.0.get(name).and_then(Value::as_str) else { return Ok(None) };
        let fault = Refused { status: 500, detail: json!("服务器内部错误") };
        text.parse().map(Some).map_err(|_| fault)
    }

    /// A boolean, or its default.
    pub fn truth_or(&self, name: &str, default: bool) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// Checks `given` against `params`, adding to `errors` what is wrong, in the order declared.
    pub fn check(
        part: &str,
        params: &'static [Param],
        given: &Map<String, Value>,
        errors: &mut Vec<Value>,
    ) -> Self {
        let mut args = Self::default();
        for Param { name, kind, required } in params {
            let loc = json!([part, name]);
            match given.get(*name) {
                None if *required => {
                    errors.push(invalid("missing", loc, "Field required", given.clone().into()));
                }
                None => {}
                Some(value) => match kind.read(value) {
                    Ok(read) => drop(args.0.insert(name, read)),
                    Err((code, msg)) => errors.push(invalid(code, loc, msg, value.clone())),
                },
            }
        }
        args
    }
}

impl Kind {
    /// The value as handlers get it. Whole numbers become decimal text, however long they are.
    fn read(self, value: &Value) -> Result<Value, (&'static str, &'static str)> {
        match self {
            Self::MaybeText | Self::MaybeObject if value.is_null() => Ok(Value::Null),
            Self::Text | Self::MaybeText if value.is_string() => Ok(value.clone()),
            Self::Text | Self::MaybeText => Err(("string_type", "Input should be a valid string")),
            Self::TextFrom(least) => match Self::Text.read(value)?.as_str() {
                Some(text) if text.chars().count() >= least => Ok(value.clone()),
                _ => Err(("string_too_short", "String should have more characters")),
            },
            Self::TextTo(most) => match Self::Text.read(value)?.as_str() {
                Some(text) if text.chars().count() <= most => Ok(value.clone()),
                _ => Err(("string_too_long", "String should have fewer characters")),
            },
            Self::Whole => whole(value).map(Value::from),
            Self::Truth if value.is_boolean() => Ok(value.clone()),
            Self::Truth => Err(("bool_parsing", "Input should be a valid boolean")),
            Self::MaybeObject if value.is_object() => Ok(value.clone()),
            Self::MaybeObject => Err(("dict_type", "Input should be a valid dictionary")),
        }
    }
}

fn whole(value: &Value) -> Result<String, (&'static str, &'static str)> {
    match value {
        Value::Bool(b) => Ok(i64::from(*b).to_string()),
        Value::Number(n) => match n.as_f64() {
            _ if n.is_i64() || n.is_u64() => Ok(n.to_string()),
            Some(f) if f.fract() == 0.0 => Ok(format!("{f:.0}")),
            _ => Err(("int_from_float", "Input should be a valid integer, got a fraction")),
        },
        Value::String(text) => {
            let digits = text.trim();
            let body = digits.strip_prefix(['-', '+']).unwrap_or(digits);
            if !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit()) {
                Ok(digits.trim_start_matches('+').to_owned())
            } else {
                Err(("int_parsing", "Input should be a valid integer, unable to parse string"))
            }
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(("int_type", "Input should be a valid integer"))
        }
    }
}

/// Shorthands for the parameters many routes share.
pub mod common {
    use super::{Kind, Param, may};

    pub const PAGE: Param = may("page", Kind::Whole);
    pub const PAGE_SIZE: Param = may("page_size", Kind::Whole);
    pub const STATUS: Param = may("status", Kind::MaybeText);
}
