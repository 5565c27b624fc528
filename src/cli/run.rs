//! From the command line to the exit code.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use moss_api::Exit;
use serde_json::json;

use super::command::Command;
use super::{Cli, Person, Typed, original_dialect, usage};
use crate::commands::plan::{self, Plan};
use crate::commands::self_test;
use crate::commands::wake::tell_once;
use crate::config::flags::GlobalFlags;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::render::screen::shows_colour;
use crate::render::{out, sanitize};
use crate::system::deadline;

/// Runs the process's command line. Prints an error once, and returns what to exit with.
pub fn run() -> ExitCode {
    let wants_json = std::env::args_os()
        .any(|a| a.to_str().is_some_and(|a| a == "--json" || a.starts_with("--json=")));
    let exit = match Cli::read(std::env::args_os()) {
        Err(error) => usage(&error, wants_json),
        Ok(cli) => {
            let once = matches!(&cli.command, Typed::Ours(Command::Wake(wake)) if wake.tell_once);
            let global = cli.global.clone();
            deadline::set(global.timeout());
            match execute(cli) {
                Ok(exit) => exit,
                Err(error) if once && tell_once::already(&global, &error) => error.exit(),
                Err(error) => report(&error, wants_json),
            }
        }
    };
    ExitCode::from(exit.code())
}

fn execute(cli: Cli) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_io_events_per_tick(16) // room for a thousand would be cleared first
        .build()
        .map_err(|e| Error::local(format!("cannot start: {e}")))?;
    let result = match cli.command {
        Typed::Person(person) => runtime.block_on(help_a_person(&cli.global, person)),
        Typed::SelfTest(test) => {
            let line = ["moss", "wake", "--gate"].map(Into::into);
            let parsed = Cli::read(line.into_iter()).map(|_| ());
            self_test::run(&test, Cli::<Typed>::command(), parsed)
        }
        Typed::Man(man) => man.run(Cli::<Typed>::command()),
        Typed::Completions(completions) => {
            runtime.block_on(completions.run(Cli::<Typed>::command()))
        }
        Typed::Ours(command) => {
            let command = original_dialect::meant(command, &cli.global);
            runtime.block_on(dispatch(&cli.global, command))
        }
        Typed::Old(old) => runtime.block_on(dispatch(&cli.global, old.plain())),
    };
    runtime.shutdown_background(); // a name look-up that hangs must not hold up the exit
    result
}

async fn dispatch(global: &GlobalFlags, command: Command) -> Result<Exit> {
    if let Command::Plan(Plan::Example) = command {
        return plan::example(global); // needs no server and no key
    }
    if let Command::Onboard(onboard) = &command {
        onboard.enter()?;
    }
    let mut ctx = Context::new(global)?;
    // Nobody reads what a timer's question says beside the packet.
    if !matches!(&command, Command::Wake(wake) if wake.gate) {
        ctx.warn_of_plain_http();
    }
    let mut outcome = run_as_agent(&ctx, command).await;
    if outcome.as_ref().is_err_and(Error::is_unstable_server) {
        // The profile remembered another kind of server. Nothing was written: from the start.
        ctx = Context::new(global)?.continuing(&ctx);
        outcome = run_as_agent(&ctx, typed_again(global)?).await;
    }
    let exit = outcome?;
    ctx.out.flush()?;
    Ok(exit)
}

/// The process's command line once more, as the command of an agent that it is.
fn typed_again(global: &GlobalFlags) -> Result<Command> {
    match Cli::read(std::env::args_os()).map(|cli| cli.command) {
        Ok(Typed::Ours(command)) => Ok(original_dialect::meant(command, global)),
        Ok(Typed::Old(old)) => Ok(old.plain()),
        Ok(Typed::Person(_) | Typed::Completions(_) | Typed::SelfTest(_) | Typed::Man(_))
        | Err(_) => Err(Error::unstable_server()),
    }
}

/// Runs a command of a person.
///
/// # Errors
/// Whatever the command fails with.
async fn help_a_person(global: &GlobalFlags, person: Person) -> Result<Exit> {
    match person {
        Person::Register(c) => c.run(global).await,
        Person::Login(c) => c.run(global).await,
        Person::Logout(c) => c.run(global).await,
        Person::Goal(c) => c.run(global).await,
        Person::Key(c) => c.run(global).await,
        Person::Profile(c) => c.run(global),
        Person::Update(c) => c.run(global).await,
        Person::Doctor(c) => c.run(global).await,
        Person::Offboard(c) => c.run(global),
    }
}

/// Runs any command that acts as an agent.
///
/// # Errors
/// Whatever the command fails with.
async fn run_as_agent(ctx: &Context, command: Command) -> Result<Exit> {
    match command {
        Command::Wake(c) => c.run(ctx).await,
        Command::Watch(c) => c.run(ctx).await,
        Command::Plan(c) => c.run(ctx).await,
        Command::Claim(c) => c.run(ctx).await,
        Command::Start(c) => c.run(ctx).await,
        Command::Submit(c) => c.run(ctx).await,
        Command::Release(c) => c.run(ctx).await,
        Command::Fail(c) => c.run(ctx).await,
        Command::Ask(c) => c.run(ctx).await,
        Command::Heartbeat(c) => c.run(ctx).await,
        Command::Session(c) => c.run(ctx).await,
        Command::Review(c) => c.run(ctx).await,
        Command::Patrol(c) => c.run(ctx).await,
        Command::Log(c) => c.run(ctx).await,
        Command::Score(c) => c.run(ctx).await,
        Command::Show(c) => c.run(ctx).await,
        Command::List(c) => c.run(ctx).await,
        Command::Mine(c) => c.run(ctx).await,
        Command::Available(c) => c.run(ctx).await,
        Command::Agents(c) => c.run(ctx).await,
        Command::Rules(c) => c.run(ctx).await,
        Command::Notify(c) => c.run(ctx).await,
        Command::Whoami(c) => c.run(ctx).await,
        Command::Skill(c) => c.run(ctx).await,
        Command::Onboard(c) => c.run(ctx).await,
    }
}

fn report(error: &Error, wants_json: bool) -> Exit {
    tell(error.code(), &error.to_string(), error.advice(), wants_json);
    error.exit()
}

/// Losing the message is no further error: there is nobody left to tell.
fn tell(code: &str, message: &str, hint: Option<&str>, wants_json: bool) {
    let mut stderr = std::io::stderr().lock();
    if wants_json {
        let error = json!({"error": {"code": code, "message": message, "hint": hint}});
        let _ = writeln!(stderr, "{}", sanitize::json(&error.to_string()));
        return;
    }
    let _ = writeln!(stderr, "error: {}", sanitize::line(message));
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "hint: {}", sanitize::line(hint));
    }
}

fn usage(error: &clap::Error, wants_json: bool) -> Exit {
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return match out::print(&help_text(error, std::io::stdout().is_terminal())) {
            Ok(()) => Exit::Done,
            Err(error) => report(&error, wants_json),
        };
    }
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !wants_json {
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "{}", help_text(error, stderr.is_terminal()));
        return Exit::Usage;
    }
    let (message, hint) = usage::told(error, &Cli::<Typed>::command());
    tell("usage", &message, Some(&hint), wants_json);
    Exit::Usage
}

/// With its headings in bold where a terminal shows it.
fn help_text(help: &clap::Error, terminal: bool) -> String {
    if terminal && shows_colour() { help.render().ansi().to_string() } else { help.to_string() }
}
