//! D-Bus messages as bytes: the calls we send, and what comes back from a bus that is not trusted.
//!
//! Whatever is read is checked against what has arrived: lengths, alignment, nul bytes, UTF-8,
//! object paths. What does not fit is [`Garbage`]. Buffers are wiped when they are dropped, since
//! any of them may hold a key.

use zeroize::Zeroizing;

/// Longest message sent or taken, header included.
pub const MAX_BYTES: usize = 64 * 1024;
/// The part of a header that tells how long the rest is.
pub const HEAD_BYTES: usize = 16;

const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;
const VERSION: u8 = 1;
/// What D-Bus pads headers, structs and dictionary entries to.
const STRUCT: usize = 8;

/// Bytes that are no message, or not the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbage;

/// A message of more than [`MAX_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Which method of whom.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Bus name.
    pub destination: &'a str,
    /// Object.
    pub path: &'a str,
    /// Interface.
    pub interface: &'a str,
    /// Method.
    pub member: &'a str,
    /// Types of the arguments.
    pub signature: &'a str,
}

/// A method call; the arguments are written one after the other, as its signature says. Its
/// buffer never moves, so nothing of a key stays behind.
pub struct Writer {
    bytes: Zeroizing<Vec<u8>>,
    body: usize,
    full: bool,
}

impl Writer {
    /// The header of a call.
    pub fn new(call: Call<'_>) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
        let mut writer = Self { bytes, body: 0, full: false };
        writer.put(&[b'l', CALL, 0, VERSION]);
        writer.u32(0); // the body's length and
        writer.u32(0); // the serial number, both by `finish`
        let fields = [
            (1, "o", call.path),
            (2, "s", call.interface),
            (3, "s", call.member),
            (6, "s", call.destination),
        ];
        writer.array(STRUCT, |writer| {
            for (code, kind, value) in fields {
                writer.align(STRUCT);
                writer.put(&[code]);
                writer.signature(kind);
                writer.string(value);
            }
            if !call.signature.is_empty() {
                writer.align(STRUCT);
                writer.put(&[8]);
                writer.signature("g");
                writer.signature(call.signature);
            }
        });
        writer.align(STRUCT);
        writer.body = writer.bytes.len();
        writer
    }

    /// The message, ready to be sent.
    ///
    /// # Errors
    /// When it is too long.
    pub fn finish(mut self, serial: u32) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        self.set_u32(4, self.bytes.len() - self.body);
        if let Some(place) = self.bytes.get_mut(8..12) {
            place.copy_from_slice(&serial.to_le_bytes());
        }
        if self.full { Err(TooLong) } else { Ok(self.bytes) }
    }

    /// `u`, and `b` as 0 or 1.
    pub fn u32(&mut self, value: u32) {
        self.align(4);
        self.put(&value.to_le_bytes());
    }

    /// `s` and `o`.
    pub fn string(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.put(&[0]);
    }

    /// `g`, of at most 255 bytes: always one of our own.
    pub fn signature(&mut self, text: &str) {
        self.put(&[text.len() as u8]);
        self.put(text.as_bytes());
        self.put(&[0]);
    }

    /// `ay`.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.u32(0);
        self.set_u32(self.bytes.len().saturating_sub(4), bytes.len());
        self.put(bytes);
    }

    /// `a{ss}`.
    pub fn dictionary(&mut self, entries: &[(&str, &str)]) {
        self.array(STRUCT, |writer| {
            for (name, value) in entries {
                writer.structure();
                writer.string(name);
                writer.string(value);
            }
        });
    }

    /// An array whose elements are aligned to so many bytes.
    pub fn array(&mut self, alignment: usize, elements: impl FnOnce(&mut Self)) {
        self.u32(0);
        let length = self.bytes.len().saturating_sub(4);
        self.align(alignment);
        let start = self.bytes.len();
        elements(self);
        self.set_u32(length, self.bytes.len() - start);
    }

    /// The start of a struct or a dictionary entry.
    pub fn structure(&mut self) {
        self.align(STRUCT);
    }

    fn align(&mut self, to: usize) {
        let end = self.bytes.len().next_multiple_of(to);
        self.put(&[0; STRUCT][..end - self.bytes.len()]);
    }

    /// A length that is known later. What does not fit 32 bits is too long anyway.
    fn set_u32(&mut self, at: usize, value: usize) {
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&(value as u32).to_le_bytes());
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.full |= bytes.len() > MAX_BYTES - self.bytes.len();
        if !self.full {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

/// The start of a message that came in.
pub struct Head {
    big_endian: bool,
    kind: u8,
    fields: usize,
    body: usize,
}

impl Head {
    /// Reads it.
    ///
    /// # Errors
    /// When it is no start of a message of at most [`MAX_BYTES`].
    pub fn parse(bytes: &[u8; HEAD_BYTES]) -> Result<Self, Garbage> {
        let big_endian = match bytes[0] {
            b'l' => false,
            b'B' => true,
            _ => return Err(Garbage),
        };
        if bytes[3] != VERSION {
            return Err(Garbage);
        }
        let mut reader = Reader { bytes, at: 4, big_endian };
        let body = reader.length()?;
        let _serial = reader.u32()?;
        let fields = reader.length()?;
        let head = Self { big_endian, kind: bytes[1], fields, body };
        if HEAD_BYTES + head.rest() > MAX_BYTES { Err(Garbage) } else { Ok(head) }
    }

    /// How many bytes follow.
    pub fn rest(&self) -> usize {
        self.fields.next_multiple_of(STRUCT) + self.body
    }
}

/// What a message that came in is to the one who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The answer.
    Return,
    /// The refusal.
    Error,
    /// Something else: a signal, a call.
    Other,
}

