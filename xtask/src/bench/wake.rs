//! One `moss wake`, whole process, against a bare static program doing the same GET.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use moss_api::Role;

use super::sample::{Ms, Sample, ratio};
use super::table::{Row, Table};
use super::tools::{Tools, plainly};
use super::world::World;
use crate::dist::MAX_MOSS_BYTES;

/// Runs of each program, turn by turn.
const RUNS: usize = 400;
/// Runs that memory is taken from; the largest counts.
const MEMORY_RUNS: usize = 5;

/// An executor's wake-up with work in hand.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let world = World::start(&tools.server, plainly())?;
    world.seed("work", 20)?;
    let agent = world.path("agent");
    std::fs::create_dir_all(&agent)?;
    run(moss(tools, &agent)
        .args(["register", "--name", "wu", "--role", Role::Executor.as_str()])
        .args(["--server", world.server.url()])
        .env("MOSS_REGISTRATION_TOKEN", world.token()))?;
    run(moss(tools, &agent).args(["claim", "--start"]))?;
    run(moss(tools, &agent).arg("claim"))?;
    run(moss(tools, &agent).arg("wake"))?;
    let kept = |file: &str| {
        let text =
            std::fs::read_to_string(agent.join(".moss").join(file)).context(file.to_owned())?;
        anyhow::Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    };
    // The very request that `moss wake` makes.
    let path = format!("/api/wake?max_tokens=3000&since={}", kept("cursor")?);
    let key = kept("key")?;

    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(time(moss(tools, &agent).arg("wake"))?);
        bare.push(time(
            Command::new(&tools.bare_get)
                .args([world.server.address(), &path])
                .env("MOSS_API_KEY", &key),
        )?);
    }
    let (ours, bare) = (Sample::from_iter(ours), Sample::from_iter(bare));
    let times = ratio(ours.median(), bare.median());
    table.push(Row {
        what: format!("moss wake, whole process, median of {RUNS}"),
        measured: format!("{}, {times:.2} ×", Ms(ours.median())),
        reference: format!("bare static GET {}", Ms(bare.median())),
        target: "≤ 1.3 ×".into(),
        verdict: (times <= 1.3).into(),
    });

    let size = std::fs::metadata(&tools.moss)?.len();
    let limit = MAX_MOSS_BYTES as u64;
    let bare_size = std::fs::metadata(&tools.bare_get)?.len();
    table.push(Row {
        what: "moss binary, static, stripped".into(),
        measured: megabytes(size),
        reference: format!("bare static GET {}", megabytes(bare_size)),
        target: format!("≤ {}", megabytes(limit)),
        verdict: (size <= limit).into(),
    });

    let mut peak = 0;
    for _ in 0..MEMORY_RUNS {
        let mut command = Command::new(&tools.peak_rss);
        let output = command.arg(&tools.moss).arg("wake").current_dir(&agent).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        peak = peak.max(String::from_utf8(output.stdout)?.trim().parse::<u64>()? * 1024);
    }
    table.push(Row {
        what: "moss wake, peak memory".into(),
        measured: megabytes(peak),
        reference: "ru_maxrss".into(),
        target: "≤ 12 MB".into(),
        verdict: (peak <= 12_000_000).into(),
    });
    world.stop()
}

fn moss(tools: &Tools, folder: &Path) -> Command {
    let mut command = Command::new(&tools.moss);
    command.current_dir(folder);
    for variable in ["MOSS_SERVER", "MOSS_API_KEY", "MOSS_PROFILE"] {
        command.env_remove(variable);
    }
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    Ok(())
}

fn time(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let took = started.elapsed();
    ensure!(status.success(), "{command:?}: {status}");
    Ok(took)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}
