//! Tasks and plans.

use moss_api::placeholder::{NAME, TEXT};

use super::work::show;

/// After a plan with an order, on a server that knows none.
pub const PLAN_IN_STEPS: &str = "moss plan add makes what must wait, once it may begin";
/// After a plan that is none.
pub const PLAN_EXAMPLE: &str = "moss plan example prints a valid one, with every field";
/// Added to what is wrong with a plan that was not sent.
pub const NOTHING_CREATED: &str = "nothing was created";
/// Added to why a plan was refused.
pub const NOTHING_CHANGED: &str = "nothing was created or changed";
/// After a plan that nobody answered.
pub const APPLY_AGAIN: &str = "it may have been applied; apply it again, twice is once";
/// For a planner with nothing to do, who may have been given a goal.
pub const PLAN_A_GOAL: &str = "moss plan example > plan.yaml";
/// After a plan that is too long.
pub const SPLIT_PLAN: &str = "split it into several tasks";

/// How a task stands.
pub fn task(id: &str) -> String {
    format!("moss plan status {id}")
}

/// Moves a task on.
pub fn task_status(id: &str, status: &str) -> String {
    format!("{} {status}", task(id))
}

/// Offers the sub-tasks of a draft.
pub fn open_task(id: &str) -> String {
    format!("{}  # opens it to executors", task_status(id, "active"))
}

/// Gives up a task or a sub-task.
pub fn cancel(id: &str) -> String {
    format!("moss plan cancel {id}")
}

/// Lets anyone claim a blocked sub-task.
pub fn plan_release(id: &str) -> String {
    format!("moss plan release {id}")
}

/// Puts a sub-task into a task.
pub fn add_to_task(id: &str) -> String {
    format!("moss plan add {id} \"{NAME}\" --acceptance \"{TEXT}\"")
}

/// Every way on with something that was noticed on the way.
pub fn about_leftover(task: &str, id: &str) -> [String; 2] {
    [format!("{} --answers {id}", add_to_task(task)), format!("{}  # nothing to do", answer(id))]
}

/// Answers a question, or says what is done about what was noticed.
pub fn answer(id: &str) -> String {
    format!("moss plan answer {id} \"{TEXT}\"")
}

/// Reads the whole answer to a question.
pub fn read_answer(id: &str) -> String {
    format!("moss ask --read {id}  # read: it comes no more")
}

/// What one asked.
pub const QUESTIONS: &str = "moss ask --list";

/// What was noticed on the way.
pub const LEFTOVERS: &str = "moss plan leftovers";

/// Puts a sub-task into a module.
pub fn add_to_module(task: &str, module: &str) -> String {
    format!("moss plan add {task} \"{NAME}\" --module {module} --acceptance \"{TEXT}\"")
}

/// Puts the first sub-task into a task, with everything an executor needs.
pub fn add_first(id: &str) -> String {
    format!(
        "moss plan add {id} \"{NAME}\" --description \"{TEXT}\" --deliverable \"{TEXT}\" --acceptance \"{TEXT}\""
    )
}

/// Breaks a person's goal down by a plan in a file.
pub fn plan_goal(id: &str) -> String {
    format!("moss plan apply FILE --task {id}  # moss plan example shows one; or:")
}

/// What the team asks people.
pub fn goal_questions(server: &str) -> String {
    format!("moss goal questions --server {server}")
}

/// Answers a question of the team as a person.
pub fn goal_answer(server: &str, id: &str) -> String {
    format!("moss goal answer --server {server} {id} \"{TEXT}\"")
}

/// How far a goal is.
pub fn goal(server: &str, id: &str) -> String {
    format!("moss goal show --server {server} {id}")
}

/// What a packet has only the beginning of.
pub fn whole_goal(id: &str) -> String {
    format!("{}  # the whole goal", show(id))
}

/// After a plan for a task that is there already, on a server that cannot add to it.
pub fn applied_before(id: &str) -> String {
    format!("the original cannot apply a plan twice; add to it with moss plan add {id}")
}

/// After a plan that broke off.
pub fn applied_in_part(id: &str) -> String {
    format!("the plan was applied in part; {} gives it up", cancel(id))
}
