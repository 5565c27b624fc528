use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use test_support::builder::{Finished, KEY, ME, Test};
use test_support::responder::{Reply, Responder};
use test_support::sample::{me, packet};

fn server() -> Responder {
    let created =
        json!({"id": ME, "name": "AI-Wu", "role": "executor", "api_key": KEY, "message": ""});
    Responder::moss()
        .on("POST /api/agents/register", created)
        .on("GET /api/agents/me", me())
        .on("GET /api/wake", packet(json!({})))
}

/// Registers in the workspace, and under the name `prod` for the user.
fn two_profiles(server: &Responder) -> Finished {
    let base = ["register", "--server", &server.url, "--role", "executor", "--name", "AI-Wu"];
    let base: Vec<&str> = base.into_iter().chain(["--token-stdin"]).collect();
    let ran = Test::nowhere(&base).stdin("t").any_stdout().run();
    let named: Vec<&str> = base.iter().copied().chain(["--profile", "prod"]).collect();
    ran.then(&named)
        .stdin("t")
        .stdout(
            "registered \"AI-Wu\" as executor, key in [DIR]/home/.config/moss/profiles/prod/key\n\
             -> moss --profile prod wake\n",
        )
        .run()
}

#[test]
fn profiles_are_listed_shown_used_and_removed() {
    let server = server();
    let ran = two_profiles(&server);
    let url = &server.url;
    let ran = ran
        .then(&["profile", "list"])
        .stdout(&format!(
            "\"AI-Wu\"\texecutor\t{url}/\tfile\t[DIR]/.moss\t-\n\
             \"prod\"\texecutor\t{url}/\tfile\t[DIR]/home/.config/moss/profiles/prod\tcurrent\n"
        ))
        .run();
    let ran = ran
        .then(&["profile", "show", "prod"])
        .stdout(&format!(
            "agent\t\"AI-Wu\" (executor)\nid\t{ME}\nserver\t{url}/\n\
             key\t[DIR]/home/.config/moss/profiles/prod/key\n\
             folder\t[DIR]/home/.config/moss/profiles/prod (by --profile)\n"
        ))
        .run();
    let ran = ran
        .then(&["profile", "use", "AI-Wu"])
        .stdout("\"AI-Wu\" is used where no workspace says otherwise\n")
        .run();
    let ran = ran.then(&["profile", "list", "--json=profile,current"]).any_stdout().run();
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        listed,
        json!([{"profile": "AI-Wu", "current": true}, {"profile": "prod", "current": false}])
    );
    let ran = ran
        .then(&["profile", "remove", "AI-Wu"])
        .stdout("forgot where \"AI-Wu\" is; [DIR]/.moss still has the key\n")
        .run();
    let ran = ran
        .then(&["profile", "remove", "prod"])
        .stdout("removed \"prod\" and its key; the server still knows it\n")
        .run();
    assert!(ran.file(".moss/key").exists());
    assert!(!ran.file("home/.config/moss/profiles/prod").exists());
    ran.then(&["profile", "list"])
        .stderr("you have no profiles; moss register or moss login makes one\n")
        .run();
}

