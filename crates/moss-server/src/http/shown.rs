//! Noting what a reviewer is shown by the answer of a read.

use crate::domain::work::look::{Look, Shown};
use crate::http::extract::caller::AgentCaller;
use crate::http::extract::role::{ForRole, may};
use crate::writer::Caller;

/// Notes what is about to be shown to a caller who may judge it. Were that not possible, the answer
/// is given all the same: a verdict that follows is asked to look again.
pub(in crate::http) async fn note<R>(caller: &AgentCaller<R>, shown: Vec<Shown>) {
    if may::Approve::check(&caller.actor).is_err() {
        return;
    }
    let (db, now) = (caller.db(), caller.app.clock.now());
    match Look::unless_noted(db, Caller::from(&caller.actor), shown, now).await {
        Ok(None) => {}
        Ok(Some(look)) => {
            if let Err(error) = caller.app.writer.write(look, None).await {
                tracing::warn!(%error, "what a reviewer was shown could not be noted");
            }
        }
        Err(error) => tracing::warn!(%error, "what a reviewer was shown could not be looked up"),
    }
}
