//! `moss-server move`: everything to another database.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::cli::named;
use crate::cli::output::{eprintln, println};
use crate::config::Address;
use crate::store::{Doing, Progress, move_all};

/// From where to where.
#[derive(Debug, clap::Args)]
pub struct Move {
    /// The database as it is: sqlite:PATH or postgres://USER@HOST:5432/DATABASE
    #[arg(long, value_name = "URL")]
    from: String,
    /// The new one, there and empty; a file of SQLite is made
    #[arg(long, value_name = "URL")]
    to: String,
    /// A file that holds the password for --from, in one line
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,
    /// A file that holds the password for --to, in one line
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
}

/// How often is said how far a table has come.
const SAID: Duration = Duration::from_secs(2);

impl Move {
    /// Moves everything, says how far it is on standard error, and what to do next at the end.
    ///
    /// # Errors
    /// When nothing was moved.
    pub async fn run(self) -> anyhow::Result<()> {
        let file = self.from_password_file.as_deref();
        let from = named::database(&self.from, "--from", file, "--from-password-file")?;
        let file = self.to_password_file.as_deref();
        let to = named::database(&self.to, "--to", file, "--to-password-file")?;
        let mut said = Said::default();
        let moved = move_all(&from, &to, &mut |progress| said.hear(progress)).await?;
        let rows: u64 = moved.iter().map(|table| table.rows).sum();
        println!(
            "moved {rows} rows of {} tables from {from} to {to}; each was read back and is the same",
            moved.len()
        );
        for table in moved.iter().filter(|table| table.rows > 0) {
            println!("{}: {} rows, sum {}", table.table, table.rows, table.sum);
        }
        self.say_what_is_next(&from);
        Ok(())
    }

    fn say_what_is_next(&self, from: &Address) {
        let quoted = |word: &str| shlex::try_quote(word).unwrap_or_default().into_owned();
        // A configuration has its paths from its own folder.
        let to = match self.to.strip_prefix("sqlite:").map(std::path::absolute) {
            Some(Ok(path)) => format!("sqlite:{}", path.display()),
            Some(Err(_)) | None => self.to.clone(),
        };
        let (mut verify, mut keys) = (quoted(&to), format!("database.url: {to}"));
        if let Some(file) = &self.to_password_file {
            let file = file.to_string_lossy();
            verify += &format!(" --password-file {}", quoted(&file));
            keys += &format!(", database.password_file: {file}");
        }
        println!("-> moss-server verify --database {verify}");
        println!("-> in config.yaml: {keys}");
        println!("-> moss-server serve, and agents go on with the keys they have");
        println!("keep {from} until the new one is trusted, and start no server on it");
    }
}

/// What was said last of which table.
#[derive(Default)]
struct Said {
    last: Option<(Doing, &'static str)>,
    at: Option<Instant>,
}

impl Said {
    /// A line for each table, and for a large one a line now and then.
    fn hear(&mut self, progress: Progress) {
        let Progress { doing, table, rows, of } = progress;
        let is_new = self.last != Some((doing, table));
        let is_due = self.at.is_some_and(|at| at.elapsed() >= SAID);
        if is_new {
            self.at = Some(Instant::now());
            self.last = Some((doing, table));
        }
        let word = match doing {
            Doing::Copying => "copied",
            Doing::Comparing => "compared",
        };
        if rows >= of {
            eprintln!("{word} {table}: {rows} rows");
        } else if is_due {
            self.at = Some(Instant::now());
            eprintln!("{word} {table}: {rows} of {of} rows");
        }
    }
}
