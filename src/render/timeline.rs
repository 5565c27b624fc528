//! What happened, in order: the day once, then a line each with its time, its columns aligned, and
//! what was said below or beside it.

use moss_api::Timestamp;

use crate::render::screen::Screen;
use crate::render::wrap::{self, columns, padded};
use crate::render::{sanitize, status};

/// Columns between two columns.
const GAP: usize = 2;

/// Something that happened.
#[derive(Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Who, what, on what: in words of ours, aligned with those of the others.
    pub cells: Vec<String>,
    /// The status it was at, empty for a beginning, and the one it led to.
    pub moved: Option<(String, String)>,
    /// What others said, in any number of lines.
    pub detail: String,
}

/// Moments, in the order they are shown in.
#[derive(Debug, Default)]
pub struct Timeline(pub Vec<Moment>);

impl Timeline {
    /// One line a moment, for programs and models; what others said in so many characters.
    pub fn lines(&self, most: usize) -> String {
        let line = |moment: &Moment| {
            let mut cells = vec![moment.at.minute()];
            cells.extend(moment.cells.iter().map(|cell| sanitize::line(cell)));
            cells.push(sanitize::cell(&moss_api::clip(&moment.detail, most)));
            cells.join("\t") + "\n"
        };
        self.0.iter().map(line).collect()
    }

    /// As wide as the terminal.
    pub fn on(&self, screen: &Screen) -> String {
        let widths = self.widths();
        let moves = self.0.iter().map(|m| columns(&m.moves())).max().unwrap_or(0);
        let (mut text, mut day) = (String::new(), String::new());
        for moment in &self.0 {
            let today = moment.at.day();
            if today != day {
                let gap = if day.is_empty() { "" } else { "\n" };
                text.push_str(&format!("{gap}  {}\n", screen.dim(&today)));
                day = today;
            }
            let mut line = format!("  {}", screen.dim(&moment.at.clock()));
            let mut used = 2 + columns(&moment.at.clock());
            for (cell, &width) in moment.cells.iter().zip(&widths) {
                line.push_str(&format!(
                    "{}{}",
                    " ".repeat(GAP),
                    padded(&sanitize::line(cell), width)
                ));
                used += GAP + width;
            }
            if moves > 0 {
                let bare = columns(&moment.moves());
                let fill = " ".repeat(moves.saturating_sub(bare));
                line.push_str(&format!("{}{}{fill}", " ".repeat(GAP), moment.painted(screen)));
                used += GAP + moves;
            }
            moment.tell(&mut text, &line, used, screen);
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for moment in &self.0 {
            for (at, cell) in moment.cells.iter().enumerate() {
                let width = columns(&sanitize::line(cell));
                match widths.get_mut(at) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        widths
    }
}

impl Moment {
    /// `pending → ◑ in_progress`, without its colour.
    fn moves(&self) -> String {
        self.moves_to(status::shaped)
    }

    fn painted(&self, screen: &Screen) -> String {
        self.moves_to(|to| status::painted(to, screen))
    }

    fn moves_to(&self, show: impl Fn(&str) -> String) -> String {
        match &self.moved {
            Some((from, to)) => {
                let from = sanitize::line(from);
                format!("{} {}", format!("{from} →").trim_start(), show(to))
            }
            None => String::new(),
        }
    }

    /// The line with what was said beside it where that fits, else below it.
    fn tell(&self, text: &mut String, line: &str, used: usize, screen: &Screen) {
        let detail = self.detail.trim();
        let said = sanitize::cell(detail);
        let beside = used + GAP + columns(&said) <= screen.width() && !detail.contains('\n');
        if detail.is_empty() || beside {
            text.push_str(format!("{line}{}{said}", " ".repeat(GAP)).trim_end());
            text.push('\n');
            return;
        }
        text.push_str(&format!("{}\n", line.trim_end()));
        for line in sanitize::text(detail).lines() {
            for line in wrap::theirs(line, screen.measure(), "       ", screen) {
                text.push_str(&format!("{line}\n"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Moment, Timeline};
    use crate::render::screen::Screen;
    use moss_api::Timestamp;

    fn moment(hours: i64, cells: [&str; 2], moved: [&str; 2], detail: &str) -> Moment {
        Moment {
            at: Timestamp::from_micros(hours * 3_600_000_000),
            cells: cells.map(str::to_owned).to_vec(),
            moved: (moved[0] != moved[1]).then(|| (moved[0].to_owned(), moved[1].to_owned())),
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn a_day_is_named_once_and_columns_are_aligned() {
        let timeline = Timeline(vec![
            moment(1, ["create", "pia"], ["", "pending"], ""),
            moment(2, ["claim", "李雷"], ["pending", "assigned"], "short"),
            moment(30, ["submit", "wu"], ["in_progress", "review"], "first\nsecond line of it"),
        ]);
        assert_eq!(
            timeline.on(&Screen::new(60, false)),
            "  1970-01-01\n  \
               01:00Z  create  pia   → ○ pending\n  \
               02:00Z  claim   李雷  pending → ◔ assigned    \"short\"\n\n  \
               1970-01-02\n  \
               06:00Z  submit  wu    in_progress → ◇ review\n       \
                    > first\n       \
                    > second line of it\n"
        );
    }
}
