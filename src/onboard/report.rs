//! What is done, told while it is done.

use moss_api::Exit;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::render::out::Out;

/// What became of a file or a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// The file is new or changed.
    Wrote,
    /// The file is gone.
    Removed,
    /// The command was run, and changed something.
    Ran,
    /// Nothing was to do: it was so already.
    Same,
    /// The command is for somebody else to run.
    Listed,
}

impl Did {
    const fn word(self) -> &'static str {
        match self {
            Self::Wrote => "wrote",
            Self::Removed => "removed",
            Self::Ran => "ran",
            Self::Same => "same",
            Self::Listed => "todo",
        }
    }
}

/// What was done so far.
pub struct Report<'a> {
    out: &'a Out,
    steps: Vec<(Did, String)>,
    /// Whether what is printed shall be a shell script: commands as they are, the rest comments.
    script: bool,
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(out: &'a Out, script: bool) -> Self {
        Self { out, steps: Vec::new(), script }
    }

    /// Adds a step. It is shown at once, since the next one may take its time.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn step(&mut self, did: Did, what: impl Into<String>) -> Result<()> {
        let what = what.into();
        let line = match (self.script, did) {
            (true, Did::Listed) => what.clone(),
            (true, _) => format!("# {} {what}", did.word()),
            (false, _) => format!("{}\t{what}", did.word()),
        };
        self.steps.push((did, what));
        if self.out.is_json() {
            return Ok(());
        }
        self.out.text(&line);
        if self.script { Ok(()) } else { self.out.flush() }
    }

    /// Whether anything is other than it was.
    pub fn has_changed(&self) -> bool {
        self.steps.iter().any(|(did, _)| matches!(did, Did::Wrote | Did::Removed | Did::Ran))
    }

    /// The error, saying also what stays done when the files have been put back.
    pub fn explain(&self, error: Error) -> Error {
        let ran: Vec<_> = self
            .steps
            .iter()
            .filter(|(did, _)| *did == Did::Ran)
            .map(|(_, c)| c.as_str())
            .collect();
        let state = if ran.is_empty() {
            "nothing was changed".to_owned()
        } else {
            format!("the files are as they were; done and kept: {}", ran.join("; "))
        };
        let hint = match error.advice() {
            Some(hint) => format!("{hint} ({state})"),
            None => state,
        };
        error.hint(hint)
    }

    /// The last line: how things stand now.
    ///
    /// # Errors
    /// When a JSON field was asked for that it has not.
    pub fn end(self, line: &str) -> Result<Exit> {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|(did, what)| json!({"outcome": did.word(), "what": what}))
            .collect();
        let lead = if self.script { "# " } else { "" };
        self.out.data(&json!({"steps": steps, "result": line}), || format!("{lead}{line}\n"))?;
        Ok(Exit::Done)
    }
}
