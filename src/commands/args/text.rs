//! Texts on the command line: as they stand, from a file, or from standard input.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;

use moss_api::{MAX_TEXT_BYTES, text::BadText};

use crate::error::{Error, Result};
use crate::system::files::shown;

/// Standard input can be read once, but a command may run twice (see [`Error::unstable_server`]).
static STDIN: OnceLock<String> = OnceLock::new();

/// A text argument: `-` is standard input, `@file` the file's content, `@@…` a text that begins
/// with an at sign, and anything else itself. Checked against the limits of `T`.
///
/// # Errors
/// When it cannot be read or is no `T`; the message names `what`.
pub fn text<T: FromStr<Err = BadText>>(what: &str, argument: &str) -> Result<T> {
    let text = match argument.strip_prefix('@') {
        Some(literal) if literal.starts_with('@') => literal.to_owned(),
        Some(path) => {
            let file = File::open(path).map_err(|e| {
                Error::refused(format!("{what}: cannot read {}: {e}", shown(Path::new(path))))
                    .hint("begin with @@ for a text that starts with @")
            })?;
            trimmed(read(file, &shown(Path::new(path)), MAX_TEXT_BYTES)?)
        }
        None if argument == "-" => trimmed(stdin(MAX_TEXT_BYTES)?),
        None => argument.to_owned(),
    };
    checked(what, &text)
}

/// As [`text`], when there is one.
///
/// # Errors
/// As [`text`].
pub fn optional<T: FromStr<Err = BadText>>(
    what: &str,
    argument: Option<&String>,
) -> Result<Option<T>> {
    argument.map(|argument| text(what, argument)).transpose()
}

/// A name or the like, taken literally.
///
/// # Errors
/// When it is no `T`; the message names `what`.
pub fn checked<T: FromStr<Err = BadText>>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|why| Error::refused(format!("{what} {why}")))
}

/// All of standard input.
///
/// # Errors
/// When it cannot be read, is not UTF-8, or is longer than `max` bytes.
pub fn stdin(max: usize) -> Result<String> {
    if let Some(text) = STDIN.get() {
        return Ok(text.clone());
    }
    let text = read(std::io::stdin(), "standard input", max)?;
    Ok(STDIN.get_or_init(|| text).clone())
}

/// All of a source.
///
/// # Errors
/// When it cannot be read, is not UTF-8, or is longer than `max` bytes.
pub fn read(source: impl Read, name: &str, max: usize) -> Result<String> {
    let mut bytes = Vec::new();
    source
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::refused(format!("cannot read {name}: {e}")))?;
    if bytes.len() > max {
        return Err(Error::refused(format!("{name} is larger than {max} bytes"))
            .hint("put it into a file and hand that in with --artifact"));
    }
    String::from_utf8(bytes).map_err(|_| Error::refused(format!("{name} is not UTF-8")))
}

/// Editors and `echo` end a file with a line end that is not part of the text.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    text
}
