//! What is asked of the database, by its log of statements.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The statements of the reading connections, taken from the log of statements.
#[derive(Clone, Default)]
pub struct Reads(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Reads {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        if said.role == "Reader" {
            self.0.lock().unwrap().push(said.sql);
        }
    }
}

impl Reads {
    /// Watches every database that this test opens while the guard lives.
    pub fn watch() -> (Self, DefaultGuard) {
        let reads = Self::default();
        let watched = tracing_subscriber::registry().with(reads.clone());
        (reads, tracing::subscriber::set_default(watched))
    }

    /// The statements since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// What one line of that log says.
#[derive(Default)]
struct Said {
    role: String,
    sql: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            value.clone_into(&mut self.sql);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "role" {
            self.role = format!("{value:?}");
        }
    }
}
