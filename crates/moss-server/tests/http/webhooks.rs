//! Webhooks: every notice arrives signed, or is given up where an admin finds it; and the server is
//! nobody's way into its own network.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use moss_server::config::Config;
use moss_server::security::webhook_signature::SigningKey;
use moss_server::webhooks::post_due;
use serde_json::{Value, json};

use crate::harness::{Answer, Team, World};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Whoever is posted to: keeps what it gets, and answers as it is told; with 204 else.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
}

impl Receiver {
    async fn listening(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let take = async |State(me): State<Self>, headers: HeaderMap, body: Bytes| {
            me.got.lock().unwrap().push((headers, body));
            let answer = me.answers.lock().unwrap().pop_front();
            answer.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
        };
        let router = axum::Router::new().fallback(take).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }

    fn answer(&self, answer: impl IntoResponse) {
        self.answers.lock().unwrap().push_back(answer.into_response());
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    /// The text of what came last, if it is signed as it should be.
    fn last(&self, world: &World) -> Value {
        let got = self.got.lock().unwrap();
        let (headers, body) = got.last().unwrap();
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let seconds: i64 = header("webhook-timestamp").parse().unwrap();
        assert_eq!(seconds, world.now().micros() / 1_000_000);
        let signed = SigningKey::parse(SECRET).unwrap().sign(&header("webhook-id"), seconds, body);
        assert_eq!(signed, header("webhook-signature"));
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["data"]["id"], header("webhook-id"));
        assert_eq!(header("content-type"), "application/json");
        body
    }
}

fn to(urls: &[String]) -> impl FnOnce(&mut Config) {
    move |config| {
        config.project.name = "News".to_owned();
        config.webhooks.urls = urls.to_vec();
        config.webhooks.secret = SECRET.to_owned();
        config.webhooks.allowed_networks = vec!["127.0.0.1".parse().unwrap()];
    }
}

async fn world_with(receiver: &Receiver) -> (World, Team) {
    let url = format!("http://{}/moss?token=hidden", receiver.listening().await);
    let world = World::with(to(&[url])).await;
    let team = world.team().await;
    (world, team)
}

/// Hands in a new sub-task.
async fn handed_in(world: &World, team: &Team) -> String {
    let task = moss_server::store::new_id();
    let id = world.plan(&team.planner, &task, json!([{ "name": "one" }])).await.remove(0);
    for step in ["claim", "start", "submit"] {
        world.act(&team.executor, &id, step, json!({})).await.ok();
    }
    id
}

