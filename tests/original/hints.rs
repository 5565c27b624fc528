//! What the agents of the original are told to type: all of it is there, and works on their server.

use std::collections::BTreeSet;
use std::time::Duration;

use super::team::Team;
use test_support::moss::{Ran, Workspace};
use test_support::standin::Standin;

/// What the original has no means for, with arguments that parse.
const REFUSED: [(&str, &[&str]); 5] = [
    ("release", &["release", "01a3c9f2"]),
    ("fail", &["fail", "01a3c9f2", "--class", "other", "--detail", "x"]),
    ("heartbeat", &["heartbeat", "01a3c9f2"]),
    ("plan release", &["plan", "release", "01a3c9f2"]),
    ("key rotate", &["key", "rotate"]),
];
/// Flags that mean nothing there.
const NO_FLAGS: [&str; 2] = ["--attempt", "--after"];

/// How a command is named.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    /// By a line that can be typed.
    Line(String),
    /// By what can be typed, perhaps without its arguments.
    Quoted(String),
    /// By words that may or may not be a command.
    Words(String),
}

/// Everything that was said.
#[derive(Default)]
struct Heard(Vec<String>);

impl Heard {
    fn hear(&mut self, ran: Ran) {
        self.0.push(format!("{}\n{}", ran.stdout, ran.stderr));
    }

    /// Runs each, and hears what comes of it.
    fn run(&mut self, workspace: &Workspace, lines: &[&str]) {
        for line in lines {
            self.hear(workspace.shell(&format!("moss {line}")));
        }
    }

    /// Every command that is named: as a line to type, or by a word or two in a sentence.
    fn commands(&self) -> BTreeSet<Named> {
        let mut found = BTreeSet::new();
        for line in self.0.iter().flat_map(|text| text.lines()) {
            if let Some(command) = line.trim_start().strip_prefix("-> ") {
                found.insert(Named::Line(filled(command.split("  #").next().unwrap())));
                continue;
            }
            let quoted = line.split('`').skip(1).step_by(2).filter(|it| it.starts_with("moss "));
            found.extend(quoted.map(|command| Named::Quoted(filled(command))));
            let bare: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
            for (at, _) in bare.match_indices("moss ") {
                let words = bare[at..].split(' ').skip(1);
                let is_word = |w: &&str| w.chars().all(|c| c.is_ascii_lowercase()) && !w.is_empty();
                let path: Vec<_> = words
                    .map(|w| w.trim_end_matches([',', ';', ':', '.', ')', '"']))
                    .take_while(is_word)
                    .take(2)
                    .collect();
                if !path.is_empty() {
                    found.insert(Named::Words(format!("moss {}", path.join(" "))));
                }
            }
        }
        found
    }
}

/// The words that name a command, as `plan status`; none when it is just a sentence with `moss`.
fn path_of(nowhere: &Workspace, command: &str) -> Option<String> {
    let mut words: Vec<_> = command
        .split_whitespace()
        .skip(1)
        .take_while(|w| w.chars().all(|c| c.is_ascii_lowercase()))
        .take(2)
        .collect();
    while !words.is_empty() {
        let line = [&words[..], &["--help"]].concat();
        let helped = nowhere.moss_with_input(&line, "");
        if helped.code == 0 && helped.stdout.contains(&format!("moss {}", words.join(" "))) {
            return Some(words.join(" "));
        }
        words.pop();
    }
    None
}

/// With a value for each of the words in capitals.
fn filled(command: &str) -> String {
    let mut line = command.replace('…', " ").replace(" 3-5 ", " 4 ").replace(" 1-2 ", " 2 ");
    if line.contains("review reject") {
        line = line.replace(" --score N ", " --score 2 ");
    }
    for stands in moss_api::placeholder::ALL {
        line = line.replace(&format!("\"{stands}\""), "\"x\"");
    }
    for (word, value) in [
        ("COMMAND", "wake"),
        ("ID", "01a3c9f2"),
        ("TASK", "01a3c9f2"),
        ("AGENT", "AI-Wu"),
        ("TEXT", "x"),
        ("PATH", "x"),
        ("FILE", "x"),
        ("N", "4"),
    ] {
        let words: Vec<_> = line.split(' ').map(|w| if w == word { value } else { w }).collect();
        line = words.join(" ");
    }
    line
}

#[test]
fn they_are_told_only_what_works_there() {
    let mut heard = Heard::default();
    everything_said_at_work(&mut heard);
    everything_said_on_board(&mut heard);
    let nowhere = Workspace::new();
    let commands = heard.commands();
    assert!(commands.len() > 40, "{commands:#?}");
    for named in &commands {
        let (Named::Line(command) | Named::Quoted(command) | Named::Words(command)) = named;
        for flag in NO_FLAGS {
            assert!(!command.contains(flag), "{command} has {flag}");
        }
        let path = path_of(&nowhere, command);
        let refused = |path: &String| REFUSED.iter().any(|(refused, _)| refused == path);
        assert!(!path.as_ref().is_some_and(refused), "{command} does not work there");
        if matches!(named, Named::Words(_)) {
            continue; // "moss says" is none
        }
        assert!(path.is_some(), "there is no {command}");
        // That nobody is registered here is all that is wrong with it.
        let ran = nowhere.shell(command);
        let is_short = matches!(named, Named::Quoted(_)) && ran.stderr.contains("required arg");
        assert!([0, 4].contains(&ran.code) || is_short, "{command}: {ran}");
    }
}

