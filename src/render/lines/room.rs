//! Lines in so much room: what others wrote gives way, our words and commands do not.

use super::{Lines, Part};

/// Room for the line that says how much of a text is left out.
const CUT_NOTICE: usize = 50;
/// What is kept of a text of others, or of a list, whatever stands beside it.
const LEAST: usize = 500;
/// Longest line of ours where room is short: names in it may be anything.
const MAX_LINE: usize = 600;
/// Shortest that a line of ours is made.
const MIN_LINE: usize = 80;

/// How long each may be so that all of them fit into the room: short ones stay whole.
pub(super) fn share(sizes: &[usize], room: usize) -> usize {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut room = room;
    for (at, size) in sizes.iter().enumerate() {
        let each = room / (sizes.len() - at);
        if *size > each {
            return each;
        }
        room -= size;
    }
    usize::MAX
}

impl Lines {
    /// These in about so many characters. What others wrote is shortened, and so are lists, the
    /// longest first; a part of each stays, and every command. So nobody writes so much, or hands in
    /// so many things, that our words are lost behind it. None when they fit as they are.
    pub fn within(&self, limit: usize) -> Option<Self> {
        if self.size() <= limit {
            return None;
        }
        let longest = MAX_LINE.min(limit).max(MIN_LINE);
        let parts: Vec<Part> = self.0.iter().map(|part| part.with_lines_of(longest)).collect();
        let sizes: Vec<usize> =
            parts.iter().filter(|part| part.gives_way()).map(Part::size).collect();
        let all: usize = parts.iter().map(Part::size).sum();
        let ours = all - sizes.iter().sum::<usize>();
        let room = limit.saturating_sub(ours + CUT_NOTICE * sizes.len());
        let least = LEAST.min(limit / 2 / sizes.len().max(1));
        let most = share(&sizes, room).max(least);
        let mut short = Self::default();
        for part in parts {
            match &part {
                Part::Theirs(lines) if size_of(lines) > most => short.take_part(lines, most),
                Part::List(list) if list.told().size() > most => {
                    short.0.push(Part::List(list.within(most)));
                }
                Part::Head(_) | Part::Ours(_) | Part::Theirs(_) | Part::Next(_) | Part::List(_) => {
                    short.0.push(part);
                }
            }
        }
        short.drop_rest(limit);
        Some(short)
    }

    /// As many lines of others as fit, and how much is left out.
    fn take_part(&mut self, lines: &[String], most: usize) {
        let mut room = most;
        let mut left = 0;
        let mut kept = Vec::new();
        for line in lines {
            let size = line.chars().count() + 1;
            if left == 0 && size <= room {
                room -= size;
                kept.push(line.clone());
            } else if left == 0 {
                let part = room.saturating_sub(2);
                kept.push(moss_api::clip(line, part));
                left = size.saturating_sub(part);
            } else {
                left += size;
            }
        }
        self.0.push(Part::Theirs(kept));
        self.push(format!("… {left} more characters of that"));
    }

    /// Where not even the shortened parts fit, what stands last goes; the commands stay.
    fn drop_rest(&mut self, limit: usize) {
        let commands: usize = self.0.iter().filter(|p| p.is_command()).map(Part::size).sum();
        let mut room = limit.saturating_sub(commands + CUT_NOTICE);
        if self.size() <= limit {
            return;
        }
        let (mut kept, mut left) = (Vec::new(), 0);
        for part in self.0.drain(..) {
            let size = part.size();
            if part.is_command() || kept.is_empty() {
                kept.push(part);
            } else if left == 0 && size <= room {
                room -= size;
                kept.push(part);
            } else {
                left += part.told().lines().count();
            }
        }
        let at = kept.iter().position(|part| left > 0 && part.is_command()).unwrap_or(kept.len());
        if left > 0 {
            kept.insert(at, Part::Ours(format!("… {left} more lines")));
        }
        self.0 = kept;
    }
}

impl Part {
    /// Whether it is shortened for the sake of the others.
    const fn gives_way(&self) -> bool {
        matches!(self, Self::Theirs(_) | Self::List(_))
    }

    const fn is_command(&self) -> bool {
        matches!(self, Self::Next(_))
    }

    fn size(&self) -> usize {
        self.told().chars().count()
    }

