//! Reading what comes in: lengths, alignment, nul bytes, UTF-8 and object paths are checked against
//! what has arrived. What does not fit is [`Garbage`].

use zeroize::Zeroizing;

use super::{ERROR, Garbage, MAX_BYTES, RETURN, STRUCT, VERSION};

/// The part of a header that tells how long the rest is.
pub const HEAD_BYTES: usize = 16;

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
#[path = "read_tests.rs"]
mod tests;
