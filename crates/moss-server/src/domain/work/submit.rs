//! Handing in: the sub-task goes to review and the delivery is logged, in one transaction.

use std::collections::{BTreeSet, HashSet};

use moss_api::{
    Action, Artifact, BlockClass, ErrorCode, LateSubmission, LeftoverKind, LogAction,
    MAX_ARTIFACTS, MAX_SUMMARY_BYTES, SubTaskStatus, Submitted, Verdict, text::Text,
};

use crate::domain::planning::leftovers::{note, note_changed_files};
use crate::domain::resolve::sub_task;
use crate::domain::work::late;
use crate::domain::work::step_up::{Step, Trouble, step_up};
use crate::domain::work::transition::{Transition, asked_by, whole_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::attempts::{self, Ending};
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::Change;
use crate::store::{Tx, events, logs, reviews};

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
    /// What was noticed on the way, for the planner.
    pub noticed: Option<String>,
}

impl Command for Submit {
    type Output = Submitted;

    async fn run(&self, tx: &Tx) -> Result<Submitted, Error> {
        check(&self.artifacts)?;
        let id = whole_id(tx, &self.id).await?;
        match self.hand_in(tx, &id).await {
            Ok(row) => {
                let noticed = self.noticed.as_deref().unwrap_or_default();
                note(tx, &row, LeftoverKind::Noticed, &self.actor, noticed).await?;
                note_changed_files(tx, &row, &self.actor, &self.artifacts).await?;
                Ok(Submitted { sub_task: row.into(), late: None })
            }
            Err(Error::Refused(refusal)) => match self.keep(tx, &id).await? {
                Some(late) => {
                    let row = sub_task(tx.db(), &id).await?;
                    Ok(Submitted { sub_task: row.into(), late: Some(late) })
                }
                None => Err(Error::Refused(refusal)),
            },
            Err(fault @ Error::Database(_)) => Err(fault),
        }
    }

    fn status(output: &Submitted) -> u16 {
        if output.late.is_some() { 202 } else { 200 }
    }
}

impl Submit {
    fn artifacts(&self) -> Result<String, Refusal> {
        serde_json::to_string(&self.artifacts)
            .map_err(|e| Refusal::new(ErrorCode::Internal, e.to_string()))
    }

    fn handed_in(&self) -> Result<Ending, Refusal> {
        let artifacts = Some(self.artifacts()?);
        Ok(Ending { summary: self.summary.clone(), artifacts, fail_class: None })
    }

    /// What somebody hands in whose attempt has ended is not lost, if it is anything.
    async fn keep(&self, tx: &Tx, id: &str) -> Result<Option<LateSubmission>, Error> {
        if self.delivery().is_none() {
            return Ok(None);
        }
        let delivery = late::Delivery {
            actor: &self.actor,
            attempt: self.attempt,
            session: self.session.clone(),
            summary: self.summary.clone(),
            artifacts: self.artifacts()?,
        };
        late::keep(tx, id, delivery).await
    }

    async fn hand_in(&self, tx: &Tx, id: &str) -> Result<Model, Error> {
        if let Some(row) = self.unchanged(tx, id).await? {
            return Ok(row);
        }
        let mut changes = vec![Change::NoLease];
        changes.extend(self.session.clone().map(|session| Change::Session(Some(session))));
        let transition = Transition {
            requirements: asked_by(Some(&self.actor.id), self.attempt),
            changes,
            ..Transition::new(self.actor.role, Action::Submit, id)
        };
        let row = transition.run(tx).await?;
        attempts::end(tx, &row.id, Action::Submit, self.handed_in()?).await?;
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
        Ok(row)
    }

    /// Files that are all as they were when they were rejected go one step up, and not to a reviewer
    /// once more. None when something is new, or when there is nothing to compare.
    async fn unchanged(&self, tx: &Tx, id: &str) -> Result<Option<Model>, Error> {
        if self.artifacts.is_empty() {
            return Ok(None);
        }
        let ids = [id.to_owned()];
        let reviews = reviews::last_of(tx.db(), &ids).await?;
        let Some(review) = reviews.get(id) else { return Ok(None) };
        if review.result.0 != Verdict::Rejected {
            return Ok(None);
        }
        let handed_in = attempts::last_handed_in(tx.db(), &ids).await?;
        // What was handed in after the rejected one was no other.
        let Some(before) = handed_in.get(id).filter(|it| it.number >= review.attempt) else {
            return Ok(None);
        };
        let files = |artifacts: &[Artifact]| -> BTreeSet<(String, String)> {
            artifacts.iter().map(|it| (it.path.clone(), it.sha256.clone())).collect()
        };
        if files(&attempts::artifacts(before)) != files(&self.artifacts) {
            return Ok(None);
        }
        let row = sub_task(tx.db(), id).await?;
        let number = before.number;
        let reason = format!("every file is as it was in attempt {number}, which was rejected");
        let trouble = Trouble {
            class: BlockClass::Rework,
            reason,
            requirements: asked_by(Some(&self.actor.id), self.attempt),
            only_from: Some(SubTaskStatus::InProgress),
            outcome: Action::Submit,
            handed_in: self.handed_in()?,
        };
        step_up(tx, &row, Step::after(row.step), trouble).await.map(Some)
    }

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
