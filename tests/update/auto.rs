//! What a wake-up hears of newer versions, says of them, and does about them.

use serde_json::json;

use crate::site::{Site, archive_path, packet, work};
use test_support::responder::Reply;

test_support::tests![
    an_update_is_mentioned_once_a_day,
    an_idle_wake_up_says_nothing_and_remembers,
    a_timer_that_may_updates_before_it_asks,
    the_packet_of_the_new_one_is_the_only_one,
    a_timer_that_cannot_goes_on_and_tries_again_in_an_hour,
    a_release_that_fails_is_tried_once_and_the_server_may_hang,
    nobody_updates_who_was_not_told_to,
    a_recall_reaches_timers_too,
];

const LINES: &str = "UPDATE moss 0.2.0 is out, this is 0.1.0\n-> moss update\n";
const NOTICE: &str = "ws/.moss/update";

fn an_update_is_mentioned_once_a_day() {
    let site = Site::new();
    site.serves("/api/wake", work(json!({ "client_version": "0.2.0" })));
    let mentions = |args: &[&str]| site.run(args).exits(0).stdout.contains(LINES);
    assert!(mentions(&["wake"]));
    assert!(
        !mentions(&["wake"]) && !mentions(&["wake", "--gate"]) && !mentions(&["wake", "--all"])
    );
    assert!(site.run(&["wake", "--json"]).stdout.contains("\"client_version\":\"0.2.0\""));
    for (told, due) in [
        ("2020-01-01T00:00:00Z", true),
        ("2099-01-01T00:00:00Z", true), // by a clock that was years ahead
        ("nonsense", true),
    ] {
        site.write(NOTICE, &json!({ "known": "0.2.0", "told": told }).to_string());
        assert_eq!(mentions(&["wake"]), due, "{told}");
        assert!(!mentions(&["wake"]));
    }
    site.write(NOTICE, "no JSON");
    assert!(mentions(&["wake"]));
    // A newer one is news again, an older one and what is no version are none.
    site.serves("/api/wake", work(json!({ "client_version": "0.2.1" })));
    assert!(site.run(&["wake"]).stdout.contains("UPDATE moss 0.2.1"));
    for version in ["0.0.9", "0.1.0", "new", ""] {
        site.serves("/api/wake", work(json!({ "client_version": version })));
        assert!(!site.run(&["wake"]).exits(0).stdout.contains("UPDATE"), "{version}");
    }
}

fn an_idle_wake_up_says_nothing_and_remembers() {
    let site = Site::new();
    site.serves("/api/wake", packet(json!({ "client_version": "0.2.0" })));
    site.run(&["wake", "--gate"]).exits(3).prints("");
    assert!(site.read(NOTICE).starts_with("{\"known\":\"0.2.0\",\"looked\":"));
    site.serves("/api/wake", work(json!({ "client_version": "0.2.0" })));
    assert!(site.run(&["wake", "--gate"]).exits(0).stdout.contains(LINES));
}

/// Whose server knows of 0.2.0, whose timer may update, and who has heard of it.
fn automatic(instead: &str) -> Site {
    let site = Site::new();
    site.offer(&[("0.2.0", instead)]);
    site.run(&["update", "--auto", "on"])
        .exits(0)
        .prints("wake --gate keeps moss up to date from now on\n");
    site.serves("/api/wake", packet(json!({ "client_version": "0.2.0" })));
    site.take_paths();
    site.run(&["wake", "--gate"]).exits(3).prints("");
    assert_eq!(site.take_paths(), ["/api/wake"], "what it has not heard of it cannot want");
    site
}

fn a_timer_that_may_updates_before_it_asks() {
    let site = automatic("");
    let ran = site.run(&["wake", "--gate"]).exits(3);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(
        site.take_paths(),
        ["/releases/manifest.json", &archive_path("0.2.0"), "/api/wake", "/api/wake"],
        "the new one on trial, then in earnest"
    );
    site.version_is("0.2.0");
    assert_eq!(site.beside(), ["moss", "moss.prev"], "and has proved itself");
    site.run(&["wake", "--gate"]).exits(3);
    assert_eq!(site.take_paths(), ["/api/wake"]);
}

fn the_packet_of_the_new_one_is_the_only_one() {
    let site = automatic("");
    site.serves("/api/wake", work(json!({ "client_version": "0.2.0" })));
    let ran = site.run(&["wake", "--gate"]).exits(0);
    assert_eq!(ran.stdout.matches("1 ASSIGNED").count(), 1, "{ran:#?}");
    assert!(!ran.stdout.contains("UPDATE"));
    site.version_is("0.2.0");
}

fn a_timer_that_cannot_goes_on_and_tries_again_in_an_hour() {
    let site = automatic("");
    site.serve("0.2.0", b"nothing".to_vec());
    let ran = site.run(&["wake", "--gate"]).exits(3);
    assert!(ran.stderr.starts_with("warning: moss was not updated: moss-0.2.0-"), "{ran:#?}");
    assert!(ran.stderr.ends_with("the next try is in an hour, or: moss update\n"), "{ran:#?}");
    assert_eq!(ran.stderr.lines().count(), 1);
    site.take_paths();
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    assert_eq!(site.take_paths(), ["/api/wake"]);

    site.offer(&[("0.2.0", "")]);
    for tried in ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        site.reinstall();
        let notice = json!({ "known": "0.2.0", "tried": tried });
        site.write(NOTICE, &notice.to_string());
        site.run(&["wake", "--gate"]).exits(3);
        site.version_is("0.2.0");
    }
}

fn a_release_that_fails_is_tried_once_and_the_server_may_hang() {
    let site = automatic("[ $1 = wake ] && kill -9 $$");
    site.run(&["wake", "--gate"]).exits(3).complains("fails to wake up: it crashes");
    site.version_is("0.1.0");
    site.write(NOTICE, &json!({ "known": "0.2.0" }).to_string());
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    site.serves("/releases/manifest.json", Reply::hang());
    site.write(NOTICE, &json!({ "known": "0.2.0" }).to_string());
    site.run(&["wake", "--gate"]).exits(3).complains("did not answer in time");
}

fn nobody_updates_who_was_not_told_to() {
    let site = automatic("");
    site.run(&["update", "--auto", "off"])
        .exits(0)
        .prints("moss changes only when somebody types: moss update\n");
    site.run(&["wake", "--gate"]).exits(3);
    site.run(&["update", "--auto", "on"]).exits(0);
    site.run(&["wake"]).exits(3); // a person, or an agent that is awake
    site.version_is("0.1.0");
    assert_eq!(site.take_paths(), ["/api/wake", "/api/wake"]);
    site.run(&["update", "--auto", "maybe"]).exits(2);
}

fn a_recall_reaches_timers_too() {
    use crate::release::{listed, recalled};
    let site = automatic("");
    site.offer(&[("0.1.0", ""), ("0.0.9", "")]);
    let own = recalled(listed("0.1.0", &site.archive("0.1.0", "")), "eats files");
    site.list(&[own, listed("0.0.9", &site.archive("0.0.9", ""))]);
    site.serves("/api/wake", packet(json!({ "client_version": "0.0.9" })));
    site.write(NOTICE, "{}");
    site.run(&["wake", "--gate"]).exits(3);
    site.run(&["wake", "--gate"]).exits(3);
    site.version_is("0.0.9");
}
