//! Output: tables, lines, the packet, hints, and what makes text from elsewhere safe to show.

pub mod lines;
pub mod out;
pub mod packet;
pub mod progress;
pub mod rerun;
pub mod role_text;
pub mod sanitize;
pub mod table;
pub mod verdict;
