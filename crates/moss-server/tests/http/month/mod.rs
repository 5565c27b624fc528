//! A month that nobody looks at: four agents, their timers, a stand-in for their models that works,
//! ignores, fails and dies, a server that goes down and a host that is restarted, all by a seed.
//!
//! It costs what the work costs and a bounded rest, the same each time; and whatever was wrong was
//! told once, and its end too.

mod crew;

use std::collections::BTreeMap;
use std::time::Duration;

use moss_api::{AgentStatus, Timestamp};
use moss_server::domain::access::agents::SetStatus;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::harness::{Agent, World};
use crew::{Member, Mood};

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
const DAYS: u64 = 30;
/// Nothing new is begun, and everybody works: whatever is left over comes to its end.
const LAST_DAYS: u64 = 3;
/// How often every timer asks, in minutes, but patrol's.
const TICK: u64 = 10;
const PATROLS_TICK: u64 = 30;
/// So many packets may be left unanswered.
const IGNORED: u64 = 6;

/// What the month has cost, by agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bill {
    /// Questions of timers.
    ticks: u64,
    /// Of these, with something to do: what a timer without a memory would have cost.
    with_work: u64,
    /// Model calls that something came of.
    worked: u64,
    /// Model calls that nothing came of.
    wasted: u64,
}

/// Model calls in a row that nothing came of.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    calls: u64,
    since: Option<Timestamp>,
}

struct Month {
    world: World,
    crew: Vec<Member>,
    dice: Dice,
    /// How things go wrong. Not the dice of the models, so that nobody's luck is another's.
    fate: Dice,
    up_since: Timestamp,
    bill: BTreeMap<String, Bill>,
    runs: BTreeMap<String, Run>,
    goals: u64,
    minute: u64,
    down_until: u64,
    /// Whose last question found nothing to do, and how many writes there had been.
    idle: BTreeMap<String, u64>,
}

impl Month {
    async fn begin(seed: u64) -> Self {
        let world = World::new().await;
        let mut crew = Vec::new();
        for (role, name) in
            [("planner", "Plan"), ("executor", "AI-Wu"), ("reviewer", "AI-Rev"), ("patrol", "Pat")]
        {
            crew.push(Member::new(role, world.agent(role, name).await));
        }
        let up_since = world.now();
        let bill = crew.iter().map(|one| (one.agent.name.clone(), Bill::default())).collect();
        let (dice, fate) = (Dice::of(seed), Dice::of(seed ^ 0xFA7E));
        let runs = BTreeMap::new();
        let (goals, minute, down_until) = (0, 0, 0);
        let idle = BTreeMap::new();
        Self { world, crew, dice, fate, up_since, bill, runs, goals, minute, down_until, idle }
    }

    async fn run_to(mut self, day: u64) -> Self {
        while self.minute < day * DAY {
            let minute = self.minute;
            let is_over = minute >= DAYS * DAY;
            if minute.is_multiple_of(6 * HOUR) {
                for member in &mut self.crew {
                    member.mood = if is_over { Mood::Works } else { self.fate.mood() };
                    // The host is restarted: its timers sleep for a while.
                    let sleeps = !is_over && self.fate.one_in(20);
                    member.asleep_until = if sleeps { minute + 3 * HOUR } else { 0 };
                }
            }
            if minute % DAY == 9 * HOUR && minute / DAY % 7 < 5 && !is_over {
                self.give_a_goal().await;
            }
            if !is_over && minute >= self.down_until && self.fate.one_in(500) {
                self.down_until = minute + 20 + 60 * self.fate.below(6);
            }
            if minute % DAY == 20 * HOUR && minute >= self.down_until {
                self.a_person_helps().await;
            }
            if minute == 12 * DAY {
                self.keep_out("AI-Wu", AgentStatus::Disabled).await;
            } else if minute == 13 * DAY {
                self.keep_out("AI-Wu", AgentStatus::Active).await;
            }
            if minute >= self.down_until {
                self.tick(minute).await;
            } else if minute + TICK >= self.down_until {
                self = self.restarted().await;
            }
            self.world.advance(TICK);
            self.minute += TICK;
        }
        self
    }

