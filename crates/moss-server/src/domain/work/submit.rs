//! Handing in: the sub-task goes to review and the delivery is logged, in one transaction.

use std::collections::HashSet;

use moss_api::{
    Action, Artifact, ErrorCode, LogAction, MAX_ARTIFACTS, MAX_SUMMARY_BYTES, SubTask, text::Text,
};

use crate::domain::work::transition::{Transition, asked_by, whole_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::attempts::{self, HandedIn};
use crate::store::sub_tasks::Change;
use crate::store::{Tx, events, logs};

const MAX_PATH_CHARS: usize = 4_096;
const MAX_NOTE_CHARS: usize = 1_000;

/// Hand in for review.
pub struct Submit {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What was done.
    pub summary: Option<String>,
    /// The files handed in.
    pub artifacts: Vec<Artifact>,
    /// The session it was done in.
    pub session: Option<String>,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Submit {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        check(&self.artifacts)?;
        let id = whole_id(tx, &self.id).await?;
        let mut changes = vec![Change::NoLease];
        changes.extend(self.session.clone().map(|session| Change::Session(Some(session))));
        let transition = Transition {
            requirements: asked_by(Some(&self.actor.id), self.attempt),
            changes,
            ..Transition::new(self.actor.role, Action::Submit, &id)
        };
        let row = transition.run(tx).await?;
        let artifacts = serde_json::to_string(&self.artifacts)
            .map_err(|e| Refusal::new(ErrorCode::Internal, e.to_string()))?;
        let handed_in = HandedIn { summary: self.summary.clone(), artifacts: Some(artifacts) };
        attempts::end(tx, &row.id, Action::Submit, handed_in).await?;
        if let Some(text) = self.delivery() {
            let (about, session) = (Some(row.id.clone()), self.session.clone());
            let log = self.actor.wrote(about, LogAction::Delivery, text, session);
            logs::add(tx, log).await?;
        }
        let detail = match self.artifacts.len() {
            1 => "1 artifact".to_owned(),
            n => format!("{n} artifacts"),
        };
        events::record(tx, &row, self.actor.did(Action::Submit.as_str(), detail));
        Ok(row.into())
    }
}

impl Submit {
    /// The delivery log's text; none when nothing was said.
    fn delivery(&self) -> Option<String> {
        let lines =
            self.artifacts.iter().map(|a| format!("{} ({} B, {})", a.path, a.size, a.sha256));
        let parts: Vec<String> = self.summary.clone().into_iter().chain(lines).collect();
        if parts.is_empty() {
            return None;
        }
        let mut text = parts.join("\n");
        if text.len() > MAX_SUMMARY_BYTES {
            let end = text.floor_char_boundary(MAX_SUMMARY_BYTES - '…'.len_utf8());
            text.truncate(end);
            text.push('…');
        }
        Some(text)
    }
}

fn check(artifacts: &[Artifact]) -> Result<(), Refusal> {
    let bad = |problem: String| Err(Refusal::bad_value("artifacts", problem));
    if artifacts.len() > MAX_ARTIFACTS {
        return bad(format!("{} given, at most {MAX_ARTIFACTS} are allowed", artifacts.len()));
    }
    let mut paths = HashSet::new();
    for artifact in artifacts {
        let shown = moss_api::quoted(&moss_api::clip(&artifact.path, 60));
        if !paths.insert(artifact.path.as_str()) {
            return bad(format!("{shown} is named twice"));
        }
        let path_fits = !artifact.path.is_empty()
            && artifact.path.chars().count() <= MAX_PATH_CHARS
            && !artifact.path.chars().any(char::is_control);
        if !path_fits {
            return bad(format!("{shown} is no path: 1 to {MAX_PATH_CHARS} printable characters"));
        }
        if artifact.size < 0 {
            return bad(format!("{shown} has a negative size"));
        }
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if artifact.sha256.len() != 64 || !artifact.sha256.bytes().all(is_hex) {
            return bad(format!("{shown}: sha256 must be 64 lower-case hexadecimal digits"));
        }
        if artifact.note.as_ref().is_some_and(|note| {
            note.chars().count() > MAX_NOTE_CHARS || Text::new(note.as_str()).is_err()
        }) {
            return bad(format!(
                "{shown}: the note is over {MAX_NOTE_CHARS} characters or has control characters"
            ));
        }
    }
    Ok(())
}
