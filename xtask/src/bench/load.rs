//! Driving the load generator and reading what it saw.

use std::collections::{HashMap, HashSet};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::sample::Sample;
use super::tools::Tools;
use super::world::World;

/// What a load came to.
pub struct Outcome {
    /// Latency of every answer that gave a sub-task.
    pub latency: Sample,
    /// Sub-tasks handed out.
    pub wins: usize,
    /// Sub-tasks handed out to more than one caller.
    pub doubles: usize,
    /// Requests answered 200.
    pub answered: usize,
    /// Requests refused because somebody else was first.
    pub lost: usize,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Outcome {
    /// Sub-tasks handed out per second.
    pub fn rate(&self) -> f64 {
        self.wins as f64 / self.elapsed.as_secs_f64()
    }

    /// Requests answered per second.
    pub fn answers(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64()
    }
}

/// Sends every path, in order, as whoever of the callers is free and has rested for `pause`
/// since its last answer. Fails on any answer but 200, 204 and 409.
pub fn run(
    tools: &Tools,
    world: &World,
    keys: &[String],
    paths: &[String],
    pause: Duration,
) -> Result<Outcome> {
    let (key_file, path_file) = (world.path("keys"), world.path("paths"));
    std::fs::write(&key_file, keys.join("\n"))?;
    std::fs::write(&path_file, paths.join("\n"))?;
    let output = Command::new(&tools.load)
        .arg(world.addresses())
        .arg(key_file)
        .arg(keys.len().to_string())
        .arg(path_file)
        .arg(pause.as_millis().to_string())
        .output()?;
    ensure!(output.status.success(), "load: {}", String::from_utf8_lossy(&output.stderr));
    read(&String::from_utf8(output.stdout)?)
}

fn read(report: &str) -> Result<Outcome> {
    let (mut latency, mut lost, mut elapsed) = (Vec::new(), 0, None);
    // By sub-task: who was told it is theirs. Asking again for one's own is no second win.
    let mut holders: HashMap<&str, HashSet<&str>> = HashMap::new();
    for line in report.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().context("a short line from load");
        let (status, micros) = (field()?, Duration::from_micros(field()?.parse()?));
        match status {
            "200" => {
                let (id, caller) = (field()?, field()?);
                holders.entry(id).or_default().insert(caller);
                latency.push(micros);
            }
            "409" => lost += 1,
            "204" => {}
            "elapsed" => elapsed = Some(micros),
            other => anyhow::bail!("a caller was answered {other}"),
        }
    }
    Ok(Outcome {
        answered: latency.len(),
        latency: latency.into_iter().collect(),
        wins: holders.len(),
        doubles: holders.values().filter(|callers| callers.len() > 1).count(),
        lost,
        elapsed: elapsed.context("load did not finish")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_task_given_to_two_callers_is_a_double() {
        let given = "200\t10\ta\t1\n200\t30\tb\t2\n409\t5\t-\t3\n204\t1\t-\t3\n";
        let outcome = read(&format!("{given}200\t20\ta\t3\nelapsed\t2000\n")).unwrap();
        assert_eq!((outcome.wins, outcome.doubles, outcome.lost), (2, 1, 1));
        assert_eq!(outcome.latency.median(), Duration::from_micros(20));
        assert_eq!(outcome.rate().round(), 1000.0);
        let again = read(&format!("{given}200\t20\ta\t1\nelapsed\t2000\n")).unwrap();
        assert_eq!((again.wins, again.doubles), (2, 0));
    }

    #[test]
    fn a_report_that_is_not_whole_or_not_well_is_refused() {
        assert!(read("500\t1\t-\t0\nelapsed\t1\n").is_err());
        assert!(read("200\t1\ta\t0\n").is_err());
        assert!(read("200\t1\ta\nelapsed\t1\n").is_err());
    }
}
