//! `moss man`.

mod page;

use std::io::{IsTerminal, Write};

use clap::{Args, Command};
use moss_api::Exit;

use crate::commands::args::help;
use crate::error::Result;
use crate::hints;

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
    /// None: a reader that went away misses nothing.
    pub fn run(self, mut root: Command) -> Result<Exit> {
        let mut stdout = std::io::stdout().lock();
        let _ = match stdout.is_terminal() {
            true => stdout.write_all(how().as_bytes()),
            false => {
                root.build();
                stdout.write_all(page::page(&mut root).as_bytes())
            }
        };
        Ok(Exit::Done)
    }
}
