//! The rules of patrol, as data: what is amiss, from which threshold on, how bad it is, and what the
//! server may do about it. Everything else about them is read from this table.

use moss_api::{AnomalyKind, PatrolAction, Severity, SubTaskStatus, SubjectKind, Timestamp};

use crate::config::timings::{PatrolLimits, Timings};
use crate::domain::Error;
use crate::store::anomalies::{self, Cause, Since};
use crate::store::sub_tasks::micros;
use crate::store::tasks::OwnThresholds;
use crate::store::{Reads, agents, tasks};

/// A rule.
pub struct Rule {
    /// What it finds.
    pub kind: AnomalyKind,
    /// What that is about.
    pub subject: SubjectKind,
    /// When it is so, in a sentence that begins with the subject.
    pub when: &'static str,
    /// The keys of the configuration that say from when on.
    pub threshold: &'static str,
    /// How bad it is: once, or first and then.
    pub severities: &'static [Severity],
    /// What the server may do about it when it is critical, in this order.
    pub acts: &'static [PatrolAction],
    /// Whether it wakes patrol, if the server did nothing about it.
    pub wakes_patrol: bool,
    /// As questions to the database; none where it is no question about sub-tasks.
    causes: fn(&Ground, Severity) -> Vec<Cause>,
}

const OPEN: &[SubTaskStatus] = &[
    SubTaskStatus::Pending,
    SubTaskStatus::Assigned,
    SubTaskStatus::InProgress,
    SubTaskStatus::Review,
    SubTaskStatus::Rework,
    SubTaskStatus::Blocked,
];
const IN_HANDS: &[SubTaskStatus] =
    &[SubTaskStatus::Assigned, SubTaskStatus::InProgress, SubTaskStatus::Rework];
const BOTH: &[Severity] = &[Severity::Critical, Severity::Warning];
const WARNING: &[Severity] = &[Severity::Warning];
const CRITICAL: &[Severity] = &[Severity::Critical];

/// All rules, the most urgent first.
pub const RULES: &[Rule] = &[
    Rule {
        kind: AnomalyKind::BlockedWithoutOwner,
        subject: SubjectKind::SubTask,
        when: "is blocked, and whose turn it is has done nothing in time",
        threshold: "recovery.planner_hours, recovery.person_hours",
        severities: CRITICAL,
        acts: &[PatrolAction::Block],
        wakes_patrol: true,
        causes: |ground, _| vec![Cause::Overdue(ground.now)],
    },
    Rule {
        kind: AnomalyKind::Orphan,
        subject: SubjectKind::SubTask,
        when: "is in the hands of an agent that is disabled, not let in or not heard from; or nobody \
               is there to take what may be claimed",
        threshold: "three ticks of the agent's timer, an hour at least",
        severities: CRITICAL,
        acts: &[PatrolAction::Release],
        wakes_patrol: true,
        causes: |ground, _| {
            let agents = || ground.away.clone();
            IN_HANDS
                .iter()
                .map(|status| Cause::HeldBy { status: *status, agents: agents() })
                .collect()
        },
    },
    Rule {
        kind: AnomalyKind::Timeout,
        subject: SubjectKind::SubTask,
        when: "is not done at its deadline; or its lease is over and nobody has seen to it",
        threshold: "its deadline; its lease",
        severities: CRITICAL,
        acts: &[PatrolAction::Release],
        wakes_patrol: true,
        causes: |ground, _| {
            let now = ground.now;
            let deadline = |status: &SubTaskStatus| Cause::Deadline { status: *status, now };
            let lease = Cause::LeaseOver(now - ground.limits.lease_grace);
            OPEN.iter().map(deadline).chain([lease]).collect()
        },
    },
    Rule {
        kind: AnomalyKind::Stuck,
        subject: SubjectKind::SubTask,
        when: "is held or rejected, and neither has it changed nor has anybody written of it",
        threshold: "patrol.stuck_minutes",
        severities: BOTH,
        acts: &[PatrolAction::Reassign, PatrolAction::Release],
        wakes_patrol: true,
        causes: |ground, severity| {
            let since =
                ground.since(micros(ground.limits.stuck), ground.tasks.stuck_after, severity);
            [SubTaskStatus::InProgress, SubTaskStatus::Rework]
                .map(|status| Cause::Unchanged { status, since })
                .into()
        },
    },
    Rule {
        kind: AnomalyKind::Starved,
        subject: SubjectKind::SubTask,
        when: "may be claimed, and nobody does",
        threshold: "patrol.starved_minutes",
        severities: BOTH,
        acts: &[],
        wakes_patrol: true,
        causes: |ground, severity| {
            let usual = micros(ground.limits.starved);
            vec![Cause::Unclaimed(ground.since(usual, ground.tasks.starved_after, severity))]
        },
    },
    Rule {
        kind: AnomalyKind::ReworkOverflow,
        subject: SubjectKind::SubTask,
        when: "was rejected again and again",
        threshold: "patrol.rework_rounds",
        severities: WARNING,
        acts: &[],
        wakes_patrol: true,
        causes: |ground, _| {
            let usual = ground.limits.rework_rounds;
            let least = ground.tasks.rework_limit.unwrap_or(usual);
            OPEN.iter().map(|status| Cause::Rejected { status: *status, usual, least }).collect()
        },
    },
    Rule {
        kind: AnomalyKind::ReviewBacklog,
        subject: SubjectKind::Team,
        when: "lets what was handed in wait long for a verdict",
        threshold: "patrol.review_minutes",
        severities: BOTH,
        acts: &[],
        wakes_patrol: true,
        causes: no_question,
    },
    Rule {
        kind: AnomalyKind::ScoreDrop,
        subject: SubjectKind::Agent,
        when: "lost much of its score lately",
        threshold: "patrol.score_drop, patrol.score_days",
        severities: WARNING,
        acts: &[],
        wakes_patrol: true,
        causes: no_question,
    },
    Rule {
        kind: AnomalyKind::Unanswered,
        subject: SubjectKind::Agent,
        when: "is woken by its timer and answers no packet",
        threshold: "patrol.unanswered_packets",
        severities: BOTH,
        acts: &[],
        wakes_patrol: true,
        causes: no_question,
    },
    Rule {
        kind: AnomalyKind::Silent,
        subject: SubjectKind::Agent,
        when: "had a timer and is not heard from",
        threshold: "three ticks of its timer, an hour at least",
        severities: CRITICAL,
        acts: &[],
        wakes_patrol: false,
        causes: no_question,
    },
    Rule {
        kind: AnomalyKind::KeyRefused,
        subject: SubjectKind::Agent,
        when: "comes with a key that is not let in",
        threshold: "the first time",
        severities: CRITICAL,
        acts: &[],
        wakes_patrol: false,
        causes: no_question,
    },
    Rule {
        kind: AnomalyKind::Reported,
        subject: SubjectKind::SubTask,
        when: "is what patrol said is amiss",
        threshold: "as patrol says",
        severities: BOTH,
        acts: &[],
        wakes_patrol: false,
        causes: no_question,
    },
];

