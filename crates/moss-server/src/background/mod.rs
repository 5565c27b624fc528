//! The scheduler: what the server does without being asked, each job a task of its own, so that
//! a long one holds up neither the others nor the stop.

mod jobs;

use std::sync::Arc;
use std::time::{Duration, Instant};

use moss_api::Swept;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::app::App;
use crate::background::jobs::Jobs;
use crate::domain::jobs::Job;
use crate::domain::patrol::sweep::Sweep as PatrolSweep;
use crate::domain::patrol::watch::Watch;
use crate::domain::queries::admin::dashboard;
use crate::domain::queries::admin::past_days::RECOUNT;
use crate::domain::recurring::{self, open::OpenRounds};
use crate::domain::retention::{MOST_REQUESTS, Purge};
use crate::domain::time::KeepTime;
use crate::domain::work::expire::{Sweep, is_due};
use crate::domain::{Command, Error};
use crate::releases::REFRESH;
use crate::webhooks::post_due;

/// How often logged requests are handed to the database.
const LOG_FLUSH: Duration = Duration::from_secs(1);
/// How often servers tell each other who asks much.
const RATES: Duration = Duration::from_secs(1);
/// How often is looked for what is to be posted to webhooks.
const OUTBOX: Duration = Duration::from_secs(1);
/// How often the size of the write-ahead log is looked at.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// How often old answers, requests and sessions are thrown away.
const PURGE: Job = Job { name: "purge", period: Duration::from_secs(60 * 60) };

/// How often is looked who is missing.
const WATCH: Job = Job { name: "watch", period: Duration::from_secs(60) };

/// How often is looked for rounds that are due of what comes again.
const RECURRING: Job = Job { name: "recurring", period: Duration::from_secs(5) };

/// How often is looked whether the time is to be noted, and how often it is anyway. In a database
/// that servers share it is each time: when nobody notes it, none runs.
const LOOK_AT_TIME: Duration = Duration::from_secs(2);
const KEEP_TIME: Duration = Duration::from_secs(60);

/// How often a damaged database is looked through again.
const LOOK_THROUGH: Duration = Duration::from_secs(5);

/// How long after the stop was asked for a job may take to end. As long as requests in progress
/// may; a job that waits for the database holds nothing that was answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a job answers that is another server's.
const ANOTHERS: &str = "null";

/// Runs every job until the server is asked to stop, and returns when the last has ended, or is
/// given up.
pub async fn run_background(app: Arc<App>, stopped: watch::Receiver<bool>) {
    let sweep = Duration::from_secs(app.config().lease.sweep_seconds.into());
    let sweep = Job { name: "sweep", period: sweep };
    let schedule = |period| Schedule::new(period, stopped.clone());
    let mut jobs = Jobs::default();
    jobs.run(sweep.name, sweep_leases(app.clone(), sweep, schedule(sweep.period)));
    jobs.run(WATCH.name, watch(app.clone(), schedule(WATCH.period)));
    jobs.run(RECURRING.name, open_rounds(app.clone(), schedule(RECURRING.period)));
    if let Some(period) = app.config().patrol.sweep.period() {
        let patrol = Job { name: "patrol", period };
        jobs.run(patrol.name, patrol_now_and_then(app.clone(), patrol, schedule(period)));
    }
    jobs.run("webhooks", post_to_webhooks(app.clone(), schedule(OUTBOX)));
    jobs.run(PURGE.name, purge(app.clone(), schedule(PURGE.period)));
    jobs.run("request log", flush_request_log(app.clone(), schedule(LOG_FLUSH)));
    jobs.run("rates", share_rates(app.clone(), schedule(RATES)));
    jobs.run("time", keep_time(app.clone(), schedule(LOOK_AT_TIME)));
    jobs.run("checkpoint", copy_log_back(app.clone(), schedule(CHECKPOINT)));
    jobs.run("past days", count_past_days(app.clone(), schedule(RECOUNT)));
    jobs.run("damage", look_through(app.clone(), schedule(LOOK_THROUGH)));
    jobs.run("releases", keep_releases_fresh(app, schedule(REFRESH)));
    let given_up = jobs.end(stopped, PATIENCE).await;
    if !given_up.is_empty() {
        let jobs = given_up.join(", ");
        tracing::warn!("the stop waits no longer for: {jobs}; nothing that was answered is lost");
    }
}

/// When a job runs, and until when.
struct Schedule {
    interval: Interval,
    stopped: watch::Receiver<bool>,
}

impl Schedule {
    fn new(period: Duration, stopped: watch::Receiver<bool>) -> Self {
        let mut interval = interval(period);
        // A job that took longer than its period is not made up for.
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { interval, stopped }
    }

    /// Waits until the job is due, the first time at once; false when the server is to stop.
    async fn due(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.stopped.wait_for(|stop| *stop) => false,
            _ = self.interval.tick() => true,
        }
    }

    /// Whether a job of many steps may take the next one.
    fn may_go_on(&self) -> bool {
        !*self.stopped.borrow()
    }
}

async fn sweep_leases(app: Arc<App>, job: Job, mut schedule: Schedule) {
    while schedule.due().await {
        let due = || is_due(app.store.read(), app.clock.now());
        work_off(&app, job, &schedule, "expired leases", due, || Sweep).await;
    }
}

/// Does a job until nothing is due, if it is this server's: each step is short, and callers get in
/// between. `what` is due is asked by a read, so that an idle server writes nothing.
async fn work_off<C: Command, D: Future<Output = Result<bool, Error>>>(
    app: &App,
    job: Job,
    schedule: &Schedule,
    what: &str,
    is_due: impl Fn() -> D,
    command: impl Fn() -> C,
) {
    while schedule.may_go_on() {
        match is_due().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                app.note_failure(&error);
                tracing::error!(%error, "{what} could not be looked for");
                return;
            }
        }
        match app.writer.write(app.by_one(job, command()), None).await {
            Ok(answer) if answer.body == ANOTHERS => return,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(?error, "{what} could not be seen to");
                return;
            }
        }
    }
}

