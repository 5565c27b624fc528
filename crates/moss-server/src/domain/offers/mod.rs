//! What an agent's timer is handed, and when again.
//!
//! A model that is woken costs money. So the same work is offered again after 1, 2, 4 … ticks when
//! nothing came of it, up to an hour, and at once when something about it changed or the agent has
//! done anything. Who leaves many packets unanswered is asked once an hour from then on, whatever
//! changes; what it held is let go, patrol has an anomaly, and a person is told.
//!
//! One row for each agent remembers what it was handed last. A question that is answered with "not
//! now" writes nothing; an offer is one guarded write, so that of two questions at once one gets it.

mod acting;
mod backoff;
mod offer;
mod ticks;
mod work;

pub use acting::Acting;
pub use offer::{Answer, Offer, Outcome, Question, answer, withhold};
pub use ticks::Ticks;
