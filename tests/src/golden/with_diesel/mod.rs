//! What Diesel writes.

mod aggregates;
mod inserts;
mod joins;
mod lists;
mod lookups;
mod names;
mod postgres;
mod raw;
mod schema;
mod selects;
mod sets;
mod text;
mod transactions;
mod updates;
mod upserts;
mod values;

use std::fmt::{self, Display, Write};

use ::diesel::mysql::Mysql;
use ::diesel::pg::Pg;
use ::diesel::sqlite::Sqlite;

use super::corpus::Corpus;
use super::{Dialect, Orm};

pub(super) fn add_to(corpus: &mut Corpus) {
    lookups::add_to(corpus);
    lists::add_to(corpus);
    text::add_to(corpus);
    values::add_to(corpus);
    joins::add_to(corpus);
    selects::add_to(corpus);
    sets::add_to(corpus);
    aggregates::add_to(corpus);
    inserts::add_to(corpus);
    upserts::add_to(corpus);
    updates::add_to(corpus);
    postgres::add_to(corpus);
    names::add_to(corpus);
    raw::add_to(corpus);
    transactions::add_to(corpus);
}

/// Adds a query as each of the backends in brackets writes it. `Db` is the
/// backend, for the query that has to name it.
macro_rules! on {
    ($corpus:ident, [$($backend:ident),+], $case:literal, $query:expr) => {
        $crate::golden::with_diesel::on!(@ $corpus, [$($backend),+], $case, None, $query)
    };
    ($corpus:ident, [$($backend:ident),+], $case:literal, $variant:literal, $query:expr) => {
        $crate::golden::with_diesel::on!(@ $corpus, [$($backend),+], $case, Some($variant), $query)
    };
    (@ $corpus:ident, [$($backend:ident),+], $case:literal, $variant:expr, $query:expr) => {
        $({
            #[allow(dead_code, reason = "most queries have one type for all backends")]
            type Db = $crate::golden::with_diesel::$backend;
            let query = $query;
            let sql = $crate::golden::with_diesel::sql_of(
                &::diesel::debug_query::<Db, _>(&query),
            );
            $crate::golden::with_diesel::add::<Db>($corpus, $case, $variant, sql);
        })+
    };
}

/// Adds a query as all three backends write it.
macro_rules! everywhere {
    ($corpus:ident, $($rest:tt)+) => {
        $crate::golden::with_diesel::on!($corpus, [Pg, Mysql, Sqlite], $($rest)+)
    };
}

use {everywhere, on};

trait HasDialect {
    const DIALECT: Dialect;
}

impl HasDialect for Pg {
    const DIALECT: Dialect = Dialect::Postgres;
}

impl HasDialect for Mysql {
    const DIALECT: Dialect = Dialect::Mysql;
}

impl HasDialect for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
}

fn add<Db: HasDialect>(
    corpus: &mut Corpus,
    case: &'static str,
    variant: Option<&'static str>,
    sql: String,
) {
    corpus.add(Orm::Diesel, Db::DIALECT, case, variant, sql);
}

/// Diesel's debug query displays the SQL, then ` -- binds: ` and the values.
/// The SQL is the first piece that it writes.
fn sql_of(query: &impl Display) -> String {
    let mut first = FirstPiece(String::new());
    // The error is how the writer says that it has what it wants.
    let _ = write!(first, "{query}");
    assert!(!first.0.is_empty(), "Diesel cannot write this query");
    first.0
}

struct FirstPiece(String);

impl Write for FirstPiece {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if !self.0.is_empty() {
            return Err(fmt::Error);
        }
        self.0.push_str(piece);
        Ok(())
    }
}
