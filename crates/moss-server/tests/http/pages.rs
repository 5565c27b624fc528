//! Pages for people: who sees them, what strangers' words may do there, and that no form is lost or done
//! twice. What needs a browser is tried in one.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use moss_server::config::Config;
use moss_server::domain::prompts::Seed;
use moss_server::security::password;
use serde_json::json;

use crate::harness::{Answer, World};

const PASSWORD: &str = "correct horse";
/// Every page with a list, or of its own.
const PAGES: [&str; 16] = [
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
    "/search",
    "/feed",
    "/system/look",
];
/// What agents write to be more than text, as names and as texts.
const NAME: &str = "\"><script>alert(1)</script>&amp;<img src=x onerror=alert(1)>";
const HOSTILE: &str = "\"><script>alert(1)</script>&amp;<img src=x onerror=alert(1)>\u{202e}gnp";

pub async fn world() -> World {
    let change = |config: &mut Config| config.admin.password = password::hash(PASSWORD).unwrap();
    let world = World::with(change).await;
    world.app.writer.write(Seed, None).await.unwrap();
    world
}

/// What a browser keeps.
pub struct Browser<'a> {
    world: &'a World,
    cookies: Vec<String>,
}

impl<'a> Browser<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, cookies: Vec::new() }
    }

    /// Signed in by the page.
    pub async fn signed_in(world: &'a World) -> Self {
        let mut browser = Self::new(world);
        let answer = browser.send("/login", &[("password", PASSWORD), ("to", "/tasks")]).await;
        assert_eq!((answer.status.as_u16(), place(&answer)), (303, "/tasks"), "{}", answer.text);
        browser
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("cookie", self.cookies.join("; "));
        self.world.send(request.body(Body::empty()).unwrap()).await
    }

    /// A page that is there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    /// Fields, as a browser sends them.
    pub async fn send(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_from("same-origin", action, fields).await
    }

    async fn send_from(&mut self, site: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(action)
            .header("cookie", self.cookies.join("; "))
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.world.send(request.body(Body::from(body)).unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            self.cookies.push(cookie.split(';').next().unwrap().to_owned());
        }
        answer
    }

    /// Fills in a form of a page and sends it.
    pub async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden = hidden(&self.page(page).await, action);
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(fields);
        self.send(action, &all).await
    }
}

/// Where an answer leads.
pub fn place(answer: &Answer) -> &str {
    answer.headers.get("location").map_or("", |value| value.to_str().unwrap())
}

/// The hidden fields of the form of a page that goes there.
pub fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let (_, form) = page
        .split_once(&format!("method=\"post\" action=\"{action}\""))
        .unwrap_or_else(|| panic!("no form for {action}: {page}"));
    let form = form.split_once("</form>").unwrap().0;
    let inputs = form.split("<input type=\"hidden\"").skip(1);
    let value = |input: &str, name: &str| {
        let (_, rest) = input.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    inputs.map(|input| (value(input, " name"), value(input, " value"))).collect()
}

/// A text as it stands in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[tokio::test]
async fn nobody_is_led_to_sign_in_and_back() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    for path in PAGES {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        let here: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
        assert_eq!(place(&answer), format!("/login?to={here}"));
    }
    let answer = browser.send("/login", &[("password", "wrong"), ("to", "/agents")]).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("The password is wrong.") && answer.text.contains("\"/agents\""));
    let link = "/login?action=/goals&fields=description%3DBuy&to=/agents";
    let page = browser.page(link).await;
    assert!(page.contains("name=\"action\" value=\"\""), "no link fills in a form: {page}");
    assert!(page.contains("name=\"fields\" value=\"\""), "{page}");
    let answer = browser.send("/login", &[("password", PASSWORD), ("to", "//evil.example")]).await;
    assert_eq!(place(&answer), "/", "nowhere else");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("moss_session="), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Max-Age"), "{cookie}");
    browser.page("/").await;
    let answer = browser.submit("/tasks", "/logout", &[]).await;
    assert_eq!(place(&answer), "/login");
    // What the browser is told to forget counts nowhere any more, either.
    assert_eq!(browser.get("/tasks").await.status, 303);
}

