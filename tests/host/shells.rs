//! The real shells, each at a terminal of its own, with somebody pressing TAB: what counts is what
//! the finished command line then asks the server.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use test_support::builder::{ME, Test};
use test_support::moss::run;
use test_support::program::path_with_moss;
use test_support::responder::Responder;
use test_support::sample::{OTHER_SUB, REVIEWER, SUB, agent, page, sub_task};

test_support::tests![
    bash needs ["bash", "script"],
    zsh needs ["zsh", "script"],
    fish needs ["fish", "script"],
    elvish needs ["elvish", "script"],
    powershell needs ["pwsh"],
];

const PATIENCE: Duration = Duration::from_secs(60);
const PROMPT: &str = "your turn>";
/// A name that no shell may take for anything else.
const HOSTILE: &str = "$(touch owned)`touch owned`;touch owned\n";

/// How a shell is set up as `moss completions --help` says, and started.
struct Shell {
    program: &'static str,
    /// Where the script goes, below the home folder.
    script: &'static str,
    /// A start-up file below the home folder, and what it says besides the prompt.
    startup: (&'static str, &'static str),
    command: &'static str,
}

const BASH: Shell = Shell {
    program: "bash",
    script: ".local/share/bash-completion/completions/moss",
    startup: ("rc", "PS1='your turn>'; . ~/.local/share/bash-completion/completions/moss"),
    command: "bash --noprofile --rcfile rc -i",
};
const ZSH: Shell = Shell {
    program: "zsh",
    script: ".zsh/_moss",
    startup: (".zshrc", "PS1='your turn>'; fpath+=~/.zsh; autoload -U compinit; compinit -u -D"),
    command: "zsh -o no_global_rcs -i",
};
const FISH: Shell = Shell {
    program: "fish",
    script: ".config/fish/completions/moss.fish",
    startup: (
        ".config/fish/config.fish",
        "function fish_prompt; echo -n 'your turn>'; end; set fish_autosuggestion_enabled 0",
    ),
    command: "fish -i",
};
const ELVISH: Shell = Shell {
    program: "elvish",
    script: "moss.elv",
    startup: ("rc.elv", "set edit:prompt = { put 'your turn>' }; eval (slurp < moss.elv)"),
    command: "elvish -rc rc.elv",
};

/// A shell in an agent's folder.
struct Session {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<String>>,
    home: TempDir,
}

impl Shell {
    fn start(&self, server: &Responder) -> Session {
        let ran = Test::at_moss(server, &["completions", self.program]).any_stdout().run();
        let home = ran.dir;
        put(home.path(), self.script, &ran.stdout);
        put(home.path(), self.startup.0, &format!("{}\n", self.startup.1));
        put(home.path(), "two words.py", "pass\n");
        // Without it fish goes through every manual page of the machine, in the background.
        std::fs::create_dir_all(home.path().join(".local/share/fish/generated_completions"))
            .unwrap();
        // `script` gives it a terminal, of a size everything fits in.
        let mut child = Command::new("script")
            .args(["-qefc", &format!("stty rows 50 cols 150; exec {}", self.command), "/dev/null"])
            .current_dir(home.path())
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", path_with_moss())
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let keys = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                shared.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
        });
        let session = Session { child, keys, screen, home };
        session.shows(PROMPT);
        session
    }
}

fn put(home: &Path, file: &str, content: &str) {
    let path = home.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

impl Session {
    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What was shown, without what moves and colours it.
    fn screen(&self) -> String {
        let raw = self.screen.lock().unwrap().clone();
        let mut plain = String::new();
        let mut rest = raw.chars().peekable();
        while let Some(c) = rest.next() {
            if c == '\u{1b}' {
                if rest.next_if_eq(&'[').is_some() {
                    while rest.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
                }
                rest.next();
            } else {
                plain.push(c);
            }
        }
        plain
    }

    #[track_caller]
    fn waits(&self, what: &str, until: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !until() {
            assert!(Instant::now() < end, "{what} did not come:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        self.waits(text, || self.screen().contains(text));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Types a line with its TABs, and compares the writes that come of it.
#[track_caller]
fn typed(shell: &Shell, server: &Responder, keys: &str, line: &str) -> String {
    let mut session = shell.start(server);
    session.press(keys);
    session.press("\r\r"); // elvish shows a word it had to quote, and wants it accepted first
    session.waits(line, || server.lines().iter().any(|asked| asked == line));
    assert!(!session.home.path().join("owned").exists(), "a name was run: {}", session.screen());
    server.only(line).text()
}

/// What is done to the sub-task, as a request.
fn post(action: &str) -> String {
    format!("POST /api/sub-tasks/{}/{action}", &SUB[..8])
}

/// With one sub-task of ours to do, one that is done, and one executor.
fn server() -> Responder {
    let done = json!({"id": OTHER_SUB, "name": "Rates", "status": "done"});
    let both = page(&[sub_task(done), sub_task(json!({}))]);
    Responder::moss()
        .on("GET /api/sub-tasks/mine", both.clone())
        .on("GET /api/sub-tasks", both)
        .on("GET /api/agents", json!([agent(json!({"id": ME, "name": "AI-Lin"}))]))
        .on(&post("start"), sub_task(json!({})))
        .on(&post("submit"), sub_task(json!({})))
        .on(&post("reassign"), sub_task(json!({})))
}

fn story(shell: &Shell) {
    let [start, submit, reassign] = ["start", "submit", "reassign"].map(post);
    // A command and the one id it can be done to.
    let asking = server();
    typed(shell, &asking, "moss sta\t\t", &start);
    assert_eq!(asking.lines(), ["GET /api/sub-tasks/mine", &start], "{}", shell.program);

    // An agent by its name; one whose name is a trap by its id.
    let body = typed(shell, &server(), "moss plan reas\t01a3c9f2 AI\t", &reassign);
    assert_eq!(body, json!({"agent_id": "AI-Lin"}).to_string());
    let trap = json!([agent(json!({"id": REVIEWER, "name": HOSTILE}))]);
    let trapped = server().instead("GET /api/agents", trap);
    let body = typed(shell, &trapped, "moss plan reas\t01a3c9f2 \t", &reassign);
    assert_eq!(body, json!({"agent_id": "b0000000"}).to_string());

    // A file, quoted as the shell does.
    let body = typed(shell, &server(), "moss submit 01a3c9f2 --art\ttwo\t", &submit);
    assert!(body.contains("two words.py"), "{body}");

    // What several are, where they are shown.
    let mut session = shell.start(&server());
    session.press("moss show 0\t\t");
    session.shows("Order list API");
    session.shows("Rates");
}

fn bash() {
    story(&BASH);
}

fn zsh() {
    story(&ZSH);
}

fn fish() {
    story(&FISH);
}

fn elvish() {
    story(&ELVISH);
}

/// PowerShell is asked for what TAB would put there: its line editor wants a terminal that answers.
fn powershell() {
    let ran = Test::at_moss(&server(), &["completions", "powershell"]).any_stdout().run();
    let home = ran.dir.path();
    put(home, "moss.ps1", &ran.stdout);
    let lines = "'moss sta', 'moss start ', 'moss plan reassign 01a3c9f2 AI'";
    let mut pwsh = Command::new("pwsh");
    pwsh.args(["-NoProfile", "-NonInteractive", "-Command"]).arg(format!(
        ". ./moss.ps1; foreach ($line in {lines}) \
         {{ (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText }}"
    ));
    pwsh.current_dir(home).env_clear().env("HOME", home).env("PATH", path_with_moss());
    run(pwsh, "").exits(0).prints("start\n01a3c9f2\nAI-Lin\n");
}