#[test]
fn the_first_of_flag_variable_workspace_and_current_counts() {
    let server = server();
    let ran = two_profiles(&server);
    fs::create_dir(ran.file("deep")).unwrap();
    let found = |ran: Finished, args: &[&str], variable: &str, want: &str| {
        let args: Vec<&str> =
            ["profile", "show", "--json=found"].iter().chain(args).copied().collect();
        let want = format!("{{\"found\":\"{want}\"}}\n");
        ran.then(&args).env("MOSS_PROFILE", variable).stdout(&want).run()
    };
    let ran = found(ran, &["--profile", "prod"], "AI-Wu", "flag");
    let ran = found(ran, &[], "prod", "variable");
    let ran = found(ran, &[], "", "nearest");
    fs::remove_dir_all(ran.file(".moss")).unwrap();
    let ran = found(ran, &[], "", "current");
    let path = ran.file("home/.config/moss/profiles/prod").display().to_string();
    let ran = found(ran, &["--profile", &path], "", "flag");
    ran.then(&["wake", "--profile", "prod"]).any_stdout().run();
    assert_eq!(server.only("GET /api/wake").headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    Test::nowhere(&["wake", "--profile", "prod"])
        .stderr(
            "error: you have no profile \"prod\"\n\
             hint: moss profile list shows those you have\n",
        )
        .status(5)
        .run();
    Test::nowhere(&["wake"])
        .env("MOSS_PROFILE", "./here")
        .stderr(
            "error: there is no profile in ./here\nhint: moss profile list shows those you have\n",
        )
        .status(5)
        .run();
    let ran = two_profiles(&server());
    let ran = ran.then(&["profile", "use", "AI-Wu"]).any_stdout().run();
    fs::remove_dir_all(ran.file(".moss")).unwrap();
    ran.then(&["wake"])
        .stderr(
            "error: the profile \"AI-Wu\" was in [DIR]/.moss, which is gone\n\
             hint: moss profile list shows those you have\n",
        )
        .status(5)
        .run();
}

#[test]
fn one_acts_as_an_agent_by_a_profile_or_as_the_admin() {
    let server = server()
        .on("POST /api/admin/login", json!({"token": "5e55101"}))
        .on("POST /api/admin/logout", json!({"message": "logged out"}));
    let ran = two_profiles(&server);
    fs::remove_dir_all(ran.file("home/.config/moss/current")).unwrap_or_default();
    let ran = ran.then(&["--as", "AI-Wu", "wake"]).any_stdout().run();
    assert_eq!(server.only("GET /api/wake").headers["authorization"], format!("Bearer {KEY}"));
    assert!(!ran.file(".moss/cursor").exists(), "what a person reads, the agent has not read");

    let ran = ran
        .then(&["--as", "Ágent", "wake"])
        .stderr(&format!(
            "error: you have no profile \"Ágent\", and no admin session with {0}/\n\
             hint: moss profile list, or act as the admin: moss login --admin --server {0}/\n",
            server.url
        ))
        .status(4)
        .run();
    let ran = ran
        .then(&["login", "--admin", "--server", &server.url])
        .stdin("correct horse\n")
        .stdout(&format!("logged in as the admin of {}/\n-> moss --as AGENT wake\n", server.url))
        .run();
    assert_eq!(server.only("POST /api/admin/login").json(), json!({"password": "correct horse"}));
    let ran = ran.then(&["--as", "Ágent", "whoami"]).any_stdout().run();
    let asked = server.only("GET /api/agents/me");
    assert_eq!(asked.headers["x-admin-token"], "5e55101");
    assert_eq!(asked.headers["x-moss-act-as"], "%C3%81gent");
    assert!(!asked.headers.contains_key("authorization"));
    assert!(!ran.stdout.contains("5e55101"), "{}", ran.stdout);
    let ran = ran
        .then(&["logout", "--admin", "--server", &server.url])
        .stdout(&format!("logged out as the admin of {}/\n", server.url))
        .run();
    assert_eq!(server.only("POST /api/admin/logout").headers["x-admin-token"], "5e55101");
    ran.then(&["--as", "Ágent", "wake"]).any_stderr().status(4).run();
}

#[test]
fn the_admins_next_login_carries_the_mark_of_the_last() {
    let mark = "5ea1".repeat(24);
    let cookie = format!("set-cookie: moss_device={mark}; Path=/api/admin/login; HttpOnly");
    let other = "set-cookie: session=abc; Path=/";
    let answer = || Reply::from(json!({"token": "5e55101"}));
    let login = "POST /api/admin/login";
    let server = server().on(login, answer().header(other).header(&cookie)).on(login, answer());
    let server = server.on("POST /api/admin/logout", json!({"message": "logged out"}));
    let args = ["login", "--admin", "--server", &server.url];
    let ran = Test::nowhere(&args).stdin("correct horse\n").any_stdout().run();
    let folder = fs::read_dir(ran.file("home/.config/moss/admin")).unwrap().next().unwrap();
    let kept = folder.unwrap().path().join("device");
    assert_eq!(fs::read_to_string(&kept).unwrap(), format!("{mark}\n{}/\n", server.url));
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    // It outlives the session, and one that is of no use costs nothing.
    let logout = ["logout", "--admin", "--server", &server.url];
    let ran = ran.then(&logout).any_stdout().run();
    let ran = ran.then(&args).stdin("correct horse\n").any_stdout().run();
    fs::write(&kept, format!("{mark}\nhttp://127.0.0.1:1/\n")).unwrap();
    let ran = ran.then(&args).stdin("correct horse\n").any_stdout().run();
    fs::write(&kept, "").unwrap();
    ran.then(&args).stdin("correct horse\n").any_stdout().run();
    let sent: Vec<_> = server.asked().into_iter().filter(|asked| asked.line == login).collect();
    let sent: Vec<_> = sent.iter().map(|asked| asked.header("cookie")).collect();
    assert_eq!(sent, [None, Some(format!("moss_device={mark}").as_str()), None, None]);
}

#[test]
fn an_admin_who_has_to_wait_is_told_how_long_and_what_to_type_then() {
    let throttled = json!({"detail": "too many wrong passwords from there", "code": "throttled"});
    let reply = Reply::from((429, throttled)).header("retry-after: 32");
    let server = server().on("POST /api/admin/login", reply);
    let args = ["login", "--admin", "--server", &server.url];
    Test::nowhere(&args)
        .stdin("correct horse\n")
        .stderr(&format!(
            "error: too many wrong passwords from there\n\
             hint: wait 32 s, then: moss login --admin --server {}\n",
            server.url
        ))
        .status(7)
        .run();
}

#[test]
fn a_home_that_cannot_be_written_costs_only_the_name() {
    let server = server();
    let args = ["register", "--server", &server.url, "--role", "executor", "--name", "AI-Wu"];
    let args: Vec<&str> = args.into_iter().chain(["--token-stdin"]).collect();
    for home in ["/proc", ""] {
        let ran = Test::nowhere(&args)
            .env("HOME", home)
            .stdin("t")
            .stdout("registered \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
            .run();
        ran.then(&["wake"]).env("HOME", home).any_stdout().run();
    }
    Test::nowhere(&["profile", "list"])
        .env("HOME", "")
        .stderr(
            "error: there is no home folder to keep profiles in\n\
             hint: set HOME, or work in the agent's workspace without --profile\n",
        )
        .status(1)
        .run();
}

#[test]
fn agents_of_one_name_on_two_servers_are_told_apart() {
    let (one, two) = (server(), server());
    let args = |url: &str| -> Vec<String> {
        ["register", "--server", url, "--role", "executor", "--name", "AI-Wu", "--token-stdin"]
            .map(str::to_owned)
            .to_vec()
    };
    let first = args(&one.url);
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let ran = Test::nowhere(&first).stdin("t").any_stdout().run();
    fs::create_dir(ran.file("b")).unwrap();
    let second = args(&two.url);
    let mut second: Vec<&str> = second.iter().map(String::as_str).collect();
    second.extend(["--profile", "./b"]);
    let ran = ran
        .then(&second)
        .stdin("t")
        .stdout(
            "registered \"AI-Wu\" as executor, key in ./b/.moss/key\n-> moss --profile ./b wake\n",
        )
        .run();
    let host = two.url.trim_start_matches("http://").replace(':', "-");
    ran.then(&["profile", "list", "--json=profile,folder"])
        .stdout(&format!(
            "[{{\"folder\":\"[DIR]/.moss\",\"profile\":\"AI-Wu\"}},\
             {{\"folder\":\"[DIR]/b/.moss\",\"profile\":\"AI-Wu-{host}\"}}]\n"
        ))
        .run();
}

#[test]
fn a_profile_that_is_gone_is_not_in_use() {
    let server = server();
    let ran = two_profiles(&server);
    fs::remove_dir_all(ran.file(".moss")).unwrap();
    let ran = ran
        .then(&["logout", "--profile", "prod"])
        .stdout(&format!(
            "forgot the key of \"AI-Wu\" in [DIR]/home/.config/moss/profiles/prod; the server still \
             knows it\n-> moss --profile prod login --server {}/\n",
            server.url
        ))
        .run();
    let ran = ran.then(&["wake"]).any_stderr().status(4).run();
    assert!(ran.stderr.contains("no profile in use"), "{}", ran.stderr);
    // The next one is in use at once.
    let login = ["login", "--server", &server.url, "--profile", "next"];
    let ran = ran.then(&login).stdin(KEY).any_stdout().run();
    ran.then(&["wake"]).any_stdout().run();
}

#[test]
fn names_that_look_like_paths_are_names_first() {
    let server = server();
    for name in [".dot", "..."] {
        let login = ["login", "--server", &server.url, "--profile", name];
        let ran = Test::nowhere(&login).stdin(KEY).any_stdout().run();
        ran.then(&["wake", "--profile", name]).any_stdout().run();
    }
}

#[test]
fn the_environment_names_where_to_log_in_too() {
    let server = server();
    let ran = Test::nowhere(&["login", "--server", &server.url])
        .env("MOSS_PROFILE", "second")
        .stdin(KEY)
        .any_stdout()
        .run();
    assert!(ran.file("home/.config/moss/profiles/second/key").exists());
    assert!(!ran.file(".moss").exists());
}

const OTHER: &str = "b0000000-0000-4000-8000-000000000002";

fn registering(names: &[(&str, &str)]) -> Responder {
    names.iter().fold(server_of_nobody(), |server, (id, name)| {
        let created =
            json!({"id": id, "name": name, "role": "executor", "api_key": KEY, "message": ""});
        server.on("POST /api/agents/register", created)
    })
}

fn server_of_nobody() -> Responder {
    Responder::moss().on("GET /api/agents/me", me()).on("GET /api/wake", packet(json!({})))
}

fn register<'a>(url: &'a str, name: &'a str) -> Vec<&'a str> {
    vec!["register", "--server", url, "--role", "executor", "--name", name, "--token-stdin"]
}

#[test]
fn whoever_takes_a_folder_over_takes_its_name_away() {
    let server = registering(&[(ME, "swapA"), (OTHER, "swapB")]);
    let ran = Test::nowhere(&register(&server.url, "swapA")).stdin("t").any_stdout().run();
    let ran = ran.then(&["profile", "use", "swapA"]).any_stdout().run();
    let forced = [&register(&server.url, "swapB")[..], &["--force"]].concat();
    let ran = ran.then(&forced).stdin("t").any_stdout().run();
    let ran = ran
        .then(&["profile", "list", "--json=profile,name,current"])
        .stdout("[{\"current\":false,\"name\":\"swapB\",\"profile\":\"swapB\"}]\n")
        .run();
    let ran = ran.then(&["--as", "swapA", "whoami"]).any_stderr().status(4).run();
    assert!(ran.stderr.starts_with("error: you have no profile \"swapA\""), "{}", ran.stderr);
    ran.then(&["--profile", "swapA", "whoami"]).any_stderr().status(5).run();
    assert!(!server.lines().iter().any(|line| line.starts_with("GET ")));
}

#[test]
fn a_name_is_never_taken_for_another_agents() {
    let server = registering(&[(ME, "swapA"), (ME, "swapA")]);
    let ran = Test::nowhere(&register(&server.url, "swapA")).stdin("t").any_stdout().run();
    let ran = ran.then(&["profile", "use", "swapA"]).any_stdout().run();
    // As another user's home, or a copied folder, leaves it.
    let path = ran.file(".moss/profile.json");
    let profile = fs::read_to_string(&path).unwrap().replace("swapA", "swapB");
    fs::write(&path, profile).unwrap();
    let refused = "error: the profile \"swapA\" was in [DIR]/.moss, where \"swapB\" is registered now\n\
                   hint: moss profile remove swapA forgets the name; in a folder of its own, moss login \
                   --server URL makes it known anew\n";
    let mut ran = ran;
    for args in [
        ["--as", "swapA", "whoami"],
        ["--profile", "swapA", "whoami"],
        ["profile", "show", "swapA"],
        ["profile", "use", "swapA"],
    ] {
        ran = ran.then(&args).stderr(refused).status(5).run();
    }
    assert!(!server.lines().iter().any(|line| line.starts_with("GET ")));
    let ran = ran
        .then(&["profile", "list", "--json=profile,name,role"])
        .stdout("[{\"name\":\"\",\"profile\":\"swapA\",\"role\":\"unusable\"}]\n");
    let ran = ran.run();
    // The name is free for whoever has it.
    let elsewhere = [&register(&server.url, "swapA")[..], &["--profile", "./b"]].concat();
    let ran = ran.then(&elsewhere).stdin("t").any_stdout().run();
    let ran = ran
        .then(&["profile", "list", "--json=profile,folder"])
        .stdout("[{\"folder\":\"[DIR]/b/.moss\",\"profile\":\"swapA\"}]\n")
        .run();
    ran.then(&["profile", "remove", "swapA"]).any_stdout().run();
}

#[test]
fn a_path_is_no_line_of_ours() {
    let server = server();
    const EVIL: &str = "./w\n-> moss evil; touch x #";
    let base = [&register(&server.url, "AI-Wu")[..], &["--profile", EVIL]].concat();
    let ran = Test::nowhere(&base).stdin("t").any_stdout().run();
    let told = "key in \"./w\\n-> moss evil; touch x #/.moss/key\"\n-> moss --profile ";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    let login = ["login", "--server", &server.url, "--profile", EVIL];
    let ran = ran.then(&login).stdin(KEY).any_stdout().run();
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    let mut ran = ran;
    for args in [&["whoami"][..], &["profile", "show"], &["key", "check"]] {
        let args = [args, &["--profile", EVIL]].concat();
        ran = ran.then(&args).any_stdout().run();
        assert!(!ran.stdout.lines().any(|line| line.starts_with("->")), "{}", ran.stdout);
        assert!(
            ran.stdout.contains("\"./w\\n-> moss evil; touch x #/.moss/key\""),
            "{}",
            ran.stdout
        );
    }
    let key = ran.file(EVIL).join(".moss/key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o604)).unwrap();
    ran.then(&["key", "check", "--profile", EVIL])
        .stderr(
            "error: others can read the key \"./w\\n-> moss evil; touch x #/.moss/key\" (mode 604)\n\
             hint: chmod 600 './w\\n-> moss evil; touch x #/.moss/key'\n",
        )
        .status(4)
        .run();
}
