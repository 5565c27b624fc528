//! Handing in with a summary and files, where the server takes neither.
//!
//! They go into a delivery log, which its reviewers read; files as lines that [`parse`] reads
//! back, so that `moss review show` can check them there too.

use moss_api::{
    Action, Artifact, Log, LogAction, MAX_SUMMARY_BYTES, SubTask,
    requests::{CreateLog, Submit},
    text::Summary,
};

use super::refusal::explain;
use crate::context::Context;
use crate::error::{Error, Result};

const MARK: &str = "artifact ";

/// Logs the delivery, then submits.
///
/// # Errors
/// When either fails; a submission that fails leaves the log, which says what it says.
pub async fn hand_in(ctx: &Context, id: &str, body: &Submit) -> Result<SubTask> {
    log_delivery(ctx, id, body).await?;
    let outcome = ctx.client.post_empty(&format!("/api/sub-tasks/{id}/submit")).await;
    explain(ctx, id, Action::Submit, outcome).await
}

/// Writes the delivery log.
///
/// # Errors
/// When it is too long or cannot be written.
pub async fn log_delivery(ctx: &Context, id: &str, body: &Submit) -> Result<()> {
    let text = body.summary.as_ref().map_or("", Summary::as_str);
    let summary = Summary::new(format(text, &body.artifacts)).map_err(|_| {
        Error::refused(format!("summary and artifacts together exceed {MAX_SUMMARY_BYTES} bytes"))
            .hint("pack the files into one archive")
    })?;
    let log = CreateLog {
        action: LogAction::Delivery.into(),
        summary,
        sub_task_id: Some(id.to_owned()),
        session_id: body.session_id.clone().map(Into::into),
    };
    ctx.client.post::<Log>("/api/logs", &log).await?;
    Ok(())
}

fn format(text: &str, artifacts: &[Artifact]) -> String {
    let mut summary = text.to_owned();
    for Artifact { path, size, sha256, .. } in artifacts {
        if !summary.is_empty() {
            summary.push('\n');
        }
        summary.push_str(&format!("{MARK}{sha256} {size} {path}"));
    }
    summary
}

/// The text and the files of a delivery log.
pub fn parse(summary: &str) -> (String, Vec<Artifact>) {
    let mut artifacts = Vec::new();
    let mut text = Vec::new();
    for line in summary.lines() {
        match line.strip_prefix(MARK).and_then(parse_line) {
            Some(artifact) => artifacts.push(artifact),
            None => text.push(line),
        }
    }
    (text.join("\n"), artifacts)
}

fn parse_line(line: &str) -> Option<Artifact> {
    let mut words = line.splitn(3, ' ');
    let (sha256, size, path) = (words.next()?, words.next()?, words.next()?);
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then_some(())?;
    let size = size.parse().ok()?;
    Some(Artifact { path: path.to_owned(), size, sha256: sha256.to_owned(), note: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_the_log() {
        let artifact =
            Artifact { path: "/ws/a b.py".into(), size: 12, sha256: "0f".repeat(32), note: None };
        let text = "two lines\nartifact of my imagination";
        let log = format(text, std::slice::from_ref(&artifact));
        assert_eq!(parse(&log), (text.to_owned(), vec![artifact.clone()]));
        assert_eq!(
            parse(&format("", std::slice::from_ref(&artifact))),
            (String::new(), vec![artifact])
        );
    }
}