/// Has something to be told of: a rejection.
async fn rejected(world: &World, team: &Team) -> String {
    let id = handed_in(world, team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    id
}

async fn post(world: &World) {
    while post_due(&world.app).await {}
}

async fn admin(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let session = world.admin().await;
    world.ask(method, path, &[("x-admin-token", session.as_str())], &body).await
}

async fn deliveries(world: &World) -> Vec<Value> {
    let page = admin(world, "GET", "/api/admin/deliveries", Value::Null).await.ok();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_notice_arrives_once_signed_and_as_it_was_written() {
    let receiver = Receiver::default();
    let (world, team) = world_with(&receiver).await;
    let id = rejected(&world, &team).await;
    post(&world).await;
    let got = receiver.last(&world);
    assert_eq!(
        (&got["type"], &got["data"]["sub_task_id"]),
        (&json!("review_rejected"), &json!(id))
    );
    assert_eq!(got["data"]["project"], "News");
    let text =
        format!("sub-task {} \"one\" was rejected by \"AI-Rev\" in round 1, with 2/5", &id[..8]);
    assert_eq!(got["data"]["text"], text);
    world.advance(60);
    post(&world).await;
    assert_eq!(receiver.count(), 1);
    let all = deliveries(&world).await;
    assert_eq!(
        (all.len(), &all[0]["state"], &all[0]["tries"]),
        (1, &json!("delivered"), &json!(1))
    );
    let shown = all[0].to_string();
    assert!(!shown.contains("hidden") && shown.contains("http://127.0.0.1:"), "{shown}");
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_later_and_later_and_given_up_in_the_end() {
    let receiver = Receiver::default();
    let (world, team) = world_with(&receiver).await;
    rejected(&world, &team).await;
    receiver.answer(StatusCode::INTERNAL_SERVER_ERROR);
    receiver.answer((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "300")]));
    post(&world).await;
    let pending = deliveries(&world).await.remove(0);
    assert_eq!(
        (&pending["state"], &pending["problem"]),
        (&json!("pending"), &json!("it answers 500"))
    );
    post(&world).await;
    assert_eq!(receiver.count(), 1, "not before its time");
    world.advance(1);
    post(&world).await;
    let asked = world.now() + std::time::Duration::from_secs(300);
    assert_eq!(deliveries(&world).await[0]["next_at"], json!(asked));
    // Whatever it answers from now on, there is an end.
    for _ in 0..12 {
        receiver.answer(StatusCode::BAD_GATEWAY);
        world.advance(6 * 60);
        post(&world).await;
    }
    assert_eq!(receiver.count(), 14);
    let dead = admin(&world, "GET", "/api/admin/deliveries?state=dead", Value::Null).await.ok();
    assert_eq!((&dead["total"], &dead["items"][0]["tries"]), (&json!(1), &json!(14)));
    assert_eq!(dead["items"][0]["problem"], "it answers 502");
    world.advance(24 * 60);
    post(&world).await;
    assert_eq!(receiver.count(), 14, "given up");
    let path = format!("/api/admin/deliveries/{}/retry", dead["items"][0]["id"].as_str().unwrap());
    let again = admin(&world, "POST", &path, json!({})).await.ok();
    assert_eq!((&again["state"], &again["tries"]), (&json!("pending"), &json!(0)));
    post(&world).await;
    assert_eq!(receiver.last(&world)["type"], "review_rejected");
    admin(&world, "POST", &path, json!({})).await.refused(409, "illegal_transition");
    let odd = admin(&world, "GET", "/api/admin/deliveries?state=lost", Value::Null).await;
    odd.refused(400, "bad_value");
    world.get(&team.planner, "/api/admin/deliveries").await.refused(422, "missing_credentials");
}

#[tokio::test]
async fn who_is_gone_or_leads_elsewhere_is_not_followed() {
    let (receiver, elsewhere) = (Receiver::default(), Receiver::default());
    let there = format!("http://{}/", elsewhere.listening().await);
    let (world, team) = world_with(&receiver).await;
    rejected(&world, &team).await;
    receiver.answer((StatusCode::TEMPORARY_REDIRECT, [("location", there)]));
    post(&world).await;
    let all = deliveries(&world).await;
    assert_eq!(all[0]["problem"], "it answers 307 and leads elsewhere, which is not followed");
    assert_eq!(elsewhere.count(), 0);
    world.advance(1);
    receiver.answer(StatusCode::GONE);
    post(&world).await;
    assert_eq!(deliveries(&world).await[0]["state"], "dead");
}

#[tokio::test]
async fn what_only_this_machine_reaches_is_not_asked_unless_it_is_allowed() {
    let receiver = Receiver::default();
    let port = receiver.listening().await.port();
    let refused = [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:169.254.169.254]/".to_owned(),
        "http://0x7f000002/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://[fd00:ec2::254]/".to_owned(),
    ];
    let mut urls = refused.to_vec();
    urls.push(format!("http://localhost:{port}/"));
    let world = World::with(|config| {
        to(&urls)(config);
        config.webhooks.allowed_networks.clear();
    })
    .await;
    let team = world.team().await;
    rejected(&world, &team).await;
    post(&world).await;
    let all = deliveries(&world).await;
    assert_eq!(all.len(), urls.len());
    for delivery in all {
        let problem = delivery["problem"].as_str().unwrap();
        assert!(problem.contains("is not public; webhooks.allowed_networks"), "{delivery}");
    }
    assert_eq!(receiver.count(), 0);
    let world = World::with(to(&[format!("http://localhost:{port}/")])).await;
    let team = world.team().await;
    rejected(&world, &team).await;
    post(&world).await;
    assert_eq!(receiver.count(), 1, "allowed by its network, whatever it is called");
}

#[tokio::test]
async fn one_that_hangs_holds_up_neither_the_others_nor_the_work() {
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let receiver = Receiver::default();
    let urls = [
        format!("http://{}/", hangs.local_addr().unwrap()),
        format!("http://{}/", receiver.listening().await),
    ];
    let world = World::with(to(&urls)).await;
    let team = world.team().await;
    rejected(&world, &team).await;
    let app = world.app.clone();
    let posting = tokio::spawn(async move { post_due(&app).await });
    while receiver.count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(!posting.is_finished());
    handed_in(&world, &team).await;
    assert!(posting.await.unwrap());
    let problems = deliveries(&world).await;
    let problem = problems.iter().find(|delivery| delivery["state"] == "pending").unwrap();
    assert_eq!(problem["problem"], "it did not answer within 10 s");
}

