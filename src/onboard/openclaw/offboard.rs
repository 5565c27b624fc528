//! Out of OpenClaw: the timer, and what onboarding set. What a person set stays, and so does the
//! agent when there is something of theirs in it.

use std::time::Duration;

use moss_api::Exit;
use serde_json::{Value, json};

use crate::error::Result;
use crate::onboard::openclaw::commands::{self, SEARCH_PATH, argv};
use crate::onboard::openclaw::job::Job;
use crate::onboard::openclaw::settings::Settings;
use crate::onboard::openclaw::state::Record;
use crate::onboard::openclaw::version;
use crate::onboard::report::{Did, Report};
use crate::render::out::note;
use crate::system::process;

/// What onboarding writes into an entry of its own making, besides the lists.
const OURS: [&str; 5] = ["name", "workspace", "agentDir", "model", "heartbeat"];

/// Takes everything back that the record tells of. It is safe to be told again.
///
/// # Errors
/// When OpenClaw is not there or will not.
pub fn run(record: &Record, report: &mut Report<'_>, limit: Duration) -> Result<()> {
    let Ok(agent) = commands::agent_id(&record.agent) else { return Ok(()) };
    version::check(limit)?;
    let key = commands::declaration(&agent);
    for job in Job::all(limit)?.iter().filter(|job| job.declaration_key == key) {
        act(report, &commands::remove(&job.id), limit)?;
    }
    let settings = Settings::read(limit)?;
    let Some(entry) = settings.entry(&agent) else { return Ok(()) };
    let dir = record.moss.rsplit_once('/').map(|(dir, _)| dir);
    let skill = |word: &str| word.starts_with("moss-");
    let skills = without(entry.get("skills"), skill);
    let path = without(entry.pointer("/tools/exec/pathPrepend"), |word| Some(word) == dir);
    if record.added && is_ours_alone(entry) && skills.is_empty() && path.is_empty() {
        // Not `agents delete`: that takes the folder along.
        return act(report, &argv(&["config", "unset", &setting(&agent, None)]), limit);
    }
    for (name, had, left) in [
        ("skills", entry.get("skills"), skills),
        (SEARCH_PATH, entry.pointer("/tools/exec/pathPrepend"), path),
    ] {
        if had.and_then(Value::as_array).is_none_or(|had| had.len() == left.len()) {
            continue;
        }
        let command = if left.is_empty() {
            argv(&["config", "unset", &setting(&agent, Some(name))])
        } else {
            let left = json!(left).to_string();
            argv(&["config", "set", &setting(&agent, Some(name)), &left, "--json"])
        };
        act(report, &command, limit)?;
    }
    note(&format!("OpenClaw's agent {agent} stays: what a person set is in it"));
    Ok(())
}

fn setting(agent: &str, name: Option<&str>) -> String {
    let dot = if name.is_some() { "." } else { "" };
    format!("agents.entries.{agent}{dot}{}", name.unwrap_or_default())
}

fn without(list: Option<&Value>, is_ours: impl Fn(&str) -> bool) -> Vec<Value> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter(|held| !held.as_str().is_some_and(&is_ours)).cloned().collect()
}

/// Whether nothing is in an entry but what onboarding puts there.
fn is_ours_alone(entry: &Value) -> bool {
    let keys = |value: Option<&Value>| -> Vec<String> {
        value
            .and_then(Value::as_object)
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    };
    keys(Some(entry)).iter().all(|key| match key.as_str() {
        "skills" => true,
        "tools" => {
            keys(entry.get("tools")).iter().all(|key| key == "exec")
                && keys(entry.pointer("/tools/exec")).iter().all(|key| key == "pathPrepend")
        }
        other => OURS.contains(&other),
    })
}

fn act(report: &mut Report<'_>, command: &[String], limit: Duration) -> Result<()> {
    let ended = process::run(command, None, limit)?;
    if !ended.is_good() {
        return Err(ended.failure(Exit::Fault, &process::line(command)));
    }
    report.step(Did::Ran, process::line(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_set_is_seen() {
        let ours = json!({"workspace": "/w", "skills": ["moss-x"],
                          "tools": {"exec": {"pathPrepend": ["/o"]}}, "heartbeat": {"every": "0m"}});
        assert!(is_ours_alone(&ours));
        for theirs in [
            json!({"identity": {"name": "Bo"}}),
            json!({"tools": {"deny": ["web"]}}),
            json!({"tools": {"exec": {"mode": "full"}}}),
        ] {
            assert!(!is_ours_alone(&theirs), "{theirs}");
        }
        assert_eq!(
            without(Some(&json!(["a", "moss-x"])), |w| w.starts_with("moss-")),
            [json!("a")]
        );
    }
}