    fn told(&self) -> String {
        Lines(vec![self.clone()]).plain()
    }

    fn with_lines_of(&self, most: usize) -> Self {
        match self {
            Self::Head(line) => Self::Head(clipped(line, most)),
            Self::Ours(line) => Self::Ours(clipped(line, most)),
            Self::Theirs(_) | Self::Next(_) | Self::List(_) => self.clone(),
        }
    }
}

fn size_of(lines: &[String]) -> usize {
    lines.iter().map(|line| line.chars().count() + 1).sum()
}

/// A line of ours in so many characters. A quoted word it ends within is still quoted.
fn clipped(line: &str, most: usize) -> String {
    let short = moss_api::clip(line, most);
    if short == line {
        return short;
    }
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in short.chars() {
        match c {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
    }
    if is_quoted { short + "\"" } else { short }
}

#[cfg(test)]
mod tests {
    use super::clipped;
    use crate::render::lines::{Keep, Lines, List};

    #[test]
    fn a_long_text_of_theirs_hides_nothing_of_ours() {
        let mut lines = Lines::default();
        lines.theirs("do", &"word ".repeat(5_000));
        lines.theirs("want", "short\nand whole");
        lines.theirs("said", &"line\n".repeat(5_000));
        lines.push("2 of 3 files are missing");
        lines.next("moss start 01a3c9f2");
        let plain = lines.within(1_000).unwrap().plain();
        assert!(plain.chars().count() <= 1_000, "{}", plain.len());
        assert!(plain.contains("want:\n> short\n> and whole\nsaid:\n> line\n"), "{plain}");
        assert!(plain.ends_with("2 of 3 files are missing\n-> moss start 01a3c9f2\n"), "{plain}");
        assert_eq!(plain.matches(" more characters of that\n").count(), 2, "{plain}");
        assert_eq!(lines.within(100_000), None);
    }

    fn row(line: &str, said: &str) -> Lines {
        let mut row = Lines::default();
        row.push(line);
        row.quote(said);
        row
    }

    #[test]
    fn many_things_hide_neither_a_text_nor_a_command() {
        for keep in [Keep::First, Keep::Last] {
            let mut lines = Lines::default();
            lines.theirs("accepted when", &"a".repeat(2_000));
            let rows = (0..900).map(|n| row(&format!("file {n}."), &"n".repeat(100))).collect();
            lines.list(List::new("files", "moss show 01a3c9f2 --all", keep, rows));
            lines.next("moss start 01a3c9f2");
            let plain = lines.within(3_000).unwrap().plain();
            assert!(plain.chars().count() <= 3_000, "{}", plain.len());
            assert!(plain.contains(&"a".repeat(500)), "{plain}");
            assert!(plain.ends_with("-> moss start 01a3c9f2\n"), "{plain}");
            let kept = plain.matches("file ").count();
            let (word, at) = match keep {
                Keep::First => ("more", "file 0."),
                Keep::Last => ("earlier", "file 899."),
            };
            let rest = format!("… {} {word} files: moss show 01a3c9f2 --all\n", 900 - kept);
            assert!(kept > 3 && plain.contains(&rest) && plain.contains(at), "{plain}");
        }
    }

    #[test]
    fn no_number_of_lines_hides_a_command() {
        let mut lines = Lines::default();
        lines.head("TASK");
        for n in 0..500 {
            lines.push(format!("module \"{n}\""));
        }
        lines.next("moss plan status 77aa00bb active");
        let plain = lines.within(2_000).unwrap().plain();
        assert!(plain.chars().count() <= 2_000, "{plain}");
        assert!(plain.starts_with("TASK\n") && plain.contains(" more lines\n-> moss"), "{plain}");
        assert!(plain.ends_with("-> moss plan status 77aa00bb active\n"), "{plain}");
    }

    #[test]
    fn a_line_that_ends_within_a_quoted_word_ends_it() {
        assert_eq!(clipped("a \"b\" c", 3), "a \"…\"");
        assert_eq!(clipped("a \"b\" c", 6), "a \"b\" …");
        assert_eq!(clipped(r#"a "\"b" c"#, 5), r#"a "\"…""#);
        assert_eq!(clipped("short", 6), "short");
    }
}