#[tokio::test]
async fn on_https_the_cookie_is_for_this_host_alone() {
    let world = World::with(|config| {
        config.admin.password = password::hash(PASSWORD).unwrap();
        config.server.external_url = "https://moss.example".into();
    })
    .await;
    let mut browser = Browser::new(&world);
    let answer = browser.send("/login", &[("password", PASSWORD)]).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-moss=") && cookie.ends_with("; Secure"), "{cookie}");
    browser.page("/tasks").await;
}

#[tokio::test]
async fn neither_session_stands_for_the_other() {
    let world = world().await;
    let browser = Browser::signed_in(&world).await;
    let cookie = browser.cookies.iter().find(|it| it.starts_with("moss_session=")).unwrap();
    let token = cookie.split_once('=').unwrap().1;
    for headers in [vec![("x-admin-token", token)], vec![("cookie", cookie.as_str())]] {
        let answer = world.ask("GET", "/api/admin/tasks", &headers, &json!(null)).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403 | 422), "{}", answer.text);
    }
    let api = world.admin().await;
    let browser = Browser { world: &world, cookies: vec![format!("moss_session={api}")] };
    assert_eq!(browser.get("/tasks").await.status, 303);
}

#[tokio::test]
async fn what_agents_write_is_text_on_every_page_in_both_languages() {
    let world = world().await;
    let team = world.team().await;
    let task = json!({ "name": "A task", "description": HOSTILE });
    let task = world.post(&team.planner, "/api/tasks", task).await.id();
    let new = json!([{
        "name": NAME, "description": HOSTILE, "deliverable": HOSTILE,
        "acceptance": HOSTILE,
    }]);
    let ids = world.plan(&team.planner, &task, new).await;
    let log = json!({ "action": "reflection", "summary": HOSTILE, "sub_task_id": ids[0] });
    world.post(&team.executor, "/api/logs", log).await.ok();
    let ask = json!({ "question": HOSTILE });
    world.post(&team.planner, &format!("/api/tasks/{task}/ask"), ask).await.ok();
    let mut browser = Browser::signed_in(&world).await;
    let agent = &team.executor.id;
    let own = [
        format!("/tasks/{task}"),
        format!("/sub-tasks/{}", ids[0]),
        format!("/agents/{agent}"),
        "/prompts/executor".into(),
        "/sub-tasks?q=%3Cscript%3E".into(),
        "/nothing".into(),
        format!("/tasks/{NAME}").replace(|c: char| !c.is_ascii_alphanumeric() && c != '/', "%3C"),
    ];
    let mut found = 0;
    for language in ["en", "zh"] {
        browser.cookies.push(format!("moss_language={language}"));
        for path in PAGES.iter().copied().chain(own.iter().map(String::as_str)) {
            let answer = browser.get(path).await;
            let text = &answer.text;
            assert!(matches!(answer.status.as_u16(), 200 | 404), "{path}: {text}");
            assert!(
                !text.contains("<script>alert") && !text.contains("<img src=x"),
                "{path}: {text}"
            );
            let ours = text.replace(&escaped(NAME), "");
            assert!(!ours.contains(" style=") && !ours.contains(" onerror="), "{path}: {text}");
            found += text.matches(&escaped(NAME)).count();
            if answer.status == 200 {
                let policy = answer.headers["content-security-policy"].to_str().unwrap();
                assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
                assert_eq!(answer.headers["cache-control"], "no-store");
                assert!(text.contains(&format!("<html lang=\"{language}\"")), "{path}");
            }
        }
        browser.cookies.pop();
    }
    assert!(found >= 12, "it is told, as it is: {found}");
}

#[tokio::test]
async fn a_goal_sent_twice_is_one() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.page("/").await;
    let fields = hidden(&page, "/goals");
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("description", "A site for the bakery\r\nwith opening hours"),
        ("name", ""),
        ("deadline", "2026-12-01T12:00"),
    ]);
    let first = browser.send("/goals", &fields).await;
    assert_eq!(first.status, 303, "{}", first.text);
    let second = browser.send("/goals", &fields).await;
    assert_eq!(place(&first), place(&second));
    let page = browser.page(place(&first)).await;
    assert!(page.contains("A site for the bakery\nwith opening hours") && page.contains("Done."));
    assert!(page.contains("2026-12-01 12:00"));
    let list = browser.page("/tasks").await;
    assert_eq!(list.matches("href=\"/tasks/").count(), 1, "{list}");
}

