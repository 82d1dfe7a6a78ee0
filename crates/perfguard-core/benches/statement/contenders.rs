//! All that is measured.

use std::error::Error;
use std::hint::black_box;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use perfguard_core::statement::{Dialect, Fingerprinter, Interner, Statement};
use sqlparser::dialect::{
    Dialect as ParserDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::parser::Parser;
use twox_hash::XxHash3_64;

use super::sampling::Contender;
use super::workload::Text;

pub(crate) const CACHE_HIT: &str = "Interner, all texts known";
pub(crate) const FINGERPRINT: &str = "Fingerprinter::fingerprint";
pub(crate) const FNV_1A: &str = "FNV-1a, byte by byte";
pub(crate) const SQL_FINGERPRINT: &str = "sql-fingerprint";
pub(crate) const SQLPARSER: &str = "sqlparser, parse";
pub(crate) const XXH3: &str = "xxh3";

const THREADS: usize = 16;

/// The contenders, once it is certain that each of them can read all texts.
pub(crate) fn all(texts: &[Text]) -> Result<Vec<Contender<'_>>, Box<dyn Error>> {
    for text in texts {
        Parser::parse_sql(parser_dialect(text.dialect), &text.sql)
            .map_err(|error| format!("{error}: {}", text.sql))?;
        let fingerprint = Fingerprinter::new().fingerprint(&text.sql, text.dialect);
        if fingerprint != Statement::new(&text.sql, text.dialect).fingerprint() {
            return Err(format!("two fingerprints: {}", text.sql).into());
        }
    }

    let mut copy = Vec::new();
    let mut fingerprinter = Fingerprinter::new();
    let mut canonical = Fingerprinter::new();
    let interner = filled(texts);
    Ok(vec![
        each("memcpy", texts, move |text| {
            copy.clear();
            copy.extend_from_slice(text.sql.as_bytes());
            black_box(copy.as_slice());
        }),
        each(XXH3, texts, |text| {
            black_box(XxHash3_64::oneshot(text.sql.as_bytes()));
        }),
        each(FNV_1A, texts, |text| {
            black_box(fnv_1a(text.sql.as_bytes()));
        }),
        each(CACHE_HIT, texts, move |text| {
            drop(black_box(interner.intern(&text.sql, text.dialect)));
        }),
        shared_cache_hit(texts),
        each("Fingerprinter::canonical", texts, move |text| {
            black_box(canonical.canonical(&text.sql, text.dialect));
        }),
        each(FINGERPRINT, texts, move |text| {
            black_box(fingerprinter.fingerprint(&text.sql, text.dialect));
        }),
        each("Statement::new", texts, |text| {
            drop(black_box(Statement::new(&text.sql, text.dialect)));
        }),
        each(SQLPARSER, texts, |text| {
            let dialect = parser_dialect(text.dialect);
            drop(black_box(Parser::parse_sql(dialect, &text.sql)));
        }),
        each(SQL_FINGERPRINT, texts, |text| {
            let dialect = Some(parser_dialect(text.dialect));
            drop(black_box(sql_fingerprint::fingerprint_one(
                &text.sql, dialect,
            )));
        }),
    ])
}

fn each<'a>(
    name: &'static str,
    texts: &'a [Text],
    mut read: impl FnMut(&Text) + 'a,
) -> Contender<'a> {
    Contender::new(name, texts.len(), move || {
        for text in texts {
            read(black_box(text));
        }
    })
}

fn shared_cache_hit(texts: &[Text]) -> Contender<'_> {
    let interner = filled(texts);
    // Shorter samples would show how threads are started.
    let at_least = Duration::from_millis(2);
    Contender::timed(
        "the same, 16 threads",
        texts.len() * THREADS,
        at_least,
        move |passes| on_all_threads(&interner, texts, passes),
    )
}

/// The time from the start of the first thread to the end of the last.
fn on_all_threads(interner: &Interner, texts: &[Text], passes: usize) -> Duration {
    let barrier = Barrier::new(THREADS);
    let look_up = || {
        barrier.wait();
        let start = Instant::now();
        for _ in 0..passes {
            for text in texts {
                let text = black_box(text);
                drop(black_box(interner.intern(&text.sql, text.dialect)));
            }
        }
        (start, Instant::now())
    };
    let times: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(look_up)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    let start = times.iter().map(|(start, _)| *start).min();
    let end = times.iter().map(|(_, end)| *end).max();
    start
        .zip(end)
        .map(|(start, end)| end - start)
        .unwrap_or_default()
}

fn filled(texts: &[Text]) -> Interner {
    let interner = Interner::new();
    for text in texts {
        interner.intern(&text.sql, text.dialect);
    }
    interner
}

fn parser_dialect(dialect: Dialect) -> &'static dyn ParserDialect {
    match dialect {
        Dialect::MySql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        _ => &PostgreSqlDialect {},
    }
}

/// <http://www.isthe.com/chongo/tech/comp/fnv/>
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
