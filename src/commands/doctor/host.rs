//! What wakes the agent, and what it is told: the skill, and OpenClaw or a crontab.

use std::path::Path;
use std::time::Duration;

use moss_api::Exit;

use crate::config::env::variable;
use crate::context::Context;
use crate::hints;
use crate::onboard::{self, Finding, Workspace, skill};

use super::report::Report;

/// Longest one command of a host may take: they are asked side by side, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(60);

/// Everything in the workspace and around it.
pub(super) async fn examine(report: &mut Report, ctx: &Context) {
    let site = match Workspace::of(ctx) {
        Ok(site) => site,
        Err(_) => return, // a profile of the user's own has no workspace to look at
    };
    match skill::offered(ctx, site.role).await {
        Err(error) => report.warn("skill", error.to_string(), error.advice().unwrap_or_default()),
        Ok(offered) => {
            let path = skill::path(Path::new(&site.workspace), site.role);
            match onboard::read(&path) {
                Err(error) => report.fail("skill", &error),
                Ok(None) => report.warn("skill", "not installed", hints::SKILL_INSTALL),
                Ok(Some(text)) if text == offered => {
                    report.ok("skill", format!("{} is current", site.shown(&path)));
                }
                Ok(Some(_)) => {
                    let finding = format!("{} is not what the server has", site.shown(&path));
                    report.warn("skill", finding, hints::SKILL_DIFF);
                }
            }
        }
    }
    if variable("PATH").is_none() {
        return; // a timer without one finds no host either, and needs none: it is the host
    }
    for Finding { check, found } in onboard::examine(&site, LIMIT) {
        match found {
            Ok(finding) => report.ok(check, finding),
            Err(error) if error.exit() == Exit::Done => report.remark(check, &error),
            Err(error) => report.fail(check, &error),
        }
    }
}
