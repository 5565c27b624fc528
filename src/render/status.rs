//! How a status is shown at a terminal: a shape, its word, and a colour. The shapes tell them
//! apart where there is no colour, the words where nobody knows the shapes.

use anstyle::{AnsiColor, Style};
use moss_api::{SubTaskStatus, TaskStatus, Verdict};

use crate::render::sanitize;
use crate::render::screen::Screen;

/// A shape, and the colour it and its word have.
#[derive(Clone, Copy, Debug)]
struct Look(char, Option<AnsiColor>);

const WAITS: Option<AnsiColor> = None;
const TAKEN: Option<AnsiColor> = Some(AnsiColor::Cyan);
const RUNS: Option<AnsiColor> = Some(AnsiColor::Yellow);
const JUDGED: Option<AnsiColor> = Some(AnsiColor::Magenta);
const BAD: Option<AnsiColor> = Some(AnsiColor::Red);
const GOOD: Option<AnsiColor> = Some(AnsiColor::Green);
const GONE: Option<AnsiColor> = None; // grey is invisible on some backgrounds

const fn of_sub_task(status: SubTaskStatus) -> Look {
    match status {
        SubTaskStatus::Pending => Look('○', WAITS),
        SubTaskStatus::Assigned => Look('◔', TAKEN),
        SubTaskStatus::InProgress => Look('◑', RUNS),
        SubTaskStatus::Review => Look('◇', JUDGED),
        SubTaskStatus::Rework => Look('↻', BAD),
        SubTaskStatus::Blocked => Look('■', BAD),
        SubTaskStatus::Done => Look('✓', GOOD),
        SubTaskStatus::Cancelled => Look('✕', GONE),
    }
}

const fn of_task(status: TaskStatus) -> Look {
    match status {
        TaskStatus::Planning => Look('○', WAITS),
        TaskStatus::Active => Look('◔', TAKEN),
        TaskStatus::InProgress => Look('◑', RUNS),
        TaskStatus::Completed => Look('✓', GOOD),
        TaskStatus::Archived => Look('✓', GONE),
        TaskStatus::Cancelled => Look('✕', GONE),
    }
}

const fn of_verdict(verdict: Verdict) -> Look {
    match verdict {
        Verdict::Approved => Look('✓', GOOD),
        Verdict::Rejected => Look('↻', BAD),
    }
}

/// What a finding comes to: a file that was handed in, a check of `moss doctor`.
fn of_finding(word: &str) -> Option<Look> {
    match word {
        "ok" | "present" => Some(Look('✓', GOOD)),
        "warn" => Some(Look('!', RUNS)),
        "FAIL" | "missing" | "changed" => Some(Look('✕', BAD)),
        _ => None,
    }
}

/// The look of a word; a newer server's has none.
fn look(word: &str) -> Option<Look> {
    let sub_task = || word.parse().ok().map(of_sub_task);
    let task = || word.parse().ok().map(of_task);
    let verdict = || word.parse().ok().map(of_verdict);
    sub_task().or_else(task).or_else(verdict).or_else(|| of_finding(word))
}

/// The colour of a word, when it has one.
pub fn colour(word: &str) -> Option<AnsiColor> {
    look(word).and_then(|Look(_, colour)| colour)
}

/// `◑ in_progress`: without its colour.
pub fn shaped(word: &str) -> String {
    let shape = look(word).map_or('·', |Look(shape, _)| shape);
    format!("{shape} {}", sanitize::line(word))
}

/// `◑ in_progress`, in its colour.
pub fn painted(word: &str, screen: &Screen) -> String {
    let style = Style::new().fg_color(colour(word).map(Into::into));
    screen.paint(style, &shaped(word))
}

#[cfg(test)]
mod tests {
    use super::{painted, shaped};
    use crate::render::screen::Screen;
    use moss_api::SubTaskStatus;

    #[test]
    fn every_status_has_a_shape_of_its_own_and_its_word() {
        let mut shapes: Vec<_> =
            SubTaskStatus::ALL.iter().filter_map(|s| shaped(s.as_str()).chars().next()).collect();
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), SubTaskStatus::ALL.len());
        assert_eq!(shaped("in_progress"), "◑ in_progress");
        assert_eq!(shaped("archived"), "✓ archived");
        assert_eq!(shaped("paused\u{1b}"), "· paused\\u{1b}", "of a newer server");
    }

    #[test]
    fn colour_is_an_addition() {
        assert_eq!(painted("done", &Screen::new(80, true)), "\u{1b}[32m✓ done\u{1b}[0m");
        assert_eq!(painted("pending", &Screen::new(80, true)), "○ pending");
        assert_eq!(painted("done", &Screen::new(80, false)), "✓ done");
    }
}
