//! The wake-up packet: everything an agent with no memory needs, in one answer.

use serde::{Deserialize, Serialize};

use super::{Anomaly, Artifact, LateSubmission, Leftover, NextStep};
use crate::lenient::OrUnknown;
use crate::text::clip;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;
use crate::work::{BlockClass, Priority, Role, TaskStatus};

/// `GET /api/wake`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WakePacket {
    /// Version of this structure; a newer one only adds fields.
    pub schema: u32,
    /// When it was made, by the server's clock.
    pub now: Timestamp,
    /// The project's name.
    pub project: String,
    /// Who is asking.
    pub me: Me,
    /// Whether there is anything to do.
    pub work: bool,
    /// Send it back as `since` to learn what changed in between.
    pub cursor: String,
    /// Sub-tasks that want something from the caller, in the order to do them. The first is whole,
    /// and of the others there is what one line says; a reviewer reads each as it was handed in.
    pub items: Vec<WorkItem>,
    /// Tasks that want something from a planner.
    #[serde(default)]
    pub tasks: Vec<TaskItem>,
    /// What is amiss with the team, for patrol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anomalies: Vec<Anomaly>,
    /// What was handed in too late and waits for somebody to decide: for the reviewer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<LateSubmission>,
    /// What was noticed or asked on the way and waits for the planner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
    /// Answers to what the caller asked, until it says that it has read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Leftover>,
    /// What people are to be told by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announce>,
    /// Work anyone may take, for an executor.
    #[serde(default)]
    pub claimable: Option<Claimable>,
    /// Why a timer is told that there is nothing to do although there is: `work` is false then, and
    /// what there is to do is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// The caller's own reflections, newest first.
    #[serde(default)]
    pub lessons: Vec<Lesson>,
    /// Reflections the caller has not written yet.
    #[serde(default)]
    pub owed: Vec<Owed>,
    /// The rules that apply.
    #[serde(default)]
    pub rules: Option<RulesText>,
    /// What was left out to stay within the budget, and how to get it.
    #[serde(default)]
    pub omitted: Vec<Omitted>,
    /// The newest client this server knows of.
    #[serde(default)]
    pub client_version: Option<String>,
    /// The oldest client this server wants; an older one is served all the same.
    #[serde(default)]
    pub minimum_version: Option<String>,
}

impl WakePacket {
    /// Whether the item at this place is shown whole. Whoever does one piece of work is told of
    /// the others when it is their turn; a reviewer reads what was handed in beside the files.
    pub fn is_whole(&self, at: usize) -> bool {
        at == 0 && self.me.role != Role::Reviewer
    }

    /// The goal that is shown whole, among the tasks.
    pub fn goal(&self) -> Option<usize> {
        self.tasks.iter().position(TaskItem::is_goal)
    }

    /// Leaves of the items and goals that are not shown whole what one line says.
    pub fn brief(&mut self) {
        let first = usize::from(self.is_whole(0));
        self.items.iter_mut().skip(first).for_each(WorkItem::brief);
        let goal = self.goal();
        for (at, task) in self.tasks.iter_mut().enumerate() {
            if !task.is_goal() {
                task.description.clear();
            } else if goal != Some(at) {
                task.description = clip(&task.description, BRIEF_CHARS);
            }
        }
    }
}

/// The caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// The sum of its ledger.
    pub score: i64,
    /// Change since the cursor sent; 0 without one.
    pub score_change: i64,
    /// Agents with a strictly higher score, plus 1.
    pub rank: i64,
    /// Agents in all.
    pub agents: i64,
}

wire_enum! {
    /// Why a sub-task is in the packet; also the order of urgency.
    pub enum WorkKind {
        /// Rejected: mend it.
        Rework = "rework",
        /// Yours and started: go on.
        InProgress = "in_progress",
        /// Yours: begin.
        Assigned = "assigned",
        /// Handed in: judge it.
        Review = "review",
        /// Stopped: unblock, change, reassign or cancel it.
        Blocked = "blocked",
        /// Nothing has happened for long, on a server that keeps no anomalies: find out and block it.
        Stuck = "stuck",
    }
}

