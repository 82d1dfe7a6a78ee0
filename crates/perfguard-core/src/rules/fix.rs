//! What to do about a finding, in the words of the ORM that wrote the
//! statement.

use crate::finding::Source;
use crate::query::Orm;
use crate::statement::{Dialect, Kind, Limit, List, Shape, Statement};

pub(super) fn long_transaction() -> &'static str {
    "do what needs no lock before it or after it: calls of other services, files, computation, reads that may be older; write in parts"
}

pub(super) fn sequential_calls() -> &'static str {
    "where none needs another's answer, await them together: `tokio::join!(..)`, `futures::future::try_join_all(..)` for a list (`std::thread::scope` in sync code); what the answer does not need can go on after it: `tokio::spawn(perfguard::in_current_scope(..))`"
}

pub(super) fn sequential_queries(orm: Orm) -> String {
    match orm {
        Orm::Diesel => {
            "await them together, with a connection of the pool for each: `tokio::try_join!(..)` (diesel-async; it can also pipeline them on one connection of PostgreSQL), a `spawn_blocking` for each in sync code; or ask once, with a subquery for each value"
        }
        Orm::SeaOrm => {
            "await them together: `tokio::try_join!(one.all(db), other.count(db))`, for which the pool takes a connection each; or ask once, with a subquery for each value"
        }
        Orm::Other => {
            "await them together, with a connection of the pool for each, or ask once, with a subquery for each value"
        }
    }
    .to_owned()
}

pub(super) fn blocking_poll() -> &'static str {
    "computation, sync drivers and files go to threads: `tokio::task::spawn_blocking(perfguard::in_current_scope(move || ..))`, or rayon for work that uses all cores; a lock that others hold for long has an async one; cut what has to stay with `tokio::task::yield_now().await`"
}

pub(super) fn connection_per_request(orm: Orm) -> &'static str {
    match orm {
        Orm::Diesel => {
            "make a pool once, at start-up, and take connections from it: `diesel::r2d2::Pool`, or deadpool or bb8 of diesel-async"
        }
        Orm::SeaOrm => {
            "connect once, at start-up: a `DatabaseConnection` is a pool, and its clones share it"
        }
        Orm::Other => "make a pool once, at start-up, and take connections from it",
    }
}

pub(super) fn n_plus_one(orm: Orm, statement: &Statement, source: Option<&Source>) -> String {
    let shape = statement.shape();
    let counted = counted(statement);
    let table = counted.map(|(table, _)| table).or(main_table(shape));
    let table = table.unwrap_or("the table");
    let column = shape.equalities().first();
    let name = match counted {
        Some((_, column)) => column,
        None => column.map_or("id", |column| column.name()),
    };
    // The column of a joined table cannot filter this one.
    let owner = column
        .and_then(|column| column.table())
        .map_or(table, without_schema);
    let repeat = Repeat {
        table,
        column: name,
        owner,
        source: source.map(|source| source.statement.shape()),
    };
    if shape.list() == List::One {
        return "the statement takes a list: pass it all values at once".to_owned();
    }
    if shape.is_aggregate() {
        return repeat.grouped(orm);
    }
    if shape.has_order_by() && shape.limit() != Limit::Absent {
        return format!(
            "load the first rows of each in one statement: number them with `row_number() OVER (PARTITION BY {owner}.{name} ORDER BY ..)` and keep the first ones"
        );
    }
    match orm {
        Orm::Diesel => repeat.in_diesel(),
        Orm::SeaOrm => repeat.in_sea_orm(),
        Orm::Other => format!(
            "load them all in one statement: `WHERE {name} IN (..)` with all values, or a JOIN"
        ),
    }
}

/// What SeaORM's `count` looks at: it counts the rows of a subquery, whose
/// conditions are no part of the shape. Good enough for a hint.
fn counted(statement: &Statement) -> Option<(&str, &str)> {
    let shape = statement.shape();
    if !shape.reads_derived() || !shape.is_aggregate() || !shape.equalities().is_empty() {
        return None;
    }
    let mut conditions = statement.text().split(" = ?");
    let (_, column) = conditions.next()?.rsplit_once([' ', '('])?;
    let (table, column) = column.rsplit_once('.')?;
    let unquoted = |name: &str| {
        let quotes = ['"', '`'];
        name.strip_prefix(quotes)?
            .strip_suffix(quotes)
            .map(str::len)
    };
    let (table_length, length) = (unquoted(table)?, unquoted(column)?);
    Some((table.get(1..=table_length)?, column.get(1..=length)?))
}

/// A repeated look-up.
struct Repeat<'a> {
    table: &'a str,
    column: &'a str,
    /// The table that the column belongs to.
    owner: &'a str,
    /// The query that the repeats came from.
    source: Option<&'a Shape>,
}

