//! A value as JSON: the fields that were asked for, never more than a host will pass on, and said in
//! the document itself when something is missing.

use std::io::{self, Write};

use moss_api::MAX_OUTPUT_CHARS;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::render::sanitize;

/// Room for saying what was left out.
const NOTICE: usize = 500;
/// Most characters of a text and most entries of a list within, less and less until all fits. No id
/// is cut.
const LIMITS: [(usize, usize); 9] = [
    (4_000, usize::MAX),
    (2_000, usize::MAX),
    (1_000, usize::MAX),
    (500, usize::MAX),
    (250, 250),
    (120, 60),
    (64, 15),
    (64, 4),
    (64, 1),
];

/// How many of these shorten texts before records go.
const OF_RECORDS: usize = 3;

/// A document as it is printed.
pub fn printed(value: &Value) -> String {
    sanitize::json(&value.to_string())
}

/// What is missing in a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Records at the end of its list.
    pub records: usize,
    /// Whether texts, or lists within, end early.
    pub within: bool,
}

/// Makes a document fit, as it is printed: the ends of long texts go, then records from the end of
/// its list, and then, of what is left, the ends of texts and of lists within. The document says so itself, with the command that
/// shows it `whole`.
pub fn shorten(value: &mut Value, whole: &str) -> Missing {
    let mut missing = Missing::default();
    if fits(value, MAX_OUTPUT_CHARS) {
        return missing;
    }
    let most = MAX_OUTPUT_CHARS - NOTICE;
    if records(value).is_some() {
        // One long record hides no other.
        let (of_records, _) = LIMITS.split_at(OF_RECORDS);
        missing.within = clip_until_it_fits(value, of_records, most);
    }
    missing.records = drop_records(value, most);
    missing.within |= clip_until_it_fits(value, &LIMITS, most);
    if !fits(value, most) {
        *value = json!({}); // no answer of a server looks so
        missing.within = true;
    }
    mark(value, &missing, whole);
    missing
}

fn fits(value: &Value, most: usize) -> bool {
    size(value, most).is_some()
}

/// How many characters a value takes as it is printed, if no more than that. What is longer is not
/// looked at to its end.
fn size(value: &Value, most: usize) -> Option<usize> {
    let mut document = Bounded { text: Vec::new(), most: most.saturating_mul(4) };
    serde_json::to_writer(&mut document, value).ok()?;
    // Cleaning it makes it no shorter.
    let text = String::from_utf8(document.text).ok()?;
    Some(sanitize::json(&text).chars().count()).filter(|size| *size <= most)
}

/// A text that takes so many bytes and fails after that.
struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.text.len() + more.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.write(more)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Clips texts and lists to each of these limits in turn, the widest first, until the whole fits.
/// Answers whether anything was clipped.
fn clip_until_it_fits(value: &mut Value, limits: &[(usize, usize)], most: usize) -> bool {
    let mut is_clipped = false;
    for &(text, entries) in limits {
        if fits(value, most) {
            break;
        }
        is_clipped |= clip(value, text, entries, true);
    }
    is_clipped
}

/// The records of a list or a page.
fn records(value: &mut Value) -> Option<&mut Vec<Value>> {
    let list = if value.is_array() { Some(value) } else { value.get_mut("items") };
    list.and_then(Value::as_array_mut)
}

/// All but one go, if need be.
fn drop_records(value: &mut Value, most: usize) -> usize {
    let Some(mut items) = records(value).map(std::mem::take) else { return 0 };
    let all = items.len();
    let mut room = most.saturating_sub(size(value, most).unwrap_or(most));
    let fit = |item: &&Value| {
        let size = size(item, room.saturating_sub(1));
        size.map(|size| room = room.saturating_sub(size + 1)).is_some()
    };
    let kept = items.iter().take_while(fit).count().max(1).min(all);
    items.truncate(kept);
    if let Some(list) = records(value) {
        *list = items;
    }
    all - kept
}

