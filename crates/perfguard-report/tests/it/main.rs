//! What a run looks like in each format.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

mod browser;
mod diff;
mod hostile;
mod order;
mod page;
mod payloads;
mod sarif;
mod shown;

use std::path::{Path, PathBuf};

use perfguard_report::{Run, Summary};

/// A run that lies in `tests/runs`.
fn run(name: &str) -> Run {
    Run::read(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/runs")
            .join(name),
    )
    .unwrap()
}

/// Without colours, as a file gets it.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// All formats of a run, each with its name.
fn formats(run: &Run) -> Vec<(&'static str, String)> {
    let summary = Summary::of(run);
    vec![
        ("human.txt", plain(&perfguard_report::human(&summary, 100))),
        ("human.ansi", perfguard_report::human(&summary, 100)),
        ("json", perfguard_report::json(&summary)),
        ("sarif", perfguard_report::sarif(&summary)),
        ("junit.xml", perfguard_report::junit(&summary).unwrap()),
        ("github", perfguard_report::github(&summary)),
        ("html", perfguard_report::html(&summary, "")),
        ("md", perfguard_report::markdown(&summary)),
    ]
}

/// Where a file of `tests/shown` lies.
fn shown(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/shown")
        .join(name)
}
