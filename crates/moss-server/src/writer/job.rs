//! A command in the queue: what it is does not matter there, only that it runs and is answered.

use std::pin::Pin;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::domain::{Command, Error, Refusal};
use crate::store::Tx;
use crate::writer::{Answer, Idempotency, WriteError};

/// A command with its output type erased.
pub(super) trait Erased: Send + Sync {
    fn run<'a>(
        &'a self,
        tx: &'a Tx,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RunError>> + Send + 'a>>;
    fn secret(&self) -> bool;
    fn changes_keys(&self) -> bool;
    fn groups(&self) -> bool;
}

/// Why a command has not succeeded.
pub(super) enum RunError {
    /// The caller gets it as its answer.
    Refused(Refusal),
    /// A fault.
    Failed(WriteError),
}

impl From<Error> for RunError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Database(error) => Self::Failed(error.into()),
        }
    }
}

impl<C: Command> Erased for C {
    fn run<'a>(
        &'a self,
        tx: &'a Tx,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RunError>> + Send + 'a>> {
        Box::pin(async move {
            let output = Command::run(self, tx).await?;
            let status = C::status(&output);
            let body = if status == 204 {
                String::new()
            } else {
                serde_json::to_string(&output).map_err(|error| RunError::Failed(error.into()))?
            };
            Ok(Answer { status, body, replayed: false })
        })
    }

    fn secret(&self) -> bool {
        C::SECRET
    }

    fn changes_keys(&self) -> bool {
        C::CHANGES_KEYS
    }

    fn groups(&self) -> bool {
        C::GROUPS
    }
}

/// A command, and who waits for its answer.
pub(super) struct Job {
    pub command: Box<dyn Erased>,
    pub idempotency: Option<Idempotency>,
    pub reply: oneshot::Sender<Result<Answer, WriteError>>,
    /// When it was handed over.
    pub since: Instant,
}

impl Job {
    /// The key its answer is kept under for repeats, if it is.
    pub fn kept_under(&self) -> Option<&Idempotency> {
        self.idempotency.as_ref().filter(|_| !self.command.secret())
    }
}
