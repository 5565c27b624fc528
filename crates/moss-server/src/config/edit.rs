//! Changes to a `config.yaml` that somebody wrote by hand: its comments, its unknown keys and its
//! order stay as they are.
//!
//! The editor is `yaml-edit`. What it makes is read again, and is kept only if nothing but the
//! meant keys has changed: anchors, for one, may tie a key to another.

use serde_json::{Map, Value};
use yaml_edit::{YamlFile, YamlValue};

use crate::config::Config;

/// A key and what it is to be.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    section: String,
    key: String,
    value: Value,
}

/// The keys in which two configurations differ.
pub(super) fn changes(before: &Config, after: &Config) -> Vec<Change> {
    let (before, after) = (before.tree(), after.tree());
    let mut changes = Vec::new();
    for (section, keys) in after {
        for (key, value) in keys.as_object().into_iter().flatten() {
            if before.get(&section).and_then(|keys| keys.get(key)) != Some(value) {
                let (section, key, value) = (section.clone(), key.clone(), value.clone());
                changes.push(Change { section, key, value });
            }
        }
    }
    changes
}

/// The text with these keys changed, and nothing else.
///
/// # Errors
/// When that cannot be done.
pub(super) fn edit(text: &str, changes: &[Change]) -> Result<String, String> {
    let edited = rewritten(text, changes).filter(|edited| is_as_meant(text, edited, changes));
    edited.ok_or_else(|| {
        let keys: Vec<_> = changes.iter().map(|c| format!("{}.{}", c.section, c.key)).collect();
        format!(
            "{} cannot be changed in it without changing more; write the keys in the plain form \
             'section:', then '  key: value'",
            keys.join(", ")
        )
    })
}

fn rewritten(text: &str, changes: &[Change]) -> Option<String> {
    let file = YamlFile::parse(text).tree();
    let Some(sections) = file.document().and_then(|document| document.as_mapping()) else {
        // Nothing but comments.
        let added = serde_saphyr::to_string(&with_changes(Map::new(), changes)).ok()?;
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{text}{gap}{added}"));
    };
    for Change { section, key, value } in changes {
        match sections.get_mapping(section.as_str()) {
            Some(keys) => keys.set(key.as_str(), yaml(value)),
            None => {
                let keys = [(key.clone(), yaml(value))].into_iter().collect();
                sections.set(section.as_str(), YamlValue::Mapping(keys));
            }
        }
    }
    let edited = file.to_string();
    Some(if edited.ends_with('\n') { edited } else { edited + "\n" })
}

/// Whether the edited text says what the text says, but for the changed keys.
fn is_as_meant(text: &str, edited: &str, changes: &[Change]) -> bool {
    match (tree(text), tree(edited)) {
        (Some(before), Some(after)) => with_changes(before, changes) == after,
        _ => false,
    }
}

fn tree(text: &str) -> Option<Map<String, Value>> {
    match serde_saphyr::from_str(text) {
        Ok(Value::Object(tree)) => Some(tree),
        Ok(Value::Null) => Some(Map::new()),
        Err(_) if text.lines().all(|line| line.is_empty() || line.starts_with('#')) => {
            Some(Map::new())
        }
        _ => None,
    }
}

fn with_changes(mut tree: Map<String, Value>, changes: &[Change]) -> Map<String, Value> {
    for Change { section, key, value } in changes {
        let keys = tree.entry(section.as_str()).or_insert_with(|| Map::new().into());
        if keys.is_null() {
            *keys = Map::new().into();
        }
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(key.clone(), value.clone());
        }
    }
    tree
}

