//! The keyring of a Linux or BSD desktop: whoever offers the Secret Service on the session bus,
//! such as GNOME Keyring, KWallet or KeePassXC.
//!
//! Nothing here prompts: what is locked stays so and is told. Each question has a time limit as
//! a whole, since a bus may take the connection and never answer. Keys cross the bus in the
//! clear ("plain"): it is a socket of this machine, and whoever can listen on it can ask the
//! keyring just as well.
//!
//! An item carries the attributes that other tools go by, so
//! `secret-tool lookup service moss username ACCOUNT` finds it too.

use std::time::Instant;

use zeroize::Zeroizing;

use super::dbus::{Bus, Call, Garbage, Reader, Trouble, Writer};
use super::{PATIENCE, SERVICE, keyring_failed, no_keyring, not_in_keyring, too_late};
use crate::error::{Error, Result};

const ROOT: &str = "/org/freedesktop/secrets";
/// What stands for "no prompt" and "no such collection".
const NONE: &str = "/";

/// The secret of an account.
///
/// # Errors
/// When there is none, or the keyring does not give it in time.
pub fn get(account: &str) -> Result<Zeroizing<String>> {
    let mut keyring = Keyring::open()?;
    let found = keyring.search(account)?;
    match (found.open.first(), found.locked) {
        (Some(item), _) => keyring.secret(item),
        (None, true) => Err(locked()),
        (None, false) => Err(not_in_keyring()),
    }
}

/// Keeps the secret of an account in place of the one before.
///
/// # Errors
/// When the keyring does not take it in time.
pub fn set(account: &str, secret: &str) -> Result<()> {
    let mut keyring = Keyring::open()?;
    let found = keyring.search(account)?;
    if found.open.is_empty() {
        return if found.locked { Err(locked()) } else { keyring.create(account, secret) };
    }
    // Several only if another tool made them; then they all say the same from now on.
    found.open.iter().try_for_each(|item| keyring.replace(item, secret))
}

/// Forgets the secret of an account; none is fine.
///
/// # Errors
/// When the keyring does not do it in time.
pub fn remove(account: &str) -> Result<()> {
    let mut keyring = Keyring::open()?;
    let found = keyring.search(account)?;
    found.open.iter().try_for_each(|item| keyring.delete(item))?;
    if found.locked { Err(locked()) } else { Ok(()) }
}

/// The items of an account.
struct Found {
    /// Those that can be used.
    open: Vec<String>,
    /// Whether there are more.
    locked: bool,
}

/// A session with the Secret Service. Ends with the connection.
struct Keyring {
    bus: Bus,
    session: String,
}

impl Keyring {
    fn open() -> Result<Self> {
        let bus = Bus::connect(Instant::now() + PATIENCE).map_err(told)?;
        let mut keyring = Self { bus, session: String::new() };
        let mut call = call(ROOT, "Service", "OpenSession", "sv");
        call.string("plain");
        call.signature("s");
        call.string("");
        keyring.session = keyring.ask(call, "vo", |body| {
            let ("s", _) = (body.signature()?, body.string()?) else { return Err(Garbage) };
            Ok(body.path()?.to_owned())
        })?;
        Ok(keyring)
    }

    fn search(&mut self, account: &str) -> Result<Found> {
        let mut call = call(ROOT, "Service", "SearchItems", "a{ss}");
        call.dictionary(&[("service", SERVICE), ("username", account)]);
        self.ask(call, "aoao", |body| {
            Ok(Found { open: body.paths()?, locked: !body.paths()?.is_empty() })
        })
    }

    fn secret(&mut self, item: &str) -> Result<Zeroizing<String>> {
        let mut call = call(item, "Item", "GetSecret", "o");
        call.string(&self.session);
        let text = self.ask(call, "(oayays)", |body| {
            body.structure()?;
            let (_session, _parameters) = (body.path()?, body.bytes()?);
            Ok(std::str::from_utf8(body.bytes()?).ok().map(|text| Zeroizing::new(text.to_owned())))
        })?;
        text.ok_or_else(|| keyring_failed("has something else than a key for this agent"))
    }

    fn replace(&mut self, item: &str, secret: &str) -> Result<()> {
        let mut call = call(item, "Item", "SetSecret", "(oayays)");
        self.write_secret(&mut call, secret);
        self.ask(call, "", |_| Ok(()))
    }

    fn delete(&mut self, item: &str) -> Result<()> {
        let call = call(item, "Item", "Delete", "");
        self.ask(call, "o", |body| Ok(body.path()? == NONE)).and_then(done)
    }

    /// In the default collection. Two that do so at the same time make one item.
    fn create(&mut self, account: &str, secret: &str) -> Result<()> {
        let mut alias = call(ROOT, "Service", "ReadAlias", "s");
        alias.string("default");
        let collection = self.ask(alias, "o", |body| Ok(body.path()?.to_owned()))?;
        if collection == NONE {
            return Err(keyring_failed("has no default collection"));
        }
        let mut call = call(&collection, "Collection", "CreateItem", "a{sv}(oayays)b");
        call.array(8, |properties| {
            properties.structure();
            properties.string("org.freedesktop.Secret.Item.Label");
            properties.signature("s");
            properties.string(&format!("{SERVICE}: {account}"));
            properties.structure();
            properties.string("org.freedesktop.Secret.Item.Attributes");
            properties.signature("a{ss}");
            properties.dictionary(&[
                ("service", SERVICE),
                ("username", account),
                ("xdg:schema", "org.freedesktop.Secret.Generic"),
            ]);
        });
        self.write_secret(&mut call, secret);
        call.u32(1); // in place of one with the same attributes
        let without_prompt = self.ask(call, "oo", |body| {
            let _item = body.path()?;
            Ok(body.path()? == NONE)
        })?;
        done(without_prompt)
    }

