//! What a wake-up does about releases before it asks for work: once a day it looks whether those of
//! its server can be gone by, and a timer that may keeps `moss` up to date.

use std::time::{Duration, Instant};

use crate::config::active::{ActiveProfile, FoundBy};
use crate::config::server_kind::ServerKind;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::out::note;
use crate::system::files::shown;

use super::freshness::is_doubt;
use super::{
    Decision, InstallDir, Installed, Limits, Look, Notice, Own, Source, choose, install, look,
    refresh,
};

/// A host gives the whole gate about 20 s; the wake-up itself needs some of them.
const MANIFEST: Duration = Duration::from_secs(3);
const LIMITS: Limits = Limits { fetch: Duration::from_secs(8), trial: Duration::from_secs(3) };

/// A timer updates when the profile wants it and an earlier wake-up heard of another version; then
/// the new program goes on in this one's place. Everybody looks once a day, since a server that
/// hides releases does not say so. Whatever fails is told in one line, and this one goes on.
pub async fn before_work(ctx: &Context, is_timer: bool) {
    let Some(active) = ctx.config.active.as_ref() else { return };
    let notice = Notice::read(&active.folder);
    let may = is_timer && active.profile.auto_update;
    let next_try = notice.next_try();
    let outcome = if may && notice.is_due() {
        if notice.trying(&active.folder).is_err() {
            return;
        }
        update(ctx).await
    } else if has_manifest(active) && notice.looks(&active.folder) {
        // Its server may have named no other: releases may come from elsewhere, and this one may
        // have been recalled.
        if may { update(ctx).await } else { only_look(ctx).await }
    } else {
        return;
    };
    match outcome {
        Ok(None) => {}
        Ok(Some(own)) => note(&format!("warning: {}", go_on(&own))),
        Err(error) if is_doubt(&error) => {
            if Notice::doubts(&active.folder) {
                let hint = error.advice().unwrap_or_default();
                note(&format!("warning: {error}; hint: {hint}"));
            }
        }
        Err(error) if may => note(&format!(
            "warning: moss was not updated: {error}; the next try is {next_try}, or: {}",
            hints::UPDATE
        )),
        Err(_) => {} // that there are none is no news
    }
}

/// Whether there may be a manifest, and whoever reads the packet is who should hear of it.
fn has_manifest(active: &ActiveProfile) -> bool {
    let is_elsewhere = active.profile.releases.is_some();
    let is_ours = active.profile.kind == Some(ServerKind::Moss);
    (is_ours || is_elsewhere) && active.found != FoundBy::As
}

async fn look_at(source: &Source, own: &Own) -> Result<Look> {
    let place = InstallDir::of(own);
    let mut look = look(source, &place, Instant::now() + MANIFEST).await?;
    let _ = look.seen.keep(&place); // who may not write there cannot update there either
    look.ensure_fresh().map(|()| look)
}

async fn only_look(ctx: &Context) -> Result<Option<Own>> {
    let source = Source::find(&ctx.global, ctx.config.active.as_ref())?;
    let own = Own::find()?;
    look_at(&source, &own).await?.ensure_not_recalled(own.version).map(|()| None)
}

/// Returns what this program was, when another has its place now.
async fn update(ctx: &Context) -> Result<Option<Own>> {
    let own = Own::find()?;
    let source = Source::find(&ctx.global, ctx.config.active.as_ref())?;
    let mut look = look_at(&source, &own).await?;
    let bad = InstallDir::of(&own).bad();
    let decision = choose(&look.manifest, own.version, None, &bad, look.seen.recalled())?;
    let Decision::Become { version, asset, .. } = decision else { return Ok(None) };
    let from = (&source, &mut look.seen);
    match install(&own, (version, asset), from, &ctx.global, LIMITS).await? {
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
    Error::local(format!("cannot go on as {}: {error}", shown(&own.path)))
}
