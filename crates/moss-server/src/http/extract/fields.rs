//! Fields into types, with the original's kinds of problems.

use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::response::error::Error;

/// Reads a type out of `source`, which stands in the request at `root`; a value that does not fit
/// is a problem of this kind.
pub(super) fn read<'de, T, D>(root: &str, kind: &str, source: D) -> Result<T, Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    serde_path_to_error::deserialize(source).map_err(|error| {
        use serde_path_to_error::Segment;
        let mut at: Vec<Value> = vec![root.into()];
        at.extend(error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Value::from(*index)),
            Segment::Map { key } => Some(key.as_str().into()),
            Segment::Enum { variant } => Some(variant.as_str().into()),
            Segment::Unknown => None,
        }));
        let message = without_position(error.inner().to_string());
        let missing = message.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`'));
        match missing {
            Some(field) => {
                at.push(field.into());
                Error::field("missing", at, "Field required".to_owned())
            }
            None => Error::field(kind_of(&message).unwrap_or(kind), at, message),
        }
    })
}

/// A parser says where in the text it was; the path says it better.
fn without_position(mut message: String) -> String {
    if let Some((_, position)) = message.rsplit_once(" at line ")
        && let Some((line, column)) = position.split_once(" column ")
        && [line, column].iter().all(|n| n.bytes().all(|b| b.is_ascii_digit()))
    {
        message.truncate(message.len() - position.len() - " at line ".len());
    }
    message
}

/// The original's kind of a problem, where its message tells.
fn kind_of(message: &str) -> Option<&'static str> {
    if message.contains(" is not one of: ") {
        return Some("enum");
    }
    let (_, wanted) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    match wanted {
        "a string" => Some("string_type"),
        "a boolean" => Some("bool_type"),
        "a sequence" => Some("list_type"),
        "a whole number within 64 bits" => Some("int_type"),
        _ => None,
    }
}
