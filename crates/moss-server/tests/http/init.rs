//! `moss-server init`: a server that is set up before its first start.

use std::fs;

use moss_server::config::Config;
use moss_server::security::password;

use crate::moving::{moss_server, refusal_with};

#[test]
fn a_server_is_set_up_without_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (config, secret) = (file("config.yaml"), file("pw"));
    let init = ["init", "--admin-password-file", &secret, "--config", &config];

    assert!(
        refusal_with(&moss_server(&init), 1)
            .ends_with("cannot be read: No such file or directory (os error 2)")
    );
    for (weak, why) in [
        ("short", "should have at least 8 characters"),
        ("Password1", "is one that everybody knows or tries first"),
    ] {
        fs::write(&secret, weak).unwrap();
        let output = moss_server(&init);
        let told = format!("error: the admin password: {why}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(&told) && !stderr.contains(weak), "{stderr}");
        assert_eq!(output.status.code(), Some(8), "{stderr}");
    }
    assert!(!folder.path().join("config.yaml").exists());

    fs::write(&secret, "correct horse\nnot this line\n").unwrap();
    let more =
        ["--project", "news", "--workspace", "/srv/work", "--external-url", "https://m.example"];
    let output = moss_server(&[&init[..], &more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!(
            "set up in {config}\nagents register with the token in it: agent.registration_token\n"
        )
    );
    let written = Config::load(config.as_ref(), []).unwrap();
    assert!(written.admin.password.starts_with("$argon2id$"));
    assert!(password::verify("correct horse", &written.admin.password));
    assert_eq!(written.agent.registration_token.len(), 32);
    assert_eq!((&*written.project.name, &*written.workspace.root), ("news", "/srv/work"));
    assert_eq!(written.server.external_url, "https://m.example");

    let again = moss_server(&init);
    assert_eq!(again.status.code(), Some(4));
    let stderr = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(stderr, format!("error: {config} has an admin password already\n"));
}

#[test]
fn one_for_invites_alone_has_no_open_door() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (config, secret) = (file("config.yaml"), file("pw"));
    fs::write(&secret, "correct horse").unwrap();
    let init = ["init", "--admin-password-file", &secret, "--config", &config, "--invites-only"];
    let output = moss_server(&init);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("set up in {config}\n"));
    assert!(!Config::load(config.as_ref(), []).unwrap().agent.allow_registration);
}
