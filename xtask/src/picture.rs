//! `cargo xtask picture`: `docs/terminal.svg`, a real terminal drawn without scripts.
//!
//! The real server and command play a rejection; what they print at a terminal of 90 columns
//! becomes the picture. Ids, times and paths are replaced, so that it changes when moss does.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anstyle_svg::{Term, WIN10_CONSOLE};
use anyhow::{Context, Result, anyhow, ensure};
use moss_api::{PlanOutcome, Role, short_id};
use nix::pty::{Winsize, openpty};
use test_support::server::{Config, Launch, secret};

use crate::workspace::{Profile, build, root};

/// Where the picture lies in the repository.
const PICTURE: &str = "docs/terminal.svg";
/// Columns of the terminal.
const COLUMNS: u16 = 90;
/// The sub-task's id in the picture.
const ID: &str = "01a3c9f2";

const PLAN: &str = "\
task: {name: Order list, description: Today's orders for the shop's staff.}
sub_tasks:
  - name: Order list API
    description: GET /orders, newest first, with the parameters page and page_size.
    deliverable: orders.py and its tests
    acceptance: pages by 20; an empty list works; page_size above 100 is refused
    priority: high
";

/// Draws it.
pub fn run() -> Result<()> {
    let moss = build("moss", "moss", Profile::Dev)?;
    let program = build("moss-server", "moss-server", Profile::Dev)?;
    let scratch = tempfile::Builder::new().prefix("moss-picture-").tempdir()?;
    let token = secret();
    let config = Config { project: "shop", registration_token: &token, ..Config::default() };
    config.write(scratch.path());
    let server = Launch::with(Command::new(program), scratch.path(), &["serve"])
        .try_start()
        .map_err(|ended| anyhow!("moss-server did not start\n{ended}"))?;
    let team =
        Team { moss, scratch: scratch.path().to_owned(), url: server.url().to_owned(), token };
    let screen = team.play()?;
    server.terminate();
    let path = root().join(PICTURE);
    std::fs::write(&path, Term::new().palette(WIN10_CONSOLE).render_svg(&screen))
        .context(PICTURE)?;
    println!("wrote {PICTURE}");
    Ok(())
}

/// Agents with a folder each.
struct Team {
    moss: PathBuf,
    scratch: PathBuf,
    url: String,
    token: String,
}

impl Team {
    /// The story, and what its last scenes look like.
    fn play(&self) -> Result<String> {
        for (name, role) in
            [("pia", Role::Planner), ("wu", Role::Executor), ("rev", Role::Reviewer)]
        {
            std::fs::create_dir_all(self.scratch.join(name))?;
            let role = role.to_string();
            self.types(
                name,
                &["register", "--name", name, "--role", &role, "--server", &self.url],
            )?;
        }
        std::fs::write(self.scratch.join("pia/plan.yaml"), PLAN)?;
        let plan = self.types("pia", &["plan", "apply", "plan.yaml", "--json"])?;
        let plan: PlanOutcome = serde_json::from_str(&plan).context("plan apply --json")?;
        let whole = &plan.sub_tasks.first().context("the plan has a sub-task")?.id;
        let (id, task) = (short_id(whole), short_id(&plan.task.id));
        self.types("wu", &["claim", id, "--start"])?;
        std::fs::write(self.scratch.join("wu/orders.py"), "def orders(page=1, size=20): ...\n")?;
        let summary = "GET /orders with its tests; 14 of 14 pass";
        self.types("wu", &["submit", id, "--summary", summary, "--artifact", "orders.py"])?;
        self.types("rev", &["wake"])?;
        let issues = "page_size=500 answers with 500 orders: refuse what is above 100, and say so";
        self.types("rev", &["review", "reject", id, "--score", "2", "--issues", issues])?;

        let wake = self.shows("wu", &["wake", "--rules", "none"])?;
        let show = self.shows("wu", &["show", id])?;
        let screen = format!("$ moss wake\n{wake}\n$ moss show {id}\n{show}");
        let screen = screen
            .replace(whole.as_str(), &whole.replace(id, ID))
            .replace(id, ID)
            .replace(task, "77aa00bb")
            .replace(&self.scratch.join("wu").display().to_string(), "/home/wu")
            .replace(whole.get(8..).unwrap_or_default(), "-5f1d-4c02-9b7e-0d4c3f6a8e21")
            .replace(plan.task.id.get(8..).unwrap_or_default(), "-3c88-4e7a-8a51-6b2f9d10c4e7");
        Ok(with_fixed_times(&screen))
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.moss);
        command
            .args(arguments)
            .current_dir(self.scratch.join(name))
            .env_clear()
            .env("HOME", &self.scratch)
            .env("TERM", "xterm-256color")
            .env("MOSS_REGISTRATION_TOKEN", &self.token)
            .stdin(Stdio::null());
        command
    }

    /// What it prints to a program.
    fn types(&self, name: &str, arguments: &[&str]) -> Result<String> {
        let output = self.command(name, arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{name}: moss {}: {said}", arguments.join(" "));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What it prints to a person.
    fn shows(&self, name: &str, arguments: &[&str]) -> Result<String> {
        let size = Winsize { ws_row: 40, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None)?;
        let mut command = self.command(name, arguments);
        command.stdout(Stdio::from(pty.slave));
        let mut child = command.spawn()?;
        drop(command); // it holds our end of the terminal open
        let mut screen = Vec::new();
        let _ = File::from(pty.master).read_to_end(&mut screen); // ends with an error on Linux
        ensure!(child.wait()?.success(), "{name}: moss {}", arguments.join(" "));
        Ok(String::from_utf8(screen)?.replace("\r\n", "\n"))
    }
}

/// Every day is the same, and so is every minute.
fn with_fixed_times(screen: &str) -> String {
    let like = |text: &str, pattern: &str| {
        text.len() >= pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(c, p)| match p {
                b'0' => c.is_ascii_digit(),
                p => c == p,
            })
    };
    let mut fixed = String::new();
    let mut rest = screen;
    while let Some(next) = rest.chars().next() {
        let (instead, length) = if like(rest, "0000-00-00") {
            ("2026-01-15", 10)
        } else if like(rest, "00:00Z") {
            ("09:45Z", 6)
        } else {
            fixed.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            continue;
        };
        fixed.push_str(instead);
        rest = rest.get(length..).unwrap_or_default();
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::{PICTURE, with_fixed_times};
    use crate::workspace::root;

    #[test]
    fn times_are_always_the_same() {
        assert_eq!(
            with_fixed_times("at 2031-12-01T23:59Z, 中 1:2Z"),
            "at 2026-01-15T09:45Z, 中 1:2Z"
        );
    }

    #[test]
    fn the_picture_runs_nothing_and_loads_nothing() {
        let picture = std::fs::read_to_string(root().join(PICTURE)).unwrap();
        for word in ["<script", "javascript:", "href", "url(", "@import"] {
            assert!(!picture.contains(word), "{word}");
        }
    }
}
