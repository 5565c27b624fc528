//! The session bus, asked one question after the other. Everything on one connection, connecting
//! included, happens before one moment, whatever the other side does.

mod address;
mod wire;

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};
use zeroize::Zeroizing;

pub use wire::{Call, Garbage, Reader, Writer};
use wire::{HEAD_BYTES, Head, Kind, Message, TooLong};

/// Longest line while we say who we are.
const MAX_LINE: usize = 1024;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no session bus.
    NoBus,
    /// The session bus does not take us for its user.
    Refused,
    /// Time is up.
    Late,
    /// The other side hung up.
    Closed,
    /// What came is no D-Bus, or no answer to what was asked.
    Garbage,
    /// What was asked is too long to be sent.
    TooLong,
    /// The answer is an error of this name.
    Error(String),
}

impl From<Garbage> for Trouble {
    fn from(Garbage: Garbage) -> Self {
        Self::Garbage
    }
}

impl From<TooLong> for Trouble {
    fn from(TooLong: TooLong) -> Self {
        Self::TooLong
    }
}

impl From<io::Error> for Trouble {
    fn from(e: io::Error) -> Self {
        if is_late(&e) { Self::Late } else { Self::Closed }
    }
}

/// A socket whose time has run out says that it would block.
fn is_late(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

type Result<T> = std::result::Result<T, Trouble>;

/// A connection to the session bus.
pub struct Bus {
    socket: Timed,
    serial: u32,
}

impl Bus {
    /// Connects to the session bus.
    ///
    /// # Errors
    /// When there is none that takes us before `until`.
    pub fn connect(until: Instant) -> Result<Self> {
        let mut trouble = Trouble::NoBus;
        for path in address::session() {
            match Timed::connect(&path, until).and_then(Self::greet) {
                Err(Trouble::Late) => return Err(Trouble::Late),
                Err(e) => trouble = e,
                bus => return bus,
            }
        }
        Err(trouble)
    }

    /// Who we are, the socket tells the bus; the first call has to be this one.
    fn greet(mut socket: Timed) -> Result<Self> {
        socket.write_all(b"\0AUTH EXTERNAL\r\nDATA\r\n")?;
        for expected in [&b"DATA"[..], b"OK "] {
            let line = socket.line()?;
            if line.starts_with(b"REJECTED") {
                return Err(Trouble::Refused);
            }
            if !line.starts_with(expected) {
                return Err(Trouble::Garbage);
            }
        }
        socket.write_all(b"BEGIN\r\n")?;
        let mut bus = Self { socket, serial: 0 };
        bus.ask(Writer::new(Call {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "Hello",
            signature: "",
        }))?;
        Ok(bus)
    }

    /// The answer to a call. Whatever else comes in meanwhile is passed over.
    ///
    /// # Errors
    /// When it is an error, does not come in time, or cannot be read.
    pub fn ask(&mut self, call: Writer) -> Result<Message> {
        self.serial += 1;
        self.socket.write_all(&call.finish(self.serial)?)?;
        loop {
            let mut head = [0; HEAD_BYTES];
            self.socket.read_exact(&mut head)?;
            let head = Head::parse(&head)?;
            let mut rest = Zeroizing::new(vec![0; head.rest()]);
            self.socket.read_exact(&mut rest)?;
            let message = Message::parse(&head, rest)?;
            match message.kind {
                Kind::Return if message.reply_to == self.serial => return Ok(message),
                Kind::Error if message.reply_to == self.serial => {
                    return Err(Trouble::Error(message.error));
                }
                Kind::Return | Kind::Error | Kind::Other => {}
            }
        }
    }
}

/// A socket on which nothing takes longer than until a given moment.
struct Timed {
    socket: Socket,
    until: Instant,
}

impl Timed {
    fn connect(path: &Path, until: Instant) -> Result<Self> {
        let address = SockAddr::unix(path).map_err(|_| Trouble::NoBus)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        let timed = Self { socket, until };
        // The time to write also limits how long we queue for a bus with too many callers.
        timed.socket.set_write_timeout(timed.left()?)?;
        match timed.socket.connect(&address) {
            Ok(()) => Ok(timed),
            Err(e) if is_late(&e) => Err(Trouble::Late),
            Err(_) => Err(Trouble::NoBus),
        }
    }

    /// What is left of the time; never less than a system takes for "forever".
    fn left(&self) -> io::Result<Option<Duration>> {
        match self.until.checked_duration_since(Instant::now()) {
            Some(left) => Ok(Some(left.max(Duration::from_millis(1)))),
            None => Err(ErrorKind::TimedOut.into()),
        }
    }

    /// A line, with its end. Byte by byte: what follows it is not ours to take.
    fn line(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut byte = [0];
            self.read_exact(&mut byte)?;
            line.push(byte[0]);
            if line.len() > MAX_LINE {
                return Err(Trouble::Garbage);
            }
        }
        Ok(line)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub mod tests;