/// A message that came in.
pub struct Message {
    /// Of which kind.
    pub kind: Kind,
    /// The serial number of the call it belongs to; 0 is none.
    pub reply_to: u32,
    /// Name of an error: letters, digits, dots and underscores.
    pub error: String,
    signature: String,
    bytes: Zeroizing<Vec<u8>>,
    body: usize,
    big_endian: bool,
}

impl Message {
    /// Reads what follows the start.
    ///
    /// # Errors
    /// When it is no message.
    pub fn parse(head: &Head, rest: Zeroizing<Vec<u8>>) -> Result<Self, Garbage> {
        let big_endian = head.big_endian;
        let body = head.fields.next_multiple_of(STRUCT);
        let fields = rest.get(..head.fields).ok_or(Garbage)?;
        let mut reader = Reader { bytes: fields, at: 0, big_endian };
        let (mut reply_to, mut error, mut signature) = (0, "", "");
        while !reader.is_empty() {
            reader.structure()?;
            match (reader.u8()?, reader.signature()?) {
                (4, "s") => error = reader.string()?,
                (5, "u") => reply_to = reader.u32()?,
                (8, "g") => signature = reader.signature()?,
                (_, "s" | "o") => drop(reader.string()?),
                (_, "g") => drop(reader.signature()?),
                (_, "u") => drop(reader.u32()?),
                _ => return Err(Garbage), // no field that exists is of another type
            }
        }
        let kind = match head.kind {
            RETURN => Kind::Return,
            ERROR if is_name(error) => Kind::Error,
            0 | ERROR => return Err(Garbage),
            _ => Kind::Other,
        };
        let (error, signature) = (error.to_owned(), signature.to_owned());
        Ok(Self { kind, reply_to, error, signature, bytes: rest, body, big_endian })
    }

    /// The arguments, when they are of these types.
    ///
    /// # Errors
    /// When they are not.
    pub fn body(&self, signature: &str) -> Result<Reader<'_>, Garbage> {
        let bytes = self.bytes.get(self.body..).ok_or(Garbage)?;
        let reader = Reader { bytes, at: 0, big_endian: self.big_endian };
        if self.signature == signature { Ok(reader) } else { Err(Garbage) }
    }
}

fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_')
}

fn is_path(text: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text == "/" || text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part))
}

/// Values in a message, one after the other. Each method fails when there is no such value.
pub struct Reader<'a> {
    /// Starts where a struct may start.
    bytes: &'a [u8],
    at: usize,
    big_endian: bool,
}

impl<'a> Reader<'a> {
    /// `y`.
    pub fn u8(&mut self) -> Result<u8, Garbage> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// `u`.
    pub fn u32(&mut self) -> Result<u32, Garbage> {
        self.align(4)?;
        let bytes = self.take(4)?.try_into().map_err(|_| Garbage)?;
        Ok(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// `s`.
    pub fn string(&mut self) -> Result<&'a str, Garbage> {
        let length = self.length()?;
        self.text(length)
    }

    /// `g`.
    pub fn signature(&mut self) -> Result<&'a str, Garbage> {
        let length = self.u8()?;
        self.text(length.into())
    }

    /// `o`.
    pub fn path(&mut self) -> Result<&'a str, Garbage> {
        self.string().and_then(|text| if is_path(text) { Ok(text) } else { Err(Garbage) })
    }

    /// `ay`.
    pub fn bytes(&mut self) -> Result<&'a [u8], Garbage> {
        let length = self.length()?;
        self.take(length)
    }

    /// `ao`.
    pub fn paths(&mut self) -> Result<Vec<String>, Garbage> {
        let length = self.length()?;
        let end = self.at + length;
        let mut paths = Vec::new();
        while self.at < end {
            paths.push(self.path()?.to_owned());
        }
        if self.at == end { Ok(paths) } else { Err(Garbage) }
    }

    /// The start of a struct.
    pub fn structure(&mut self) -> Result<(), Garbage> {
        self.align(STRUCT)
    }

    /// The length of something that has arrived or could have.
    fn length(&mut self) -> Result<usize, Garbage> {
        let length = usize::try_from(self.u32()?).map_err(|_| Garbage)?;
        if length <= MAX_BYTES { Ok(length) } else { Err(Garbage) }
    }

    fn text(&mut self, length: usize) -> Result<&'a str, Garbage> {
        let bytes = self.take(length)?;
        if self.u8()? != 0 || bytes.contains(&0) {
            return Err(Garbage);
        }
        std::str::from_utf8(bytes).map_err(|_| Garbage)
    }

    fn align(&mut self, to: usize) -> Result<(), Garbage> {
        let padding = self.take(self.at.next_multiple_of(to) - self.at)?;
        if padding.iter().all(|&b| b == 0) { Ok(()) } else { Err(Garbage) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Garbage> {
        let rest = self.bytes.get(self.at..).ok_or(Garbage)?;
        self.at += count;
        rest.get(..count).ok_or(Garbage)
    }

    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

#[cfg(test)]
pub mod tests;