impl Repeat<'_> {
    /// `authors.id = ?` looks a parent up; `comments.post_id = ?` lists
    /// children.
    fn is_of_parent(&self) -> bool {
        self.column == "id"
    }

    fn is_of_joined_table(&self) -> bool {
        self.owner != self.table
    }

    /// What the rows are called that the repeats came from.
    fn rows(&self) -> &str {
        self.source.and_then(main_table).unwrap_or("rows")
    }

    fn in_diesel(&self) -> String {
        let Self {
            table,
            column,
            owner,
            ..
        } = self;
        let list = format!("`{table}::table.filter({owner}::{column}.eq_any(&ids)).load(conn)?`");
        if self.is_of_joined_table() {
            format!(
                "load them all in one query: keep the join, replace the equality by `.filter({owner}::{column}.eq_any(&ids))`, and select {owner}::{column} as well"
            )
        } else if !self.is_of_parent() {
            let rows = self.rows();
            format!(
                "load them all in one query: {list}, or, with associations, `{}::belonging_to(&{rows}).load(conn)?.grouped_by(&{rows})`",
                pascal(&singular(table))
            )
        } else if self.source.is_some() {
            format!(
                "collect the ids and load them in one query: {list}, or join them into the first query with `.inner_join({table}::table)`"
            )
        } else {
            format!("load them all in one query: {list}")
        }
    }

    fn in_sea_orm(&self) -> String {
        let entity = singular(self.table);
        let rows = self.rows();
        let list = format!(
            "`{entity}::Entity::find().filter({entity}::Column::{}.is_in(ids)).all(db).await?`",
            pascal(self.column)
        );
        if self.source.is_none() {
            return format!("load them all in one query: {list}");
        }
        // A LIMIT of the first query would count joined rows.
        let may_join = self
            .source
            .is_some_and(|source| source.limit() == Limit::Absent);
        if self.is_of_joined_table() {
            let many = if may_join {
                ", `.find_with_related(..)` for many"
            } else {
                ""
            };
            format!(
                "load them all in one query with sea_orm::LoaderTrait: `{rows}.load_one({entity}::Entity, db).await?` for one each, `.load_many(..)` for many; or with the first query, `.find_also_related({entity}::Entity)` for one each{many}"
            )
        } else if self.is_of_parent() {
            format!(
                "load them all in one query: `{rows}.load_one({entity}::Entity, db).await?` (sea_orm::LoaderTrait), or with the first query, `.find_also_related({entity}::Entity)`, or {list}"
            )
        } else {
            let join = if may_join {
                format!("or with the first query, `.find_with_related({entity}::Entity)`, ")
            } else {
                String::new()
            };
            format!(
                "load them all in one query: `{rows}.load_many({entity}::Entity, db).await?` (sea_orm::LoaderTrait), {join}or {list}"
            )
        }
    }

    /// One aggregate for each, in one statement.
    fn grouped(&self, orm: Orm) -> String {
        let Self { column, owner, .. } = self;
        let entity = singular(owner);
        let variant = pascal(column);
        match orm {
            Orm::Diesel => format!(
                "aggregate all of them in one query: `.filter({owner}::{column}.eq_any(&ids)).group_by({owner}::{column}).select(({owner}::{column}, ..))`"
            ),
            Orm::SeaOrm => format!(
                "aggregate all of them in one query: `.filter({entity}::Column::{variant}.is_in(ids)).group_by({entity}::Column::{variant}).select_only().column({entity}::Column::{variant}).column_as(.., \"..\")`"
            ),
            Orm::Other => format!(
                "aggregate all of them in one statement: `WHERE {column} IN (..) GROUP BY {column}`"
            ),
        }
    }
}

