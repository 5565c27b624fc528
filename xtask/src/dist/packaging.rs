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

/// What each profile starts, and that what is started fits together.
#[test]
fn compose_starts_one_server_or_two_with_a_database_and_a_proxy() {
    let compose: Value = serde_saphyr::from_str(&read("docker-compose.yml")).unwrap();
    let services = compose["services"].as_object().unwrap();
    let of = |profile: &str| -> Vec<&str> {
        let is_of = |service: &Value| service["profiles"] == json!([profile]);
        let those = services.iter().filter(|(_, service)| is_of(service));
        those.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(of("sqlite"), ["moss"]);
    let mut several = of("postgres");
    several.sort_unstable();
    assert_eq!(several, ["database", "moss-1", "moss-2", "proxy"]);
    assert!(read(".env").lines().any(|line| line == "COMPOSE_PROFILES=sqlite"));

    let published = json!(["${MOSS_PUBLISH:-127.0.0.1}:6565:6565"]);
    for (name, service) in services {
        let is_door = matches!(name.as_str(), "moss" | "proxy");
        assert_eq!(
            service["ports"],
            if is_door { published.clone() } else { Value::Null },
            "{name}"
        );
    }
    let network = &compose["networks"]["moss"]["ipam"]["config"][0]["subnet"];
    let mut folders = Vec::new();
    for name in ["moss-1", "moss-2"] {
        let server = &services[name];
        let environment = &server["environment"];
        assert_eq!(environment["MOSS_DATABASE__URL"], "postgres://moss@database:5432/moss");
        let proxies = format!("[{}]", network.as_str().unwrap());
        assert_eq!(environment["MOSS_SERVER__TRUSTED_PROXIES"], proxies);
        assert_eq!(environment["MOSS_DATABASE__PASSWORD_FILE"], "/run/secrets/database-password");
        assert_eq!(server["depends_on"]["database"]["condition"], "service_healthy");
        folders.push(server["volumes"][0]["source"].clone());
        let balanced = format!("server {name} {name}:{}", said("EXPOSE"));
        assert!(read("packaging/haproxy.cfg").contains(&balanced), "no {balanced}");
    }
    assert_ne!(folders[0], folders[1], "two servers write one configuration");
    let database = &services["database"];
    assert!(database["healthcheck"]["test"].to_string().contains("pg_isready"));
    assert_eq!(database["environment"]["POSTGRES_PASSWORD_FILE"], "/run/secrets/database-password");
    let volume = database["volumes"][0].as_str().unwrap().split(':').next().unwrap();
    assert!(compose["volumes"].get(volume).is_some(), "{volume} goes with the container");
    let ignored = read(".dockerignore");
    let secret = compose["secrets"]["database-password"]["file"].as_str().unwrap();
    let folder = secret.split('/').nth(1).unwrap();
    assert!(ignored.lines().any(|line| line == folder), "{secret} would reach the builder");
}

/// One server or several, they are kept in alike.
#[test]
fn both_units_let_a_server_do_as_little() {
    let rules = |unit: &str| -> Vec<String> {
        let text = read(unit);
        let (_, rules) = text.split_once("CapabilityBoundingSet=").unwrap();
        let kept = |line: &&str| !line.starts_with('#') && !line.is_empty();
        rules.lines().filter(kept).map(str::to_owned).collect()
    };
    let (one, mut several) =
        (rules("packaging/moss-server.service"), rules("packaging/moss-server@.service"));
    for rule in &mut several {
        // For the socket of a database on the same machine.
        *rule = rule.replace(" AF_UNIX", "");
    }
    assert!(one.len() > 20, "{one:?}");
    assert_eq!(one, several);
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
