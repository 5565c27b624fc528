//! Agents at work as fast as the server lets them, and a record of everything it said it did.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::audit::Audit;
use crate::connection::{Answer, Connection, request};
use crate::team::{Agent, Team};

/// Finds in the database what [`Write::fact`] takes from an answer.
const FACTS: &str = "
    SELECT 'log ' || id || ' ' || summary FROM activity_logs
    UNION ALL SELECT 'sub-task ' || id || ' ' || name FROM sub_tasks
    UNION ALL SELECT 'attempt ' || sub_task_id || ' ' || number || ' ' || agent_id FROM attempts
    UNION ALL SELECT 'submit ' || sub_task_id || ' ' || number || ' ' || summary FROM attempts
              WHERE outcome = 'submit'
    UNION ALL SELECT 'verdict ' || id || ' ' || sub_task_id || ' ' || round FROM reviews
    UNION ALL SELECT 'reward ' || id || ' ' || score_delta FROM reward_logs";

/// Finds texts that were written twice; each is only ever sent once, or again with the same key.
const REPEATED: &str = "
    SELECT summary FROM activity_logs GROUP BY summary HAVING COUNT(*) > 1
    UNION ALL SELECT name FROM sub_tasks GROUP BY name HAVING COUNT(*) > 1
    UNION ALL SELECT reason FROM reward_logs WHERE review_id IS NULL
              GROUP BY reason HAVING COUNT(*) > 1";

#[derive(Clone, Copy, Debug)]
enum Kind {
    Log,
    Create,
    /// Claim or start: whatever opens or goes on with an attempt.
    Hold,
    Submit,
    Judge,
    Adjust,
}

/// A write that can be sent again, because it has an idempotency key.
#[derive(Clone, Debug)]
pub struct Write {
    kind: Kind,
    agent: String,
    body: Value,
    request: String,
}

impl Write {
    /// What must be in the database for ever once the server has said this.
    fn fact(&self, answer: &Answer) -> Option<String> {
        if answer.status != 200 {
            return None;
        }
        let said = answer.json();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (id, summary) = (text(&said["id"]), text(&self.body["summary"]));
        Some(match self.kind {
            Kind::Log => format!("log {id} {summary}"),
            Kind::Create => format!("sub-task {id} {}", text(&self.body["name"])),
            Kind::Hold => format!("attempt {id} {} {}", said["attempt"], self.agent),
            Kind::Submit => format!("submit {id} {} {summary}", said["attempt"]),
            Kind::Judge => format!("verdict {id} {} {}", text(&said["sub_task_id"]), said["round"]),
            Kind::Adjust => format!("reward {id} {}", said["score_delta"]),
        })
    }
}

/// What came of the work.
#[derive(Default)]
pub struct Record {
    /// What the server acknowledged.
    pub facts: Vec<String>,
    /// What it took and never answered, or perhaps never took.
    pub unanswered: Vec<Write>,
    /// How each agent's work came to its end.
    pub ends: Vec<io::Error>,
}

impl Record {
    /// Adds what another stretch of work came to.
    pub fn extend(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.unanswered.extend(other.unanswered);
        self.ends.extend(other.ends);
    }

    /// Sends again what was not answered, with the same keys, and keeps the answers. What was
    /// done the first time is not done again; [`Self::is_in`] looks.
    pub fn retry(&mut self, address: &str) {
        let mut connection = Connection::open(address).unwrap();
        for write in std::mem::take(&mut self.unanswered) {
            let answer = connection.ask(&write.request).unwrap();
            assert!(matches!(answer.status, 200 | 204 | 409), "{write:?}: {answer:?}");
            self.facts.extend(write.fact(&answer));
        }
    }

    /// Fails the test unless everything acknowledged is in the database, once, and whole.
    #[track_caller]
    pub fn is_in(&self, audit: &Audit) {
        audit.holds();
        let known: HashSet<String> = audit.set(FACTS);
        let lost: Vec<_> = self.facts.iter().filter(|fact| !known.contains(*fact)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:#?}");
        assert_eq!(audit.texts(REPEATED), Vec::<String>::new());
    }
}

/// Lets everyone in the team work until their connections end. `interrupt` is given a count of
/// acknowledged writes that goes up meanwhile, and should see to it that they do end.
pub fn work(team: &Team, task: &str, round: usize, interrupt: impl FnOnce(&AtomicUsize)) -> Record {
    let (address, done) = (team.server.address(), &AtomicUsize::new(0));
    let everyone = [&[] as &[Agent], std::slice::from_ref(&team.planner)]
        .into_iter()
        .chain([&team.executors[..], &team.reviewers[..]])
        .flatten();
    let mut record = Record::default();
    std::thread::scope(|scope| {
        let start = |agent| {
            scope.spawn(move || {
                let mut worker = Worker::new(agent, task, round, done);
                let end = worker.run(address);
                worker.record.ends.push(end);
                worker.record
            })
        };
        let working: Vec<_> = everyone.map(start).collect();
        interrupt(done);
        for worker in working {
            record.extend(worker.join().unwrap());
        }
    });
    record
}

struct Worker<'a> {
    agent: &'a Agent,
    task: &'a str,
    round: usize,
    writes: usize,
    done: &'a AtomicUsize,
    record: Record,
}

