//! Ctrl-C, a kill, a closed terminal or a reader that went away, as a value: whoever started a
//! server and made a folder can still end the one and remove the other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// A signal to the whole group ends the work's children too, and may be heard of after them.
const SIGNAL_LAG: Duration = Duration::from_millis(200);

/// How a piece of work came to its end.
pub enum Outcome {
    /// By itself, well or badly.
    Ended(Result<()>),
    /// Somebody wants no more of it.
    Interrupted,
}

enum Event {
    Ended(thread::Result<Result<()>>),
    Signal,
}

/// From its making on, SIGINT, SIGTERM and SIGHUP no longer end this process.
pub struct Interrupts {
    sender: Sender<Event>,
    events: Receiver<Event>,
}

impl Interrupts {
    /// Takes the signals over. Child processes get them as ever.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn take_over() -> Result<Self> {
        let (sender, events) = channel();
        let signals = sender.clone();
        let mut taken = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        thread::Builder::new().spawn(move || {
            for _ in taken.forever() {
                drop(signals.send(Event::Signal));
            }
        })?;
        Ok(Self { sender, events })
    }

    /// Does the work in a thread of its own, until it ends or is interrupted; then the thread is left
    /// to itself.
    ///
    /// # Errors
    /// When the work panics, or no thread can be had.
    pub fn or_end_of(&self, work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<Outcome> {
        let sender = self.sender.clone();
        thread::Builder::new().spawn(move || {
            drop(sender.send(Event::Ended(catch_unwind(AssertUnwindSafe(work)))));
        })?;
        match self.events.recv()? {
            Event::Signal => Ok(Outcome::Interrupted),
            Event::Ended(Ok(Ok(()))) => Ok(Outcome::Ended(Ok(()))),
            Event::Ended(Ok(Err(error))) => match self.events.recv_timeout(SIGNAL_LAG) {
                Ok(_) => Ok(Outcome::Interrupted),
                Err(_) => Ok(Outcome::Ended(Err(error))),
            },
            Event::Ended(Err(panic)) if is_closed_pipe(text(&*panic)) => Ok(Outcome::Interrupted),
            Event::Ended(Err(panic)) => bail!("panicked: {}", text(&*panic).unwrap_or_default()),
        }
    }
}

/// `println!` has no other way than a panic to say that nobody reads on. What it would print of it
/// helps nobody who typed `| head`.
pub fn be_silent_about_closed_pipes() {
    let usual = take_hook();
    set_hook(Box::new(move |panic| {
        if !is_closed_pipe(panic.payload_as_str()) {
            usual(panic);
        }
    }));
}

fn is_closed_pipe(message: Option<&str>) -> bool {
    message.is_some_and(|m| m.starts_with("failed printing to") && m.contains("Broken pipe"))
}

fn text(panic: &(dyn Any + Send)) -> Option<&str> {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied())
}
