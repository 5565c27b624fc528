//! D-Bus messages as bytes: the calls we send, and what comes back from a bus that is not trusted.
//! Their buffers are wiped when they are dropped, since any of them may hold a key.

mod read;
mod write;

pub use read::{HEAD_BYTES, Head, Kind, Message, Reader};
#[cfg(test)]
pub use write::tests as messages;
pub use write::{Call, Writer};

/// Longest message sent or taken, header included.
pub const MAX_BYTES: usize = 64 * 1024;

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
