//! Who serves releases may be a thief, or asleep: what is old is not taken for new, and what was
//! recalled once stays so.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::release::{Stamp, day, key, listed, payload, recalled, seal, serial};
use crate::site::{Site, finish, packet};
use test_support::moss::Ran;
use test_support::responder::Reply;

test_support::tests![
    a_manifest_that_has_expired_is_for_who_asks_for_one_version,
    a_clock_that_is_behind_is_said,
    an_older_manifest_is_refused_whatever_is_asked_for,
    an_old_manifest_with_new_archives_is_refused,
    the_next_key_retires_the_one_before,
    a_recall_that_was_seen_holds_when_the_manifest_drops_it,
    nobody_goes_back_to_what_was_recalled,
    what_was_seen_survives_damage_by_beginning_anew,
    two_at_once_remember_both,
    a_wake_up_looks_once_a_day_and_says_it_once,
    a_manifest_that_is_withheld_is_said_where_one_was_seen,
    a_recall_of_the_running_version_is_said_once_a_day,
    a_timer_that_may_leaves_a_version_that_was_recalled,
    a_timer_that_updates_says_it_once_a_day_too,
    doctor_tells_the_age_and_what_mends_it,
    a_fresh_moss_judges_the_manifest_it_came_with,
];

const SEEN: &str = "bin/.moss.seen";
const NOTICE: &str = "ws/.moss/update";
const EXPIRED: Stamp = Stamp { serial: 100, signed: -100, expires: -10 };

/// Fails the test unless an update is refused for this reason, and the program is as it was.
#[track_caller]
fn refuses(site: &Site, args: &[&str], why: &str) -> Ran {
    let before = site.identity();
    let ran = site.run(args).exits(9).complains(why);
    assert!(ran.stderr.contains("\nhint: ") && ran.stdout.is_empty(), "{ran:#?}");
    assert_eq!(site.identity(), before);
    ran
}

fn minute(days: i64) -> String {
    format!("{}Z", &day(days)[..16])
}

fn a_manifest_that_has_expired_is_for_who_asks_for_one_version() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let release = listed("0.2.0", &site.archive("0.2.0", ""));
    site.list_at(EXPIRED, std::slice::from_ref(&release));
    for args in [&["update"][..], &["update", "--check"]] {
        let ran = refuses(&site, args, &format!("expired at {}", minute(-10)));
        assert!(ran.stderr.contains("error: the manifest at http://127.0.0.1:"), "{ran:#?}");
        assert!(
            ran.stderr.ends_with(
                "by this machine's clock: there may be newer releases\n\
                 hint: tell whoever runs the server to renew it; if this clock is wrong, set it; \
                 moss update --version V takes one version all the same\n"
            ),
            "{ran:#?}"
        );
    }
    let ran = site.run(&["update", "--version", "0.2.0"]).exits(0);
    assert!(ran.stderr.starts_with("warning: the manifest at http://127.0.0.1:"), "{ran:#?}");
    site.version_is("0.2.0");
    // What it says of recalls is true all the same.
    site.reinstall();
    site.list_at(EXPIRED, &[recalled(release, "eats files")]);
    refuses(&site, &["update", "--version", "0.2.0"], "moss 0.2.0 was recalled: \"eats files\"");
}

fn a_clock_that_is_behind_is_said() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let release = listed("0.2.0", &site.archive("0.2.0", ""));
    site.list_at(Stamp { serial: 1, signed: 3, expires: 90 }, std::slice::from_ref(&release));
    let why = format!("was signed at {}: whether it has expired cannot be told\n", minute(3));
    let ran = refuses(&site, &["update"], &why);
    assert!(ran.stderr.starts_with("error: this machine's clock says "), "{ran:#?}");
    assert!(ran.stderr.ends_with("hint: timedatectl set-ntp true\n"));
    // An hour ahead of us is no news.
    site.list_at(Stamp { serial: 1, signed: 1, expires: 90 }, &[release]);
    site.run(&["update"]).exits(0);
}

/// Of three manifests the last is of a higher serial; then the server is as it was before it.
fn rolled_back() -> Site {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let release = listed("0.2.0", &site.archive("0.2.0", ""));
    for number in [7, 7, 9] {
        site.list_at(serial(number), &[]);
        site.run(&["update", "--check"]).exits(3);
    }
    site.list_at(serial(8), &[release]);
    site
}

