//! A command of an agent: that it did something is the answer to what its timer was handed.

use crate::domain::{Command, Error};
use crate::store::Tx;

/// A command, and the agent that gives it. One that is refused answers nothing.
pub struct Acting<C> {
    /// The agent's id.
    pub agent: String,
    /// What it does.
    pub command: C,
}

impl<C: Command> Command for Acting<C> {
    type Output = C::Output;
    const SECRET: bool = C::SECRET;
    const CHANGES_KEYS: bool = C::CHANGES_KEYS;
    const GROUPS: bool = C::GROUPS;

    async fn run(&self, tx: &Tx) -> Result<C::Output, Error> {
        let output = self.command.run(tx).await?;
        tx.acted(&self.agent);
        Ok(output)
    }

    fn status(output: &C::Output) -> u16 {
        C::status(output)
    }
}
