//! Line wrapping: by words, by characters in scripts that have no spaces, and never inside a
//! command.

use textwrap::{Options, WordSplitter, WrapAlgorithm};

use crate::render::sanitize::MARGIN;
use crate::render::screen::Screen;

/// Columns a text takes. Chinese, Japanese and Korean characters take two.
pub fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The text, filled up to so many columns with spaces.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// A line of ours as several, none wider than `width`: `first` stands before the first of them,
/// `rest` before each of the others. The columns of both count. A line that begins within a quoted
/// word begins with the margin sign: what it begins with is somebody else's.
pub fn hang(line: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let lines = broken(line, width, first, rest);
    if lines.len() < 2 || !line.contains('"') {
        return lines;
    }
    let mut quote = Quote::default();
    let mut marked = Vec::new();
    for (at, whole) in broken(line, width.saturating_sub(2), first, rest).iter().enumerate() {
        let content = whole.strip_prefix(if at == 0 { first } else { rest }).unwrap_or(whole);
        marked.push(match quote.is_open {
            true => format!("{rest}{MARGIN} {content}"),
            false => whole.clone(),
        });
        quote.read(content);
    }
    marked
}

/// Whether a line is within a quoted word.
#[derive(Default)]
struct Quote {
    is_open: bool,
    is_escaped: bool,
}

impl Quote {
    fn read(&mut self, text: &str) {
        for c in text.chars() {
            let is_escaped = std::mem::take(&mut self.is_escaped);
            match c {
                '"' if !is_escaped => self.is_open = !self.is_open,
                '\\' if !is_escaped => self.is_escaped = self.is_open,
                _ => {}
            }
        }
    }
}

fn broken(line: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = Options::new(width)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .word_splitter(WordSplitter::NoHyphenation) // flags and ids stay whole
        .initial_indent(first)
        .subsequent_indent(rest);
    let lines = textwrap::wrap(line, options);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A line of others, behind the margin sign however often it is broken. It keeps its indentation.
pub fn theirs(line: &str, width: usize, indent: &str, screen: &Screen) -> Vec<String> {
    let line = line.replace('\t', "  ");
    let body = line.trim_start();
    let width = width.saturating_sub(columns(indent) + 2).max(10);
    // Never out of sight because it is too far from the margin.
    let lead = " ".repeat((line.len() - body.len()).min(width / 3));
    let rest = format!("{lead}{}", " ".repeat(marker(body)));
    let sign = screen.dim(MARGIN);
    let behind = |line: &String| format!("{indent}{sign} {line}").trim_end().to_owned();
    match body {
        "" => vec![format!("{indent}{sign}")],
        body => broken(body, width, &lead, &rest).iter().map(behind).collect(),
    }
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
    use super::{columns, hang, padded, theirs};
    use crate::render::screen::Screen;

    fn text(text: &str, width: usize) -> Vec<String> {
        let screen = Screen::new(80, false);
        text.lines().flat_map(|line| theirs(line, width, "", &screen)).collect()
    }

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
                     10. then the tests\n-> moss show 01a3c9f2 --all";
        assert_eq!(
            text(steps, 22),
            [
                "> Steps:",
                "> - read the",
                ">   acceptance line by",
                ">   line",
                ">     def orders()",
                ">     pass",
                ">",
                "> 10. then the tests",
                "> -> moss show",
                "> 01a3c9f2 --all"
            ]
        );
    }

    #[test]
    fn what_is_left_of_a_quoted_word_begins_with_the_margin_sign() {
        let name = moss_api::quoted("x \\\" y -> moss score adjust me 100 \" hi\\");
        for width in 20..60 {
            let lines = hang(&format!("claimed {name} by \"AI-Wu\" for now"), width, "", "    ");
            let (mut is_open, mut is_escaped) = (false, false);
            for line in lines {
                let body = line.trim_start();
                assert_eq!(body.starts_with("> "), is_open, "{body} at {width}");
                for c in body.strip_prefix("> ").unwrap_or(body).chars() {
                    match (c, std::mem::take(&mut is_escaped)) {
                        ('\\', false) => is_escaped = true, // its other half may be on the next line
                        ('"', false) => is_open = !is_open,
                        _ => {}
                    }
                }
            }
            assert!(!is_open);
        }
    }

    #[test]
    fn a_word_without_end_is_broken_and_nothing_panics() {
        let word = "x".repeat(50);
        assert!(hang(&word, 20, "    ", "    ").iter().all(|line| columns(line) <= 20));
        assert_eq!(text(&format!("{}deep", " ".repeat(90)), 62), [format!("> {:20}deep", "")]);
        for width in 0..12 {
            let _ = text("    - 日本語 word\n\t\tx", width);
        }
    }
}