fn an_older_manifest_is_refused_whatever_is_asked_for() {
    let site = rolled_back();
    for args in [&["update"][..], &["update", "--check"], &["update", "--version", "0.2.0"]] {
        let ran = refuses(&site, args, "is an old one: it has serial 8, and 9 was seen here\n");
        assert!(ran.stderr.ends_with(
            "hint: tell whoever runs the server: it hands out an old copy, or somebody wants this \
             moss to miss a newer one; nothing was changed\n"
        ));
    }
    site.list_at(serial(9), &[listed("0.2.0", &site.archive("0.2.0", ""))]);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.0");
    // What took its place knows as much.
    site.list_at(serial(8), &[]);
    refuses(&site, &["update"], "it has serial 8, and 9 was seen here");
    // So does whoever asks another server.
    let other = Site::new();
    other.list_at(serial(8), &[]);
    let elsewhere = ["update", "--server", &other.server.url];
    refuses(&site, &elsewhere, "it has serial 8, and 9 was seen here");
}

fn an_old_manifest_with_new_archives_is_refused() {
    let site = Site::new();
    let (old, new) = (site.archive("0.2.0", ""), site.archive("0.2.0", "# built again"));
    site.list_at(serial(7), &[listed("0.2.0", &old)]);
    site.serve("0.2.0", new);
    refuses(&site, &["update"], "moss-0.2.0-");
    site.version_is("0.1.0");
}

fn the_next_key_retires_the_one_before() {
    let site = Site::new();
    site.list_at(serial(u64::MAX), &[]); // by a thief, so that nothing newer is ever taken
    site.run(&["update", "--check"]).exits(3);
    let release = listed("0.2.0", &site.archive("0.2.0", ""));
    site.serve("0.2.0", site.archive("0.2.0", ""));
    site.hand_out(&seal(&payload(std::slice::from_ref(&release), serial(12)), &key(2)));
    site.run(&["update", "--check"]).exits(0);
    site.list_at(serial(u64::MAX), &[release]);
    let retired = test_support::manifest::public(&[key(1)]);
    let why = format!(
        "is an old one: a retired release key signed it, and one of the key that replaces \
         {retired} was seen here\n"
    );
    let ran = refuses(&site, &["update"], &why);
    assert!(!ran.stderr.contains(&u64::MAX.to_string()), "{ran:#?}");
}

fn a_recall_that_was_seen_holds_when_the_manifest_drops_it() {
    let site = Site::new();
    site.offer(&[("0.2.0", ""), ("0.0.9", "")]);
    let [new, old] = ["0.2.0", "0.0.9"].map(|version| listed(version, &site.archive(version, "")));
    site.list_at(serial(7), &[recalled(new.clone(), "eats\nfiles"), old.clone()]);
    site.run(&["update", "--check"]).exits(3);
    site.list_at(serial(8), &[new.clone(), old.clone()]);
    site.run(&["update", "--check"]).exits(3).prints("moss 0.1.0 is up to date\n");
    refuses(
        &site,
        &["update", "--version", "0.2.0"],
        "moss 0.2.0 was recalled: \"eats\\nfiles\"\n",
    );
    // The running one is left for an older one, and told why, though nobody lists it any more.
    let own = recalled(listed("0.1.0", b""), "leaks");
    site.list_at(serial(9), &[own]);
    site.run(&["update", "--check"]).exits(9);
    site.list_at(serial(10), &[new, old]);
    let ran = site.run(&["update"]).exits(0);
    assert!(ran.stdout.starts_with("moss 0.1.0 was recalled: \"leaks\"\n0.0.9 takes its place\n"));
    site.version_is("0.0.9");
}

fn nobody_goes_back_to_what_was_recalled() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    site.run(&["update"]).exits(0);
    let [new, old] = ["0.2.0", "0.1.0"].map(|version| listed(version, &site.archive(version, "")));
    site.list_at(serial(101), &[new, recalled(old, "leaks")]);
    site.run(&["update", "--check"]).exits(3);
    refuses(&site, &["update", "--rollback"], "moss 0.1.0 was recalled: \"leaks\"\n");
    site.version_is("0.2.0");
}