#[tokio::test]
async fn the_moves_of_a_person() {
    let world = world().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let mut browser = Browser::signed_in(&world).await;
    let (page, path) = (format!("/sub-tasks/{id}"), |what: &str| format!("/sub-tasks/{id}/{what}"));
    assert!(browser.page(&page).await.contains("Anyone may claim it"));
    let fields = [("agent_id", team.executor.name.as_str())];
    let answer = browser.submit(&page, &path("reassign"), &fields).await;
    assert_eq!(place(&answer), format!("{page}?said=done"), "{}", answer.text);
    assert_eq!(world.status(&id, &team.executor).await, "assigned");
    // Somebody else's agent: nothing is lost, and nothing is done.
    let answer = browser.submit(&page, &path("reassign"), &[("agent_id", "nobody")]).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("value=\"nobody\"") && answer.text.contains("not_found"));
    let answer = browser.submit(&page, &path("cancel"), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(world.status(&id, &team.executor).await, "cancelled");
    let page = browser.page(&page).await;
    assert!(page.contains("It was given up.") && page.contains("(admin)"), "{page}");
    assert!(!page.contains(&path("cancel")), "what cannot be done is not offered");
}

#[tokio::test]
async fn what_waits_for_a_person_is_answered_at_once() {
    let world = world().await;
    let team = world.team().await;
    let task = json!({ "name": "Bread", "description": "" });
    let task = world.post(&team.planner, "/api/tasks", task).await.id();
    let ask = json!({ "question": "Rye or wheat?" });
    let question = world.post(&team.planner, &format!("/api/tasks/{task}/ask"), ask).await.id();
    let mut browser = Browser::signed_in(&world).await;
    let home = browser.page("/").await;
    assert!(home.contains("Needs you (1)") && home.contains("Rye or wheat?"), "{home}");
    let action = format!("/questions/{question}/answer");
    let answer = browser.submit("/", &action, &[("answer", "Rye")]).await;
    assert_eq!(place(&answer), "/?said=done", "{}", answer.text);
    assert!(browser.page("/").await.contains("Nothing waits for you."));
}

#[tokio::test]
async fn an_agent_is_made_with_one_command_and_removed_by_its_name() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let fields = [("name", "AI-Wu"), ("role", "executor"), ("description", "")];
    let made = browser.submit("/agents", "/agents", &fields).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(made.text.contains("| moss register --server") && made.text.contains("--name AI-Wu"));
    let list = browser.page("/agents").await;
    let id = list.split_once("href=\"/agents/").unwrap().1.split_once('"').unwrap().0.to_owned();
    let (page, path) = (format!("/agents/{id}"), |what: &str| format!("/agents/{id}/{what}"));
    assert!(browser.page(&page).await.contains("moss doctor"));
    let fields = [("score_delta", "-3"), ("reason", "Late")];
    assert_eq!(browser.submit(&page, &path("score"), &fields).await.status, 303);
    let long = "x".repeat(81);
    let refused =
        browser.submit(&page, &path("score"), &[("score_delta", "1"), ("reason", &long)]).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains(&long));
    assert!(browser.page(&page).await.contains("[adjusted by admin] Late"));
    assert_eq!(browser.submit(&page, &path("status"), &[]).await.status, 303);
    let key = browser.submit(&page, &path("key"), &[]).await;
    assert!(key.text.contains("<pre class=\"once\""), "{}", key.text);
    let refused = browser.submit(&page, &path("remove"), &[("confirm_name", "AI-Li")]).await;
    assert!(refused.status.is_client_error() && refused.text.contains("AI-Li"));
    let gone = browser.submit(&page, &path("remove"), &[("confirm_name", "AI-Wu")]).await;
    assert_eq!(place(&gone), "/agents?said=done", "{}", gone.text);
    assert!(!browser.page("/agents").await.contains(&id));
}

#[tokio::test]
async fn a_text_that_somebody_changed_meanwhile_comes_back_as_it_was_written() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let page = "/prompts/executor";
    let old = hidden(&browser.page(page).await, "/prompts/executor/edit");
    let first = browser.submit(page, "/prompts/executor/edit", &[("content", "One\n")]).await;
    assert_eq!(place(&first), "/prompts/executor?said=done", "{}", first.text);
    let mut fields: Vec<(&str, &str)> =
        old.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("content", "Two\r\nlines"));
    let second = browser.send("/prompts/executor/edit", &fields).await;
    assert_eq!(second.status, 409, "{}", second.text);
    assert!(second.text.contains("Two\nlines"));
    let now = browser.page(page).await;
    assert!(now.contains("<ins>+One</ins>") && !now.contains("Two"), "{now}");
    let back = browser.submit(page, "/prompts/executor/restore", &[]).await;
    assert_eq!(back.status, 303, "{}", back.text);
    assert!(browser.page(page).await.contains("<del>-One</del>"));
}

