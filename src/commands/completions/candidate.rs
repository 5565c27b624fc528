//! A completion candidate: a word that can be typed, and a line about it.

use crate::render::sanitize;

/// Most that is offered at once of what a server holds.
pub const MAX_OFFERED: usize = 50;
/// Longest description, in characters.
const MAX_ABOUT: usize = 80;

/// Something that can be typed here, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word. Means nothing but itself to any shell.
    pub value: String,
    /// One line for a person, or nothing.
    pub about: String,
}

impl Candidate {
    /// The word, and as much of what it is as fits a line.
    pub fn new(value: impl Into<String>, about: &str) -> Self {
        let about = moss_api::clip(&sanitize::line(about), MAX_ABOUT);
        Self { value: value.into(), about }
    }
}

/// The first line of a help text.
pub fn styled(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Whether every shell takes the name for itself and nothing else. Agents choose their names, and
/// bash puts what is offered on the command line as it is.
pub fn is_plain(name: &str) -> bool {
    name.starts_with(char::is_alphanumeric)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
