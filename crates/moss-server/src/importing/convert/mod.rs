//! From the original's rows to ours. Ids stay. What ours must be and the original's is not, is mended
//! where nothing is lost by it, and told; what hangs in the air is left out, and told.

mod agents;
mod records;
mod work;

use std::collections::HashSet;

use moss_api::text::Name;
use moss_api::{Timestamp, clip};

use crate::importing::Circumstances;
use crate::importing::report::Report;
use crate::importing::source::{MOST_REQUESTS, TABLES, Tables};
use crate::importing::values::Row;
use crate::store::NewRows;

/// Makes our rows, and tells what did not fit.
pub(super) fn convert(mut tables: Tables, at: &Circumstances) -> (NewRows, Report) {
    let mut made = Made {
        at,
        rows: NewRows::default(),
        report: Report::default(),
        agents: HashSet::new(),
        tasks: HashSet::new(),
        sub_tasks: HashSet::new(),
    };
    for (table, _) in TABLES {
        made.report.read(table, tables.get(table).map_or(0, Vec::len));
    }
    if tables.get("request_log").is_some_and(|rows| rows.len() == MOST_REQUESTS) {
        made.report.note("request_log", "all older ones", "more than 100,000: the newest are kept");
    }
    let mut take = |table: &str| tables.remove(table).unwrap_or_default();
    made.agents(take("agent"));
    made.tasks(take("task"));
    made.modules(take("module"));
    let (sub_tasks, reviews) = (take("sub_task"), take("review_record"));
    made.sub_tasks(sub_tasks, reviews);
    made.count_sub_tasks();
    made.rewards(take("reward_log"));
    made.logs(take("activity_log"));
    made.rules(take("rule"));
    made.patrol(take("patrol_record"));
    made.requests(take("request_log"));
    made.tell();
    (made.rows, made.report)
}

struct Made<'a> {
    at: &'a Circumstances,
    rows: NewRows,
    report: Report,
    /// The ids of what was taken over: there may be very many rows that name them.
    agents: HashSet<String>,
    tasks: HashSet<String>,
    sub_tasks: HashSet<String>,
}

/// A name of one line: what it cannot have is left out.
fn name(text: &str, most: usize) -> String {
    if let Ok(name) = Name::new(text) {
        return name.into_inner();
    }
    let words: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = clip(words.split_whitespace().collect::<Vec<_>>().join(" ").as_str(), most);
    Name::new(words).map_or_else(|_| "without a name".to_owned(), Name::into_inner)
}

impl Made<'_> {
    /// A time that cannot be later than now.
    pub(super) fn time(&self, row: &Row, column: &str) -> Option<Timestamp> {
        row.time(column, &self.at.zone).map(|time| time.min(self.at.now))
    }

    /// When a row was made; now when it does not say.
    pub(super) fn made_at(&self, row: &Row) -> Timestamp {
        self.time(row, "created_at").unwrap_or(self.at.now)
    }

    /// The id of a row that has not been seen before.
    pub(super) fn fresh_id(
        &mut self,
        table: &'static str,
        row: &Row,
        seen: &mut HashSet<String>,
    ) -> Option<String> {
        match row.id("id") {
            Some(id) if seen.insert(id.clone()) => Some(id),
            Some(id) => {
                self.report.skip(table, &id, "its id is another's");
                None
            }
            None => {
                self.report.skip(table, &row.said("id"), "its id is none");
                None
            }
        }
    }
}
