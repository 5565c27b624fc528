//! Anomalies: one row for each kind and subject, opened again when it comes again.

mod causes;

use moss_api::{AnomalyKind, AnomalyState, Page, PatrolAction, Severity, SubjectKind, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::store::column::{At, Word};
use crate::store::dialect::not_by_index;
use crate::store::entity::anomaly::{Column, Entity, Model};
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::{Database, Reads, Tx, new_id};

pub use causes::{Cause, Drop, Since, found, holds, over, score_drops};

/// What is amiss, with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What.
    pub kind: AnomalyKind,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// The id of that, or [`moss_api::TEAM`].
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen.
    pub detail: String,
}

impl Seen {
    /// As a record that was never there, but for its id.
    pub fn row(&self, now: Timestamp) -> Model {
        Model {
            id: String::new(),
            kind: Word(self.kind),
            subject_kind: Word(self.subject_kind),
            subject: self.subject.clone(),
            severity: Word(self.severity),
            state: Word(AnomalyState::Open),
            detail: self.detail.clone(),
            action_taken: None,
            note: None,
            noted_by: None,
            ignored_until: None,
            opened_at: At(now),
            closed_at: None,
            times: 1,
        }
    }
}

/// What of an anomaly is known already: it is open and no less bad, or it is ignored still.
fn is_known(severity: Severity, now: Timestamp) -> Condition {
    let no_better = Severity::ALL.iter().filter(|it| **it >= severity).map(|it| it.as_str());
    let is_in = |state: AnomalyState| column(Column::State).eq(state.as_str());
    let until = || column(Column::IgnoredUntil);
    Condition::any()
        .add(is_in(AnomalyState::Open).and(column(Column::Severity).is_in(no_better)))
        .add(is_in(AnomalyState::Ignored).and(until().is_null().or(until().gt(Expr::val(At(now))))))
}

fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// Opens an anomaly, unless it is known, which is that it is open and no less bad, or ignored still:
/// then the answer is false. What the server did about it, and what patrol said of it, belong to the
/// time before.
pub async fn open(tx: &Tx, seen: &Seen) -> Result<bool, DbErr> {
    let was_open = Column::State.eq(AnomalyState::Open.as_str());
    let times = Expr::case(was_open, Expr::col(Column::Times));
    let again = Entity::update_many()
        .col_expr(Column::Times, times.finally(Expr::col(Column::Times).add(1)).into())
        .col_expr(Column::Severity, Expr::val(Word(seen.severity)))
        .col_expr(Column::State, Expr::val(Word(AnomalyState::Open)))
        .col_expr(Column::Detail, Expr::val(seen.detail.as_str()))
        .col_expr(Column::ActionTaken, Expr::val(None::<String>))
        .col_expr(Column::Note, Expr::val(None::<String>))
        .col_expr(Column::NotedBy, Expr::val(None::<String>))
        .col_expr(Column::IgnoredUntil, Expr::val(None::<At>))
        .col_expr(Column::OpenedAt, Expr::val(At(tx.now)))
        .col_expr(Column::ClosedAt, Expr::val(None::<At>))
        .filter(Column::Kind.eq(seen.kind.as_str()))
        .filter(Column::Subject.eq(seen.subject.as_str()))
        .filter(is_known(seen.severity, tx.now).not());
    if tx.execute(again).await? > 0 {
        return Ok(true);
    }
    tx.insert_unless_taken(Model { id: new_id(), ..seen.row(tx.now) }).await
}

/// Notes what the server did about an open anomaly. With that it is over, unless `stays`.
pub async fn acted(
    tx: &Tx,
    kind: AnomalyKind,
    subject: &str,
    action: PatrolAction,
    stays: bool,
) -> Result<(), DbErr> {
    let mut note = Entity::update_many()
        .col_expr(Column::ActionTaken, Expr::val(Word(action)))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Subject.eq(subject));
    if !stays {
        note = note
            .col_expr(Column::State, Expr::val(Word(AnomalyState::Resolved)))
            .col_expr(Column::ClosedAt, Expr::val(At(tx.now)));
    }
    tx.execute(note).await.map(drop)
}

/// Closes an anomaly as it was read; false when somebody else has, or it was opened again.
pub async fn close(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let state = AnomalyState::Resolved;
    judge(tx, row, &Judged { state, note: None, by: None, until: None }).await
}

/// What is said of an anomaly.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What becomes of it.
    pub state: AnomalyState,
    /// Why; what was said before stays where nothing is.
    pub note: Option<String>,
    /// Who says so.
    pub by: Option<String>,
    /// It is ignored until then.
    pub until: Option<Timestamp>,
}

