//! What the commands print. A reader that went away ends nothing half-way; a secret that nobody
//! would get is not made, or is called void.

use std::io::{self, ErrorKind, Write};

use anyhow::ensure;

/// `println!` for the commands: it does not panic when the line cannot be written.
macro_rules! println {
    ($($line:tt)*) => {{
        let _ = $crate::cli::output::say(&format!($($line)*));
    }};
}

/// `eprintln!` likewise.
macro_rules! eprintln {
    ($($line:tt)*) => { $crate::cli::output::remark(&format!($($line)*)) };
}

pub(super) use {eprintln, println};

/// Writes lines to standard output. A reader that went away is no error.
///
/// # Errors
/// When it cannot be written for another reason.
pub fn say(lines: &str) -> io::Result<()> {
    match hand_over(lines) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes what is no data to standard error. Losing it is no error.
pub fn remark(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a line that must not get lost, such as a secret, to standard output.
///
/// # Errors
/// When it could not be written.
pub fn hand_over(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Refuses to make a secret when it is known beforehand that nobody would get it.
///
/// # Errors
/// When the reader of standard output is gone, or there never was one.
pub fn somebody_must_listen() -> anyhow::Result<()> {
    ensure!(
        is_heard(&io::stdout()),
        "nobody reads standard output, where the secret would go; nothing was changed"
    );
    Ok(())
}

/// Whether what is written there gets anywhere: not into a pipe without a reader, and not to
/// `/dev/null`, which a standard output that is closed is replaced by at start.
#[cfg(unix)]
fn is_heard(output: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, fstat, stat};

    let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    let mut look = [PollFd::new(output, PollFlags::OUT)];
    let looked = poll(&mut look, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    let is_gone = looked.is_ok() && look.iter().any(|it| it.revents().intersects(gone));
    let is_null = match (fstat(output), stat("/dev/null")) {
        (Ok(it), Ok(null)) => {
            FileType::from_raw_mode(it.st_mode) == FileType::CharacterDevice
                && it.st_rdev == null.st_rdev
        }
        (Ok(_) | Err(_), _) => false,
    };
    !is_gone && !is_null
}

#[cfg(not(unix))]
fn is_heard(_: &io::Stdout) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::File;

    use super::is_heard;

    #[test]
    fn a_pipe_is_heard_as_long_as_it_has_a_reader() {
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(is_heard(&writer));
        drop(reader);
        assert!(!is_heard(&writer));
    }

    #[test]
    fn files_are_heard_and_nothing_is_not() {
        assert!(is_heard(&tempfile::tempfile().unwrap()));
        assert!(!is_heard(&File::options().write(true).open("/dev/null").unwrap()));
    }
}