impl<'a> Worker<'a> {
    fn new(agent: &'a Agent, task: &'a str, round: usize, done: &'a AtomicUsize) -> Self {
        Self { agent, task, round, writes: 0, done, record: Record::default() }
    }

    /// Works until the connection ends; answers how it did.
    fn run(&mut self, address: &str) -> io::Error {
        let mut connection = match Connection::open(address) {
            Ok(connection) => connection,
            Err(error) => return error,
        };
        loop {
            let role = self.agent.name.split('-').next().unwrap_or_default();
            let worked = match role {
                "planner" => self.plan(&mut connection),
                "executor" => self.execute(&mut connection),
                _ => self.review(&mut connection),
            };
            if let Err(error) = worked {
                return error;
            }
        }
    }

    /// A text that no other write has.
    fn unique(&self) -> String {
        format!("{} {}.{}", self.agent.name, self.round, self.writes)
    }

    fn plan(&mut self, connection: &mut Connection) -> io::Result<()> {
        let body = json!({ "task_id": self.task, "name": self.unique() });
        self.write(connection, Kind::Create, "/api/sub-tasks", body)?;
        let delta = i64::try_from(self.writes % 7).unwrap_or(0) - 10;
        let body =
            json!({ "agent_id": self.agent.id, "score_delta": delta, "reason": self.unique() });
        self.write(connection, Kind::Adjust, "/api/scores/adjust", body)?;
        Ok(())
    }

    fn execute(&mut self, connection: &mut Connection) -> io::Result<()> {
        let begun = if let Some(id) = self.first(connection, "mine?status=rework")? {
            let path = format!("/api/sub-tasks/{id}/start");
            self.write(connection, Kind::Hold, &path, json!({}))?;
            Some(id)
        } else if let Some(id) = self.first(connection, "mine?status=in_progress")? {
            Some(id)
        } else {
            let path = "/api/sub-tasks/claim-next";
            let answer = self.write(connection, Kind::Hold, path, json!({ "start": true }))?;
            answer.json()["id"].as_str().map(str::to_owned)
        };
        let body = json!({ "action": "coding", "summary": self.unique() });
        self.write(connection, Kind::Log, "/api/logs", body)?;
        if let Some(id) = begun {
            let body = json!({ "summary": self.unique() });
            self.write(connection, Kind::Submit, &format!("/api/sub-tasks/{id}/submit"), body)?;
        }
        Ok(())
    }

    fn review(&mut self, connection: &mut Connection) -> io::Result<()> {
        let Some(id) = self.first(connection, "?status=review")? else {
            std::thread::yield_now();
            return Ok(());
        };
        let score = self.writes % 5 + 1;
        let verdict = if score < 3 { "rejected" } else { "approved" };
        let body = json!({
            "sub_task_id": id, "result": verdict, "score": score, "issues": "as said",
        });
        self.write(connection, Kind::Judge, "/api/review-records", body)?;
        Ok(())
    }

    /// The id of the first sub-task of a list.
    fn first(&self, connection: &mut Connection, list: &str) -> io::Result<Option<String>> {
        let slash = if list.starts_with('?') { "" } else { "/" };
        let path = format!("/api/sub-tasks{slash}{list}&page_size=1");
        let answer = connection.ask(&request("GET", &path, &self.agent.key, "", &Value::Null))?;
        let page = answer.json();
        Ok(page["items"][0]["id"].as_str().map(str::to_owned))
    }

    /// Sends a write; it counts as unanswered until its whole answer has arrived.
    fn write(
        &mut self,
        connection: &mut Connection,
        kind: Kind,
        path: &str,
        body: Value,
    ) -> io::Result<Answer> {
        let key = self.unique().replace(' ', "-");
        self.writes += 1;
        let request = request("POST", path, &self.agent.key, &key, &body);
        let write = Write { kind, agent: self.agent.id.clone(), body, request };
        let answered = connection.ask(&write.request);
        let Ok(answer) = answered else {
            self.record.unanswered.push(write);
            return answered;
        };
        assert!(answer.status < 500 || answer.code() == "unavailable", "{write:?}: {answer:?}");
        if answer.code() == "unavailable" {
            self.record.unanswered.push(write);
        } else {
            self.done.fetch_add(1, Ordering::Relaxed);
            self.record.facts.extend(write.fact(&answer));
        }
        Ok(answer)
    }
}
