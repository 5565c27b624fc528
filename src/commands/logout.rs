//! `moss logout`.

use clap::Args;
use moss_api::Exit;
use serde_json::json;

use crate::cli::Global;
use crate::config::{Config, no_profile};
use crate::error::Result;
use crate::files;
use crate::home::{Home, no_user};
use crate::output::Out;
use crate::profiles::Profiles;
use crate::{clean, help};

#[derive(Args, Clone, Debug)]
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
    pub fn run(self, global: &Global) -> Result<Exit> {
        let out = Out::new(global);
        if self.admin {
            let config = Config::for_nobody(global, "logout --admin")?;
            let folder = Profiles::of_user().ok_or_else(no_user)?.admin(config.server.as_str());
            files::remove(&folder.key_path())?;
            let server = config.server.as_str();
            let said = || format!("logged out as the admin of {server}\n");
            out.data(&json!({"server": server, "admin": true}), said)?;
        } else {
            let home = Home::find(global)?.ok_or_else(|| no_profile("nobody is logged in"))?;
            let Home { folder, profile, .. } = &home;
            let _lock = folder.lock()?;
            folder.forget(profile)?;
            out.data(profile, || {
                let (name, at) = (clean::line(&profile.name), folder.path().display());
                format!("forgot the key of {name} in {at}; the server still knows it\n-> moss login --server {}\n", profile.server)
            })?;
        }
        out.flush()?;
        Ok(Exit::Done)
    }
}
