//! The files that package the server, held to each other.

use serde_json::{Value, json};

use super::programs::TARGETS;
use crate::workspace::root;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// What follows an instruction of the Dockerfile, at its last occurrence.
fn said(instruction: &str) -> String {
    let text = read("Dockerfile").replace("\\\n", "");
    let said = text.lines().rev().find_map(|line| line.strip_prefix(instruction));
    said.unwrap_or_else(|| panic!("no {instruction}")).trim().to_owned()
}

#[test]
fn compose_has_the_originals_port_and_folders_where_the_image_keeps_them() {
    let compose: Value = serde_saphyr::from_str(&read("docker-compose.yml")).unwrap();
    let service = &compose["services"]["moss"];
    assert_eq!(service["ports"], json!(["${MOSS_PUBLISH:-127.0.0.1}:6565:6565"]));
    assert_eq!(said("EXPOSE"), "6565");
    let volumes = service["volumes"].as_array().unwrap();
    let sources: Vec<_> = volumes.iter().map(|volume| &volume["source"]).collect();
    assert_eq!(sources, ["./docker-data/config", "./data", "./workspace"]);
    let targets: Vec<_> = volumes.iter().map(|volume| volume["target"].clone()).collect();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&said("VOLUME")).unwrap(), targets);
    let ignored = read(".dockerignore");
    for source in sources {
        let folder = source.as_str().unwrap().split('/').nth(1).unwrap();
        assert!(ignored.lines().any(|line| line == folder), "{folder} would reach the builder");
    }
}

#[test]
fn the_image_is_not_roots_and_asks_after_the_server_it_runs() {
    assert_ne!(said("USER").split(':').next(), Some("0"));
    let words = |text: String| serde_json::from_str::<Vec<String>>(&text).unwrap();
    let command = words(said("CMD"));
    let health = words(said("HEALTHCHECK").split_once("CMD ").unwrap().1.to_owned());
    assert_eq!(health[0], words(said("ENTRYPOINT"))[0]);
    assert_eq!((health[1].as_str(), command[0].as_str()), ("health", "serve"));
    assert_eq!(health[2..], command[1..], "another configuration");
}

#[test]
fn releases_and_images_are_built_by_one_compiler() {
    let workflow: Value = serde_saphyr::from_str(&read(".github/workflows/release.yml")).unwrap();
    let rust = workflow["env"]["RUST"].as_str().unwrap();
    let dockerfile = read("Dockerfile");
    assert!(dockerfile.contains(&format!("FROM rust:{rust}-")), "the image is not built by {rust}");
    assert!(rust.starts_with(env!("CARGO_PKG_RUST_VERSION")), "{rust}");
}

#[test]
fn what_may_be_depended_on_is_judged_for_every_target() {
    let deny = read("deny.toml");
    let (_, rest) = deny.split_once("targets = [").unwrap();
    let (targets, _) = rest.split_once(']').unwrap();
    let targets: Vec<_> =
        targets.split(',').map(|target| target.trim().trim_matches('"')).collect();
    assert_eq!(targets[..TARGETS.len()], TARGETS);
}
