//! One contender in a process of its own.

use std::error::Error;
use std::io::{BufRead, stdin};

use perfguard::{Scope, adapter};

use crate::contender::{Contender, LookUp, Sees};
use crate::{clock, workload};

/// Look-ups before each sample that are not counted: the process before has
/// left its own data in the caches, and its own branches in the predictor.
const WARM_UP: usize = 99;

/// Runs that many passes and ends, or takes a sample for each line that comes
/// in and answers with its nanoseconds.
pub(crate) fn run(contender: &Contender, passes: Option<u32>) -> Result<(), Box<dyn Error>> {
    clock::stay_on_one_core()?;
    let ids = workload::ids();
    let mut look_up = (contender.set_up)()?;
    check(contender, &mut look_up, &ids)?;
    if let Some(passes) = passes {
        for _ in 0..passes {
            look_up(&ids)?;
        }
        return Ok(());
    }
    let some = ids.get(..WARM_UP).ok_or("too few ids")?;
    for line in stdin().lock().lines() {
        line?;
        look_up(some)?;
        let start = clock::now();
        look_up(&ids)?;
        println!("{}", (clock::now() - start).as_nanos());
    }
    Ok(())
}

/// Runs the queries once and checks that perfguard saw of them what it should.
fn check(contender: &Contender, look_up: &mut LookUp, ids: &[i32]) -> Result<(), Box<dyn Error>> {
    let unattributed = adapter::unattributed();
    let seen = match contender.sees {
        Sees::Nothing => {
            look_up(ids)?;
            adapter::unattributed() - unattributed == 0
        }
        Sees::Unattributed => {
            look_up(ids)?;
            adapter::unattributed() - unattributed == ids.len() as u64
        }
        Sees::Scoped => {
            let scope = Scope::new("check");
            scope.in_scope(|| look_up(ids))?;
            scope.close().queries() == ids.len() as u64
        }
    };
    if seen {
        Ok(())
    } else {
        Err(format!("{}: perfguard did not see what it should", contender.id).into())
    }
}
