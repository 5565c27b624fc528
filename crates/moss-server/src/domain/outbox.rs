//! The outbox: who is told of what came to pass. A notice is written in the transaction of its
//! cause, so that neither is there without the other.

use std::time::Duration;

use moss_api::{
    Acknowledged, Announcement, Notice, NoticeKind, NoticeState, Page, Role, Timestamp, quoted,
    short_id, wake::Announce,
};

use crate::domain::queries::{Db, PageRequest};
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::entity::{sub_task, task};
use crate::store::notices::{self, NewNotice};
use crate::store::{Reads, Tx};

/// An agent that took a notice upon itself has this long to tell it.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Notices one answer has.
const AT_ONCE: u64 = 20;
/// How far those that wait are counted.
const COUNT_CAP: u64 = 50;

/// Says that something came to pass with a sub-task. `text` is a sentence of ours, with the words of
/// others in quotes.
pub(in crate::domain) async fn announce(
    tx: &Tx,
    kind: NoticeKind,
    about: &sub_task::Model,
    text: String,
) -> Result<(), Error> {
    let (task_id, sub_task_id) = (Some(about.task_id.clone()), Some(about.id.clone()));
    Ok(notices::add(tx, NewNotice { kind, task_id, sub_task_id, agent_id: None, text }).await?)
}

/// Says what came to pass with a task, in words of ours that follow its name.
pub(in crate::domain) async fn announce_task(
    tx: &Tx,
    kind: NoticeKind,
    about: &task::Model,
    what: &str,
) -> Result<(), Error> {
    let text = format!("task {} {} {what}", short_id(&about.id), quoted(&about.name));
    let task_id = Some(about.id.clone());
    let notice = NewNotice { kind, task_id, sub_task_id: None, agent_id: None, text };
    Ok(notices::add(tx, notice).await?)
}

/// Who tells people, and what of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcing {
    /// The role that tells.
    pub role: Role,
    /// What people want to hear of.
    pub kinds: Vec<NoticeKind>,
    /// Where they are told.
    pub channels: Vec<String>,
}

impl Announcing {
    /// What waits to be told by an agent of this role; none when nothing does.
    pub(in crate::domain) async fn waits_for<C: Reads>(
        &self,
        db: &C,
        role: Role,
        now: Timestamp,
    ) -> Result<Option<Announce>, Error> {
        if role != self.role {
            return Ok(None);
        }
        let waiting = notices::to_tell(db, &self.kinds, now, COUNT_CAP).await?;
        let since = waiting.first().map(|oldest| oldest.at.0);
        Ok(since.map(|since| Announce { count: waiting.len() as u64, since }))
    }
}

/// Take upon oneself what people are to be told: of several who ask, one gets each notice.
pub struct TakeNotices {
    /// Who is to tell it.
    pub actor: Actor,
    /// Who tells, and what of; none when nobody is to tell anybody.
    pub announcing: Option<Announcing>,
}

impl Command for TakeNotices {
    type Output = Announcement;

    async fn run(&self, tx: &Tx) -> Result<Announcement, Error> {
        let Some(Announcing { role, kinds, channels }) = &self.announcing else {
            let (channels, notices) = (Vec::new(), Vec::new());
            return Ok(Announcement { channels, notices, more: 0 });
        };
        self.actor.must_be(&[*role])?;
        let me = self.actor.id.as_str();
        for row in notices::to_tell(tx.db(), kinds, tx.now, AT_ONCE).await? {
            notices::take(tx, &row.id, me, tx.now + PATIENCE).await?;
        }
        let taken = notices::taken_by(tx.db(), kinds, me, tx.now, AT_ONCE).await?;
        let more = notices::to_tell(tx.db(), kinds, tx.now, COUNT_CAP).await?.len() as u64;
        let notices = taken.into_iter().map(Notice::from).collect();
        Ok(Announcement { channels: channels.clone(), notices, more })
    }
}

/// Say that notices were told.
pub struct AckNotices {
    /// Who told them.
    pub actor: Actor,
    /// Ids or their beginnings.
    pub ids: Vec<String>,
}

/// Most notices that are said to be told at once.
const MOST_AT_ONCE: usize = 100;

impl Command for AckNotices {
    type Output = Acknowledged;

    async fn run(&self, tx: &Tx) -> Result<Acknowledged, Error> {
        if self.ids.is_empty() || self.ids.len() > MOST_AT_ONCE {
            let problem = format!("names no notice, or more than {MOST_AT_ONCE}");
            return Err(Refusal::bad_value("ids", problem).into());
        }
        let mut ids = Vec::new();
        for text in &self.ids {
            let id = resolve::notice_id(tx.db(), text).await?;
            let row = notices::find(tx.db(), &id).await?;
            let row = row.ok_or_else(|| Refusal::not_found("notice", text))?;
            // Told is told: whoever says so twice is right.
            if row.state.0 == NoticeState::Pending {
                ids.push(id);
            }
        }
        let mut announced = 0;
        for id in ids {
            if !notices::told(tx, &id, &self.actor.id).await? {
                let detail = format!("notice {} is another agent's to tell", short_id(&id));
                return Err(Refusal::new(moss_api::ErrorCode::NotHolder, detail).into());
            }
            announced += 1;
        }
        Ok(Acknowledged { announced })
    }
}

/// Notices as they are shown.
#[derive(Clone, Copy, Debug)]
pub struct NoticeList {
    /// Only those that wait.
    pub pending: bool,
    /// Which page.
    pub page: PageRequest,
}

impl NoticeList {
    /// Reads a page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(self, db: &Db) -> Result<Page<Notice>, Error> {
        Ok(notices::list(db, self.pending.then_some(NoticeState::Pending), self.page).await?)
    }
}
