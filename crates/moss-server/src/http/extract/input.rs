//! What was sent where a problem is, for the answer that tells of it: cut short, and without
//! secrets.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most characters of a text that are shown.
const MAX_CHARS: usize = 100;
/// Most fields and items that are shown.
const MAX_ENTRIES: usize = 20;
/// How deep what is shown may be.
const MAX_DEPTH: usize = 2;

/// The value at this place of a body; null when there is none. A problem is there, not a value to
/// work with, so nothing of the body is kept but what is shown.
pub(super) fn at(body: &[u8], place: &[Value]) -> Value {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut source = serde_json::Deserializer::from_slice(body);
    let seed = Place { place, show: Show { depth: MAX_DEPTH, secret: false } };
    seed.deserialize(&mut source).unwrap_or_default()
}

/// A value that came as text, such as of a query.
pub(super) fn text(name: &str, value: &str) -> Value {
    if is_secret(name) { hidden() } else { moss_api::clip(value, MAX_CHARS).into() }
}

/// Whether what stands in a field of this name is nobody's to repeat.
fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["password", "token", "secret", "key"].iter().any(|word| field.contains(word))
}

fn hidden() -> Value {
    "***".into()
}

fn more() -> Value {
    "…".into()
}

/// Shows a value.
#[derive(Clone, Copy)]
struct Show {
    depth: usize,
    secret: bool,
}

impl Show {
    fn inside(self, field: &str) -> Self {
        Self { depth: self.depth.saturating_sub(1), secret: self.secret || is_secret(field) }
    }

    fn plain(self, value: impl Into<Value>) -> Value {
        if self.secret { hidden() } else { value.into() }
    }
}

impl<'de> DeserializeSeed<'de> for Show {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Show {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(self.plain(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(self.plain(moss_api::clip(value, MAX_CHARS)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut shown = Vec::new();
        while self.depth > 0
            && shown.len() < MAX_ENTRIES
            && let Some(item) = items.next_element_seed(self.inside(""))?
        {
            shown.push(item);
        }
        if items.next_element::<IgnoredAny>()?.is_some() {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            shown.push(more());
        }
        Ok(shown.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut shown = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if self.depth == 0 || shown.len() >= MAX_ENTRIES {
                fields.next_value::<IgnoredAny>()?;
                shown.insert("…".to_owned(), more());
                continue;
            }
            let value = fields.next_value_seed(self.inside(&name))?;
            shown.insert(moss_api::clip(&name, MAX_CHARS), value);
        }
        Ok(shown.into())
    }
}

/// Finds a place, and shows what is there.
#[derive(Clone, Copy)]
struct Place<'p> {
    place: &'p [Value],
    show: Show,
}

impl Place<'_> {
    fn inside(self, field: &str) -> Self {
        let secret = self.show.secret || is_secret(field);
        Self { place: self.place.get(1..).unwrap_or_default(), show: Show { secret, ..self.show } }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        if self.place.is_empty() {
            return self.show.deserialize(source);
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let wanted = self.place.first().and_then(Value::as_u64).unwrap_or(u64::MAX);
        for _ in 0..wanted {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Ok(Value::Null);
            }
        }
        let found = items.next_element_seed(self.inside(""))?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found.unwrap_or_default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let wanted = self.place.first().and_then(Value::as_str);
        let mut found = Value::Null;
        while let Some(name) = fields.next_key::<String>()? {
            if Some(name.as_str()) == wanted {
                found = fields.next_value_seed(self.inside(&name))?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn shows(body: &Value, place: &[Value], want: Value) {
        assert_eq!(at(body.to_string().as_bytes(), place), want);
    }

    #[test]
    fn the_value_at_a_place_is_shown() {
        let body = json!({ "name": 5, "list": [{ "path": "a" }, { "path": true }], "none": null });
        shows(&body, &["name".into()], json!(5));
        shows(&body, &["list".into(), 1.into(), "path".into()], json!(true));
        shows(&body, &["list".into(), 7.into(), "path".into()], Value::Null);
        shows(&body, &["other".into()], Value::Null);
        shows(&body, &["name".into(), "deeper".into()], Value::Null);
        shows(&json!([1, "x", null]), &[], json!([1, "x", null]));
        assert_eq!(at(b"{\"a\": ", &["a".into()]), Value::Null);
    }

    #[test]
    fn secrets_are_not_repeated() {
        let body = json!({
            "admin_password": "hunter22", "registration_token": ["t"], "api_key": 7,
            "sections": { "old_password": "x", "name": "n" },
        });
        let want = json!({
            "admin_password": "***", "registration_token": ["***"], "api_key": "***",
            "sections": { "old_password": "***", "name": "n" },
        });
        shows(&body, &[], want);
        shows(&body, &["registration_token".into(), 0.into()], json!("***"));
        shows(&body, &["sections".into(), "old_password".into()], json!("***"));
        assert_eq!(text("token", "x"), "***");
    }

    #[test]
    fn what_is_long_wide_or_deep_is_cut() {
        let long = "x".repeat(5_000);
        shows(&json!({ "a": long }), &["a".into()], moss_api::clip(&long, 100).into());
        let shown = at(json!((0..500).collect::<Vec<_>>()).to_string().as_bytes(), &[]);
        assert_eq!(shown.as_array().unwrap().len(), 21);
        shows(&json!([[[1]]]), &[], json!([[["…"]]]));
        shows(&json!({ "a": { "b": { "c": 1 } } }), &[], json!({ "a": { "b": { "…": "…" } } }));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(at(deep.as_bytes(), &["a".into()]), Value::Null);
        assert!(
            at(format!("{}{}", "{\"a\":[".repeat(60), "]}".repeat(60)).as_bytes(), &[]).is_object()
        );
    }
}