#[tokio::test]
async fn of_several_servers_one_posts_and_a_try_that_was_cut_off_counts_as_failed() {
    let receiver = Receiver::default();
    let (world, team) = world_with(&receiver).await;
    for _ in 0..5 {
        rejected(&world, &team).await;
    }
    tokio::join!(post(&world), post(&world), post(&world));
    assert_eq!(receiver.count(), 5);
    // One takes a try upon itself, and dies.
    rejected(&world, &team).await;
    let urls = world.app.webhook_targets().unwrap().urls.into_iter().map(Into::into).collect();
    let kinds = world.app.config().notification.kinds();
    let begin = moss_server::domain::webhooks::Begin { urls, kinds };
    world.app.writer.write(begin, None).await.unwrap();
    post(&world).await;
    assert_eq!(receiver.count(), 5, "it is under way");
    world.advance(2);
    post(&world).await;
    assert_eq!(receiver.count(), 6);
    assert_eq!(deliveries(&world).await[0]["tries"], 2);
}

#[tokio::test]
async fn what_came_to_pass_before_is_not_told_and_what_nobody_wants_neither() {
    let receiver = Receiver::default();
    let url = format!("http://{}/", receiver.listening().await);
    let world = World::with(|config| {
        to(&[])(config);
        config.notification.events = vec!["all_done".to_owned(), "review_rejected".to_owned()];
    })
    .await;
    let team = world.team().await;
    rejected(&world, &team).await;
    post(&world).await;
    let set = json!({ "webhooks": { "urls": [url] }, "notification": { "events": ["all_done"] } });
    admin(&world, "PUT", "/api/admin/config", set).await.ok();
    rejected(&world, &team).await;
    post(&world).await;
    assert_eq!(receiver.count(), 0);
    let set = json!({ "notification": { "events": ["review_rejected"] } });
    admin(&world, "PUT", "/api/admin/config", set).await.ok();
    rejected(&world, &team).await;
    post(&world).await;
    assert_eq!(receiver.count(), 1);
    // A webhook that is one no more gets nothing, not even what is on its way.
    receiver.answer(StatusCode::INTERNAL_SERVER_ERROR);
    rejected(&world, &team).await;
    post(&world).await;
    let set = json!({ "webhooks": { "urls": [] } });
    admin(&world, "PUT", "/api/admin/config", set).await.ok();
    world.advance(60);
    post(&world).await;
    assert_eq!(receiver.count(), 2);
    let dead = deliveries(&world).await.into_iter().find(|it| it["state"] == "dead").unwrap();
    assert_eq!(dead["problem"], "it is no webhook any more");
}

#[tokio::test]
async fn the_secret_is_shown_to_nobody_and_nothing_is_posted_without_one() {
    let world = World::with(|_| {}).await;
    let set = |webhooks: Value| json!({ "webhooks": webhooks });
    let urls = json!(["https://example.com/moss"]);
    let unsigned = admin(&world, "PUT", "/api/admin/config", set(json!({ "urls": urls }))).await;
    assert_eq!(unsigned.status, 422);
    assert!(unsigned.text.contains("openssl rand -base64 32"), "{}", unsigned.text);
    let both = set(json!({ "urls": urls, "secret": SECRET }));
    admin(&world, "PUT", "/api/admin/config", both).await.ok();
    let shown = admin(&world, "GET", "/api/admin/config", Value::Null).await.ok();
    assert_eq!(shown["webhooks"]["secret"], "***");
    assert!(!shown.to_string().contains("MfKQ9"), "{shown}");
    // What was read can be sent back.
    let back = json!({ "webhooks": shown["webhooks"] });
    admin(&world, "PUT", "/api/admin/config", back).await.ok();
    assert_eq!(world.app.config().webhooks.secret, SECRET);
    let opened = set(json!({ "allowed_networks": ["10.0.0.0/8"] }));
    admin(&world, "PUT", "/api/admin/config", opened).await.refused(400, "bad_value");
}

#[tokio::test]
async fn a_test_says_of_each_webhook_whether_it_arrives() {
    let receiver = Receiver::default();
    let address = receiver.listening().await;
    let urls = [format!("http://{address}/"), "http://10.0.0.1/".to_owned()];
    let world = World::with(to(&urls)).await;
    let tests = admin(&world, "POST", "/api/admin/webhooks/test", json!({})).await.ok();
    assert_eq!(receiver.last(&world)["type"], "test");
    let expected = json!([
        { "webhook": format!("http://{address}"), "arrived": true, "problem": null },
        {
            "webhook": "http://10.0.0.1",
            "arrived": false,
            "problem": "10.0.0.1 is not public; webhooks.allowed_networks in config.yaml may allow it",
        },
    ]);
    assert_eq!(tests, expected);
    assert_eq!(deliveries(&world).await.len(), 0);
}

#[tokio::test]
async fn old_notices_take_their_deliveries_along() {
    let receiver = Receiver::default();
    let (world, team) = world_with(&receiver).await;
    rejected(&world, &team).await;
    post(&world).await;
    world.advance(31 * 24 * 60);
    world.purge().await;
    assert_eq!((world.notices().await.len(), deliveries(&world).await.len()), (0, 0));
}
