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
const STARTS: u32 = 12;

/// Nanoseconds per query, of all samples.
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn fastest(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }
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

/// Takes samples of the contenders in turns until `budget` is spent: what
/// slows the machine down for a while slows all of them down.
pub(crate) fn measure(group: &Group, budget: Duration) -> Result<Vec<Samples>, Box<dyn Error>> {
    let mut samples: Vec<_> = group
        .contenders
        .iter()
        .map(|_| Samples(Vec::new()))
        .collect();
    for _ in 0..STARTS {
        let mut processes = group
            .contenders
            .iter()
            .map(Process::start)
            .collect::<Result<Vec<_>, _>>()?;
        let start = Instant::now();
        while start.elapsed() < budget / STARTS {
            for (process, samples) in processes.iter_mut().zip(&mut samples) {
                samples.0.push(process.sample()?);
            }
        }
    }
    Ok(samples)
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
