//! What can be read of a statement that Diesel only lets us print.
//!
//! `DebugQuery` has no other interface than `Display`, which writes the SQL in
//! one piece, then ` -- binds: `, then the values piece by piece. That form is
//! not promised: where the SQL does not come alone in the first piece, it is
//! taken with its comment, which the fingerprint drops, and the values are
//! unknown.

use std::fmt::{self, Write};

use diesel::connection::DebugQuery;
use perfguard_core::adapter::{BindHasher, Binds};

const BINDS: &str = " -- binds: ";

/// What stands there for a statement without values.
const EMPTY: &str = "[]";

/// Reads the SQL and the identity of the bound values. `sql` is reused, so
/// that nothing is allocated once it has grown.
pub(crate) fn read(query: &dyn DebugQuery, sql: &mut String) -> Binds {
    sql.clear();
    let mut reader = Reader {
        sql,
        pieces: 0,
        binds: BindHasher::new(),
        empty: Some(EMPTY),
    };
    // The reader never fails, and a statement that cannot print itself is
    // counted by what it printed.
    let _ = write!(reader, "{query}");
    let has_binds = reader.pieces > 1;
    let is_empty = has_binds && reader.empty == Some("");
    let binds = reader.binds.finish();
    if !has_binds && sql.contains(BINDS) {
        Binds::Unknown
    } else if is_empty {
        Binds::None
    } else {
        binds
    }
}

/// The SQL alone, for whoever has no use for the values: they are not printed.
/// Nothing if the statement cannot print itself.
pub(crate) fn sql(query: &dyn DebugQuery) -> Option<String> {
    let mut text = Text {
        sql: String::new(),
        is_whole: false,
    };
    // It also fails once the text is whole, and prints no values then.
    let printed = write!(text, "{query}");
    (text.is_whole || printed.is_ok()).then_some(text.sql)
}

struct Text {
    sql: String,
    is_whole: bool,
}

impl Write for Text {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if piece == BINDS {
            self.is_whole = true;
            return Err(fmt::Error);
        }
        self.sql.push_str(piece);
        Ok(())
    }
}

struct Reader<'a> {
    sql: &'a mut String,
    pieces: usize,
    binds: BindHasher,
    /// What is left of [`EMPTY`], if nothing else was written.
    empty: Option<&'static str>,
}

impl Write for Reader<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.pieces == 0 {
            self.sql.push_str(piece);
        } else if self.pieces > 1 || piece != BINDS {
            self.empty = self.empty.and_then(|left| left.strip_prefix(piece));
            self.binds.write_str(piece)?;
        }
        self.pieces += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Binds, read, sql};
    use std::fmt::{Debug, Display, Formatter, Result};

    /// Prints its pieces as Diesel's queries do.
    #[derive(Debug)]
    struct Pieces<'a>(&'a [&'a str]);

    impl Display for Pieces<'_> {
        fn fmt(&self, f: &mut Formatter<'_>) -> Result {
            self.0.iter().try_for_each(|piece| f.write_str(piece))
        }
    }

    impl diesel::connection::DebugQuery for Pieces<'_> {}

    fn read_pieces(pieces: &[&str]) -> (String, Binds) {
        let mut sql = String::new();
        let binds = read(&Pieces(pieces), &mut sql);
        (sql, binds)
    }

    #[test]
    fn the_sql_is_the_first_piece_and_the_values_are_only_compared() {
        let (sql, one) = read_pieces(&["SELECT ?", " -- binds: ", "[", "1", "]"]);
        let (_, two) = read_pieces(&["SELECT ?", " -- binds: ", "[", "2", "]"]);
        let (_, again) = read_pieces(&["SELECT ?", " -- binds: ", "[1]"]);
        assert_eq!(sql, "SELECT ?");
        assert!(matches!(one, Binds::Identity(_)));
        assert_ne!(one, two);
        assert_eq!(
            one, again,
            "how the values are cut into pieces does not matter"
        );
    }

    #[test]
    fn the_sql_alone_is_all_before_the_values() {
        for pieces in [
            &["SELECT ? LIMIT ?", " -- binds: ", "[1, 2]"][..],
            &["SELECT ?", " LIMIT ?", " -- binds: ", "[1, 2]"],
            &["SELECT ? LIMIT ?"],
        ] {
            assert_eq!(sql(&Pieces(pieces)).as_deref(), Some("SELECT ? LIMIT ?"));
        }
    }

    #[test]
    fn what_cannot_print_itself_has_no_sql() {
        #[derive(Debug)]
        struct Unprintable;
        impl Display for Unprintable {
            fn fmt(&self, _: &mut Formatter<'_>) -> Result {
                Err(std::fmt::Error)
            }
        }
        impl diesel::connection::DebugQuery for Unprintable {}
        assert_eq!(sql(&Unprintable), None);
    }

    #[test]
    fn a_text_alone_has_no_values() {
        assert_eq!(read_pieces(&["BEGIN"]), ("BEGIN".to_owned(), Binds::None));
    }

    #[test]
    fn an_empty_list_has_no_values() {
        for list in [&["[", "]"][..], &["[]"]] {
            let pieces = [&["SELECT 1", " -- binds: "][..], list].concat();
            assert_eq!(read_pieces(&pieces).1, Binds::None, "{list:?}");
        }
        for list in [&["[", "[", "]", "]"][..], &["[", "1", "]"], &["["]] {
            let pieces = [&["SELECT ?", " -- binds: "][..], list].concat();
            assert_ne!(read_pieces(&pieces).1, Binds::None, "{list:?}");
        }
    }

    #[test]
    fn values_that_cannot_be_told_from_the_text_are_unknown() {
        let (_, binds) = read_pieces(&["SELECT ? -- binds: [1]"]);
        assert_eq!(binds, Binds::Unknown);
    }

    #[test]
    fn values_that_hide_themselves_are_unknown() {
        let (_, binds) = read_pieces(&["SELECT ?", " -- binds: ", "[", "Secret([REDACTED])", "]"]);
        assert_eq!(binds, Binds::Unknown);
    }
}
