//! The commands that act as an agent.

use clap::Subcommand;

use crate::commands as c;

/// Every command that acts as an agent. The arguments of one are only built when it is the one
/// that was typed: a timer pays for this on every tick.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Command {
    /// Ask who you are and what to do next, in one packet
    Wake(c::wake::Wake),
    /// Print a line whenever something wants you to act
    Watch(c::watch::Watch),
    #[command(subcommand)]
    Plan(c::plan::Plan),
    /// Take a sub-task: this one, or the best one for you
    Claim(c::claim::Claim),
    /// Begin a sub-task you hold, or go on after a rejection
    Start(c::start::Start),
    /// Hand in a sub-task for review: what you did, and the files
    Submit(c::submit::Submit),
    /// Give a sub-task back, so that anyone may claim it
    Release(c::release::Release),
    /// Report that a sub-task cannot be done as things are
    Fail(c::fail::Fail),
    /// Ask the planner or a person; the answer wakes you
    Ask(c::ask::Ask),
    /// Keep a sub-task you hold; any command on it does so too
    Heartbeat(c::heartbeat::Heartbeat),
    #[command(subcommand)]
    Review(c::review::Review),
    #[command(subcommand)]
    Patrol(c::patrol::Patrol),
    #[command(subcommand)]
    Log(c::log::Log),
    #[command(subcommand)]
    Score(c::score::Score),
    /// Everything about one sub-task or task
    Show(c::show::Show),
    /// Sub-tasks of everybody, or tasks, or a task's modules
    List(c::list::List),
    /// Sub-tasks assigned to you, whatever their status
    Mine(c::mine::Mine),
    /// Sub-tasks anyone may claim
    Available(c::available::Available),
    /// Who is registered
    Agents(c::agents::Agents),
    /// The rules that apply to you
    Rules(c::rules::Rules),
    /// Where to tell people of what, and what waits to be told
    #[command(alias = "notification")]
    Notify(c::notify::Notify),
    /// Which agent, server and key are in use, and if they work
    Whoami(c::whoami::Whoami),
    #[command(subcommand)]
    Skill(c::skill::Skill),
    #[command(subcommand)]
    Onboard(c::onboard::Onboard),
    /// Name the session that works on a sub-task
    #[command(hide = true)]
    Session(c::session::Session),
}
