//! The first schema.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::store::dialect;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Ids and other machine-made words: short enough to be a key on every database.
const ID: u32 = 36;
const WORD: u32 = 24;
const NAME: u32 = 200;
const HASH: u32 = 64;
/// An id, and who acts in its place.
const CALLER: u32 = 48;

fn id(name: &'static str) -> ColumnDef {
    string_len(name, ID)
}

fn id_null(name: &'static str) -> ColumnDef {
    string_len_null(name, ID)
}

/// Name, columns, primary key.
type TableDef = (&'static str, Vec<ColumnDef>, &'static [&'static str]);

fn table(name: &'static str, columns: Vec<ColumnDef>, key: &'static [&'static str]) -> TableDef {
    (name, columns, key)
}

/// A table as this database needs it, and those of its indexes that are made after it.
fn create(
    backend: DbBackend,
    (name, columns, key): TableDef,
) -> (TableCreateStatement, Vec<IndexCreateStatement>) {
    let mut table = Table::create().table(name).to_owned();
    for column in columns {
        table.col(dialect::column(backend, column));
    }
    // What counts its rows itself needs no number besides, and sorts by its own.
    let number = dialect::row_number(backend).filter(|_| !key.is_empty());
    let sorts = number.is_some();
    if let Some(number) = number {
        table.col(number);
    }
    if !key.is_empty() {
        let mut primary = Index::create();
        for column in key {
            primary.col(*column);
        }
        table.primary_key(&mut primary);
    }
    let indexes = dialect::table(backend, &mut table, indexes(name, sorts));
    (table, indexes)
}

/// The indexes of a table, those that are not unique by the number of the row in the end if it
/// sorts by that.
fn indexes(of: &str, sorts: bool) -> Vec<IndexCreateStatement> {
    let numbered = (0..).zip(INDEXES).filter(|(_, (table, ..))| *table == of);
    numbered
        .map(|(number, (table, columns, unique))| {
            // Short, since PostgreSQL cuts names at 63 bytes.
            let name = format!("{table}_ix{number:02}");
            let mut index = Index::create().name(name).table(*table).to_owned();
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            } else if sorts {
                index.col(dialect::ROW_NUMBER);
            }
            index
        })
        .collect()
}

fn tables() -> Vec<TableDef> {
    vec![
        table(
            "agents",
            vec![
                id("id"),
                string_len_uniq("name", NAME),
                string_len_uniq("look", HASH),
                string_len_uniq("read_look", HASH),
                string_len_uniq("folded_look", HASH),
                string_len("role", WORD),
                text("description"),
                string_len("status", WORD),
                big_integer("total_score"),
                string_len_null("registered_with", HASH),
                big_integer("created_at"),
            ],
            &["id"],
        ),
        table(
            "agent_hosts",
            vec![
                id("agent_id"),
                string_len("kind", WORD),
                string_len("moss", HASH),
                string_len("skill", HASH),
                big_integer("every_seconds"),
                big_integer("reported_at"),
            ],
            &["agent_id"],
        ),
        table(
            "agent_keys",
            vec![
                string_len("key_id", WORD),
                id("agent_id"),
                string_len("key_hash", HASH),
                boolean("pending"),
                big_integer("created_at"),
                big_integer_null("rotated_at"),
                big_integer_null("expires_at"),
            ],
            &["key_id"],
        ),
        table(
            "invites",
            vec![
                id("id"),
                string_len_uniq("token_hash", HASH),
                string_len("role", WORD),
                big_integer("uses"),
                big_integer("used"),
                id_null("agent_id"),
                big_integer("created_at"),
                big_integer("expires_at"),
            ],
            &["id"],
        ),
        table(
            "tasks",
            vec![
                id("id"),
                string_len_null("plan_key", NAME).unique_key().to_owned(),
                string_len("name", NAME),
                text("description"),
                string_len("kind", WORD),
                string_len("status", WORD),
                big_integer("sub_tasks"),
                big_integer("open_sub_tasks"),
                big_integer("done_sub_tasks"),
                boolean("from_person"),
                big_integer_null("deadline"),
                big_integer_null("stuck_after"),
                big_integer_null("starved_after"),
                big_integer_null("rework_limit"),
                big_integer("created_at"),
                big_integer("updated_at"),
            ],
            &["id"],
        ),
        table(
            "modules",
            vec![
                id("id"),
                id("task_id"),
                string_len_null("plan_key", NAME),
                string_len("name", NAME),
                text("description"),
                big_integer("created_at"),
            ],
            &["id"],
        ),
        table(
            "sub_tasks",
            vec![
                id("id"),
                id("task_id"),
                id_null("module_id"),
                string_len_null("plan_key", NAME),
                string_len("name", NAME),
                text("description"),
                text("deliverable"),
                text("acceptance"),
                string_len("kind", WORD),
                string_len("status", WORD),
                string_len("priority", WORD),
                small_integer("priority_rank"),
                boolean("task_open"),
                big_integer("open_dependencies"),
                id_null("assigned_agent"),
                string_len_null("current_session_id", NAME),
                big_integer("attempt"),
                big_integer_null("lease_until"),
                big_integer_null("lease_limit"),
                big_integer_null("lease_length"),
                big_integer_null("lease_wish"),
                big_integer("rework_count"),
                text_null("block_reason"),
                string_len_null("block_class", WORD),
                string_len_null("block_owner", WORD),
                big_integer_null("block_due"),
                small_integer("step"),
                big_integer("step_rework_count"),
                big_integer_null("retry_at"),
                big_integer_null("deadline"),
                big_integer("created_at"),
                big_integer("updated_at"),
                big_integer_null("completed_at"),
            ],
            &["id"],
        ),
        table(
            "dependencies",
            vec![id("sub_task_id"), id("depends_on")],
            &["sub_task_id", "depends_on"],
        ),
        table(
            "attempts",
            vec![
                id("sub_task_id"),
                big_integer("number"),
                id("agent_id"),
                string_len_null("session_id", NAME),
                big_integer("opened_at"),
                big_integer_null("ended_at"),
                string_len_null("outcome", WORD),
                string_len_null("fail_class", WORD),
                text_null("artifacts"),
                text_null("summary"),
            ],
            &["sub_task_id", "number"],
        ),
        table(
            "late_submissions",
            vec![
                id("id"),
                id("sub_task_id"),
                big_integer("attempt"),
                id("agent_id"),
                string_len_null("session_id", NAME),
                text("summary"),
                text("artifacts"),
                string_len("state", WORD),
                id_null("judged_by"),
                big_integer("created_at"),
                big_integer_null("judged_at"),
            ],
            &["id"],
        ),
        table(
            "leftovers",
            vec![
                id("id"),
                string_len("kind", WORD),
                id("task_id"),
                id_null("sub_task_id"),
                id("agent_id"),
                text("text"),
                big_integer("at"),
                string_len("owner", WORD),
                big_integer_null("answered_at"),
                id_null("answered_by"),
                text_null("answer"),
                string_len("state", WORD),
            ],
            &["id"],
        ),
        table(
            "reviews",
            vec![
                id("id"),
                id("sub_task_id"),
                id("reviewer_agent"),
                big_integer("round"),
                big_integer("attempt"),
                string_len("result", WORD),
                big_integer("score"),
                text("issues"),
                text("comment"),
                id_null("rework_agent"),
                big_integer("created_at"),
            ],
            &["id"],
        ),
        table(
            "looks",
            vec![
                id("sub_task_id"),
                string_len("caller", CALLER),
                big_integer("attempt"),
                boolean("whole"),
                big_integer("at"),
            ],
            &["sub_task_id", "caller"],
        ),
        table(
            "offers",
            vec![
                id("agent_id"),
                string_len("asked", ID),
                text("shown"),
                big_integer("offered_at"),
                big_integer("unanswered"),
                big_integer("in_a_row"),
                big_integer_null("tick"),
                string_len_null("question", NAME),
            ],
            &["agent_id"],
        ),
        table(
            "judgements",
            vec![
                id("subject"),
                string_len("role", WORD),
                big_integer("stamp"),
                id("agent_id"),
                text("why"),
                big_integer_null("until"),
                big_integer("at"),
            ],
            &["subject", "role"],
        ),
        table(
            "anomalies",
            vec![
                id("id"),
                string_len("kind", WORD),
                string_len("subject_kind", WORD),
                id("subject"),
                string_len("severity", WORD),
                string_len("state", WORD),
                text("detail"),
                string_len_null("action_taken", WORD),
                text_null("note"),
                id_null("noted_by"),
                big_integer_null("ignored_until"),
                big_integer("opened_at"),
                big_integer_null("closed_at"),
                big_integer("times"),
            ],
            &["id"],
        ),
        table(
            "recurrences",
            vec![
                id("id"),
                string_len("subject_kind", WORD),
                id("subject"),
                id("task_id"),
                big_integer_null("every"),
                string_len_null("cron", NAME),
                string_len_null("zone", NAME),
                string_len("catch_up", WORD),
                string_len("overlap", WORD),
                big_integer_null("until"),
                big_integer_null("rounds"),
                string_len("state", WORD),
                string_len_null("ended_because", NAME),
                big_integer("since"),
                big_integer_null("next_at"),
                big_integer("round"),
            ],
            &["id"],
        ),
        table(
            "rounds",
            vec![
                id("recurrence_id"),
                big_integer("number"),
                big_integer("slot"),
                big_integer("at"),
                string_len("outcome", WORD),
                string_len("detail", NAME),
                id_null("made"),
            ],
            &["recurrence_id", "number"],
        ),
        table(
            "outbox",
            vec![
                id("id"),
                big_integer("at"),
                string_len("kind", WORD),
                id_null("task_id"),
                id_null("sub_task_id"),
                id_null("agent_id"),
                text("text"),
                string_len("state", WORD),
                id_null("claimed_by"),
                big_integer_null("claimed_until"),
                big_integer_null("announced_at"),
                boolean("is_posted"),
            ],
            &["id"],
        ),
        table(
            "deliveries",
            vec![
                id("id"),
                id("notice_id"),
                text("url"),
                string_len("state", WORD),
                big_integer("at"),
                big_integer("tries"),
                big_integer_null("next_at"),
                string_len_null("problem", NAME),
                big_integer_null("ended_at"),
            ],
            &["id"],
        ),
        table(
            "reward_logs",
            vec![
                id("id"),
                id("agent_id"),
                id_null("sub_task_id"),
                id_null("review_id").unique_key().to_owned(),
                text("reason"),
                big_integer("score_delta"),
                big_integer("created_at"),
            ],
            &["id"],
        ),
        table(
            "activity_logs",
            vec![
                id("id"),
                id("agent_id"),
                id_null("sub_task_id"),
                string_len("action", WORD),
                text("summary"),
                string_len_null("session_id", NAME),
                string_len_null("acted_by", WORD),
                big_integer("created_at"),
            ],
            &["id"],
        ),
        table(
            "rules",
            vec![
                id("id"),
                string_len("scope", WORD),
                string_len_null("singleton", WORD).unique_key().to_owned(),
                id_null("task_id"),
                id_null("sub_task_id"),
                text("content"),
                big_integer("version"),
                big_integer("created_at"),
                big_integer("updated_at"),
            ],
            &["id"],
        ),
        table(
            "prompts",
            vec![
                string_len("slug", NAME),
                string_len("kind", WORD),
                string_len("name", NAME),
                string_len("role", WORD),
                text("description"),
                text("content"),
                big_integer("version"),
                big_integer("created_at"),
                big_integer("updated_at"),
            ],
            &["slug"],
        ),
        table(
            "versions",
            vec![
                string_len("subject_kind", WORD),
                string_len("subject", NAME),
                big_integer("number"),
                big_integer("at"),
                string_len("author", NAME),
                text_null("text"),
            ],
            &["subject_kind", "subject", "number"],
        ),
        table(
            "events",
            vec![
                big_integer("seq").auto_increment().primary_key().to_owned(),
                big_integer("at"),
                string_len("action", WORD),
                id_null("sub_task_id"),
                id_null("task_id"),
                id_null("agent_id"),
                string_len_null("acted_by", WORD),
                string_len_null("to_status", WORD),
                big_integer("attempt"),
                text("detail"),
            ],
            &[],
        ),
        table(
            "idempotency_keys",
            vec![
                string_len("caller", CALLER),
                string_len("key", NAME),
                string_len("request_hash", HASH),
                big_integer("status"),
                text("body"),
                big_integer("created_at"),
            ],
            &["caller", "key"],
        ),
        table(
            "request_logs",
            vec![
                big_integer("seq").auto_increment().primary_key().to_owned(),
                big_integer("timestamp"),
                string_len("method", WORD),
                text("path"),
                id("agent_id"),
                string_len_null("acted_by", WORD),
                string_len("agent_name", NAME),
                string_len("agent_role", WORD),
                text_null("request_body"),
                big_integer("response_status"),
            ],
            &[],
        ),
        table("meta", vec![string_len("key", WORD), big_integer("at")], &["key"]),
        table(
            "admin_sessions",
            vec![
                string_len("token_hash", HASH),
                big_integer("created_at"),
                big_integer("last_used_at"),
            ],
            &["token_hash"],
        ),
        table("settings", vec![id("key"), text("value"), string_len("source", WORD)], &["key"]),
        table("config_files", vec![string_len("file", HASH), text("said")], &["file"]),
        table(
            "jobs",
            vec![string_len("name", WORD), string_len("holder", NAME), big_integer("until")],
            &["name"],
        ),
        table(
            "rates",
            vec![
                string_len("server", NAME),
                string_len("caller", NAME),
                big_integer("minute"),
                big_integer("requests"),
            ],
            &["server", "caller", "minute"],
        ),
    ]
}

/// Table, columns, whether unique. Each serves a query of the wake-up or of a list; the test of
/// query plans names them.
const INDEXES: &[(&str, &[&str], bool)] = &[
    ("agents", &["total_score"], false),
    ("agent_keys", &["agent_id"], false),
    ("agent_keys", &["expires_at"], false),
    ("invites", &["created_at"], false),
    ("invites", &["expires_at"], false),
    ("tasks", &["created_at"], false),
    ("tasks", &["status", "created_at"], false),
    ("tasks", &["status", "open_sub_tasks"], false),
    ("tasks", &["from_person", "created_at"], false),
    ("tasks", &["stuck_after"], false),
    ("tasks", &["starved_after"], false),
    ("tasks", &["rework_limit"], false),
    ("modules", &["task_id", "plan_key"], true),
    ("sub_tasks", &["task_id", "plan_key"], true),
    ("sub_tasks", &["created_at"], false),
    ("sub_tasks", &["task_id", "created_at"], false),
    ("sub_tasks", &["module_id", "created_at"], false),
    ("sub_tasks", &["updated_at"], false),
    ("sub_tasks", &["status", "created_at"], false),
    ("sub_tasks", &["status", "updated_at"], false),
    (
        "sub_tasks",
        &["status", "task_open", "open_dependencies", "priority_rank", "created_at"],
        false,
    ),
    ("sub_tasks", &["assigned_agent", "created_at"], false),
    ("sub_tasks", &["assigned_agent", "status", "created_at"], false),
    ("sub_tasks", &["lease_until"], false),
    ("sub_tasks", &["completed_at"], false),
    ("sub_tasks", &["retry_at"], false),
    ("sub_tasks", &["status", "rework_count"], false),
    ("sub_tasks", &["status", "block_due"], false),
    ("sub_tasks", &["status", "deadline"], false),
    ("dependencies", &["depends_on"], false),
    ("reviews", &["sub_task_id", "round"], true),
    ("reviews", &["created_at"], false),
    ("late_submissions", &["state", "created_at"], false),
    ("late_submissions", &["sub_task_id", "created_at"], false),
    ("leftovers", &["state", "kind", "owner", "at"], false),
    ("leftovers", &["task_id", "at"], false),
    ("leftovers", &["agent_id", "state", "at"], false),
    ("leftovers", &["agent_id", "kind", "at"], false),
    ("looks", &["at"], false),
    ("judgements", &["at"], false),
    ("anomalies", &["kind", "subject"], true),
    ("anomalies", &["state", "severity", "opened_at"], false),
    ("anomalies", &["kind", "state", "opened_at"], false),
    ("anomalies", &["subject", "opened_at"], false),
    ("anomalies", &["opened_at"], false),
    ("recurrences", &["subject"], true),
    ("recurrences", &["state", "next_at"], false),
    ("recurrences", &["task_id", "state"], false),
    ("outbox", &["state", "at"], false),
    ("outbox", &["state", "kind", "at"], false),
    ("outbox", &["at"], false),
    ("outbox", &["is_posted", "at"], false),
    ("deliveries", &["state", "next_at"], false),
    ("deliveries", &["state", "at"], false),
    ("deliveries", &["at"], false),
    ("reward_logs", &["agent_id", "created_at"], false),
    ("reward_logs", &["created_at"], false),
    ("activity_logs", &["created_at"], false),
    ("activity_logs", &["agent_id", "action", "created_at"], false),
    ("activity_logs", &["agent_id", "created_at"], false),
    ("activity_logs", &["sub_task_id", "created_at"], false),
    ("rules", &["scope", "task_id"], false),
    ("prompts", &["kind", "slug"], true),
    ("events", &["sub_task_id", "seq"], false),
    ("idempotency_keys", &["created_at"], false),
    ("request_logs", &["timestamp"], false),
    ("request_logs", &["agent_id", "timestamp"], false),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            let (table, indexes) = create(manager.get_database_backend(), table);
            manager.create_table(table).await?;
            for index in indexes {
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("migrations only go forward; restore the backup instead".to_owned()))
    }
}
