//! Keys, profiles and servers: who may come in, and how again.

/// After a key was refused.
pub const WHICH_KEY: &str = "moss whoami shows which key and server are used";
/// After something else than a server answered.
pub const WHICH_SERVER: &str =
    "check the server URL: moss whoami shows it, --server URL overrides it";
/// After a certificate that nobody vouches for.
pub const NEEDS_CA_FILE: &str =
    "for an authority of your own add --ca-file PATH; moss login and moss register remember it";
/// After a server that wants a certificate.
pub const NEEDS_CLIENT_CERT: &str = "add --client-cert PATH with the certificate and key you were given; moss login and moss register \
     remember it";
/// After a file that lacks the private key.
pub const CLIENT_CERT_IS_BOTH: &str =
    "put the certificate and its private key into one file: cat CERT KEY > PATH";
/// After what only whoever runs the server can mend.
pub const ASK_OPERATOR: &str = "tell whoever runs the server";
/// After a key exchange that broke off.
pub const KEY_ROTATION_BROKE_OFF: &str =
    "the new key is kept and the old one still works: moss whoami tries again";
/// After a profile that is not there.
pub const PROFILES: &str = "moss profile list shows those you have";

/// After the name of a profile whose folder another agent has.
pub fn taken_over(name: &str) -> String {
    format!(
        "moss profile remove {} forgets the name; in a folder of its own, moss login --server URL \
         makes it known anew",
        shell(name)
    )
}

/// In place of a list of profiles.
pub const NO_PROFILES: &str = "you have no profiles; moss register or moss login makes one";
/// After the profile of another server.
pub const OTHER_PROFILE: &str =
    "use a profile of that server (moss profile list), or name its key with --key-file";
/// After a key that was brought along without its server.
pub const NAME_THE_SERVER: &str = "set MOSS_SERVER to the URL it was given for, as in: \
     MOSS_SERVER=URL moss whoami; without it, the profile's own key is used";
/// While another process changes what this one wants to.
pub const LOCKED: &str = "try again when it has ended; --timeout SECS waits longer, at most 10 s";

/// With something in place of the file to be locked.
pub fn remove_lock(path: &str) -> String {
    format!("rm {}; the next command makes it anew", shell(path))
}

/// After a key file without a key in it.
pub const KEY_FORMAT: &str = "a key is one line of ASCII, as moss register received it; the URL of \
     its server may follow on the next";
/// After a key that is not there.
pub const NO_KEY: &str = "moss login --server URL puts a key there; without one, moss register";
/// With a keyring that is locked.
pub const UNLOCK_KEYRING: &str = "unlock it, or keep the key in a file: moss login --store file";
/// Without a keyring.
pub const NO_KEYRING: &str = "keep the key in a file: moss login --store file";
/// Without a key in the keyring.
pub const NO_KEY_IN_KEYRING: &str =
    "moss login --server URL puts one there; without one, moss register";
/// After a profile that is a link or a pipe: it is written anew.
pub const NO_PROFILE_FILE: &str = "moss login --force --server URL";

/// After a profile that cannot be read: it is written anew, from the key beside it where that says
/// which server it is for.
pub fn rewrite_profile(folder: &str, server: Option<&str>, key: &str) -> String {
    let from = server.map(|_| format!(" < {}", shell(key))).unwrap_or_default();
    let server = server.map_or_else(|| "URL".to_owned(), shell);
    format!("moss login --force --server {server} --profile {}{from}", shell(folder))
}

/// Where nobody is registered.
pub const REGISTER: &str = "in the agent's workspace: moss register";
/// Where somebody was registered before.
pub const LOG_IN_AGAIN: &str =
    "moss login --server URL with the agent's key, or register anew: moss register --help";
/// Where no server is known.
pub const HOW_TO_REGISTER: &str = "in the agent's workspace: moss register --help";

/// Once a server without TLS is behind https.
pub fn login_by_https(host: &str) -> String {
    format!("moss login --server {}", shell(&format!("https://{host}")))
}

/// After the admin has logged in.
pub const ACT_AS: &str = "moss --as AGENT wake";

/// With the key of somebody else.
pub fn wrong_key(server: &str, folder: &str) -> String {
    format!("moss login --force --server {} --profile {}", shell(server), shell(folder))
}

/// With a key that is about to end.
pub fn new_key(server: &str) -> String {
    format!("moss login --server {}", shell(server))
}

/// With a profile that is out of date: the same key again, from where it is.
pub fn stale_profile(server: &str, folder: &str, key: Option<&str>) -> String {
    let (server, folder) = (shell(server), shell(folder));
    match key {
        Some(key) => format!("moss login --server {server} --profile {folder} < {}", shell(key)),
        None => format!("moss login --server {server} --profile {folder}"),
    }
}

/// With a key that is of no agent any more. At the server's own machine it is one line; `folder` is
/// where the agent's profile is.
pub fn reset_key(agent: &str, server: &str, folder: &str, is_here: bool) -> String {
    let reset = format!("moss-server agent reset-key {}", shell(agent));
    let login = format!("moss login --server {} --profile {}", shell(server), shell(folder));
    if is_here {
        format!("{reset} | {login}")
    } else {
        format!("at the server's machine: {reset}; here, with what it prints: {login}")
    }
}

/// Where what mends an agent's account is to be typed: nobody here knows which folder that is.
pub const SERVERS_FOLDER: &str =
    "moss-server is typed in the folder of its config.yaml, or with --config FILE";
/// With a key of nobody that is known here.
pub const ANOTHER_KEY: &str =
    "at the server's machine: moss-server agent reset-key AGENT, which prints a new key";

/// With an agent that was disabled.
pub fn enable_agent(agent: &str, is_here: bool) -> String {
    let enable = format!("moss-server agent enable {}", shell(agent));
    if is_here { enable } else { format!("at the server's machine: {enable}") }
}

fn shell(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// Before anybody is registered.
pub fn join(server_variable: &str, key_variable: &str) -> String {
    format!(
        "run it in the agent's workspace, set {server_variable} and {key_variable}, or join: moss register --help"
    )
}

/// With a key that everybody on the machine can read.
pub fn safer_key(variable: &str) -> String {
    format!("use {variable}, --key-file or moss login")
}

/// After a profile that names another server than the one its key was given for.
pub fn changed_profile(server: &str, key: &str) -> String {
    format!(
        "somebody changed the profile; moss login --force --server {server} < {key} writes it anew"
    )
}

/// After a key that does not say whose it is.
pub fn unlabelled_key(key: &str) -> String {
    format!("moss login --server URL < {key}")
}

/// After a login that named no server, where a profile names one.
pub fn login_to(server: &str) -> String {
    format!("moss login --server {server}, if the key is for it")
}

/// Without a profile of this name.
pub fn log_in_as_admin(server: &str) -> String {
    format!("moss login --admin --server {server}")
}

/// Where agents are kept, or how to act as any.
pub fn profiles_or_admin(server: &str) -> String {
    format!("moss profile list, or act as the admin: moss login --admin --server {server}")
}