fn what_was_seen_survives_damage_by_beginning_anew() {
    let site = rolled_back();
    let good = site.read(SEEN);
    let flipped = good.replace(":9", ":99999");
    assert_ne!(flipped, good);
    for damaged in ["", "\0\0\0", "{}", &good[..good.len() / 2], &flipped] {
        site.write(SEEN, damaged);
        let ran = site.run(&["update", "--check"]).exits(0);
        assert_eq!(
            ran.stderr,
            "warning: what this moss remembered of releases was damaged, and begins anew\n"
        );
        assert_eq!(site.run(&["update", "--check"]).exits(0).stderr, "");
    }
    assert!(site.read(SEEN).contains(":8"), "and what is seen now counts from now on");
}

fn two_at_once_remember_both() {
    for round in 0..4 {
        let site = Site::new();
        let other = Site::new();
        let recall = |version| recalled(listed(version, b""), "eats files");
        site.list_at(serial(50 + round), &[recall("0.3.0")]);
        other.list_at(serial(60 - round), &[recall("0.4.0")]);
        let servers = [&site.server.url, &other.server.url].repeat(3);
        let children: Vec<_> = servers
            .iter()
            .map(|server| site.command(&["update", "--check", "--server", server]).spawn().unwrap())
            .collect();
        for child in children {
            let ran = finish(child);
            assert!(matches!(ran.code, 3 | 9), "{ran:#?}"); // what came second may be the older
        }
        let seen = site.read(SEEN);
        let has = [&format!(":{}", 60 - round), "\"0.3.0\"", "\"0.4.0\""];
        assert!(has.iter().all(|text| seen.contains(*text)), "{seen}");
        assert!(!site.has("bin/.moss.seen.new"));
    }
}

/// As if the last look was on another day.
fn yesterday(site: &Site, more: serde_json::Value) {
    let mut notice = json!({ "looked": "2020-01-01T00:00:00Z" });
    notice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    site.write(NOTICE, &notice.to_string());
}

fn a_wake_up_looks_once_a_day_and_says_it_once() {
    let site = Site::new();
    site.run(&["wake", "--gate"]).exits(3);
    site.run(&["wake"]).exits(3);
    assert_eq!(site.take_paths(), ["/api/wake", "/api/wake"], "not on the first day");
    let both = ["/releases/manifest.json", "/api/wake"];
    site.list_at(serial(9), &[]);
    yesterday(&site, json!({}));
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    assert_eq!(site.take_paths(), [&both[..], &["/api/wake"]].concat());
    // Whoever hides releases from now on is found out by whoever never types an update.
    for (stamp, why) in [(serial(8), "is an old one: "), (EXPIRED, "expired at ")] {
        site.list_at(stamp, &[]);
        yesterday(&site, json!({}));
        let ran = site.run(&["wake", "--gate"]).exits(3).complains(why);
        assert!(ran.stderr.starts_with("warning: the manifest at "), "{ran:#?}");
        assert_eq!((ran.stderr.lines().count(), ran.stdout.as_str()), (1, ""));
        yesterday(&site, json!({ "doubted": day(0) }));
        assert_eq!(site.run(&["wake"]).exits(3).stderr, "");
    }
    site.hand_out(&seal(&payload(&[], serial(9)), &key(3)));
    yesterday(&site, json!({}));
    site.run(&["wake"]).exits(3).complains("warning: no release key has signed http://");
}