async fn watch(app: Arc<App>, mut schedule: Schedule) {
    let watch = Watch { up_since: app.clock.now() };
    while schedule.due().await {
        look_who_is_missing(&app, watch).await;
    }
}

/// Looks who is missing and what is over, and tells whoever reads the log.
pub async fn look_who_is_missing(app: &App, watch: Watch) {
    match watch.is_due(app.store.read(), app.clock.now()).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => {
            app.note_failure(&error);
            tracing::error!(%error, "who is missing could not be looked for");
            return;
        }
    }
    match app.writer.write(app.by_one(WATCH, watch), None).await {
        Ok(answer) => {
            let news = serde_json::from_str::<Option<Vec<String>>>(&answer.body);
            for news in news.ok().flatten().unwrap_or_default() {
                tracing::warn!("{news}");
            }
        }
        Err(error) => tracing::error!(?error, "who is missing could not be noted"),
    }
}

async fn patrol_now_and_then(app: Arc<App>, job: Job, mut schedule: Schedule) {
    while schedule.due().await {
        // Again while there is more: each sweep is short, and callers get in between.
        while schedule.may_go_on() && sweep_patrol(&app, job).await {}
    }
}

/// Nobody who looks at the dashboard waits for that.
async fn count_past_days(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        let now = app.clock.now();
        if let Err(error) = dashboard::count_past_days(app.store.read(), &app.past_days, now).await
        {
            app.note_failure(&error);
            tracing::error!(%error, "the days that are over could not be counted");
        }
    }
}

async fn open_rounds(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        let due = || recurring::open::is_due(app.store.read(), app.clock.now());
        work_off(&app, RECURRING, &schedule, "rounds that are due", due, || OpenRounds).await;
    }
}

/// Records what is amiss and acts on it, if that is this server's and there is anything to write.
/// Whether there is more.
pub async fn sweep_patrol(app: &App, job: Job) -> bool {
    let timings = app.config().timings();
    let sweep = match PatrolSweep::look(app.store.read(), &timings, app.clock.now()).await {
        Ok(sweep) if sweep.is_empty() => return false,
        Ok(sweep) => sweep,
        Err(error) => {
            app.note_failure(&error);
            tracing::error!(%error, "what is amiss could not be looked for");
            return false;
        }
    };
    match app.writer.write(app.by_one(job, sweep), None).await {
        Ok(answer) => {
            let swept = serde_json::from_str::<Option<Swept>>(&answer.body).ok().flatten();
            let Some(swept) = swept.filter(Swept::is_something) else { return false };
            let Swept { opened, closed, released, blocked, reassigned, more } = swept;
            tracing::info!(opened, closed, released, blocked, reassigned, "patrol");
            more
        }
        Err(error) => {
            tracing::error!(?error, "what is amiss could not be recorded");
            false
        }
    }
}

async fn purge(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        if let Err(error) = app.look_again().await {
            app.note_failure(&error);
            continue;
        }
        let request_log = app.config().request_log_retention();
        // Again while there is more: each is short, and callers get in between.
        while schedule.may_go_on() {
            let purge = app.by_one(PURGE, Purge { request_log, most_requests: MOST_REQUESTS });
            let done = app.writer.write(purge, None).await;
            if !done.is_ok_and(|answer| answer.body != "0" && answer.body != ANOTHERS) {
                break;
            }
        }
    }
}

/// Notes now and then how far time has come; more often while the last write failed, so that its
/// end is seen, and at once when the system's clock has leapt or a file of the database was taken
/// away.
async fn keep_time(app: Arc<App>, mut schedule: Schedule) {
    let mut last = Instant::now();
    let in_place = app.store.in_place();
    while schedule.due().await {
        let is_wanted = app.writer.trouble().is_some()
            || app.clock.step().is_some()
            || in_place.as_deref().is_some_and(|files| files.look().is_err());
        if !is_wanted && !app.clock.is_of_database() && last.elapsed() < KEEP_TIME {
            continue;
        }
        last = Instant::now();
        if let Err(error) = app.writer.write(KeepTime, None).await {
            tracing::error!(?error, "the database takes no writes");
        }
    }
}

async fn flush_request_log(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        app.flush_request_log();
    }
}

async fn share_rates(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        if let Err(error) = app.share_rates().await {
            app.note_failure(&error);
            tracing::error!(%error, "how much others are asked could not be looked up");
        }
    }
}

async fn copy_log_back(app: Arc<App>, mut schedule: Schedule) {
    let Some(mut checkpoint) = app.store.checkpoint() else { return };
    while schedule.due().await {
        checkpoint.run_if_due(app.writer.answered()).await;
    }
}

/// Looks whether a database that was found damaged is whole again. The whole of it, as that is all
/// that can show it.
async fn look_through(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        let Some(damage) = app.writer.damage() else { continue };
        match app.store.look_through().await {
            Ok(()) => app.writer.note_whole(damage),
            Err(error) => tracing::debug!(%error, "the database is damaged still"),
        }
    }
}

async fn post_to_webhooks(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        while schedule.may_go_on() && post_due(&app).await {}
    }
}

async fn keep_releases_fresh(app: Arc<App>, mut schedule: Schedule) {
    while schedule.due().await {
        refresh_releases(&app).await;
    }
}

/// Looks again at what clients can be updated to.
pub async fn refresh_releases(app: &App) {
    let (releases, now) = (app.releases.clone(), app.clock.now());
    let _ = tokio::task::spawn_blocking(move || releases.refresh(now)).await;
}
