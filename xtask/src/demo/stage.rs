//! What the story is played on: agents with a folder each, the real `moss`, and what it answered.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use moss_api::{Exit, Role};
use test_support::moss::{Ran, finish, run, start};

/// Where agents live and what they type.
pub struct Stage {
    /// The `moss` binary.
    pub moss: PathBuf,
    /// The folder everything is in.
    pub scratch: PathBuf,
    /// The server's URL.
    pub url: String,
    /// The server's process id.
    pub server_pid: u32,
    /// What registers an agent.
    pub token: String,
    /// Of the person in charge.
    pub password: String,
}

/// An agent in its own folder.
pub struct Actor {
    /// Unique on the server.
    pub name: String,
    /// Its working directory; `.moss/` is in it.
    pub folder: PathBuf,
    moss: PathBuf,
}

/// What a command line came to.
pub struct Answer {
    line: String,
    ran: Ran,
}

impl Stage {
    /// Registers an agent in a folder of its own.
    pub fn agent(&self, name: &str, role: Role) -> Result<Actor> {
        let folder = self.scratch.join(name);
        std::fs::create_dir_all(&folder)?;
        let actor = Actor { name: name.to_owned(), folder, moss: self.moss.clone() };
        let line = format!("register --name {name} --role {role} --server {}", self.url);
        let mut command = actor.command(&line)?;
        command.env("MOSS_REGISTRATION_TOKEN", &self.token);
        let shown = format!("MOSS_REGISTRATION_TOKEN=… moss {line}");
        actor.answer(&shown, run(command, "")).exits(Exit::Done)?;
        Ok(actor)
    }

    /// Several command lines started at once; answered in the order given.
    pub fn race(&self, entrants: &[(&Actor, &str)]) -> Result<Vec<Answer>> {
        let running = entrants.iter().map(|(actor, line)| {
            Ok((*actor, format!("moss {line}"), start(&mut actor.command(line)?)))
        });
        // All are started before the first is waited for.
        let running: Vec<_> = running.collect::<Result<_>>()?;
        let answers = running.into_iter();
        Ok(answers.map(|(actor, line, child)| actor.answer(&line, finish(child, &line))).collect())
    }

    /// Prints how to go on with a server that stays up.
    pub fn invite(&self) {
        let (moss, scratch, url) = (self.moss.display(), self.scratch.display(), &self.url);
        println!(
            "\n\nThe server stays up. In a browser: {url}, with the admin password {}\n\n\
             To join in as somebody new:\n\n  \
             mkdir {scratch}/me && cd {scratch}/me\n  \
             MOSS_REGISTRATION_TOKEN={} {moss} register --server {url} --role executor --name me\n  \
             {moss} wake\n\nOr as one of the five: cd {scratch}/wu && {moss} wake\n\n\
             To end it: kill {} && rm -r {scratch}",
            self.password, self.token, self.server_pid,
        );
    }
}

impl Actor {
    /// Types `moss LINE` in the agent's folder; prints it with its answer.
    pub fn types(&self, line: &str) -> Result<Answer> {
        Ok(self.answer(&format!("moss {line}"), run(self.command(line)?, "")))
    }

    /// Puts a file into the agent's folder.
    pub fn writes(&self, name: &str, content: &str) -> Result<()> {
        println!("\n{}$ cat > {name}", self.name);
        print_indented(content);
        let path = self.folder.join(name);
        std::fs::write(&path, content).with_context(|| path.display().to_string())
    }

    fn command(&self, line: &str) -> Result<Command> {
        let words = shlex::split(line).with_context(|| format!("unbalanced quotes in: {line}"))?;
        let mut command = Command::new(&self.moss);
        command.args(words).current_dir(&self.folder);
        // The five are nobody's in the profile list or the keyring of who watches.
        command.env("HOME", self.folder.parent().unwrap_or(&self.folder));
        for variable in [
            "DBUS_SESSION_BUS_ADDRESS",
            "MOSS_API_KEY",
            "MOSS_PROFILE",
            "MOSS_SERVER",
            "XDG_CONFIG_HOME",
            "XDG_RUNTIME_DIR",
        ] {
            command.env_remove(variable);
        }
        Ok(command)
    }

    fn answer(&self, shown: &str, ran: Ran) -> Answer {
        let answer = Answer { line: format!("{}$ {shown}", self.name), ran };
        println!("\n{}", answer.line);
        print_indented(&answer.ran.stdout);
        print_indented(&answer.ran.stderr);
        if answer.ran.code != 0 {
            println!("  [exit {}]", answer.ran.code);
        }
        answer
    }
}

impl Answer {
    /// Whether it ended with this code.
    pub fn ended_with(&self, exit: Exit) -> bool {
        self.ran.code == i32::from(exit.code())
    }

    /// Fails the story unless it ended with this code.
    pub fn exits(self, exit: Exit) -> Result<Self> {
        let expected = exit.code();
        ensure!(
            self.ended_with(exit),
            "{}\nended with {}, not {expected}",
            self.line,
            self.ran.code
        );
        Ok(self)
    }

    /// Fails the story unless the answer has this text in it.
    pub fn says(self, text: &str) -> Result<Self> {
        let said = self.ran.stdout.contains(text) || self.ran.stderr.contains(text);
        ensure!(said, "{}\ndoes not say \"{text}\"", self.line);
        Ok(self)
    }

    /// Fails the story if the answer has this text in it.
    pub fn says_no(self, text: &str) -> Result<Self> {
        let said = self.ran.stdout.contains(text) || self.ran.stderr.contains(text);
        ensure!(!said, "{}\nsays \"{text}\"", self.line);
        Ok(self)
    }

    /// Fails the story unless `first` comes before `second` in what was printed.
    pub fn says_before(self, first: &str, second: &str) -> Result<Self> {
        let (at, then) = (self.ran.stdout.find(first), self.ran.stdout.find(second));
        let ordered = matches!((at, then), (Some(at), Some(then)) if at < then);
        ensure!(ordered, "{}\ndoes not say \"{first}\" before \"{second}\"", self.line);
        Ok(self)
    }

    /// What was printed.
    pub fn stdout(&self) -> &str {
        &self.ran.stdout
    }

    /// What was printed, as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.ran.stdout)
            .with_context(|| format!("{}\nis not JSON", self.line))
    }
}

/// Announces the next part of the story.
pub fn chapter(title: &str) {
    println!("\n\n── {title}");
}

fn print_indented(text: &str) {
    for line in text.lines() {
        println!("  {line}");
    }
}
