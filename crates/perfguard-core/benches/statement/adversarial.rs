//! Texts that somebody chose to be slow.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use perfguard_core::statement::{Dialect, Fingerprinter, Statement};

const SHORT: usize = 8 * 1024;
const LONG: usize = 64 * 1024;

/// What eight times the text may take: half as much again for memory that
/// does not fit into a cache any more.
const BOUND: f64 = 12.0;

const PIECES: [&str; 44] = [
    "'",
    "''",
    "'\\'",
    "\"",
    "\"a\"",
    "`",
    "(",
    ")",
    "[",
    "()",
    "$",
    "$a$",
    "$a$ $b$ ",
    "$a$$",
    "/*",
    "/**/",
    "*/",
    "/*!",
    "--",
    "--\n",
    "-- ",
    "#",
    "\\",
    ",",
    "'a',",
    "a,",
    "(1),",
    "((?,?),",
    "(a(",
    "values(",
    "values(1),",
    "values,",
    "+-",
    "-1",
    "1",
    "1.",
    "1e",
    "a",
    "a.",
    "\u{e9}'",
    "case ",
    "with a as (",
    "select a from (",
    ";select 1",
];

/// Prints a table, and returns whether all is within the bound.
pub(crate) fn run() -> bool {
    println!(
        "\n{:24} {:^30} {:^30}\n{:24} {:>8} {:>6} {:14} {:>8} {:>6}",
        "64 KiB of", "fingerprint", "Statement::new", "", "µs", "ratio", "", "µs", "ratio",
    );
    let mut fingerprinter = Fingerprinter::new();
    let mut all = true;
    for (name, text) in texts() {
        let (short, long) = (text(SHORT), text(LONG));
        let fingerprint = worst(&short, &long, |sql, dialect| {
            black_box(fingerprinter.fingerprint(sql, dialect));
        });
        let statement = worst(&short, &long, |sql, dialect| {
            drop(black_box(Statement::new(sql, dialect)));
        });
        let met = fingerprint.is_linear() && statement.is_linear();
        let missed = if met { "" } else { "MISSED" };
        println!("{name:24} {fingerprint} {statement} {missed}");
        all &= met;
    }
    let verdict = if all { "met" } else { "MISSED" };
    println!("{:32} {:9}  <= {BOUND:<5} {verdict}", "ratios", "");
    all
}

/// A name, and a text of a given length.
type Pattern = (String, Box<dyn Fn(usize) -> String>);

fn texts() -> Vec<Pattern> {
    let tags = |length| {
        let tags = (0..length).map(|number| format!("$a{number}$ "));
        tags.scan(0, |written, tag| {
            *written += tag.len();
            (*written <= length).then_some(tag)
        })
        .collect()
    };
    PIECES
        .iter()
        .map(|piece| -> Pattern {
            let text = |length| piece.repeat(length / piece.len());
            (format!("{piece:?}"), Box::new(text))
        })
        .chain([("$a0$ $a1$ $a2$ ..".to_owned(), Box::new(tags) as _)])
        .collect()
}

struct Growth {
    dialect: Dialect,
    short: Duration,
    long: Duration,
}

impl Growth {
    fn ratio(&self) -> f64 {
        self.long.as_secs_f64() / self.short.as_secs_f64()
    }

    fn is_linear(&self) -> bool {
        self.ratio() <= BOUND
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.long.as_secs_f64() * 1e6;
        let dialect = format!("({:?})", self.dialect);
        write!(f, "{micros:8.0} {:6.1} {dialect:14}", self.ratio())
    }
}

/// The growth in the dialect in which it is greatest.
fn worst(short: &str, long: &str, mut read: impl FnMut(&str, Dialect)) -> Growth {
    let mut worst = growth(short, long, Dialect::Ansi, &mut read);
    for dialect in [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite] {
        let growth = growth(short, long, dialect, &mut read);
        if growth.ratio() > worst.ratio() {
            worst = growth;
        }
    }
    worst
}

/// The fastest of some samples. More are taken while the bound is missed,
/// for it may be the machine that was busy.
fn growth(
    short: &str,
    long: &str,
    dialect: Dialect,
    read: &mut impl FnMut(&str, Dialect),
) -> Growth {
    let mut growth = Growth {
        dialect,
        short: Duration::MAX,
        long: Duration::MAX,
    };
    for round in 0..20 {
        if round >= 4 && growth.is_linear() {
            break;
        }
        growth.long = growth.long.min(time(1, || read(black_box(long), dialect)));
        growth.short = growth
            .short
            .min(time(8, || read(black_box(short), dialect)));
    }
    growth
}

fn time(times: u32, mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed() / times
}
