//! What perfguard costs a query, beside what others cost it.
//!
//! `cargo bench --manifest-path bench/Cargo.toml` looks rows up by their key,
//! in a SQLite database in memory, with nothing attached, with perfguard, and
//! with what else counts or times queries. It prints one table in Markdown,
//! and which targets are met. Nothing is faster than such a look-up, so that
//! nothing shows a cost as clearly; over a network it disappears.
//!
//! * The time is that of the processor, of all threads of a process, kept on
//!   one core: also what hotpath does on a thread of its own, except in the
//!   fastest samples, during which that thread sleeps. Linux only.
//! * Each contender has a process of its own, because most of them are
//!   switched on for a process. They run in turns, 1200 look-ups each, and are
//!   started anew two dozen times.
//! * `ns` is the fastest sample; `more` is what a contender's fastest sample
//!   took more than that of the first in the same start, in the median of all
//!   starts. The second line of
//!   a group is the first again: what it shows is noise. If that is not far
//!   below the targets, the machine was busy: run again.
//! * In a scope means in that of `#[query_budget]`, in production: 1200
//!   look-ups in one scope, where the N+1 that they are is allowed, so that no
//!   warning is written; and 3 in one, as a handler has, scope included.
//! * No subscriber of `tracing` is installed, except where the line says so,
//!   and then it takes nothing but what it says.
//! * SQLite is 3.46. A newer one, 3.51, prepares a statement with a bound LIMIT
//!   again each time, which takes five times as long as the rest of the query
//!   and would hide what is measured.
//! * Feature `tracing-spans` (default) compiles SeaORM's spans into all lines,
//!   switched off but in one. `--no-default-features` measures without.
//!
//! With `-- --check`, a target that is missed makes the exit code 1. That is
//! for people: no test measures time. `-- --instructions` counts instructions
//! under `valgrind`, slowly, instead of taking the time: a number that hardly
//! changes. `-- SeaORM` takes only the groups whose title has that word.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

mod child;
mod clock;
mod contender;
mod instructions;
mod on_diesel;
mod on_sea_orm;
mod table;
mod turns;
mod workload;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use contender::Group;
use table::Table;

/// For each group.
const BUDGET: Duration = Duration::from_secs(45);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |argument| arguments.iter().any(|given| given == argument);
    let after = |argument| {
        let at = arguments.iter().position(|given| given == argument)?;
        arguments.get(at + 1)
    };
    let groups = [
        on_diesel::queries(),
        on_diesel::handlers(),
        on_sea_orm::queries(),
        on_sea_orm::handlers(),
    ];
    if let Some(id) = after("--contender") {
        let contender = groups
            .iter()
            .flat_map(|group| &group.contenders)
            .find(|contender| contender.id == id)
            .ok_or_else(|| format!("no such contender: {id}"))?;
        let passes = after("--passes").map(|passes| passes.parse()).transpose()?;
        child::run(contender, passes)?;
        return Ok(ExitCode::SUCCESS);
    }
    if has("--list") {
        return Ok(ExitCode::SUCCESS);
    }
    // `cargo bench` says so; `cargo test --benches` only wants it to run.
    if !has("--bench") {
        groups.iter().try_for_each(turns::run_once)?;
        return Ok(ExitCode::SUCCESS);
    }

    let name = arguments.iter().find(|given| !given.starts_with("--"));
    let is_wanted = |group: &&Group| name.is_none_or(|name| group.title.contains(name.as_str()));
    let unit = if has("--instructions") {
        "instructions"
    } else {
        "ns"
    };
    let mut table = Table::new(unit);
    for group in groups.iter().filter(is_wanted) {
        let costs = if has("--instructions") {
            instructions::count(group)?
        } else {
            turns::measure(group, BUDGET)?
        };
        table.add(group, &costs);
    }
    println!("{table}");
    Ok(if has("--check") && !table.is_met() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
