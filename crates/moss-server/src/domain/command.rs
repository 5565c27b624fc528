//! What can be done to the work: commands, each a value that runs inside a transaction.

use serde::Serialize;

use crate::domain::Error;
use crate::store::Tx;

/// One change to the work, as a value: what to do, and who does it. Runs inside a transaction,
/// possibly twice, and decides by guarded writes only.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Output: Serialize + Send;

    /// Does it.
    fn run(&self, tx: &Tx) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// HTTP status of the answer.
    fn status(output: &Self::Output) -> u16 {
        let _ = output;
        200
    }

    /// Whether the answer holds a secret and must not be kept for repeats.
    const SECRET: bool = false;

    /// Whether it changes who a key belongs to or what its owner may do.
    const CHANGES_KEYS: bool = false;

    /// Whether several may share a transaction where other servers write, too: it waits for nothing
    /// that another transaction holds, so that no two wait for each other.
    const GROUPS: bool = false;
}
