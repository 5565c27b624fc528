//! A role's SKILL.md: which one it should be, and putting it into a workspace.

use std::path::{Path, PathBuf};

use moss_api::{Exit, Role};
use sha2::{Digest, Sha256};

use crate::config::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::onboard::files::{self, Files, Wrote};
use crate::onboard::plan::skill_name;
use crate::output::note;

/// How every agent key begins.
const KEY_PREFIX: &str = "ak_";

/// The skill as this binary knows it.
const fn own(role: Role) -> &'static str {
    match role {
        Role::Planner => include_str!("../../skills/moss-planner/SKILL.md"),
        Role::Executor => include_str!("../../skills/moss-executor/SKILL.md"),
        Role::Reviewer => include_str!("../../skills/moss-reviewer/SKILL.md"),
        Role::Patrol => include_str!("../../skills/moss-patrol/SKILL.md"),
    }
}

/// The skill the agent should have: its server's. The original pastes the key into its text, and
/// an older server has none; then it is our own.
///
/// # Errors
/// When the server cannot be asked, or its text holds a key.
pub async fn offered(ctx: &Context, role: Role) -> Result<String> {
    if ctx.is_original().await? {
        return Ok(own(role).to_owned());
    }
    let text = match ctx.client.get_text("/api/agents/me/skill").await {
        Err(error) if error.exit() == Exit::NotFound => own(role).to_owned(),
        other => other?,
    };
    if holds_key(&text, own_key(ctx)) {
        let message = "the server's SKILL.md has an agent's key in it, so it was not written";
        return Err(Error::refused(message).hint("tell whoever runs the server"));
    }
    Ok(text)
}

fn own_key(ctx: &Context) -> Option<&str> {
    match &ctx.config.caller {
        Caller::Agent(key) | Caller::Admin { session: key, .. } => Some(key.secret()),
        Caller::Nobody => None,
    }
}

fn holds_key(text: &str, own: Option<&str>) -> bool {
    let is_key = |rest: &str| {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count() >= 16
    };
    own.is_some_and(|key| text.contains(key)) || text.split(KEY_PREFIX).skip(1).any(is_key)
}

/// Where a workspace keeps it.
pub fn path(workspace: &Path, role: Role) -> PathBuf {
    workspace.join("skills").join(skill_name(role)).join("SKILL.md")
}

/// Puts the skill into a workspace. The one before it is kept as `SKILL.md.prev`; one that
/// somebody edited as `SKILL.md.local`. Which is which is known by the hash of what was installed
/// last, in `.moss/` (`folder`).
///
/// # Errors
/// When a file cannot be read or written, or an edited one would be lost.
pub fn install(
    files: &mut Files,
    folder: &Path,
    workspace: &Path,
    role: Role,
    text: &str,
) -> Result<Wrote> {
    let path = path(workspace, role);
    let record = folder.join("skill.sha256");
    if let Some(current) = files::read(&path)?.filter(|current| current != text) {
        let is_ours = files::read(&record)?.is_some_and(|hash| hash.trim() == sha256(&current));
        if is_ours {
            files.put(&path.with_extension("md.prev"), &current)?;
        } else {
            keep_edited(files, &path.with_extension("md.local"), &current)?;
        }
    }
    let wrote = files.put(&path, text)?;
    files.put(&record, &format!("{}\n", sha256(text)))?;
    Ok(wrote)
}

fn keep_edited(files: &mut Files, local: &Path, edited: &str) -> Result<()> {
    if files::read(local)?.is_some_and(|kept| kept != edited) {
        let message = format!("SKILL.md was edited, and {} is there already", local.display());
        return Err(Error::new(Exit::Conflict, "edited", message)
            .hint("move one of the two away; moss skill diff shows the changes"));
    }
    files.put(local, edited)?;
    note(&format!("warning: SKILL.md was edited; your text is kept in {}", local.display()));
    Ok(())
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_talk_of_keys_is_not() {
        for (text, key) in [
            ("key: ak_0123456789abcdef0123", true),
            ("ak_ ak_x and then ak_0123456789abcdef", true),
            ("a key begins with ak_", false),
            ("ak_<your key here>", false),
        ] {
            assert_eq!(holds_key(text, None), key, "{text}");
        }
        assert!(holds_key("say xyz", Some("xyz")));
        for &role in Role::ALL {
            assert!(!holds_key(own(role), None), "{role}");
        }
    }
}
