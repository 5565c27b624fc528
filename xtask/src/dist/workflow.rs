//! The workflow that releases, held to what this tool builds and takes.

use clap::Parser;
use serde_json::Value;

use super::programs::TARGETS;
use crate::Cli;
use crate::workspace::root;

const PATH: &str = ".github/workflows/release.yml";

fn text() -> String {
    std::fs::read_to_string(root().join(PATH)).unwrap()
}

fn workflow() -> Value {
    serde_saphyr::from_str(&text()).unwrap()
}

/// Every step, with the name of its job.
fn steps(workflow: &Value) -> Vec<(String, Value)> {
    let jobs = workflow["jobs"].as_object().unwrap();
    let all = jobs.iter().flat_map(|(name, job)| {
        let steps = job["steps"].as_array().unwrap();
        steps.iter().map(|step| (name.clone(), step.clone()))
    });
    all.collect()
}

#[test]
fn it_builds_every_target_where_that_target_is_at_home() {
    let workflow = workflow();
    let matrix = workflow["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let targets: Vec<_> = matrix.iter().map(|entry| entry["target"].as_str().unwrap()).collect();
    assert_eq!(targets, TARGETS);
    for entry in matrix {
        let (target, runner) =
            (entry["target"].as_str().unwrap(), entry["runner"].as_str().unwrap());
        let system = match target {
            target if target.contains("apple") => "macos",
            target if target.contains("windows") => "windows",
            target => {
                assert_eq!(target.contains("aarch64"), runner.ends_with("-arm"), "{target}");
                "ubuntu"
            }
        };
        assert!(runner.starts_with(system), "{target} on {runner}");
        assert!(!runner.ends_with("latest"), "{runner} changes under our feet");
    }
}

#[test]
fn every_action_is_pinned_to_a_commit() {
    let mut pinned = 0;
    for (job, step) in steps(&workflow()) {
        let Some(uses) = step["uses"].as_str() else { continue };
        let (_, commit) = uses.split_once('@').unwrap();
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_commit, "{job}: {uses}");
        pinned += 1;
    }
    assert!(pinned > 0);
}

#[test]
fn only_what_publishes_may_write_and_only_what_signs_has_the_key() {
    let workflow = workflow();
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    for (name, job) in workflow["jobs"].as_object().unwrap() {
        let may = if name == "publish" { "write" } else { "read" };
        assert_eq!(job["permissions"], serde_json::json!({ "contents": may }), "{name}");
    }
    assert_eq!(text().matches("secrets.").count(), 1);
    for (job, step) in steps(&workflow) {
        if step["env"].to_string().contains("secrets.") {
            assert_eq!((job.as_str(), step["name"].as_str()), ("sign", Some("Sign")));
        }
        // Whatever a tag or a branch is called, it is data in a variable and no part of a script.
        assert!(!step["run"].to_string().contains("${{"), "{step}");
    }
    let jobs = &workflow["jobs"];
    assert_eq!(
        (&jobs["sign"]["needs"], &jobs["publish"]["needs"]),
        (&"build".into(), &"sign".into())
    );
}

#[test]
fn its_command_lines_are_ones_this_tool_takes() {
    let mut seen = Vec::new();
    for (_, step) in steps(&workflow()) {
        let Some(run) = step["run"].as_str() else { continue };
        for line in run.lines() {
            let line = line.replace("<(printf '%s' \"$KEY\")", "FILE");
            let words = shlex::split(&line).unwrap_or_default();
            let at = match words.iter().position(|word| word.ends_with("xtask")) {
                Some(at) if words[0] == "cargo" && at == 1 || at == 0 => at,
                Some(_) | None => continue,
            };
            if let Err(error) = Cli::try_parse_from(&words[at..]) {
                panic!("{line}: {error}");
            }
            seen.push(words[at + 1].clone());
        }
    }
    assert_eq!(seen, ["dist", "sign"]);
}
