//! A role's SKILL.md: which one it should be, and putting it into a workspace.

use std::path::{Path, PathBuf};

use moss_api::Role;

use crate::config::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::edits::{self, Edits, Wrote};
use crate::onboard::managed_file;
use crate::onboard::openclaw::commands::skill_name;
use crate::render::role_text;
use crate::system::files;

const NAME: &str = "SKILL.md";
/// How every agent key begins.
const KEY_PREFIX: &str = "ak_";

/// The skill the agent should have: its server's. The original pastes the key into its text, and
/// an older server has none; then it is our own.
///
/// # Errors
/// When the server cannot be asked, or its text holds a key.
pub async fn offered(ctx: &Context, role: Role) -> Result<String> {
    let Some(text) = ctx.backend().await?.skill(role).await? else {
        return Ok(role_text::skill(role, ctx.kind()));
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
    workspace.join("skills").join(skill_name(role)).join(NAME)
}

/// The hash of what was installed last.
pub fn record(folder: &Path) -> PathBuf {
    managed_file::record(folder, Path::new(NAME))
}

/// Puts the skill into a workspace; `folder` is its `.moss/`.
///
/// # Errors
/// As [`managed_file::install`], or when a folder on the way leads elsewhere.
pub fn install(
    edits: &mut Edits,
    folder: &Path,
    workspace: &Path,
    role: Role,
    text: &str,
) -> Result<Wrote> {
    let path = path(workspace, role);
    if let Some(link) = edits::link_on_the_way(workspace, &path) {
        let shown = files::shown(&link);
        let message = format!("{shown} is a symbolic link: the skill would be written elsewhere");
        return Err(Error::refused(message).hint(hints::KEEP_SKILL_BY_HAND));
    }
    managed_file::install(edits, folder, &path, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::server_kind::ServerKind;

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
            assert!(!holds_key(&role_text::skill(role, ServerKind::Moss), None), "{role}");
        }
    }
}