fn a_manifest_that_is_withheld_is_said_where_one_was_seen() {
    let site = with_health();
    let url = format!("{}/releases/manifest.json", site.server.url);
    let mut later = payload(&[], serial(10));
    later["schema"] = 2.into();
    let withheld = [
        (Reply::new(404, ""), "warn", format!("there are no releases at {url}")),
        (Reply::new(200, "<html>"), "FAIL", format!("{url} is no manifest of releases: ")),
        (Reply::new(200, seal(&later, &key(1))), "FAIL", "it is of schema 2, not 1".to_owned()),
    ];
    let wakes = |reply: &Reply, notice| {
        site.serves("/releases/manifest.json", reply.clone());
        yesterday(&site, notice);
        site.run(&["wake", "--gate"]).exits(3).stderr
    };
    for (reply, ..) in &withheld {
        assert_eq!(wakes(reply, json!({})), "", "nobody has seen one");
    }
    site.list_at(serial(9), &[]);
    site.run(&["update", "--check"]).exits(3);
    let seen = "; a manifest of serial 9 was seen here";
    let hint = "tell whoever runs the server: it lost its releases, or somebody wants this moss \
                to miss a newer one; nothing was changed";
    for (reply, grade, why) in &withheld {
        let said = wakes(reply, json!({}));
        assert!(said.starts_with("warning: ") && said.contains(why), "{said}");
        assert!(said.ends_with(&format!("{seen}; hint: {hint}\n")), "{said}");
        assert_eq!(said.lines().count(), 1);
        assert_eq!(wakes(reply, json!({ "doubted": day(0) })), "", "once a day");
        let line = doctor(&site);
        assert!(line.starts_with(&format!("{grade}\treleases\t")) && line.contains(why), "{line}");
        assert!(line.ends_with(&format!("{seen}\t{hint}\n")), "{line}");
        refuses(&site, &["update"], seen);
    }
    // A server that is away or in a hurry: no news.
    for reply in [Reply::new(503, ""), Reply::hang_up()] {
        assert_eq!(wakes(&reply, json!({})), "");
    }
}

fn a_timer_that_updates_says_it_once_a_day_too() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    site.run(&["update", "--auto", "on"]).exits(0);
    site.serves("/api/wake", packet(json!({ "client_version": "0.2.0" })));
    site.run(&["wake", "--gate"]).exits(3);
    site.list_at(EXPIRED, &[listed("0.2.0", &site.archive("0.2.0", ""))]);
    site.run(&["wake", "--gate"]).exits(3).complains("warning: the manifest at http://");
    let hour_ago = SystemTime::now() - Duration::from_secs(3_700);
    let hour_ago = hour_ago.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
    let hour_ago = moss_api::Timestamp::from_micros(hour_ago.try_into().unwrap());
    let mut notice: serde_json::Value = serde_json::from_str(&site.read(NOTICE)).unwrap();
    notice["tried"] = hour_ago.to_string().into();
    site.write(NOTICE, &notice.to_string());
    site.take_paths();
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    assert_eq!(site.take_paths(), ["/releases/manifest.json", "/api/wake"], "it tried again");
    site.version_is("0.1.0");
}

/// A server that `moss doctor` knows for one of ours.
fn with_health() -> Site {
    let site = Site::new();
    let health = json!({ "status": "ok", "service": "news", "version": "0.1.0",
                         "server": "moss" });
    site.serves("/api/health", health);
    site
}

