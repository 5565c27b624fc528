//! What is asked of the database, by its log of statements.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// The statements of the connections of some roles, taken from the log of statements.
#[derive(Clone)]
pub struct Statements {
    seen: Arc<Mutex<Vec<String>>>,
    roles: &'static [&'static str],
}

/// No registry of spans: the driver's threads outlive a test, and would close spans in it.
impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.is_span()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        if self.roles.contains(&said.role.as_str()) {
            self.seen.lock().unwrap().push(said.sql);
        }
    }
}

impl Statements {
    /// Watches every database that this test opens while the guard lives.
    pub fn watch(roles: &'static [&'static str]) -> (Self, DefaultGuard) {
        // While there is one dispatcher only, a statement that another thread is the first to tell
        // is taken for one that nobody wants.
        static ANOTHER: OnceLock<Dispatch> = OnceLock::new();
        ANOTHER.get_or_init(|| Dispatch::new(NoSubscriber::new()));
        let statements = Self { seen: Arc::default(), roles };
        let watching = tracing::subscriber::set_default(statements.clone());
        (statements, watching)
    }

    /// The statements since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
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
