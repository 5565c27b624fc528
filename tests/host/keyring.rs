//! The system's keyring: a real one where it is installed, and the ways in which there is none.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use test_support::builder::{KEY, ME, Test, kept_key};
use test_support::responder::Responder;
use test_support::sample::{me, packet};

/// What a real keyring consists of.
const KEYRING: [&str; 4] = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"];

test_support::tests![
    a_key_lives_in_the_keyring_and_leaves_it needs KEYRING,
    a_keyring_that_answers_in_this_session_only_is_not_chosen needs KEYRING,
    other_tools_find_the_key_and_theirs_is_found needs KEYRING,
    a_locked_keyring_keeps_what_it_has_and_asks_nobody needs KEYRING,
    a_keyring_without_a_collection_is_told_and_passed_over_by_auto needs KEYRING,
    a_bus_without_a_keyring_is_told needs KEYRING,
    the_customary_bus_is_found_without_an_address needs KEYRING,
    without_a_bus_the_key_goes_into_a_file,
    a_bus_that_accepts_and_never_answers_holds_nothing_up,
    a_bus_that_trickles_holds_nothing_up,
    a_bus_that_sends_signals_without_end_holds_nothing_up,
    a_bus_that_hangs_up_or_talks_something_else_is_told,
    no_agent_is_registered_whose_key_the_keyring_would_not_take,
];

fn server() -> Responder {
    Responder::moss()
        .on("GET /api/agents/me", me())
        .on("GET /api/wake", packet(serde_json::json!({})))
}

/// What is found on the session bus.
enum Keyring {
    Unlocked,
    /// One that nobody has ever given a password.
    New,
    None,
}

/// A bus that starts nothing by itself: no second keyring while the first one comes up.
const BARE_BUS: &str = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>\
    <policy context='default'><allow eavesdrop='true'/><allow own='*'/>\
    <allow send_destination='*' eavesdrop='true'/></policy></busconfig>";

const DAEMON: &str = "gnome-keyring-daemon --components=secrets";

/// Until the keyring can be asked.
const READY: &str = "timeout 20 sh -c 'until dbus-send --print-reply --dest=org.freedesktop.DBus \
    / org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets; do :; done' >/dev/null 2>&1";

const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets \
    /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
    array:objpath:/org/freedesktop/secrets/collection/login >/dev/null";

/// A session bus of its own, a keyring on it or not, around a shell script in which `moss` is the
/// binary under test. Needs [`KEYRING`].
fn in_session(test: &Test, keyring: Keyring, script: &str) -> String {
    let start = match keyring {
        Keyring::Unlocked => &format!("printf word | {DAEMON} --unlock >/dev/null 2>&1; {READY}"),
        Keyring::New => &format!("{DAEMON} --start >/dev/null 2>&1; {READY}"),
        Keyring::None => ":",
    };
    let moss = test_support::program::moss().display();
    fs::create_dir_all(test.path("home")).unwrap(); // where the keyring keeps its file
    fs::write(test.path("bus.conf"), BARE_BUS).unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--config-file", test.path("bus.conf").to_str().unwrap()])
        .args(["--", "sh", "-ec", &format!("{start}; moss() {{ {moss} \"$@\"; }}; {script}")])
        .current_dir(test.path(""))
        .env_clear()
        .env("HOME", test.path("home"))
        .env("PATH", test_support::needs::PATH)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(!out.contains(KEY) && !err.contains(KEY), "{out}{err}");
    out.into_owned()
}

fn login(server: &Responder) -> String {
    format!("echo {KEY} | moss login --server {}", server.url)
}

fn a_key_lives_in_the_keyring_and_leaves_it() {
    let server = server();
    let test = Test::nowhere(&[]);
    let login = login(&server);
    let script = format!(
        "{login} --store keyring; moss whoami; moss logout; moss whoami || echo code $?
         {login} --store keyring; {login} --store file; moss key check"
    );
    let out = in_session(&test, Keyring::Unlocked, &script);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "logged in \"AI-Wu\" as executor, key in the system's keyring");
    assert!(lines.contains(&"key\tfrom the system's keyring"), "{out}");
    assert!(lines.contains(&"code 4"), "{out}");
    assert!(lines.last().unwrap().ends_with("/.moss/key"), "{out}");
}

