//! Handing in with a summary and files, where the server takes neither.
//!
//! They go into a delivery log, which its reviewers read, and `moss review show` too.

use moss_api::{
    Log, LogAction, MAX_SUMMARY_BYTES,
    requests::{CreateLog, Submit},
    text::Summary,
};

use crate::client::{Client, delivery_log};
use crate::error::{Error, Result};

/// Writes the delivery log.
///
/// # Errors
/// When it is too long or cannot be written.
pub async fn log_delivery(client: &Client, id: &str, body: &Submit) -> Result<()> {
    let text = body.summary.as_ref().map_or("", Summary::as_str);
    let summary = Summary::new(delivery_log::format(text, &body.artifacts)).map_err(|_| {
        Error::refused(format!("summary and artifacts together exceed {MAX_SUMMARY_BYTES} bytes"))
            .hint("pack the files into one archive")
    })?;
    let log = CreateLog {
        action: LogAction::Delivery.into(),
        summary,
        sub_task_id: Some(id.to_owned()),
        session_id: body.session_id.clone().map(Into::into),
    };
    client.post::<Log>("/api/logs", &log).await?;
    Ok(())
}