fn yaml(value: &Value) -> YamlValue {
    match value {
        Value::Null => YamlValue::from(yaml_edit::ScalarValue::null()),
        Value::Bool(yes) => YamlValue::from(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => YamlValue::from(whole),
            None => YamlValue::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => match serde_saphyr::from_str(text) {
            // The editor does not know all that reads back as something else: `y`, `1_0`.
            Ok(Value::Null | Value::Bool(_) | Value::Number(_)) => {
                YamlValue::from(yaml_edit::ScalarValue::double_quoted(text.as_str()))
            }
            _ => YamlValue::from(text.as_str()),
        },
        Value::Array(items) => YamlValue::Sequence(items.iter().map(yaml).collect()),
        Value::Object(keys) => {
            YamlValue::Mapping(keys.iter().map(|(key, value)| (key.clone(), yaml(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The original's keys, as its users write them.
    const WRITTEN: &str = "# My OpenMOSS 日本\n\nproject:\n  name: \"News\"   # shown\n\n\
        admin:\n  password: \"plain text\" # hashed at the first start\n\n\
        notification:\n  channels: []\n    # - \"chat:oc_1\"  # the group\n  events:\n    - all_done # all\n\n\
        server: {port: 6565, host: 0.0.0.0}\n\
        webui:\n  auto_update: true # no key of ours\n\nsetup:\n";

    fn edited(text: &str, change: impl Fn(&mut Config)) -> Result<String, String> {
        let before = Config::parse(text).unwrap();
        let mut after = before.clone();
        change(&mut after);
        let edited = edit(text, &changes(&before, &after))?;
        assert_eq!(Config::parse(&edited), Ok(after), "{edited}");
        Ok(edited)
    }

    #[test]
    fn a_changed_key_is_all_that_changes() {
        let new =
            edited(WRITTEN, |config| config.admin.password = "$argon2id$v=19$m=1,t=2$x".into());
        let expected = WRITTEN.replace("\"plain text\"", "$argon2id$v=19$m=1,t=2$x");
        assert_eq!(new.unwrap(), expected);
    }

    #[test]
    fn what_is_not_there_is_added_where_it_belongs() {
        let new = edited(WRITTEN, |config| {
            config.server.external_url = "https://a.example".into();
            config.setup.initialized = true;
            config.notification.channels = vec!["chat: \"a\"".into()];
            config.lease.minutes = 7;
        });
        let new = new.unwrap();
        let expected = WRITTEN
            .replace("host: 0.0.0.0}", "host: 0.0.0.0, external_url: \"https://a.example\"}")
            .replace("channels: []", "channels:\n    - 'chat: \"a\"'")
            .replace("setup:\n", "setup:\n  initialized: true\nlease:\n  minutes: 7\n");
        // A blank and a quote less or more are the editor's to choose.
        let plain = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace() && !"\"'".contains(*c)).collect()
        };
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(plain).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&new), sorted(&expected), "{new}");
        for comment in ["# My OpenMOSS 日本\n", "   # shown\n", " # - \"chat:oc_1\"  # the group\n"]
        {
            assert!(new.contains(comment), "{new}");
        }
    }

    #[test]
    fn a_file_of_comments_keeps_them() {
        for text in ["", "# mine\n", "# mine", "# mine\n\n# too\n"] {
            let new = edited(text, |config| config.project.name = "12".into()).unwrap();
            assert!(new.starts_with(text) && new.ends_with("project:\n  name: \"12\"\n"), "{new}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let names = [
            "12", "true", "null", "~", "", " a", "a: b", "a #b", "'", "\"", "*a", "&a", "- a",
            "a\nb", "日本", "0x1f", "1e3", "yes", "@a", "%a", "!a", "\\", "a\tb", "# a",
        ];
        let more = "Y y N n on Off 1_0 0o7 0b1 +1 .5 1:30 .inf -.INF .nan NULL 2024-01-01 ? - = <<";
        for name in names.into_iter().chain(more.split(' ')) {
            for text in [WRITTEN, "", "project:\n"] {
                edited(text, |config| config.project.name = name.into())
                    .unwrap_or_else(|error| panic!("{name:?} in {text:?}: {error}"));
            }
        }
    }

    #[test]
    fn what_would_change_more_is_refused() {
        let tied = "admin:\n  password: &p secret\nproject:\n  name: *p\n";
        let refusal = edited(tied, |config| config.admin.password = "other".into()).unwrap_err();
        assert!(refusal.starts_with("admin.password cannot be changed"), "{refusal}");
    }
}
