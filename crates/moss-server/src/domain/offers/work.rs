//! What a packet asks its reader to do, as far as it matters whether it was offered before.

use moss_api::{LeftoverKind, Role, WakePacket, WorkKind};

use crate::domain::wake::is_work;
use crate::security::secret::sha256_hex;

/// How much of a fingerprint is kept: enough to tell apart what one packet shows.
const FINGERPRINT: usize = 12;

/// What work that anyone may claim is called among what is asked.
const CLAIMABLE: &str = "claimable";

/// And what people are to be told.
const ANNOUNCE: &str = "announce";

/// The work of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    /// What is to be done first: an id, or [`CLAIMABLE`].
    pub first: String,
    /// Everything it shows, as it is: a fingerprint each.
    shown: Vec<String>,
    /// What the reader holds, when that is what it is asked for: id and attempt.
    pub held: Option<(String, i64)>,
}

impl Work {
    /// The work of this packet, if it has any. What may be claimed is asked of nobody who has
    /// something to do already.
    pub fn of(packet: &WakePacket) -> Option<Self> {
        if !packet.work {
            return None;
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for item in &packet.items {
            let (kind, attempt, round, since) =
                (&item.kind, item.attempt, item.round, item.since.micros());
            all.push((item.id.clone(), format!("{kind} {attempt} {round} {since}")));
        }
        for task in packet.tasks.iter().filter(|task| is_work(task)) {
            all.push((
                task.id.clone(),
                format!("{} {} {} {}", task.status, task.sub_tasks, task.done, task.description),
            ));
        }
        for anomaly in &packet.anomalies {
            let id = anomaly.id.clone().unwrap_or_default();
            all.push((id, anomaly.opened.micros().to_string()));
        }
        let questions =
            packet.leftovers.iter().filter(|leftover| leftover.kind == LeftoverKind::Question);
        for question in questions.chain(&packet.answers) {
            all.push((question.id.clone(), question.kind.to_string()));
        }
        if let Some(announce) = &packet.announce {
            let state = format!("{} {}", announce.count, announce.since.micros());
            all.push((ANNOUNCE.to_owned(), state));
        }
        if packet.me.role == Role::Reviewer {
            let late = packet.late.iter();
            all.extend(late.map(|late| (late.id.clone(), late.state.to_string())));
        }
        if all.is_empty()
            && let Some(claimable) = &packet.claimable
        {
            all.push((CLAIMABLE.to_owned(), claimable.best_id.clone()));
        }
        let held = packet.items.first().filter(|item| {
            matches!(
                item.kind.get(),
                Some(WorkKind::Rework | WorkKind::InProgress | WorkKind::Assigned)
            )
        });
        Some(Self {
            first: all.first()?.0.clone(),
            held: held.map(|item| (item.id.clone(), item.attempt)),
            shown: all.iter().map(|(id, state)| fingerprint(id, state)).collect(),
        })
    }

    /// As it is kept.
    pub fn shown(&self) -> String {
        self.shown.join(" ")
    }

    /// Whether anything in it is new, or another than it was. That something is gone is no news.
    pub fn has_news(&self, before: &str) -> bool {
        self.shown.iter().any(|one| !before.split(' ').any(|known| known == one))
    }
}

fn fingerprint(id: &str, state: &str) -> String {
    sha256_hex(format!("{id} {state}").as_bytes()).chars().take(FINGERPRINT).collect()
}
