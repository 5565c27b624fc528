//! What is set in OpenClaw that makes an idle agent cost something, or keeps its failures from a
//! person. It is a person's to change: here stand the commands.

use moss_api::Exit;

use crate::error::Error;
use crate::hints;
use crate::onboard::openclaw::commands::argv;
use crate::onboard::openclaw::heartbeat;
use crate::onboard::openclaw::settings::Settings;
use crate::system::process;

/// What was found, and what was looked at.
pub struct Remark {
    /// What was looked at, as a finding is headed.
    pub check: &'static str,
    /// What was found.
    pub found: Error,
}

/// All of them. `heard` says whether somebody hears what the agent answers; `onboard` brings it on
/// board again.
pub fn of(
    settings: &Settings,
    agent: &str,
    all: &[String],
    is_ours: impl Fn(&str) -> bool,
    heard: bool,
    onboard: &str,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut say = |check, found| remarks.push(Remark { check, found });
    if let Some(found) = heartbeat::of(settings, agent, all, is_ours) {
        let message = format!(
            "OpenClaw wakes {agent} every {} by itself, for a whole turn of its model (about 8,000 \
             tokens), whether there is work or not",
            found.every
        );
        say("heartbeat", remark("heartbeat", message, &found.mend));
    }
    if settings.reviews_weekly() {
        let set = ["config", "set", "skills.workshop.autonomous.mode", "propose"];
        let message = "OpenClaw lets the model of each agent tidy up its skills once a week, also of \
                       one that moss gave a skill";
        say("weekly review", remark("weekly_review", message, &process::line(&argv(&set))));
    }
    if !heard && settings.channel().is_some() {
        let message = "nobody hears when this agent fails, though OpenClaw has a channel";
        say("told", remark("nobody_told", message, onboard));
    } else if !heard {
        // Who that is, and where, only a person knows.
        let message = "OpenClaw has no channel, or several, so nobody hears when this agent fails: \
                       name who does, as in telegram:12345";
        let set = ["config", "set", "commands.ownerAllowFrom", "[\"CHANNEL:ID\"]", "--json"];
        let mend = format!("{} && {}", process::line(&argv(&set)), hints::ONBOARD_RUN);
        say("told", remark("nobody_told", message, &mend));
    }
    remarks
}

/// It works, but could be better.
pub fn remark(code: &str, finding: impl Into<String>, mend: &str) -> Error {
    Error::new(Exit::Done, code, finding).hint(mend)
}
