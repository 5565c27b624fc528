//! What an answer must look like, written as JSON.
//!
//! `":string"`, `":time?"` and the like are types, `?` also allows null; any other text, number,
//! boolean or null is that very value. An object lists its fields: exactly these on the original,
//! at least these on ours (`"name@original"` is not asked of ours). `[":each", shape]` is a list of at least one, all of that shape; any
//! other array is a list of exactly these.

use moss_api::Timestamp;
use serde_json::{Map, Value, json};

use crate::world::Target;

/// Ends the name of a field ours leaves out.
const ONLY_ORIGINAL: &str = "@original";

/// What is wrong with `value`, or nothing.
pub fn mismatch(shape: &Value, value: &Value, target: Target, at: &str) -> Option<String> {
    let wrong = |want: &str| Some(format!("{at} is {value}, wanted {want}"));
    match shape {
        Value::String(word) if word.starts_with(':') => {
            if fits(word, value, target) {
                None
            } else {
                wrong(word)
            }
        }
        Value::Object(fields) => match value.as_object() {
            Some(have) => object(fields, have, target, at),
            None => wrong("an object"),
        },
        Value::Array(shapes) => match (shapes.first(), value) {
            (Some(each), Value::Array(items)) if each == ":each" => {
                let shape = &shapes[1];
                if items.is_empty() {
                    return wrong("at least one");
                }
                let mut items = items.iter().enumerate();
                items.find_map(|(i, v)| mismatch(shape, v, target, &format!("{at}[{i}]")))
            }
            (_, Value::Array(items)) if items.len() == shapes.len() => shapes
                .iter()
                .zip(items)
                .enumerate()
                .find_map(|(i, (s, v))| mismatch(s, v, target, &format!("{at}[{i}]"))),
            _ => wrong(&format!("a list of {}", shapes.len())),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if shape == value {
                None
            } else {
                wrong(&shape.to_string())
            }
        }
    }
}

fn object(
    fields: &Map<String, Value>,
    have: &Map<String, Value>,
    target: Target,
    at: &str,
) -> Option<String> {
    for (name, shape) in fields {
        let name = match (name.strip_suffix(ONLY_ORIGINAL), target) {
            (Some(_), Target::Ours) => continue,
            (Some(name), Target::Original) => name,
            (None, _) => name,
        };
        match have.get(name) {
            None => return Some(format!("{at}.{name} is missing")),
            Some(value) => {
                let wrong = mismatch(shape, value, target, &format!("{at}.{name}"));
                if wrong.is_some() {
                    return wrong;
                }
            }
        }
    }
    let listed = |name: &str| {
        fields.contains_key(name) || fields.contains_key(&format!("{name}{ONLY_ORIGINAL}"))
    };
    let extra = have.keys().find(|name| !listed(name));
    match (target, extra) {
        (Target::Original, Some(name)) => Some(format!("{at}.{name} is not the original's")),
        _ => None,
    }
}

fn fits(word: &str, value: &Value, target: Target) -> bool {
    let text = value.as_str();
    if let Some(word) = word.strip_suffix('?') {
        // The original stores an empty text where a client sent one for nobody.
        let nobody = target == Target::Original && text == Some("");
        return value.is_null() || nobody || fits(word, value, target);
    }
    match word {
        ":any" => true,
        ":string" => text.is_some(),
        ":filled" => text.is_some_and(|t| !t.is_empty()),
        ":int" => value.is_i64(),
        ":positive" => value.as_i64().is_some_and(|n| n > 0),
        ":bool" => value.is_boolean(),
        ":list" => value.is_array(),
        ":id" => text.is_some_and(is_uuid),
        ":time" => text.is_some_and(|t| is_time(t, target)),
        other => panic!("no such type in a shape: {other}"),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == '-',
            14 => c == '4',
            _ => matches!(c, '0'..='9' | 'a'..='f'),
        })
}

/// The original: local, no zone, six digits after the second or none. Ours: UTC with `Z`.
fn is_time(text: &str, target: Target) -> bool {
    let zoned = text.ends_with('Z');
    let fraction = text.split_once('.').map(|(_, fraction)| fraction.len());
    let form = match target {
        Target::Original => !zoned && matches!(fraction, None | Some(6)),
        Target::Ours => zoned,
    };
    form && text.parse::<Timestamp>().is_ok()
}

/// The entities of the contract.
pub fn task() -> Value {
    json!({
        "id": ":id", "name": ":string", "description": ":string", "type": ":string",
        "status": ":string", "created_at": ":time", "updated_at": ":time",
    })
}

pub fn module() -> Value {
    json!({ "id": ":id", "task_id": ":id", "name": ":string", "description": ":string" })
}

