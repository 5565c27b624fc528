//! Out of OpenClaw: the timer, and what onboarding set. What a person set stays, and so does the
//! agent: OpenClaw takes its folder along when it deletes one, and that holds the key and the work.

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;
use serde_json::{Value, json};

use crate::error::Result;
use crate::onboard::openclaw::commands::{self, SEARCH_PATH, argv};
use crate::onboard::openclaw::job::Job;
use crate::onboard::openclaw::recover;
use crate::onboard::openclaw::settings::Settings;
use crate::onboard::openclaw::state::Record;
use crate::onboard::openclaw::version;
use crate::onboard::report::{Did, Report};
use crate::render::out::note;
use crate::system::process;

/// Takes everything back that the record tells of, or OpenClaw of a timer of moss in this workspace
/// where the record is damaged or gone. It is safe to be told again. Where there is no OpenClaw
/// nothing can be taken back, and a person is told.
///
/// # Errors
/// When OpenClaw will not.
pub fn run(
    record: Option<Record>,
    workspace: &Path,
    report: &mut Report<'_>,
    limit: Duration,
) -> Result<()> {
    match version::check(limit) {
        Ok(_) => {}
        Err(error) if record.is_none() || error.exit() == Exit::NotFound => {
            if record.is_some() {
                note(&format!(
                    "{error}: a timer of moss in OpenClaw, if there is one, stays; take it out by \
                     hand: openclaw cron list"
                ));
            }
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    let record = match record {
        Some(record) if record.is_whole() => record,
        Some(_) | None => match recover::found(workspace, limit)? {
            Some(found) if found.has_timer => found.record,
            Some(_) | None => return Ok(()),
        },
    };
    let agent = record.agent.clone();
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
    for (name, had, left) in [
        ("skills", entry.get("skills"), skills),
        (SEARCH_PATH, entry.pointer("/tools/exec/pathPrepend"), path),
    ] {
        if had.and_then(Value::as_array).is_none_or(|had| had.len() == left.len()) {
            continue;
        }
        let command = if left.is_empty() {
            argv(&["config", "unset", &setting(&agent, name)])
        } else {
            let left = json!(left).to_string();
            argv(&["config", "set", &setting(&agent, name), &left, "--json"])
        };
        act(report, &command, limit)?;
    }
    note(&format!(
        "OpenClaw's agent {agent} stays, without moss; to remove it, and put its folder into the \
         trash: openclaw agents delete {agent}"
    ));
    Ok(())
}

fn setting(agent: &str, name: &str) -> String {
    format!("agents.entries.{agent}.{name}")
}

fn without(list: Option<&Value>, is_ours: impl Fn(&str) -> bool) -> Vec<Value> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter(|held| !held.as_str().is_some_and(&is_ours)).cloned().collect()
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
    fn what_a_person_set_stays() {
        let had = json!(["a", "moss-x"]);
        assert_eq!(without(Some(&had), |word| word.starts_with("moss-")), [json!("a")]);
        assert!(without(None, |_| true).is_empty());
    }
}
