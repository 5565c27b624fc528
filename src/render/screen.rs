//! The terminal somebody looks at: how wide it is, and whether it shows colours.

use std::io::IsTerminal;

use anstyle::Style;
use terminal_size::{Width, terminal_size_of};

use crate::config::env::{COLUMNS_VARIABLE, variable};

/// Columns of a terminal that does not know its size.
const USUAL: usize = 80;
/// Columns below which nothing can be laid out: what is longer runs over.
const NARROWEST: usize = 20;
/// Columns beyond which the eye loses its line. Tables may be wider.
const READABLE: usize = 100;

/// A terminal.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    width: usize,
    colour: bool,
}

impl Screen {
    /// What standard output is shown on; none when a program reads it.
    pub fn of_stdout() -> Option<Self> {
        let stdout = std::io::stdout();
        if !stdout.is_terminal() {
            return None;
        }
        let known = terminal_size_of(&stdout).map(|(Width(columns), _)| usize::from(columns));
        let said = || variable(COLUMNS_VARIABLE).and_then(|columns| columns.parse().ok());
        let width = known.filter(|&columns| columns > 0).or_else(said).unwrap_or(USUAL);
        Some(Self::new(width, shows_colour()))
    }

    /// One of this many columns.
    pub fn new(width: usize, colour: bool) -> Self {
        Self { width: width.max(NARROWEST), colour }
    }

    /// Its columns, at least 20.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The columns that sentences are wrapped to, at most 100.
    pub fn measure(&self) -> usize {
        self.width.min(READABLE)
    }

    /// Whether it shows colours.
    pub const fn colour(&self) -> bool {
        self.colour
    }

    /// The text in this style, where the terminal shows any. It must be clean already.
    pub fn paint(&self, style: Style, text: &str) -> String {
        match self.colour {
            true if !text.is_empty() => format!("{style}{text}{style:#}"),
            true | false => text.to_owned(),
        }
    }

    /// A heading.
    pub fn bold(&self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// What is there to be looked past.
    pub fn dim(&self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }
}

/// Whether the person wants colours and the terminal has them. `NO_COLOR` decides before
/// `CLICOLOR_FORCE`, that before `CLICOLOR` and `TERM`.
pub fn shows_colour() -> bool {
    if anstyle_query::no_color() {
        return false;
    }
    let usual =
        || anstyle_query::clicolor().unwrap_or(true) && anstyle_query::term_supports_color();
    let wanted = anstyle_query::clicolor_force() || usual();
    wanted && anstyle_query::windows::enable_ansi_colors().unwrap_or(true)
}
