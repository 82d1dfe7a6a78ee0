//! Counts instructions instead of taking the time.

use std::error::Error;
use std::process::Command;

use crate::contender::{Contender, Group};
use crate::turns::{self, Cost};
use crate::workload::LOOK_UPS;

/// Instructions per query of each contender, once everything is warm.
pub(crate) fn count(group: &Group) -> Result<Vec<Cost>, Box<dyn Error>> {
    let counts: Vec<f64> = group
        .contenders
        .iter()
        .map(per_query)
        .collect::<Result<_, _>>()?;
    let plain = counts.first().copied().unwrap_or(f64::NAN);
    let cost = |count: f64| Cost {
        fastest: count,
        more: count / plain - 1.0,
    };
    Ok(counts.into_iter().map(cost).collect())
}

/// What two runs of different length differ in.
fn per_query(contender: &Contender) -> Result<f64, Box<dyn Error>> {
    const FEW: u32 = 1;
    const MANY: u32 = 5;
    let more = collected(contender, MANY)? - collected(contender, FEW)?;
    Ok(more / f64::from(MANY - FEW) / f64::from(LOOK_UPS))
}

fn collected(contender: &Contender, passes: u32) -> Result<f64, Box<dyn Error>> {
    let run = turns::command(contender)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(run.get_program())
        .args(run.get_args())
        .args(["--passes", &passes.to_string()])
        .output()
        .map_err(|error| format!("failed to run valgrind: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stderr);
    let number = messages
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .ok_or_else(|| format!("no count in what valgrind says:\n{messages}"))?
        .1;
    Ok(number.trim().parse()?)
}
