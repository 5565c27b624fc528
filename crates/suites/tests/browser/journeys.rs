//! What people come for, from the first link to the last inbox row.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use tempfile::TempDir;
use test_support::http::Request;
use test_support::moss::Workspace;
use test_support::server::{Config, Launch, REGISTRATION_TOKEN};

use crate::chromium::{Browser, NEEDS, WIDTHS, run};
use crate::team::{PASSWORD, Team};

test_support::tests![
    the_printed_link_leads_to_the_first_wake_up needs NEEDS,
    a_stuck_task_moves_again needs NEEDS,
    a_score_is_adjusted_with_a_reason_and_the_ledger_sums needs NEEDS,
    a_prompt_is_changed_and_brought_back needs NEEDS,
    a_session_that_ends_while_somebody_writes_loses_nothing needs NEEDS,
    the_inbox_is_cleared_by_keyboard_in_chinese_and_dark needs NEEDS,
    everything_can_be_done_without_a_script needs NEEDS,
    what_agents_do_is_on_the_screen_without_asking needs NEEDS,
    a_page_catches_up_with_a_server_that_was_away needs NEEDS,
    work_is_rejected_on_a_phone needs NEEDS,
    a_chinese_word_in_the_log_is_found_and_taken_along needs NEEDS,
    keys_lead_everywhere_until_they_are_switched_off needs NEEDS,
    what_was_not_sent_is_there_again needs NEEDS,
];

fn the_printed_link_leads_to_the_first_wake_up() {
    let folder = TempDir::new().unwrap();
    let server = Launch::new(folder.path()).start();
    let token = server.setup_token();
    run(async {
        let browser = Browser::open(server.url()).await;
        browser.go(&format!("/setup#{token}")).await;
        browser.write("[name=admin_password]", PASSWORD).await;
        browser.write("[name=password_again]", "something else").await;
        browser.write("[name=workspace_root]", folder.path().join("work").to_str().unwrap()).await;
        browser.click("#setup button").await;
        browser.says("The two passwords are not the same.").await;
        browser.write("[name=password_again]", PASSWORD).await;
        browser.click("#setup button").await;
        browser.says("It is set up.").await;
        browser.click("#done a").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        browser.write("form[method=post][action='/agents'] [name=name]", "AI-Wu").await;
        browser.click("form[method=post][action='/agents'] button").await;
        let command = browser.one("pre.once").await.text().await.unwrap();
        // What the command does, but for installing the moss that is tried here.
        let invite =
            command.split_once("printf %s ").unwrap().1.split_once(' ').unwrap().0.to_owned();
        browser.click("main a").await;
        browser.says("run moss doctor").await;
        let agent = Workspace::new().env("MOSS_SERVER", server.url());
        let args = ["register", "--role", "planner", "--name", "AI-Wu", "--token-stdin"];
        agent.moss_with_input(&args, &invite).exits(0);
        agent.moss(["wake"]).exits(3);
        // Requests are written down once a second.
        while browser.page.find(Locator::Css("main dl time")).await.is_err() {
            browser.page.refresh().await.unwrap();
        }
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.close().await;
    });
}

fn a_stuck_task_moves_again() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        let id = &team.sub_tasks[2];
        browser.click(&format!("a[href='/sub-tasks/{id}']")).await;
        browser.says("It is blocked, and it is your turn.").await;
        browser.says("Which oven?").await;
        browser.write("[name=reason]", "The stone one").await;
        browser.click("form[action$='/release'] button").await;
        browser.says("Anyone may claim it").await;
        browser.says("The stone one").await;
        let path = format!("/api/sub-tasks/{id}");
        let now = team.must(&team.planner, "GET", &path, &json!({}));
        assert_eq!(now["status"], "pending");
        browser.close().await;
    });
}

fn a_score_is_adjusted_with_a_reason_and_the_ledger_sums() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.go(&format!("/agents/{}", team.agent("AI-Wu"))).await;
        browser.click("details:nth-of-type(2) summary").await;
        browser.write("[name=score_delta]", "-3").await;
        browser.write("[name=reason]", "Late twice").await;
        browser.click("form[action$='/score'] button").await;
        browser.says("[adjusted by admin] Late twice").await;
        let deltas = "return [...document.querySelectorAll('td[data-name=Change]')].map(it => +it.textContent)";
        let deltas: Vec<i64> = serde_json::from_value(browser.script(deltas).await).unwrap();
        let score = browser.one("main dl dd:nth-of-type(5)").await.text().await.unwrap();
        let score: i64 = score.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(deltas.iter().sum::<i64>(), score, "{deltas:?}");
        browser.close().await;
    });
}

