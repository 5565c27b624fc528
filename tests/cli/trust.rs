//! A key goes to the server it was given for, and nowhere else; a profile is believed where
//! nobody else could have written it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use serde_json::{Value, json};

use test_support::builder::{Finished, KEY, ME, Test, key_file};
use test_support::responder::Responder;
use test_support::sample::{me, moss_health, packet};

const UNNAMED: &str = "hint: set MOSS_SERVER to the URL it was given for, as in: MOSS_SERVER=URL \
                       moss whoami; without it, the profile's own key is used\n";

fn server() -> Responder {
    Responder::moss()
        .on("GET /api/wake", packet(serde_json::json!({})))
        .on("GET /api/agents/me", me())
        .on("GET /api/health", moss_health())
}

/// A workspace of an agent that logged in.
fn logged_in(server: &Responder) -> Finished {
    Test::nowhere(&["login", "--server", &server.url]).stdin(KEY).any_stdout().run()
}

/// In a cloned repository, say, that came with a profile.
fn cloned(evil: &Responder, args: &[&str]) -> Test {
    let theirs = key_file("ak_ffffffffffffffffffffffffffffffff", &evil.url);
    Test::at_moss(evil, args).file(".moss/key", &theirs)
}

/// What a profile says is in a hint, and a hint is typed.
#[test]
fn no_profile_puts_a_command_into_a_hint() {
    let evil = Responder::moss();
    let server = format!("{}/a;touch$IFS./pwned;", evil.url);
    let profile = json!({"server": server, "agent_id": ME, "name": "AI-Wu", "role": "executor",
                         "store": "file", "kind": "moss"});
    let ran = Test::at_moss(&evil, &["logout"])
        .file(".moss/profile.json", &profile.to_string())
        .file(".moss/key", KEY)
        .mode(".moss/key", 0o600)
        .any_stdout()
        .any_stderr()
        .run();
    let told = "-> moss login --server '[SERVER]/a;touch$IFS./pwned;'";
    assert!(ran.stdout.contains(told), "{}{}", ran.stdout, ran.stderr);
}

/// Somebody changes where the profile says the server is.
fn redirect(ran: &Finished, to: &Responder) {
    let path = ran.file(".moss/profile.json");
    let mut profile: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    profile["server"] = to.url.as_str().into();
    fs::write(&path, profile.to_string()).unwrap();
}

fn refused(test: Test, starts: &str) -> Finished {
    let ran = test.any_stderr().status(4).run();
    assert!(ran.stderr.starts_with(starts), "{}", ran.stderr);
    ran
}

#[test]
fn a_found_profile_does_not_get_the_key_of_the_environment() {
    let evil = server();
    cloned(&evil, &["wake"])
        .env("MOSS_API_KEY", KEY)
        .stderr(&format!(
            "error: nobody named the server that the key from MOSS_API_KEY is for: [SERVER]/, \
             of the profile, does not get it\n{UNNAMED}"
        ))
        .status(4)
        .run();
    for args in [&["wake", "--gate"], &["key", "check"]] {
        refused(cloned(&evil, args).env("MOSS_API_KEY", KEY), "error: nobody named ");
    }
    // Named by the person, but a profile all the same.
    let by_path = ["--profile", "./", "wake"];
    refused(cloned(&evil, &by_path).env("MOSS_API_KEY", KEY), "error: nobody named ");
    let by_variable = cloned(&evil, &["wake"]).env("MOSS_PROFILE", "./.moss");
    refused(by_variable.env("MOSS_API_KEY", KEY), "error: nobody named ");
    assert_eq!(evil.lines(), [""; 0]);
}

