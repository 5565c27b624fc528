//! `moss logout`.

use clap::Args;
use moss_api::Exit;
use serde_json::{Value, json};

use crate::commands::args::help;
use crate::config::active::{self, ActiveProfile};
use crate::config::flags::GlobalFlags;
use crate::config::profiles::Profiles;
use crate::config::{Config, no_profile};
use crate::context::Context;
use crate::error::Result;
use crate::render::out::Out;
use crate::render::sanitize::quoted;
use crate::system::files;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss logout                 # forgets the key in this folder; the server still knows it",
      "moss logout --profile prod",
      "moss logout --admin --server http://127.0.0.1:6565"],
    &[],
))]
pub struct Logout {
    /// Forget the admin's session instead
    #[arg(long)]
    admin: bool,
}

impl Logout {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let out = Out::new(global);
        if self.admin {
            as_admin(global, &out).await?
        } else {
            as_agent(global, &out)?
        }
        out.flush()?;
        Ok(Exit::Done)
    }
}

/// Ends the session where it lives, then forgets it.
async fn as_admin(global: &GlobalFlags, out: &Out) -> Result<()> {
    let (config, folder) = Config::for_admin(global)?;
    let server = config.server.to_string();
    let Some(folder) = folder else {
        return out.data(&json!({"server": server, "admin": false}), || {
            format!("there is no admin session with {server}\n")
        });
    };
    let ctx = Context::with(global, config)?;
    let ended: Result<Value> = ctx.client.post_empty("/api/admin/logout").await;
    files::remove(&folder.key_path())?;
    match ended {
        // One that the server has ended already is ended.
        Err(error) if error.exit() != Exit::NotAllowed => {
            return Err(error.hint(
                "forgotten here, but the server still knows the session: it ends 12 h after its last use",
            ));
        }
        Ok(_) | Err(_) => {}
    }
    let said = || format!("logged out as the admin of {server}\n");
    out.data(&json!({"server": server, "admin": true}), said)
}

fn as_agent(global: &GlobalFlags, out: &Out) -> Result<()> {
    let active = ActiveProfile::find(global)?.ok_or_else(|| no_profile("nobody is logged in"))?;
    let ActiveProfile { folder, profile, .. } = &active;
    let _lock = folder.lock()?;
    folder.forget(profile)?;
    if let Some(profiles) = Profiles::of_user() {
        profiles.drop_current(folder)?;
    }
    out.data(profile, || {
        let (name, at, flag) =
            (quoted(&profile.name), files::shown(folder.path()), active::flag(global));
        let server = active::server(profile);
        format!(
            "forgot the key of {name} in {at}; the server still knows it\n\
             -> moss{flag} login --server {server}\n"
        )
    })
}
