//! How a database goes about a statement.

use perfguard_core::statement::{Dialect, Statement};

/// The plan of one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) accesses: Vec<Access>,
    /// Rows are sorted, in memory or on disk.
    pub(crate) sorts: bool,
    /// In the database's own unit.
    pub(crate) cost: Option<f64>,
    /// It is for the statement's own values.
    pub(crate) has_values: bool,
    /// For people, a line each.
    pub(crate) lines: Vec<String>,
}

/// How one table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The table, by its alias if it has one.
    pub(crate) name: String,
    pub(crate) way: Way,
    /// The columns that it is searched by, as far as the plan says.
    pub(crate) by: Vec<String>,
    /// The line of the plan that says so.
    pub(crate) line: String,
}

/// How rows are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of them are read, in the order of an index or of the table.
    Scan { index: Option<String> },
    /// By these indexes.
    Search { indexes: Vec<String> },
}

/// A condition or a key of a plan, without the values in it: those of views and
/// policies are not in the statement, and still are somebody's data.
pub(crate) fn without_values(condition: &str, dialect: Dialect) -> String {
    // It is read as a statement is.
    Statement::new(condition, dialect).text().to_owned()
}

impl Access {
    fn is_of(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(crate) fn is_scan(&self) -> bool {
        matches!(self.way, Way::Scan { .. })
    }

    /// The index that it is searched by, and no other.
    pub(crate) fn index(&self) -> Option<&str> {
        match &self.way {
            Way::Search { indexes } => match indexes.as_slice() {
                [index] => Some(index),
                _ => None,
            },
            Way::Scan { .. } => None,
        }
    }

    pub(crate) fn is_by(&self, column: &str) -> bool {
        self.by.iter().any(|it| it.eq_ignore_ascii_case(column))
    }

    pub(crate) fn uses(&self, index: &str) -> bool {
        match &self.way {
            Way::Scan { index: used } => used.as_deref() == Some(index),
            Way::Search { indexes } => indexes.iter().any(|it| it == index),
        }
    }
}

impl Plan {
    /// How the table of this name is read; several times perhaps.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Access> {
        let accesses = self.accesses.iter();
        accesses.filter(move |access| access.is_of(name))
    }

    /// Whether it is searched by this index.
    pub(crate) fn searches_by(&self, index: &str) -> bool {
        self.accesses
            .iter()
            .any(|access| !access.is_scan() && access.uses(index))
    }

    /// Whether it reads along this index, searching or not.
    pub(crate) fn reads_along(&self, index: &str) -> bool {
        self.accesses.iter().any(|access| access.uses(index))
    }

    /// How the table of this name is read, if it is read once.
    pub(crate) fn only(&self, name: &str) -> Option<&Access> {
        let mut accesses = self.accesses.iter().filter(|it| it.is_of(name));
        let first = accesses.next();
        first.filter(|_| accesses.next().is_none())
    }

    /// How many tables are read as a whole.
    pub(crate) fn whole(&self) -> usize {
        self.accesses.iter().filter(|it| it.is_scan()).count()
    }

    pub(crate) fn scans(&self, name: &str) -> bool {
        self.of(name).any(Access::is_scan)
    }
}

#[cfg(test)]
mod tests {
    use super::without_values;

    use perfguard_core::statement::Dialect;

    #[test]
    fn values_are_left_out_and_names_stay() {
        for (dialect, condition, shown) in [
            (
                Dialect::Postgres,
                "((name)::text <> 'it''s SECRET'::text) AND (id < '98'::bigint)",
                "((name)::text <> ?::text) and (id < ?::bigint)",
            ),
            (
                Dialect::Postgres,
                "(a1 = $1) AND (\"b 2\" = 2.5e7) AND (c = E'\\\\SECRET')",
                "(a1 = ?) and (\"b 2\" = ?) and (c = ?)",
            ),
            (
                Dialect::MySql,
                "`t`.`c_3` = 'it\\'s SECRET' and `t`.`d` > 0x5ec2e7",
                "\"t\".\"c_3\" = ? and \"t\".\"d\" > ?",
            ),
            (Dialect::Postgres, "a = 'SECRET", "a = ?"),
        ] {
            assert_eq!(without_values(condition, dialect), shown);
        }
    }
}
