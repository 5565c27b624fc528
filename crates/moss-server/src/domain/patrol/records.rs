//! What patrol says of anomalies, and what it is shown of them.

use std::time::Duration;

use moss_api::{
    Anomaly, AnomalyKind, AnomalyState, ErrorCode, Page, Scan, Severity, SubjectKind, Timestamp,
};

use crate::config::timings::Timings;
use crate::domain::patrol::policy::detail;
use crate::domain::patrol::rules::{Ground, Rule, wake_patrol};
use crate::domain::patrol::sweep::{Finding, findings, others};
use crate::domain::queries::{Db, PageRequest};
use crate::domain::{Actor, Command, Error, Refusal, resolve};
pub use crate::store::anomalies::Filter;
use crate::store::anomalies::{self, Judged, Seen};
use crate::store::entity::anomaly;
use crate::store::events;
use crate::store::{Reads, Tx, agents, sub_tasks};

/// How far off the time may be at which it is looked at again.
pub(in crate::domain) const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Anomalies one scan shows.
const SHOWN: usize = 50;

/// Say what becomes of an anomaly.
pub struct Judge {
    /// Who says so.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What becomes of it.
    pub state: AnomalyState,
    /// Why.
    pub note: String,
    /// It is ignored until then.
    pub until: Option<Timestamp>,
}

impl Command for Judge {
    type Output = Anomaly;

    async fn run(&self, tx: &Tx) -> Result<Anomaly, Error> {
        tx.flush().await?;
        let (state, until) = (self.state, self.until);
        let note = Some(self.note.clone()).filter(|note| !note.trim().is_empty());
        let id = resolve::anomaly_id(tx.db(), &self.id).await?;
        let row = anomalies::find(tx.db(), &id).await?;
        let row = row.ok_or_else(|| Refusal::not_found("anomaly", &self.id))?;
        match state {
            AnomalyState::Ignored => fits(tx, "note", note.as_deref(), until)?,
            AnomalyState::Resolved | AnomalyState::Open => {}
        }
        match (row.state.0, state) {
            (AnomalyState::Open, AnomalyState::Open)
            | (AnomalyState::Resolved, AnomalyState::Resolved) => return shown(tx, row).await,
            (AnomalyState::Resolved, AnomalyState::Ignored | AnomalyState::Open) => {
                return Err(no("it is over; it is opened again when it comes again"));
            }
            (AnomalyState::Open | AnomalyState::Ignored, AnomalyState::Resolved)
                if row.kind.0 != AnomalyKind::Reported && is_so(tx, &row).await? =>
            {
                return Err(no("it is still so: mend it, or ignore it"));
            }
            (AnomalyState::Open | AnomalyState::Ignored, _) => {}
        }
        let said = format!("{}: {}", row.kind.0, self.note);
        let judged = Judged { state, note, by: Some(self.actor.id.clone()), until };
        if !anomalies::judge(tx, &row, &judged).await? {
            return Err(no("it has changed meanwhile"));
        }
        if row.subject_kind.0 == SubjectKind::Agent {
            events::record_agent(tx, &row.subject, state.as_str(), said);
        }
        let row = anomalies::find(tx.db(), &id).await?;
        shown(tx, row.ok_or_else(|| Refusal::not_found("anomaly", &self.id))?).await
    }
}

fn no(why: &str) -> Error {
    Refusal::new(ErrorCode::IllegalTransition, why).into()
}

/// Whether a judgement says why or until when, and a time that can be.
pub(in crate::domain) fn fits(
    tx: &Tx,
    field: &'static str,
    why: Option<&str>,
    until: Option<Timestamp>,
) -> Result<(), Refusal> {
    if why.is_none_or(|why| why.trim().is_empty()) && until.is_none() {
        return Err(Refusal::bad_value(field, "say why it is left, or until when"));
    }
    if until.is_some_and(|until| until <= tx.now) {
        return Err(Refusal::bad_value("until", "is in the past"));
    }
    if until.is_some_and(|until| until > tx.now + LONGEST) {
        return Err(Refusal::bad_value("until", "is more than a year ahead"));
    }
    Ok(())
}

/// Whether what was seen is so now. Of agents that do not come that is known by the record itself.
async fn is_so(tx: &Tx, row: &anomaly::Model) -> Result<bool, Error> {
    let Some(rule) = Rule::of(row.kind.0) else { return Ok(true) };
    let ground = Ground::read(tx.db(), &tx.timings, tx.now).await?;
    if row.subject_kind.0 == SubjectKind::SubTask {
        return Ok(anomalies::holds(tx.db(), &row.subject, &rule.mildest(&ground)).await?);
    }
    match row.kind.0 {
        AnomalyKind::ReviewBacklog | AnomalyKind::ScoreDrop | AnomalyKind::Orphan => {
            let so = others(tx.db(), &ground).await?;
            Ok(so.iter().any(|it| it.kind == row.kind.0 && it.subject == row.subject))
        }
        AnomalyKind::Timeout
        | AnomalyKind::Stuck
        | AnomalyKind::ReworkOverflow
        | AnomalyKind::Starved
        | AnomalyKind::BlockedWithoutOwner
        | AnomalyKind::Unanswered
        | AnomalyKind::KeyRefused
        | AnomalyKind::Silent
        | AnomalyKind::Reported => Ok(true),
    }
}

