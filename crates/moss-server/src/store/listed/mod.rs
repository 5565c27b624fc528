//! Lists as a person asks for them: by any condition, by a word in the text, in any order, a page at a
//! time. Conditions of the work's own queries are served by an index; a word is looked for in every row
//! that is left.

pub mod agents;
pub mod days;
pub mod feed;
pub mod logs;
pub mod requests;
pub mod reviews;
pub mod rewards;
pub mod standings;
pub mod sub_tasks;
pub mod tasks;
pub mod traces;
pub mod words;

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Select,
};

use crate::store::Database;

/// Rows in which one of these columns has this word, in whatever case. Blank finds all.
fn with_word<E: EntityTrait>(
    db: &Database,
    query: Select<E>,
    word: Option<&str>,
    columns: &[E::Column],
) -> Select<E> {
    match Word::of(word) {
        None => query,
        Some(word) => query.filter(word.is_in(db, columns)),
    }
}

/// A word that is looked for.
struct Word(String);

impl Word {
    fn of(word: Option<&str>) -> Option<Self> {
        let word = word.map(str::trim).filter(|word| !word.is_empty())?;
        let mut pattern = String::from("%");
        for c in word.chars().flat_map(char::to_lowercase) {
            if matches!(c, '%' | '_' | ESCAPE) {
                pattern.push(ESCAPE);
            }
            pattern.push(c);
        }
        pattern.push('%');
        Some(Self(pattern))
    }

    /// Whether one of these columns has it.
    fn is_in<C: ColumnTrait>(&self, db: &Database, columns: &[C]) -> Condition {
        let like = || LikeExpr::new(self.0.clone()).escape(ESCAPE);
        // SQLite compares what is ASCII in any case, and makes nothing else lower: without a call for each
        // row it takes less than half the time.
        let is_any_case = db.get_database_backend() == DbBackend::Sqlite;
        columns.iter().fold(Condition::any(), |any, column| {
            let column = Expr::col((column.entity_name(), *column));
            any.add(match is_any_case {
                true => column.like(like()),
                false => Expr::from(Func::lower(column)).like(like()),
            })
        })
    }
}

/// Not a backslash, which MySQL takes for its own in a text.
const ESCAPE: char = '!';

/// Rows of which a column has this value, if there is one.
fn with<E: EntityTrait>(
    query: Select<E>,
    column: E::Column,
    value: Option<impl Into<sea_orm::Value>>,
) -> Select<E> {
    match value {
        None => query,
        Some(value) => query.filter(column.eq(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_for_itself() {
        let pattern = |word: &str| Word::of(Some(word)).map(|word| word.0);
        assert_eq!(pattern(" 100% A_b!").as_deref(), Some("%100!% a!_b!!%"));
        assert_eq!((pattern("  "), pattern("")), (None, None));
        assert!(Word::of(None).is_none());
    }
}