/// Ends every text and every list within the outermost one. Whether any was longer.
fn clip(value: &mut Value, text: usize, entries: usize, is_outermost: bool) -> bool {
    match value {
        Value::String(string) => {
            let clipped = moss_api::clip(string, text);
            let is_longer = clipped != *string;
            *string = clipped;
            is_longer
        }
        Value::Array(list) => {
            let mut is_longer = !is_outermost && list.len() > entries;
            if is_longer {
                list.truncate(entries);
            }
            for entry in list {
                is_longer |= clip(entry, text, entries, false);
            }
            is_longer
        }
        Value::Object(object) => {
            let mut is_longer = false;
            for field in object.values_mut() {
                is_longer |= clip(field, text, entries, false);
            }
            is_longer
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// In an object as fields of its own; at the end of a list as one more entry.
fn mark(value: &mut Value, missing: &Missing, whole: &str) {
    let mut said = Map::new();
    if missing.records > 0 {
        said.insert("left_out".into(), missing.records.into());
    }
    if missing.within {
        said.insert("shortened".into(), true.into());
    }
    said.insert("whole".into(), moss_api::clip(whole, NOTICE / 2).into());
    match value {
        Value::Array(list) => list.push(Value::Object(said)),
        Value::Object(object) => {
            if missing.records > 0 {
                object.insert("has_more".into(), true.into());
            }
            object.extend(said);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The named fields of an object, of each item of a list, or of each item of a page.
///
/// # Errors
/// When one is not there.
pub fn pick(value: Value, fields: &[String]) -> Result<Value> {
    match value {
        Value::Array(items) => items.into_iter().map(|item| pick(item, fields)).collect(),
        Value::Object(mut object) => {
            let wanted = fields.iter().all(|field| object.contains_key(field));
            let is_page = object.contains_key("has_more");
            if !wanted
                && is_page
                && let Some(items) = object.remove("items")
            {
                object.insert("items".into(), pick(items, fields)?);
                return Ok(Value::Object(object));
            }
            fields
                .iter()
                .map(|field| match object.get(field) {
                    Some(value) => Ok((field.clone(), value.clone())),
                    None => {
                        let known: Vec<_> = object.keys().map(String::as_str).collect();
                        let field = moss_api::clip(field, 40);
                        Err(Error::usage(format!("there is no field '{field}' here"))
                            .hint(format!("--json={}", known.join(","))))
                    }
                })
                .collect::<Result<_>>()
                .map(Value::Object)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What takes six characters on the screen, or twelve.
    const HIDDEN: &str = "\u{202e}\u{e0041}\u{1}";

    fn shortened(value: &Value) -> (Value, Missing) {
        let mut short = value.clone();
        let missing = shorten(&mut short, "moss x --all");
        let text = printed(&short);
        assert!(text.chars().count() <= MAX_OUTPUT_CHARS, "{}", text.len());
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), short);
        (short, missing)
    }

    #[test]
    fn fields_are_picked_through_lists_and_pages() {
        let fields = ["id".to_owned()];
        let page = json!({"items": [{"id": 1, "name": "a"}], "has_more": false});
        assert_eq!(pick(page, &fields).unwrap(), json!({"items": [{"id": 1}], "has_more": false}));
        assert_eq!(pick(json!([{"id": 1, "b": 2}]), &fields).unwrap(), json!([{"id": 1}]));
        assert!(pick(json!({"name": "a"}), &fields).is_err());
        assert!(pick(json!({"items": []}), &fields).is_err(), "a packet is no page");
    }

    #[test]
    fn a_long_page_drops_records() {
        let items: Vec<_> = (0..100).map(|n| json!({"id": n, "text": "x".repeat(500)})).collect();
        let (page, missing) = shortened(&json!({"items": items, "has_more": false}));
        let kept = page["items"].as_array().unwrap().len();
        assert!((15..25).contains(&kept), "{kept}");
        assert_eq!(missing, Missing { records: 100 - kept, within: false });
        assert_eq!(page["left_out"], json!(100 - kept));
        assert_eq!((&page["has_more"], &page["whole"]), (&json!(true), &json!("moss x --all")));
    }

    #[test]
    fn one_long_record_hides_no_other() {
        let text = |n| if n == 2 { "x".repeat(20_000) } else { "short".to_owned() };
        let items: Vec<_> = (0..7).map(|n| json!({"id": n, "text": text(n)})).collect();
        for list in [json!({"items": items, "has_more": false}), json!(items)] {
            let (short, missing) = shortened(&list);
            assert_eq!(missing, Missing { records: 0, within: true });
            let kept = short.as_array().unwrap_or_else(|| short["items"].as_array().unwrap());
            assert_eq!(kept.iter().filter(|item| item["id"].is_number()).count(), 7);
        }
    }

    #[test]
    fn a_long_list_says_in_its_last_entry_what_is_missing() {
        let items: Vec<_> = (0..100).map(|n| json!({"id": n, "text": "x".repeat(500)})).collect();
        let (list, missing) = shortened(&items.into());
        let said = json!({"left_out": missing.records, "whole": "moss x --all"});
        assert_eq!(list.as_array().unwrap().last(), Some(&said));
    }

    #[test]
    fn what_is_escaped_counts_as_it_is_printed() {
        // Short enough as it stands, and twenty times as long as it is printed.
        let page = json!({"items": [{"id": 1, "text": HIDDEN.repeat(3_000)}], "has_more": false});
        let (page, missing) = shortened(&page);
        assert_eq!(missing, Missing { records: 0, within: true });
        assert_eq!((&page["shortened"], &page["items"][0]["id"]), (&json!(true), &json!(1)));
        assert!(page["items"][0]["text"].as_str().unwrap().ends_with('…'));
    }

    #[test]
    fn whatever_it_is_it_fits_and_says_so() {
        let id = "0".repeat(36);
        let many: Vec<_> = (0..5_000).map(|n| json!({"id": id, "text": HIDDEN, "n": n})).collect();
        for long in [
            json!({"id": id, "text": HIDDEN.repeat(20_000)}),
            json!({"id": id, "history": many}),
            json!([{"id": id, "history": many}, {"id": id}]),
            json!({"items": [{"id": id, "deep": {"deeper": [many]}}], "has_more": true}),
        ] {
            let (short, _) = shortened(&long);
            assert!(short.to_string().contains("\"whole\":\"moss x --all\""), "{short}");
            assert!(short.to_string().contains(&id), "{short}");
        }
        let fields: Map<_, _> = (0..5_000).map(|n| (n.to_string(), n.into())).collect();
        assert_eq!(
            shortened(&fields.into()).0,
            json!({"shortened": true, "whole": "moss x --all"})
        );
    }

    #[test]
    fn what_fits_is_left_alone() {
        let page = json!({"items": [{"id": 1, "text": HIDDEN}], "has_more": false});
        assert_eq!(shortened(&page), (page, Missing::default()));
    }
}
