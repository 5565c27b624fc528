//! `moss skill`: `install`, `show`, `diff`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use moss_api::Exit;
use serde_json::json;

use crate::commands::args::help;
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::onboard::diff::diff;
use crate::onboard::{Edits, Workspace, Wrote, read, skill};
use crate::render::lines::Lines;
use crate::system::files;

/// What your role's SKILL.md should say, and if yours does
#[derive(Subcommand, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub enum Skill {
    /// Write it into the workspace; an edited one is kept beside it
    Install(Install),
    /// Print it
    Show(Show),
    /// What installing would change: exit 0 when nothing, 6 when something
    Diff(Diff),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss skill install"], &[Exit::Conflict]))]
pub struct Install {
    #[command(flatten)]
    target: Target,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss skill show", "moss skill show > SKILL.md"], &[]))]
pub struct Show {}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss skill diff"], &[Exit::Conflict]))]
pub struct Diff {
    #[command(flatten)]
    target: Target,
}

// No doc comment: clap would show it as what the command does.
#[derive(Args, Debug)]
struct Target {
    /// The workspace that has skills/ [default: where .moss/ is]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Target {
    fn workspace(&self, site: &Workspace) -> Result<PathBuf> {
        let Some(dir) = &self.dir else { return Ok(PathBuf::from(&site.workspace)) };
        dir.canonicalize()
            .map_err(|e| Error::refused(format!("there is no folder {}: {e}", files::shown(dir))))
    }
}

impl Skill {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let site = Workspace::of(ctx)?;
        let offered = skill::offered(ctx, site.role).await?;
        match self {
            Self::Install(c) => install(ctx, &site, &c.target.workspace(&site)?, &offered),
            Self::Show(_) => {
                if ctx.out.is_json() {
                    ctx.out.data(&json!({"role": site.role, "text": offered}), String::new)?;
                } else {
                    ctx.out.file(&offered);
                }
                Ok(Exit::Done)
            }
            Self::Diff(c) => {
                let path = skill::path(&c.target.workspace(&site)?, site.role);
                let current = read(&path)?.unwrap_or_default();
                let difference = diff(&current, &offered);
                let answer =
                    json!({"path": path, "same": difference.is_none(), "diff": difference});
                let shown = files::shown(&path);
                ctx.out.data(&answer, || match &difference {
                    None => Lines::from(format!("{shown} is as it should be")),
                    // A line that is gone may begin with what makes an arrow of its minus.
                    Some(changes) => {
                        let mut lines = Lines::from(format!("--- {shown}\n+++ moss skill show"));
                        lines.quote(changes);
                        lines
                    }
                })?;
                Ok(if difference.is_some() { Exit::Conflict } else { Exit::Done })
            }
        }
    }
}

fn install(
    ctx: &Context,
    site: &Workspace,
    workspace: &std::path::Path,
    text: &str,
) -> Result<Exit> {
    let mut edits = Edits::default();
    let wrote = skill::install(&mut edits, &site.folder, workspace, site.role, text)
        .inspect_err(|_| edits.undo())?;
    let path = skill::path(workspace, site.role);
    let (shown, is_new) = (files::shown(&path), wrote == Wrote::New);
    let said =
        if is_new { format!("wrote {shown}") } else { format!("{shown} is as it should be") };
    print_done(ctx, &json!({"path": path.display().to_string(), "written": is_new}), said, "")
}
