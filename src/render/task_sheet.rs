//! Everything about one task, at a terminal.

use moss_api::{Module, Task, short_id};

use crate::render::sanitize::{id, quoted};
use crate::render::sheet::Sheet;
use crate::render::table::Records;

/// Fills the page. `counts` says how many of its sub-tasks stand where, `sub_tasks` lists them.
pub fn task(
    sheet: &mut Sheet<'_>,
    it: &Task,
    modules: &[Module],
    counts: &str,
    sub_tasks: &Records,
) {
    sheet.title(&it.status.to_string(), &format!("{} {}", short_id(&it.id), quoted(&it.name)));
    sheet.facts(&[("id", id(&it.id)), ("created", it.created_at.minute())]);
    sheet.text("Description", &it.description);
    if !modules.is_empty() {
        sheet.heading("Modules");
        for module in modules {
            sheet.line(&format!("{} {}", short_id(&module.id), quoted(&module.name)));
        }
    }
    sheet.heading("Sub-tasks");
    sheet.line(counts.trim_start_matches("sub-tasks: "));
    if !sub_tasks.is_empty() {
        sheet.blank();
        sheet.table(sub_tasks);
    }
}
