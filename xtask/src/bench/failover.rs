//! How long a client waits whose server dies while it has a write there: the test of the e2e suite.

use std::time::Duration;

use anyhow::{Result, ensure};
use test_support::needs;

use super::e2e;
use super::sample::{Ms, Sample};
use super::table::{Row, Table};
use super::tools::Tools;

/// Within this it has its answer from another.
const MOST: Duration = Duration::from_secs(2);

/// Each moment at which a server may die, beside a client whose server does not.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    if needs::is_missing(needs::POSTGRES) {
        table.skip("a client whose server dies", needs::POSTGRES);
        return Ok(());
    }
    let lines = e2e::told(tools, "another_answers_on_postgres", "MOSS_FAILOVER_REPORT")?;
    let waited = |moment: &str| -> Result<Sample> {
        let of = lines.lines().filter_map(|line| line.split_once('\t'));
        let of = of.filter(|(name, _)| *name == moment).map(|(_, micros)| micros.parse());
        Ok(of.map(|micros| micros.map(Duration::from_micros)).collect::<Result<_, _>>()?)
    };
    let calm = Ms(waited("Never")?.median());
    for (moment, what) in [
        ("Before", "before the write has reached it"),
        ("Meanwhile", "at the write"),
        ("After", "when the write is done and the answer is not"),
    ] {
        let sample = waited(moment)?;
        let longest = sample.percentile(100);
        ensure!(!longest.is_zero(), "nobody died {what}");
        table.push(Row {
            what: format!("its server dies {what}: a client has the answer of another"),
            measured: format!("after {} at most (p50 {})", Ms(longest), Ms(sample.median())),
            reference: format!("nobody dies: {calm}"),
            target: "≤ 2 s".into(),
            verdict: (longest <= MOST).into(),
        });
    }
    Ok(())
}
