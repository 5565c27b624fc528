//! The one way a sub-task's status changes: an UPDATE whose guards are part of its WHERE.

use moss_api::SubTaskStatus;
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};

use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::{Change, Guard};
use crate::store::{At, Tx, Word};

/// From where to where.
pub type Move = (SubTaskStatus, SubTaskStatus);

/// A change of one sub-task that happens only if all of its guards hold.
#[derive(Clone, Debug)]
pub struct GuardedUpdate<'a> {
    /// The sub-task.
    pub id: &'a str,
    /// The statuses it may start from, each with where it leads (invariant 6).
    pub moves: &'a [Move],
    /// What else must hold.
    pub guards: Vec<Guard>,
    /// What it writes besides the status.
    pub changes: &'a [Change],
}

impl GuardedUpdate<'_> {
    /// Does it. Whether every guard held is the answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, tx: &Tx) -> Result<bool, DbErr> {
        Ok(tx.execute(self.statement(tx)).await? > 0)
    }

    /// What has become of the row it was done to.
    #[must_use]
    pub fn applied_to(&self, mut row: Model, tx: &Tx) -> Model {
        if self.is_news() {
            row.updated_at = At(tx.now);
        }
        if let Some(&(_, to)) = self.moves.iter().find(|(from, _)| *from == row.status.0) {
            row.status = Word(to);
        }
        for change in self.changes {
            change.apply(&mut row);
        }
        row
    }

    fn statement(&self, tx: &Tx) -> UpdateMany<Entity> {
        let mut update = Entity::update_many();
        if let Some(to) = target(self.moves) {
            update = update.col_expr(Column::Status, to);
        }
        if self.is_news() {
            update = update.col_expr(Column::UpdatedAt, Expr::val(At(tx.now)));
        }
        for change in self.changes {
            update = change.set(update);
        }
        update = update
            .filter(Column::Id.eq(self.id))
            .filter(Column::Status.is_in(self.moves.iter().map(|(from, _)| from.as_str())));
        for guard in &self.guards {
            update = update.filter(guard.0.clone());
        }
        update
    }

    /// Whether status or text may change, which `updated_at` is about.
    fn is_news(&self) -> bool {
        !all_stay(self.moves) || self.changes.iter().any(Change::is_text)
    }
}

fn all_stay(moves: &[Move]) -> bool {
    moves.iter().all(|(from, to)| from == to)
}

/// The new status: none when it stays, a word when all moves lead to the same.
fn target(moves: &[Move]) -> Option<Expr> {
    let word = |status: SubTaskStatus| Expr::val(Word(status));
    let &(_, first) = moves.first()?;
    if all_stay(moves) {
        return None;
    }
    if moves.iter().all(|(_, to)| *to == first) {
        return Some(word(first));
    }
    let case = moves.iter().fold(CaseStatement::new(), |case, &(from, to)| {
        case.case(Column::Status.eq(from.as_str()), word(to))
    });
    Some(case.finally(Expr::col(Column::Status)).into())
}
