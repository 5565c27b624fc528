//! The keys that all servers on one database have in common: those that an admin changes while they
//! run. The database keeps them; what a file says of them counts when it is new.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::config::Config;
use crate::config::host;

/// The one that is no admin's to read.
pub const ADMIN_PASSWORD: &str = "admin.password";

/// Each section with its keys.
const SHARED: &[(&str, &[&str])] = &[
    ("admin", &["password"]),
    ("agent", &["allow_registration", "registration_token"]),
    ("limits", &["per_address", "per_key"]),
    ("notification", &["announcer", "channels", "enabled", "events"]),
    ("project", &["name"]),
    ("server", &["external_url"]),
    ("webhooks", &["secret", "urls"]),
    ("webui", &["feed_retention_days", "public_feed"]),
    ("workspace", &["root"]),
];

/// Values by `section.key`.
pub type Settings = BTreeMap<String, Value>;

/// Whether all servers on one database have this key in common.
pub fn is_shared(section: &str, key: &str) -> bool {
    SHARED.iter().any(|(name, keys)| *name == section && keys.contains(&key))
}

/// What tells this file from those of other servers on the same database: the machine and the path.
pub fn file_id(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    format!("{}:{}", host::name(), path.display())
}

impl Config {
    /// All shared keys, as they are.
    pub fn settings(&self) -> Settings {
        let tree = self.tree();
        let mut settings = Settings::new();
        for (section, keys) in SHARED {
            for key in *keys {
                if let Some(value) = tree.get(*section).and_then(|section| section.get(*key)) {
                    settings.insert(format!("{section}.{key}"), value.clone());
                }
            }
        }
        settings
    }

    /// The shared keys that it says something of: a default says nothing, since a first file has
    /// them all.
    pub fn said(&self) -> Settings {
        self.unlike(&Self::default())
    }

    /// The shared keys that are not as in another one.
    pub fn unlike(&self, other: &Self) -> Settings {
        let (mut settings, other) = (self.settings(), other.settings());
        settings.retain(|key, value| other.get(key) != Some(value));
        settings
    }

    /// The same with these in the place of its own. One that does not fit, as of a newer server,
    /// leaves its own.
    #[must_use]
    pub fn with_settings(&self, settings: &Settings) -> Self {
        let mut config = self.clone();
        for (name, value) in settings {
            let Some((section, key)) = name.split_once('.') else { continue };
            let mut tree = config.tree();
            if let Some(Value::Object(keys)) = tree.get_mut(section)
                && is_shared(section, key)
            {
                keys.insert(key.to_owned(), value.clone());
                match serde_json::from_value(tree.into()) {
                    Ok(fits) => config = fits,
                    // Not its value, which may be secret.
                    Err(_) => tracing::warn!(key = name, "a setting in the database does not fit"),
                }
            }
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::yaml::known_keys;

    #[test]
    fn every_shared_key_is_one_and_goes_there_and_back() {
        for (section, keys) in SHARED {
            for key in *keys {
                assert!(known_keys(section).iter().any(|known| known == key), "{section}.{key}");
                assert!(format!("{section}.{key}").len() <= 36, "longer than its column");
            }
        }
        let text = "admin: {password: secret}\nagent: {registration_token: t, allow_registration: no}\n\
            limits: {per_key: 1, per_address: 2}\nnotification: {enabled: true, channels: [a], events: [], announcer: patrol}\nproject: {name: n}\n\
            server: {external_url: 'https://a.example', port: 7}\nworkspace: {root: /w}\n\
            webhooks: {urls: ['https://a.example'], secret: s}\nwebui: {public_feed: true, feed_retention_days: 1}\nlease: {minutes: 7}\n";
        let config = Config::parse(text).unwrap();
        let said = config.said();
        assert_eq!(said.len(), SHARED.iter().map(|(_, keys)| keys.len()).sum::<usize>());
        let mut own = Config::default();
        (own.server.port, own.lease.minutes) = (7, 7);
        assert_eq!(own.with_settings(&said), config);
        assert_eq!(config.with_settings(&Config::default().settings()).said(), Settings::new());
    }

    #[test]
    fn what_does_not_fit_or_is_not_shared_leaves_what_is_there() {
        let settings = Settings::from([
            ("project.name".to_owned(), json!("News")),
            ("webui.public_feed".to_owned(), json!("perhaps")),
            ("server.port".to_owned(), json!(1)),
            ("later.key".to_owned(), json!(1)),
            ("nothing".to_owned(), json!(1)),
        ]);
        let mut expected = Config::default();
        expected.project.name = "News".to_owned();
        assert_eq!(Config::default().with_settings(&settings), expected);
    }
}
