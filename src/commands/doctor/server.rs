//! What is at the other end: server, clock, TLS, agent, version.

use std::time::Duration;

use moss_api::release::Version;
use moss_api::{Exit, Health, Role, WakePacket};

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::key_store::KeyStore;
use crate::config::plain_http::is_loopback;
use crate::config::server_kind::ServerKind;
use crate::config::{Caller, Config};
use crate::context::Context;
use crate::error::Error;
use crate::hints;
use crate::render::packet;
use crate::render::sanitize::{quoted, word};
use crate::system::version::is_newer;

use super::releases;
use super::report::Report;

/// A difference of clocks that is worth mentioning. Leases and scores go by the server's clock;
/// certificates and the other files of an agent go by this machine's.
const SKEW: Duration = Duration::from_secs(30);
/// Longest wait for everything asked here.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything the server says; without a key it is still asked whether it is there. Returns what
/// to go on asking with when the agent is let in.
pub(super) async fn examine(
    report: &mut Report,
    global: &GlobalFlags,
    config: Option<Config>,
    active: Option<&ActiveProfile>,
) -> Option<Context> {
    let config = match config {
        Some(config) => config,
        None => Config::for_doctor(global, active)?, // a missing profile has been told
    };
    let patient = GlobalFlags { timeout: global.timeout.min(PATIENCE.as_secs()), ..global.clone() };
    let ctx = match Context::with(&patient, config) {
        Ok(ctx) => ctx,
        Err(error) => {
            report.fail("server", &error);
            return None;
        }
    };
    let health = match ctx.client.health().await {
        Ok(health) => health,
        Err(error) => {
            report.fail("server", &error);
            return None;
        }
    };
    let backend = ctx.backend_of(health.clone());
    let (server, program) = (&ctx.config.server, backend.describe());
    let finding = format!(
        "{} at {server}, {program} {}",
        quoted(&health.service),
        word::<Version>(&health.version)
    );
    match &health.problem {
        None => report.ok("server", finding),
        Some(problem) => {
            report.warn("server", format!("{finding}, says {}", quoted(problem)), hints::UNWELL);
        }
    }
    clock(report, &health);
    match server.scheme() {
        "https" if ctx.config.tls.has_authority() => {
            report.ok("tls", "https, with a certificate that your --ca-file vouches for");
        }
        "https" => report.ok("tls", "https, with a certificate that is trusted"),
        _ if is_loopback(server) => report.ok("tls", "none, and none needed on this machine"),
        _ => report.warn(
            "tls",
            "none: keys and work cross the network in clear; put the server behind https, then log \
             in to it there",
            hints::login_by_https(server.host_str().unwrap_or("HOST")),
        ),
    }
    if backend.offers_updates() {
        version(report, &health.version);
        releases::examine(report, global, active).await;
    }
    let is_known = !matches!(ctx.config.caller, Caller::Nobody);
    let is_let_in = is_known && agent(report, &ctx, active).await;
    if is_let_in && backend.offers_updates() {
        unanswered(report, &ctx).await;
    }
    is_let_in.then_some(ctx)
}

/// Whether work is kept back since nothing came of it before. Asks as a timer would, on trial.
async fn unanswered(report: &mut Report, ctx: &Context) {
    let query = ["gate", "trial"].map(|name| (name, "true".to_owned()));
    let Ok(packet) = ctx.client.get::<WakePacket>("/api/wake", &query).await else { return };
    if let Some(withheld) = &packet.withheld {
        report.warn("packets", packet::withheld(withheld, packet.now), hints::WAKE);
    }
}

fn clock(report: &mut Report, health: &Health) {
    let Some(theirs) = health.time else { return };
    let ours = crate::system::clock::now();
    let (skew, which) = if ours > theirs {
        (ours.since(theirs), "ahead of")
    } else {
        (theirs.since(ours), "behind")
    };
    if skew < SKEW {
        report.ok("clock", "as the server's");
    } else {
        let finding = format!("{} s {which} the server's", skew.as_secs());
        report.warn("clock", finding, hints::SET_CLOCK);
    }
}

fn version(report: &mut Report, theirs: &str) {
    let ours = env!("CARGO_PKG_VERSION");
    if is_newer(theirs) {
        let finding = format!("moss {ours}, the server is {}", word::<Version>(theirs));
        report.warn("version", finding, hints::UPDATE);
    } else {
        report.ok("version", format!("moss {ours}"));
    }
}

/// Whether the key is taken, and whether the agent is who the profile says.
async fn agent(report: &mut Report, ctx: &Context, active: Option<&ActiveProfile>) -> bool {
    let profile = active.map(|active| &active.profile);
    let server = ctx.config.server.as_str().trim_end_matches('/');
    let me = match ctx.identity().await {
        Ok(me) => me,
        Err(error) => {
            let error = match active.and_then(|active| let_in(&error, ctx, active)) {
                Some(mend) => error.adding(hints::SERVERS_FOLDER).hint(mend),
                None if error.code() == "unknown_key" => error.hint(hints::ANOTHER_KEY),
                None => error,
            };
            report.fail("agent", &error);
            return false;
        }
    };
    let (name, role) = (quoted(&me.name), word::<Role>(&me.role));
    let acting = matches!(ctx.config.caller, Caller::Admin { .. });
    match profile.filter(|_| !acting) {
        Some(profile) if profile.agent_id != me.id => {
            // Which of the two is right only a person knows.
            let message = format!(
                "the key is {name}'s, the profile says {}: log in with the key of the right one",
                quoted(&profile.name)
            );
            let error = Error::new(Exit::NotAllowed, "other_agent", message);
            let folder = active.map(|active| active.folder.path().to_string_lossy());
            let mend = hints::wrong_key(server, &folder.unwrap_or_default());
            report.fail("agent", &error.hint(mend));
            return false;
        }
        Some(profile) if profile.role != me.role => report.warn(
            "agent",
            format!("{name} is {role}, the profile says {}", word::<Role>(&profile.role)),
            stale(server, active),
        ),
        Some(_) | None => report.ok("agent", format!("{name} ({role}), score {}", me.total_score)),
    }
    if let Some(end) = me.key_ends_at {
        let end = end.minute();
        let finding = format!("this key was replaced and ends at {end}: log in with the new one");
        report.warn("key", finding, hints::new_key(server));
    }
    true
}

/// What lets an agent in again that its server knows: the whole way, where the server is on this
/// machine.
fn let_in(error: &Error, ctx: &Context, active: &ActiveProfile) -> Option<String> {
    if matches!(ctx.config.caller, Caller::Admin { .. }) || ctx.kind() != ServerKind::Moss {
        return None;
    }
    let (url, profile) = (&ctx.config.server, &active.profile);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = profile.name.chars().all(is_plain) && !profile.name.starts_with('-');
    let agent = if is_name { &profile.name } else { &profile.agent_id };
    let server = url.as_str().trim_end_matches('/');
    match error.code() {
        "unknown_key" => {
            let folder = active.folder.path().to_string_lossy();
            Some(hints::reset_key(agent, server, &folder, is_loopback(url)))
        }
        "agent_disabled" => Some(hints::enable_agent(agent, is_loopback(url))),
        _ => None,
    }
}

/// The same key once more, which brings the profile up to date.
fn stale(server: &str, active: Option<&ActiveProfile>) -> String {
    let Some(active) = active else { return hints::new_key(server) };
    let (folder, key) = (active.folder.path(), active.folder.key_path());
    let key = (active.profile.key_store == KeyStore::File).then(|| key.to_string_lossy());
    hints::stale_profile(server, &folder.to_string_lossy(), key.as_deref())
}
