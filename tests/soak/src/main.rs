//! Memory of a process that perfguard watches for long:
//! `cargo run --release -p soak`.
//!
//! Ten statements in each of a million scopes, each scope with one text that
//! nobody has seen before; names of scopes that never come again, loops that
//! are warned of, scopes that are never finished, and now and then a scope of a
//! hundred thousand statements or of texts of a mebibyte. Prints the resident
//! memory over time, and fails if it grew by more than [`MOST_GROWTH`] or goes
//! on growing in the last half.
//!
//! `cargo run --release -p soak -- 100` runs a hundred times as much, `-- 1
//! watched` with metrics that are scraped and a live view that is looked at.
#![expect(clippy::print_stdout, reason = "what it is for")]

mod load;
mod memory;
mod watched;

use std::process::ExitCode;
use std::time::Instant;

use load::Load;
use memory::Memory;
use watched::Watched;

/// Scopes of one run.
const SCOPES: u64 = 1_000_000;

/// How often memory is looked at.
const SAMPLES: u64 = 40;

/// By how much memory may grow from the first sample on, in KiB.
const MOST_GROWTH: f64 = 32.0 * 1024.0;

/// By how much memory may grow in the last half, in KiB, by the line that fits
/// it best: a few pages that the allocator moves.
const MOST_LATE_GROWTH: f64 = 512.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_watched = match arguments.get(1).map(String::as_str) {
        None => false,
        Some("watched") => true,
        Some(other) => {
            println!("`{other}` is nothing that is known: expected `watched`, or nothing");
            return ExitCode::from(2);
        }
    };
    let times: u64 = match arguments.first().map(|times| times.parse()) {
        None => 1,
        Some(Ok(times)) if times > 0 => times,
        _ => {
            println!("how many times a million scopes? expected a whole number from 1");
            return ExitCode::from(2);
        }
    };
    let watched = match Watched::install(is_watched) {
        Ok(watched) => watched,
        Err(error) => {
            println!("{error}");
            return ExitCode::from(2);
        }
    };
    let scopes = SCOPES * times;
    let began = Instant::now();
    let mut load = Load::default();
    // What any process has: code that is paged in, tables of a usual size.
    load.run(scopes / 1_000);
    if let Some(watched) = &watched {
        watched.look();
    }
    let mut memory = Memory::default();
    println!("   statements       texts      scopes     memory");
    for sample in 0..=SAMPLES {
        let Some(resident) = memory.sample(load.statements) else {
            println!("the system does not tell how much memory a process has");
            return ExitCode::from(2);
        };
        println!(
            "{:>13} {:>11} {:>11} {resident:>6.1} MiB",
            load.statements, load.texts, load.scopes
        );
        if sample < SAMPLES {
            load.run(scopes / SAMPLES);
            if let Some(watched) = &watched {
                watched.look();
            }
        }
    }
    println!(
        "{} statements, {} texts, {} scopes in {:.0?}; {} of perfguard's own errors",
        load.statements,
        load.texts,
        load.scopes,
        began.elapsed(),
        perfguard::sink::internal_errors()
    );
    if let Some(problem) = watched.and_then(|watched| watched.problem()) {
        println!("{problem}");
        return ExitCode::FAILURE;
    }
    let (growth, late) = (memory.growth(), memory.late_growth());
    println!(
        "memory: {:+.1} MiB above the start at most ({:.0} allowed), {late:+.0} KiB in the last half ({MOST_LATE_GROWTH:.0} allowed)",
        growth / 1024.0,
        MOST_GROWTH / 1024.0
    );
    if growth > MOST_GROWTH || late > MOST_LATE_GROWTH {
        println!("too much");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
