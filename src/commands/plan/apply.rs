//! `moss plan apply`.

use std::path::{Path, PathBuf};

use clap::Args;
use moss_api::{
    Exit, IdPrefix, MAX_BODY_BYTES, MAX_PLAN_ITEMS, Plan, PlanChange, PlanOutcome, short_id,
    text::Token,
};
use serde_saphyr::{DefaultMessageFormatter, SnippetMode};

use crate::commands::args::text::Limit;
use crate::commands::args::{self, help, text};
use crate::commands::sub_task::named;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::lines::{Keep, Lines, List};
use crate::render::sanitize;
use crate::system::files::shown;

use super::format;

#[derive(Args, Debug)]
#[command(after_help = format!("{}\n\n{}", help::end(
    &["moss plan example > plan.yaml", "moss plan apply plan.yaml", "moss plan apply - < plan.json", "moss plan apply plan.yaml --task 77aa00bb"],
    help::WRITES,
), format::fields()))]
pub struct Apply {
    /// The plan: a file; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Id of the goal or task it is for, in place of the plan's own key
    #[arg(long, value_name = "ID", value_parser = args::id)]
    task: Option<IdPrefix>,
}

/// How long one may be.
const PLAN: Limit = Limit { bytes: MAX_BODY_BYTES, hint: hints::SPLIT_PLAN };

impl Apply {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut plan = self.read().map_err(|error| error.adding(hints::NOTHING_CREATED))?;
        if let Some(task) = &self.task {
            ctx.backend().await?.needs_moss_server("plan for a task that is there")?;
            let id = ctx.task_id(task).await?;
            plan.task.key = Some(text::checked::<Token>("--task", &id)?);
        }
        let outcome = ctx.backend().await?.apply(&plan).await?;
        ctx.out.writes(&outcome.task.id);
        ctx.out.data(&outcome, || render(&outcome))?;
        Ok(Exit::Done)
    }

    fn read(&self) -> Result<Plan> {
        let name = shown(&self.file);
        if name == "-" {
            return parse("standard input", &text::stdin(PLAN)?);
        }
        // As with a text argument, unless a file is called so.
        let path = match name.strip_prefix('@') {
            Some(path) if !self.file.exists() => Path::new(path),
            Some(_) | None => &self.file,
        };
        parse(&name, &text::file(path, PLAN)?)
    }
}

/// A plan from YAML or JSON; errors point at the line.
///
/// # Errors
/// When it is neither, or no plan.
pub fn parse(name: &str, text: &str) -> Result<Plan> {
    // JSON that is indented with tabs is no YAML, and its errors read better from its own parser.
    let plan: Plan = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| bad(name, e.line(), e.column(), &json_reason(&e)))
    } else {
        serde_saphyr::from_str(text).map_err(|e| yaml_error(name, &e))
    }?;
    let in_modules: usize = plan.modules.iter().map(|module| module.sub_tasks.len()).sum();
    let items = plan.modules.len() + in_modules + plan.sub_tasks.len();
    if items > MAX_PLAN_ITEMS {
        let message = format!("{name} has {items} items, at most {MAX_PLAN_ITEMS} are allowed");
        return Err(Error::refused(message).hint(hints::SPLIT_PLAN));
    }
    Ok(plan)
}

fn bad(name: &str, line: usize, column: usize, why: &str) -> Error {
    Error::refused(format!("{name}:{line}:{column}: {}", moss_api::clip(why, 300)))
        .hint(hints::PLAN_EXAMPLE)
}

/// The message without ` at line 3 column 5`, which is said in front.
fn json_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn yaml_error(name: &str, error: &serde_saphyr::Error) -> Error {
    let formatter = DefaultMessageFormatter;
    let options = serde_saphyr::render_options! {
        formatter: &formatter,
        snippets: SnippetMode::Off,
    };
    let text = sanitize::line(&error.render_with_options(options));
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let said = format!(" at line {line}, column {column}");
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    bad(name, number(line), number(column), text.trim_end_matches(&said))
}

fn render(outcome: &PlanOutcome) -> Lines {
    let items = || outcome.modules.iter().chain(&outcome.sub_tasks);
    let id = short_id(&outcome.task.id);
    let mut head =
        format!("task {} {}", named(&outcome.task.id, &outcome.task.name), outcome.task.change);
    for &change in PlanChange::ALL {
        let count = items().filter(|item| item.change == change).count();
        if count > 0 {
            head.push_str(&format!(", {count} {change}"));
        }
    }
    let mut lines = Lines::default();
    lines.push(head);
    let rows = items().map(|item| {
        let mut row = Lines::default();
        let name = sanitize::quoted(&item.name);
        row.push(format!("{}\t{}\t{name}", short_id(&item.id), item.change));
        row
    });
    lines.list(List::new("of them", &hints::show_all(id), Keep::First, rows.collect()));
    lines.next(&hints::task(id));
    lines
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn refusal(text: &str) -> String {
        parse("plan.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn errors_point_at_the_place() {
        let unknown = refusal("task:\n  name: A\n  nmae: B\n");
        assert!(unknown.starts_with("plan.yaml:3:3: ") && unknown.contains("nmae"), "{unknown}");
        let bad_word =
            refusal("task:\n  name: A\nsub_tasks:\n  - name: B\n    priority: someday\n");
        assert!(bad_word.starts_with("plan.yaml:5:"), "{bad_word}");
        let json = refusal("{\"task\": {\"name\": \"\"}}");
        assert!(json.starts_with("plan.yaml:1:") && json.contains("must not be empty"), "{json}");
        for odd in ["", "- a", "task: [", "\t", "a: &x [*x]", "{", "task: {name: \"\\0\"}"] {
            let message = refusal(odd);
            assert!(message.starts_with("plan.yaml:") && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn alias_bombs_end_quickly() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let inner = vec![format!("*a{}", n - 1); 9].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{inner}]\n"));
        }
        assert!(parse("plan.yaml", &text).is_err());
    }

    #[test]
    fn json_with_tabs_is_json() {
        assert!(parse("p", "{\n\t\"task\": {\n\t\t\"name\": \"A\"\n\t}\n}").is_ok());
    }
}
