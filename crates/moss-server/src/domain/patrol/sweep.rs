//! The sweep of patrol: what is amiss is recorded, the server acts on it by its policy, and what is
//! over is closed. It reads first, and writes only when there is something to write.

use std::collections::{BTreeMap, HashSet};

use moss_api::{
    AnomalyKind, NoticeKind, PatrolAction, Role, Severity, SubTaskStatus, SubjectKind, Swept, TEAM,
    Timestamp, quoted, short_id,
};

use crate::config::timings::Timings;
use crate::domain::patrol::policy::{act, detail};
use crate::domain::patrol::rules::{Ground, RULES, Rule};
use crate::domain::{Command, Error};
use crate::store::anomalies::{self, Seen};
use crate::store::entity::{anomaly, sub_task};
use crate::store::notices::{self, NewNotice};
use crate::store::{Reads, Tx, agents, events, sub_tasks};

/// Findings one sweep takes; the next takes more.
pub(super) const BATCH: usize = 200;
/// Of so many of a kind in one sweep people are told one by one; of more, in one sentence.
const TOLD_ONE_BY_ONE: usize = 5;
/// How far what waits is counted.
const COUNT_CAP: u64 = 1_000;

/// Something to write.
pub(super) enum Finding {
    /// A sub-task with which something is amiss.
    SubTask(&'static Rule, Severity, Box<sub_task::Model>),
    /// An agent, or the team.
    Other(Seen),
    /// An anomaly that is over.
    Over(anomaly::Model),
    /// Something was ignored until now.
    IgnoredNoLonger,
}

fn of_team(kind: AnomalyKind, severity: Severity, detail: String) -> Seen {
    let (subject_kind, subject) = (SubjectKind::Team, TEAM.to_owned());
    Seen { kind, subject_kind, subject, severity, detail }
}

/// Kinds that are looked for here without being a question about sub-tasks.
const OTHERS: &[AnomalyKind] =
    &[AnomalyKind::ReviewBacklog, AnomalyKind::ScoreDrop, AnomalyKind::Orphan];

/// What is amiss with agents and the team now.
pub(super) async fn others<C: Reads>(db: &C, ground: &Ground) -> Result<Vec<Seen>, Error> {
    let mut all = Vec::new();
    let limits = &ground.limits;
    let waiting =
        sub_tasks::unchanged_since(db, SubTaskStatus::Review, ground.now - limits.review, 1);
    if let Some(longest) = waiting.await?.pop() {
        let since = longest.updated_at.0;
        let times = u32::try_from(limits.critical_times).unwrap_or(u32::MAX);
        let severity = if since + limits.review.saturating_mul(times) <= ground.now {
            Severity::Critical
        } else {
            Severity::Warning
        };
        let count = sub_tasks::count_in(db, SubTaskStatus::Review, COUNT_CAP).await?;
        let detail = format!("{count} wait for a verdict, the longest since {}", since.minute());
        all.push(of_team(AnomalyKind::ReviewBacklog, severity, detail));
    }
    let pending =
        sub_tasks::unchanged_since(db, SubTaskStatus::Pending, ground.now - limits.stuck, 1);
    if !pending.await?.is_empty() && !is_anybody_there(db, ground).await? {
        let count = sub_tasks::count_claimable(db).await?;
        if count > 0 {
            let detail = format!("{count} may be claimed, and no executor is there");
            all.push(of_team(AnomalyKind::Orphan, Severity::Critical, detail));
        }
    }
    let since = ground.now - limits.score_window;
    for drop in anomalies::score_drops(db, since, -limits.score_drop).await? {
        let detail = format!("lost {} points since {}", -drop.change, since.minute());
        all.push(Seen {
            kind: AnomalyKind::ScoreDrop,
            subject_kind: SubjectKind::Agent,
            subject: drop.agent,
            severity: Severity::Warning,
            detail,
        });
    }
    Ok(all)
}

/// Whether an executor is there to claim.
async fn is_anybody_there<C: Reads>(db: &C, ground: &Ground) -> Result<bool, Error> {
    let some = u64::try_from(ground.away.len()).unwrap_or(u64::MAX).saturating_add(1);
    let executors = agents::active(db, Role::Executor, some).await?;
    Ok(executors.iter().any(|agent| !ground.away.contains(&agent.id)))
}

/// What there is to write, up to `limit`.
pub(super) async fn findings<C: Reads>(
    db: &C,
    ground: &Ground,
    limit: usize,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let room = |findings: &Vec<Finding>| limit.saturating_sub(findings.len()) as u64;
    if anomalies::is_ignored_no_longer(db, ground.now).await? {
        findings.push(Finding::IgnoredNoLonger);
    }
    // What is found to be worse is not found again to be less bad.
    let mut known = HashSet::new();
    for rule in RULES {
        let mildest = rule.mildest(ground);
        if mildest.is_empty() {
            continue;
        }
        for severity in rule.severities {
            for cause in rule.causes(ground, *severity) {
                let left = room(&findings);
                if left == 0 {
                    return Ok(findings);
                }
                let rows =
                    anomalies::found(db, rule.kind, *severity, &cause, ground.now, left).await?;
                for row in rows {
                    if known.insert((rule.kind, row.id.clone())) {
                        findings.push(Finding::SubTask(rule, *severity, Box::new(row)));
                    }
                }
            }
        }
        let left = room(&findings);
        if left == 0 {
            return Ok(findings);
        }
        let over = anomalies::over(db, rule.kind, &mildest, left).await?;
        findings.extend(over.into_iter().map(Finding::Over));
    }
    let mut so = others(db, ground).await?;
    let known = anomalies::lasting(db, OTHERS).await?;
    for row in known.into_iter().filter(|row| row.subject_kind.0 != SubjectKind::SubTask) {
        let at = so.iter().position(|it| it.kind == row.kind.0 && it.subject == row.subject);
        match at {
            None => findings.push(Finding::Over(row)),
            // Open and no better, or ignored still: what is no longer ignored was woken first.
            Some(at) if so[at].severity <= row.severity.0 || row.ignored_until.is_some() => {
                so.remove(at);
            }
            Some(_) => {}
        }
    }
    findings.extend(so.into_iter().map(Finding::Other));
    Ok(findings)
}

/// Record what is amiss, act on it, and close what is over.
///
/// It is looked for before, by reads: however much is known already holds up nobody who writes. Each
/// write is guarded, so that what has changed meanwhile is left to the next sweep.
#[derive(Default)]
pub struct Sweep(Vec<Finding>);

impl Sweep {
    /// What there is to write; with nothing in it nothing is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look<C: Reads>(db: &C, timings: &Timings, now: Timestamp) -> Result<Self, Error> {
        let ground = Ground::read(db, timings, now).await?;
        Ok(Self(findings(db, &ground, BATCH).await?))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Command for Sweep {
    type Output = Swept;

    async fn run(&self, tx: &Tx) -> Result<Swept, Error> {
        tx.flush().await?;
        let mut swept = Swept { more: self.0.len() >= BATCH, ..Swept::default() };
        let (mut alerts, mut unsettled) = (Alerts::default(), BTreeMap::<_, u64>::new());
        for finding in &self.0 {
            match finding {
                Finding::IgnoredNoLonger => swept.opened += anomalies::wake_ignored(tx).await?,
                Finding::Over(row) => {
                    swept.closed += u64::from(anomalies::close(tx, row).await?);
                }
                Finding::Other(other) => {
                    if anomalies::open(tx, other).await? {
                        swept.opened += 1;
                        *unsettled.entry(other.kind).or_default() += 1;
                        alerts.other(tx, other).await?;
                    }
                }
                Finding::SubTask(rule, severity, row) => {
                    let detail = detail(rule.kind, row, tx.now);
                    let opened = open(tx, rule, *severity, row, &detail).await?;
                    let Some(action) = opened else { continue };
                    swept.opened += 1;
                    match action {
                        Some(action) => swept.count(action),
                        None => *unsettled.entry(rule.kind).or_default() += 1,
                    }
                    if *severity == Severity::Critical {
                        alerts.sub_task(rule, row, action, &detail);
                    }
                }
            }
        }
        alerts.announce(tx).await?;
        // For those who listen: one for each kind, whatever it is about.
        for (kind, count) in unsettled {
            events::record_team(tx, kind.as_str(), format!("{count} new"));
        }
        Ok(swept)
    }
}

/// Opens the anomaly of a sub-task and acts on it. Answers what was done; nothing at all when it is
/// known already.
async fn open(
    tx: &Tx,
    rule: &Rule,
    severity: Severity,
    row: &sub_task::Model,
    detail: &str,
) -> Result<Option<Option<PatrolAction>>, Error> {
    let (kind, subject_kind) = (rule.kind, SubjectKind::SubTask);
    let seen =
        Seen { kind, subject_kind, subject: row.id.clone(), severity, detail: detail.to_owned() };
    if !anomalies::open(tx, &seen).await? {
        return Ok(None);
    }
    let acts = severity == Severity::Critical || rule.acts.is_empty();
    let done = if acts { act(tx, kind, row, detail).await? } else { None };
    if let Some(done) = done {
        anomalies::acted(tx, kind, &row.id, done.action, done.stays).await?;
    }
    Ok(Some(done.map(|done| done.action)))
}

/// What people are to be told of: of many of a kind, in one sentence.
#[derive(Default)]
struct Alerts(BTreeMap<AnomalyKind, Vec<NewNotice>>);

impl Alerts {
    fn sub_task(
        &mut self,
        rule: &Rule,
        row: &sub_task::Model,
        action: Option<PatrolAction>,
        detail: &str,
    ) {
        let (id, name) = (short_id(&row.id), quoted(&row.name));
        let done = match action {
            None => "",
            Some(PatrolAction::Release) => "; anyone may claim it now",
            Some(PatrolAction::Block) => "; it waits for a person now",
            Some(PatrolAction::Reassign) => "; another executor has it now",
        };
        let text = format!("sub-task {id} {name} {detail}{done}");
        self.0.entry(rule.kind).or_default().push(NewNotice {
            kind: NoticeKind::PatrolAlert,
            task_id: Some(row.task_id.clone()),
            sub_task_id: Some(row.id.clone()),
            agent_id: None,
            text,
        });
    }

