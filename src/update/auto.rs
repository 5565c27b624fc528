//! A timer that keeps `moss` up to date by itself, before it asks for work.

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::out::note;

use super::{
    Decision, InstallDir, Installed, Limits, Notice, Own, Source, choose, install, keys, refresh,
};

/// A host gives the whole gate about 20 s; the wake-up itself needs some of them.
const MANIFEST: Duration = Duration::from_secs(3);
const LIMITS: Limits = Limits { fetch: Duration::from_secs(8), trial: Duration::from_secs(3) };

/// Updates when the profile wants it and an earlier wake-up heard of another version; then the
/// new program goes on in this one's place. Whatever fails is told in one line, and this one
/// goes on.
pub async fn before_work(ctx: &Context) {
    let Some(active) = ctx.config.active.as_ref().filter(|active| active.profile.auto_update)
    else {
        return;
    };
    let notice = Notice::read(&active.folder);
    if !notice.is_due() || notice.trying(&active.folder).is_err() {
        return;
    }
    match update(ctx).await {
        Ok(None) => {}
        Ok(Some(own)) => note(&format!("warning: {}", go_on(&own))),
        Err(error) => note(&format!(
            "warning: moss was not updated: {error}; the next try is in an hour, or: {}",
            hints::UPDATE
        )),
    }
}

/// Returns what this program was, when another has its place now.
async fn update(ctx: &Context) -> Result<Option<Own>> {
    let own = Own::find()?;
    let source = Source::find(&ctx.global, ctx.config.active.as_ref())?;
    let manifest = source.manifest(Instant::now() + MANIFEST).await?;
    let bad = InstallDir::of(&own).bad();
    let decision = choose(&manifest, own.version, None, &bad, keys::has_recalled)?;
    let Decision::Become { version, asset, .. } = decision else { return Ok(None) };
    match install(&own, (version, asset), &source, &ctx.global, LIMITS).await? {
        Installed::Busy => Ok(None),
        Installed::Already(_) => Ok(Some(own)),
        Installed::Done => {
            refresh::by(&own.path, &ctx.global).map(|_| ()).unwrap_or_else(|e| {
                note(&format!("warning: {e}"));
            });
            Ok(Some(own))
        }
    }
}

/// Runs the program that has this one's place now, with the same command line. Returns only when
/// that fails.
pub fn go_on(own: &Own) -> Error {
    let mut command = std::process::Command::new(&own.path);
    command.args(std::env::args_os().skip(1));
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    };
    Error::local(format!("cannot go on as {}: {error}", own.path.display()))
}