async fn shown(tx: &Tx, row: anomaly::Model) -> Result<Anomaly, Error> {
    let mut one = [Anomaly::from(row)];
    name(tx.db(), &mut one).await?;
    let [one] = one;
    Ok(one)
}

/// Record what no rule sees.
pub struct Report {
    /// Who saw it.
    pub actor: Actor,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// The id of that, or its beginning.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen.
    pub detail: String,
}

impl Command for Report {
    type Output = Anomaly;

    async fn run(&self, tx: &Tx) -> Result<Anomaly, Error> {
        if self.detail.trim().is_empty() {
            return Err(Refusal::bad_value("detail", "say what was seen").into());
        }
        let subject = match self.subject_kind {
            SubjectKind::SubTask => resolve::sub_task(tx.db(), &self.subject).await?.id,
            SubjectKind::Agent => resolve::agent(tx.db(), &self.subject).await?.id,
            SubjectKind::Task => resolve::task(tx.db(), &self.subject).await?.id,
            SubjectKind::Team => moss_api::TEAM.to_owned(),
        };
        let seen = Seen {
            kind: AnomalyKind::Reported,
            subject_kind: self.subject_kind,
            subject: subject.clone(),
            severity: self.severity,
            detail: self.detail.clone(),
        };
        anomalies::open(tx, &seen).await?;
        let row = anomalies::of(tx.db(), AnomalyKind::Reported, &subject).await?;
        shown(tx, row.ok_or_else(|| Refusal::not_found("anomaly", &subject))?).await
    }
}

/// Records as they are shown.
#[derive(Clone, Debug)]
pub struct Records {
    /// Which.
    pub filter: Filter,
    /// Which page.
    pub page: PageRequest,
}

impl Records {
    /// Reads a page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(self, db: &Db) -> Result<Page<Anomaly>, Error> {
        let mut page = anomalies::list(db, &self.filter, self.page).await?;
        name(db, &mut page.items).await?;
        Ok(page)
    }
}

/// What is amiss now: what is recorded, and what no sweep has recorded yet. Nothing is written.
///
/// # Errors
/// When the database fails.
pub async fn scan(db: &Db, timings: &Timings, now: Timestamp) -> Result<Scan, Error> {
    let ground = Ground::read(db, timings, now).await?;
    let mut items: Vec<Anomaly> = Vec::new();
    for finding in findings(db, &ground, SHOWN).await? {
        items.extend(match finding {
            Finding::SubTask(rule, severity, row) => {
                let (kind, subject_kind) = (rule.kind, SubjectKind::SubTask);
                let detail = detail(kind, &row, now);
                let seen = Seen { kind, subject_kind, subject: row.id, severity, detail };
                Some(seen.row(now).into())
            }
            Finding::Other(other) => Some(other.row(now).into()),
            Finding::Over(_) | Finding::IgnoredNoLonger => None,
        });
    }
    let recorded = anomalies::all_open(db, SHOWN as u64 + 1).await?;
    let is_new = |row: &anomaly::Model| {
        !items.iter().any(|it| it.kind == row.kind.0 && it.subject == row.subject)
    };
    let recorded: Vec<Anomaly> = recorded.into_iter().filter(is_new).map(Into::into).collect();
    items.extend(recorded);
    items.sort_by_key(|it| (it.severity != Severity::Critical, it.opened));
    let more = items.len() > SHOWN;
    items.truncate(SHOWN);
    name(db, &mut items).await?;
    Ok(Scan { items, more })
}

/// What wakes patrol: what is open, and the server did nothing about. What somebody does about an
/// agent is no business of the one it is about.
pub(in crate::domain) async fn for_patrol<C: Reads>(
    db: &C,
    me: &str,
    limit: usize,
) -> Result<Scan, Error> {
    let mut rows = anomalies::unsettled(db, &wake_patrol(), limit as u64 + 2).await?;
    rows.retain(|row| row.subject != me);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let mut items: Vec<Anomaly> = rows.into_iter().map(Anomaly::from).collect();
    name(db, &mut items).await?;
    Ok(Scan { items, more })
}

/// Fills in what they are about.
pub(in crate::domain) async fn name<C: Reads>(db: &C, all: &mut [Anomaly]) -> Result<(), Error> {
    let of = |kind: SubjectKind| {
        let of_kind = all.iter().filter(move |one| one.subject_kind == kind);
        of_kind.map(|one| one.subject.clone()).collect::<Vec<_>>()
    };
    let (agent_ids, sub_task_ids) = (of(SubjectKind::Agent), of(SubjectKind::SubTask));
    let mut names = agents::names(db, agent_ids).await?;
    names.extend(sub_tasks::names(db, sub_task_ids).await?);
    for one in all {
        one.subject_name = names.get(&one.subject).cloned().unwrap_or_default();
    }
    Ok(())
}
