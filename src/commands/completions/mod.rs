//! `moss completions`.

mod candidate;
mod line;
mod live;
mod offers;
mod shell;
mod values;

use clap::{Args, Command};
use moss_api::Exit;

use crate::commands::args::help;
use crate::error::Result;
use crate::render::out;
use shell::Shell;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss completions bash > ~/.local/share/bash-completion/completions/moss",
      "moss completions zsh > ~/.zsh/_moss         # before compinit: fpath+=~/.zsh",
      "moss completions fish > ~/.config/fish/completions/moss.fish",
      "moss completions powershell | Out-String | iex         # in $PROFILE",
      "moss completions elvish >> ~/.config/elvish/rc.elv"],
    &[],
))]
pub struct Completions {
    /// Yours
    #[arg(value_name = "SHELL")]
    shell: Shell,
    /// The word at the cursor: asks what fits there, as the scripts do
    #[arg(long, hide = true, allow_hyphen_values = true)]
    word: Option<String>,
    /// The words before it
    #[arg(last = true, hide = true)]
    before: Vec<String>,
}

impl Completions {
    /// Prints the shell's script, or what fits `root`'s command line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn run(self, root: Command) -> Result<Exit> {
        let answer;
        let text = match self.word {
            None => self.shell.script(),
            Some(word) => {
                answer = offers::answer(self.shell, root, self.before, word).await;
                &answer
            }
        };
        out::print(text)?;
        Ok(Exit::Done)
    }
}
