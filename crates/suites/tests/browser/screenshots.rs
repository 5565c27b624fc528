//! The pictures in the README: pages of what `cargo demo --keep` leaves. They lie beside the other pictures of
//! this run; with `MOSS_SCREENSHOTS=docs/screenshots` they take the place of those that are shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::program::moss;

use crate::chromium::{Browser, NEEDS, WIDTHS, run};

test_support::tests![the_readme_shows_what_the_demo_leaves needs NEEDS];

/// What is shown: its name, which page, in which look, and how wide.
const SHOWN: [(&str, &str, &str, u32); 4] = [
    ("needs-you", "/", "language=en&theme=light", WIDTHS[0]),
    ("sub-task", "Price list", "language=en&theme=light", WIDTHS[0]),
    ("agents", "/agents", "language=zh&theme=dark", WIDTHS[0]),
    ("phone", "/sub-tasks", "language=en&theme=dark", WIDTHS[1]),
];

/// A demo that was kept; it ends with this.
struct Demo {
    url: String,
    password: String,
    end: String,
}

impl Demo {
    fn kept() -> Self {
        let mut demo = Command::new(moss().with_file_name("xtask"));
        let ran = demo.args(["demo", "--keep"]).output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
        let after = |what: &str| {
            let (_, rest) = said.split_once(what).unwrap_or_else(|| panic!("no {what:?}: {said}"));
            rest.lines().next().unwrap().to_owned()
        };
        let (url, password) = {
            let told = after("In a browser: ");
            let (url, password) = told.split_once(", with the admin password ").unwrap();
            (url.to_owned(), password.to_owned())
        };
        Self { url, password, end: after("To end it: ") }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("sh").args(["-c", &self.end]).status();
    }
}

fn the_readme_shows_what_the_demo_leaves() {
    let demo = Demo::kept();
    let folder = match std::env::var_os("MOSS_SCREENSHOTS") {
        Some(folder) => repository().join(folder),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme"),
    };
    fs::create_dir_all(&folder).unwrap();
    run(async {
        let browser = Browser::open(&demo.url).await;
        browser.go("/login").await;
        browser.write("[name=password]", &demo.password).await;
        browser.click(".login button").await;
        browser.says("Needs you (2)").await;
        for (name, page, look, width) in SHOWN {
            browser.width(width).await;
            browser.go(&format!("/look?{look}&zone=UTC&to=/")).await;
            if page.starts_with('/') {
                browser.go(page).await;
            } else {
                browser.go(&format!("/sub-tasks?q={}", page.replace(' ', "+"))).await;
                browser.click("#page tbody a").await;
                browser.one(".why").await;
            }
            let file = folder.join(format!("{name}.png"));
            fs::write(file, browser.page.screenshot().await.unwrap()).unwrap();
        }
        browser.close().await;
    });
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for (name, ..) in SHOWN {
        let shown = format!("docs/screenshots/{name}.png");
        assert!(readme.contains(&shown) && repository().join(&shown).exists(), "{shown}");
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
