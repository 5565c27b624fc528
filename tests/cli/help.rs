//! The whole help of every command, kept as a snapshot: `INSTA_UPDATE=always cargo test -p moss
//! --test cli help` writes it anew.

use test_support::builder::Test;

/// `moss COMMAND… --help`, and the same of every command below it.
fn collect(command: &[&str], all: &mut String) {
    let help = Test::nowhere(&[command, &["--help"]].concat()).any_stdout().run().stdout;
    let line: String = command.iter().map(|word| format!(" {word}")).collect();
    all.push_str(&format!("$ moss{line} --help\n{help}\n"));
    if !help.lines().any(|line| line.starts_with("Usage: ") && line.ends_with("<COMMAND>")) {
        return;
    }
    let words = [&["completions", "bash", "--word=", "--", "moss"], command].concat();
    let offered = Test::nowhere(&words).any_stdout().run().stdout;
    for word in offered.lines().filter(|word| !word.starts_with('-') && *word != "help") {
        collect(&[command, &[word]].concat(), all);
    }
}

#[test]
fn of_every_command() {
    let mut all = String::new();
    collect(&[], &mut all);
    assert!(all.matches("$ moss ").count() > 50, "{all}");
    insta::assert_snapshot!("help", all);
}
