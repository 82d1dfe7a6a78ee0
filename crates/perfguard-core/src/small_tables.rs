//! Tables that the application declares small, and those that are known to be.

use crate::statement::Shape;
use crate::table_rows::TableRows;

/// Tables of which reading all is no mistake, each with a reason; and what is
/// known of the rows of tables, which only says where no index is needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SmallTables {
    names: Vec<String>,
    pub(crate) rows: TableRows,
    /// The first of them that was declared without a reason.
    unreasoned: Option<String>,
}

impl SmallTables {
    pub(crate) fn declare(&mut self, table: &str, reason: &str) {
        if reason.trim().is_empty() && self.unreasoned.is_none() {
            self.unreasoned = Some(table.to_owned());
        }
        self.names.push(table.replace(['"', '`'], ""));
    }

    pub(crate) fn unreasoned(&self) -> Option<&str> {
        self.unreasoned.as_deref()
    }

    /// True if it is declared small.
    fn has(&self, table: &str) -> bool {
        self.names.iter().any(|small| is_named(table, small))
    }

    /// True if it needs no index: it is declared small, or known to have few
    /// rows.
    pub(crate) fn needs_no_index(&self, table: &str) -> bool {
        self.has(table) || self.rows.are_few_in(table)
    }

    /// True if a statement reads tables that are declared small, and no other.
    pub(crate) fn are_all_of(&self, shape: &Shape) -> bool {
        !self.names.is_empty() && reads_only(shape, |table| self.has(table))
    }

    /// True if a statement reads tables that need no index, and no other.
    pub(crate) fn are_all_without_index(&self, shape: &Shape) -> bool {
        reads_only(shape, |table| self.needs_no_index(table))
    }
}

fn reads_only(shape: &Shape, is_one: impl Fn(&str) -> bool) -> bool {
    shape.is_complete()
        && !shape.reads_derived()
        && !shape.tables().is_empty()
        && shape.tables().iter().all(|table| is_one(table))
}

/// Whether a table of a statement is the one of this name, whose schema may be
/// left out; in upper or lower case, because databases differ in that.
pub(crate) fn is_named(table: &str, name: &str) -> bool {
    let Some(at) = table.len().checked_sub(name.len()) else {
        return false;
    };
    let (Some(schema), Some(rest)) = (table.get(..at), table.get(at..)) else {
        return false;
    };
    !name.is_empty()
        && rest.eq_ignore_ascii_case(name)
        && (schema.is_empty() || schema.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::SmallTables;
    use crate::statement::{Dialect, Interner};

    fn is_small(sql: &str) -> bool {
        let mut small = SmallTables::default();
        small.declare("countries", "ISO list, 249 rows");
        small.declare("shop.currencies", "ten of them");
        let statement = Interner::new().intern(sql, Dialect::Postgres);
        small.are_all_of(statement.shape())
    }

    #[test]
    fn a_table_is_known_however_it_is_written() {
        for sql in [
            "SELECT * FROM countries",
            "SELECT * FROM public.countries c ORDER BY c.name",
            "SELECT * FROM \"public\".\"countries\"",
            "SELECT * FROM COUNTRIES",
            "SELECT * FROM \"Countries\"",
            "SELECT * FROM shop.currencies",
            "SELECT * FROM countries c JOIN shop.currencies u ON u.id = c.currency_id",
        ] {
            assert!(is_small(sql), "{sql}");
        }
    }

    #[test]
    fn another_table_makes_it_large() {
        for sql in [
            "SELECT * FROM my_countries",
            "SELECT * FROM countries_old",
            "SELECT * FROM currencies",
            "SELECT * FROM other.currencies",
            "SELECT * FROM countries c JOIN orders o ON o.country_id = c.id",
            "SELECT * FROM countries WHERE id IN (SELECT country_id FROM orders)",
            "SELECT 1",
        ] {
            assert!(!is_small(sql), "{sql}");
        }
    }

    #[test]
    fn rows_say_where_no_index_is_needed_and_nothing_else() {
        let mut small = SmallTables::default();
        small.declare("countries", "ISO list, 249 rows");
        small.rows.know("tags", 12);
        small.rows.know("orders", 70_000);
        small.rows.know("countries", 70_000);
        let interner = Interner::new();
        for (sql, is_small, is_without_index) in [
            ("SELECT * FROM tags WHERE name = $1", false, true),
            ("SELECT * FROM countries WHERE name = $1", true, true),
            (
                "SELECT * FROM tags t, countries c WHERE t.name = c.name",
                false,
                true,
            ),
            (
                "SELECT * FROM tags t, orders o WHERE t.name = o.name",
                false,
                false,
            ),
            ("SELECT * FROM users WHERE name = $1", false, false),
        ] {
            let statement = interner.intern(sql, Dialect::Postgres);
            assert_eq!(small.are_all_of(statement.shape()), is_small, "{sql}");
            let all = small.are_all_without_index(statement.shape());
            assert_eq!(all, is_without_index, "{sql}");
        }
    }
}
