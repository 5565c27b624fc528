//! Whether the Secret Service of a Linux or BSD desktop is locked: a look that never prompts,
//! before `keyring` is let at it, which would ask somebody for a password.
//!
//! We greet the bus ourselves and leave the rest to `zbus`: so what is no bus is told apart from
//! a bus without a keyring, and only a socket of this machine is ever asked.

use std::collections::HashMap;
use std::io::{Read, Write};
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use async_io::Async;
use zbus::Address;
use zbus::address::transport::{Transport, UnixSocket};
use zbus::blocking::{Connection, connection::Builder};
use zbus::message::Body;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue};

use super::{keyring_failed, no_keyring, not_in_keyring};
use crate::error::{Error, Result};

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
/// Longest line of a bus that we have not yet greeted, in bytes.
const MAX_LINE: usize = 1024;
/// What `zbus` wants to know of a bus that it did not greet, and we do not.
const SOME_GUID: &str = "00000000000000000000000000000000";

/// Makes sure that an account's items can be read and replaced, and one be made if `is_to_be_made`
/// and there is none.
///
/// # Errors
/// When something of that is locked, or nobody is there to ask.
pub fn check(attributes: &HashMap<&str, &str>, is_to_be_made: bool) -> Result<()> {
    let bus = greet()?;
    let found = ask(&bus, ROOT, "org.freedesktop.Secret.Service", "SearchItems", &(attributes,))?;
    let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = read(&found)?;
    if !locked.is_empty() {
        return Err(is_locked());
    }
    if !is_to_be_made || !open.is_empty() {
        return Ok(());
    }
    let alias = ask(&bus, ROOT, "org.freedesktop.Secret.Service", "ReadAlias", &("default",))?;
    let collection: OwnedObjectPath = read(&alias)?;
    if collection.as_str() == "/" {
        return Err(keyring_failed("has no default collection"));
    }
    let property = &("org.freedesktop.Secret.Collection", "Locked");
    let answer = ask(&bus, &collection, "org.freedesktop.DBus.Properties", "Get", property)?;
    let value: OwnedValue = read(&answer)?;
    match bool::try_from(value) {
        Ok(false) => Ok(()),
        Ok(true) => Err(is_locked()),
        Err(_) => Err(no_sense()),
    }
}

fn ask(
    bus: &Connection,
    path: &str,
    interface: &str,
    member: &str,
    arguments: &(impl serde::Serialize + DynamicType),
) -> Result<Body> {
    let answer = bus.call_method(Some(SERVICE), path, Some(interface), member, arguments);
    answer.map(|message| message.body()).map_err(|error| told(&error))
}

/// A connection to the session bus, which takes us for who we are by the socket alone.
fn greet() -> Result<Connection> {
    let no_bus = || no_keyring("no session bus");
    let address = socket().ok_or_else(no_bus)?;
    let mut stream = UnixStream::connect_addr(&address).map_err(|_| no_bus())?;
    say(&mut stream, b"\0AUTH EXTERNAL\r\nDATA\r\n")?;
    for expected in [&b"DATA"[..], b"OK "] {
        let line = line(&mut stream)?;
        if line.starts_with(b"REJECTED") {
            return Err(no_keyring("the session bus refuses us"));
        }
        if !line.starts_with(expected) {
            return Err(no_sense());
        }
    }
    say(&mut stream, b"BEGIN\r\n")?;
    let stream = Async::new(stream).map_err(|_| no_bus())?;
    let bus = Builder::authenticated_socket(stream, SOME_GUID).and_then(Builder::build);
    let bus = bus.map_err(|error| told(&error))?;
    let name = "org.freedesktop.DBus";
    let hello = bus.call_method(Some(name), "/org/freedesktop/DBus", Some(name), "Hello", &());
    hello.map(|_| bus).map_err(|error| told(&error))
}

/// Where the session bus listens; none when that is not a socket of this machine.
fn socket() -> Option<SocketAddr> {
    let address = Address::session().ok()?;
    let Transport::Unix(socket) = address.transport() else { return None };
    match socket.path() {
        UnixSocket::File(path) => SocketAddr::from_pathname(path).ok(),
        #[cfg(target_os = "linux")]
        UnixSocket::Abstract(name) => SocketAddr::from_abstract_name(name.as_encoded_bytes()).ok(),
        _ => None,
    }
}

fn say(stream: &mut UnixStream, bytes: &[u8]) -> Result<()> {
    stream.write_all(bytes).map_err(|_| broke_off())
}

/// A line, with its end. Byte by byte: what follows it is not ours to take.
fn line(stream: &mut UnixStream) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        stream.read_exact(&mut byte).map_err(|_| broke_off())?;
        line.extend(byte);
        if line.len() > MAX_LINE {
            return Err(no_sense());
        }
    }
    Ok(line)
}

fn read<'a, T: serde::Deserialize<'a> + zbus::zvariant::Type>(body: &'a Body) -> Result<T> {
    body.deserialize().map_err(|_| no_sense())
}

fn is_locked() -> Error {
    keyring_failed("is locked")
}

fn broke_off() -> Error {
    keyring_failed("broke off")
}

fn no_sense() -> Error {
    keyring_failed("gave an answer that makes no sense")
}

fn told(error: &zbus::Error) -> Error {
    if let zbus::Error::MethodError(name, ..) = error {
        return refusal(name);
    }
    if matches!(error, zbus::Error::InputOutput(_)) { broke_off() } else { no_sense() }
}

/// What an error of the bus or of the service means.
fn refusal(name: &str) -> Error {
    match name {
        "org.freedesktop.Secret.Error.IsLocked" => is_locked(),
        "org.freedesktop.Secret.Error.NoSuchObject" => not_in_keyring(), // gone since it was found
        "org.freedesktop.DBus.Error.NoReply" => broke_off(),
        "org.freedesktop.DBus.Error.ServiceUnknown"
        | "org.freedesktop.DBus.Error.NameHasNoOwner" => no_service(),
        _ if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => no_service(),
        _ => keyring_failed(&format!("says {name}")),
    }
}

fn no_service() -> Error {
    no_keyring("no Secret Service on the session bus")
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn refusals_are_told_by_their_meaning() {
        let absent = "is not there (no Secret Service on the session bus)";
        for (name, meaning) in [
            ("org.freedesktop.Secret.Error.IsLocked", "is locked"),
            ("org.freedesktop.Secret.Error.NoSuchObject", "has no key for this agent"),
            ("org.freedesktop.DBus.Error.ServiceUnknown", absent),
            ("org.freedesktop.DBus.Error.Spawn.ChildExited", absent),
            ("org.freedesktop.DBus.Error.NoReply", "broke off"),
            ("a.b.Other", "says a.b.Other"),
        ] {
            assert_eq!(refusal(name).to_string(), format!("the system's keyring {meaning}"));
        }
    }
}
