//! Every table there is, but for the jobs that servers have taken on and the requests they have counted:
//! those are stopped. A test compares it with the schema.

use crate::store::entity::{
    admin_session, agent, agent_host, agent_key, anomaly, attempt, config_file, delivery,
    dependency, event, idempotency, invite, judgement, late_submission, leftover, log, look, meta,
    module, notice, offer, prompt, recurrence, request_log, review, reward, round, rule, setting,
    sub_task, task, version,
};
use crate::store::moving::table::Table;

/// What each table is, in the order in which they are moved.
pub(super) fn all() -> Vec<Table> {
    vec![
        Table::of::<meta::Entity>().of_a_start(),
        Table::of::<setting::Entity>().of_a_start(),
        Table::of::<config_file::Entity>().of_a_start(),
        Table::of::<admin_session::Entity>().of_a_start(),
        Table::of::<rule::Entity>().of_a_start(),
        Table::of::<prompt::Entity>().of_a_start(),
        Table::of::<version::Entity>().of_a_start(),
        Table::of::<agent::Entity>(),
        Table::of::<agent_key::Entity>(),
        Table::of::<agent_host::Entity>(),
        Table::of::<invite::Entity>(),
        Table::of::<task::Entity>(),
        Table::of::<module::Entity>(),
        Table::of::<sub_task::Entity>(),
        Table::of::<dependency::Entity>(),
        Table::of::<attempt::Entity>(),
        Table::of::<late_submission::Entity>(),
        Table::of::<leftover::Entity>(),
        Table::of::<review::Entity>(),
        Table::of::<look::Entity>(),
        Table::of::<offer::Entity>(),
        Table::of::<judgement::Entity>(),
        Table::of::<anomaly::Entity>(),
        Table::of::<recurrence::Entity>(),
        Table::of::<round::Entity>(),
        Table::of::<notice::Entity>(),
        Table::of::<delivery::Entity>(),
        Table::of::<reward::Entity>(),
        Table::of::<log::Entity>(),
        Table::of::<event::Entity>(),
        Table::of::<idempotency::Entity>(),
        Table::of::<request_log::Entity>(),
    ]
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn no_table_and_no_column_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tasks.db")).await.unwrap();
        let db = store.read();
        let ask = async |sql: String| -> Vec<String> {
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql));
            rows.await.unwrap().iter().map(|row| row.try_get("", "name").unwrap()).collect()
        };
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                   AND name NOT IN ('seaql_migrations', 'jobs', 'rates') ORDER BY name";
        let mut listed: Vec<_> = all().iter().map(|table| table.name).collect();
        listed.sort_unstable();
        assert_eq!(listed, ask(sql.to_owned()).await);
        for table in all() {
            let mut columns = table.columns();
            columns.retain(|name| *name != "rowid");
            columns.sort_unstable();
            let there =
                ask(format!("SELECT name FROM pragma_table_info('{}') ORDER BY name", table.name))
                    .await;
            assert_eq!(columns, there, "{}", table.name);
            let kinds =
                ask(format!("SELECT lower(type) AS name FROM pragma_table_info('{}')", table.name));
            for kind in kinds.await {
                let known = ["bigint", "integer", "smallint", "boolean", "text"];
                let is_known = known.contains(&kind.as_str()) || kind.starts_with("varchar(");
                assert!(is_known, "{}: {kind} is read as a number", table.name);
            }
        }
        store.close().await;
    }
}
