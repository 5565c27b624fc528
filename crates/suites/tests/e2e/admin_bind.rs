//! `admin.bind`: what is the person in charge's is at an address of its own, and nowhere else.

use std::net::TcpListener;

use serde_json::json;
use test_support::moss::Workspace;
use test_support::server::{ADMIN_PASSWORD, Config, Launch};

use crate::connection::Connection;

test_support::tests![the_person_in_charge_is_served_at_one_address_alone];

/// A port that nobody has just now.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn the_person_in_charge_is_served_at_one_address_alone() {
    let folder = tempfile::tempdir().unwrap();
    Config { admin_password: Some(ADMIN_PASSWORD), ..Config::default() }.write(folder.path());
    let admins = format!("127.0.0.1:{}", free_port());
    let server = Launch::new(folder.path()).env("MOSS_ADMIN__BIND", &admins).start();
    let said = format!("the person in charge is served at http://{admins} alone\n");
    assert!(server.stdout().contains(&said), "{}", server.stdout());
    let asked = |address: &str, path: &str, header: &str| {
        let text = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{header}\r\n");
        Connection::open(address).unwrap().ask(&text).unwrap()
    };
    let agents = server.address();
    for path in ["/api/admin/agents", "/api/admin", "/api/setup/status", "/setup", "/"] {
        let answer = asked(agents, path, "");
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    let hint = asked(agents, "/api/admin/agents", "").json();
    assert_eq!(hint["detail"], "nothing of the person in charge is served at this address");
    assert!(hint["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{hint}");
    // Nor does a session do anything there.
    let login = json!({ "password": ADMIN_PASSWORD }).to_string();
    let login = format!(
        "POST /api/admin/login HTTP/1.1\r\nhost: {admins}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{login}",
        login.len()
    );
    let token = Connection::open(&admins).unwrap().ask(&login).unwrap().json();
    let token = token["token"].as_str().unwrap().to_owned();
    let session = format!("x-admin-token: {token}\r\n");
    assert_eq!(asked(&admins, "/api/admin/agents", &session).status, 200);
    assert_eq!(asked(agents, "/api/agents", &session).status, 404);
    for address in [agents, admins.as_str()] {
        assert_eq!(asked(address, "/api/health", "").status, 200);
        assert_eq!(asked(address, "/openapi.json", "").status, 200);
    }
    assert_eq!(asked(&admins, "/setup", "").status, 200);
    let person = Workspace::new().env("MOSS_SERVER", &format!("http://{admins}"));
    person.moss_with_input(&["login", "--admin"], ADMIN_PASSWORD).exits(0);
    person.moss(["goal", "list"]).exits(0);
    server.terminate().exits(0);
    // An address that another has is named, and nothing begins.
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = Launch::new(folder.path()).env("MOSS_ADMIN__BIND", &address).ends();
    assert!(refused.stderr.contains("as admin.bind asks"), "{refused}");
}
