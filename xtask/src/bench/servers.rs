//! Several servers on one PostgreSQL: nobody gets what somebody has, three are not slower than one,
//! and what they do beside the bare statement that it comes down to.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use test_support::database::{Cluster, Kind};
use test_support::needs;

use super::claim::{claim_all, doubles};
use super::load::Outcome;
use super::table::{Row, Table};
use super::tools::Tools;
use super::world::World;

const CALLERS: usize = 100;
const SUB_TASKS: usize = 10_000;
/// How long the bare statement is measured, in seconds.
const SECONDS: &str = "8";

/// Rows to be taken, as many as the bare statement may take in that time.
const ROWS: &str = "CREATE TABLE bare (id bigint PRIMARY KEY, taken boolean NOT NULL); \
                    INSERT INTO bare SELECT n, false FROM generate_series(1, 400000) AS n; \
                    CREATE INDEX bare_free ON bare (id) WHERE NOT taken; ANALYZE bare";
/// The bare statement.
const TAKE: &str = "UPDATE bare SET taken = true WHERE id = (SELECT id FROM bare WHERE NOT taken \
                    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);";

/// Doubles and the rate.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    if needs::is_missing(needs::POSTGRES) {
        table.skip("claims of several servers on one PostgreSQL", needs::POSTGRES);
        return Ok(());
    }
    let cluster = durable_postgres()?;
    let bare = bare_statement(&cluster)?;
    let one = claims(tools, &cluster, 1)?;
    let three = claims(tools, &cluster, 3)?;
    table.push(doubles("best one for each, 3 servers", &three));
    let share = three.rate() / bare;
    table.push(Row {
        what: format!("durable claims per second, {CALLERS} callers, 3 servers on PostgreSQL"),
        measured: format!("{:.0}, {:.0} % of it", three.rate(), share * 100.0),
        reference: format!("the bare UPDATE … SKIP LOCKED by pgbench: {bare:.0}"),
        target: "≥ 60 %".into(),
        verdict: (share >= 0.6).into(),
    });
    table.push(Row {
        what: "the same, 3 servers beside 1".into(),
        measured: format!("{:.0}", three.rate()),
        reference: format!("1 server: {:.0}", one.rate()),
        target: "not fewer".into(),
        verdict: (three.rate() >= one.rate()).into(),
    });
    Ok(())
}

/// A PostgreSQL that waits for the disk; the tests' own does not.
pub fn durable_postgres() -> Result<Cluster> {
    let cluster = Cluster::start(Kind::Postgres);
    for sql in ["ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()"] {
        cluster.sql(Kind::Postgres.first_database(), sql);
    }
    std::thread::sleep(Duration::from_secs(1));
    ensure!(cluster.sql("postgres", "SHOW fsync") == "on", "a claim must be on the disk");
    Ok(cluster)
}

fn claims(tools: &Tools, cluster: &Cluster, servers: usize) -> Result<Outcome> {
    let world = World::on(&tools.server, &cluster.url("moss", &cluster.database()), servers)?;
    let outcome = claim_all(tools, &world, CALLERS, SUB_TASKS, Duration::ZERO)?;
    world.stop()?;
    Ok(outcome)
}

/// How often per second the statement is done by as many clients, by PostgreSQL's own tool.
fn bare_statement(cluster: &Cluster) -> Result<f64> {
    let database = cluster.database();
    cluster.sql(&database, ROWS);
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), TAKE)?;
    let socket = cluster.socket();
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--jobs=2", "--username=moss", "--client", &CALLERS.to_string()])
        .args(["--time", SECONDS, "--file"])
        .arg(script.path())
        .arg("--host")
        .arg(socket.parent().context("a socket without a folder")?)
        .arg(&database)
        .output()
        .context("pgbench is not here: apt-get install postgresql")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rate| rate.split(' ').next()).context("pgbench said no rate")?;
    Ok(rate.parse()?)
}
