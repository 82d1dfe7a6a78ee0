//! A service under load, with perfguard and without:
//! `cargo run --release --manifest-path bench/Cargo.toml -p load`.
//!
//! It starts itself twice, on a database in memory each, and lets `wrk` ask
//! both in turns, in rounds; each round gives a ratio of throughput, of the 99th
//! percentile of latency and of the processor's time that a request took, and
//! the medians of the ratios are printed. Throughput and latency tell as much
//! of what else the machine does; the processor's time mostly does not. With
//! perfguard means: the callback on the connection, `#[query_budget]` on the
//! handler, `ScopeLayer` around the router. Without it, none of the three.
//!
//! `-- ROUNDS SECONDS` runs so many rounds of so many seconds each, `-- answer
//! with|without ROUTE TIMES` answers a route so often without a network, for a
//! profiler.

mod service;
mod wrk;

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use wrk::Measured;

/// Routes, with what they ask.
const ROUTES: [(&str, &str); 2] = [("/posts", "2 queries"), ("/authors", "20 queries")];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("with") => service::serve(true),
        Some("without") => service::serve(false),
        Some("answer") => answer(&arguments),
        _ => compare(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(arguments: &[String]) -> Result<()> {
    let parsed = match arguments {
        [_, kind, route, times] if kind == "with" || kind == "without" => times
            .parse()
            .ok()
            .map(|times| (kind == "with", route, times)),
        _ => None,
    };
    let (is_watched, route, times) = parsed.ok_or(
        "expected `-- answer with|without ROUTE TIMES`, as in `-- answer with /posts 600`",
    )?;
    service::answer(is_watched, route, times)
}

fn compare(arguments: &[String]) -> Result<()> {
    let number = |place: usize, default: u32| match arguments.get(place) {
        None => Ok(default),
        Some(written) => written.parse().map_err(|_| {
            format!("`{written}` is no whole number: expected `-- ROUNDS SECONDS`, as in `-- 10 5`")
        }),
    };
    let (rounds, seconds) = (number(0, 10)?, number(1, 5)?);
    wrk::check()?;
    let (without, with) = (Service::start("without")?, Service::start("with")?);
    for (route, what) in ROUTES {
        // Both have what they keep before anybody looks.
        without.ask(route, 1)?;
        with.ask(route, 1)?;
        let mut ratios = Vec::new();
        let mut again = Vec::new();
        for round in 0..rounds {
            // Who goes first has the colder machine.
            let (plain, watched) = if round % 2 == 0 {
                let plain = without.ask(route, seconds)?;
                (plain, with.ask(route, seconds)?)
            } else {
                let watched = with.ask(route, seconds)?;
                (without.ask(route, seconds)?, watched)
            };
            let noise = without.ask(route, seconds)?;
            ratios.push(watched.beside(plain));
            again.push(noise.beside(plain));
            println!(
                "{route} round {}: without {plain}, with {watched}",
                round + 1
            );
        }
        println!(
            "{route} ({what}), medians of {rounds} rounds of {seconds} s: with perfguard {}; without it again {}",
            Measured::median(&ratios).change(),
            Measured::median(&again).change()
        );
    }
    Ok(())
}

/// A service of its own process, stopped at the end.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(kind: &str) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(kind)
            .env_remove("PERFGUARD")
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("it has an output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            child,
            address: address.trim().to_owned(),
        })
    }

    fn ask(&self, route: &str, seconds: u32) -> Result<Measured> {
        let url = format!("http://{}{route}", self.address);
        wrk::run(&url, seconds, || self.ticks())
    }

    /// The processor's time that it has taken so far, as Linux tells it.
    fn ticks(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // proc(5): after the name in brackets `utime` and `stime` are the 12th
        // and the 13th.
        let (_, fields) = stat.rsplit_once(')')?;
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|time| time.parse::<u64>().ok()).sum()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
