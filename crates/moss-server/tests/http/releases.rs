//! What the server hands out, and what it says of clients.

use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Request, Response};
use futures_util::StreamExt;
use moss_server::downloads::MAX_DOWNLOADS;
use moss_server::http::router;
use moss_server::releases::ReleaseNotice;
use moss_server::web::pages;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::harness::Answer;
use crate::harness::World;
use crate::signing::{manifest, manifest_by};

const MANIFEST: &str = "/releases/manifest.json";

/// A world whose releases are in `FOLDER/releases`.
async fn serving() -> (World, TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("releases");
    fs::create_dir(&dir).unwrap();
    let world = World::with(|config| config.releases.dir.clone_from(&dir)).await;
    (world, folder, dir)
}

async fn ask(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    world.ask(method, path, headers, &Value::Null).await
}

async fn get(world: &World, path: &str) -> Answer {
    ask(world, "GET", path, &[]).await
}

/// The head of an answer, and its body unread.
async fn begin(world: &World, path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router(world.app.clone(), pages()).oneshot(request).await.unwrap()
}

fn release(version: &str, recalled: bool) -> Value {
    let mut release = json!({ "version": version, "date": "2026-11-20T09:00:00Z", "assets": [] });
    if recalled {
        release["recalled"] = json!({ "reason": "eats files" });
    }
    release
}

/// In place by rename, as the documentation says.
fn put(dir: &Path, name: &str, content: &str) {
    let staged = dir.join(".staged");
    fs::write(&staged, content).unwrap();
    fs::rename(staged, dir.join(name)).unwrap();
}

#[tokio::test]
async fn files_are_handed_out_with_what_a_cache_needs() {
    let (world, _folder, dir) = serving().await;
    put(&dir, "manifest.json", "{}");
    put(&dir, "moss-0.2.0-x.tar.gz", &"x".repeat(300_000));
    for (name, kind, size) in [
        ("manifest.json", "application/json", 2),
        ("moss-0.2.0-x.tar.gz", "application/gzip", 300_000),
    ] {
        let path = format!("/releases/{name}");
        let whole = get(&world, &path).await;
        assert_eq!((whole.status.as_u16(), whole.text.len()), (200, size));
        assert_eq!(whole.headers["content-type"], kind);
        assert_eq!(whole.headers["cache-control"], "public, no-cache");
        assert_eq!(whole.headers["x-content-type-options"], "nosniff");
        let head = ask(&world, "HEAD", &path, &[]).await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
        assert_eq!(head.headers["content-length"], size.to_string().as_str());
        assert_eq!(head.headers["etag"], whole.headers["etag"]);
        let etag = whole.headers["etag"].to_str().unwrap();
        assert_eq!(ask(&world, "GET", &path, &[("if-none-match", etag)]).await.status, 304);
        put(&dir, name, &"y".repeat(size));
        let changed = ask(&world, "GET", &path, &[("if-none-match", etag)]).await;
        assert_eq!((changed.status.as_u16(), changed.text), (200, "y".repeat(size)));
    }
}