/// Says what becomes of an anomaly as it was read; false when it is not as it was.
pub async fn judge(tx: &Tx, row: &Model, judged: &Judged) -> Result<bool, DbErr> {
    let closed = (judged.state == AnomalyState::Resolved).then_some(At(tx.now));
    let mut judge = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(judged.state)))
        .col_expr(Column::ClosedAt, Expr::val(closed))
        .col_expr(Column::IgnoredUntil, Expr::val(judged.until.map(At)))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(not_by_index(Column::State).eq(row.state.0.as_str()))
        .filter(Expr::col(Column::OpenedAt).add(0).eq(row.opened_at.0.micros()));
    if let Some(note) = &judged.note {
        judge = judge.col_expr(Column::Note, Expr::val(note.as_str()));
    }
    if let Some(by) = &judged.by {
        judge = judge.col_expr(Column::NotedBy, Expr::val(by.as_str()));
    }
    Ok(tx.execute(judge).await? > 0)
}

/// Wakes again what was ignored until now. Answers how many.
pub async fn wake_ignored(tx: &Tx) -> Result<u64, DbErr> {
    let wake = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(AnomalyState::Open)))
        .col_expr(Column::OpenedAt, Expr::val(At(tx.now)))
        .col_expr(Column::IgnoredUntil, Expr::val(None::<At>))
        .filter(no_longer_ignored(tx.now));
    tx.execute(wake).await
}

/// Whether something was ignored until now.
pub async fn is_ignored_no_longer<C: Reads>(db: &C, now: Timestamp) -> Result<bool, DbErr> {
    let some = Entity::find().filter(no_longer_ignored(now)).limit(1).read_one(db).await?;
    Ok(some.is_some())
}

fn no_longer_ignored(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::State.eq(AnomalyState::Ignored.as_str()))
        .add(Column::IgnoredUntil.lte(At(now)))
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// The record of a kind and subject.
pub async fn of<C: Reads>(
    db: &C,
    kind: AnomalyKind,
    subject: &str,
) -> Result<Option<Model>, DbErr> {
    of_kinds(&[kind]).filter(Column::Subject.eq(subject)).read_one(db).await
}

/// What is not over of these kinds.
pub async fn lasting<C: Reads>(db: &C, kinds: &[AnomalyKind]) -> Result<Vec<Model>, DbErr> {
    of_kinds(kinds).filter(lasts()).in_order(Column::OpenedAt, Sort::OldestFirst).read_all(db).await
}

/// It is so, whether or not patrol leaves it.
fn lasts() -> Expr {
    Column::State.is_in([AnomalyState::Open.as_str(), AnomalyState::Ignored.as_str()])
}

fn of_kinds(kinds: &[AnomalyKind]) -> Select<Entity> {
    Entity::find().filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
}

/// What is open, the worst and then the longest first.
fn open_ones() -> Select<Entity> {
    // The words are in this order, too.
    Entity::find()
        .filter(Column::State.eq(AnomalyState::Open.as_str()))
        .order_by_asc(Column::Severity)
        .in_order(Column::OpenedAt, Sort::OldestFirst)
}

/// What is open of these kinds and the server did nothing about, the worst and then the longest
/// first.
pub async fn unsettled<C: Reads>(
    db: &C,
    kinds: &[AnomalyKind],
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    open_ones()
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .filter(Column::ActionTaken.is_null())
        .limit(limit)
        .read_all(db)
        .await
}

/// What is open, the worst and then the longest first.
pub async fn all_open<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    open_ones().limit(limit).read_all(db).await
}

/// Which of the records there were.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this state, verbatim: an unknown word matches nothing.
    pub state: Option<String>,
    /// Of this kind, verbatim.
    pub kind: Option<String>,
    /// About this.
    pub subject: Option<String>,
}

/// A page of the records there are, newest first.
pub async fn list(
    db: &Database,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<moss_api::Anomaly>, DbErr> {
    let mut query = Entity::find();
    for (column, value) in [
        (Column::State, &filter.state),
        (Column::Kind, &filter.kind),
        (Column::Subject, &filter.subject),
    ] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    page(db, query.in_order(Column::OpenedAt, Sort::NewestFirst), request).await
}

/// But for the subject's name, which is in another table.
impl From<Model> for moss_api::Anomaly {
    fn from(row: Model) -> Self {
        Self {
            id: Some(row.id).filter(|id| !id.is_empty()),
            kind: row.kind.0.into(),
            subject_kind: row.subject_kind.0.into(),
            subject: row.subject,
            subject_name: String::new(),
            severity: row.severity.0.into(),
            state: row.state.0.into(),
            detail: row.detail,
            action_taken: row.action_taken.map(|action| action.0.into()),
            note: row.note,
            noted_by: row.noted_by,
            ignored_until: row.ignored_until.map(|at| at.0),
            opened: row.opened_at.0,
            closed: row.closed_at.map(|at| at.0),
            times: row.times,
        }
    }
}
