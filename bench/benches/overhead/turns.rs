//! Lets contenders run in turns.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::contender::{Contender, Group};
use crate::workload::LOOK_UPS;

/// How often all processes of a group are started anew: where the memory of a
/// process lies, by chance, makes it faster or slower.
const STARTS: u32 = 24;

/// What all samples of one contender say.
pub(crate) struct Cost {
    /// Nanoseconds per query, of the fastest sample.
    pub(crate) fastest: f64,
    /// What it costs more than the first of its group, as a part of that: of
    /// each start the fastest samples of both, and of those the median.
    pub(crate) more: f64,
}

/// A process that measures when it is told to.
struct Process {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(contender: &Contender) -> Result<Self, Box<dyn Error>> {
        let mut child = command(contender)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().ok_or("no standard input")?;
        let answers = child.stdout.take().ok_or("no standard output")?;
        Ok(Self {
            child,
            orders,
            answers: BufReader::new(answers),
        })
    }

    fn sample(&mut self) -> Result<f64, Box<dyn Error>> {
        self.orders.write_all(b"\n")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let nanoseconds: f64 = answer
            .trim()
            .parse()
            .map_err(|_| "a contender has ended: see its message")?;
        Ok(nanoseconds / f64::from(LOOK_UPS))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What it would still report, at its end, is not asked for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs each contender once, whatever time it takes.
pub(crate) fn run_once(group: &Group) -> Result<(), Box<dyn Error>> {
    for contender in &group.contenders {
        let status = command(contender)?.args(["--passes", "1"]).status()?;
        if !status.success() {
            return Err(format!("{} has failed", contender.id).into());
        }
    }
    Ok(())
}

/// Takes samples of the contenders in turns until `budget` is spent.
///
/// What slows the machine down for a while drops out, because of all rounds of
/// a start only the fastest sample of each contender counts; and what a start
/// has made of a process by chance, because the median of the starts counts.
pub(crate) fn measure(group: &Group, budget: Duration) -> Result<Vec<Cost>, Box<dyn Error>> {
    let mut starts: Vec<Vec<f64>> = Vec::new();
    for _ in 0..STARTS {
        let mut processes = group
            .contenders
            .iter()
            .map(Process::start)
            .collect::<Result<Vec<_>, _>>()?;
        let mut fastest = vec![f64::INFINITY; processes.len()];
        let start = Instant::now();
        while start.elapsed() < budget / STARTS {
            for (process, fastest) in processes.iter_mut().zip(&mut fastest) {
                *fastest = fastest.min(process.sample()?);
            }
        }
        starts.push(fastest);
    }
    Ok((0..group.contenders.len())
        .map(|contender| cost(&starts, contender))
        .collect())
}

fn cost(starts: &[Vec<f64>], contender: usize) -> Cost {
    let in_start = |start: &Vec<f64>| Some((*start.get(contender)?, *start.first()?));
    let times = starts.iter().filter_map(in_start);
    let mut ratios: Vec<f64> = times.clone().map(|(time, plain)| time / plain).collect();
    ratios.sort_by(f64::total_cmp);
    Cost {
        fastest: times.map(|(time, _)| time).fold(f64::INFINITY, f64::min),
        more: ratios
            .get(ratios.len() / 2)
            .map_or(f64::NAN, |ratio| ratio - 1.0),
    }
}

/// The command that runs one contender.
pub(crate) fn command(contender: &Contender) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command
        // A bench is no test: without this perfguard takes it for one.
        .args(["--bench", "--contender", contender.id])
        .env_remove("PERFGUARD")
        .env_remove("RUST_LOG")
        // Nobody asks hotpath for its numbers over HTTP.
        .env("HOTPATH_METRICS_SERVER_OFF", "1");
    Ok(command)
}