fn no_question(_: &Ground, _: Severity) -> Vec<Cause> {
    Vec::new()
}

impl Rule {
    /// The rule of a kind.
    pub fn of(kind: AnomalyKind) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.kind == kind)
    }

    /// When it is so of a sub-task, this bad.
    pub fn causes(&self, ground: &Ground, severity: Severity) -> Vec<Cause> {
        (self.causes)(ground, severity)
    }

    /// When it is so at all.
    pub fn mildest(&self, ground: &Ground) -> Vec<Cause> {
        self.severities.last().map(|severity| self.causes(ground, *severity)).unwrap_or_default()
    }
}

/// Kinds that wake patrol while the server did nothing about them.
pub fn wake_patrol() -> Vec<AnomalyKind> {
    RULES.iter().filter(|rule| rule.wakes_patrol).map(|rule| rule.kind).collect()
}

/// Of agents that have one of these, nothing is to be expected.
pub const AWAY: &[AnomalyKind] = &[AnomalyKind::Silent, AnomalyKind::KeyRefused];

/// What the questions of all rules rest on.
pub struct Ground {
    /// Now.
    pub now: Timestamp,
    /// The thresholds.
    pub limits: PatrolLimits,
    /// The smallest of those that tasks have of their own.
    pub tasks: OwnThresholds,
    /// Agents of which nothing is to be expected.
    pub away: Vec<String>,
}

impl Ground {
    /// Reads it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read<C: Reads>(db: &C, timings: &Timings, now: Timestamp) -> Result<Self, Error> {
        let mut away = agents::disabled(db).await?;
        away.extend(anomalies::lasting(db, AWAY).await?.into_iter().map(|row| row.subject));
        let tasks = tasks::smallest_thresholds(db).await?;
        Ok(Self { now, limits: timings.patrol.clone(), tasks, away })
    }

    fn since(&self, usual: i64, shortest: Option<i64>, severity: Severity) -> Since {
        let times = match severity {
            Severity::Warning => 1,
            Severity::Critical => self.limits.critical_times,
        };
        Since { now: self.now, usual, times, shortest: shortest.unwrap_or(usual) }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The table of the rules for people.
    fn markdown() -> String {
        let mut out = String::from(
            "| type | so of | when it | from | severity | the server may |\n|---|---|---|---|---|---|\n",
        );
        for rule in RULES {
            let list = |words: Vec<&str>| match words.as_slice() {
                [] => "-".to_owned(),
                words => words.join(", "),
            };
            let severities = rule.severities.iter().rev().map(|it| it.as_str()).collect();
            let acts = rule.acts.iter().map(|it| it.as_str()).collect();
            let Rule { kind, subject, when, threshold, .. } = rule;
            let (severities, acts) = (list(severities), list(acts));
            let subject = subject.as_str().replace('_', "-");
            let _ = writeln!(
                out,
                "| {kind} | {subject} | {when} | {threshold} | {severities} | {acts} |"
            );
        }
        out
    }

    #[test]
    fn the_documentation_has_the_table() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/patrol.md");
        let text = std::fs::read_to_string(file).unwrap();
        let (begin, end) = ("<!-- rules -->\n", "<!-- / -->");
        let (before, rest) = text.split_once(begin).unwrap();
        let (table, after) = rest.split_once(end).unwrap();
        if table != markdown() && std::env::var_os("MOSS_WRITE_DOCS").is_some() {
            std::fs::write(file, format!("{before}{begin}{}{end}{after}", markdown())).unwrap();
            return;
        }
        assert_eq!(table, markdown(), "MOSS_WRITE_DOCS=1 writes it");
    }

    #[test]
    fn every_kind_has_one_rule_and_the_worst_comes_first() {
        for kind in AnomalyKind::ALL {
            assert_eq!(RULES.iter().filter(|rule| rule.kind == *kind).count(), 1, "{kind}");
        }
        for rule in RULES {
            assert!(!rule.severities.is_empty(), "{}", rule.kind);
            assert!(rule.severities.is_sorted_by(|one, next| one > next), "{}", rule.kind);
            assert!(rule.severities[0] == Severity::Critical || rule.acts.is_empty());
        }
    }
}
