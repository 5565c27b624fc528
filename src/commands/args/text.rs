//! Texts on the command line: as they stand, from a file, or from standard input.

use std::io::Read;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;

use moss_api::{MAX_TEXT_BYTES, text::BadText, visible};

use crate::error::{Error, Result};
use crate::hints;
use crate::system::files::shown;
use crate::system::{deadline, plain_file};

/// How much is read, and what to do with more.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// So many bytes.
    pub bytes: usize,
    /// What to do with more.
    pub hint: &'static str,
}

/// Of a text.
const TEXT: Limit = Limit { bytes: MAX_TEXT_BYTES, hint: hints::TOO_LONG_TEXT };

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
        Some(path) => trimmed(file(Path::new(path), TEXT).map_err(|error| {
            let hint = error.advice().unwrap_or("begin with @@ for a text that starts with @");
            Error::refused(format!("{what}: {error}")).hint(hint)
        })?),
        None if argument == "-" => trimmed(stdin(TEXT)?),
        None => argument.to_owned(),
    };
    checked(what, &text)
}

/// As [`said`], when there is one.
///
/// # Errors
/// As [`said`].
pub fn said_if_any<T: FromStr<Err = BadText> + AsRef<str>>(
    what: &str,
    argument: Option<&String>,
) -> Result<Option<T>> {
    argument.map(|argument| said(what, argument)).transpose()
}

/// As [`text`], when it says something: not nothing, blanks, or characters that nobody sees.
///
/// # Errors
/// As [`text`], or when it is empty.
pub fn said<T: FromStr<Err = BadText> + AsRef<str>>(what: &str, argument: &str) -> Result<T> {
    let text: T = text(what, argument)?;
    let mut says_something = false;
    visible::each(text.as_ref(), |c, is_hidden| {
        says_something |= !is_hidden && !c.is_whitespace();
    });
    if says_something {
        return Ok(text);
    }
    Err(Error::refused(format!("{what} is empty")).hint(hints::SAY_SOMETHING))
}

/// A text as an argument, which may begin as a list does: `- item`. A flag alone is none: whoever
/// types one there has forgotten the text.
///
/// # Errors
/// For what looks like a flag.
pub fn prose(argument: &str) -> Result<String, String> {
    let word = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'));
    let is_flag = word.is_some_and(|word| {
        let name = word.split('=').next().unwrap_or_default();
        argument == "--"
            || name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    if is_flag {
        return Err("a flag is no text; @FILE or - may hold any".to_owned());
    }
    Ok(argument.to_owned())
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
/// When it cannot be read, is not UTF-8, is too long, or stays open.
pub fn stdin(most: Limit) -> Result<String> {
    if let Some(text) = STDIN.get() {
        return Ok(text.clone());
    }
    let text = in_time("standard input", move || read(std::io::stdin(), "standard input", most))?;
    Ok(STDIN.get_or_init(|| text).clone())
}

/// All of a plain file.
///
/// # Errors
/// When it is none, cannot be read, is not UTF-8, or is too long.
pub fn file(path: &Path, most: Limit) -> Result<String> {
    let (path, name) = (path.to_owned(), shown(path));
    in_time(&name.clone(), move || {
        let file = plain_file::open(&path)
            .map_err(|e| Error::refused(format!("cannot read {name}: {e}")))?;
        read(file, &name, most)
    })
}

fn in_time(
    name: &str,
    reading: impl FnOnce() -> Result<String> + Send + 'static,
) -> Result<String> {
    deadline::within(reading).unwrap_or_else(|| {
        Err(Error::refused(format!("{name} did not end in time"))
            .hint("whoever writes it has to close it; --timeout SECS waits longer"))
    })
}

fn read(source: impl Read, name: &str, most: Limit) -> Result<String> {
    let max = most.bytes;
    let mut bytes = Vec::new();
    source
        .take(max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::refused(format!("cannot read {name}: {e}")))?;
    if bytes.len() > max {
        return Err(Error::refused(format!("{name} is larger than {max} bytes")).hint(most.hint));
    }
    String::from_utf8(bytes).map_err(|_| Error::refused(format!("{name} is not UTF-8")))
}

/// Editors and `echo` end a file with a line end that is not part of the text.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    text
}