    /// One tick of every timer, and what the server does by itself.
    async fn tick(&mut self, minute: u64) {
        self.world.sweep().await;
        for at in 0..self.crew.len() {
            let member = &self.crew[at];
            let is_due = member.role != "patrol" || minute.is_multiple_of(PATROLS_TICK);
            if !is_due || minute < member.asleep_until {
                continue;
            }
            let agent = member.agent.clone();
            let bill = self.bill.get_mut(&agent.name).unwrap();
            bill.ticks += 1;
            // Nothing was written since it was told that there is nothing to do: it is told so again.
            // To save the test's time only every third of these questions is asked.
            let writes = self.world.app.writer.answered();
            if self.idle.get(&agent.name) == Some(&writes) && !(minute / TICK).is_multiple_of(3) {
                continue;
            }
            let answer = self.world.get(&agent, "/api/wake?gate=true").await;
            if answer.status == 403 {
                continue; // it is disabled
            }
            let packet = answer.ok();
            bill.with_work += u64::from(packet["work"] == true || !packet["withheld"].is_null());
            self.idle.remove(&agent.name);
            if packet["work"] != true {
                if packet["withheld"].is_null() {
                    self.idle.insert(agent.name.clone(), self.world.app.writer.answered());
                }
                continue;
            }
            let works = self.crew[at].answers(&self.world, &packet, &mut self.dice).await;
            let bill = self.bill.get_mut(&agent.name).unwrap();
            if works {
                bill.worked += 1;
                self.runs.remove(&agent.name);
            } else {
                bill.wasted += 1;
                self.wasted(&agent);
            }
        }
        if minute.is_multiple_of(HOUR) {
            self.world.watch(self.up_since).await;
            self.world.patrol().await;
        }
    }

    /// However long it goes on: no more than so many at once, and then one an hour.
    fn wasted(&mut self, agent: &Agent) {
        let now = self.world.now();
        let run = self.runs.entry(agent.name.clone()).or_default();
        let since = *run.since.get_or_insert(now);
        run.calls += 1;
        let hours = now.since(since).as_secs() / 3_600;
        assert!(run.calls <= IGNORED + hours + 1, "{}: {run:?} at {now}", agent.name);
    }

    async fn give_a_goal(&mut self) {
        self.goals += 1;
        let admin = self.world.admin().await;
        let place = [("x-admin-token", admin.as_str()), ("x-moss-act-as", "Plan")];
        let names: Vec<_> = (0..3).map(|n| json!({ "name": format!("part {n}") })).collect();
        let task = json!({ "name": format!("goal {}", self.goals) });
        let plan = json!({ "task": task, "sub_tasks": names });
        self.world.ask("POST", "/api/plans", &place, &plan).await.ok();
    }

    /// What agents could not settle: a person looks once a day, and says how it goes on.
    async fn a_person_helps(&self) {
        let admin = self.world.admin().await;
        let place = [("x-admin-token", admin.as_str()), ("x-moss-act-as", "Plan")];
        let path = "/api/sub-tasks?status=blocked&page_size=0";
        let blocked = self.world.ask("GET", path, &place, &Value::Null).await.ok();
        for row in blocked["items"].as_array().unwrap() {
            if row["block_owner"] == "person" {
                let path = format!("/api/sub-tasks/{}/release", row["id"].as_str().unwrap());
                let said = json!({ "reason": "euros, everywhere" });
                self.world.ask("POST", &path, &place, &said).await.ok();
            }
        }
    }

    async fn keep_out(&self, name: &str, status: AgentStatus) {
        let member = self.crew.iter().find(|one| one.agent.name == name).unwrap();
        let set = SetStatus { id: member.agent.id.clone(), status };
        self.world.app.writer.write(set, None).await.unwrap();
    }

    /// The server comes back, and has forgotten whatever it did not write down.
    async fn restarted(mut self) -> Self {
        let now = self.world.now();
        self.world = self.world.started_again(now).await;
        self.up_since = self.world.now();
        self
    }
}

