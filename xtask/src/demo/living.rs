//! After the story, for whoever keeps the server: a second task in the middle of its life, so that every page
//! has something to show, and something waits for a person.

use anyhow::{Result, anyhow};
use moss_api::{Exit, PlanOutcome, short_id};

use super::stage::chapter;
use super::story::Cast;

const PLAN: &str = "\
task:
  name: Opening week of the bakery
  description: Everything customers see in the first week, from the sign to the price list.
modules:
  - name: Shop
  - name: Web site
sub_tasks:
  - { name: Shop sign, module: Shop, deliverable: sign.svg, acceptance: readable from across the street }
  - { name: Price list, module: Shop, deliverable: prices.md, acceptance: every price has its weight, priority: high }
  - { name: Bread of the week, module: Shop, deliverable: bread.md, acceptance: names flour and salt }
  - { name: Opening hours, module: Web site, deliverable: hours.html, acceptance: holidays are said }
  - { name: 菜单翻译, module: Web site, deliverable: menu.zh.md, acceptance: 每道菜都有中文名 }
  - { name: Photos, module: Web site, deliverable: photos/, acceptance: none above 200 kB, depends_on: [Shop sign] }
";

/// Plays it; the first surprise ends it.
pub fn play(cast: &Cast) -> Result<()> {
    let Cast { pia, wu, lin, rev } = cast;
    chapter("A second task, which is left in the middle of its life");
    pia.writes("bakery.yaml", PLAN)?;
    let plan: PlanOutcome =
        pia.types("plan apply bakery.yaml --json")?.exits(Exit::Done)?.json()?;
    let id = |name: &str| {
        let found = plan.sub_tasks.iter().find(|it| it.name == name);
        found.map(|it| short_id(&it.id).to_owned()).ok_or_else(|| anyhow!("{name} is not planned"))
    };
    let (sign, prices, bread) = (id("Shop sign")?, id("Price list")?, id("Bread of the week")?);
    let (hours, task) = (id("Opening hours")?, short_id(&plan.task.id));
    let begin = |id: &str| format!("claim {id} --start");

    lin.types(&begin(&sign))?.exits(Exit::Done)?;
    lin.writes("sign.svg", "<svg/>\n")?;
    lin.types(&format!("submit {sign} --summary \"white on green\" --artifact sign.svg"))?
        .exits(Exit::Done)?;
    rev.types(&format!("review show {sign}"))?.exits(Exit::Done)?;
    rev.types(&format!("review reject {sign} --score 2 --issues \"too thin to read at night\""))?
        .exits(Exit::Done)?;

    lin.types(&begin(&prices))?.exits(Exit::Done)?;
    lin.writes("prices.md", "| bread | 750 g | 4.20 |\n")?;
    lin.types(&format!("submit {prices} --summary \"one price so far\" --artifact prices.md"))?
        .exits(Exit::Done)?;

    let unclear = format!("fail {bread} --class unclear --detail \"rye or wheat?\"");
    lin.types(&begin(&bread))?.exits(Exit::Done)?;
    lin.types(&unclear)?.exits(Exit::Done)?;
    pia.types(&format!("plan release {bread} --reason \"take what is there\""))?
        .exits(Exit::Done)?;
    lin.types(&begin(&bread))?.exits(Exit::Done)?;
    lin.types(&unclear)?.exits(Exit::Done)?;

    wu.types(&begin(&hours))?.exits(Exit::Done)?;
    wu.types(&format!("log add coding --on {hours} \"Sundays are still open\""))?
        .exits(Exit::Done)?;
    pia.types(&format!("ask {task} \"Is there a budget for photos?\""))?.exits(Exit::Done)?;
    Ok(())
}
