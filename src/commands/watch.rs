//! `moss watch`.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use clap::Args;
use moss_api::{Call, Exit, Happening, short_id};

use crate::commands::args::help;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::sanitize;

/// Before a server that went away is asked again: longer each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The code of a reader that went away.
const NOBODY_READS: &str = "nobody_reads";

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss watch", "moss watch --json"], &[Exit::NotAllowed]))]
pub struct Watch {}

impl Watch {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let (mut last, mut pause) = (None, FIRST_PAUSE);
        loop {
            let heard = match ctx.backend().await {
                Ok(backend) => match backend.needs_moss_server("say what happens") {
                    Ok(()) => ctx.client.listen(&mut last, |event| tell(ctx, event)).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match heard {
                Ok(true) => pause = FIRST_PAUSE,
                Ok(false) => {}
                Err(error) if error.code() == NOBODY_READS => return Ok(Exit::Done),
                // What may pass by itself; anything else stays as it is until somebody acts.
                Err(error) if matches!(error.exit(), Exit::Unreachable | Exit::Fault) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// One line for what wants the agent to act.
fn tell(ctx: &Context, event: &Happening) -> Result<()> {
    let Some(call) = event.call.as_ref().and_then(|call| call.get()) else { return Ok(()) };
    let line = if ctx.out.is_json() {
        sanitize::json(&serde_json::to_string(event).unwrap_or_default())
    } else {
        line(call, event)
    };
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => {
            Err(Error::new(Exit::Done, NOBODY_READS, "nobody reads any more"))
        }
        Err(e) => Err(Error::local(format!("cannot write to standard output: {e}"))),
    }
}

fn line(call: Call, event: &Happening) -> String {
    let said = match call {
        Call::Assigned => "ASSIGNED",
        Call::Rejected => "REJECTED",
        Call::HandedIn => "REVIEW",
        Call::Blocked => "BLOCKED",
        Call::AllDone => "ALL DONE",
        Call::Anomaly => "ANOMALY",
        Call::Asked => "ASKED",
        Call::Answered => "ANSWERED",
    };
    let of_task = matches!(call, Call::AllDone | Call::Asked);
    let id = if of_task { &event.task_id } else { &event.sub_task_id };
    let id = id.as_deref().map(|id| format!(" {}", sanitize::line(short_id(id))));
    format!("{said}{} -> {}", id.unwrap_or_default(), hints::WAKE)
}
