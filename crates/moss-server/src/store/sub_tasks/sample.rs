//! Sub-tasks and a database for tests.

use moss_api::{Priority, SubTaskStatus, Timestamp, WorkType};
use proptest::prelude::*;
use proptest::sample::select;

use crate::config::timings::Timings;
use crate::store::entity::sub_task::Model;
use crate::store::{At, Store, Tx, Word};

/// When every test takes place.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// The agents there are.
pub(crate) const AGENTS: &[&str] = &["me", "other"];

/// A transaction that nobody commits, on a database of its own.
pub(crate) async fn scratch() -> (tempfile::TempDir, Store, Tx) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tasks.db")).await.unwrap();
    let tx = Tx::begin_at(store.writing(), NOW, Timings::default(), 1).await.unwrap();
    (folder, store, tx)
}

/// A point in time before, at, or after [`NOW`].
pub(crate) fn around_now() -> impl Strategy<Value = Timestamp> {
    (-1_i64..=1).prop_map(|off| Timestamp::from_micros(NOW.micros() + off))
}

fn maybe(at: impl Strategy<Value = Timestamp>) -> impl Strategy<Value = Option<At>> {
    proptest::option::of(at.prop_map(At))
}

/// An agent, or nobody.
pub(crate) fn maybe_agent() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(select(AGENTS).prop_map(str::to_owned))
}

/// Any sub-task, with an id that no other has.
pub(crate) fn any_sub_task() -> impl Strategy<Value = Model> {
    let place = (select(SubTaskStatus::ALL), maybe_agent(), 0_i64..3, 0_i64..3);
    let times = (maybe(around_now()), maybe(around_now()), maybe(around_now()), around_now());
    let length = || proptest::option::of(0_i64..3);
    let lease = (length(), length(), select(Priority::ALL));
    (place, times, any::<bool>(), 0_i64..3, lease).prop_map(
        |(place, times, task_open, open, lease)| {
            let (lease_length, lease_wish, priority) = lease;
            let (status, assigned_agent, attempt, rework_count) = place;
            let (lease_until, lease_limit, retry_at, updated_at) = times;
            Model {
                id: crate::store::new_id(),
                task_id: "task".to_owned(),
                module_id: None,
                plan_key: None,
                name: "name".to_owned(),
                description: String::new(),
                deliverable: String::new(),
                acceptance: String::new(),
                kind: Word(WorkType::Once),
                status: Word(status),
                priority: Word(priority),
                priority_rank: priority.rank(),
                task_open,
                open_dependencies: open,
                assigned_agent,
                current_session_id: Some("session".to_owned()),
                attempt,
                lease_until,
                lease_limit,
                lease_length,
                lease_wish,
                rework_count,
                block_reason: None,
                block_class: None,
                block_owner: None,
                block_due: None,
                step: 1,
                step_rework_count: 0,
                retry_at,
                deadline: None,
                created_at: At(NOW),
                updated_at: At(updated_at),
                completed_at: None,
            }
        },
    )
}
