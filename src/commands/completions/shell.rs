//! What the shells have in common, and where bash differs.

use clap::ValueEnum;

use super::candidate::Candidate;

/// A shell we have a script for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

/// Said in place of words: the shell completes a file. No word begins with a colon.
pub const FILES: &str = ":files\n";

/// bash's `COMP_TYPE` when it shows a list, which is all it does then.
const LISTING: [&str; 3] = ["63", "33", "64"];

impl Shell {
    /// What `moss completions` prints: the script that asks us.
    pub const fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../../completions/moss.bash"),
            Self::Zsh => include_str!("../../../completions/_moss"),
            Self::Fish => include_str!("../../../completions/moss.fish"),
            Self::Powershell => include_str!("../../../completions/moss.ps1"),
            Self::Elvish => include_str!("../../../completions/moss.elv"),
        }
    }

    /// The words as they were typed. bash breaks them at `=` and `:` and leaves their quotes; what
    /// is offered then replaces only what follows the last break, so it also says how many bytes
    /// of the last word bash keeps.
    pub fn whole_words(self, before: Vec<String>, word: String) -> (Vec<String>, String, usize) {
        if self != Self::Bash {
            return (before, word, 0);
        }
        let is_break =
            |word: &str| !word.is_empty() && word.chars().all(|c| matches!(c, '=' | ':'));
        let mut words: Vec<String> = Vec::new();
        let mut glue = false;
        for piece in before.into_iter().chain([word]) {
            let breaks = is_break(&piece);
            match words.last_mut() {
                Some(last) if glue || breaks => last.push_str(&piece),
                Some(_) | None => words.push(piece),
            }
            glue = breaks;
        }
        for word in &mut words {
            word.retain(|c| !matches!(c, '"' | '\'' | '\\'));
        }
        let word = words.pop().unwrap_or_default();
        let kept = word.rfind(['=', ':']).map_or(0, |at| at + 1);
        (words, word, kept)
    }

    /// What is offered as the shell's script reads it: a word a line, and after a tab what it is.
    pub fn render(self, words: &[Candidate], kept: usize) -> String {
        let explained = match self {
            Self::Zsh | Self::Fish | Self::Powershell | Self::Elvish => true,
            Self::Bash => false,
        };
        // bash knows words only. When there are several and it merely shows them, a word may say
        // what it is: bash types no more than they have in common.
        let shown = self == Self::Bash
            && words.len() > 1
            && std::env::var("COMP_TYPE").is_ok_and(|kind| LISTING.contains(&kind.as_str()));
        let width = words.iter().map(|it| it.value.chars().count()).max().unwrap_or(0);
        let line = |Candidate { value, about }: &Candidate| {
            let value = value.get(kept..).unwrap_or_default();
            match about.as_str() {
                "" => format!("{value}\n"),
                about if explained => format!("{value}\t{about}\n"),
                about if shown => format!("{value:width$}  ({about})\n"),
                _ => format!("{value}\n"),
            }
        };
        words.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glued(words: &[&str], word: &str) -> (Vec<String>, String, usize) {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        Shell::Bash.whole_words(words, word.to_owned())
    }

    #[test]
    fn what_bash_broke_is_put_together() {
        let url = ["moss", "--server", "http", ":", "//h", ":", "1", "list", "--status", "="];
        let (words, word, kept) = glued(&url, "re");
        assert_eq!(words, ["moss", "--server", "http://h:1", "list"]);
        assert_eq!((word.as_str(), kept), ("--status=re", 9));
        assert_eq!(glued(&["moss", "list", "--status"], "=").1, "--status=");
        assert_eq!(glued(&["moss"], ""), (vec!["moss".to_owned()], String::new(), 0));
        assert_eq!(glued(&["moss", "show"], "\"01a3").1, "01a3");
    }
}