pub fn sub_task() -> Value {
    json!({
        "id": ":id", "task_id": ":id", "module_id": ":id?", "name": ":string",
        "description": ":string", "deliverable": ":string", "acceptance": ":string",
        "type": ":string", "status": ":string", "priority": ":string", "assigned_agent": ":id?",
        "current_session_id": ":string?", "rework_count": ":int", "created_at": ":time",
        "updated_at": ":time", "completed_at": ":time?",
    })
}

pub fn review() -> Value {
    json!({
        "id": ":id", "sub_task_id": ":id", "reviewer_agent": ":id", "round": ":positive",
        "result": ":string", "score": ":int", "issues": ":string", "comment": ":string",
        "rework_agent": ":id?", "created_at": ":time",
    })
}

pub fn reward() -> Value {
    json!({
        "id": ":id", "agent_id": ":id", "sub_task_id": ":id?", "reason": ":filled",
        "score_delta": ":int", "created_at": ":time",
    })
}

pub fn log() -> Value {
    json!({
        "id": ":id", "agent_id": ":id", "sub_task_id": ":string?", "action": ":string",
        "summary": ":string", "session_id": ":string?", "created_at": ":time",
    })
}

pub fn agent() -> Value {
    json!({
        "id": ":id", "name": ":string", "role": ":string", "description": ":string",
        "status": ":string", "total_score": ":int",
    })
}

pub fn rule() -> Value {
    json!({
        "id": ":id", "scope": ":string", "task_id": ":id?", "sub_task_id": ":id?",
        "content": ":string", "created_at": ":time", "updated_at": ":time",
    })
}

pub fn score() -> Value {
    json!({
        "agent_id": ":id", "agent_name": ":string", "total_score": ":int", "rank": ":positive",
        "total_agents": ":positive", "reward_count": ":int", "penalty_count": ":int",
        "total_records": ":int",
    })
}

/// A shape with some fields pinned to values.
pub fn with(mut shape: Value, pinned: Value) -> Value {
    let Value::Object(pinned) = pinned else { panic!("pins are an object") };
    for (name, value) in pinned {
        assert!(shape.get(&name).is_some(), "no field {name} in the shape");
        shape[name.as_str()] = value;
    }
    shape
}

/// The envelope around `items` when the whole list fits into one answer.
pub fn whole_list(items: Value, total: usize) -> Value {
    json!({
        "items": items, "total": total, "page": 1, "page_size": ":int", "total_pages": 1,
        "has_more": false,
    })
}

/// A list item of sub-tasks, with a column that is always null.
pub fn sub_task_row(pinned: Value) -> Value {
    let mut row = with(sub_task(), pinned);
    row["recurring_config"] = Value::Null;
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_both(shape: &Value, value: &Value) -> (bool, bool) {
        let fits = |target| mismatch(shape, value, target, "$").is_none();
        (fits(Target::Original), fits(Target::Ours))
    }

    #[test]
    fn the_original_has_exactly_these_fields_and_ours_at_least() {
        let shape = json!({ "a": ":int", "b@original": null });
        assert_eq!(fits_both(&shape, &json!({ "a": 1, "b": null })), (true, true));
        assert_eq!(fits_both(&shape, &json!({ "a": 1 })), (false, true));
        assert_eq!(fits_both(&shape, &json!({ "a": 1, "b": null, "c": 2 })), (false, true));
        assert_eq!(fits_both(&shape, &json!({ "b": null })), (false, false));
        assert_eq!(fits_both(&shape, &json!({ "a": "1", "b": null })), (false, false));
    }

    #[test]
    fn times_have_a_zone_on_ours_alone() {
        let shape = json!(":time");
        for naive in ["2026-11-20T20:30:36.275594", "2026-11-20T20:30:36"] {
            assert_eq!(fits_both(&shape, &json!(naive)), (true, false), "{naive}");
        }
        assert_eq!(fits_both(&shape, &json!("2026-11-20T20:30:36.27Z")), (false, true));
        assert_eq!(fits_both(&shape, &json!("2026-11-20T20:30:36.27")), (false, false));
        assert_eq!(fits_both(&shape, &json!("yesterday")), (false, false));
        assert_eq!(fits_both(&json!(":time?"), &Value::Null), (true, true));
    }

    #[test]
    fn lists_and_values() {
        let each = json!([":each", ":filled"]);
        assert_eq!(fits_both(&each, &json!(["a", "b"])), (true, true));
        assert_eq!(fits_both(&each, &json!([])), (false, false));
        assert_eq!(fits_both(&each, &json!(["a", ""])), (false, false));
        assert_eq!(fits_both(&json!([1, true, null]), &json!([1, true, null])), (true, true));
        assert_eq!(fits_both(&json!([1]), &json!([1, 1])), (false, false));
        assert_eq!(fits_both(&json!(1), &json!(1.5)), (false, false));
        let id = json!("0189c9f2-0000-4000-8000-000000000000");
        assert_eq!(fits_both(&json!(":id"), &id), (true, true));
        assert_eq!(fits_both(&json!(":id"), &json!("nonsense")), (false, false));
    }
}