#[tokio::test]
async fn nothing_else_is_handed_out() {
    let (world, folder, dir) = serving().await;
    fs::write(folder.path().join("secret"), "secret").unwrap();
    fs::write(dir.join(".hidden"), "hidden").unwrap();
    fs::create_dir(dir.join("folder")).unwrap();
    put(&dir, "folder/inner", "inner");
    for path in [
        "/releases/absent",
        "/releases/.hidden",
        "/releases/folder",
        "/releases/..%2fsecret",
        "/releases/%2e%2e",
        "/releases/folder%2finner",
        "/releases/%00",
        "/releases/%ff",
        "/releases/a%20b",
        &format!("/releases/{}", "a".repeat(300)),
    ] {
        get(&world, path).await.refused(404, "not_found");
    }
    for path in ["/releases", "/releases/", "/releases/../secret", "/releases/folder/inner"] {
        get(&world, path).await.refused(404, "no_route");
    }
    let write = ask(&world, "PUT", "/releases/absent", &[]).await;
    write.refused(405, "method_not_allowed");
    put(&dir, "there", "there");
    assert_eq!(get(&world, "/releases/there").await.text, "there", "so the rest was looked for");
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_pipes_are_no_files_but_the_folder_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let (world, folder, dir) = serving().await;
    fs::write(folder.path().join("secret"), "secret").unwrap();
    symlink(folder.path().join("secret"), dir.join("out")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(dir.join("pipe")).status().unwrap();
    assert!(pipe.success());
    for path in ["/releases/out", "/releases/pipe"] {
        get(&world, path).await.refused(404, "not_found");
    }
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::rename(&dir, &old).unwrap();
    fs::create_dir(&new).unwrap();
    put(&old, "which", "old");
    put(&new, "which", "new");
    for (target, said) in [(&old, "old"), (&new, "new")] {
        symlink(target, folder.path().join("next")).unwrap();
        fs::rename(folder.path().join("next"), &dir).unwrap();
        assert_eq!(get(&world, "/releases/which").await.text, said);
    }
}

/// However a release is put in the place of another: a reader gets one of them, or a connection
/// that is cut off.
#[tokio::test]
async fn a_download_is_of_one_release() {
    let (world, _folder, dir) = serving().await;
    let (old, new) = ("old ".repeat(100_000), "new ".repeat(100_000));
    put(&dir, "archive", &old);
    let mut body = begin(&world, "/releases/archive").await.into_body().into_data_stream();
    let mut read = body.next().await.unwrap().unwrap().to_vec();
    put(&dir, "archive", &new);
    while let Some(bytes) = body.next().await {
        read.extend(bytes.unwrap());
    }
    assert!(read == old.as_bytes(), "replaced by rename: the old one to its end");
    for written in [new.as_str(), "short"] {
        put(&dir, "archive", &old);
        // Long enough ago for the file system's clock to have moved on.
        let file = fs::File::options().write(true).open(dir.join("archive")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let mut body = begin(&world, "/releases/archive").await.into_body().into_data_stream();
        body.next().await.unwrap().unwrap();
        fs::write(dir.join("archive"), written).unwrap();
        let rest: Vec<_> = body.collect().await;
        assert!(rest.iter().any(Result::is_err), "written over: cut off");
    }
}

#[tokio::test]
async fn downloads_have_places_of_their_own() {
    let (world, _folder, dir) = serving().await;
    put(&dir, "archive", &"x".repeat(1_000_000));
    let agent = world.agent("executor", "AI-Wu").await;
    let mut slow = Vec::new();
    for _ in 0..MAX_DOWNLOADS {
        slow.push(begin(&world, "/releases/archive").await);
    }
    assert_eq!(world.get(&agent, "/api/wake").await.status, 200);
    assert_eq!(get(&world, "/install.sh").await.status, 200);
    slow.pop();
    assert_eq!(get(&world, "/releases/archive").await.text.len(), 1_000_000);
    slow.clear();
    for _ in 0..=MAX_DOWNLOADS {
        assert_eq!(ask(&world, "HEAD", "/releases/archive", &[]).await.status, 200);
        get(&world, "/releases/absent").await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_packet_names_the_newest_release_and_the_oldest_wanted() {
    let (world, _folder, dir) = serving().await;
    let agent = world.agent("executor", "AI-Wu").await;
    let told = async || {
        world.app.releases.refresh(world.now());
        let packet = world.get(&agent, "/api/wake").await.ok();
        (packet["client_version"].clone(), packet["minimum_version"].clone())
    };
    let nothing = (json!(null), json!(null));
    assert_eq!(told().await, nothing);
    let three = [release("0.9.0", false), release("0.11.0", true), release("0.10.0", false)];
    put(&dir, "manifest.json", &manifest("0.2.0", &three));
    assert_eq!(told().await, (json!("0.10.0"), json!("0.2.0")));
    let good = manifest("0.2.0", &three);
    let unsigned =
        good.lines().filter(|line| !line.contains("signed\":") && !line.contains("ture\":"));
    let unsigned = unsigned.collect::<String>();
    let forged = [manifest_by(2, "0.2.0", &three), good.replace("0.10.0", "0.12.0")];
    for broken in [
        "",
        "{",
        &good[..good.len() / 2],
        &" ".repeat(2_000_000),
        &unsigned,
        &forged[0],
        &forged[1],
    ] {
        put(&dir, "manifest.json", broken);
        assert_eq!(told().await, nothing, "{:.20}", broken);
        put(&dir, "manifest.json", &good);
        assert_ne!(told().await, nothing);
    }
    fs::remove_file(dir.join("manifest.json")).unwrap();
    assert_eq!(told().await, nothing);
    put(&dir, "manifest.json", &manifest("0.2.0", &[]));
    assert_eq!(told().await, (json!(null), json!("0.2.0")));
}

#[tokio::test]
async fn a_manifest_that_has_expired_tells_of_no_release() {
    let (world, _folder, dir) = serving().await;
    let told = || {
        world.app.releases.refresh(world.now());
        world.app.releases.release_notice().newest.map(|version| version.to_string())
    };
    put(&dir, "manifest.json", &manifest("0.2.0", &[release("0.3.0", false)]));
    let until_its_end = |days: u64| 24 * 60 * days - 9 * 60; // the world begins at 9 o'clock
    assert_eq!(told().as_deref(), Some("0.3.0"));
    world.advance(until_its_end(71) - 1);
    assert_eq!(told().as_deref(), Some("0.3.0"));
    world.advance(1);
    assert_eq!(told(), None);
    put(&dir, "manifest.json", &manifest("0.2.0", &[release("0.3.0", false)]));
    assert_eq!(told(), None, "copied, and not renewed");
}

#[tokio::test]
async fn a_manifest_is_read_once() {
    let (world, _folder, dir) = serving().await;
    let releases = &world.app.releases;
    let refresh = || releases.refresh(world.now());
    assert!(!refresh(), "there is none");
    for content in [manifest("0.2.0", &[]), "broken".to_owned(), manifest("0.3.0", &[])] {
        put(&dir, "manifest.json", &content);
        assert_eq!([(); 3].map(|()| refresh()), [true, false, false], "{content}");
    }
    fs::remove_file(dir.join("manifest.json")).unwrap();
    assert_eq!([(); 2].map(|()| refresh()), [true, false]);
    assert_eq!(releases.release_notice(), ReleaseNotice::default());
}

#[tokio::test]
async fn a_file_that_is_elsewhere_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(|config| {
        config.releases.dir = folder.path().into();
        config.releases.source = "https://releases.example.com/moss/".to_owned();
    })
    .await;
    let moved = get(&world, MANIFEST).await;
    let to = "https://releases.example.com/moss/manifest.json";
    assert_eq!((moved.status.as_u16(), &moved.headers["location"]), (307, &to.parse().unwrap()));
    get(&world, "/releases/..%2fa").await.refused(404, "not_found");
    put(folder.path(), "manifest.json", "{}");
    assert_eq!(get(&world, MANIFEST).await.text, "{}");
}

#[tokio::test]
async fn the_installer_knows_this_server() {
    let world = World::with(|config| {
        config.server.external_url = "https://moss.example.com/".to_owned();
    })
    .await;
    let script = get(&world, "/install.sh").await;
    assert_eq!(script.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(script.text.matches("\nSERVER=https://moss.example.com\n").count(), 1);
    for key in ["current", "next"] {
        let path = format!("{}/../../keys/release-{key}.pub", env!("CARGO_MANIFEST_DIR"));
        assert!(script.text.contains(fs::read_to_string(path).unwrap().trim()), "{key}");
    }
    let etag = script.headers["etag"].to_str().unwrap();
    let again = ask(&world, "GET", "/install.sh", &[("if-none-match", etag)]).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    let agent = world.agent("executor", "AI-Wu").await;
    let gone = world.get(&agent, "/api/tools/cli").await;
    let hint = "curl -fsSL https://moss.example.com/install.sh | sh; \
                every task-cli.py command line works with moss";
    assert_eq!((gone.status.as_u16(), &gone.json()["hint"]), (410, &json!(hint)));
}
