//! The outbox.

use moss_api::{NoticeKind, NoticeState};
use sea_orm::DbErr;

use crate::store::column::{At, Word};
use crate::store::entity::notice::Model;
use crate::store::{Tx, new_id};

/// Something that somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// What came to pass.
    pub kind: NoticeKind,
    /// Of which task.
    pub task_id: Option<String>,
    /// Of which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which agent.
    pub agent_id: Option<String>,
    /// One sentence of ours, with the words of others in quotes.
    pub text: String,
}

/// Puts one into the outbox.
pub async fn add(tx: &Tx, notice: NewNotice) -> Result<(), DbErr> {
    tx.insert([Model {
        id: new_id(),
        at: At(tx.now),
        kind: Word(notice.kind),
        task_id: notice.task_id,
        sub_task_id: notice.sub_task_id,
        agent_id: notice.agent_id,
        text: notice.text,
        state: Word(NoticeState::Pending),
        claimed_by: None,
        claimed_until: None,
        announced_at: None,
    }])
    .await
}
