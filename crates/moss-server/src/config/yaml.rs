//! The configuration as YAML: where in it something is wrong, and which keys there are.

use serde_json::{Map, Value};

use crate::config::Config;
use crate::config::network::Network;
use crate::config::origin::Origin;

impl Config {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong and in which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_saphyr::from_str(text).map_err(|error| one_line(&error))
    }

    pub(super) fn with_key(&self, section: &str, key: &str, text: &str) -> Result<Self, String> {
        let mut tree = serde_json::to_value(self).map_err(|e| e.to_string())?;
        let known = known_keys(section);
        let Some(slot) = tree.get_mut(section).and_then(Value::as_object_mut) else {
            return Err(format!("there is no section '{section}'"));
        };
        if !known.iter().any(|k| k == key) {
            return Err(format!("'{section}' has no key '{key}'; it has {}", known.join(", ")));
        }
        // As YAML first, so that numbers and lists work; as text when that does not fit. A variable
        // that is set says something, if only the empty text.
        let value = serde_saphyr::from_str(text).ok().filter(|value: &Value| !value.is_null());
        let value = value.unwrap_or_else(|| text.into());
        slot.insert(key.to_owned(), value);
        serde_json::from_value(tree.clone())
            .or_else(|error| {
                if let Some(slot) = tree.get_mut(section).and_then(Value::as_object_mut) {
                    slot.insert(key.to_owned(), text.into());
                }
                serde_json::from_value(tree).map_err(|_| error)
            })
            .map_err(|e| e.to_string())
    }

    /// Its sections and keys, with those that a file leaves out while they are empty.
    pub(super) fn tree(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut tree)) => {
                if let Some(Value::Object(server)) = tree.get_mut("server") {
                    server.entry("external_url").or_insert_with(|| "".into());
                }
                tree
            }
            _ => Map::new(),
        }
    }

    /// Keys of the file that mean nothing to this server, as `section.key`.
    pub fn unknown_keys(text: &str) -> Vec<String> {
        let Ok(Value::Object(tree)) = serde_saphyr::from_str::<Value>(text) else {
            return Vec::new();
        };
        let mut unknown = Vec::new();
        for (section, value) in tree {
            let known = known_keys(&section);
            if known.is_empty() {
                unknown.push(section);
                continue;
            }
            let keys = value.as_object().into_iter().flat_map(|keys| keys.keys());
            unknown.extend(
                keys.filter(|key| !known.contains(key)).map(|key| format!("{section}.{key}")),
            );
        }
        unknown.sort();
        unknown
    }

    /// The file's text, with a line on where the keys are explained.
    pub fn to_yaml(&self) -> String {
        let body = serde_saphyr::to_string(self).unwrap_or_default();
        format!("# moss-server. Keys are explained in docs/operations.md.\n{body}")
    }
}

/// The keys of a section, from its default value: the types are the one list of keys. What is left
/// out of a file while it is empty is filled in first.
pub(crate) fn known_keys(section: &str) -> Vec<String> {
    let mut defaults = Config::default();
    defaults.server.external_url = "shown".to_owned();
    defaults.database.url = "shown".to_owned();
    defaults.database.password_file = "shown".into();
    defaults.database.connections += 1;
    defaults.server.tls.cert = "shown".into();
    defaults.server.cors_origins.extend("https://a.example".parse::<Origin>());
    defaults.admin.bind = Some(([127, 0, 0, 1], 1).into());
    defaults.server.metrics_token = "shown".to_owned();
    defaults.webui.static_dir = "shown".into();
    defaults.lease.by_priority.high = Some(1);
    defaults.server.trusted_proxies.extend("10.0.0.0/8".parse::<Network>());
    let tree = serde_json::to_value(defaults).unwrap_or_default();
    let keys = tree.get(section).and_then(Value::as_object);
    keys.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

/// A parser's message without its drawing and its advice to programmers: the first line says where
/// and what.
fn one_line(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let twice = line
        .strip_suffix(", set DuplicateKeyPolicy in Options if acceptable")
        .and_then(|line| line.split_once("duplicate mapping key: "));
    match twice {
        Some((place, key)) => format!("{place}{key} stands twice"),
        None => line.replace(
            "cannot deserialize null into string; use Option<String>",
            "nothing stands where a text belongs",
        ),
    }
}