#[tokio::test]
async fn no_other_site_sends_a_form_and_an_older_page_loses_none() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let goal = [("description", "Bread & \"rolls\"")];
    let refused = browser.send_from("cross-site", "/goals", &goal).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.text.contains("Bread"));
    // Without the page's token, or with another's.
    for token in ["", "0000"] {
        let fields = [("token", token), ("description", "Bread & \"rolls\"")];
        let held = browser.send("/goals", &fields).await;
        assert_eq!(held.status, 403, "{}", held.text);
        assert!(held.text.contains("Bread &amp; &quot;rolls&quot;"), "{}", held.text);
    }
    assert!(browser.page("/tasks").await.contains("Nothing yet."));
}

/// A page that is only open keeps nobody signed in.
#[tokio::test]
async fn a_page_that_renews_itself_is_no_use_of_a_session() {
    let world = world().await;
    let browser = Browser::signed_in(&world).await;
    let ask = async |live: bool| {
        let mut request = Request::get("/tasks").header("cookie", browser.cookies.join("; "));
        if live {
            request = request.header("x-moss-live", "1");
        }
        world.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    let mut seen = Vec::new();
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(5 * 60 * 60));
        seen.push(ask(true).await);
    }
    assert_eq!(seen, [200, 200, 303]);
    let browser = Browser::signed_in(&world).await;
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(5 * 60 * 60));
        browser.page("/tasks").await;
    }
}

#[tokio::test]
async fn what_is_written_when_the_session_ends_survives_signing_in() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let written = hidden(&browser.page("/").await, "/goals");
    world.clock.advance(Duration::from_secs(13 * 60 * 60));
    let mut fields: Vec<(&str, &str)> =
        written.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("description", "Bread & \"rolls\"\r\nfor all"));
    let over = browser.send("/goals", &fields).await;
    assert_eq!(over.status, 401, "{}", over.text);
    assert!(over.text.contains("nothing was sent"));
    browser.cookies.clear();
    let hidden_fields = hidden(&over.text, "/login");
    let mut fields: Vec<(&str, &str)> =
        hidden_fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("password", PASSWORD));
    let held = browser.send("/login", &fields).await;
    assert_eq!(held.status, 200, "{}", held.text);
    assert!(held.text.contains("Bread &amp; &quot;rolls&quot;\nfor all"), "{}", held.text);
    let again = hidden(&held.text, "/goals");
    let mut fields: Vec<(&str, &str)> =
        again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("description", "Bread & \"rolls\"\r\nfor all"));
    assert_eq!(browser.send("/goals", &fields).await.status, 303);
}

#[tokio::test]
async fn a_form_has_an_end_and_a_strangers_a_shorter_one() {
    let world = world().await;
    let mut nobody = Browser::new(&world);
    let long = "x".repeat(65_000);
    for action in ["/login", "/goals"] {
        let answer = nobody.send(action, &[("password", &long), ("more", &long)]).await;
        assert_eq!(answer.status, 413, "{action}: {}", answer.text);
    }
    let mut browser = Browser::signed_in(&world).await;
    let refused = browser.submit("/", "/goals", &[("description", &long), ("name", &long)]).await;
    assert!(refused.status.is_client_error() && refused.text.contains(&long), "as it was written");
    let longer = "x".repeat(1_100_000);
    assert_eq!(browser.send("/goals", &[("description", &longer)]).await.status, 413);
}

#[tokio::test]
async fn what_a_page_loads_is_kept_for_ever_and_is_of_this_server() {
    let world = world().await;
    let browser = Browser::new(&world);
    let login = browser.page("/login").await;
    for part in login.split("href=\"/web/").skip(1) {
        let path = format!("/web/{}", part.split_once('"').unwrap().0);
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    }
    assert!(!login.contains("http://") && !login.contains("https://"), "{login}");
}

