//! The agents, and the stand-in for their models.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::harness::{Agent, World};

impl Dice {
    pub fn mood(&mut self) -> Mood {
        match self.below(20) {
            0 | 1 => Mood::Ignores,
            2 => Mood::Fails,
            3 | 4 => Mood::Dies,
            _ => Mood::Works,
        }
    }
}

/// How an agent's model is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Works,
    /// It reads, and stops.
    Ignores,
    /// It answers 500: nothing is even read.
    Fails,
    /// It begins, and is never heard of again.
    Dies,
}

pub struct Member {
    pub role: &'static str,
    pub agent: Agent,
    pub mood: Mood,
    /// Its timer does not ask before this minute.
    pub asleep_until: u64,
}

impl Member {
    pub fn new(role: &'static str, agent: Agent) -> Self {
        Self { role, agent, mood: Mood::Works, asleep_until: 0 }
    }

    /// One model call with this packet. Answers whether anything came of it.
    pub async fn answers(&self, world: &World, packet: &Value, dice: &mut Dice) -> bool {
        match (self.mood, self.role) {
            (Mood::Ignores, _) => {
                world.get(&self.agent, "/api/wake").await.ok();
                false
            }
            (Mood::Dies, "executor") => {
                self.begins(world, packet).await.is_some_and(|it| it.is_new)
            }
            (Mood::Fails | Mood::Dies, _) => false,
            (Mood::Works, "executor") => self.executes(world, packet, dice).await,
            (Mood::Works, "reviewer") => self.judges(world, packet, dice).await,
            (Mood::Works, "planner") => self.plans(world, packet, dice).await,
            (Mood::Works, _) => self.patrols(world, packet, dice).await,
        }
    }

    /// Begins what it is asked for, unless that is begun.
    async fn begins(&self, world: &World, packet: &Value) -> Option<Begun> {
        let item = &packet["items"][0];
        if let Some(id) = item["id"].as_str() {
            let is_new = item["kind"] != "in_progress";
            if is_new {
                world.act(&self.agent, id, "start", json!({})).await.ok();
            }
            return Some(Begun { id: id.to_owned(), is_new });
        }
        let next =
            world.post(&self.agent, "/api/sub-tasks/claim-next", json!({ "start": true })).await;
        (next.status == 200).then(|| Begun { id: next.id(), is_new: true })
    }

    async fn executes(&self, world: &World, packet: &Value, dice: &mut Dice) -> bool {
        let Some(begun) = self.begins(world, packet).await else { return false };
        if dice.one_in(12) {
            let body = json!({ "class": "unclear", "detail": "which currency?" });
            world.act(&self.agent, &begun.id, "fail", body).await.ok();
        } else {
            world.act(&self.agent, &begun.id, "submit", json!({ "summary": "done" })).await.ok();
        }
        true
    }

    async fn judges(&self, world: &World, packet: &Value, dice: &mut Dice) -> bool {
        for item in packet["items"].as_array().unwrap() {
            let result = if dice.one_in(6) { "rejected" } else { "approved" };
            let body = json!({
                "sub_task_id": item["id"], "result": result, "score": 3, "issues": "i",
                "attempt": item["attempt"],
            });
            world.post(&self.agent, "/api/review-records", body).await.ok();
        }
        true
    }

    async fn plans(&self, world: &World, packet: &Value, dice: &mut Dice) -> bool {
        for item in packet["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            if dice.one_in(3) {
                let until = (world.now() + std::time::Duration::from_secs(6 * 3_600)).to_string();
                let body = json!({ "why": "asked", "until": until });
                world.act(&self.agent, id, "leave", body).await.ok();
            } else {
                world.act(&self.agent, id, "release", json!({ "reason": "euros" })).await.ok();
            }
        }
        for task in packet["tasks"].as_array().unwrap() {
            let path = format!("/api/tasks/{}/status", task["id"].as_str().unwrap());
            world.put(&self.agent, &path, json!({ "status": "completed" })).await.ok();
        }
        true
    }

    async fn patrols(&self, world: &World, packet: &Value, dice: &mut Dice) -> bool {
        for anomaly in packet["anomalies"].as_array().unwrap_or(&Vec::new()) {
            if anomaly["type"] == "stuck" && dice.one_in(2) {
                let id = anomaly["subject"].as_str().unwrap();
                world.act(&self.agent, id, "block", json!({ "reason": "stuck" })).await.ok();
            } else {
                let path = format!("/api/patrol/records/{}", anomaly["id"].as_str().unwrap());
                let ignore = json!({ "status": "ignored", "note": "a person is told" });
                world.put(&self.agent, &path, ignore).await.ok();
            }
        }
        true
    }
}

struct Begun {
    id: String,
    is_new: bool,
}
