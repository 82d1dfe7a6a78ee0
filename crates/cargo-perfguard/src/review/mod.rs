//! `cargo perfguard review`: baselines that are not as they were, one after the other.
//!
//! A test leaves what it ran beside its baseline, in a file of its own (`.new`). Accepting renames
//! that over the baseline, rejecting removes it.

mod ask;
mod difference;
mod proposal;

use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::cli::{complain, note};
use crate::failure::Failure;
use crate::packages::{Packages, Selection};
use crate::report::DENIED;
use ask::ask;
use proposal::{Proposal, Read, read};

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReviewOptions {
    #[command(flatten)]
    selection: Selection,
    /// Accepts all, and asks nothing
    #[arg(long, conflicts_with = "reject")]
    accept: bool,
    /// Rejects all, and asks nothing
    #[arg(long)]
    reject: bool,
}

const AFTER_HELP: &str = "\
Without a terminal, and without --accept and --reject, baselines are only listed.

Exit codes: 0 nothing waits, or it was reviewed; 100 something waits, and nobody could be asked; 1 a file could not be
read, written or used; 2 wrong arguments; 102 no workspace can be read, or it has no package of that name.";

/// What becomes of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Skip,
}

/// What became of all of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    rejected: usize,
    /// They wait on: skipped, or never asked for.
    left: usize,
    failed: usize,
}

impl Tally {
    /// Does what was decided, at once.
    fn settle(&mut self, proposal: &Proposal, decision: Decision) {
        let (done, count) = match decision {
            Decision::Accept => (proposal.accept(), &mut self.accepted),
            Decision::Reject => (proposal.reject(), &mut self.rejected),
            Decision::Skip => (Ok(()), &mut self.left),
        };
        match done {
            Ok(()) => *count += 1,
            Err(problem) => {
                complain(problem);
                self.failed += 1;
            }
        }
    }
}

/// How many baselines wait for a review; none where nobody can tell.
pub(crate) fn waiting(manifest: Option<&Path>) -> usize {
    let packages = Packages::read(manifest);
    let read = packages.and_then(|packages| read(&packages, &[]));
    read.map_or(0, |read| read.proposals.len() + read.broken.len())
}

pub(crate) fn run(options: &ReviewOptions) -> ExitCode {
    review(options).unwrap_or_else(Failure::tell)
}

fn review(options: &ReviewOptions) -> Result<ExitCode, Failure> {
    let packages = Packages::read(options.selection.manifest_path.as_deref())?;
    let Read { proposals, broken } = read(&packages, &options.selection.packages)?;
    for problem in &broken {
        complain(format!("{problem}: it was left out"));
    }
    if proposals.is_empty() && broken.is_empty() {
        note("no baseline waits for a review");
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = anstream::AutoStream::auto(stdout());
    let mut tally = Tally::default();
    if options.accept || options.reject {
        let decision = if options.accept {
            Decision::Accept
        } else {
            Decision::Reject
        };
        for proposal in &proposals {
            let _ = writeln!(out, "{proposal}");
            tally.settle(proposal, decision);
        }
    } else if stdin().is_terminal() && stdout().is_terminal() {
        tally = ask(&proposals, &mut stdin().lock(), &mut out);
    } else {
        for proposal in &proposals {
            let _ = writeln!(out, "{proposal}");
        }
        let waiting = match proposals.len() + broken.len() {
            1 => "1 baseline waits".to_owned(),
            several => format!("{several} baselines wait"),
        };
        complain(format!(
            "{waiting} for a review: run `cargo perfguard review` on a terminal, or with `--accept` or `--reject`"
        ));
        return Ok(ExitCode::from(DENIED));
    }
    let Tally {
        accepted,
        rejected,
        left,
        failed,
    } = tally;
    note(format!(
        "{accepted} accepted, {rejected} rejected, {left} left as they are"
    ));
    Ok(if failed > 0 || !broken.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
