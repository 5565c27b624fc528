//! Whether the command that is to start the agent can be run at all.

use std::time::Duration;

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::system::process;

/// Its shell must be able to read it, and the program it begins with must be found where a tick
/// looks: in `workspace`, with this PATH.
///
/// # Errors
/// When it is not.
pub fn check(command: &str, workspace: &str, path: &str, limit: Duration) -> Result<()> {
    let sh = |script: &str, word: &str| {
        let script = format!("cd \"$2\" && PATH=$3 && export PATH && {script}");
        let argv = ["/bin/sh", "-c", &script, "sh", word, workspace, path].map(str::to_owned);
        process::run(&argv, None, limit)
    };
    if !sh("/bin/sh -n -c \"$1\"", command)?.is_good() {
        return Err(Error::refused("--command is nothing a shell can read")
            .hint("quote it once for your own shell, as in: --command 'claude -p'"));
    }
    let Some(word) = first_word(command) else { return Ok(()) };
    if sh("command -v \"$1\" >/dev/null", &word)?.is_good() {
        return Ok(());
    }
    let word = moss_api::quoted(&word);
    Err(Error::new(
        Exit::NotFound,
        "no_program",
        format!("there is no program {word} for --command"),
    )
    .hint("install it, or write its full path; a tick looks where you do"))
}

/// The program a command begins with, when that can be told without running it.
fn first_word(command: &str) -> Option<String> {
    let words = shlex::split(command)?;
    let is_setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let word = words.into_iter().find(|word| !is_setting(word))?;
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@ ".contains(c);
    let word = word.trim_end_matches(';');
    (!word.is_empty() && word.chars().all(is_plain)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_first_word_that_is_no_setting() {
        for (command, word) in [
            ("claude -p", Some("claude")),
            ("A=1 B='x y' claude", Some("claude")),
            ("'/opt/my agent/run' --fast", Some("/opt/my agent/run")),
            ("cd /x && ./run", Some("cd")),
            ("$AGENT -p", None),
            ("(a; b)", None),
            ("A=1", None),
        ] {
            assert_eq!(first_word(command).as_deref(), word, "{command}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_no_tick_could_run_is_refused() {
        let check = |command: &str| check(command, "/", "/usr/bin:/bin", Duration::from_secs(20));
        for good in ["sh -c true", "if true; then :; fi", "cat > got; echo ran >> runs", "$X y"] {
            assert!(check(good).is_ok(), "{good}");
        }
        assert_eq!(check("no-such-agent -p").unwrap_err().code(), "no_program");
        assert_eq!(check("echo 'half").unwrap_err().code(), "invalid");
    }
}
