//! BOOTSTRAP.md: OpenClaw's interview of a new agent's owner, paid for in each chat turn until it
//! is gone. An agent with a role needs none, but a text somebody changed is theirs.

use std::path::{Path, PathBuf};

use crate::onboard::edits;

/// Its name in the workspace.
pub const NAME: &str = "BOOTSTRAP.md";

/// Whether the file is there, and the template of the OpenClaw on PATH.
pub fn is_untouched(path: &Path) -> bool {
    let found = edits::read(path).ok().flatten();
    found.is_some_and(|text| template().is_some_and(|template| text.trim() == template.trim()))
}

/// The template, without the lines for OpenClaw's own documentation above it.
fn template() -> Option<String> {
    let home = package()?;
    let text = edits::read(&home.join("docs/reference/templates").join(NAME)).ok()??;
    match text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) {
        Some((_, body)) => Some(body.to_owned()),
        None => Some(text),
    }
}

/// The folder of the package: what is on PATH is a link into it.
fn package() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&path).map(|dir| dir.join("openclaw")).find(|p| p.is_file())?;
    Some(found.canonicalize().ok()?.parent()?.to_owned())
}
