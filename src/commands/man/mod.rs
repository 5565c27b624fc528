//! `moss man`.

mod page;

use std::io::IsTerminal;

use clap::{Args, Command};
use moss_api::Exit;

use crate::commands::args::help;
use crate::error::Result;
use crate::hints;
use crate::render::out;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss man | man -l -         # read it",
      "moss man > ~/.local/share/man/man1/moss.1         # from then on: man moss"],
    &[],
))]
pub struct Man {}

/// For somebody who would see nothing but markup.
fn how() -> String {
    let [read, keep] = hints::MANUAL;
    format!("this is a page for man(1), to be read or kept:\n-> {read}\n-> {keep}\n")
}

impl Man {
    /// Prints the page about `root`'s command line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn run(self, mut root: Command) -> Result<Exit> {
        if std::io::stdout().is_terminal() {
            out::print(&how())?;
        } else {
            root.build();
            out::print(&page::page(&mut root))?;
        }
        Ok(Exit::Done)
    }
}
