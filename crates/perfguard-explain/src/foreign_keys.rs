//! Foreign keys without an index on the side that refers.
//!
//! Whoever deletes a row, or changes its key, has the database look for those
//! that refer to it; and joins go that way. MySQL and MariaDB make the index
//! themselves.

use perfguard_core::statement::Dialect;
use perfguard_core::{Error, planned};

use crate::backend;
use crate::check::at_once;
use crate::index::{Key, NewIndex};
use crate::schema::is_true;
use crate::session::{Blocking, Connection, Session};

/// A foreign key whose columns no index starts with.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    schema: Option<String>,
    table: String,
    columns: Vec<String>,
    refers_to: String,
    index: NewIndex,
    dialect: Dialect,
}

impl ForeignKey {
    /// The schema of the table that refers, if it is not the default one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The table that refers.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The table that it refers to, with its schema if that is not the default
    /// one.
    #[must_use]
    pub fn refers_to(&self) -> &str {
        &self.refers_to
    }

    /// `CREATE INDEX ..` for it.
    #[must_use]
    pub fn create(&self) -> String {
        self.index.create(self.dialect)
    }
}

/// The foreign keys of a schema that have no index on the side that refers:
/// those of SQLite's main database, of the schemas of PostgreSQL's search path,
/// of MySQL's current database. Tables that are declared small are left out, and
/// those that are known to have few rows (`Settings::table_rows`).
///
/// It reads the catalog, whatever the number of tables by two statements, and
/// nothing else.
///
/// # Errors
/// If the catalog cannot be read.
pub fn foreign_keys<S: Session>(session: &mut S) -> Result<Vec<ForeignKey>, Error> {
    let mut connection = Blocking(session);
    let read = planned::quietly(|| at_once(unindexed(&mut connection)));
    read.ok_or_else(|| Error::explain("a connection that answers at once has to be waited for"))?
}

pub(crate) async fn unindexed<C: Connection>(connection: &mut C) -> Result<Vec<ForeignKey>, Error> {
    let not_read = |said: String| {
        Error::explain(format!(
            "the foreign keys of this database cannot be read: {said}; ask with a user who may \
             read its catalog"
        ))
    };
    let dialect = connection.dialect();
    let keys = backend::foreign_keys(connection).await.map_err(not_read)?;
    let indexes = backend::all_indexes(connection).await.map_err(not_read)?;
    let indexes = groups(indexes);
    let mut missing = Vec::new();
    for key in groups(keys) {
        let is_indexed = indexes.iter().any(|index| {
            // As equalities they may stand in any order.
            let first = index.columns.get(..key.columns.len()).unwrap_or_default();
            index.schema == key.schema
                && index.table == key.table
                && !is_true(&index.other)
                && !first.is_empty()
                && key.columns.iter().all(|column| first.contains(column))
        });
        let schema = key.schema.clone();
        if is_indexed || planned::needs_no_index(schema.as_deref(), &key.table) {
            continue;
        }
        let keys = key.columns.iter().map(|it| Key::of(it)).collect();
        let index = {
            // Long names are cut, and most databases know an index by its name
            // in the whole schema.
            let others = indexes.iter().filter(|it| it.schema == schema);
            let others = others.map(|it| it.name.as_str());
            let new = missing.iter().map(|it: &ForeignKey| it.index.name.as_str());
            let taken: Vec<_> = others.chain(new).collect();
            NewIndex::named(schema.clone(), &key.table, &taken, keys, None)
        };
        missing.push(ForeignKey {
            index,
            schema,
            table: key.table,
            columns: key.columns,
            refers_to: key.other,
            dialect,
        });
    }
    Ok(missing)
}

/// A key or an index: its columns in order, and one fact more.
struct Group {
    schema: Option<String>,
    table: String,
    name: String,
    columns: Vec<String>,
    other: String,
}

/// Puts rows of (schema, table, name, column, fact) together, which come in order.
fn groups(rows: Vec<crate::session::Cells>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let schema = cells.next().flatten();
        let mut next = || cells.next().flatten().unwrap_or_default();
        let (table, name, column, other) = (next(), next(), next(), next());
        let last = groups.last_mut();
        match last.filter(|it| it.schema == schema && it.table == table && it.name == name) {
            Some(group) => group.columns.push(column),
            None => groups.push(Group {
                schema,
                table,
                name,
                columns: vec![column],
                other,
            }),
        }
    }
    groups
}
