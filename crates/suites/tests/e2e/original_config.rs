//! What a start makes of a `config.yaml` that served the original: it is read, said what becomes of
//! it, and changed in nothing but what has to change.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use test_support::http::{Reply, Request};
use test_support::server::{Launch, Process};

test_support::tests![
    the_example_starts_and_lets_nobody_in,
    a_bcrypt_hash_is_logged_in_with_and_then_replaced,
    a_plain_password_is_replaced_by_its_hash,
    an_older_copy_is_left_alone,
    other_hashes_are_refused,
    nothing_is_written_before_the_database_has_opened,
    the_environments_password_does_not_undo_a_change,
];

/// Of `old secret` and of the example's password, cheap ones.
const BCRYPT: &str = "bcrypt:$2b$04$abcdefghijklmnopqrstuuYBeWYOyKCtRowAxBan3M4MFY8ThdJNy";
const BCRYPT_OF_EXAMPLE: &str =
    "bcrypt:$2b$04$abcdefghijklmnopqrstuur/uCBNBvVl4m8sbz1ePRFisPkMaJiTS";

/// The keys and values of the original's example, with comments of our own.
fn example(password: &str) -> String {
    format!(
        "# A file somebody looks after 任务\n\
         # in their own words\n\n\
         project:\n  name: \"OpenMOSS\"\n\n\
         # who is in charge\n\
         admin:\n  password: {password} # replaced at the first start\n\n\
         agent:\n  registration_token: \"openclaw-register-2024\" # for agents\n  \
         allow_registration: true # or not\n\n\
         notification:\n  enabled: false\n  # channels, each on a line\n  channels: []\n    \
         # - \"chat:oc_1\"   # the group\n  events:\n    - task_completed # done\n    \
         - review_rejected # not good\n    - all_done # all\n    - patrol_alert # stuck\n\n\
         server:\n  port: 6565\n  host: \"127.0.0.1\"\n  external_url: \"\"  # from outside\n\n\
         database:\n  type: sqlite # the only one\n  path: \"./data/tasks.db\"\n\n\
         workspace:\n  root: \"/workspace\" # the agents'\n\n\
         webui:\n  public_feed: false # open to all\n  feed_retention_days: 7 # days\n  \
         auto_update: true # of the pages\n  github_repo: \"uluckyXH/OpenMOSS\" # from there\n\n\
         # not by hand\n\
         setup:\n  initialized: false\n"
    )
}

fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

fn login(server: &Process, password: &str) -> Reply {
    let body = json!({ "password": password });
    Request::new("POST", "/api/admin/login").json(&body).send(server.url())
}

#[track_caller]
fn is_refused(reply: &Reply, status: u16, code: &str) {
    let seen = (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned());
    assert_eq!(seen, (status, code.to_owned()), "{}", reply.text());
}

/// What `check-config` says: nothing is changed by asking.
fn checked(folder: &Path) -> String {
    let before = fs::read(folder.join("config.yaml")).unwrap();
    let checked = Launch::command(folder, &["check-config"]).ends().exits(0);
    assert!(checked.stderr.is_empty(), "{checked}");
    assert!(fs::read(folder.join("config.yaml")).unwrap() == before, "the file was changed");
    checked.stdout
}

const UNKNOWN: &str = "'webui.auto_update' is no key of this server\n";
const UNKNOWN_TOO: &str = "'webui.github_repo' is no key of this server\n";
const KNOWN_TOKEN: &str = "agent.registration_token is the example's, which everybody knows: it lets \
                           nobody in; write another, or use moss-server invite\n";
const KNOWN_PASSWORD: &str =
    "admin.password is the example's, which everybody knows: it counts as none\n";

/// What `check-config` says of such a file, with these lines on the password.
fn said(password: &[&str]) -> String {
    let mut said = "config.yaml is fine: 127.0.0.1:0, database ./data/tasks.db\n".to_owned();
    for line in password.iter().chain(&[KNOWN_TOKEN, UNKNOWN, UNKNOWN_TOO]) {
        said += &format!("- {line}");
    }
    said + "- ./data/tasks.db is not there yet: a start makes it\n"
}

