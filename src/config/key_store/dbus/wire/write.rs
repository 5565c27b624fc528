//! Writing a method call.

use zeroize::Zeroizing;

use super::{CALL, MAX_BYTES, STRUCT, TooLong, VERSION};

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

#[cfg(test)]
pub mod tests {
    use super::super::{ERROR, RETURN};
    use super::*;

    /// A message as a bus sends one: an answer, an error (with its name) or something else.
    pub fn message(
        kind: u8,
        reply_to: u32,
        error: &str,
        signature: &str,
        body: impl FnOnce(&mut Writer),
    ) -> Vec<u8> {
        let bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
        let mut writer = Writer { bytes, body: 0, full: false };
        writer.put(&[b'l', kind, 0, VERSION]);
        writer.u32(0);
        writer.u32(0);
        writer.array(STRUCT, |writer| {
            for (code, kind, value) in [(4, "s", error), (8, "g", signature), (7, "s", ":1.5")] {
                if !value.is_empty() {
                    writer.structure();
                    writer.put(&[code]);
                    writer.signature(kind);
                    if kind == "g" { writer.signature(value) } else { writer.string(value) }
                }
            }
            writer.structure();
            writer.put(&[5]);
            writer.signature("u");
            writer.u32(reply_to);
        });
        writer.structure();
        writer.body = writer.bytes.len();
        body(&mut writer);
        writer.finish(7).unwrap().to_vec()
    }

    pub const A_RETURN: u8 = RETURN;
    pub const AN_ERROR: u8 = ERROR;
    pub const A_SIGNAL: u8 = 4;

    const CALLED: Call<'_> =
        Call { destination: "a.b", path: "/c", interface: "d.e", member: "F", signature: "s" };

    #[test]
    fn a_call_is_written_as_the_specification_says() {
        let mut call = Writer::new(CALLED);
        call.string("hi");
        let bytes = call.finish(0x0102).unwrap();
        let expected: &[&[u8]] = &[
            b"l\x01\0\x01\x07\0\0\0\x02\x01\0\0\x47\0\0\0",
            b"\x01\x01o\0\x02\0\0\0/c\0\0\0\0\0\0",
            b"\x02\x01s\0\x03\0\0\0d.e\0\0\0\0\0",
            b"\x03\x01s\0\x01\0\0\0F\0\0\0\0\0\0\0",
            b"\x06\x01s\0\x03\0\0\0a.b\0\0\0\0\0",
            b"\x08\x01g\0\x01s\0\0",
            b"\x02\0\0\0hi\0",
        ];
        assert_eq!(bytes.escape_ascii().to_string(), expected.concat().escape_ascii().to_string());
    }

    #[test]
    fn a_call_too_long_is_not_sent_and_its_buffer_never_moves() {
        let mut call = Writer::new(CALLED);
        let start = call.bytes.as_ptr();
        call.string(&"x".repeat(MAX_BYTES));
        call.string("a");
        call.dictionary(&[("a", "b")]);
        assert_eq!((call.bytes.as_ptr(), call.bytes.capacity()), (start, MAX_BYTES));
        assert_eq!(call.finish(1).err(), Some(TooLong));

        let room = MAX_BYTES - Writer::new(CALLED).bytes.len() - 4;
        let fits = |length: usize| {
            let mut call = Writer::new(CALLED);
            call.bytes(&vec![0; length]);
            call.finish(1).is_ok_and(|bytes| bytes.len() == MAX_BYTES)
        };
        assert!(fits(room) && !fits(room + 1));
    }
}
