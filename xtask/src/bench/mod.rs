//! `cargo bench-moss`: the numbers we promise, each beside its reference in the same run.

mod attacks;
mod claim;
mod dashboard;
mod e2e;
mod failover;
mod growth;
mod load;
mod reads;
mod recovery;
mod sample;
mod scale;
mod servers;
mod table;
mod tools;
mod wake;
mod world;

use anyhow::{Result, bail};
use clap::ValueEnum;

use table::Table;
use tools::Tools;

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// One `moss wake`: time, size, memory.
    Wake,
    /// Many claims at once: doubles, latency, rate.
    Claim,
    /// Reads per second, against those that need no database.
    Reads,
    /// Questions at 100 and at 100,000 sub-tasks; what idle wake-ups write; the server's memory.
    Scale,
    /// What the dashboard asks at 100,000 sub-tasks and 1,000,000 log entries.
    Dashboard,
    /// A sweep of patrol at 100,000 sub-tasks, a listener, an agent that dies.
    Recovery,
    /// What an agent waits for while somebody attacks.
    Attacks,
    /// Claims of several servers on one PostgreSQL, against what that does by itself.
    Servers,
    /// What a client waits for whose server dies.
    Failover,
    /// Questions at 100 and at 1,000,000 sub-tasks, on SQLite and on PostgreSQL.
    Growth,
}

/// Runs the sections, prints the table, and fails when a target was missed.
pub fn run(sections: &[Section]) -> Result<()> {
    let tools = Tools::build()?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average when it began: {}", load.split(' ').next().unwrap_or_default());
    let mut table = Table::default();
    for section in Section::value_variants() {
        if sections.is_empty() || sections.contains(section) {
            match section {
                Section::Wake => wake::measure(&tools, &mut table)?,
                Section::Claim => claim::measure(&tools, &mut table)?,
                Section::Reads => reads::measure(&tools, &mut table)?,
                Section::Scale => scale::measure(&tools, &mut table)?,
                Section::Dashboard => dashboard::measure(&tools, &mut table)?,
                Section::Recovery => recovery::measure(&tools, &mut table)?,
                Section::Attacks => attacks::measure(&tools, &mut table)?,
                Section::Servers => servers::measure(&tools, &mut table)?,
                Section::Failover => failover::measure(&tools, &mut table)?,
                Section::Growth => growth::measure(&tools, &mut table)?,
            }
        }
    }
    println!("\n{table}");
    match table.missed() {
        0 => Ok(()),
        missed => bail!("{missed} targets missed"),
    }
}