#[tokio::test]
async fn what_the_configuration_holds_is_changed_where_it_may_be() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.page("/settings").await;
    let project = page.split_once("action=\"/settings/project\"").unwrap().1;
    assert!(project.split_once("</form>").unwrap().0.contains("name=\"name\""), "{page}");
    assert!(!page.contains("$argon2"), "no secret");
    let answer = browser.submit("/settings", "/settings/project", &[("name", "Bakery & Co")]).await;
    assert_eq!(place(&answer), "/settings?said=done", "{}", answer.text);
    assert!(browser.page("/settings").await.contains("Bakery &amp; Co"));
    let fields = [("per_key", "many"), ("per_address", "10")];
    let refused = browser.submit("/settings", "/settings/limits", &fields).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    assert!(refused.text.contains("limits.per_key") && refused.text.contains("value=\"many\""));
    let fields = [("old_password", "wrong"), ("new_password", "a new long one")];
    let refused = browser.submit("/settings", "/password", &fields).await;
    assert!(refused.text.contains("wrong_password") && !refused.text.contains("a new long one"));
    let fields = [("old_password", PASSWORD), ("new_password", "a new long one")];
    let changed = browser.submit("/settings", "/password", &fields).await;
    assert_eq!(place(&changed), "/login", "{}", changed.text);
    assert_eq!(browser.get("/").await.status, 303, "every session is over");
}

#[tokio::test]
async fn a_word_is_found_wherever_it_was_written() {
    let world = world().await;
    let team = world.team().await;
    let task = json!({ "name": "面包店的网站", "description": "" });
    let task = world.post(&team.planner, "/api/tasks", task).await.id();
    world.plan(&team.planner, &task, json!([{ "name": "烤箱", "description": "烤面包" }])).await;
    let log = json!({ "action": "reflection", "summary": "面包要慢慢烤" });
    world.post(&team.executor, "/api/logs", log).await.ok();
    let browser = Browser::signed_in(&world).await;
    let found = browser.page("/search?q=%E9%9D%A2%E5%8C%85").await;
    for name in ["面包店的网站", "烤箱", "面包要慢慢烤"] {
        assert!(found.contains(name), "{name}: {found}");
    }
    assert!(browser.page("/search?q=%25").await.contains("Nothing matches."), "no pattern");
}

/// Strangers see who asked what while that is public: no link, no button, nothing that was said.
#[tokio::test]
async fn the_feed_is_for_everybody_only_while_it_is_public() {
    let world = world().await;
    let team = world.team().await;
    let log = json!({ "action": "reflection", "summary": "what was said" });
    world.post(&team.executor, "/api/logs", log).await.ok();
    world.write_request_log().await;
    let nobody = Browser::new(&world);
    assert_eq!(place(&nobody.get("/feed").await), "/login?to=%2Ffeed");
    let mut browser = Browser::signed_in(&world).await;
    assert!(browser.page("/feed").await.contains("/api/logs"));
    let fields = [("public_feed", "true")];
    let opened = browser.submit("/settings", "/settings/webui", &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let feed = nobody.page("/feed").await;
    let (_, main) = feed.split_once("<main").unwrap();
    let main = main.split_once("</main>").unwrap().0;
    assert!(main.contains("/api/logs") && main.contains(&team.executor.name), "{main}");
    assert!(!main.contains("<a ") && !main.contains("<button"), "{main}");
    assert!(!feed.contains("what was said"));
}

#[tokio::test]
async fn a_rule_is_made_changed_and_deleted() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world).await;
    let made = browser.submit("/rules", "/rules", &[("content", "Bake slowly.")]).await;
    let page = place(&made).split('?').next().unwrap().to_owned();
    let path = |what: &str| format!("{page}/{what}");
    let changed = browser.submit(&page, &path("edit"), &[("content", "Bake quickly.")]).await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    assert!(browser.page(&page).await.contains("<ins>+Bake quickly.</ins>"));
    let gone = browser.submit(&page, &path("delete"), &[]).await;
    assert_eq!(place(&gone), "/rules?said=done", "{}", gone.text);
    assert_eq!(browser.get(&page).await.status, 404);
}

#[tokio::test]
async fn before_set_up_there_is_that_page_alone() {
    let world = World::with(|config| config.admin.password.clear()).await;
    let browser = Browser::new(&world);
    assert_eq!(place(&browser.get("/").await), "/setup");
    let page = browser.page("/setup").await;
    assert!(page.contains("admin_password") && page.contains("src=\"/web/setup-"), "{page}");
    assert_eq!(browser.get("/tasks").await.status, 303);
}