fn a_prompt_is_changed_and_brought_back() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.go("/prompts").await;
        browser.click("a[href='/prompts/executor']").await;
        browser.write("[name=content]", "# Bake\n\nBread.").await;
        browser.click("form[action$='/edit'] button").await;
        browser.says("Done.").await;
        browser.says("+# Bake").await;
        browser.click("form[action$='/restore'] button").await;
        browser.says("-# Bake").await;
        let text = browser.one("[name=content]").await.prop("value").await.unwrap().unwrap();
        assert!(text.contains("moss") && !text.contains("Bake"), "{text}");
        browser.close().await;
    });
}

fn a_session_that_ends_while_somebody_writes_loses_nothing() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.write("[name=description]", "Bread & \"rolls\"\nfor all").await;
        browser.page.delete_cookie("moss_session").await.unwrap();
        browser.click("form[action='/goals'] button").await;
        browser.says("nothing was sent").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        let text = browser.one("[name=description]").await.prop("value").await.unwrap().unwrap();
        assert_eq!(text, "Bread & \"rolls\"\nfor all");
        browser.click("main form button").await;
        browser.says("Done.").await;
        assert!(browser.place().await.starts_with("/tasks/"));
        browser.close().await;
    });
}

fn the_inbox_is_cleared_by_keyboard_in_chinese_and_dark() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.go("/look?language=zh&theme=dark&zone=Asia/Shanghai&to=/").await;
        browser.says("待你处理 (2)").await;
        let focus = async || browser.page.active_element().await.unwrap();
        // The first stop leads past the navigation.
        browser.press(Key::Tab).await;
        assert_eq!(focus().await.text().await.unwrap(), "跳到正文");
        browser.press(Key::Enter).await;
        for _ in 0..20 {
            browser.press(Key::Tab).await;
            if focus().await.tag_name().await.unwrap() == "textarea" {
                break;
            }
        }
        focus().await.send_keys("黑麦").await.unwrap();
        browser.press(Key::Tab).await;
        browser.press(Key::Enter).await;
        browser.says("待你处理 (1)").await;
        let path = format!("/api/tasks/{}", team.task);
        assert!(
            Request::new("GET", &path).bearer(&team.planner).send(team.server.url()).status == 200
        );
        let answered = team.must(&team.planner, "GET", "/api/questions", &json!({}));
        assert_eq!(answered[0]["answer"], "黑麦", "{answered}");
        browser.close().await;
    });
}

fn everything_can_be_done_without_a_script() {
    let team = Team::at_work();
    run(async {
        let browser = Browser::without_scripts(team.server.url()).await;
        browser.go("/login").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        browser.write("[name=answer]", "Rye").await;
        browser.click("form[action$='/answer'] button").await;
        browser.one(".said").await;
        browser.write("[name=description]", "Bread for all").await;
        browser.click("form[action='/goals'] button").await;
        browser.one(".said").await;
        browser.click("details summary").await;
        browser.write("[name=name]", "Bread for everybody").await;
        browser.click("form[action$='/edit'] button").await;
        browser.one(".said").await;
        let title = browser.one("h1").await.text().await.unwrap();
        assert_eq!(title, "Bread for everybody");
        assert_eq!(browser.one("#live").await.text().await.unwrap(), "", "its script ran");
        browser.close().await;
    });
}

fn what_agents_do_is_on_the_screen_without_asking() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.go("/tasks").await;
        browser.says("● live").await;
        let plan =
            |name: &str| json!({ "task": { "name": name }, "sub_tasks": [{ "name": name }] });
        team.must(&team.planner, "POST", "/api/plans", &plan("Buns"));
        browser.says("Buns").await;
        // Not while somebody writes: what is written stays, and so does the caret.
        browser.go("/").await;
        browser.says("● live").await;
        browser.write("form[action='/goals'] [name=description]", "Half a sent").await;
        let ask = json!({ "question": "Salt or none?" });
        team.must(&team.planner, "POST", &format!("/api/tasks/{}/ask", team.task), &ask);
        browser.says("paused while you write").await;
        browser.page.active_element().await.unwrap().send_keys("ence").await.unwrap();
        let field = browser.one("form[action='/goals'] [name=description]").await;
        assert_eq!(field.prop("value").await.unwrap().unwrap(), "Half a sentence");
        assert!(!browser.text().await.contains("Salt or none?"));
        field.send_keys(&(Key::Control + "a")).await.unwrap();
        field.send_keys(&Key::Delete).await.unwrap();
        browser.click("h1").await;
        browser.says("Salt or none?").await;
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.close().await;
    });
}