    async fn other(&mut self, tx: &Tx, other: &Seen) -> Result<(), Error> {
        if other.severity != Severity::Critical {
            return Ok(());
        }
        let (agent_id, text) = match other.subject_kind {
            SubjectKind::Agent => {
                let name = agents::find(tx.db(), &other.subject).await?.map(|row| row.name);
                let name = quoted(&name.unwrap_or_default());
                (Some(other.subject.clone()), format!("agent {name} {}", other.detail))
            }
            SubjectKind::Team | SubjectKind::Task | SubjectKind::SubTask => {
                (None, other.detail.clone())
            }
        };
        self.0.entry(other.kind).or_default().push(alert(agent_id, text));
        Ok(())
    }

    async fn announce(self, tx: &Tx) -> Result<(), Error> {
        for (kind, notices) in self.0 {
            if notices.len() > TOLD_ONE_BY_ONE {
                let text =
                    format!("{kind}: {} at once; moss patrol scan shows them", notices.len());
                notices::add(tx, alert(None, text)).await?;
                continue;
            }
            for notice in notices {
                notices::add(tx, notice).await?;
            }
        }
        Ok(())
    }
}

/// Something people are to be told of that is about no sub-task.
pub(super) fn alert(agent_id: Option<String>, text: String) -> NewNotice {
    let kind = NoticeKind::PatrolAlert;
    NewNotice { kind, task_id: None, sub_task_id: None, agent_id, text }
}
