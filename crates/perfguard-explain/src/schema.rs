//! What the database has: tables, their columns and indexes.

use perfguard_core::planned;

use crate::sql::Source;

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    /// The schema that it lies in, where the catalog says so.
    pub(crate) home: Option<String>,
    pub(crate) name: String,
    pub(crate) columns: Vec<TableColumn>,
    pub(crate) indexes: Vec<Index>,
    /// A copy without rows takes its place for now.
    pub(crate) is_shadowed: bool,
}

impl Table {
    /// One of which nothing is known yet.
    pub(crate) fn named(source: &Source) -> Self {
        Self {
            schema: source.schema.clone(),
            home: None,
            name: source.table.clone(),
            columns: Vec::new(),
            indexes: Vec::new(),
            is_shadowed: false,
        }
    }

    /// Whether it is declared small, or known to have few rows.
    pub(crate) fn needs_no_index(&self) -> bool {
        planned::needs_no_index(self.schema.as_deref(), &self.name)
    }

    /// Whether it ends with the connection.
    pub(crate) fn is_temporary(&self) -> bool {
        let home = self.home.as_deref().unwrap_or_default();
        home == "temp" || home.starts_with("pg_temp_")
    }

    pub(crate) fn column(&self, name: &str) -> Option<&TableColumn> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The index that has these columns first, if there is one for all rows.
    pub(crate) fn index_starting_with(&self, columns: &[&str]) -> Option<&Index> {
        let mut indexes = self.indexes.iter().filter(|index| !index.is_partial());
        indexes.find(|index| index.starts_with(columns))
    }

    /// Whether values for these columns pin one row.
    pub(crate) fn is_pinned_by(&self, columns: &[&str]) -> bool {
        let mut unique = self
            .indexes
            .iter()
            .filter(|index| index.is_unique && !index.is_partial());
        unique.any(|index| {
            !index.columns.is_empty()
                && index.columns.iter().all(|key| {
                    let key = key.as_deref();
                    key.is_some_and(|key| columns.iter().any(|it| it.eq_ignore_ascii_case(key)))
                })
        })
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableColumn {
    pub(crate) name: String,
    /// As the database writes it, in lower case.
    pub(crate) kind: String,
    pub(crate) is_nullable: bool,
    /// The database makes its values.
    pub(crate) is_generated: bool,
    /// Several rows of a shadow have the same value.
    pub(crate) repeats: bool,
}

impl TableColumn {
    /// Whether it has two values only: half a table is no search.
    pub(crate) fn is_boolean(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "bool" | "boolean" | "tinyint(1)" | "bit(1)"
        )
    }

    /// Whether it says when something happened.
    pub(crate) fn is_time(&self) -> bool {
        self.kind.starts_with("timestamp") || self.kind.starts_with("date")
    }

    /// Whether MySQL wants a length where it is in an index.
    pub(crate) fn is_long(&self) -> bool {
        self.kind.ends_with("text") || self.kind.ends_with("blob")
    }
}

/// An index, or what works as one.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    /// In order; none for an expression.
    pub(crate) columns: Vec<Option<String>>,
    pub(crate) is_unique: bool,
    /// Which rows it holds, in lower case, if not all of them.
    pub(crate) predicate: Option<String>,
}

impl Index {
    pub(crate) fn is_partial(&self) -> bool {
        self.predicate.is_some()
    }

    /// Whether it holds rows by what they have in this column.
    pub(crate) fn chooses_by(&self, column: &str) -> bool {
        let predicate = self.predicate.as_deref().unwrap_or_default();
        let mut words = predicate.split(|it: char| !(it.is_alphanumeric() || it == '_'));
        words.any(|word| word.eq_ignore_ascii_case(column))
    }

    fn starts_with(&self, columns: &[&str]) -> bool {
        self.columns.len() >= columns.len()
            && self.columns.iter().zip(columns).all(|(key, column)| {
                key.as_deref()
                    .is_some_and(|key| key.eq_ignore_ascii_case(column))
            })
    }

    /// Its first column, if that is no expression.
    pub(crate) fn leading(&self) -> Option<&str> {
        self.columns.first()?.as_deref()
    }
}

/// Puts rows of (index, column, unique, predicate) together, which come in the
/// order of an index's columns. A predicate may be all of the `CREATE INDEX`.
pub(crate) fn indexes(rows: Vec<crate::session::Cells>) -> Vec<Index> {
    let mut indexes: Vec<Index> = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let Some(name) = cells.next().flatten() else {
            continue;
        };
        let column = cells.next().flatten();
        let is_unique = cells.next().flatten().is_some_and(|it| is_true(&it));
        let predicate = cells.next().flatten().map(|sql| {
            let sql = sql.to_lowercase();
            let of_rows = sql.split_once(" where ").map(|(_, rows)| rows.to_owned());
            of_rows.unwrap_or(sql)
        });
        match indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => index.columns.push(column),
            None => indexes.push(Index {
                name,
                columns: vec![column],
                is_unique,
                predicate,
            }),
        }
    }
    indexes
}

/// What databases write for a truth.
pub(crate) fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "true" | "YES")
}

#[cfg(test)]
mod tests {
    use super::{Table, indexes};

    #[test]
    fn a_prefix_of_an_index_is_known() {
        let cell = |it: &str| Some(it.to_owned());
        let rows = vec![
            vec![cell("one"), cell("a"), cell("1"), None],
            vec![cell("one"), cell("b"), cell("1"), None],
            vec![
                cell("two"),
                cell("c"),
                cell("0"),
                cell("CREATE INDEX two ON t (c) WHERE a = 1"),
            ],
        ];
        let table = Table {
            schema: None,
            home: None,
            name: "t".to_owned(),
            columns: Vec::new(),
            indexes: indexes(rows),
            is_shadowed: false,
        };
        assert!(table.index_starting_with(&["a"]).is_some());
        assert!(table.index_starting_with(&["A", "b"]).is_some());
        assert!(table.index_starting_with(&["b"]).is_none());
        assert!(table.index_starting_with(&["a", "b", "c"]).is_none());
        assert!(table.index_starting_with(&["c"]).is_none(), "it is partial");
        let two = table.index("two");
        assert!(two.is_some_and(|it| it.chooses_by("A") && !it.chooses_by("c")));
        assert!(table.is_pinned_by(&["b", "x", "a"]));
        assert!(!table.is_pinned_by(&["a"]));
    }
}