fn the_example_starts_and_lets_nobody_in() {
    for password in ["\"admin123\"", BCRYPT_OF_EXAMPLE] {
        let text = example(password);
        let (folder, file) = folder(&text);
        let unset = "admin.password is not set: a start prints a one-time link to set it\n";
        assert_eq!(checked(folder.path()), said(&[KNOWN_PASSWORD, unset]));
        let server = Launch::new(folder.path()).start();
        let warned = [KNOWN_PASSWORD, KNOWN_TOKEN, UNKNOWN, UNKNOWN_TOO];
        let warned: String =
            warned.iter().map(|line| format!("warning: config.yaml: {line}")).collect();
        assert_eq!(server.stderr(), warned);
        assert!(!server.setup_token().is_empty());
        is_refused(&login(&server, "admin123"), 403, "wrong_password");
        let register = Request::new("POST", "/api/agents/register")
            .header("x-registration-token", "openclaw-register-2024")
            .json(&json!({ "name": "AI-Wu", "role": "executor" }));
        is_refused(&register.send(server.url()), 403, "bad_registration_token");
        server.terminate().exits(0);
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "the file was changed");
        assert!(!folder.path().join("config.yaml.bak").exists());
    }
}

/// The file as it is, if only this has taken the password's place; the file as it was beside it.
#[track_caller]
fn only_the_password_changed(folder: &Path, was: &str, password: &str) -> String {
    let now = fs::read_to_string(folder.join("config.yaml")).unwrap();
    let (before, after) = was.split_once(password).unwrap();
    let hash = now.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    let hash = hash.unwrap_or_else(|| panic!("more has changed:\n{now}"));
    assert!(hash.trim_matches('"').starts_with("$argon2id$"), "{hash}");
    assert_eq!(fs::read_to_string(folder.join("config.yaml.bak")).unwrap(), was);
    for file in ["config.yaml", "config.yaml.bak"] {
        assert_eq!(fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!folder.join("config.yaml.new").exists());
    now
}

fn a_bcrypt_hash_is_logged_in_with_and_then_replaced() {
    let text = example(BCRYPT);
    let (folder, file) = folder(&text);
    let stays = "admin.password is a bcrypt hash: it stays and works; after the first login with it the \
                 database has an argon2id hash instead\n";
    assert_eq!(checked(folder.path()), said(&[stays]));
    let server = Launch::new(folder.path()).start();
    assert!(!server.stdout().contains("/setup"), "{}", server.stdout());
    is_refused(&login(&server, BCRYPT), 403, "wrong_password");
    is_refused(&login(&server, "new secret"), 403, "wrong_password");
    let done = login(&server, "old secret");
    assert_eq!(done.status, 200, "{}", done.text());
    server.terminate().exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "the original goes on with it");
    let overruled = "- what it or the environment says of admin.password does not count, since it was set \
                     later, through the API or by another server's file; another value there will, at \
                     the next start\n";
    let told = checked(folder.path());
    assert!(told.contains(overruled), "{told}");

    let server = Launch::new(folder.path()).start();
    assert_eq!(login(&server, "old secret").status, 200);
    server.terminate().exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

fn a_plain_password_is_replaced_by_its_hash() {
    let text = example("'plain secret'");
    let (folder, file) = folder(&text);
    let plain = "admin.password is in plain text: a start puts its hash in its place, and keeps the \
                 file as it is with .bak at the end of its name\n";
    assert_eq!(checked(folder.path()), said(&[plain]));
    let server = Launch::new(folder.path()).start();
    let told = "config.yaml: admin.password is its hash now; config.yaml.bak is the file as it was, \
                remove it when it is not needed\n";
    assert!(server.stdout().starts_with(told), "{}", server.stdout());
    let now = only_the_password_changed(folder.path(), &text, "'plain secret'");
    assert!(!now.contains("plain secret"), "{now}");
    assert_eq!(login(&server, "plain secret").status, 200);
    server.terminate().exits(0);
    let server = Launch::new(folder.path()).start();
    assert_eq!(login(&server, "plain secret").status, 200);
    assert_eq!(fs::read_to_string(&file).unwrap(), now);
}

fn an_older_copy_is_left_alone() {
    let (folder, _) = folder(&example("'plain secret'"));
    let copy = folder.path().join("config.yaml.bak");
    fs::write(&copy, "# mine\n").unwrap();
    let plain = "admin.password is in plain text: a start puts its hash in its place, and keeps no \
                 copy: the file with .bak at the end of its name is older and is left alone\n";
    assert_eq!(checked(folder.path()), said(&[plain]));
    let server = Launch::new(folder.path()).start();
    assert_eq!(login(&server, "plain secret").status, 200);
    assert_eq!(fs::read_to_string(&copy).unwrap(), "# mine\n");
}

fn other_hashes_are_refused() {
    let instead = "put the password itself there, which a start replaces by its hash, or nothing, \
                   and a start prints a link to set one";
    for (password, what) in [
        (
            "md5:0192023a7bbd73250516f069df18b500",
            "a hash of the kind 'md5', which this server does not take",
        ),
        (
            "'{SSHA}0192023a7bbd73250516f069df18b500'",
            "a hash of the kind 'SSHA', which this server does not take",
        ),
        ("bcrypt:$2b$12$short", "a bcrypt hash that is not whole"),
    ] {
        let text = example(password);
        let (folder, file) = folder(&text);
        let refusal = format!("error: config.yaml: admin.password is {what}; {instead}");
        let check = Launch::command(folder.path(), &["check-config"]).ends().refuses();
        assert_eq!(check, refusal);
        assert_eq!(Launch::new(folder.path()).ends().refuses(), refusal);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was made");
    }
}

fn nothing_is_written_before_the_database_has_opened() {
    let text = example("'plain secret'");
    let (folder, file) = folder(&text);
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("tasks.db"), "no database at all").unwrap();
    Launch::new(folder.path()).ends().exits(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    fs::remove_file(data.join("tasks.db")).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Launch::new(folder.path()).env("MOSS_SERVER__PORT", &port).ends().exits(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    fs::remove_file(&file).unwrap();
    Launch::new(folder.path()).env("MOSS_SERVER__PORT", &port).ends().exits(1);
    assert!(!file.exists(), "a first configuration was written");
    assert!(!folder.path().join("config.yaml.bak").exists());
}

fn the_environments_password_does_not_undo_a_change() {
    let text = example("\"\"");
    let (folder, file) = folder(&text);
    let start = || Launch::new(folder.path()).env("MOSS_ADMIN__PASSWORD", "from outside").start();
    let server = start();
    let session = login(&server, "from outside");
    assert_eq!(session.status, 200, "{}", session.text());
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "an override was written");
    let change = json!({ "old_password": "from outside", "new_password": "changed-it" });
    let changed = Request::new("PUT", "/api/admin/config/password")
        .header("x-admin-token", session.json()["token"].as_str().unwrap())
        .json(&change)
        .send(server.url());
    assert_eq!(changed.status, 200, "{}", changed.text());
    server.terminate().exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);

    let server = start();
    let not_used = "warning: config.yaml: what it or the environment says of admin.password does not \
                    count, since it was set later, through the API or by another server's file; another \
                    value there will, at the next start\n";
    assert!(server.stderr().contains(not_used), "{}", server.stderr());
    is_refused(&login(&server, "from outside"), 403, "wrong_password");
    assert_eq!(login(&server, "changed-it").status, 200);
    server.terminate().exits(0);

    // Another value is a newer change.
    let env = ("MOSS_ADMIN__PASSWORD", "from outside again");
    let server = Launch::new(folder.path()).env(env.0, env.1).start();
    is_refused(&login(&server, "changed-it"), 403, "wrong_password");
    assert_eq!(login(&server, "from outside again").status, 200);
}
