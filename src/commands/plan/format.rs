//! What a plan file looks like: every field of it, and an example.

/// A part of a plan, with its fields and what they mean.
type Part = (&'static str, &'static [(&'static str, &'static str)]);

/// Every field there is; `moss plan apply --help` is made of it.
const PARTS: &[Part] = &[
    (
        "task:",
        &[
            ("name", "one line; needed"),
            (
                "key",
                "the same key again changes that task; one that is there is named by its id; default: the name",
            ),
            ("description", "free text"),
            ("type", "once or recurring; default once"),
            (
                "patrol",
                "stuck_minutes, starved_minutes, rework_rounds: when patrol looks; default: the server's",
            ),
            ("recurring", "when it comes again, whole: as every: 7d, or cron and zone"),
            ("draft", "true: nothing is offered until it is applied without; default false"),
        ],
    ),
    (
        "modules: a list, each with",
        &[
            ("name", "one line; needed"),
            ("key", "unique in the plan; default: the name"),
            ("description", "free text"),
            ("sub_tasks", "those in it, as below"),
        ],
    ),
    (
        "sub_tasks: a list, each with",
        &[
            ("name", "one line; needed"),
            ("key", "unique in the plan; default: the name"),
            ("description", "what to do"),
            ("deliverable", "what to hand in"),
            ("acceptance", "how it is judged"),
            ("priority", "high, medium or low; default medium"),
            ("type", "once or recurring; default once"),
            ("lease", "how long its holder keeps it after its last call, as 90m or 2h"),
            ("deadline", "by when it is to be done, as 2027-01-31T12:00:00Z"),
            ("recurring", "when it comes again: as every: 1d, or cron and zone"),
            ("module", "key of a module, for one that is listed outside it"),
            ("assignee", "an active executor by name or id; default: anyone may claim it"),
            ("depends_on", "list of keys of sub-tasks that must be done first"),
        ],
    ),
];

/// A plan that is valid as it stands, and has every field.
pub const EXAMPLE: &str = r#"task:                       # only names are needed, everything else may be left out
  name: Shop backend
  # key: 642f1f4b           # the id of a task that is there; twice changes nothing: items are told apart by key, else name
  description: Orders and rates for the shop.
  type: once                # once or recurring
  patrol: { stuck_minutes: 120 }  # when patrol looks; also starved_minutes, rework_rounds
  # recurring: { every: 7d }  # when it comes again, whole
  draft: false              # true: nothing is offered until it is applied without
modules:                    # groups of sub-tasks
  - key: api
    name: API
    description: What the pages of the shop ask.
    sub_tasks:
      - key: schema
        name: DB schema
        description: Tables for orders, customers and rates.
        deliverable: schema.sql
        acceptance: Loads into an empty database; every foreign key has an index.
        priority: high      # high, medium or low
      - key: orders
        name: Order list API
        description: GET /orders, newest first.
        deliverable: orders.py and its tests
        acceptance: Pages by 20; the empty list is tested; all tests pass.
        depends_on: [schema]  # keys of what must be done first
sub_tasks:                  # outside any module, or in one by its key
  - name: Changelog
    module: api
    acceptance: One line for each change.
    priority: low
    type: once              # once or recurring
    lease: 2h               # how long its holder keeps it after its last call
    deadline: 2027-01-31T12:00:00Z
    recurring: { cron: 0 9 * * 1-5, zone: Europe/Berlin }  # when it comes again; or every: 1d
    # assignee: AI-Wu       # an active executor; without it, anyone may claim it
    depends_on: [orders]
"#;

/// Every field, for `--help`.
pub fn fields() -> String {
    let mut text = String::from("Fields of a plan, in YAML or JSON:");
    for (part, fields) in PARTS {
        text.push_str(&format!("\n  {part}"));
        for (field, meaning) in *fields {
            text.push_str(&format!("\n    {field:11}  {meaning}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{EXAMPLE, PARTS};
    use crate::commands::plan::apply::parse;

    /// The fields that serde knows at a place, by what it says of one it does not.
    fn known(plan: &str) -> BTreeSet<String> {
        let error = parse("p", plan).unwrap_err().to_string();
        let (_, expected) = error.split_once("expected one of ").expect(&error);
        expected.split(", ").map(|field| field.trim_matches('`').to_owned()).collect()
    }

    #[test]
    fn every_field_is_told_of_and_no_other() {
        let aliases = ["assign", "assigned_agent"].map(str::to_owned);
        for ((part, fields), plan) in PARTS.iter().zip([
            r#"{"task": {"zzz": 1}}"#,
            r#"{"task": {"name": "A"}, "modules": [{"zzz": 1}]}"#,
            r#"{"task": {"name": "A"}, "sub_tasks": [{"zzz": 1}]}"#,
        ]) {
            let told: BTreeSet<String> =
                fields.iter().map(|(name, _)| (*name).to_owned()).collect();
            let known: BTreeSet<String> =
                known(plan).difference(&aliases.clone().into()).cloned().collect();
            assert_eq!(told, known, "{part}");
        }
    }

    #[test]
    fn the_example_is_a_plan_with_every_field() {
        let plan = parse("example", EXAMPLE).unwrap();
        assert_eq!(plan.modules[0].sub_tasks.len() + plan.sub_tasks.len(), 3);
        let assigned = EXAMPLE.replace("# assignee", "assignee");
        let plan = parse("example", &assigned).unwrap();
        let text = serde_json::to_string(&plan).unwrap();
        for (_, fields) in PARTS {
            for (field, _) in *fields {
                assert!(text.contains(&format!("\"{field}\":")), "{field}: {text}");
            }
        }
    }
}
