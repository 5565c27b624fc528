//! What to type next. Every command of `moss` that a packet, an answer or an error names is written
//! in this room, as it can be typed; only the examples of `--help` stand with their commands.

mod access;
mod host;
mod next_step;
mod packet;
mod plan;
mod review;
mod update;
mod work;

pub use access::*;
pub use host::*;
pub use next_step::*;
pub use packet::*;
pub use plan::*;
pub use review::*;
pub use update::*;
pub use work::*;
