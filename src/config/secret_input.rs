//! Secrets typed or piped in, such as a key or a password: without echo, and never from a person
//! who is not to be asked.

use std::io::IsTerminal;

use zeroize::Zeroizing;

use crate::config::env::{NO_INPUT_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::key;
use crate::error::{Error, Result};
use crate::system::deadline;

/// One line of standard input that nobody else may see: asked for without echo where a person
/// sits at a terminal, else read from the pipe. A pipe that stays silent ends with `--timeout`.
///
/// # Errors
/// When there is nobody to ask, or nothing can be read.
pub fn secret_line(what: &str, global: &GlobalFlags) -> Result<Zeroizing<String>> {
    let failed = |e: std::io::Error| Error::refused(format!("cannot read the {what}: {e}"));
    if std::io::stdin().is_terminal() {
        if !may_ask(global) {
            return Err(Error::usage(format!("no {what} on standard input, and asking is off"))
                .hint(format!("pipe the {what} in: add < FILE")));
        }
        let answer = rpassword::prompt_password(format!("{what}: "));
        return answer.map(Zeroizing::new).map_err(failed);
    }
    match deadline::within(|| key::line(std::io::stdin().lock())) {
        Some(line) => line.map_err(failed),
        None => Err(Error::refused(format!("no {what} came on standard input in time"))
            .hint(format!("pipe the {what} in: add < FILE"))),
    }
}

/// Whether a question would reach a person, and is allowed.
fn may_ask(global: &GlobalFlags) -> bool {
    std::io::stdout().is_terminal() && !global.no_input && variable(NO_INPUT_VARIABLE).is_none()
}