fn a_keyring_that_answers_in_this_session_only_is_not_chosen() {
    let server = server();
    let test = Test::nowhere(&[]);
    let out = in_session(&test, Keyring::Unlocked, &login(&server));
    let first = out.lines().next().unwrap();
    assert!(
        first.ends_with("/.moss/key (the keyring answers in this session only, not to timers)"),
        "{out}"
    );
    assert_eq!(kept_key(test.path(".moss/key")), KEY);
}

fn other_tools_find_the_key_and_theirs_is_found() {
    const OTHER: &str = "ak_fedcba9876543210fedcba9876543210";
    let server = server();
    let test = Test::nowhere(&[]);
    let login = login(&server);
    let account = format!("{ME}@{}/", server.url);
    let attributes = format!("service moss username {account}");
    let script = format!(
        "lookup() {{ test \"$(secret-tool lookup {attributes})\" = $1 && echo $2; }}
         search() {{ secret-tool search --all service moss 2>&1; }}
         {login} --store keyring >/dev/null
         lookup {KEY} stored; search | grep -E '^(label|schema|attribute)' | sort
         echo {OTHER} | moss login --server {} --store keyring >/dev/null
         lookup {OTHER} replaced; search | grep -c ^secret
         secret-tool clear {attributes}; moss key check 2>&1 || echo code $?
         printf {OTHER} | secret-tool store --label=theirs {attributes}
         moss whoami | grep ^key
         {login} --store keyring >/dev/null
         lookup {KEY} 'replaced theirs'; search | grep -c ^secret
         moss logout >/dev/null; search | grep -c ^secret || echo gone",
        server.url
    );
    let out = in_session(&test, Keyring::Unlocked, &script);
    let expected = "\
stored
attribute.service = moss
attribute.username = [ACCOUNT]
label = moss: [ACCOUNT]
schema = org.freedesktop.Secret.Generic
replaced
1
error: the system's keyring has no key for this agent
hint: moss login --server URL puts one there; without one, moss register
code 4
key\tfrom the system's keyring
replaced theirs
1
0
gone
";
    assert_eq!(out.replace(&account, "[ACCOUNT]"), expected);
    let asked = server.asked();
    let used: Vec<&str> = asked.iter().map(|asked| &*asked.headers["authorization"]).collect();
    let [key, other] = [KEY, OTHER].map(|key| format!("Bearer {key}"));
    assert_eq!(used, [&*key, &other, &other, &key]); // three logins, and whoami with theirs
}

fn a_locked_keyring_keeps_what_it_has_and_asks_nobody() {
    const LOCKED: &str = "error: the system's keyring is locked\n\
        hint: unlock it, or keep the key in a file: moss login --store file\ncode 4\n";
    let (known, new) = (server(), server());
    let test = Test::nowhere(&[]);
    let started = Instant::now();
    let script = format!(
        "{} --store keyring >/dev/null; {LOCK}
         moss key check 2>&1 || echo code $?
         {} --store keyring 2>&1 || echo code $?
         {} --store keyring --force 2>&1 || echo code $?
         moss logout 2>&1 || echo code $?",
        login(&known),
        login(&known),
        login(&new),
    );
    let out = in_session(&test, Keyring::Unlocked, &script);
    assert_eq!(out, LOCKED.repeat(4));
    let out = in_session(&test, Keyring::Unlocked, "moss key check");
    assert_eq!(out, "key from the system's keyring\n");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

fn a_keyring_without_a_collection_is_told_and_passed_over_by_auto() {
    let server = server();
    let test = Test::nowhere(&[]);
    let login = login(&server);
    let script = format!("{login} --store keyring 2>&1 || echo code $?; {login}");
    let out = in_session(&test, Keyring::New, &script);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "error: the system's keyring has no default collection");
    assert_eq!(lines[2], "code 4");
    assert!(lines[3].ends_with("/.moss/key"), "{out}");
}

fn a_bus_without_a_keyring_is_told() {
    let server = server();
    let test = Test::nowhere(&[]);
    let script = format!("{} --store keyring 2>&1 || echo code $?", login(&server));
    let out = in_session(&test, Keyring::None, &script);
    assert_eq!(
        out,
        "error: the system's keyring is not there (no Secret Service on the session bus)\n\
         hint: keep the key in a file: moss login --store file\ncode 4\n"
    );
}

