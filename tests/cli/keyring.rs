//! The system's keyring: a real one where it is installed, and the ways in which there is none.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::builder::{KEY, Test};
use crate::responder::Responder;
use crate::sample::{idle, me};

fn server() -> Responder {
    Responder::moss().on("GET /api/agents/me", me()).on("GET /api/wake", idle())
}

/// A session bus of its own with a keyring on it, unlocked or not, around a shell script in which
/// `moss` is the binary under test. None, said loudly, where the parts are not installed.
fn in_session(test: &Test, unlocked: bool, script: &str) -> Option<String> {
    for part in ["dbus-run-session", "gnome-keyring-daemon"] {
        if !["/usr/bin", "/bin"].iter().any(|dir| fs::exists(format!("{dir}/{part}")).unwrap()) {
            // Not eprintln: the test harness would keep that to itself.
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "SKIPPED a real keyring: {part} is not installed");
            return None;
        }
    }
    let start = if unlocked {
        "printf word | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
    } else {
        "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1"
    };
    let moss = env!("CARGO_BIN_EXE_moss");
    fs::create_dir_all(test.path("home")).unwrap(); // where the keyring keeps its file
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-ec", &format!("{start}; moss() {{ {moss} \"$@\"; }}; {script}")])
        .current_dir(test.path(""))
        .env_clear()
        .env("HOME", test.path("home"))
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(!out.contains(KEY), "{out}");
    Some(out.into_owned())
}

fn login(server: &Responder) -> String {
    format!("echo {KEY} | moss login --server {}", server.url)
}

#[test]
fn a_key_lives_in_the_keyring_and_leaves_it() {
    let server = server();
    let test = Test::nowhere(&[]);
    let login = login(&server);
    let script = format!(
        "{login} --store keyring; moss whoami; moss logout; moss whoami || echo code $?
         {login} --store keyring; {login} --store file; moss key check"
    );
    let Some(out) = in_session(&test, true, &script) else { return };
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "logged in AI-Wu as executor, key in the system's keyring");
    assert!(lines.contains(&"key\tfrom the system's keyring"), "{out}");
    assert!(lines.contains(&"code 4"), "{out}");
    assert!(lines.last().unwrap().ends_with("/.moss/key"), "{out}");
}

#[test]
fn a_keyring_that_answers_in_this_session_only_is_not_chosen() {
    let server = server();
    let test = Test::nowhere(&[]);
    let Some(out) = in_session(&test, true, &login(&server)) else { return };
    let first = out.lines().next().unwrap();
    assert!(
        first.ends_with("/.moss/key (the keyring answers in this session only, not to timers)"),
        "{out}"
    );
    assert_eq!(fs::read_to_string(test.path(".moss/key")).unwrap(), KEY);
}

#[test]
fn a_locked_keyring_is_told_in_time_and_passed_over_by_auto() {
    let server = server();
    let test = Test::nowhere(&[]);
    let login = login(&server);
    let started = Instant::now();
    let script = format!("{login} --store keyring 2>&1 || echo code $?; {login}");
    let Some(out) = in_session(&test, false, &script) else { return };
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("error: the system's keyring "), "{out}");
    assert_eq!(lines[2], "code 4");
    assert!(lines[3].ends_with("/.moss/key"), "{out}");
}

#[test]
fn without_a_bus_the_key_goes_into_a_file() {
    let server = server();
    let ran = Test::nowhere(&["login", "--server", &server.url])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(KEY)
        .stdout("logged in AI-Wu as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    let ran = ran
        .then(&["login", "--store", "keyring"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(KEY)
        .any_stderr()
        .status(4)
        .run();
    assert!(ran.stderr.starts_with("error: the system's keyring "), "{}", ran.stderr);
    assert!(
        ran.stderr
            .ends_with("hint: unlock it, or keep the key in a file: moss login --store file\n")
    );
    ran.then(&["wake"]).any_stdout().run();
}

#[test]
fn a_bus_that_accepts_and_never_answers_holds_nothing_up() {
    let server = server();
    let test = Test::nowhere(&["login", "--server", &server.url]).stdin(KEY);
    let silent = UnixListener::bind(test.path("bus")).unwrap();
    let address = format!("unix:path={}", test.path("bus").display());
    let started = Instant::now();
    let ran = test
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .stdout("logged in AI-Wu as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let ran = ran
        .then(&["login", "--store", "keyring"])
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .stdin(KEY)
        .stderr(
            "error: the system's keyring did not answer within 3 s\n\
             hint: unlock it, or keep the key in a file: moss login --store file\n",
        )
        .status(4)
        .run();
    drop(silent);
    assert_eq!(fs::read_to_string(ran.file(".moss/key")).unwrap(), KEY);
    let profile = fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
    assert!(profile.contains("\"key_store\": \"file\""), "{profile}");
}
