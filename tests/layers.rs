//! The layers: a room of the source imports only rooms below it. rustc would let any of them know
//! any other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, highest first.
const CLIENT: &[&str] = &[
    "main", "cli", "commands", "update", "onboard", "context", "legacy", "client", "render",
    "config", "system", "error", "hints",
];

/// The rooms of `crates/moss-server/src/`, highest first.
const SERVER: &[&str] = &[
    "main",
    "lib",
    "cli",
    "importing",
    "background",
    "web",
    "http",
    "webhooks",
    "app",
    "writer",
    "domain",
    "store",
    "releases",
    "config",
    "downloads",
    "net",
    "security",
    "files",
    "clock",
];

#[test]
fn the_client_imports_downwards() {
    check("src", CLIENT);
}

/// A folder of a command has its `mod.rs` on top; `cli` has `run.rs` above that.
#[test]
fn nobody_imports_who_dispatches_to_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in sources(&source) {
        let path = file.strip_prefix(&source).unwrap();
        let names: Vec<_> = path.iter().filter_map(|name| name.to_str()).collect();
        let (folder, prefix) = match names.as_slice() {
            [_, "mod.rs"] | [_, _, "mod.rs"] | ["cli", "run.rs"] => continue,
            ["cli", _] => ("cli", "crate::cli::".to_owned()),
            ["commands", command, _] => (*command, format!("crate::commands::{command}::")),
            _ => continue,
        };
        let siblings = sources(file.parent().unwrap());
        let is_sibling =
            |name: &str| siblings.iter().any(|it| it.file_stem().is_some_and(|stem| stem == name));
        let (shown, text) = (path.display(), fs::read_to_string(&file).unwrap());
        for (at, start) in text.match_indices("\nuse ") {
            let path = &text[at + start.len()..];
            let rest = path.strip_prefix("super::").or_else(|| path.strip_prefix(prefix.as_str()));
            let Some(rest) = rest else { continue };
            let heads = rest.strip_prefix('{').map_or_else(|| vec![name(rest)], heads);
            for head in heads.into_iter().filter(|head| !is_sibling(head)) {
                let line = text[..at].matches('\n').count() + 2;
                wrong.push(format!("src/{shown}:{line}: imports {head} of {folder}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_server_imports_downwards() {
    check("crates/moss-server/src", SERVER);
}

/// Nobody reaches past a neighbour: what a request does is asked of the domain, and SQL stays in the
/// store.
#[test]
fn the_server_reaches_past_no_neighbour() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/moss-server/src");
    let mut wrong = Vec::new();
    for (room, far) in
        [("http", "crate::store"), ("http", "sea_orm"), ("net", "sea_orm"), ("domain", "sea_orm")]
    {
        for file in sources(&source.join(room)) {
            let text = fs::read_to_string(&file).unwrap();
            for (at, line) in text.lines().enumerate().filter(|(_, line)| line.contains(far)) {
                let shown = file.strip_prefix(&source).unwrap().display();
                wrong.push(format!("{shown}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn check(folder: &str, rooms: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut wrong = Vec::new();
    for file in sources(&folder) {
        let shown = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display();
        let path = file.strip_prefix(&folder).unwrap();
        let room = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(height) = rooms.iter().position(|it| *it == room) else {
            wrong.push(format!("{shown}: the room '{room}' is not in the list"));
            continue;
        };
        for (line, other) in imports(&fs::read_to_string(&file).unwrap()) {
            match rooms.iter().position(|it| *it == other) {
                Some(below) if below >= height => {}
                Some(_) => wrong.push(format!("{shown}:{line}: {room} imports {other}, above it")),
                None => wrong.push(format!("{shown}:{line}: there is no room '{other}'")),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.insert(path);
        }
    }
    found
}

/// The rooms that `crate::…` names in a source, each with its line, comments aside: alone, as in
/// `crate::config::key`, or several in braces.
fn imports(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let line = source[..at].matches('\n').count() + 1;
        let before = source[..at].rsplit('\n').next().unwrap_or_default();
        let is_text = before.ends_with(['`', '"']);
        if before.trim_start().starts_with("//") || before.ends_with(is_of_name) || is_text {
            continue;
        }
        let rest = &source[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads(group).into_iter().map(|name| (line, name))),
            None => found.push((line, name(rest))),
        }
    }
    found
}

/// The first names of a group's members: `a` and `b` of `{a::{c, d}, b}`.
fn heads(group: &str) -> Vec<&str> {
    let (mut depth, mut starts, mut heads) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts = true,
            c if starts && is_of_name(c) => {
                heads.push(name(&group[at..]));
                starts = false;
            }
            _ => {}
        }
    }
    heads
}

fn name(text: &str) -> &str {
    &text[..text.find(|c| !is_of_name(c)).unwrap_or(text.len())]
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn every_form_of_import_is_seen() {
    let source = "\
use crate::config::key;
use crate::{client::{self, Client}, legacy};
// use crate::cli;
    let it = crate::render::table(super::crate_free, my_crate::room);
use crate::{
    error::Error, system,
};
";
    let seen = imports(source);
    let rooms: Vec<_> = seen.iter().map(|(line, room)| format!("{line} {room}")).collect();
    assert_eq!(rooms, ["1 config", "2 client", "2 legacy", "4 render", "5 error", "5 system"]);
}
