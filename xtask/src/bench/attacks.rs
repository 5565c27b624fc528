//! What an agent waits for while somebody attacks, and what the server then needs: the attacks of
//! the e2e suite against a server as it is shipped.

use std::time::Duration;

use anyhow::{Result, bail};

use super::e2e;
use super::sample::{Ms, ratio};
use super::table::{Row, Table};
use super::tools::Tools;

/// An agent waits at most so many times as long.
const TIMES: f64 = 5.0;
/// The server needs at most so much more, in KiB.
const MEMORY: u64 = 64 * 1024;

/// Runs them all, one after another.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let lines = e2e::told(tools, "attacks", "MOSS_ATTACKS_REPORT")?;
    for line in lines.lines() {
        table.push(row(line)?);
    }
    Ok(())
}

/// A line is the attack's name, both times in microseconds, and the memory in KiB.
fn row(line: &str) -> Result<Row> {
    let [name, calm, attacked, memory] = line.split('\t').collect::<Vec<_>>()[..] else {
        bail!("no line of an attack: {line}");
    };
    let time = |text: &str| text.parse().map(Duration::from_micros);
    let (calm, attacked, memory) = (time(calm)?, time(attacked)?, memory.parse::<u64>()?);
    let times = ratio(attacked, calm);
    Ok(Row {
        what: format!("under attack: {name}"),
        measured: format!("p99 {} ({times:.1} x), {} MB more", Ms(attacked), memory / 1024),
        reference: format!("p99 {} without it", Ms(calm)),
        target: format!("{TIMES} x, {} MB", MEMORY / 1024),
        verdict: (times <= TIMES && memory <= MEMORY).into(),
    })
}
