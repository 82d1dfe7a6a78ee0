//! Tables that the application declares small.

use crate::statement::Shape;

/// Tables of which reading all is no mistake, each with a reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct SmallTables {
    names: Vec<String>,
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

    /// True if it is one of them.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.names.iter().any(|small| is_named(table, small))
    }

    /// True if a statement reads small tables, and no other.
    pub(crate) fn are_all_of(&self, shape: &Shape) -> bool {
        !self.names.is_empty()
            && shape.is_complete()
            && !shape.reads_derived()
            && !shape.tables().is_empty()
            && shape.tables().iter().all(|table| self.has(table))
    }
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
}
