//! One module a table.

pub mod admin_session;
pub mod agent;
pub mod agent_key;
pub mod anomaly;
pub mod attempt;
pub mod config_file;
pub mod dependency;
pub mod event;
pub mod idempotency;
pub mod invite;
pub mod job;
pub mod judgement;
pub mod late_submission;
pub mod log;
pub mod look;
pub mod meta;
pub mod module;
pub mod notice;
pub mod offer;
pub mod request_log;
pub mod review;
pub mod reward;
pub mod rule;
pub mod setting;
pub mod sub_task;
pub mod task;
