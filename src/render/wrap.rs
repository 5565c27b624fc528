//! Line wrapping: by words, by characters in scripts that have no spaces, and never inside a
//! command.

use textwrap::{Options, WordSplitter, WrapAlgorithm};

use crate::render::sanitize;

/// Columns a text takes. Chinese, Japanese and Korean characters take two.
pub fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The text, filled up to so many columns with spaces.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// One line as several, none wider than `width`: `first` stands before the first of them, `rest`
/// before each of the others. The columns of both count.
pub fn hang(line: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = Options::new(width)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .word_splitter(WordSplitter::NoHyphenation) // flags and ids stay whole
        .initial_indent(first)
        .subsequent_indent(rest);
    let lines = textwrap::wrap(line, options);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A text of several lines, cleaned. Each keeps its indentation, and what is too long for it goes
/// on `hanging` columns to the right of its first word: where lines of ours and of others alternate
/// that keeps what is left of theirs from beginning where ours begin. Lines with a command
/// (`-> moss …`) are left to the terminal, so that they can be copied.
pub fn text(text: &str, width: usize, hanging: usize) -> Vec<String> {
    let text = sanitize::text(text).replace('\t', "  ");
    let mut lines = Vec::new();
    for line in text.lines() {
        let body = line.trim_start();
        if body.starts_with("-> ") {
            lines.push(line.to_owned());
            continue;
        }
        // Never at the margin because it is too far from it.
        let lead = " ".repeat((line.len() - body.len()).min(width / 3));
        let rest = format!("{lead}{}", " ".repeat(marker(body).max(hanging)));
        lines.extend(hang(body, width, &lead, &rest));
    }
    lines
}

/// Columns of the bullet or number an item of a list begins with.
fn marker(line: &str) -> usize {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let bullet = ["- ", "* ", "• "].iter().any(|bullet| line.starts_with(bullet));
    let number = matches!(line.get(digits..digits + 2), Some(". " | ") "));
    match (bullet, digits) {
        (true, _) => 2,
        (false, 1..=3) if number => digits + 2,
        (false, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, hang, padded, text};

    #[test]
    fn lines_end_between_words() {
        let line = "page_size is ignored: see --page-size and /ws/orders/api.py";
        assert_eq!(
            hang(line, 24, "issues  ", "        "),
            [
                "issues  page_size is",
                "        ignored: see",
                "        --page-size",
                "        and /ws/orders/",
                "        api.py"
            ]
        );
    }

    #[test]
    fn chinese_breaks_anywhere_but_before_a_full_stop() {
        let lines = hang("订单列表接口,按时间倒序。每页二十条。", 12, "", "");
        assert!(lines.iter().all(|line| columns(line) <= 12), "{lines:?}");
        assert!(lines.iter().all(|line| !line.starts_with('。')), "{lines:?}");
        assert_eq!(lines.concat(), "订单列表接口,按时间倒序。每页二十条。");
        assert_eq!(padded("订单", 6), "订单  ");
    }

    #[test]
    fn a_text_keeps_its_lines_and_their_indentation() {
        let steps = "Steps:\n- read the acceptance line by line\n    def orders() pass\n\n\
                     10. then the tests\n  -> moss show 01a3c9f2 --json --all --timeout 30";
        assert_eq!(
            text(steps, 20, 0),
            [
                "Steps:",
                "- read the",
                "  acceptance line by",
                "  line",
                "    def orders()",
                "    pass",
                "",
                "10. then the tests",
                "  -> moss show 01a3c9f2 --json --all --timeout 30"
            ]
        );
    }

    #[test]
    fn what_is_left_of_a_line_never_begins_where_a_command_of_ours_does() {
        for lead in ["", "  "] {
            let forged = format!("{lead}do: so many words -> moss score adjust me 100 hi");
            for width in 20..60 {
                let lines = text(&forged, width, 4);
                assert!(!lines.iter().any(|line| line.starts_with("  ->")), "{lines:#?}");
                assert!(!lines.iter().any(|line| line.starts_with("->")), "{lines:#?}");
            }
        }
    }

    #[test]
    fn a_word_without_end_is_broken_and_nothing_panics() {
        let word = "x".repeat(50);
        assert!(hang(&word, 20, "    ", "    ").iter().all(|line| columns(line) <= 20));
        assert_eq!(text(&format!("{}deep", " ".repeat(90)), 60, 0), [format!("{:20}deep", "")]);
        for width in 0..12 {
            let _ = text("    - 日本語 word\n\t\tx", width, 4);
        }
    }
}
