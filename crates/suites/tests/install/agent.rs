//! Registering an agent with what was installed.

use std::fs;
use std::process::Command;

use crate::machine::{EVERY_SHELL, Machine, Refuses, USUAL, find};
use crate::shelf::Shelf;
use test_support::moss::run;

test_support::tests![
    with_a_token_the_agent_is_registered_and_has_its_skill needs EVERY_SHELL,
    without_a_token_the_whole_command_is_said needs USUAL,
    what_moss_refuses_is_refused needs USUAL,
    who_is_registered_already_is_not_registered_again needs USUAL,
    at_a_terminal_the_token_is_asked_for_and_not_shown needs ["dash", "curl", "openssl", "script"],
];

const AGENT: [&str; 4] = ["--role", "executor", "--name", "AI-Wu"];

fn with_a_token_the_agent_is_registered_and_has_its_skill() {
    let shelf = Shelf::with(&["0.2.0"]);
    let url = shelf.url();
    for shell in crate::machine::SHELLS {
        let machine = Machine::new(shell, &["curl", "sha256sum"]);
        let machine = machine.env("MOSS_REGISTRATION_TOKEN", "secret");
        let ran = machine.install(&shelf.script(), &AGENT).exits(0);
        assert!(ran.stdout.ends_with("\nregistered\nwrote a skill\n"), "{}", ran.stdout);
        let calls = machine.calls();
        let register = format!("register --server {url} --role executor --name=AI-Wu");
        assert_eq!(calls[calls.len() - 2..], [register, "skill install".to_owned()]);
        assert!(!calls.concat().contains("secret"), "{calls:?}");
        assert!(!ran.stdout.contains("secret") && !ran.stderr.contains("secret"));
    }
}

fn without_a_token_the_whole_command_is_said() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    let args = ["--role", "reviewer", "--name", "O'Neil, the 1st"];
    let ran = machine.install(&shelf.script(), &args);
    assert_eq!(machine.version(), "0.2.0", "what could be done is done");
    let moss = machine.dir().join("moss").display().to_string();
    let said = format!(
        "error: moss is installed; O'Neil, the 1st is not registered, for want of a token\n\
         hint: MOSS_REGISTRATION_TOKEN=TOKEN {moss} register --server {} --role reviewer \
         --name='O'\\''Neil, the 1st' && {moss} skill install\n",
        shelf.url()
    );
    assert!(ran.stderr.ends_with(&said), "{}", ran.stderr);
    // As printed, with a token in its place, it runs.
    let command = said.split("hint: ").nth(1).unwrap().replace("=TOKEN", "=secret");
    let mut shell = Command::new("sh");
    shell.current_dir(machine.home()).env("HOME", machine.home());
    run(shell, &command).exits(0);
    let calls = machine.calls();
    assert!(calls[calls.len() - 2].ends_with(" --name=O'Neil, the 1st"), "{calls:?}");
    ran.refuses(4, "for want of a token");
}

fn what_moss_refuses_is_refused() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual().env("MOSS_REGISTRATION_TOKEN", "wrong");
    machine.install(&shelf.script(), &AGENT).exits(4);
    assert!(!machine.calls().iter().any(|call| call == "skill install"));
}

fn who_is_registered_already_is_not_registered_again() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    fs::create_dir(machine.home().join(".moss")).unwrap();
    fs::write(machine.home().join(".moss/profile.json"), "{}").unwrap();
    let who = |line: &str| fs::write(machine.home().join(".moss/whoami"), line).unwrap();
    who("agent\t\"AI-Wu\" (executor)\nid\tx\n");
    let ran = machine.install(&shelf.script(), &AGENT).exits(0);
    assert!(ran.stdout.ends_with("\nAI-Wu is registered here already\nwrote a skill\n"));
    for other in ["agent\t\"AI-Wu\" (reviewer)\n", "agent\t\"AI-Wu2\" (executor)\n", ""] {
        who(other);
        machine.install(&shelf.script(), &AGENT).refuses(4, "for want of a token");
    }
}

/// `curl | sh` at a terminal: the pipe is the script's, so the terminal itself is asked.
fn at_a_terminal_the_token_is_asked_for_and_not_shown() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::new("dash", &["curl", "sha256sum", "stty"]);
    let (home, dir) = (machine.home().display(), machine.dir().display().to_string());
    let script = machine.home().join("script");
    fs::write(&script, shelf.script()).unwrap();
    let line = |env: &str, end: &str| {
        format!(
            "cd {home}; {env} HOME={home} PATH={} dash -s -- --dir {dir} {} <script {end}",
            machine.bin().display(),
            AGENT.join(" "),
        )
        .replace(" dash ", &format!(" {} ", find("dash").display()))
    };
    let at_terminal = |line: &str, typed: &str| {
        let mut command = Command::new(find("script"));
        command.args(["-qec", line, "/dev/null"]);
        run(command, typed)
    };
    let ran = at_terminal(&line("", ""), "secret\n").exits(0);
    assert!(ran.stdout.contains("registration token or invite (not shown): "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\r\nregistered\r\nwrote a skill"), "{}", ran.stdout);
    // Nobody is asked whose answers do not count, or who would not see the question.
    for (env, end) in [("MOSS_NO_INPUT=1", ""), ("", "| cat")] {
        let ran = at_terminal(&line(env, end), "secret\n");
        assert!(!ran.stdout.contains("(not shown)"), "{}", ran.stdout);
        assert!(ran.stdout.contains("for want of a token"), "{}", ran.stdout);
    }
}