pub(super) fn repeated_write(orm: Orm, statement: &Statement) -> String {
    let shape = statement.shape();
    if shape.list() == List::One {
        return "the statement takes a list: pass it all values at once".to_owned();
    }
    let table = main_table(shape).unwrap_or("the table");
    let columns = shape.equalities();
    let key = columns.iter().find(|column| column.name() == "id");
    let column = key.or(columns.first()).map_or("id", |column| column.name());
    let entity = singular(table);
    let variant = pascal(column);
    match (shape.kind(), orm) {
        (Kind::Insert, Orm::Diesel) => format!(
            "write all rows in one statement: `insert_into({table}::table).values(&rows).execute(conn)?`"
        ),
        (Kind::Insert, Orm::SeaOrm) => format!(
            "write all rows in one statement: `{entity}::Entity::insert_many(rows).exec(db).await?`"
        ),
        (Kind::Insert, Orm::Other) => {
            "write all rows in one statement: `VALUES (..), (..)`".to_owned()
        }
        (Kind::Delete, Orm::Diesel) => format!(
            "delete all rows in one statement: `delete({table}::table).filter({table}::{column}.eq_any(&keys)).execute(conn)?`"
        ),
        (Kind::Delete, Orm::SeaOrm) => format!(
            "delete all rows in one statement: `{entity}::Entity::delete_many().filter({entity}::Column::{variant}.is_in(keys)).exec(db).await?`"
        ),
        (Kind::Delete, Orm::Other) => {
            format!("delete all rows in one statement: `WHERE {column} IN (..)` with all values")
        }
        (_, Orm::Diesel) => format!(
            "where all rows get the same values, change them in one statement: `update({table}::table).filter({table}::{column}.eq_any(&keys)).set(..)`; else write all rows at once: `insert_into({table}::table).values(&rows).on_conflict({table}::{column}).do_update().set({table}::name.eq(excluded({table}::name)))`"
        ),
        (_, Orm::SeaOrm) => format!(
            "where all rows get the same values, change them in one statement: `{entity}::Entity::update_many().col_expr(..).filter({entity}::Column::{variant}.is_in(keys)).exec(db).await?`; else write all rows at once: `{entity}::Entity::insert_many(rows).on_conflict(OnConflict::column({entity}::Column::{variant}).update_columns([..]).to_owned())`"
        ),
        (_, Orm::Other) => format!(
            "where all rows get the same values, change them in one statement: `WHERE {column} IN (..)`; else join the new values: `FROM (VALUES (..), (..))`"
        ),
    }
}

pub(super) fn duplicate_query(statement: &Statement) -> String {
    let table = main_table(statement.shape()).unwrap_or("the rows");
    format!("query {table} once and pass the result on")
}

pub(super) fn unbounded_result(orm: Orm, shape: &Shape) -> String {
    let table = main_table(shape).unwrap_or("table");
    match orm {
        Orm::Diesel => format!(
            "add `.limit(n)` (and `.offset(..)` or a key filter for the next page), narrow it with `.filter(..)`, or count with `{table}::table.count()`"
        ),
        Orm::SeaOrm => "add `.limit(n)`, page with `.paginate(db, n)` or `.cursor_by(..)`, narrow it with `.filter(..)`, or count with `.count(db)`".to_owned(),
        Orm::Other => "add LIMIT, or a WHERE clause that bounds the rows".to_owned(),
    }
}

pub(super) fn missing_pagination(orm: Orm) -> String {
    match orm {
        Orm::Diesel => {
            "page it: `.limit(n).offset(..)`, or by key, `.filter(id.gt(last)).limit(n)`"
        }
        Orm::SeaOrm => {
            "page it: `.paginate(db, n)`, or by key, `.cursor_by(Column::Id).after(last).first(n)`"
        }
        Orm::Other => "page it with LIMIT and a key or an OFFSET",
    }
    .to_owned()
}

pub(super) fn unstable_pagination(orm: Orm, shape: &Shape) -> String {
    let table = main_table(shape).unwrap_or("table");
    match orm {
        Orm::Diesel => format!(
            "sort by a unique key before the page is cut: `.order({table}::id.asc())`, after the columns that it is sorted by already"
        ),
        Orm::SeaOrm => format!(
            "sort by a unique key before the page is cut: `.order_by_asc({}::Column::Id)`, or page by it, `.cursor_by(..)`",
            singular(table)
        ),
        Orm::Other => "add ORDER BY with a unique key".to_owned(),
    }
}

pub(super) fn deep_offset(orm: Orm) -> String {
    match orm {
        Orm::Diesel => "page by key: `.filter(id.gt(last)).order(id.asc()).limit(n)`",
        Orm::SeaOrm => "page by key: `.cursor_by(Column::Id).after(last).first(n)`",
        Orm::Other => "page by key: `WHERE id > last ORDER BY id LIMIT n`",
    }
    .to_owned()
}

pub(super) fn in_memory_page(orm: Orm) -> String {
    match orm {
        Orm::Diesel => "let the database do it: `.filter(..)` and `.limit(n)` for what is shown, `.group_by(..)` with aggregates for what is counted",
        Orm::SeaOrm => "let the database do it: `.filter(..)` and `.limit(n)`, or `.paginate(db, n)`, for what is shown; `.group_by(..)` with `.column_as(..)` for what is counted",
        Orm::Other => "let the database do it: WHERE and LIMIT for what is shown, GROUP BY for what is counted",
    }
    .to_owned()
}

