//! How fast a statement is recognised, and beside what.
//!
//! `cargo bench -p perfguard-core --bench statement` reads 200 texts as Diesel
//! and SeaORM write them: 120 for PostgreSQL and 80 for MySQL and SQLite, 229
//! bytes each on average. Everything they are compared with reads the same
//! texts in the same run, in turns, because times of a shared machine mean
//! little and their ratios a lot:
//!
//! * `memcpy`, `xxh3` (what perfguard hashes with) and `FNV-1a`, one byte at a
//!   time: what merely touching the bytes costs;
//! * `Fingerprinter` and `Statement::new`: what a text that was never seen
//!   before costs;
//! * `Interner`: what all others cost, that is nearly all. The line with
//!   threads has all of them ask one interner at once and says how long a
//!   look-up takes the machine; threads beyond its cores wait for their turn;
//! * [sqlparser] parses, and [sql-fingerprint] is what a parser makes of the
//!   same task.
//!
//! A sample is as many passes over all texts as take a millisecond or more,
//! after one that is not counted. `ns` is
//! the fastest sample and `p10` the tenth percentile, each per text. Where they
//! are far apart, the machine was busy: run again. The ratios are of the
//! fastest samples.
//!
//! The second table shows that the time is linear in the text even where
//! somebody chose it to be slow: eight times the text must not take more than
//! twelve times as long, in the dialect where it takes longest.
//!
//! With `-- --check`, a target that is missed makes the exit code 1. That is
//! for people: no test measures time.
//!
//! [sqlparser]: https://docs.rs/sqlparser
//! [sql-fingerprint]: https://docs.rs/sql-fingerprint
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

mod adversarial;
mod contenders;
mod sampling;
mod workload;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use contenders::{CACHE_HIT, FINGERPRINT, FNV_1A, SQL_FINGERPRINT, SQLPARSER, XXH3};
use sampling::{Contender, Samples};

const BUDGET: Duration = Duration::from_secs(6);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |argument| arguments.iter().any(|given| given == argument);
    if has("--list") {
        return Ok(ExitCode::SUCCESS);
    }
    let texts = workload::read()?;
    let mut contenders = contenders::all(&texts)?;
    // `cargo bench` says so; `cargo test --benches` only wants it to run.
    if !has("--bench") {
        sampling::run_once(&mut contenders);
        return Ok(ExitCode::SUCCESS);
    }

    let bytes: usize = texts.iter().map(|text| text.sql.len()).sum();
    println!("{} texts, {bytes} bytes", texts.len());
    sampling::measure(&mut contenders, BUDGET);
    print_table(&contenders, bytes as f64 / texts.len() as f64);
    let fast = print_targets(&contenders);
    let linear = adversarial::run();
    Ok(if has("--check") && !(fast && linear) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print_table(contenders: &[Contender<'_>], mean_bytes: f64) {
    let fnv = nanoseconds(contenders, FNV_1A);
    println!(
        "\n{:32} {:>9} {:>9} {:>8} {:>9}",
        "", "ns/query", "p10", "MB/s", "x FNV-1a"
    );
    for contender in contenders {
        let Samples { fastest, p10 } = contender.samples();
        println!(
            "{:32} {fastest:9.1} {p10:9.1} {:8.0} {:9.2}",
            contender.name,
            mean_bytes / fastest * 1_000.0,
            fastest / fnv,
        );
    }
}

/// Prints which targets are met, and returns whether all are.
fn print_targets(contenders: &[Contender<'_>]) -> bool {
    let ratio = |one, other| nanoseconds(contenders, one) / nanoseconds(contenders, other);
    let fingerprint = ratio(FINGERPRINT, FNV_1A);
    let parser = ratio(SQLPARSER, FINGERPRINT);
    let peer = ratio(SQL_FINGERPRINT, FINGERPRINT);
    let hit = ratio(CACHE_HIT, XXH3);

    println!("\ntargets");
    let target = |name, ratio: f64, bound, met| {
        let verdict = if met { "met" } else { "MISSED" };
        println!("{name:32} {ratio:9.2}  {bound:8} {verdict}");
        met
    };
    let required = [
        target(
            "fingerprint / FNV-1a",
            fingerprint,
            "<= 2.0",
            fingerprint <= 2.0,
        ),
        target("sql-fingerprint / fingerprint", peer, ">= 40", peer >= 40.0),
        target("sqlparser / fingerprint", parser, ">= 40", parser >= 40.0),
        target("cache hit / xxh3", hit, "<= 2.5", hit <= 2.5),
    ];
    // One to aim at: nothing fails without it.
    target(
        "stretch: fingerprint / FNV-1a",
        fingerprint,
        "<= 1.2",
        fingerprint <= 1.2,
    );
    required.iter().all(|met| *met)
}

fn nanoseconds(contenders: &[Contender<'_>], name: &str) -> f64 {
    contenders
        .iter()
        .find(|contender| contender.name == name)
        .map_or(f64::NAN, |contender| contender.samples().fastest)
}
