//! A completion candidate: a word that can be typed, and a line about it.

use crate::render::sanitize;

/// Most that is offered at once of what a server holds.
pub const MAX_OFFERED: usize = 50;
/// Longest description, in characters, and longest name in one before what is hidden is escaped.
const MAX_ABOUT: usize = 80;
const MAX_NAME: usize = 50;

/// Something that can be typed here, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word. Means nothing but itself to any shell.
    pub value: String,
    /// One line for a person, or nothing.
    pub about: String,
}

impl Candidate {
    /// The word, and what it is.
    pub fn new(value: impl Into<String>, about: &str) -> Self {
        Self { value: value.into(), about: sanitize::line(about) }
    }
}

/// As much of somebody's name as fits a line.
pub fn called(name: &str) -> String {
    sanitize::quoted(&moss_api::clip(name, MAX_NAME))
}

/// The first line of a help text.
pub fn styled(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    moss_api::clip(text.lines().next().unwrap_or_default(), MAX_ABOUT)
}

/// Whether every shell takes the name for itself and nothing else. Agents choose their names, and
/// bash puts what is offered on the command line as it is.
pub fn is_plain(name: &str) -> bool {
    name.starts_with(char::is_alphanumeric)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
