//! Progress: what somebody at a terminal sees while something takes its time. A line on standard
//! error, without colours, gone when it is over. Nothing in a pipe or on a dumb terminal, nothing
//! for what is over at once.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long something may take before there is a line.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often the line of a wait moves.
const TICK: Duration = Duration::from_millis(100);

/// Waits for `work`, and says for whom: nobody knows how long it takes.
pub async fn wait_for<T>(whom: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if line.is_hidden() {
        return work.await;
    }
    line.set_style(style("{spinner} waiting for {msg}"));
    line.set_message(whom.to_owned());
    line.enable_steady_tick(TICK);
    let done = work.await;
    line.finish_and_clear();
    done
}

/// A download, of which it is known how large it is.
#[derive(Debug)]
pub struct Download {
    line: ProgressBar,
    /// When it becomes worth a line; none once that is decided.
    due: Cell<Option<Instant>>,
}

impl Download {
    /// So many bytes are to come.
    pub fn of(size: u64) -> Self {
        let line = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::hidden());
        line.set_style(
            style("downloading {bar:30} {bytes} of {total_bytes}").progress_chars("=> "),
        );
        Self { line, due: Cell::new(Some(Instant::now() + PATIENCE)) }
    }

    /// So many are here.
    pub fn show(&self, here: u64) {
        if self.due.get().is_some_and(|due| due <= Instant::now()) {
            self.due.set(None);
            self.line.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.line.set_position(here);
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
