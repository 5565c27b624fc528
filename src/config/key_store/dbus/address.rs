//! Where the session bus listens.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode;

const VARIABLE: &str = "DBUS_SESSION_BUS_ADDRESS";

/// The sockets to try, first to last. A name that starts with a nul byte is one of Linux's
/// abstract names.
///
/// What [`VARIABLE`] says holds, whatever it says. Without it these are the customary places, as
/// far as a socket there is our own or root's.
pub fn session() -> Vec<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|list| !list.is_empty()) {
        Some(list) => list.as_bytes().split(|&b| b == b';').filter_map(socket).collect(),
        None => {
            // Whose process this is, where there is a /proc to say so.
            let user = fs::metadata("/proc/self").ok().map(|meta| meta.uid());
            let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
            customary(runtime, user).into_iter().filter(|path| trusted(path, user)).collect()
        }
    }
}

/// The socket of one address; none when it is of another kind, such as TCP, where secrets would
/// leave the machine.
fn socket(address: &[u8]) -> Option<PathBuf> {
    let (name, value) = address
        .strip_prefix(b"unix:")?
        .split(|&b| b == b',')
        .filter_map(|pair| pair.split_at_checked(pair.iter().position(|&b| b == b'=')?))
        .find(|(name, _)| [&b"path"[..], b"abstract"].contains(name))?;
    let mut bytes: Vec<u8> = percent_decode(value.get(1..)?).collect();
    if bytes.is_empty() || bytes.contains(&0) {
        return None;
    }
    if name == b"abstract" {
        if !cfg!(any(target_os = "linux", target_os = "android")) {
            return None;
        }
        bytes.insert(0, 0);
    }
    Some(OsString::from_vec(bytes).into())
}

fn customary(runtime: Option<PathBuf>, user: Option<u32>) -> Vec<PathBuf> {
    let users = user.map(|uid| PathBuf::from(format!("/run/user/{uid}")));
    let folders = [runtime.filter(|path| path.is_absolute()), users];
    folders.into_iter().flatten().map(|folder| folder.join("bus")).collect()
}

fn trusted(path: &Path, user: Option<u32>) -> bool {
    fs::metadata(path).is_ok_and(|meta| {
        meta.file_type().is_socket() && (meta.uid() == 0 || Some(meta.uid()) == user)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(list: &str) -> Vec<String> {
        let found = list.as_bytes().split(|&b| b == b';').filter_map(socket);
        found.map(|path| path.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn addresses_of_unix_sockets_are_read_and_others_passed_over() {
        assert_eq!(sockets("unix:path=/run/user/1000/bus"), ["/run/user/1000/bus"]);
        assert_eq!(
            sockets("tcp:host=h,port=1;unix:guid=0a,path=/a%20b%2cc,x=y;autolaunch:;unix:path=/d"),
            ["/a b,c", "/d"]
        );
        assert_eq!(sockets("unix:path=/a=b"), ["/a=b"]);
        assert!(sockets("disabled:").is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn abstract_names_start_with_nul() {
        assert_eq!(sockets("unix:abstract=/tmp/dbus-x,guid=0"), ["\0/tmp/dbus-x"]);
    }

    #[test]
    fn addresses_that_name_nothing_are_passed_over() {
        for none in [
            "",
            ";",
            "unix:",
            "unix",
            "unix:path",
            "unix:path=",
            "unix:path=%00/a",
            "unix:path=/a%00b",
            "unix:abstract=%00",
            "unix:tmpdir=/tmp",
            "unixexec:path=/bin/sh",
            "UNIX:path=/a",
        ] {
            assert!(sockets(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn customary_places_are_absolute() {
        let paths = |runtime: &str, user| customary(Some(runtime.into()), user);
        assert_eq!(paths("/r", Some(7)), [Path::new("/r/bus"), Path::new("/run/user/7/bus")]);
        assert_eq!(paths("r", Some(7)), [Path::new("/run/user/7/bus")]);
        assert_eq!(paths("", None), [] as [PathBuf; 0]);
    }

    #[test]
    fn a_socket_of_somebody_else_or_no_socket_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let bus = dir.path().join("bus");
        assert!(!trusted(&bus, Some(0)));
        let _listener = std::os::unix::net::UnixListener::bind(&bus).unwrap();
        let owner = fs::metadata(&bus).unwrap().uid();
        assert!(trusted(&bus, Some(owner)));
        assert_eq!(trusted(&bus, Some(owner + 1)), owner == 0);
        if owner == 0 {
            std::os::unix::fs::chown(&bus, Some(1), None).unwrap();
            assert!(!trusted(&bus, Some(0)), "of somebody else");
            assert!(trusted(&bus, Some(1)));
        }
        fs::remove_file(&bus).unwrap();
        fs::write(&bus, "").unwrap();
        assert!(!trusted(&bus, Some(owner)), "no socket");
    }
}