/// One sub-task that wants something from the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkItem {
    /// What is wanted.
    pub kind: OrUnknown<WorkKind>,
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// Its task.
    pub task_id: String,
    /// Its task's name.
    pub task_name: String,
    /// How urgent.
    pub priority: OrUnknown<Priority>,
    /// The review round it is in or goes into, from 1.
    pub round: i64,
    /// The newest attempt's number.
    pub attempt: i64,
    /// When its status last changed.
    pub since: Timestamp,
    /// Until when the caller holds it.
    #[serde(default)]
    pub lease_until: Option<Timestamp>,
    /// Less than a fifth of the caller's lease is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lease_ends_soon: bool,
    /// The name of who holds it or worked on it, when that is not the caller.
    #[serde(default)]
    pub agent: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What to hand in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deliverable: String,
    /// How it is judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub acceptance: String,
    /// Why it is blocked or stuck.
    #[serde(default)]
    pub reason: Option<String>,
    /// What kind of reason it is blocked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_class: Option<OrUnknown<BlockClass>>,
    /// By when somebody is to have done something about what is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The last rejection, if the last verdict was one.
    #[serde(default)]
    pub rejection: Option<Rejection>,
    /// What was last handed in for it.
    #[serde(default)]
    pub delivered: Option<Delivered>,
    /// What the sub-tasks it depends on delivered.
    #[serde(default)]
    pub built_on: Vec<Delivered>,
}

/// What one line has room for: of the reason why an item stands still, or of a goal.
const BRIEF_CHARS: usize = 160;

impl WorkItem {
    fn brief(&mut self) {
        let texts = [&mut self.description, &mut self.deliverable, &mut self.acceptance];
        texts.into_iter().for_each(String::clear);
        self.reason = self.reason.take().map(|reason| clip(&reason, BRIEF_CHARS));
        (self.rejection, self.delivered, self.built_on) = (None, None, Vec::new());
    }
}

/// The last verdict, when it was a rejection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rejection {
    /// 1 to 5.
    pub score: i64,
    /// Who judged.
    pub reviewer: String,
    /// What is wrong.
    pub issues: String,
    /// Anything else.
    pub comment: String,
    /// When.
    pub at: Timestamp,
}

/// What somebody handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivered {
    /// The sub-task.
    pub sub_task_id: String,
    /// Its name.
    pub name: String,
    /// Who did it.
    pub agent: String,
    /// What they said of it.
    pub summary: String,
    /// The files.
    pub artifacts: Vec<Artifact>,
    /// When.
    pub at: Timestamp,
}

/// A task that wants something from a planner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskItem {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// The goal, of a task that is not broken down yet: of the first whole, of the others what one
    /// line says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it stands.
    pub status: OrUnknown<TaskStatus>,
    /// Sub-tasks in all.
    pub sub_tasks: i64,
    /// Of these, done.
    pub done: i64,
    /// Of these, neither done nor cancelled.
    pub open: i64,
    /// There are sub-tasks and every one is done or cancelled: deliver and close it.
    pub all_done: bool,
    /// A person gave it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_person: bool,
    /// By when it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

impl TaskItem {
    /// Whether nobody has broken it down yet.
    pub fn is_goal(&self) -> bool {
        self.sub_tasks == 0 && !self.all_done
    }

    /// Whether a person waits for its plan.
    pub fn waits_for_plan(&self) -> bool {
        self.from_person && self.is_goal() && self.status == TaskStatus::Planning
    }
}

/// What people are to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announce {
    /// How many notices wait, counted no further than [`crate::CLAIMABLE_COUNT_CAP`].
    pub count: u64,
    /// The oldest of them came to pass then.
    pub since: Timestamp,
}

/// Work anyone may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claimable {
    /// How many, counted no further than [`crate::CLAIMABLE_COUNT_CAP`].
    pub count: u64,
    /// Whether counting stopped at the cap.
    pub more: bool,
    /// The one `claim-next` would give.
    pub best_id: String,
    /// Its name.
    pub best_name: String,
}

/// The same work was offered before, and nothing came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Withheld {
    /// How many packets in a row nothing came of.
    pub packets: i64,
    /// When it is offered again, unless something about it changes before.
    pub again_at: Timestamp,
}

/// A reflection of the caller's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lesson {
    /// What it is about.
    pub sub_task_id: Option<String>,
    /// The text.
    pub summary: String,
    /// When.
    pub at: Timestamp,
}

/// A rejection of the caller's work without a reflection after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Owed {
    /// What was rejected.
    pub sub_task_id: String,
    /// Its name.
    pub name: String,
    /// The review score.
    pub score: i64,
}

/// The rules that apply, and how to tell whether they changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesText {
    /// Changes when the content does.
    pub version: String,
    /// About how many tokens the content takes.
    pub tokens: usize,
    /// The text; absent when the caller has this version or asked for none.
    #[serde(default)]
    pub content: Option<String>,
}

/// Something left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Omitted {
    /// What.
    pub what: String,
    /// What shows it.
    pub next: NextStep,
}