#[test]
fn nor_a_key_from_a_file_a_pipe_or_the_command_line() {
    let evil = server();
    let file = |args: &[&str]| cloned(&evil, args).file("k", KEY).mode("k", 0o600);
    refused(file(&["wake", "--key-file", "k"]), "error: nobody named ");
    refused(file(&["wake", "--key-file", "-"]).stdin(KEY), "error: nobody named ");
    let ran = file(&["--key", KEY, "st", "mine"]).any_stderr().status(4).run();
    assert!(ran.stderr.contains("\nerror: nobody named "), "{}", ran.stderr);
    // A profile that wants its key back.
    let login = file(&["login"]).stdin(KEY);
    login
        .stderr("error: which server?\nhint: moss login --server [SERVER], if the key is for it\n")
        .status(2)
        .run();
    assert_eq!(evil.lines(), [""; 0]);
    // Named beside it, the server gets it.
    file(&["wake", "--key-file", "k", "--server", &evil.url]).any_stdout().run();
    file(&["wake", "--key-file", "k"]).env("MOSS_SERVER", &evil.url).any_stdout().run();
    assert_eq!(evil.lines().len(), 2);
    // The profile's own key brought along, as the original's skills have it.
    let own = server();
    let test = Test::at_moss(&own, &["--key", KEY, "st", "mine"]);
    test.any_stdout().any_stderr().status(5).run();
    assert_eq!(own.asked()[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn the_environments_key_is_for_the_environments_server() {
    let (good, evil) = (server(), server());
    let both = |args: &[&str]| {
        let test = cloned(&evil, args);
        test.env("MOSS_SERVER", &good.url).env("MOSS_API_KEY", KEY)
    };
    both(&["wake"]).any_stdout().run();
    assert_eq!((good.lines().len(), evil.lines().len()), (1, 0));
    for args in [["wake", "--server", &evil.url], ["login", "--server", &evil.url]] {
        both(&args)
            .stderr(&format!(
                "error: the key from MOSS_API_KEY is for {}/, and is not sent to [SERVER]/\n\
                 hint: use a profile of that server (moss profile list), or name its key with --key-file\n",
                good.url
            ))
            .status(4)
            .run();
    }
    assert_eq!(evil.lines(), [""; 0]);
}

#[test]
fn a_kept_key_remembers_its_server() {
    let (good, evil) = (server(), server());
    let ran = logged_in(&good);
    let kept = fs::read_to_string(ran.file(".moss/key")).unwrap();
    assert_eq!(kept, format!("{KEY}\n{}/\n", good.url));
    redirect(&ran, &evil);
    let ran = ran
        .then(&["wake"])
        .stderr(&format!(
            "error: [DIR]/.moss says the server is {}/, but the key in it is for {}/\n\
             hint: somebody changed the profile; moss login --force --server {1}/ < [DIR]/.moss/key writes it anew\n",
            evil.url, good.url
        ))
        .status(4)
        .run();
    // Nor does it go there by hand.
    let by_hand = ["wake", "--server", &evil.url, "--key-file", ".moss/key"];
    let ran = refused(ran.then(&by_hand), "error: the key from .moss/key is for ");
    assert_eq!(evil.lines(), [""; 0]);
    // The command of the hint mends it.
    let mend = ["login", "--force", "--server", &good.url];
    let ran = ran.then(&mend).stdin(&kept).any_stdout().run();
    ran.then(&["wake"]).any_stdout().run();
}

#[test]
fn a_key_that_does_not_say_its_server_is_not_used() {
    let server = server();
    Test::at_moss(&server, &["wake"])
        .file(".moss/key", KEY)
        .stderr(
            "error: the key in [DIR]/.moss does not say which server it is for\n\
             hint: moss login --server URL < [DIR]/.moss/key\n",
        )
        .status(4)
        .run();
    for text in [format!("{KEY}\nnowhere\n"), format!("{KEY}\n{}\nmore\n", server.url)] {
        let test = Test::at_moss(&server, &["wake"]).file(".moss/key", &text);
        refused(test, "error: [DIR]/.moss/key holds no key\n");
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn an_admins_session_stays_with_its_server() {
    let (good, evil) = (server(), server());
    let good = good.on("POST /api/admin/login", json!({"token": "5e55101"}));
    let login = ["login", "--admin", "--server", &good.url];
    let ran = Test::nowhere(&login).stdin("correct horse\n").any_stdout().run();
    let admin = ran.file("home/.config/moss/admin");
    let folder = fs::read_dir(&admin).unwrap().next().unwrap().unwrap().path();
    let ran = ran.then(&["--as", "AI-Wu", "wake", "--server", &good.url]).any_stdout().run();
    // The session of one server, in the place of another's.
    let host = evil.url.replace("http://", "");
    fs::rename(&folder, admin.join(format!("http%3A%2F%2F{}%2F", host.replace(':', "%3A"))))
        .unwrap();
    let as_one = ["--as", "AI-Wu", "wake", "--server", &evil.url];
    refused(ran.then(&as_one), "error: the key from [DIR]/home/");
    assert_eq!(evil.lines(), [""; 0]);
}

#[test]
fn what_others_can_change_is_not_believed() {
    let server = server();
    for (path, mode) in
        [(".moss", 0o777), (".moss", 0o720), (".moss", 0o1777), (".moss/profile.json", 0o662)]
    {
        let shown = mode & 0o777;
        Test::at_moss(&server, &["wake"])
            .mode(path, mode)
            .stderr(&format!(
                "error: others can change [DIR]/{path} (mode {shown:03o})\n\
                 hint: see that nobody did, then: chmod go-w [DIR]/{path}\n"
            ))
            .status(4)
            .run();
    }
    // Nobody's key is put where others decide where it goes.
    for args in [
        ["login", "--server", &server.url, "--force"].as_slice(),
        &["register", "--server", &server.url, "--role", "executor", "--name", "A", "--force"],
    ] {
        let test = Test::at_moss(&server, args).stdin(KEY).env("MOSS_REGISTRATION_TOKEN", "t");
        refused(test.mode(".moss", 0o777), "error: others can change [DIR]/.moss (mode 777)\n");
    }
    assert!(!server.lines().iter().any(|line| line.starts_with("POST")));
    Test::at_moss(&server, &["wake"]).mode(".moss", 0o755).any_stdout().run();
}

/// `profiles/NAME/workspace` says where an agent is, `current` which one is used.
#[test]
fn what_others_can_point_elsewhere_is_not_followed() {
    let server = server();
    let login = ["login", "--server", &server.url];
    let fresh = || {
        let ran = Test::nowhere(&login).stdin(KEY).any_stdout().run();
        let ran = ran.then(&["profile", "use", "AI-Wu"]).any_stdout().run();
        fs::rename(ran.file(".moss"), ran.file("away")).unwrap();
        fs::create_dir(ran.file("ws")).unwrap();
        fs::rename(ran.file("away"), ran.file("ws/.moss")).unwrap();
        let pointer = ran.file("home/.config/moss/profiles/AI-Wu/workspace");
        let there = ran.file("ws/.moss").canonicalize().unwrap();
        fs::write(pointer, there.to_str().unwrap()).unwrap();
        ran
    };
    let by_name = ["wake", "--profile", "AI-Wu"];
    let by_as = ["--as", "AI-Wu", "wake"];
    let ran = fresh();
    for path in ["", "/profiles", "/profiles/AI-Wu"] {
        let folder = ran.file(&format!("home/.config/moss{path}"));
        let mode = fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "whatever the umask is: {path}");
    }
    let ran = ran.then(&by_name).any_stdout().run();
    ran.then(&["wake"]).any_stdout().run();
    for (path, mode, ways) in [
        ("moss", 0o777, [&by_name[..], &by_as, &["wake"]]),
        ("moss/profiles", 0o777, [&by_name, &by_as, &["wake"]]),
        ("moss/profiles", 0o720, [&by_name, &by_as, &["wake"]]),
        ("moss/profiles/AI-Wu", 0o777, [&by_name, &by_as, &["wake"]]),
        ("moss/profiles/AI-Wu/workspace", 0o666, [&by_name, &by_as, &["wake"]]),
        ("moss/current", 0o666, [&["wake"], &["wake"], &["wake"]]),
    ] {
        let mut ran = fresh();
        let at = ran.file(&format!("home/.config/{path}"));
        fs::set_permissions(&at, fs::Permissions::from_mode(mode)).unwrap();
        let told = format!(
            "error: others can change [DIR]/home/.config/{path} (mode {mode:03o})\n\
             hint: see that nobody did, then: chmod go-w [DIR]/home/.config/{path}\n"
        );
        for way in ways {
            ran = ran.then(way).stderr(&told).status(4).run();
        }
    }
    // A configuration that its owner keeps elsewhere is theirs all the same.
    let ran = fresh();
    fs::rename(ran.file("home/.config/moss"), ran.file("dotfiles")).unwrap();
    symlink("../../dotfiles", ran.file("home/.config/moss")).unwrap();
    let ran = ran.then(&by_name).any_stdout().run();
    ran.then(&["wake"]).any_stdout().run();
}

#[test]
fn links_and_pipes_are_no_profiles() {
    let server = server();
    let ran = logged_in(&server);
    fs::create_dir(ran.file("clone")).unwrap();
    symlink("../.moss", ran.file("clone/.moss")).unwrap();
    let ran = ran
        .then(&["wake", "--profile", "./clone"])
        .stderr(
            "error: ./clone/.moss is a symbolic link, which leads anywhere\n\
             hint: name the folder itself: --profile [DIR]/.moss\n",
        )
        .status(4)
        .run();
    let profile = ran.file(".moss/profile.json");
    fs::rename(&profile, ran.file("elsewhere")).unwrap();
    symlink("../elsewhere", &profile).unwrap();
    let ran = refused(ran.then(&["wake"]), "error: [DIR]/.moss/profile.json is a symbolic link ");
    fs::remove_file(&profile).unwrap();
    assert!(Command::new("mkfifo").arg(&profile).status().unwrap().success());
    refused(ran.then(&["wake"]), "error: [DIR]/.moss/profile.json is a symbolic link or no file\n");
}

#[test]
fn doctor_says_whose_the_key_is() {
    let (good, evil) = (server(), server());
    let line = |ran: &Finished, check: &str| {
        let is_it = |line: &&str| line.split('\t').nth(1) == Some(check);
        ran.stdout.lines().find(is_it).unwrap_or_default().to_owned()
    };
    let ran = logged_in(&good).then(&["doctor"]).any_stdout().run();
    let key = format!("ok\tkey\tfrom [DIR]/.moss/key, for {}/ alone\t-", good.url);
    assert_eq!(line(&ran, "key"), key);
    let ran = ran.then(&["doctor"]).env("MOSS_API_KEY", "ak_another").any_stdout().status(4).run();
    assert!(line(&ran, "key").starts_with("FAIL\tkey\tnobody named the server"), "{}", ran.stdout);
    redirect(&ran, &evil);
    let ran = ran.then(&["doctor"]).any_stdout().status(4).run();
    assert!(line(&ran, "key").starts_with("FAIL\tkey\t[DIR]/.moss says the server is "));
    let test = Test::at_moss(&good, &["doctor"]).mode(".moss", 0o777);
    let ran = test.any_stdout().status(4).run();
    assert_eq!(
        line(&ran, "profile"),
        "FAIL\tprofile\tothers can change [DIR]/.moss (mode 777)\t\
         see that nobody did, then: chmod go-w [DIR]/.moss"
    );
    assert!(evil.asked().iter().all(|asked| !asked.headers.contains_key("authorization")));
}