fn the_customary_bus_is_found_without_an_address() {
    let server = server();
    let test = Test::nowhere(&[]);
    let script = format!(
        "{} --store keyring >/dev/null
         bus=${{DBUS_SESSION_BUS_ADDRESS#unix:path=}}; mkdir run; ln -s ${{bus%%,*}} run/bus
         unset DBUS_SESSION_BUS_ADDRESS
         moss key check 2>&1 || echo code $?; XDG_RUNTIME_DIR=$PWD/run moss key check",
        login(&server)
    );
    let out = in_session(&test, Keyring::Unlocked, &script);
    assert!(out.ends_with("\ncode 4\nkey from the system's keyring\n"), "{out}");
}

fn without_a_bus_the_key_goes_into_a_file() {
    let server = server();
    let ran = Test::nowhere(&["login", "--server", &server.url])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(KEY)
        .stdout("logged in \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    let ran = ran
        .then(&["login", "--server", &server.url, "--store", "keyring"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(KEY)
        .stderr(
            "error: the system's keyring is not there (no session bus)\n\
             hint: keep the key in a file: moss login --store file\n",
        )
        .status(4)
        .run();
    ran.then(&["wake"]).any_stdout().run();
}

fn a_bus_that_accepts_and_never_answers_holds_nothing_up() {
    let server = server();
    let test = Test::nowhere(&["login", "--server", &server.url]).stdin(KEY);
    let silent = UnixListener::bind(test.path("bus")).unwrap();
    let address = format!("unix:path={}", test.path("bus").display());
    let started = Instant::now();
    let ran = test
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .stdout("logged in \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let ran = ran
        .then(&["login", "--server", &server.url, "--store", "keyring"])
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .stdin(KEY)
        .stderr(
            "error: the system's keyring did not answer within 3 s\n\
             hint: unlock it, or keep the key in a file: moss login --store file\n",
        )
        .status(4)
        .run();
    drop(silent);
    assert_eq!(kept_key(ran.file(".moss/key")), KEY);
    let profile = fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
    assert!(profile.contains("\"key_store\": \"file\""), "{profile}");
}

/// How `moss login --store keyring` goes with a bus that does this to everyone who comes.
fn with_bus(does: fn(UnixStream), why: &str) {
    let server = server();
    let test = Test::nowhere(&["login", "--server", &server.url, "--store", "keyring"]);
    let bus = UnixListener::bind(test.path("bus")).unwrap();
    thread::spawn(move || bus.incoming().for_each(|caller| does(caller.unwrap())));
    let address = format!("unix:path={}", test.path("bus").display());
    let started = Instant::now();
    let ran = test
        .stdin(KEY)
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .stderr(&format!(
            "error: the system's keyring {why}\n\
             hint: unlock it, or keep the key in a file: moss login --store file\n"
        ))
        .status(4)
        .run();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert!(!fs::exists(ran.file(".moss/profile.json")).unwrap());
}

fn a_bus_that_trickles_holds_nothing_up() {
    let trickle = |mut caller: UnixStream| {
        while caller.write_all(b"D").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    };
    with_bus(trickle, "did not answer within 3 s");
}

fn a_bus_that_sends_signals_without_end_holds_nothing_up() {
    let chatter = |mut caller: UnixStream| {
        let _ = caller.write_all(b"DATA\r\nOK 0\r\n");
        while caller.write_all(b"l\x04\0\x01\0\0\0\0\x01\0\0\0\0\0\0\0").is_ok() {}
    };
    with_bus(chatter, "did not answer within 3 s");
}

fn a_bus_that_hangs_up_or_talks_something_else_is_told() {
    with_bus(|_| (), "broke off");
    let other = |mut caller: UnixStream| {
        let _ = caller.write_all(b"220 mail.example ready\r\n");
        let _ = caller.read(&mut [0; 64]);
    };
    with_bus(other, "gave an answer that makes no sense");
}

fn no_agent_is_registered_whose_key_the_keyring_would_not_take() {
    let server = Responder::moss();
    let args = ["register", "--server", &server.url, "--role", "executor", "--name", "AI-Wu"];
    let args: Vec<&str> = args.into_iter().chain(["--token-stdin", "--store", "keyring"]).collect();
    let ran = Test::nowhere(&args)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin("t")
        .any_stderr()
        .status(4)
        .run();
    assert!(ran.stderr.starts_with("error: the system's keyring "), "{}", ran.stderr);
    assert!(server.lines().is_empty(), "the token was not used up");
}
