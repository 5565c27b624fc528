//! The tables, in memory. A row is a JSON object with the columns of the original's table.

use moss_api::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// What agents register with until set-up is run.
pub const REGISTRATION_TOKEN: &str = "standin-registration-token";
/// What the admin logs in with until set-up is run.
pub const ADMIN_PASSWORD: &str = "standin-admin-password";

/// The original writes its own local time and drops the zone. Most of its servers run east of
/// Greenwich, so its times look eight hours ahead to a client that takes them for UTC.
const ZONE_MINUTES: i64 = 8 * 60;

pub struct State {
    pub agents: Vec<Value>,
    pub tasks: Vec<Value>,
    pub modules: Vec<Value>,
    pub sub_tasks: Vec<Value>,
    pub reviews: Vec<Value>,
    pub rewards: Vec<Value>,
    pub logs: Vec<Value>,
    pub rules: Vec<Value>,
    pub admin_tokens: Vec<String>,
    pub admin_password: String,
    pub registration_token: String,
    pub allow_registration: bool,
    pub initialized: bool,
    pub project: String,
    pub workspace: String,
    pub external_url: String,
    pub notification: Value,
    /// How many minutes its local time is ahead of UTC.
    pub zone_minutes: i64,
    /// How far the tests have put its clock on.
    pub passed: Duration,
    /// The stamp given last.
    stamped: Timestamp,
}

impl State {
    pub fn new() -> Self {
        let mut state = Self {
            agents: vec![],
            tasks: vec![],
            modules: vec![],
            sub_tasks: vec![],
            reviews: vec![],
            rewards: vec![],
            logs: vec![],
            rules: vec![],
            admin_tokens: vec![],
            admin_password: ADMIN_PASSWORD.into(),
            registration_token: REGISTRATION_TOKEN.into(),
            allow_registration: true,
            initialized: false,
            project: "OpenMOSS 试验".into(),
            workspace: "/workspace".into(),
            external_url: String::new(),
            notification: json!({ "enabled": false, "channels": [], "events": ["all_done"] }),
            zone_minutes: ZONE_MINUTES,
            passed: Duration::ZERO,
            stamped: Timestamp::default(),
        };
        // An empty rule table is seeded with the example at first start.
        let mut rule = json!({
            "scope": "global", "task_id": null, "sub_task_id": null,
            "content": "Work for {{project_name}} lies in {{workspace_root}}.",
        });
        state.stamp(&mut rule, true);
        state.rules.push(rule);
        state
    }

    /// The machine's clock.
    pub fn clock(&self) -> SystemTime {
        SystemTime::now() + self.passed
    }

    /// The original's local time without a zone, never twice the same.
    pub fn now(&mut self) -> String {
        self.stamped = self.local().max(self.stamped + Duration::from_micros(1));
        let naive = without_zone(self.stamped);
        match naive.split_once('.') {
            Some((whole, fraction)) => format!("{whole}.{fraction:0<6}"),
            None => naive,
        }
    }

    /// The time `days` before now, comparable with stored ones.
    pub fn days_ago(&self, days: i64) -> String {
        let back = Duration::from_secs(u64::try_from(days).unwrap_or(0) * 86_400);
        without_zone(self.local() - back)
    }

    fn local(&self) -> Timestamp {
        let since = self.clock().duration_since(UNIX_EPOCH).unwrap();
        let utc = i64::try_from(since.as_micros()).unwrap();
        Timestamp::from_micros(utc + self.zone_minutes * 60_000_000)
    }

    /// Gives a new row its id and creation time, and `updated_at` where its table has one.
    pub fn stamp(&mut self, row: &mut Value, updated: bool) {
        let now = self.now();
        row["id"] = Uuid::new_v4().to_string().into();
        row["created_at"] = now.clone().into();
        if updated {
            row["updated_at"] = now.into();
        }
    }

    pub fn agent(&self, id: &str) -> Option<&Value> {
        find(&self.agents, id)
    }
}

fn without_zone(time: Timestamp) -> String {
    time.to_string().trim_end_matches('Z').to_owned()
}

/// The row with this id.
pub fn find<'a>(table: &'a [Value], id: &str) -> Option<&'a Value> {
    table.iter().find(|row| row["id"] == id)
}

/// The row with this id, to change.
pub fn find_mut<'a>(table: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    table.iter_mut().find(|row| row["id"] == id)
}

/// The row without columns the answer does not show.
pub fn without(row: &Value, columns: &[&str]) -> Value {
    let mut row = row.clone();
    let fields = row.as_object_mut().expect("rows are objects");
    fields.retain(|name, _| !columns.contains(&name.as_str()));
    row
}

/// Rows whose `column` is `want`, where anything is wanted; newest first.
pub fn newest(table: &[Value], wanted: &[(&str, Option<&str>)]) -> Vec<Value> {
    let fits = |row: &&Value| wanted.iter().all(|(c, want)| want.is_none_or(|w| row[*c] == w));
    let mut rows: Vec<Value> = table.iter().filter(fits).cloned().collect();
    rows.sort_by(|a, b| b["created_at"].as_str().cmp(&a["created_at"].as_str()));
    rows
}
