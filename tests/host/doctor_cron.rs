//! `moss doctor` and `moss offboard` about a crontab. Every mend is typed as it is printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use test_support::builder::{KEY, key_file};
use test_support::mends;
use test_support::program;
use test_support::responder::Responder;
use test_support::sample::{idle, me, moss_health};

use crate::onboard_cron::CRONTAB;

test_support::tests![
    every_mend_of_a_crontab_mends_it needs ["flock"],
    a_tick_without_its_moss_says_so_once_and_its_end needs ["flock"],
    a_lost_record_is_read_from_the_script_and_the_crontab needs ["flock"],
    off_the_crontab_twice_is_once needs ["flock"],
    off_the_crontab_where_there_is_none needs ["flock"],
    a_command_that_is_not_there_is_refused needs ["flock"],
];

/// A machine with a crontab, a `moss` of its own and a folder for an agent.
struct Machine {
    dir: TempDir,
    server: Responder,
}

impl Machine {
    fn new() -> Self {
        let missing = json!({"detail": "no such route", "code": "no_route"});
        let server = Responder::moss()
            .on("GET /api/health", moss_health())
            .on("GET /api/agents/me", me())
            .on("GET /api/agents/me/skill", (404, missing))
            .on("GET /api/wake", idle());
        let it = Self { dir: TempDir::new().unwrap(), server };
        for dir in ["bin", "opt", "ws/.moss"] {
            fs::create_dir_all(it.path(dir)).unwrap();
        }
        fs::copy(program::moss(), it.path("opt/moss")).unwrap();
        fs::write(it.path("bin/crontab"), CRONTAB).unwrap();
        let me = me();
        let profile = json!({"server": it.server.url, "agent_id": me["id"], "name": me["name"],
                             "role": "executor", "kind": "moss"});
        fs::write(it.path("ws/.moss/profile.json"), profile.to_string()).unwrap();
        fs::write(it.path("ws/.moss/key"), key_file(KEY, &it.server.url)).unwrap();
        for (path, mode) in [
            ("bin/crontab", 0o755),
            ("ws/.moss", 0o700),
            ("ws/.moss/profile.json", 0o600),
            ("ws/.moss/key", 0o600),
        ] {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(it.path(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        it
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(below)
    }

    fn table(&self) -> String {
        fs::read_to_string(self.path("bin/table")).unwrap_or_default()
    }

    /// What a shell makes of a line typed in a folder.
    fn types(&self, line: &str, folder: &str) -> (Option<i32>, String, String) {
        let path = format!(
            "{}:{}:{}:/usr/bin:/bin",
            self.path("bin").display(),
            self.path("opt").display(),
            self.path("opt2").display()
        );
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).env_clear().env("PATH", path).env("HOME", self.dir.path());
        let ended = shell.current_dir(self.path(folder)).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    }

    fn does(&self, line: &str, folder: &str) -> String {
        let (code, stdout, stderr) = self.types(line, folder);
        assert_eq!(code, Some(0), "{line}\n{stdout}{stderr}");
        stdout
    }

    /// The mend of a finding, if doctor makes it.
    fn mend(&self, code: &str, folder: &str) -> Option<String> {
        let (_, found, stderr) = self.types("moss doctor --json", folder);
        let found: Vec<Value> =
            serde_json::from_str(&found).unwrap_or_else(|e| panic!("{e}: {found}{stderr}"));
        mends::check(found.iter().map(|check| check["mend"].as_str().unwrap()));
        let check = found.iter().find(|check| check["code"] == code)?;
        Some(check["mend"].as_str().unwrap().to_owned())
    }

    fn mends(&self, code: &str, folder: &str) {
        let mend = self.mend(code, folder).unwrap_or_else(|| panic!("{code} is not found"));
        self.does(&mend, folder);
        assert_eq!(self.mend(code, folder), None, "after: {mend}");
    }

    /// What cron makes of its line: it cuts at `%`, unless a backslash is before it.
    fn ticks(&self) -> (Option<i32>, String) {
        let table = self.table();
        let line = table.lines().find(|line| line.starts_with("*/10")).unwrap();
        let command = line.splitn(6, ' ').last().unwrap();
        let mut read = String::new();
        let mut is_escaped = false;
        for c in command.chars() {
            match c {
                '\\' if !is_escaped => is_escaped = true,
                '%' if !is_escaped => break,
                c => {
                    if is_escaped && c != '%' {
                        read.push('\\');
                    }
                    read.push(c);
                    is_escaped = false;
                }
            }
        }
        let mut shell = Command::new("/bin/sh");
        let ended = shell.args(["-c", &read]).env_clear().current_dir("/").output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    }
}

const ONBOARD: &str = "moss onboard cron --run --every 10m --command 'cat > \"it is\"'";

fn every_mend_of_a_crontab_mends_it() {
    let it = Machine::new();
    it.does(ONBOARD, "ws");
    let whole = it.table();
    let script = || fs::read_to_string(it.path("ws/.moss/cron.sh")).unwrap();
    let was = script();
    // Somebody took the line away.
    fs::write(it.path("bin/table"), "MAILTO=me\n").unwrap();
    it.mends("no_timer", "ws");
    assert_eq!(it.table(), format!("MAILTO=me\n\n{whole}"), "the same command, as often as before");
    assert_eq!(script(), was);
    // Somebody edited what is ours.
    fs::write(it.path("ws/.moss/cron.sh"), "echo\n").unwrap();
    it.mends("old_gate", "ws");
    assert_eq!(script(), was);
    fs::write(it.path("ws/AGENTS.md"), "# Mine\n").unwrap();
    it.mends("old_role", "ws");
    fs::write(it.path("ws/skills/moss-executor/SKILL.md"), "mine\n").unwrap();
    it.mends("skill", "ws");
    // The program is moved.
    fs::rename(it.path("opt"), it.path("opt2")).unwrap();
    it.mends("moss_moved", "ws");
    assert_eq!(it.ticks(), (Some(0), String::new()));
    // The folder is renamed, to what cron would cut.
    fs::rename(it.path("ws"), it.path("100% new")).unwrap();
    it.mends("renamed", "100% new");
    assert_eq!(it.table().matches("# moss:begin").count(), 1, "{}", it.table());
    assert_eq!(it.ticks(), (Some(0), String::new()));
    // Another agent's folder is gone.
    let table = it.table() + "# moss:begin /gone\n* * * * * /bin/sh /gone/x\n# moss:end /gone\n";
    fs::write(it.path("bin/table"), table).unwrap();
    it.mends("orphan_timer", "100% new");
    assert!(!it.table().contains("/gone"), "{}", it.table());
}

fn a_tick_without_its_moss_says_so_once_and_its_end() {
    let it = Machine::new();
    it.does(ONBOARD, "ws");
    assert_eq!(it.ticks(), (Some(0), String::new()));
    let moss = it.path("opt/moss").display().to_string();
    fs::rename(it.path("opt"), it.path("opt2")).unwrap();
    let gone = format!("error: the moss of this timer is gone {moss}\n");
    assert_eq!(it.ticks(), (Some(127), gone));
    assert_eq!(it.ticks(), (Some(127), String::new()));
    fs::rename(it.path("opt2"), it.path("opt")).unwrap();
    let ended = it.mend("ticks_fail", "ws").unwrap();
    assert!(ended.starts_with("sh /"), "{ended}");
    let back = format!("it is over: the moss of this timer is back {moss}\n");
    assert_eq!(it.ticks(), (Some(0), back));
    assert_eq!(it.ticks(), (Some(0), String::new()));
    assert_eq!(it.mend("ticks_fail", "ws"), None);
}

fn a_lost_record_is_read_from_the_script_and_the_crontab() {
    let it = Machine::new();
    it.does(ONBOARD, "ws");
    let [json, script] = ["ws/.moss/cron.json", "ws/.moss/cron.sh"].map(|file| it.path(file));
    let kept = || [it.table(), fs::read_to_string(&json).unwrap()];
    let whole = kept();
    for damage in [Some("{"), Some("{}"), None] {
        match damage {
            Some(text) => fs::write(&json, text).unwrap(),
            None => fs::remove_file(&json).unwrap(),
        }
        let mend = it.mend("bad_record", "ws").unwrap();
        assert_eq!(mend, ONBOARD.replace(" --every 10m", "") + " --every 10m");
        assert_eq!(it.mend("no_timer", "ws"), None, "the crontab wakes it");
        it.mends("bad_record", "ws");
        assert_eq!(kept(), whole, "the same command, as often as before: {damage:?}");
    }
    // What nothing tells any more is not made up.
    fs::write(&json, "{").unwrap();
    fs::write(&script, "echo\n").unwrap();
    assert_eq!(it.mend("bad_record", "ws").as_deref(), Some("moss onboard cron --help"));
    // The crontab's line alone is an onboarding too.
    fs::remove_file(&json).unwrap();
    fs::remove_file(&script).unwrap();
    assert_eq!(it.mend("no_gate", "ws").as_deref(), Some("moss onboard cron --help"));
    assert_eq!(it.mend("no_timer", "ws"), None);
    it.does(ONBOARD, "ws");
    // The folder was renamed besides: its old line goes along.
    fs::write(&json, "{").unwrap();
    fs::rename(it.path("ws"), it.path("new")).unwrap();
    it.mends("renamed", "new");
    assert_eq!(it.table(), whole[0].replace("/ws", "/new"));
}

fn off_the_crontab_where_there_is_none() {
    let it = Machine::new();
    it.does("moss onboard cron --command cat", "ws");
    let off = format!("PATH=/nowhere {} offboard cron", it.path("opt/moss").display());
    let (code, stdout, stderr) = it.types(&off, "ws");
    let end = "removed\t.moss/cron.json\nremoved\tAGENTS.md\n\
               removed\tskills/moss-executor/SKILL.md\nremoved\t.moss/SKILL.md.sha256\n\
               off board; its key stays; moss logout forgets it\n";
    let begin = "removed\t.moss/cron.sh\nremoved\t.moss/cron.sh.sha256\n";
    assert_eq!((code, stdout), (Some(0), format!("{begin}{end}")), "{stderr}");
    let ws = it.path("ws").display().to_string();
    assert_eq!(
        stderr,
        format!(
            "there is no 'crontab' on PATH: a line of {ws} in a crontab, if there is one, stays; \
             take it out by hand\n"
        )
    );
    assert_eq!(names(&it.path("ws")), [".moss"]);
    let nothing = "nothing to do: nothing of an onboarding is here\n";
    assert_eq!(it.does(&off, "ws"), nothing);
}

fn off_the_crontab_twice_is_once() {
    let it = Machine::new();
    fs::write(it.path("bin/table"), "MAILTO=me\n").unwrap();
    fs::write(it.path("ws/AGENTS.md"), "# Mine\n").unwrap();
    it.does(ONBOARD, "ws");
    it.ticks();
    let off = it.does("moss offboard cron", "ws");
    let ws = it.path("ws").display().to_string();
    assert!(off.starts_with(&format!("removed\tthe crontab's line of {ws}\n")), "{off}");
    assert_eq!(it.table(), "MAILTO=me\n");
    assert_eq!(fs::read_to_string(it.path("ws/AGENTS.md")).unwrap(), "# Mine\n");
    let mut left: Vec<_> = names(&it.path("ws/.moss"));
    left.retain(|name| !matches!(name.as_str(), ".gitignore" | "clock" | "update" | "lock"));
    assert_eq!(left, ["key", "profile.json"]);
    assert_eq!(names(&it.path("ws")), [".moss", "AGENTS.md"]);
    let nothing = "nothing to do: nothing of an onboarding is here\n";
    assert_eq!(it.does("moss offboard cron", "ws"), nothing);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn a_command_that_is_not_there_is_refused() {
    let it = Machine::new();
    let (code, _, stderr) = it.types("moss onboard cron --run --command 'no-such-agent -p'", "ws");
    assert_eq!(code, Some(5));
    assert_eq!(
        stderr,
        "error: there is no program \"no-such-agent\" for --command\n\
         hint: install it, or write its full path; a tick looks where you do\n"
    );
    assert_eq!((it.table(), it.path("ws/.moss/cron.sh").exists()), (String::new(), false));
}
