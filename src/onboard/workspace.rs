//! Who goes on board, and where.

use std::path::{Path, PathBuf};

use moss_api::{Role, quoted};

use crate::config::profile::ProfileDir;
use crate::config::server_kind::ServerKind;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;

/// An agent's workspace, and the `moss` its timer is to run.
#[derive(Debug)]
pub struct Workspace {
    /// The agent's name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The folder it works in, absolute.
    pub workspace: String,
    /// Its `.moss/`.
    pub folder: PathBuf,
    /// This program, absolute and without links.
    pub moss: String,
    /// Which server gives it work, as far as it has been asked.
    pub server: ServerKind,
}

impl Workspace {
    /// The agent registered here.
    ///
    /// # Errors
    /// When nobody is, or a path is one that cannot be written down for others.
    pub fn of(ctx: &Context) -> Result<Self> {
        let active = ctx.config.active.as_ref();
        let Some((profile, workspace)) =
            active.and_then(|active| Some((&active.profile, active.folder.workspace()?)))
        else {
            return Err(Error::new(
                moss_api::Exit::NotAllowed,
                "no_profile",
                "no workspace of an agent of this server is here",
            )
            .hint(hints::HOW_TO_REGISTER));
        };
        let role = profile.role.parse().map_err(|_| {
            Error::refused(format!("this moss knows no role {}", quoted(&profile.role)))
        })?;
        let workspace = workspace.canonicalize().map_err(|e| {
            Error::local(format!("cannot find the folder {}: {e}", files::shown(workspace)))
        })?;
        let moss = std::env::current_exe()
            .and_then(|path| path.canonicalize())
            .map_err(|e| Error::local(format!("cannot tell where this moss is: {e}")))?;
        Ok(Self {
            server: ctx.kind(),
            name: profile.name.clone(),
            role,
            folder: ProfileDir::in_dir(&workspace).path().to_owned(),
            workspace: plain(&workspace)?,
            moss: plain(&moss)?,
        })
    }

    /// Whether the workspace is the working directory itself.
    pub fn is_here(&self) -> bool {
        std::env::current_dir().is_ok_and(|here| here == Path::new(&self.workspace))
    }

    /// A path below the workspace.
    pub fn path(&self, below: &str) -> PathBuf {
        Path::new(&self.workspace).join(below)
    }

    /// A path as it is told: from the workspace on.
    pub fn shown(&self, path: &Path) -> String {
        files::shown(path.strip_prefix(&self.workspace).unwrap_or(path))
    }

    /// The folder of the running `moss`.
    pub fn moss_dir(&self) -> &str {
        self.moss.rsplit_once('/').map_or("", |(dir, _)| dir)
    }
}

/// A path that can stand in a shell command, a script and a crontab.
fn plain(path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if crate::render::sanitize::line(text) == text => Ok(text.to_owned()),
        Some(_) | None => Err(Error::refused(format!(
            "the path {} holds characters that are not shown, or is not UTF-8",
            files::shown(path)
        ))
        .hint("use another folder")),
    }
}
