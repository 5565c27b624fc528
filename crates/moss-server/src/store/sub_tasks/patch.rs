//! A change of what a planner wrote.

use std::time::Duration;

use moss_api::{Priority, Timestamp, WorkType};
use sea_orm::UpdateMany;
use sea_orm::sea_query::Expr;

use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::sub_tasks::change::micros;
use crate::store::{At, Word};

/// A change of what a planner wrote; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct SubTaskPatch {
    /// One line.
    pub name: Option<String>,
    /// What to do.
    pub description: Option<String>,
    /// What to hand in.
    pub deliverable: Option<String>,
    /// How it is judged.
    pub acceptance: Option<String>,
    /// How urgent.
    pub priority: Option<Priority>,
    /// Whether it comes again.
    pub kind: Option<WorkType>,
    /// How long its leases are.
    pub lease: Option<Duration>,
    /// By when it is to be done.
    pub deadline: Option<Timestamp>,
}

impl SubTaskPatch {
    pub(super) fn set(&self, mut update: UpdateMany<Entity>) -> UpdateMany<Entity> {
        for (column, text) in [
            (Column::Name, &self.name),
            (Column::Description, &self.description),
            (Column::Deliverable, &self.deliverable),
            (Column::Acceptance, &self.acceptance),
        ] {
            if let Some(text) = text {
                update = update.col_expr(column, Expr::val(text.as_str()));
            }
        }
        if let Some(priority) = self.priority {
            update = update
                .col_expr(Column::Priority, Expr::val(Word(priority)))
                .col_expr(Column::PriorityRank, Expr::val(priority.rank()));
        }
        if let Some(kind) = self.kind {
            update = update.col_expr(Column::Kind, Expr::val(Word(kind)));
        }
        if let Some(lease) = self.lease {
            update = update.col_expr(Column::LeaseWish, Expr::val(micros(lease)));
        }
        if let Some(deadline) = self.deadline {
            update = update.col_expr(Column::Deadline, Expr::val(At(deadline)));
        }
        update
    }

    pub(super) fn apply(&self, row: &mut Model) {
        for (column, text) in [
            (&mut row.name, &self.name),
            (&mut row.description, &self.description),
            (&mut row.deliverable, &self.deliverable),
            (&mut row.acceptance, &self.acceptance),
        ] {
            if let Some(text) = text {
                column.clone_from(text);
            }
        }
        if let Some(priority) = self.priority {
            row.priority = Word(priority);
            row.priority_rank = priority.rank();
        }
        if let Some(kind) = self.kind {
            row.kind = Word(kind);
        }
        if let Some(lease) = self.lease {
            row.lease_wish = Some(micros(lease));
        }
        if let Some(deadline) = self.deadline {
            row.deadline = Some(At(deadline));
        }
    }
}