pub(super) fn buffered_export(orm: Orm) -> String {
    match orm {
        Orm::Diesel => "write rows as they come: `.load_iter::<Row, DefaultLoadingMode>(conn)?` (on PostgreSQL with `PgRowByRowLoadingMode`), `.load_stream(conn)` of diesel-async, or pages by key",
        Orm::SeaOrm => "write rows as they come: `.stream(db).await?`, or `.cursor_by(..)` page by page",
        Orm::Other => "write rows as they come: a stream or a cursor, or pages by key",
    }
    .to_owned()
}

pub(super) fn cache_candidate() -> &'static str {
    "keep the answer for as long as it may be old: a cache with a time to live that writes invalidate, a materialized view, or a table of totals that a job brings up to date"
}

pub(super) fn wide_select(orm: Orm) -> String {
    match orm {
        Orm::Diesel => "select what is shown: `.select((id, title))`, or a struct of its columns with `#[derive(Selectable)]` and `.select(Row::as_select())`",
        Orm::SeaOrm => "select what is shown: a struct of its columns with `#[derive(DerivePartialModel)]` and `.into_partial_model::<Row>()`, or `.select_only().columns([..])`",
        Orm::Other => "name the columns that are shown",
    }
    .to_owned()
}

pub(super) fn leading_wildcard(dialect: Dialect) -> String {
    let index = match dialect {
        Dialect::MySql => "a FULLTEXT index with `MATCH .. AGAINST`",
        Dialect::Postgres => {
            "a trigram index (`CREATE INDEX .. USING gin (.. gin_trgm_ops)`, pg_trgm), which serves this pattern too"
        }
        Dialect::Sqlite => "an FTS5 table, with `tokenize = 'trigram'` for this pattern",
        _ => "a full-text index",
    };
    format!(
        "search from the start, `LIKE 'text%'`, narrow it by another column that has an index, or use {index}"
    )
}

pub(super) fn unfiltered_write(orm: Orm, shape: &Shape) -> String {
    let table = main_table(shape).unwrap_or("table");
    match orm {
        Orm::Diesel => format!(
            "say which rows: `.filter({table}::id.eq(id))`; where all are meant, say so: `.filter(diesel::dsl::sql::<Bool>(\"TRUE\"))`"
        ),
        Orm::SeaOrm => format!(
            "say which rows: `.filter({}::Column::Id.eq(id))`; where all are meant, say so: `.filter(Expr::cust(\"TRUE\"))`",
            singular(table)
        ),
        Orm::Other => "add WHERE; where all rows are meant, say so: `WHERE TRUE`".to_owned(),
    }
}

pub(super) fn inlined_literals(orm: Orm) -> String {
    match orm {
        Orm::Diesel => "bind the value: in the query builder, `.filter(column.eq(value))`, or with `sql_query(\".. = $1\").bind::<Integer, _>(value)` (`?` on SQLite and MySQL)",
        Orm::SeaOrm => "bind the value: in the query builder, `.filter(Column::Id.eq(value))`, or with `Statement::from_sql_and_values(backend, \".. = $1\", [value.into()])` (`?` on SQLite and MySQL)",
        Orm::Other => "bind the value instead of writing it into the statement",
    }
    .to_owned()
}

pub(super) fn slow_query() -> String {
    "look at its plan, `EXPLAIN (ANALYZE, BUFFERS) ..` (`EXPLAIN ANALYZE` on MySQL, `EXPLAIN QUERY PLAN` on SQLite): a column that it filters or sorts by may lack an index".to_owned()
}

/// The table that it is about, without its schema.
pub(super) fn main_table(shape: &Shape) -> Option<&str> {
    shape.main_table().map(without_schema)
}

pub(super) fn without_schema(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table)
}

/// `authors` as entities and structs are named: `author`. Good enough for a
/// hint; what is not English stays as it is.
pub(super) fn singular(table: &str) -> String {
    match table.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if table.ends_with("ss") => table.to_owned(),
        None => table.strip_suffix('s').unwrap_or(table).to_owned(),
    }
}

/// `post_id` as SeaORM names the variant: `PostId`.
fn pascal(column: &str) -> String {
    column
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{pascal, singular};

    #[test]
    fn entities_are_named_in_the_singular() {
        for (table, entity) in [
            ("authors", "author"),
            ("categories", "category"),
            ("address", "address"),
            ("news_item", "news_item"),
        ] {
            assert_eq!(singular(table), entity);
        }
    }

    #[test]
    fn columns_are_named_as_sea_orm_does() {
        assert_eq!(pascal("post_id"), "PostId");
        assert_eq!(pascal("id"), "Id");
        assert_eq!(pascal("_x__y"), "XY");
    }
}
