//! `moss update`.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use moss_api::Exit;
use moss_api::release::Version;
use serde::Serialize;

use crate::commands::args::help;
use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::no_profile;
use crate::config::profile::Profile;
use crate::error::Result;
use crate::hints;
use crate::render::out::{Out, note};
use crate::update::{
    Decision, InstallDir, Installed, Limits, Own, Source, Why, choose, install, look, refresh,
    roll_back, shown,
};

/// An archive over a slow line takes longer than any answer.
const FETCH: Duration = Duration::from_secs(600);
const TRIAL: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss update                    # moss, then SKILL.md and the gate script of this workspace",
      "moss update --check            # exit 0: there is one; 3: this is the newest",
      "moss update --rollback         # back to the one before",
      "moss update --version 0.2.0    # this one, even if it is older",
      "moss update --auto on          # from now on wake --gate does it before it asks for work"],
    &[Exit::Nothing, Exit::Update],
))]
pub struct Update {
    /// Only look whether there is one
    #[arg(long, group = "what")]
    check: bool,
    /// Go back to the moss before this one; this one is not installed again by itself
    #[arg(long, group = "what")]
    rollback: bool,
    /// Install this version, newer or older
    #[arg(id = "release", long = "version", value_name = "VERSION", value_parser = a_version, group = "what")]
    version: Option<Version>,
    /// Whether this profile's timer keeps moss up to date by itself
    #[arg(long, value_name = "on|off", value_enum, hide_possible_values = true, group = "what")]
    auto: Option<Auto>,
    /// For a moss that was just installed: only the files in the workspace
    #[arg(long, hide = true, group = "what")]
    refresh: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Auto {
    On,
    Off,
}

/// What there is, or what was done.
#[derive(Serialize)]
struct Outcome {
    /// The running program.
    version: Version,
    /// What it should become, or has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Version>,
    /// Why the running one was recalled.
    #[serde(skip_serializing_if = "Option::is_none")]
    recalled: Option<String>,
    /// A newer one that failed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    spoilt: Option<Version>,
    /// Files in the workspace that are new.
    files: Vec<String>,
}

impl Outcome {
    fn of(own: &Own) -> Self {
        Self { version: own.version, to: None, recalled: None, spoilt: None, files: Vec::new() }
    }

    /// What was chosen, told before it is done.
    fn chosen(&self) -> String {
        let own = self.version;
        match (self.to, &self.recalled, self.spoilt) {
            (Some(to), Some(reason), _) => {
                format!("moss {own} was recalled: {}\n{to} takes its place\n", shown(reason))
            }
            (Some(to), None, _) => format!("moss {to} is out, this is {own}\n"),
            (None, _, Some(spoilt)) => format!(
                "moss {own} stays: {spoilt} is out, but failed here\n\
                 -> {}  # tries it again\n",
                hints::update_to(&spoilt.to_string())
            ),
            (None, _, None) => format!("moss {own} is up to date\n"),
        }
    }

    fn wrote(&self) -> String {
        self.files.iter().map(|path| format!("wrote {path}\n")).collect()
    }
}

impl Update {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let out = Out::new(global);
        let exit = match self {
            Self { auto: Some(auto), .. } => set_auto(&out, global, auto == Auto::On)?,
            Self { refresh: true, .. } => {
                let files = refresh::refresh(global).await?;
                out.text(&files.join("\n"));
                Exit::Done
            }
            Self { rollback: true, .. } => back(&out)?,
            Self { check, version, .. } => update(&out, global, version, check).await?,
        };
        out.flush()?;
        Ok(exit)
    }
}

/// `0.2.0`, and what releases are tagged as: `v0.2.0`.
fn a_version(text: &str) -> Result<Version, String> {
    text.trim_start_matches('v').parse().map_err(|e: moss_api::release::BadVersion| e.to_string())
}

