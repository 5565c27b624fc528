//! The story: four roles, one plan, from its first line to the closed task.

use anyhow::{Result, ensure};
use moss_api::{Exit, PlanOutcome, Role, short_id};

use super::stage::{Actor, Stage, chapter};

const PLAN: &str = "\
task:
  name: Order list
  description: The shop's staff want to see today's orders.
sub_tasks:
  - name: Schema
    description: Tables for orders and their lines.
    deliverable: schema.sql
    acceptance: loads into an empty SQLite; an order without lines is possible; amounts are integers
    priority: high
  - name: Endpoint
    description: GET /orders, newest first.
    deliverable: orders.py and its tests
    acceptance: pages by 20; an empty list works
    depends_on: [Schema]
  - name: Changelog
    deliverable: CHANGELOG.md
    acceptance: one line a user understands
    priority: low
";

/// Who plays.
pub struct Cast {
    /// The planner.
    pub pia: Actor,
    /// An executor.
    pub wu: Actor,
    /// Another.
    pub lin: Actor,
    /// The reviewer.
    pub rev: Actor,
}

/// Plays it; the first surprise ends it.
pub fn play(stage: &Stage) -> Result<Cast> {
    chapter("Five agents, each in its own folder");
    let pia = stage.agent("pia", Role::Planner)?;
    let wu = stage.agent("wu", Role::Executor)?;
    let lin = stage.agent("lin", Role::Executor)?;
    let rev = stage.agent("rev", Role::Reviewer)?;
    let pat = stage.agent("pat", Role::Patrol)?;
    pia.types("agents")?.exits(Exit::Done)?.says("wu")?.says("pat")?;

    chapter("A plan file, applied twice: the second time changes nothing");
    pia.writes("plan.yaml", PLAN)?;
    pia.types("plan apply plan.yaml")?.exits(Exit::Done)?.says("created")?;
    pia.types("plan apply plan.yaml")?.exits(Exit::Done)?.says("unchanged")?.says_no("created")?;
    let plan: PlanOutcome = pia.types("plan apply plan.yaml --json")?.exits(Exit::Done)?.json()?;
    let [schema, endpoint, changelog] = plan.sub_tasks.as_slice() else {
        anyhow::bail!("the plan has three sub-tasks");
    };
    let task = short_id(&plan.task.id);
    let (schema, endpoint, changelog) =
        (short_id(&schema.id), short_id(&endpoint.id), short_id(&changelog.id));

    chapter("An executor with an empty memory asks what to do; the reviewer's timer stays quiet");
    wu.types("wake")?.exits(Exit::Done)?.says("CLAIMABLE")?;
    rev.types("wake --gate")?.exits(Exit::Nothing)?;

    chapter("Both executors want the same sub-task: one wins, the other is told who");
    let claim = format!("claim {schema}");
    let answers = stage.race(&[(&wu, &claim), (&lin, &claim)])?;
    let (winner, loser) = match answers.iter().position(|answer| answer.ended_with(Exit::Done)) {
        Some(0) => (&wu, &lin),
        Some(_) => (&lin, &wu),
        None => anyhow::bail!("nobody won {schema}"),
    };
    for answer in answers.into_iter().filter(|answer| !answer.ended_with(Exit::Done)) {
        answer.exits(Exit::Conflict)?.says(&winner.name)?;
    }
    loser.types(&format!("start {schema}"))?.exits(Exit::Conflict)?.says(&winner.name)?;
    loser.types(&format!("claim {endpoint}"))?.exits(Exit::Conflict)?.says("waits for")?;

    chapter("Start, do, hand in with the file that was made");
    winner.types(&format!("start {schema}"))?.exits(Exit::Done)?;
    winner.writes("schema.sql", "create table orders (id integer primary key, amount real);\n")?;
    winner
        .types(&format!("submit {schema} --summary \"one table\" --artifact schema.sql"))?
        .exits(Exit::Done)?;

    chapter("The reviewer looks at what was handed in, and sends it back");
    rev.types("wake")?.exits(Exit::Done)?.says(schema)?;
    rev.types(&format!("review show {schema}"))?.exits(Exit::Done)?.says("present")?;
    rev.types(&format!(
        "review reject {schema} --score 2 --issues \"amount is a real; order lines are missing\""
    ))?
    .exits(Exit::Done)?;

    chapter("The executor's next wake-up begins with the rejection");
    winner
        .types("wake")?
        .exits(Exit::Done)?
        .says_before("REWORK", "CLAIMABLE")?
        .says("order lines are missing")?;
    winner.types(&format!("start {schema}"))?.exits(Exit::Done)?;
    winner.writes(
        "schema.sql",
        "create table orders (id integer primary key);\n\
         create table lines (order_id integer references orders, cents integer not null);\n",
    )?;
    winner
        .types(&format!(
            "submit {schema} --summary \"amounts in cents, lines\" --artifact schema.sql"
        ))?
        .exits(Exit::Done)?;
    winner
        .types(&format!(
            "log add reflection --on {schema} \"read the acceptance line by line first\""
        ))?
        .exits(Exit::Done)?;

    chapter("Approved");
    rev.types(&format!("review show {schema}"))?.exits(Exit::Done)?.says("amounts in cents")?;
    rev.types(&format!("review approve {schema} --score 5 --comment \"as asked, and clear\""))?
        .exits(Exit::Done)?;
    rev.types(&format!("review approve {schema} --score 5"))?.exits(Exit::Conflict)?;

    chapter("Scores, board, logs");
    winner.types("score me")?.exits(Exit::Done)?.says("1 rewards, 1 penalties")?;
    winner.types("score logs")?.exits(Exit::Done)?.says("-5")?.says("+5")?;
    pia.types("score board")?.exits(Exit::Done)?.says(&winner.name)?;
    pia.types(&format!("log list --on {schema}"))?.exits(Exit::Done)?.says("line by line")?;

    chapter("What depended on it is ready now; its taker falls silent, and the patrol blocks it");
    loser.types("claim --start")?.exits(Exit::Done)?.says(endpoint)?.says("amounts in cents")?;
    pat.types("list --status in_progress")?.exits(Exit::Done)?.says(endpoint)?;
    pat.types(&format!("patrol block {endpoint} --reason \"no event for hours, host is down\""))?
        .exits(Exit::Done)?;

    chapter("The planner gives it to somebody else; the first taker's late work is kept");
    pia.types("wake")?.exits(Exit::Done)?.says("host is down")?;
    pia.types(&format!("plan reassign {endpoint} {}", winner.name))?.exits(Exit::Done)?;
    loser.writes("orders.py", "# half done\n")?;
    loser
        .types(&format!("submit {endpoint} --summary late --artifact orders.py"))?
        .exits(Exit::Conflict)?
        .says("kept as late submission")?;
    winner.types(&format!("start {endpoint}"))?.exits(Exit::Done)?;
    winner.writes("orders.py", "def orders(page=1, size=20): ...\n")?;
    winner
        .types(&format!("submit {endpoint} --summary \"GET /orders\" --artifact orders.py"))?
        .exits(Exit::Done)?;
    rev.types("wake")?.exits(Exit::Done)?.says(endpoint)?;
    rev.types(&format!("review approve {endpoint} --score 4"))?.exits(Exit::Done)?;

    chapter("The last sub-task is done, and the planner closes the task");
    pia.types(&format!("plan status {task} completed"))?.exits(Exit::Conflict)?;
    loser.types("claim --start")?.exits(Exit::Done)?.says(changelog)?;
    loser.writes("CHANGELOG.md", "- Staff can see today's orders.\n")?;
    loser
        .types(&format!("submit {changelog} --summary \"one line\" --artifact CHANGELOG.md"))?
        .exits(Exit::Done)?;
    rev.types("wake")?.exits(Exit::Done)?.says(changelog)?;
    rev.types(&format!("review approve {changelog} --score 3"))?.exits(Exit::Done)?;
    pia.types("wake")?.exits(Exit::Done)?.says("Order list")?;
    pia.types(&format!("plan status {task} completed"))?.exits(Exit::Done)?;

    chapter("Nobody has anything left to do");
    for agent in [&pia, &wu, &lin, &rev, &pat] {
        agent.types("wake --gate")?.exits(Exit::Nothing)?;
    }
    let answer = pia.types(&format!("show {task}"))?.exits(Exit::Done)?;
    ensure!(answer.stdout().contains("completed"), "the task is not closed");
    Ok(Cast { pia, wu, lin, rev })
}
