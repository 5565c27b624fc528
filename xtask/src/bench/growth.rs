//! What is asked at every wake-up, at 100 and at 1,000,000 sub-tasks, on SQLite and on PostgreSQL.
//! Apart from the rest: to plan a million takes minutes.

use anyhow::Result;
use test_support::needs;

use super::scale::{Peopled, QUESTIONS, compare};
use super::servers::durable_postgres;
use super::table::Table;
use super::tools::{Tools, plainly};
use super::world::World;

const SMALL: usize = 100;
const LARGE: usize = 1_000_000;

/// Times at both sizes, on both.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let here = || World::start(&tools.server, plainly());
    grown(here, " on SQLite", table)?;
    if needs::is_missing(needs::POSTGRES) {
        table.skip("growth on PostgreSQL", needs::POSTGRES);
        return Ok(());
    }
    let cluster = durable_postgres()?;
    let there = || World::on(&tools.server, &cluster.url("moss", &cluster.database()), 1);
    grown(there, " on PostgreSQL", table)
}

fn grown(world: impl Fn() -> Result<World>, on: &str, table: &mut Table) -> Result<()> {
    let (small, large) = (Peopled::of(world()?, SMALL)?, Peopled::of(world()?, LARGE)?);
    compare((&small, SMALL), (&large, LARGE), &QUESTIONS, on, table)?;
    small.world.stop()?;
    large.world.stop()
}