    fn write_secret(&self, call: &mut Writer, secret: &str) {
        call.structure();
        call.string(&self.session);
        call.bytes(b""); // parameters of an encryption that is not used
        call.bytes(secret.as_bytes());
        call.string("text/plain");
    }

    /// What `read` makes of an answer whose arguments are of these types.
    fn ask<T>(
        &mut self,
        call: Writer,
        signature: &str,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Garbage>,
    ) -> Result<T> {
        let answer = self.bus.ask(call).map_err(told)?;
        let value = answer.body(signature).and_then(|mut body| read(&mut body));
        value.map_err(|garbage| told(garbage.into()))
    }
}

fn call<'a>(path: &'a str, interface: &str, member: &'a str, signature: &'a str) -> Writer {
    Writer::new(Call {
        destination: "org.freedesktop.secrets",
        path,
        interface: &format!("org.freedesktop.Secret.{interface}"),
        member,
        signature,
    })
}

/// What waits for a prompt has not been done.
fn done(without_prompt: bool) -> Result<()> {
    if without_prompt { Ok(()) } else { Err(locked()) }
}

fn locked() -> Error {
    keyring_failed("is locked")
}

fn told(trouble: Trouble) -> Error {
    match trouble {
        Trouble::NoBus => no_keyring("no session bus"),
        Trouble::Refused => no_keyring("the session bus refuses us"),
        Trouble::Late => too_late(),
        Trouble::Closed => keyring_failed("broke off"),
        Trouble::Garbage => keyring_failed("gave an answer that makes no sense"),
        Trouble::TooLong => keyring_failed("takes no key that long"),
        Trouble::Error(name) => refusal(&name),
    }
}

/// What an error of the bus or of the service means.
fn refusal(name: &str) -> Error {
    match name {
        "org.freedesktop.Secret.Error.IsLocked" => locked(),
        "org.freedesktop.Secret.Error.NoSuchObject" => not_in_keyring(), // gone since it was found
        "org.freedesktop.DBus.Error.NoReply" => keyring_failed("broke off"),
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
    use super::super::dbus::tests::{A_RETURN, AN_ERROR, bus_that_says, message};
    use super::*;

    /// A session in which these are the answers, the first one to call number 2.
    fn keyring(answers: &[Vec<u8>]) -> Keyring {
        Keyring { bus: bus_that_says(answers), session: "/s".to_owned() }
    }

    fn paths(number: u32, signature: &str, paths: &[&str]) -> Vec<u8> {
        message(A_RETURN, number, "", signature, |body| paths.iter().for_each(|p| body.string(p)))
    }

    fn why<T>(result: Result<T>) -> String {
        result.err().unwrap().to_string().replace("the system's keyring ", "")
    }

    #[test]
    fn what_waits_for_a_prompt_is_not_done() {
        assert!(keyring(&[paths(2, "o", &["/"])]).delete("/item").is_ok());
        assert_eq!(why(keyring(&[paths(2, "o", &["/prompt"])]).delete("/item")), "is locked");

        let create = |item, prompt| {
            keyring(&[paths(2, "o", &["/collection"]), paths(3, "oo", &[item, prompt])])
                .create("account", "secret")
        };
        assert!(create("/item", "/").is_ok());
        assert_eq!(why(create("/", "/prompt")), "is locked");
    }

    #[test]
    fn an_answer_of_other_types_makes_no_sense() {
        let no_sense = "gave an answer that makes no sense";
        assert_eq!(why(keyring(&[paths(2, "s", &["/"])]).delete("/item")), no_sense);
        assert_eq!(why(keyring(&[paths(2, "o", &["no path"])]).delete("/item")), no_sense);
        assert_eq!(why(keyring(&[paths(2, "o", &[])]).delete("/item")), no_sense);
    }

    #[test]
    fn a_secret_that_is_no_text_is_not_shown() {
        let answer = message(A_RETURN, 2, "", "(oayays)", |body| {
            body.string("/s");
            body.bytes(b"");
            body.bytes(b"\xff\xfe");
            body.string("text/plain");
        });
        let why = why(keyring(&[answer]).secret("/item"));
        assert_eq!(why, "has something else than a key for this agent");
    }

    #[test]
    fn refusals_are_told_by_their_meaning() {
        let refused = |name: &str| {
            let answer = message(AN_ERROR, 2, name, "s", |body| body.string("long story"));
            why(keyring(&[answer]).search("account"))
        };
        let absent = "is not there (no Secret Service on the session bus)";
        for (name, meaning) in [
            ("org.freedesktop.Secret.Error.IsLocked", "is locked"),
            ("org.freedesktop.Secret.Error.NoSuchObject", "has no key for this agent"),
            ("org.freedesktop.DBus.Error.ServiceUnknown", absent),
            ("org.freedesktop.DBus.Error.Spawn.ChildExited", absent),
            ("org.freedesktop.DBus.Error.NoReply", "broke off"),
            ("a.b.Other", "says a.b.Other"),
        ] {
            assert_eq!(refused(name), meaning, "{name}");
        }
    }
}
