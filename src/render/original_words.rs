//! What an agent of the original server reads in place of what moss-server alone can do.
//!
//! The prompts, the skills and the example of a plan are written for moss-server; every difference
//! stands here.

/// Words of ours, and what stands for them. A test finds one that stands nowhere any more.
const INSTEAD: &[(&str, &str)] = &[
    // Nobody gives a sub-task back there, and no lease takes it: patrol blocks it, and the planner
    // reads why in the log.
    ("Cannot: `moss fail --help`.", "Cannot: its `log add blocked` line, then stop."),
    (
        "`moss fail`, CLASS one of quota, environment, unclear, impossible, other; the text says what you tried. Wrong one for you? `moss release`.\nYou hold it under a lease of 30 minutes; every call of yours about it renews that. Lost it",
        "`moss log add blocked`, the text says what is missing and what you tried; then stop: patrol blocks it, the planner reads why.\nLost it",
    ),
    ("| `moss release ID --reason TEXT` | give it back |\n", ""),
    ("`moss fail ID --class CLASS --detail TEXT`", "`moss log add blocked --on ID TEXT`"),
    ("; mend and release, reassign, cancel or wait", "; reassign or cancel"),
    ("then change the text, reassign, release, cancel or wait", "then reassign or cancel"),
    ("Slow but moving: `moss patrol ignore`.", "Slow but moving: leave it."),
    ("| `moss patrol scan` | all that is amiss |\n", ""),
    ("| `moss patrol ignore ID --why TEXT` | leave it while it is so |\n", ""),
    ("| `moss plan wait ID --why TEXT` | leave it until it changes |\n", ""),
    // Nobody answers questions there.
    ("| `moss ask ID TEXT` | ask a person |\n", ""),
    ("| `moss ask ID TEXT` | ask the planner; the answer wakes you |\n", ""),
    (
        "| `moss plan reassign ID` | give it to another; AGENT names one |",
        "| `moss plan reassign ID AGENT` | give a waiting, held or blocked one to an executor |",
    ),
    ("| `moss review adopt ID` | take what came too late |\n", ""),
    ("| `moss plan release ID` | let anyone claim a blocked one |\n", ""),
    ("| `moss release ID` | let anyone claim a blocked one again |\n", ""),
    ("- Leases that have run out the server takes back by itself.\n", ""),
    ("Expired leases the server takes back by itself.\n\n", ""),
    // It keeps no history.
    ("holder and history", "holder and verdicts"),
    ("what the history says", "what the verdicts and the log say"),
    ("its holder, attempts and history", "its holder and verdicts"),
    ("its whole history", "everything about it"),
    // It counts no attempts.
    (" --attempt N", ""),
    (
        "An attempt is one executor's time with it, a round is one delivery to judge: given back and taken again, \
         round 1 may be attempt 2.\n",
        "",
    ),
    // It takes a plan once: it keeps no keys to know one again.
    ("apply a file as `moss plan example` shows;", "run its line for each;"),
    ("; applying it again changes nothing twice", ", once: add to it with `moss plan add`"),
    (", again after each change", ", once: add to it with `moss plan add`"),
    ("create or change a whole plan; twice is once", "create a whole plan, once"),
    // What can be done at which status.
    ("give a waiting, held or blocked one to", "give an assigned or blocked one to"),
    ("| pending | edit, reassign → assigned, cancel", "| pending | edit, cancel"),
    ("| release → pending, leave, edit, reassign → assigned,", "| reassign → assigned,"),
    ("| blocked | release → pending |\n", ""),
    ("start → in_progress, heartbeat, release → pending, fail → blocked", "start → in_progress"),
    ("heartbeat, submit → review, release → pending, fail → blocked", "submit → review"),
    ("start → in_progress, release → pending, fail → blocked", "start → in_progress"),
];

/// A text written for moss-server, as it is on the original. Its plans have no order among their
/// sub-tasks, no leases, no deadlines, no thresholds, and no key of a task.
pub fn on_original(text: &str) -> String {
    let is_known = |line: &&str| {
        !line.contains("depends_on")
            && !["lease", "deadline", "patrol:"].iter().any(|it| line.trim_start().starts_with(it))
            && !line.trim_start().trim_start_matches("# ").starts_with("key:")
    };
    let known: String = text.split_inclusive('\n').filter(is_known).collect();
    INSTEAD.iter().fold(known, |text, (ours, theirs)| text.replace(ours, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::server_kind::ServerKind;
    use crate::render::role_text::{skill, whole};
    use moss_api::Role;

    fn texts(server: ServerKind) -> Vec<String> {
        Role::ALL.iter().flat_map(|&role| [whole(role, server), skill(role, server)]).collect()
    }

    #[test]
    fn every_word_of_ours_stands_somewhere() {
        let mut texts = texts(ServerKind::Moss);
        for (ours, theirs) in INSTEAD {
            assert!(texts.iter().any(|text| text.contains(ours)), "nobody says {ours:?}");
            texts.iter_mut().for_each(|text| *text = text.replace(ours, theirs));
        }
    }

    #[test]
    fn nothing_is_left_that_only_moss_server_can() {
        for text in texts(ServerKind::OpenMoss) {
            let text = text.replace("who fails the same way", "").replace("the same failure", "");
            for ours in [
                "release",
                "heartbeat",
                "fail",
                "lease",
                "attempt",
                "depends_on",
                "history",
                "twice",
            ] {
                assert!(!text.contains(ours), "{ours}: {text}");
            }
        }
    }
}