/// The list above is true.
#[test]
fn what_is_left_out_is_refused_there() {
    let team = Team::new();
    for (_, line) in REFUSED {
        let ran = team.executor.moss_with_input(line, "").exits(6);
        ran.complains("this server is the original OpenMOSS and cannot ");
    }
    assert_eq!(team.write_lines(), [""; 0]);
}

/// Every role in every state, and every refusal.
fn everything_said_at_work(heard: &mut Heard) {
    let (team, list, notes) = Team::with_work();
    let (a, b) = (&list[..8], &notes[..8]);
    let wake = |heard: &mut Heard| {
        for agent in [&team.planner, &team.executor, &team.other, &team.reviewer, &team.patrol] {
            heard.run(agent, &["wake", "wake --gate", "mine", "available", "list"]);
        }
    };
    let run = |heard: &mut Heard, agent: &Workspace, line: String| heard.run(agent, &[&line]);
    wake(heard);
    run(heard, &team.executor, format!("claim {a}"));
    wake(heard);
    run(heard, &team.other, format!("claim {a}"));
    run(heard, &team.other, format!("start {a}"));
    run(heard, &team.executor, format!("start {b}"));
    run(heard, &team.executor, format!("claim {a} --start"));
    run(heard, &team.other, "claim --start".into());
    run(heard, &team.other, "claim".into());
    wake(heard);
    team.server.let_pass(Duration::from_secs(2 * 3_600));
    wake(heard);
    run(heard, &team.executor, format!("submit {a} --summary x"));
    team.server.fail_once("POST /api/logs");
    run(heard, &team.other, format!("submit {b} --summary x"));
    run(heard, &team.other, format!("submit {b} --summary x"));
    wake(heard);
    heard.run(&team.reviewer, &["review list", "review list --records"]);
    run(heard, &team.reviewer, format!("review show {a}"));
    run(heard, &team.reviewer, format!("review reject {a} --score 1 --issues x"));
    run(heard, &team.reviewer, format!("review reject {a} --score 1 --issues x"));
    run(heard, &team.reviewer, format!("review approve {b} --score 5"));
    wake(heard);
    run(heard, &team.executor, format!("log add reflection --on {a} x"));
    run(heard, &team.executor, format!("start {a}"));
    team.server.fail_once("POST /api/logs");
    run(heard, &team.patrol, format!("patrol block {a} --reason x"));
    run(heard, &team.patrol, format!("patrol block {a} --reason x"));
    wake(heard);
    for line in [format!("show {a}"), format!("plan edit {a} --name x"), "show 0000".into()] {
        run(heard, &team.planner, line);
    }
    run(heard, &team.planner, format!("plan reassign {a} AI-Ola"));
    run(heard, &team.planner, format!("plan reassign {b} AI-Ola"));
    run(heard, &team.planner, format!("plan edit {a} --name x"));
    run(heard, &team.planner, format!("plan cancel {a}"));
    wake(heard);
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = &task["items"][0]["id"].as_str().unwrap()[..8].to_owned();
    for line in ["plan status", "list --modules 0000", "list --module 0000", "list --tasks"] {
        heard.run(&team.planner, &[line]);
    }
    for line in [
        format!("plan status {task}"),
        format!("plan module {task} API"),
        format!("plan add {task} More"),
        "plan task Empty".into(),
        "plan apply plan.yaml".into(),
        "plan example".into(),
        "agents".into(),
        "score board".into(),
        format!("release {b}"),
        format!("log list --on {b}"),
        "log list --agent nobody".into(),
    ] {
        run(heard, &team.planner, line);
    }
    team.planner
        .write("after.yaml", "task: {name: T}\nsub_tasks: [{name: A}, {name: B, depends_on: [A]}]");
    heard.run(&team.planner, &["plan apply after.yaml", "plan apply no.yaml"]);
    wake(heard);
    heard.run(&team.executor, &["rules", "whoami", "notify", "score me", "score logs"]);
}

/// The files that tell an agent its role, and what getting there says.
fn everything_said_on_board(heard: &mut Heard) {
    let server = Standin::start();
    for role in ["planner", "executor", "reviewer", "patrol"] {
        let workspace = server.join(&format!("AI-{role}"), role);
        heard.run(&workspace, &["skill show", "skill diff", "skill install", "doctor"]);
        heard.run(&workspace, &["onboard cron --command cat", "doctor", "whoami"]);
        for file in ["AGENTS.md".to_owned(), format!("skills/moss-{role}/SKILL.md")] {
            heard.0.push(std::fs::read_to_string(workspace.path().join(file)).unwrap());
        }
    }
}

#[test]
fn the_example_of_a_plan_can_be_applied_there() {
    let team = Team::new();
    let example = team.planner.moss(["plan", "example"]).exits(0).keeps_quiet_about("depends_on");
    team.planner.write("plan.yaml", &example.stdout);
    team.planner.moss(["plan", "apply", "plan.yaml"]).exits(0).says("Order list API");
    team.executor.moss(["wake"]).exits(0).says("CLAIMABLE 3");
    // Where nothing is known of a server, it is the whole one.
    Workspace::new().moss(["plan", "example"]).exits(0).says("depends_on");
}
