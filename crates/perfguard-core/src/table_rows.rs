//! How many rows tables have, as somebody has read it from a database that is
//! in use.

use std::collections::BTreeMap;

/// From how many rows on an index is worth its while, where nobody says
/// otherwise: what dexter and pghero ask for before they suggest one.
pub(crate) const SMALL_ROWS: u64 = 500;

/// Tables with their rows, those of the default schema without its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableRows {
    /// By the name in lower case. Databases differ in whether case matters: of
    /// names that differ in nothing else the most rows count.
    rows: BTreeMap<String, u64>,
    small: Option<u64>,
}

impl TableRows {
    pub(crate) fn know(&mut self, table: &str, rows: u64) {
        let known = self.rows.entry(table.to_ascii_lowercase()).or_default();
        *known = rows.max(*known);
    }

    pub(crate) fn small(&mut self, rows: u64) {
        self.small = Some(rows);
    }

    /// True if it is known to have fewer rows than an index is worth.
    ///
    /// A name with a schema is that table alone: what is known of the one in
    /// the default schema says nothing of it.
    pub(crate) fn are_few_in(&self, table: &str) -> bool {
        let rows = self.rows.get(&table.to_ascii_lowercase());
        rows.is_some_and(|rows| *rows < self.enough())
    }

    /// From how many rows on an index is worth its while.
    pub(crate) fn enough(&self) -> u64 {
        self.small.unwrap_or(SMALL_ROWS)
    }
}

#[cfg(test)]
mod tests {
    use super::TableRows;

    #[test]
    fn few_rows_are_less_than_an_index_is_worth() {
        let mut known = TableRows::default();
        known.know("tags", 499);
        known.know("posts", 500);
        assert!(known.are_few_in("tags"));
        assert!(!known.are_few_in("posts"));
        assert!(!known.are_few_in("users"), "nobody knows");
        known.small(501);
        assert!(known.are_few_in("posts"));
        known.small(0);
        assert!(!known.are_few_in("tags"), "of none there are too few");
    }

    #[test]
    fn a_schema_makes_another_table() {
        let mut known = TableRows::default();
        known.know("orders", 3);
        known.know("shop.tags", 3);
        assert!(known.are_few_in("orders"));
        assert!(!known.are_few_in("shop.orders"));
        assert!(known.are_few_in("shop.tags"));
        assert!(!known.are_few_in("tags"));
    }

    #[test]
    fn of_names_that_differ_in_their_case_the_most_rows_count() {
        let mut known = TableRows::default();
        known.know("Orders", 7000);
        known.know("orders", 3);
        assert!(!known.are_few_in("orders"));
        known.know("Tags", 3);
        assert!(known.are_few_in("tags"));
    }
}
