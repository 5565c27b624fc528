//! Versions of texts that people change: each change is kept, and can be gone back to.

use std::time::Duration;

use moss_api::ErrorCode;
use moss_api::admin::{VersionInFull, VersionInShort};
use similar::{ChangeTag, TextDiff};

use crate::domain::queries::Db;
use crate::domain::{ADMIN, Error, Refusal};
use crate::store::entity::version::Model;
use crate::store::versions;

pub use crate::store::versions::{IMPORT, Subject};

/// Who writes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The person in charge.
    Admin,
    /// It comes with the program.
    Shipped,
}

impl Author {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => ADMIN,
            Self::Shipped => versions::SHIPPED,
        }
    }
}

/// Refuses a change of a version that is not the newest any more.
///
/// # Errors
/// When it is not.
pub(super) fn must_be_newest(newest: i64, seen: Option<i64>) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != newest => {
            let detail = format!("version {seen} is not the newest: that is version {newest}");
            Err(Refusal::new(ErrorCode::StaleAttempt, detail)
                .hint("look at the newest version, then change that"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Versions of one list.
const LISTED: usize = 50;
/// How long two texts may be compared for: of what is too different for that, all is told as changed.
const PATIENCE: Duration = Duration::from_millis(20);

/// The newest versions of a text, the last one first; 50 at most.
pub async fn list(db: &Db, of: Subject<'_>) -> Result<Vec<VersionInShort>, Error> {
    let rows = versions::list(db, of, i64::MAX, LISTED as u64 + 1).await?;
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_deref().unwrap_or("")).collect();
    let before = texts.iter().skip(1).copied().chain([""]);
    let listed = rows.iter().zip(texts.iter().zip(before)).take(LISTED);
    Ok(listed.map(|(row, (now, before))| in_short(row, before, now)).collect())
}

/// One version, compared with another: with the one before it, unless one is named.
///
/// # Errors
/// When there is no such version.
pub async fn one(
    db: &Db,
    of: Subject<'_>,
    number: Option<i64>,
    against: Option<i64>,
) -> Result<VersionInFull, Error> {
    let number = match number {
        Some(number) => number,
        None => versions::newest(db, of).await?,
    };
    let row = find(db, of, number).await?;
    let before = match against {
        Some(0) => None,
        Some(against) => Some(find(db, of, against).await?),
        None => versions::list(db, of, number, 1).await?.pop(),
    };
    let (text, old) = (row.text.as_deref().unwrap_or(""), before.as_ref());
    let old_text = old.and_then(|row| row.text.as_deref()).unwrap_or("");
    let against = old.map_or(0, |row| row.number);
    let names = (format!("version {against}"), format!("version {number}"));
    let diff = compared(old_text, text);
    Ok(VersionInFull {
        version: in_short(&row, old_text, text),
        diff: diff.unified_diff().header(&names.0, &names.1).to_string(),
        against,
        content: row.text,
    })
}

/// One version.
///
/// # Errors
/// When there is none of that number.
pub(super) async fn find<C: crate::store::Reads>(
    db: &C,
    of: Subject<'_>,
    number: i64,
) -> Result<Model, Error> {
    let row = versions::find(db, of, number).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("version", &number.to_string()))?)
}

fn compared<'a>(before: &'a str, now: &'a str) -> TextDiff<'a, 'a, str> {
    TextDiff::configure().timeout(PATIENCE).diff_lines(before, now)
}

fn in_short(row: &Model, before: &str, now: &str) -> VersionInShort {
    let diff = compared(before, now);
    let (mut added, mut removed) = (0, 0);
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Insert => added += 1,
            ChangeTag::Delete => removed += 1,
            ChangeTag::Equal => {}
        }
    }
    VersionInShort {
        number: row.number,
        at: row.at.0,
        author: row.author.clone(),
        is_deletion: row.text.is_none(),
        lines_added: added,
        lines_removed: removed,
    }
}
