//! `cargo xtask docs`: what is generated from `moss-api` and kept in the repository.
//!
//! `docs/states.md` whole; in the README and the skills what is between `<!-- NAME -->` and
//! `<!-- / -->`.

mod role_commands;
mod states;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use moss_api::{Exit, Role};

use role_commands::commands_markdown;
use states::{actions_markdown, states_markdown};

use crate::workspace::root;

/// Writes what is stale; with `check`, changes nothing and fails when something is.
pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (path, fresh) in generated(root())? {
        let full = root().join(&path);
        if std::fs::read_to_string(&full).is_ok_and(|current| current == fresh) {
            continue;
        }
        if !check {
            std::fs::write(&full, fresh).with_context(|| format!("writing {path}"))?;
            println!("wrote {path}");
        }
        stale.push(path);
    }
    if check && !stale.is_empty() {
        bail!("stale: {}\nhint: cargo xtask docs", stale.join(", "));
    }
    Ok(())
}

/// Every generated file: its path in the repository, and what it should hold.
fn generated(root: &Path) -> Result<Vec<(String, String)>> {
    let readme = std::fs::read_to_string(root.join("README.md")).context("README.md")?;
    let mut files = vec![
        ("docs/states.md".to_owned(), states_markdown()),
        ("README.md".to_owned(), fill(&readme, "exit codes", &exits_markdown())?),
    ];
    for &role in Role::ALL {
        let path = skill_path(role);
        let text = std::fs::read_to_string(root.join(&path)).context(path.clone())?;
        let text = fill(&text, "commands", &commands_markdown(role)).context(path.clone())?;
        let text = fill(&text, "states", &actions_markdown(role)).context(path.clone())?;
        files.push((path, text));
    }
    Ok(files)
}

/// What `moss` exits with.
fn exits_markdown() -> String {
    let mut out = String::from("| code | meaning |\n|---|---|\n");
    for (exit, meaning) in Exit::ALL {
        let _ = writeln!(out, "| {} | {meaning} |", exit.code());
    }
    out
}

/// Where a role's skill lies.
pub fn skill_path(role: Role) -> String {
    format!("skills/moss-{role}/SKILL.md")
}

/// The text with what stands between `<!-- name -->` and the next `<!-- / -->` replaced.
fn fill(text: &str, name: &str, content: &str) -> Result<String> {
    let open = format!("<!-- {name} -->\n");
    let (before, rest) =
        text.split_once(&open).with_context(|| format!("no marker <!-- {name} -->"))?;
    let (_, after) =
        rest.split_once("<!-- / -->").with_context(|| format!("<!-- {name} --> has no end"))?;
    Ok(format!("{before}{open}{content}<!-- / -->{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moss_api::{SERVER_MARKER, skill_for};

    #[test]
    fn what_is_committed_is_what_would_be_generated() {
        run(true).unwrap();
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let text = "a\n<!-- x -->\nold\n<!-- / -->\nb\n<!-- y -->\nkept\n<!-- / -->\n";
        let filled = fill(text, "x", "new\n").unwrap();
        assert_eq!(filled, text.replace("old", "new"));
        assert!(fill(text, "z", "").is_err());
        assert!(fill("<!-- x -->\nopen", "x", "").is_err());
    }

    /// The body is read into a model's context at every wake-up: 700 tokens, whole file, also as a
    /// server hands it out.
    #[test]
    fn skills_are_short_and_hold_no_secret() {
        let tokenizer = tiktoken_rs::o200k_base().unwrap();
        for &role in Role::ALL {
            let text = std::fs::read_to_string(root().join(skill_path(role))).unwrap();
            let url = "https://moss-server.research.example-company.internal:8443/agents";
            let served = skill_for(&text, url);
            assert_eq!(
                served.matches(url).count(),
                1,
                "the {role}'s skill has no place for a server"
            );
            assert!(!served.contains(SERVER_MARKER));
            for text in [&text, &served] {
                let tokens = tokenizer.encode_ordinary(text).len();
                println!("{role}: {tokens} tokens");
                assert!(tokens <= 700, "the {role}'s skill has {tokens} tokens");
            }
            assert!(text.contains(&format!("name: moss-{role}\n")), "{role}");
            for secret in ["ak_", "MOSS_API_KEY", "--key", "apiKey", "primaryEnv"] {
                assert!(!text.contains(secret), "the {role}'s skill speaks of {secret}");
            }
        }
    }
}
