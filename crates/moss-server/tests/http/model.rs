//! Random commands against the server and a small model of the work, with a clock that is moved:
//! after every command both must agree, and the invariants must hold.

use std::collections::BTreeMap;

use moss_api::{Action, Role, SubTaskStatus as S, next_status};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::harness::Agent;
use crate::harness::World;

const SUB_TASKS: usize = 3;
const EXECUTORS: usize = 2;
const LEASE: i64 = 30;
const ASSIGNMENT: i64 = 24 * 60;
const MAX_AGE: i64 = 24 * 60;

#[derive(Clone, Debug)]
enum Step {
    /// An executor does something to a sub-task; `fence` names an attempt this far behind.
    Executor {
        who: usize,
        what: Action,
        at: usize,
        fence: Option<i64>,
    },
    ClaimNext {
        who: usize,
        start: bool,
    },
    /// A verdict that names an attempt this far behind, or the one that was shown last.
    Review {
        at: usize,
        look: bool,
        approve: bool,
        score: i64,
        hand_to: Option<usize>,
        fence: Option<i64>,
    },
    Block {
        at: usize,
    },
    Planner {
        what: Action,
        at: usize,
        to: usize,
    },
    Wait {
        minutes: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let executor_actions = prop::sample::select(vec![
        Action::Claim,
        Action::Start,
        Action::Start,
        Action::Submit,
        Action::Submit,
        Action::Heartbeat,
        Action::Session,
        Action::Release,
        Action::Fail,
    ]);
    let planner_actions = prop::sample::select(vec![
        Action::Reassign,
        Action::Reassign,
        Action::Release,
        Action::Edit,
        Action::Cancel,
    ]);
    let fence = || prop::option::weighted(0.2, 0..2i64);
    prop_oneof![
        12 => (0..EXECUTORS, executor_actions, 0..SUB_TASKS, fence())
            .prop_map(|(who, what, at, fence)| Step::Executor { who, what, at, fence }),
        3 => (0..EXECUTORS, any::<bool>())
            .prop_map(|(who, start)| Step::ClaimNext { who, start }),
        5 => (0..SUB_TASKS, prop::bool::weighted(0.7), prop::bool::weighted(0.3), 1..=5i64,
              prop::option::weighted(0.2, 0..EXECUTORS), fence())
            .prop_map(|(at, look, approve, score, hand_to, fence)| {
                Step::Review { at, look, approve, score, hand_to, fence }
            }),
        2 => (0..SUB_TASKS).prop_map(|at| Step::Block { at }),
        3 => (planner_actions, 0..SUB_TASKS, 0..EXECUTORS)
            .prop_map(|(what, at, to)| Step::Planner { what, at, to }),
        2 => prop::sample::select(vec![1, 10, 29, 31, 24 * 60 + 1]).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// What the model knows of one sub-task. The second waits for the first.
#[derive(Clone, Debug)]
struct Work {
    status: S,
    holder: Option<usize>,
    attempt: i64,
    rework: i64,
    /// The attempt the reviewer was shown last while it waited for a verdict.
    shown: Option<i64>,
    /// Minutes on the model's clock.
    lease: Option<i64>,
    limit: Option<i64>,
}

#[derive(Default)]
struct Model {
    now: i64,
    work: Vec<Work>,
    score: BTreeMap<usize, i64>,
    /// When each executor's leases were last looked at for renewal.
    looked: BTreeMap<usize, i64>,
}

impl Model {
    fn ready(&self, at: usize) -> bool {
        at != 1 || self.work[0].status.is_final()
    }

    fn best(&self) -> Option<usize> {
        (0..SUB_TASKS).find(|&at| self.work[at].status == S::Pending && self.ready(at))
    }

    /// A call of an executor renews its leases, looked at once in a tenth of a lease.
    fn call(&mut self, who: usize) {
        let pause = LEASE / 10;
        if self.looked.get(&who).is_some_and(|&last| self.now < last + pause) {
            return;
        }
        self.looked.insert(who, self.now);
        let now = self.now;
        let soon = |work: &Work| work.lease.is_some_and(|lease| lease < now + LEASE - pause);
        let held =
            |work: &Work| work.status.is_held() && work.holder == Some(who) && work.limit.is_some();
        if self.work.iter().any(|work| held(work) && soon(work)) {
            for work in self.work.iter_mut().filter(|work| held(work)) {
                if work.lease.is_some_and(|lease| lease < now + LEASE) {
                    work.lease = Some((now + LEASE).min(work.limit.unwrap_or(i64::MAX)));
                }
            }
        }
    }

    fn sweep(&mut self) {
        for work in &mut self.work {
            if work.lease.is_some_and(|lease| lease < self.now) {
                work.released(S::Pending);
                work.holder = None;
            }
        }
    }

    fn start_waiting_assignments(&mut self) {
        for at in 0..SUB_TASKS {
            if self.ready(at)
                && self.work[at].status == S::Assigned
                && self.work[at].lease.is_none()
            {
                self.work[at].lease = Some(self.now + ASSIGNMENT);
            }
        }
    }

    fn claim(&mut self, who: usize, at: usize) {
        let now = self.now;
        let work = &mut self.work[at];
        work.status = S::Assigned;
        work.holder = Some(who);
        work.attempt += 1;
        work.lease = Some(now + LEASE);
        work.limit = Some(now + MAX_AGE);
    }

    fn start(&mut self, at: usize) {
        let now = self.now;
        let work = &mut self.work[at];
        if work.status == S::Rework {
            work.attempt += 1;
        }
        work.status = S::InProgress;
        work.lease = Some((now + LEASE).min(work.limit.unwrap_or(i64::MAX)));
        work.limit = work.limit.or(Some(now + MAX_AGE));
    }

    /// Whether an executor's action succeeds; the model is changed if it does.
    fn executor(&mut self, who: usize, what: Action, at: usize, fence: Option<i64>) -> bool {
        let ready = self.ready(at);
        let now = self.now;
        let work = &self.work[at];
        let legal = next_status(work.status, what, Role::Executor).is_ok();
        let mine = work.holder == Some(who);
        let fresh = fence.is_none_or(|behind| behind == 0)
            || matches!(what, Action::Claim | Action::Start | Action::Session);
        if what == Action::Claim {
            if work.status.is_held() && mine {
                return true;
            }
            if legal && ready {
                self.claim(who, at);
                return true;
            }
            return false;
        }
        if !(legal && mine && fresh) || (what == Action::Start && !ready) {
            return false;
        }
        let work = &mut self.work[at];
        match what {
            Action::Start => self.start(at),
            Action::Submit => work.released(S::Review),
            Action::Heartbeat => {
                if work.limit.is_some_and(|limit| limit <= now) {
                    return false;
                }
                let wanted = (now + LEASE).min(work.limit.unwrap_or(i64::MAX));
                // Without a limit it is an assignment, which calls do not prolong.
                if work.limit.is_some() {
                    work.lease = Some(wanted);
                }
            }
            Action::Release => {
                work.released(S::Pending);
                work.holder = None;
            }
            Action::Fail => work.released(S::Blocked),
            _nothing_the_model_knows => {}
        }
        true
    }
}

impl Work {
    fn released(&mut self, status: S) {
        self.status = status;
        self.lease = None;
        self.limit = None;
    }
}

struct Run {
    world: World,
    planner: Agent,
    reviewer: Agent,
    patrol: Agent,
    executors: Vec<Agent>,
    ids: Vec<String>,
    model: Model,
}

impl Run {
    async fn new() -> Self {
        let world = World::with(|config| config.patrol.timeouts = 1_000).await;
        let planner = world.agent("planner", "P").await;
        let reviewer = world.agent("reviewer", "R").await;
        let patrol = world.agent("patrol", "W").await;
        let executors =
            vec![world.agent("executor", "E0").await, world.agent("executor", "E1").await];
        let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"] }, { "name": "c" }]);
        let ids = world.plan(&planner, "Model", plan).await;
        let fresh = Work {
            status: S::Pending,
            holder: None,
            attempt: 0,
            rework: 0,
            shown: None,
            lease: None,
            limit: None,
        };
        let model = Model { work: vec![fresh; SUB_TASKS], ..Model::default() };
        Self { world, planner, reviewer, patrol, executors, ids, model }
    }

    async fn step(&mut self, step: &Step) {
        let (succeeded, expected) = match step {
            Step::Executor { who, what, at, fence } => {
                let mut body = json!({ "session_id": "s", "class": "other", "detail": "d" });
                if let Some(behind) = fence {
                    body["attempt"] = json!(self.model.work[*at].attempt - behind);
                }
                self.model.call(*who);
                let expected = self.model.executor(*who, *what, *at, *fence);
                let (agent, id) = (&self.executors[*who], &self.ids[*at]);
                (self.world.act(agent, id, what.as_str(), body).await, expected)
            }
            Step::ClaimNext { who, start } => {
                self.model.call(*who);
                let best = self.model.best();
                if let Some(at) = best {
                    self.model.claim(*who, at);
                    if *start {
                        self.model.start(at);
                    }
                }
                let path = "/api/sub-tasks/claim-next";
                let answer =
                    self.world.post(&self.executors[*who], path, json!({ "start": start })).await;
                assert_eq!(answer.status.as_u16(), if best.is_some() { 200 } else { 204 });
                if let Some(at) = best {
                    assert_eq!(answer.ok()["id"], self.ids[at].as_str());
                }
                (answer, true)
            }
            Step::Review { at, look, approve, score, hand_to, fence } => {
                if *look {
                    self.look(*at).await;
                }
                self.review(*at, *approve, *score, *hand_to, *fence).await
            }
            Step::Block { at } => {
                let work = &mut self.model.work[*at];
                let expected = next_status(work.status, Action::Block, Role::Patrol).is_ok();
                if expected {
                    work.released(S::Blocked);
                }
                (self.world.act(&self.patrol, &self.ids[*at], "block", json!({})).await, expected)
            }
            Step::Planner { what, at, to } => self.plan(*what, *at, *to).await,
            Step::Wait { minutes } => {
                self.model.now += minutes;
                self.world.advance(u64::try_from(*minutes).unwrap());
                self.world.sweep().await;
                self.model.sweep();
                return;
            }
        };
        assert_eq!(succeeded.status.is_success(), expected, "{step:?}: {}", succeeded.text);
        assert!(succeeded.status.as_u16() < 500, "{step:?}: {}", succeeded.text);
    }

    async fn look(&mut self, at: usize) {
        self.world.sub_task(&self.ids[at], &self.reviewer).await;
        let work = &mut self.model.work[at];
        if work.status == S::Review {
            work.shown = Some(work.attempt);
        }
    }

    async fn review(
        &mut self,
        at: usize,
        approve: bool,
        score: i64,
        hand_to: Option<usize>,
        fence: Option<i64>,
    ) -> (crate::harness::Answer, bool) {
        let work = self.model.work[at].clone();
        let mut body = json!({
            "sub_task_id": self.ids[at], "result": if approve { "approved" } else { "rejected" },
            "score": score, "issues": "i",
        });
        if let Some(to) = hand_to {
            body["rework_agent"] = json!(self.executors[to].name);
        }
        if let Some(behind) = fence {
            body["attempt"] = json!(work.attempt - behind);
        }
        let expected = work.status == S::Review
            && match fence {
                Some(behind) => behind == 0,
                None => work.shown == Some(work.attempt),
            };
        if expected {
            if let (Some(worker), Some(delta)) = (work.holder, moss_api::reward(score)) {
                *self.model.score.entry(worker).or_default() += delta;
            }
            let slot = &mut self.model.work[at];
            slot.shown = None;
            if approve {
                slot.status = S::Done;
                self.model.start_waiting_assignments();
            } else {
                slot.status = S::Rework;
                slot.rework += 1;
                slot.holder = hand_to.or(slot.holder);
            }
        }
        (self.world.post(&self.reviewer, "/api/review-records", body).await, expected)
    }

    async fn plan(&mut self, what: Action, at: usize, to: usize) -> (crate::harness::Answer, bool) {
        let expected = next_status(self.model.work[at].status, what, Role::Planner).is_ok();
        if expected {
            let work = &mut self.model.work[at];
            match what {
                Action::Reassign => {
                    work.released(S::Assigned);
                    work.holder = Some(to);
                    work.attempt += 1;
                    self.model.start_waiting_assignments();
                }
                Action::Release => {
                    work.released(S::Pending);
                    work.holder = None;
                }
                Action::Cancel => {
                    work.released(S::Cancelled);
                    self.model.start_waiting_assignments();
                }
                _nothing_the_model_knows => {}
            }
        }
        let id = &self.ids[at];
        let answer = if what == Action::Edit {
            let path = format!("/api/sub-tasks/{id}");
            self.world.put(&self.planner, &path, json!({ "description": "e" })).await
        } else {
            let body = json!({ "agent_id": self.executors[to].id });
            self.world.act(&self.planner, id, what.as_str(), body).await
        };
        (answer, expected)
    }

    async fn check(&self) {
        use moss_server::store::entity::{attempt, review, reward, task};
        let db = self.world.app.store.read();
        let attempts = attempt::Entity::find().all(db).await.unwrap();
        let reviews = review::Entity::find().all(db).await.unwrap();
        for (at, id) in self.ids.iter().enumerate() {
            let row = self.world.sub_task(id, &self.planner).await;
            let work = &self.model.work[at];
            let holder =
                work.holder.map_or(Value::Null, |who| self.executors[who].id.clone().into());
            let start = "2026-11-20T09:00:00Z".parse::<moss_api::Timestamp>().unwrap();
            let lease = work.lease.map_or(Value::Null, |minutes| {
                let after = std::time::Duration::from_secs(u64::try_from(minutes * 60).unwrap());
                (start + after).to_string().into()
            });
            let seen = json!([
                row["status"],
                row["assigned_agent"],
                row["attempt"],
                row["rework_count"],
                row["lease_until"]
            ]);
            assert_eq!(
                seen,
                json!([work.status, holder, work.attempt, work.rework, lease]),
                "sub-task {at}"
            );
            // 1: at most one live attempt, the newest, exactly while it is held.
            let live: Vec<_> =
                attempts.iter().filter(|a| a.sub_task_id == *id && a.ended_at.is_none()).collect();
            assert_eq!(
                live.len(),
                usize::from(work.status.is_held()),
                "live attempts of {at}: {live:?}"
            );
            assert!(live.iter().all(|a| a.number == work.attempt));
            // 2: numbers run from 1 without a gap.
            let mut numbers: Vec<_> =
                attempts.iter().filter(|a| a.sub_task_id == *id).map(|a| a.number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=work.attempt).collect::<Vec<_>>());
            // 5: one verdict a round, rounds without a gap.
            let mut rounds: Vec<_> =
                reviews.iter().filter(|r| r.sub_task_id == *id).map(|r| r.round).collect();
            rounds.sort_unstable();
            let judged = work.rework + i64::from(work.status == S::Done);
            assert_eq!(rounds, (1..=judged).collect::<Vec<_>>());
            // 10: blocked means with a reason.
            assert_eq!(row["block_reason"].is_string(), work.status == S::Blocked);
        }
        let rewards = reward::Entity::find().all(db).await.unwrap();
        for (who, agent) in self.executors.iter().enumerate() {
            let sum: i64 =
                rewards.iter().filter(|r| r.agent_id == agent.id).map(|r| r.score_delta).sum();
            let me = self.world.get(&self.planner, "/api/scores/leaderboard").await.ok();
            let total =
                me.as_array().unwrap().iter().find(|r| r["agent_id"] == agent.id.as_str()).unwrap()
                    ["total_score"]
                    .clone();
            let model = self.model.score.get(&who).copied().unwrap_or_default();
            assert_eq!((total, sum), (json!(model), model), "score of E{who}");
        }
        let task = task::Entity::find().one(db).await.unwrap().unwrap();
        let open = self.model.work.iter().filter(|w| !w.status.is_final()).count();
        let done = self.model.work.iter().filter(|w| w.status == S::Done).count();
        let counts = (task.sub_tasks, task.open_sub_tasks, task.done_sub_tasks);
        let as_i64 = |n: usize| i64::try_from(n).unwrap();
        assert_eq!(counts, (as_i64(SUB_TASKS), as_i64(open), as_i64(done)));
    }
}

#[test]
fn the_server_and_the_model_agree() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..60), |steps| {
            runtime.block_on(async {
                let mut run = Run::new().await;
                for step in &steps {
                    run.step(step).await;
                    run.check().await;
                }
            });
            Ok(())
        })
        .unwrap();
}
