//! Output: tables, lines, the packet, hints, and what makes text from elsewhere safe to show.

pub mod beside_work;
pub mod event;
pub mod files;
#[cfg(test)]
mod hostile;
pub mod json;
pub mod lines;
pub mod moment;
mod original_words;
pub mod out;
pub mod packet;
pub mod progress;
pub mod questions;
pub mod rerun;
pub mod role_text;
pub mod sanitize;
pub mod screen;
pub mod sheet;
pub mod status;
pub mod sub_task_sheet;
pub mod table;
pub mod task_sheet;
pub mod timeline;
pub mod verdict;
pub mod wrap;
