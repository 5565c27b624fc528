//! Every page in both themes, both languages, on a desk and on a phone: nothing that keeps anybody out
//! (axe, WCAG 2.2 AA), nothing refused by the policy, no error, no request elsewhere, nothing wider than
//! the screen.

use std::fs;
use std::path::PathBuf;

use test_support::needs::{AXE, axe};

use crate::chromium::{NEEDS, WIDTHS, run};
use crate::team::Team;

test_support::tests![
    nobody_is_kept_out_of_any_light_page needs [NEEDS[0], NEEDS[1], AXE],
    nobody_is_kept_out_of_any_dark_page needs [NEEDS[0], NEEDS[1], AXE],
];

const LANGUAGES: [&str; 2] = ["en", "zh"];

/// What axe finds wrong, in short.
const VIOLATIONS: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run({ runOnly: tags }).then(found => done(found.violations.map(
        it => it.id + ': ' + it.nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | '))));
";
/// Whether it is wider than the screen, and what it loaded from elsewhere.
const WIDE: &str = "return document.documentElement.scrollWidth - window.innerWidth";
const ELSEWHERE: &str = "return performance.getEntriesByType('resource').map(it => it.name)
    .filter(name => !name.startsWith(location.origin))";

fn nobody_is_kept_out_of_any_light_page() {
    nobody_is_kept_out_of_any_page("light");
}

fn nobody_is_kept_out_of_any_dark_page() {
    nobody_is_kept_out_of_any_page("dark");
}

fn nobody_is_kept_out_of_any_page(theme: &str) {
    let team = Team::at_work();
    let axe = fs::read_to_string(axe().unwrap()).unwrap();
    run(async {
        let browser = team.browser().await;
        let agent = team.agent("AI-Wu");
        let mut pages: Vec<(String, String)> = [
            "/",
            "/tasks",
            "/sub-tasks",
            "/agents",
            "/reviews",
            "/scores",
            "/logs",
            "/patrol",
            "/prompts",
            "/dashboard",
            "/rules",
            "/settings",
            "/system",
            "/search?q=Oven",
            "/feed",
            "/system/look",
        ]
        .map(|path| (path.trim_start_matches('/').replace(['/', '?', '='], "-"), path.to_owned()))
        .into();
        let named = |name: &str, path: String| (name.to_owned(), path);
        pages.extend([
            named("task", format!("/tasks/{}", team.task)),
            named("board", format!("/tasks/{}?view=board", team.task)),
            named("agent", format!("/agents/{agent}")),
            named("prompt", "/prompts/executor".into()),
            named("nothing", "/tasks/ffffffff".into()),
            named("login", "/login".into()),
        ]);
        pages.extend(
            team.sub_tasks
                .iter()
                .enumerate()
                .map(|(n, id)| named(&format!("sub-task-{n}"), format!("/sub-tasks/{id}"))),
        );
        browser.complaints().await;
        let mut wrong = Vec::new();
        for language in LANGUAGES {
            browser.go(&format!("/look?language={language}&theme={theme}&zone=UTC&to=/")).await;
            for width in WIDTHS {
                browser.width(width).await;
                for (name, path) in &pages {
                    browser.go(path).await;
                    let here = format!("{path} {language} {theme} {width}");
                    browser.page.execute(&axe, vec![]).await.unwrap();
                    let found = browser.page.execute_async(VIOLATIONS, vec![]).await.unwrap();
                    let found: Vec<String> = serde_json::from_value(found).unwrap();
                    wrong.extend(found.iter().map(|it| format!("{here}: {it}")));
                    let wide = browser.script(WIDE).await;
                    if wide.as_i64().unwrap() > 0 {
                        wrong.push(format!("{here}: {wide} pixels too wide"));
                    }
                    let elsewhere = browser.script(ELSEWHERE).await;
                    if elsewhere != serde_json::json!([]) {
                        wrong.push(format!("{here}: {elsewhere}"));
                    }
                    // One that is not there is answered as such, which a browser notes.
                    let told = browser
                        .complaints()
                        .await
                        .into_iter()
                        .filter(|it| !it.contains("404 (Not Found)"));
                    wrong.extend(told.map(|it| format!("{here}: {it}")));
                    let place =
                        screenshots().join(format!("{name}-{language}-{theme}-{width}.png"));
                    fs::write(place, browser.page.screenshot().await.unwrap()).unwrap();
                }
            }
        }
        assert_eq!(browser.page.title().await.unwrap().split(' ').next_back(), Some("moss"));
        browser.close().await;
        assert!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Where every page is kept as it looked.
fn screenshots() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&folder).unwrap();
    folder
}