fn a_page_catches_up_with_a_server_that_was_away() {
    let folder = TempDir::new().unwrap();
    Config { admin_password: Some(PASSWORD), ..Config::default() }.write(folder.path());
    let server = Launch::new(folder.path()).start();
    let port = server.address().rsplit(':').next().unwrap().to_owned();
    run(async {
        let browser = Browser::open(server.url()).await;
        browser.go("/login?to=/agents").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        browser.says("● live").await;
        server.terminate();
        browser.says("○ reconnecting").await;
        let server = Launch::new(folder.path()).env("MOSS_SERVER__PORT", &port).start();
        let new = Request::new("POST", "/api/agents/register")
            .json(&json!({ "name": "AI-Zhao", "role": "executor" }));
        let made = new.header("x-registration-token", REGISTRATION_TOKEN).send(server.url());
        assert_eq!(made.status, 200, "{}", made.text());
        browser.says("AI-Zhao").await;
        browser.says("● live").await;
        browser.close().await;
    });
}

fn work_is_rejected_on_a_phone() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        browser.width(WIDTHS[1]).await;
        let id = &team.sub_tasks[3];
        browser.go("/sub-tasks?status=review").await;
        browser.click(&format!("a[href='/sub-tasks/{id}']")).await;
        browser.says("It waits for a verdict.").await;
        browser.click("details.confirm summary").await;
        browser.click("[name=result] option[value=rejected]").await;
        browser.write("[name=score]", "2").await;
        browser.write("[name=issues]", "The sign is not readable from across the street.").await;
        browser.click("form[action$='/judge'] button").await;
        browser.says("It was rejected").await;
        let now = team.must(&team.planner, "GET", &format!("/api/sub-tasks/{id}"), &json!({}));
        assert_eq!(now["status"], "rework");
        browser.close().await;
    });
}

fn a_chinese_word_in_the_log_is_found_and_taken_along() {
    let team = Team::at_work();
    let log = json!({ "action": "coding", "summary": "面包烤好了, and salted" });
    team.must(&team.executor, "POST", "/api/logs", &log);
    run(async {
        let browser = team.browser().await;
        browser.go("/logs").await;
        browser.write("form.filter [name=q]", "烤好").await;
        browser.click("form.filter button").await;
        browser.says("面包烤好了").await;
        assert!(!browser.text().await.contains("<b>"), "nothing else is found");
        let take = "const done = arguments[arguments.length - 1];
            fetch(document.querySelector('a[download]').href).then(it => it.text()).then(done)";
        let table = browser.page.execute_async(take, vec![]).await.unwrap();
        let lines: Vec<&str> = table.as_str().unwrap().lines().collect();
        assert!(lines.len() == 2 && lines[1].contains("\"面包烤好了, and salted\""), "{lines:?}");
        // Whoever is given the address sees the same.
        assert!(browser.place().await.contains("q=%E7%83%A4%E5%A5%BD"));
        browser.close().await;
    });
}

fn keys_lead_everywhere_until_they_are_switched_off() {
    let team = Team::at_work();
    run(async {
        let browser = team.browser().await;
        let press = async |keys: &str| {
            browser.page.active_element().await.unwrap().send_keys(keys).await.unwrap();
        };
        press("?").await;
        browser.says("The next row, the one before").await;
        browser.press(Key::Escape).await;
        press("gs").await;
        browser.at("/sub-tasks").await;
        press("jjk").await;
        browser.press(Key::Enter).await;
        browser.one(".why").await;
        // Who writes is not led away.
        press("gl").await;
        browser.at("/logs").await;
        press("/").await;
        press("gs").await;
        let written = browser.one("form.filter [name=q]").await.prop("value").await.unwrap();
        assert_eq!(written.as_deref(), Some("gs"));
        browser.go("/look?keys=off&to=/logs").await;
        press("gs").await;
        assert_eq!(browser.place().await, "/logs");
        browser.close().await;
    });
}

fn what_was_not_sent_is_there_again() {
    let team = Team::at_work();
    let field = "form[action='/goals'] [name=description]";
    run(async {
        let browser = team.browser().await;
        let written = async || browser.one(field).await.prop("value").await.unwrap().unwrap();
        browser.write(field, "Bread for all\nand salt").await;
        browser.go("/tasks").await;
        browser.go("/").await;
        assert_eq!(written().await, "Bread for all\nand salt");
        browser.click("form[action='/goals'] button").await;
        browser.says("Done.").await;
        browser.go("/").await;
        assert_eq!(written().await, "", "what was sent waits no more");
        // Signing out takes with it what nobody sent.
        browser.write(field, "A secret").await;
        browser.click("form[action='/logout'] button").await;
        browser.write("[name=password]", PASSWORD).await;
        browser.click(".login button").await;
        browser.says("Needs you (").await;
        assert_eq!(written().await, "");
        browser.close().await;
    });
}