/// The lines of `moss doctor` about releases.
fn doctor(site: &Site) -> String {
    let ran = site.run(&["doctor"]);
    let lines = ran.stdout.lines().filter(|line| line.contains("\treleases\t"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn doctor_tells_the_age_and_what_mends_it() {
    let site = with_health();
    let url = format!("{}/releases/manifest.json", site.server.url);
    assert_eq!(doctor(&site), format!("ok\treleases\tnone at {url}\t-\n"));
    site.list_at(Stamp { serial: 12, signed: -6, expires: 84 }, &[]);
    let days = |days: i64| day(days)[..10].to_owned();
    let good = format!(
        "ok\treleases\tmanifest 12 signed {}, 6 days ago; good until {}, 83 days more\t-\n",
        days(-6),
        days(84)
    );
    assert_eq!(doctor(&site), good);
    assert!(!site.has(SEEN), "it looks, and remembers nothing");
    site.list_at(Stamp { serial: 12, signed: -80, expires: 10 }, &[]);
    let soon = doctor(&site);
    assert!(soon.starts_with("warn\treleases\tmanifest 12 signed "), "{soon}");
    assert!(soon.ends_with("9 days more\ttell whoever runs the server to renew it\n"), "{soon}");
    site.list_at(EXPIRED, &[]);
    let expired = doctor(&site);
    assert!(expired.starts_with("warn\treleases\tthe manifest at http://"), "{expired}");
    assert!(expired.contains("\ttell whoever runs the server to renew it; if"), "{expired}");
    site.list_at(serial(100), &[]);
    site.run(&["update", "--check"]).exits(3);
    site.list_at(serial(99), &[]);
    assert!(doctor(&site).contains("FAIL\treleases\tthe manifest at "));
    site.hand_out(&seal(&payload(&[], serial(100)), &key(3)));
    assert!(doctor(&site).contains("FAIL\treleases\tno release key has signed "));
    site.list_at(serial(100), &[]);
    site.write(SEEN, "damaged");
    let damaged = "warn\treleases\twhat this moss remembered of them was damaged\tmoss update\n";
    assert!(doctor(&site).starts_with(damaged));
}

fn a_fresh_moss_judges_the_manifest_it_came_with() {
    let site = Site::new();
    let judge = |stamp: Stamp, releases: &[serde_json::Value], number: u8| {
        site.write("manifest", &seal(&payload(releases, stamp), &key(number)));
        let (manifest, beside) = (site.path("manifest"), site.moss());
        let [manifest, beside] = [&manifest, &beside].map(|path| path.to_str().unwrap());
        site.run(&["self-test", "--manifest", manifest, "--beside", beside])
    };
    judge(serial(7), &[], 1).exits(0).prints("moss 0.1.0 works\n");
    assert!(site.read(SEEN).contains(":7"));
    judge(serial(6), &[], 1).exits(9).complains("an old one: it has serial 6, and 7 was seen here");
    judge(serial(9), &[], 3).exits(9).complains("no release key has signed it");
    judge(EXPIRED, &[], 1).exits(0); // the installer tells, which knows what was asked for
    let own = recalled(listed("0.1.0", b""), "eats files");
    judge(serial(101), &[own], 1).exits(9).complains("it was recalled: \"eats files\"");
    judge(serial(u64::MAX), &[], 1).exits(0);
    judge(serial(12), &[], 2).exits(0);
    let ran = judge(serial(u64::MAX), &[], 1).exits(9).complains(
        "the manifest is an old one: a retired release key signed it, and one of the key that \
         replaces ",
    );
    assert!(!ran.stderr.contains(&u64::MAX.to_string()), "{ran:#?}");
}

/// Also when the server names no other version.
fn a_timer_that_may_leaves_a_version_that_was_recalled() {
    for (others, becomes) in [(&["0.0.8", "0.0.9"][..], "0.0.9"), (&["0.0.9", "0.2.0"], "0.2.0")] {
        let site = with_health();
        site.run(&["update", "--auto", "on"]).exits(0);
        let mut releases = vec![recalled(listed("0.1.0", b""), "eats files")];
        for version in others {
            let archive = site.archive(version, "");
            releases.push(listed(version, &archive));
            site.serve(version, archive);
        }
        site.list_at(serial(9), &releases);
        yesterday(&site, json!({}));
        assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
        site.version_is(becomes);
    }
    // Where there is none to go to, it is said once a day.
    let site = with_health();
    site.run(&["update", "--auto", "on"]).exits(0);
    site.list_at(serial(9), &[recalled(listed("0.1.0", b""), "eats files")]);
    yesterday(&site, json!({}));
    site.run(&["wake", "--gate"]).exits(3).complains("there is nothing to replace it with");
    assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
    site.version_is("0.1.0");
}

fn a_recall_of_the_running_version_is_said_once_a_day() {
    let site = with_health();
    let own = recalled(listed("0.1.0", b""), "eats files");
    let newer = listed("0.2.0", &site.archive("0.2.0", ""));
    for (number, releases) in [(9, vec![own.clone()]), (10, vec![own, newer]), (11, vec![])] {
        site.list_at(serial(number), &releases);
        yesterday(&site, json!({}));
        let ran = site.run(&["wake", "--gate"]).exits(3);
        assert_eq!(
            ran.stderr,
            "warning: moss 0.1.0 was recalled: \"eats files\"; hint: moss update takes the newest \
             that was not\n"
        );
        assert_eq!(site.run(&["wake", "--gate"]).exits(3).stderr, "");
        yesterday(&site, json!({ "doubted": day(0) }));
        assert_eq!(site.run(&["wake"]).exits(3).stderr, "");
        let line = "FAIL\treleases\tmoss 0.1.0 was recalled: \"eats files\"\tmoss update takes the \
                    newest that was not\n";
        assert_eq!(doctor(&site), line);
    }
}
