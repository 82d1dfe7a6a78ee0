//! An index that does not exist yet.

use std::fmt::Write as _;

use perfguard_core::statement::Dialect;

use crate::backend::quoted;
use crate::schema::Table;

/// The longest name that every database takes.
const MAX_NAME: usize = 60;

/// An index that is tried out, and advised where its plan is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewIndex {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) keys: Vec<Key>,
    /// A soft-delete column whose rows are all NULL in it.
    pub(crate) only_null: Option<String>,
}

/// A column of an index, or an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) column: String,
    /// Written as SQL, in place of the column.
    pub(crate) expression: Option<String>,
    pub(crate) descends: bool,
    /// MySQL indexes only the start of it.
    pub(crate) is_long: bool,
}

impl Key {
    pub(crate) fn of(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            expression: None,
            descends: false,
            is_long: false,
        }
    }

    fn written(&self, dialect: Dialect) -> String {
        let mut key = match &self.expression {
            Some(expression) => format!("({expression})"),
            None => name(&self.column, dialect),
        };
        if self.is_long && dialect == Dialect::MySql {
            key.push_str("(64)");
        }
        if self.descends {
            key.push_str(" DESC");
        }
        key
    }
}

impl NewIndex {
    /// An index with a name that none of the table's has.
    pub(crate) fn new(table: &Table, keys: Vec<Key>, only_null: Option<String>) -> Self {
        let taken: Vec<_> = table.indexes.iter().map(|it| it.name.as_str()).collect();
        let schema = table.schema.clone();
        Self::named(schema, &table.name, &taken, keys, only_null)
    }

    /// The same, of a table of which only the names of its indexes are known.
    pub(crate) fn named(
        schema: Option<String>,
        table: &str,
        taken: &[&str],
        keys: Vec<Key>,
        only_null: Option<String>,
    ) -> Self {
        let columns: Vec<_> = keys.iter().map(|key| key.column.as_str()).collect();
        let mut stem = format!("{table}_{}", columns.join("_"));
        while stem.len() > MAX_NAME - 6 {
            stem.pop();
        }
        let mut name = format!("{stem}_idx");
        let mut number = 1;
        while taken.iter().any(|it| it.eq_ignore_ascii_case(&name)) {
            number += 1;
            name = format!("{stem}_idx{number}");
        }
        Self {
            name,
            schema,
            table: table.to_owned(),
            keys,
            only_null,
        }
    }

    /// `CREATE INDEX ..`, without a semicolon.
    pub(crate) fn create(&self, dialect: Dialect) -> String {
        let schema = self.schema.iter().map(|it| name(it, dialect) + ".");
        let schema: String = schema.collect();
        let (of_index, of_table) = match dialect {
            // SQLite names the schema with the index, the others with the table.
            Dialect::Sqlite => (schema.as_str(), ""),
            _ => ("", schema.as_str()),
        };
        let mut sql = format!(
            "CREATE INDEX {of_index}{} ON {of_table}{} ({})",
            name(&self.name, dialect),
            name(&self.table, dialect),
            self.columns(dialect),
        );
        if let Some(column) = &self.only_null {
            let _ = write!(sql, " WHERE {} IS NULL", name(column, dialect));
        }
        sql
    }

    /// `DROP INDEX ..`, without a semicolon.
    pub(crate) fn drop(&self, dialect: Dialect) -> String {
        let schema = self.schema.iter().map(|it| name(it, dialect) + ".");
        let schema: String = schema.collect();
        match dialect {
            Dialect::MySql => format!(
                "DROP INDEX {} ON {schema}{}",
                name(&self.name, dialect),
                name(&self.table, dialect)
            ),
            _ => format!("DROP INDEX {schema}{}", name(&self.name, dialect)),
        }
    }

    /// The line of a `CREATE TABLE`.
    pub(crate) fn key(&self, dialect: Dialect) -> String {
        format!(
            "KEY {} ({})",
            name(&self.name, dialect),
            self.columns(dialect)
        )
    }

    fn columns(&self, dialect: Dialect) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| key.written(dialect)).collect();
        keys.join(", ")
    }

    /// In the words of SeaORM's migrations, where they have such an index.
    pub(crate) fn in_sea_orm(&self) -> Option<String> {
        let is_plain = self
            .keys
            .iter()
            .all(|it| it.expression.is_none() && !it.is_long);
        if !is_plain || self.only_null.is_some() {
            return None;
        }
        let mut builder = format!(
            "Index::create().name({:?}).table({:?})",
            self.name, self.table
        );
        for key in &self.keys {
            let _ = match key.descends {
                true => write!(builder, ".col(({:?}, IndexOrder::Desc))", key.column),
                false => write!(builder, ".col({:?})", key.column),
            };
        }
        Some(format!("{builder}.to_owned()"))
    }
}

/// A name, in quotes where it needs them.
fn name(name: &str, dialect: Dialect) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
        && !KEYWORDS.contains(&name);
    match is_plain {
        true => name.to_owned(),
        false => quoted(name, dialect),
    }
}

/// Words of SQL that are likely names of tables and columns; quotes do no harm
/// where a database would not need them.
const KEYWORDS: [&str; 48] = [
    "all",
    "analyze",
    "and",
    "any",
    "as",
    "asc",
    "begin",
    "between",
    "by",
    "case",
    "cast",
    "check",
    "column",
    "condition",
    "create",
    "current",
    "default",
    "delete",
    "desc",
    "end",
    "exists",
    "for",
    "from",
    "group",
    "in",
    "index",
    "interval",
    "is",
    "key",
    "like",
    "limit",
    "match",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "range",
    "rank",
    "references",
    "select",
    "table",
    "to",
    "user",
    "values",
    "when",
    "where",
];

#[cfg(test)]
mod tests {
    use super::{Key, NewIndex};
    use crate::schema::Table;
    use perfguard_core::statement::Dialect;

    fn table(name: &str) -> Table {
        Table {
            schema: None,
            home: None,
            name: name.to_owned(),
            columns: Vec::new(),
            indexes: Vec::new(),
            is_shadowed: false,
        }
    }

    #[test]
    fn it_is_written_for_each_database() {
        let keys = vec![Key::of("user_id"), Key::of("order")];
        let index = NewIndex::new(&table("posts"), keys, None);
        assert_eq!(
            index.create(Dialect::Postgres),
            "CREATE INDEX posts_user_id_order_idx ON posts (user_id, \"order\")"
        );
        assert_eq!(
            index.create(Dialect::MySql),
            "CREATE INDEX posts_user_id_order_idx ON posts (user_id, `order`)"
        );
        assert_eq!(
            index.drop(Dialect::MySql),
            "DROP INDEX posts_user_id_order_idx ON posts"
        );
        assert_eq!(
            index.in_sea_orm().as_deref(),
            Some(
                "Index::create().name(\"posts_user_id_order_idx\").table(\"posts\").col(\"user_id\").col(\"order\").to_owned()"
            )
        );
    }

    #[test]
    fn a_partial_one_has_its_condition() {
        let index = NewIndex::new(
            &table("posts"),
            vec![Key::of("slug")],
            Some("deleted_at".to_owned()),
        );
        assert_eq!(
            index.create(Dialect::Sqlite),
            "CREATE INDEX posts_slug_idx ON posts (slug) WHERE deleted_at IS NULL"
        );
        assert_eq!(index.in_sea_orm(), None);
    }
}