async fn update(
    out: &Out,
    global: &GlobalFlags,
    asked: Option<Version>,
    only_look: bool,
) -> Result<Exit> {
    let own = Own::find()?;
    let active = ActiveProfile::find(global)?;
    let source = Source::find(global, active.as_ref())?;
    let place = InstallDir::of(&own);
    let mut look = look(&source, &place, Instant::now() + global.timeout()).await?;
    if look.seen.is_broken() {
        note("warning: what this moss remembered of releases was damaged, and begins anew");
    }
    let _ = look.seen.keep(&place); // an update insists on it; who only looks may be a guest here
    if asked.is_none() {
        look.ensure_fresh()?;
    } else if let Some(doubt) = look.ensure_fresh_for_one()? {
        note(&format!("warning: {doubt}"));
    }
    let recalled = look.seen.recalled();
    let decision = choose(&look.manifest, own.version, asked, &place.bad(), recalled)?;
    let mut outcome = Outcome::of(&own);
    let (version, asset) = match decision {
        Decision::Stay { spoilt } => {
            outcome.spoilt = spoilt;
            if !only_look {
                outcome.files = refresh::refresh(global).await?;
            }
            out.data(&outcome, || outcome.chosen() + &outcome.wrote())?;
            return Ok(if only_look { Exit::Nothing } else { Exit::Done });
        }
        Decision::Become { version, asset, why } => {
            outcome.to = Some(version);
            if let Why::Recalled(reason) = why {
                outcome.recalled = Some(reason);
            }
            (version, asset)
        }
    };
    if only_look {
        out.data(&outcome, || format!("{}-> {}\n", outcome.chosen(), hints::UPDATE))?;
        return Ok(Exit::Done);
    }
    let limits = Limits { fetch: FETCH.max(global.timeout()), trial: TRIAL };
    let from = (&source, &mut look.seen);
    match install(&own, (version, asset), from, global, limits).await? {
        Installed::Busy => {
            note("another update of this moss is under way; nothing was done");
            return Ok(Exit::Done);
        }
        Installed::Already(there) => {
            note(&format!("moss was replaced meanwhile: it is {there} now"));
            return Ok(Exit::Done);
        }
        Installed::Done => {}
    }
    match refresh::by(&own.path, global) {
        Ok(files) => outcome.files = files,
        Err(error) => {
            note(&format!("warning: {error}; hint: {}", error.advice().unwrap_or(hints::UPDATE)))
        }
    }
    out.data(&outcome, || {
        let (from, path) = (own.version, crate::system::files::shown(&own.path));
        let recalled = outcome.recalled.as_ref().map(|_| outcome.chosen()).unwrap_or_default();
        let wrote = outcome.wrote();
        format!(
            "{recalled}updated moss {from} to {version} in {path}\n{wrote}\
             -> {}  # if it does not do as it should\n",
            hints::ROLL_BACK
        )
    })?;
    Ok(Exit::Done)
}

fn back(out: &Out) -> Result<Exit> {
    let own = Own::find()?;
    let version = roll_back(&own)?;
    let outcome = Outcome { to: Some(version), ..Outcome::of(&own) };
    let from = own.version;
    out.data(&outcome, || {
        if from <= version {
            return format!("moss is {version} again\n");
        }
        format!(
            "moss is {version} again; {from} is not installed again by itself\n\
             -> {}  # if you want it back\n",
            hints::update_to(&from.to_string())
        )
    })?;
    Ok(Exit::Done)
}

fn set_auto(out: &Out, global: &GlobalFlags, auto_update: bool) -> Result<Exit> {
    let active = ActiveProfile::find(global)?.ok_or_else(|| no_profile("nobody is registered"))?;
    let _lock = active.folder.lock()?;
    let profile = Profile { auto_update, ..active.folder.profile()? };
    active.folder.save_profile(&profile)?;
    out.data(&profile, || {
        if auto_update {
            return "wake --gate keeps moss up to date from now on\n".to_owned();
        }
        format!("moss changes only when somebody types: {}\n", hints::UPDATE)
    })?;
    Ok(Exit::Done)
}
