//! What a reviewer was shown is noted, so that a verdict that names no attempt judges that one and
//! never a newer one (invariant 9).
//!
//! A read writes here, once for each attempt and reviewer: the note must outlive the process, since
//! the verdict may come to another one. Whoever lost it is told to look again.

use std::time::Duration;

use moss_api::{SubTask, SubTaskStatus, Timestamp, WakePacket, WorkKind};

use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::store::idempotency::Caller;
use crate::store::{Tx, looks};

/// A look is noted again when the note is older, so that none is thrown away that is in use.
const NOTED_AGAIN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// An attempt that waits for its verdict, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    sub_task: String,
    attempt: i64,
    /// A row among others does not stand in for a look at an attempt that was shown whole.
    whole: bool,
}

impl Shown {
    /// A sub-task that was shown whole, when it waits for its verdict.
    pub fn whole(sub_task: &SubTask) -> Option<Self> {
        Some(Self { whole: true, ..Self::row(sub_task)? })
    }

    /// The same in a list.
    pub fn row(sub_task: &SubTask) -> Option<Self> {
        let waits = sub_task.status == SubTaskStatus::Review;
        let (id, attempt) = (&sub_task.id, sub_task.attempt);
        waits.then(|| Self { sub_task: id.clone(), attempt, whole: false })
    }

    /// What a packet shows, a line for each.
    pub fn in_packet(packet: &WakePacket) -> Vec<Self> {
        let to_judge = packet.items.iter().filter(|item| item.kind == WorkKind::Review);
        let shown = to_judge.map(|item| Self {
            sub_task: item.id.clone(),
            attempt: item.attempt,
            whole: false,
        });
        shown.collect()
    }
}

/// Notes what a reviewer was shown.
pub struct Look {
    caller: Caller,
    shown: Vec<Shown>,
}

impl Look {
    /// What of `shown` is not noted yet; none when everything is.
    pub async fn unless_noted(
        db: &Db,
        caller: Caller,
        mut shown: Vec<Shown>,
        now: Timestamp,
    ) -> Result<Option<Self>, Error> {
        if shown.is_empty() {
            return Ok(None);
        }
        let noted = looks::of(db, &caller, shown.iter().map(|one| one.sub_task.as_str())).await?;
        shown.retain(|one| match noted.get(&one.sub_task) {
            None => true,
            Some(look) if look.attempt == one.attempt => {
                (one.whole && !look.whole) || look.at.0 + NOTED_AGAIN_AFTER < now
            }
            Some(look) => look.attempt < one.attempt && (one.whole || !look.whole),
        });
        Ok((!shown.is_empty()).then_some(Self { caller, shown }))
    }
}

impl Command for Look {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        for Shown { sub_task, attempt, whole } in &self.shown {
            looks::note(tx, &self.caller, sub_task, *attempt, *whole).await?;
        }
        Ok(())
    }
}
