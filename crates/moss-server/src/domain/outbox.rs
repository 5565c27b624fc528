//! The outbox: who is told of what came to pass. A notice is written in the transaction of its
//! cause, so that neither is there without the other.

use moss_api::NoticeKind;

use crate::domain::Error;
use crate::store::Tx;
use crate::store::entity::sub_task;
use crate::store::notices::{self, NewNotice};

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
