//! Whether the invariants hold in a database, whichever it is and whoever uses it. It is only read,
//! and all of it in one state.

mod places;
mod rules;
mod times;
mod words;

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use crate::config::Address;
use crate::store::sqlite::reading::beside;
use crate::store::{Database, OpenError, Transaction, open_whole};

/// Most rows that are named for one thing that does not hold.
const NAMED: usize = 20;

/// What must not exist, and the question that finds it.
#[derive(Debug)]
struct Check {
    /// What a row is, in a word or two.
    what: &'static str,
    /// What is wrong with it.
    wrong: String,
    /// Answers the ids, as `id`. One text for every database.
    sql: String,
}

impl Check {
    fn new(what: &'static str, wrong: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { what, wrong: wrong.into(), sql: sql.into() }
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the rows are, in a word or two.
    pub what: &'static str,
    /// What is wrong with them.
    pub wrong: String,
    /// Which, the first of them.
    pub ids: Vec<String>,
    /// How many more.
    pub more: usize,
}

/// What was looked at and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// How many checks were made.
    pub checks: usize,
    /// How many rows of what there are.
    pub counts: Vec<(&'static str, i64)>,
}

/// What is counted, by its table.
const COUNTED: &[(&str, &str)] = &[
    ("agents", "agents"),
    ("tasks", "tasks"),
    ("sub-tasks", "sub_tasks"),
    ("attempts", "attempts"),
    ("reviews", "reviews"),
    ("rewards", "reward_logs"),
    ("log entries", "activity_logs"),
    ("events", "events"),
];

/// Looks through a database, also while servers use it.
///
/// # Errors
/// When it cannot be read.
pub async fn verify(address: &Address) -> Result<Verified, OpenError> {
    let db = match address {
        Address::Sqlite(path) => beside(path).await?,
        Address::Remote(address) => open_whole(address).await?,
    };
    let verified = look_at(&db).await;
    let _ = db.close().await;
    verified.map_err(OpenError::at(address))
}

async fn look_at(db: &Database) -> Result<Verified, DbErr> {
    let state = db.snapshot().await?;
    let mut verified = Verified { findings: Vec::new(), checks: 0, counts: Vec::new() };
    for (what, table) in COUNTED {
        let counted = ask(&state, &format!("SELECT COUNT(*) AS counted FROM {table}")).await?;
        let count = counted.first().map_or(Ok(0), |row| row.try_get("", "counted"))?;
        verified.counts.push((what, count));
    }
    let checks = rules::all().into_iter().chain(places::all()).chain(words::all());
    for Check { what, wrong, sql } in checks.chain(times::all(&state).await?) {
        verified.checks += 1;
        let rows = ask(&state, &sql).await?;
        let mut ids = rows.iter().map(id).collect::<Result<Vec<_>, _>>()?;
        if ids.is_empty() {
            continue;
        }
        ids.sort_unstable();
        ids.dedup();
        let more = ids.len().saturating_sub(NAMED);
        ids.truncate(NAMED);
        verified.findings.push(Finding { what, wrong, ids, more });
    }
    state.rollback().await?;
    Ok(verified)
}

async fn ask(state: &Transaction, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    state.query_all_raw(Statement::from_string(state.get_database_backend(), sql)).await
}

/// An id is a text, or the number of a row.
fn id(row: &QueryResult) -> Result<String, DbErr> {
    let number = |_| row.try_get::<i64>("", "id").map(|number| number.to_string());
    row.try_get::<String>("", "id").or_else(number)
}

/// Words as SQL has them in a list.
fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("'{word}'")).collect();
    words.join(", ")
}