/// After as many days a second month of the same seed is compared with the first.
const SAME_DAYS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_costs_what_its_work_costs_and_the_same_each_time() {
    let again = tokio::spawn(async { Month::begin(1).await.run_to(SAME_DAYS).await.bill });
    let other = tokio::spawn(async { Month::begin(2).await.run_to(SAME_DAYS).await.bill });
    let month = tokio::spawn(async {
        let month = Month::begin(1).await.run_to(SAME_DAYS).await;
        (month.bill.clone(), month.run_to(DAYS + LAST_DAYS).await)
    });
    let (bill, month) = month.await.unwrap();
    assert_eq!(bill, again.await.unwrap(), "the same seed, the same bill");
    assert_ne!(bill, other.await.unwrap());
    for (name, bill) in &month.bill {
        println!("{name}: {bill:?}");
    }
    everything_is_done(&month).await;
    everything_was_told_once(&month).await;
    let sum = |part: fn(&Bill) -> u64| month.bill.values().map(part).sum::<u64>();
    assert!(sum(|bill| bill.ticks) > 12_000);
    assert!(sum(|bill| bill.wasted) < sum(|bill| bill.with_work) / 4);
}

/// The work came to its end in spite of all that, and nothing is amiss any more.
async fn everything_is_done(month: &Month) {
    let planner = &month.crew[0].agent;
    let tasks = month.world.get(planner, "/api/tasks").await.ok();
    let tasks = tasks["items"].as_array().unwrap();
    assert_eq!(tasks.len() as u64, month.goals);
    for task in tasks {
        assert_eq!(task["status"], "completed", "{task}");
    }
    let amiss = month.world.get(planner, "/api/patrol/anomalies").await.ok();
    let amiss = amiss["items"].as_array().unwrap();
    // A score takes its days to be forgotten.
    assert!(amiss.iter().all(|it| it["type"] == "score_drop"), "{amiss:?}");
}

/// Of each agent and kind of trouble: it began, it was over, it began.
async fn everything_was_told_once(month: &Month) {
    let mut told: BTreeMap<(String, String), Vec<bool>> = BTreeMap::new();
    for (name, said) in month.world.agent_events().await {
        let (action, rest) = said.split_once(' ').unwrap();
        if action == "ignored" {
            continue; // what patrol says of it
        }
        let kind = if action == "over" { rest.split(':').next().unwrap() } else { action };
        told.entry((name, kind.to_owned())).or_default().push(action != "over");
    }
    for ((name, kind), begins) in &told {
        println!("{name}: {kind} {} times", begins.len() / 2);
        for (at, begins) in begins.iter().enumerate() {
            assert_eq!(*begins, at % 2 == 0, "{name} {kind} is told twice");
        }
        assert_eq!(begins.len() % 2, 0, "{name} {kind} is over");
    }
    let refused = &told[&("AI-Wu".to_owned(), "key_refused".to_owned())];
    assert_eq!(refused.len(), 2, "a day of 144 refused questions is one thing");
    assert!(told.keys().any(|(_, kind)| kind == "unanswered"), "{told:?}");
}

/// A model that is dead for a month, behind a timer that is not.
#[tokio::test]
async fn a_dead_model_costs_one_call_an_hour_and_holds_nothing_up() {
    let world = World::new().await;
    let team = world.team().await;
    let names: Vec<_> = (0..40).map(|n| json!({ "name": format!("part {n}") })).collect();
    world.plan(&team.planner, "Much", json!(names)).await;
    let (mut dead, hours) = (0, 5 * 24);
    for tick in 0_u64..hours * 6 {
        dead += u64::from(world.wakes(&team.executor).await);
        if tick.is_multiple_of(18) {
            // Another takes one now and then, so that what there is changes all the time.
            world.post(&team.other, "/api/sub-tasks/claim-next", json!({})).await;
        }
        world.clock.advance(Duration::from_secs(TICK * 60));
        world.sweep().await;
    }
    assert!(dead <= IGNORED + hours, "{dead} calls in {hours} hours");
    assert!(dead >= hours - 4, "it is asked once an hour: {dead}");
}
