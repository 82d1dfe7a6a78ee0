//! The facts about a statement that rules ask for.

use super::clauses::{self, Clauses};
use super::conditions::{self, Conditions, Pasted};
use super::keyword::Keyword as K;
use super::outline::{Outline, Part, Role, Target};
use super::token::{Token, TokenKind};

/// Tables beyond this many are left out of [`Shape::tables`].
const MAX_TABLES: usize = 64;

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// It reads only the database's own tables, such as `pg_type` or
    /// `sqlite_master`.
    Catalog,
    /// `SELECT 1`, or nothing at all: a pool asks whether the connection is
    /// alive.
    Ping,
    /// The application's own. Only these count as queries.
    Query,
    /// It sets up or asks about the connection: `SET`, `PRAGMA`, `USE`, `SHOW`,
    /// `LISTEN`, `SELECT set_config(..)`, `SELECT @@version`.
    Setup,
    /// It opens, ends or marks a transaction.
    Transaction,
}

/// What a statement does, by its final verb: `WITH .. UPDATE` is an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// It runs a procedure.
    Call,
    /// It deletes rows.
    Delete,
    /// It adds rows; also `REPLACE`.
    Insert,
    /// It adds, changes or deletes rows: `MERGE`.
    Merge,
    /// None of the others, or a script of several statements.
    Other,
    /// It changes the schema: `CREATE`, `ALTER`, `DROP`, `TRUNCATE`.
    Schema,
    /// It reads rows.
    Select,
    /// It changes rows.
    Update,
}

/// How many rows a statement asks for at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// There is no limit, or one that says "all".
    #[default]
    Absent,
    /// There is a limit, but its value is a bind or an expression, or it is
    /// `WITH TIES`; or each of the queries that `UNION` joins bounds its own.
    Bound,
    /// A number of rows that is written in the text.
    Rows(u64),
}

/// How many values a `WHERE` lists: `IN (..)` or `= ANY(..)`, or a join with
/// `unnest(..)`; or how many rows
/// the `VALUES` of an `INSERT`.
///
/// Of several lists the greatest variant counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum List {
    /// There is no list.
    #[default]
    Absent,
    /// A list of several values.
    Many,
    /// A list of one value.
    One,
    /// An array or a subquery, whose length the text does not tell.
    Unknown,
}

impl List {
    /// The one that says more about how many rows are looked up at once.
    pub(super) fn max(self, other: Self) -> Self {
        let weight = |list| match list {
            Self::Absent => 0,
            Self::One => 1,
            Self::Unknown => 2,
            Self::Many => 3,
        };
        if weight(other) > weight(self) {
            other
        } else {
            self
        }
    }
}

/// What a statement returns of each row: the list after `SELECT` or
/// `RETURNING`; of queries joined by `UNION`, that of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Projection {
    /// It returns no rows.
    #[default]
    Absent,
    /// As many columns or expressions.
    Columns(usize),
    /// There is a `*`, or a `table.*`.
    Star,
    /// It cannot be told.
    Unknown,
}

/// How the patterns of `LIKE` and its kin start: `ILIKE`, `SIMILAR TO`,
/// `GLOB`, in a `WHERE`, `ON` or `HAVING` at any depth. `NOT LIKE` is none.
///
/// Of several patterns the variant that comes last here counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Pattern {
    /// There is no pattern.
    #[default]
    Absent,
    /// A literal that starts with what it looks for.
    Prefix,
    /// A bind or an expression: the text does not tell.
    Unknown,
    /// A literal that starts with a wildcard. No index is sorted by what such
    /// a pattern finds.
    LeadingWildcard,
}

/// A column that a `WHERE` compares with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    table: Option<String>,
    name: String,
}

impl Column {
    /// The column with what qualifies it, until [`resolve`](Self::resolve).
    pub(super) fn new(qualifier: Option<String>, name: String) -> Self {
        Self {
            table: qualifier,
            name,
        }
    }

    /// The table it is in, as [`Shape::tables`] names it, or none where the
    /// text does not tell: it stands without a table and there are several, or
    /// its table is a subquery.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The column's name, without quotes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Replaces what qualifies it by the table that this stands for.
    fn resolve(&mut self, sources: &[&Target], is_alone: bool) {
        let found = match &self.table {
            None => sources.first().filter(|_| is_alone),
            Some(qualifier) => sources.iter().find(|source| match &source.alias {
                Some(alias) => alias == qualifier,
                None => {
                    let table = source.name.strip_suffix(qualifier.as_str());
                    table.is_some_and(|schema| schema.is_empty() || schema.ends_with('.'))
                }
            }),
        };
        self.table = found
            .filter(|source| source.role == Role::Table)
            .map(|source| source.name.clone());
    }
}

/// The facts about a statement that need no database to be known.
///
/// Unless it is said otherwise, a fact is about the statement's top level: a
/// `LIMIT` within a subquery is none of the statement. Of queries joined by
/// `UNION`, [`has_where`](Self::has_where) asks for a `WHERE` in each. In a
/// script of several statements only [`class`](Self::class) and
/// [`tables`](Self::tables) are known.
#[derive(Clone, Debug)]
pub struct Shape {
    class: Class,
    kind: Kind,
    tables: Vec<String>,
    main_table: Option<String>,
    reads_derived: bool,
    has_join: bool,
    clauses: Clauses,
    conditions: Conditions,
    complete: bool,
}

impl Shape {
    /// The shape of a text with these statements and outlines.
    pub(super) fn new(
        statements: &[&[Token<'_>]],
        outlines: &[Outline<'_>],
        canonical: &str,
        complete: bool,
    ) -> Self {
        let (kind, clauses, conditions) = match (statements, outlines) {
            (&[statement], [outline]) => {
                let kind = kind_of(outline);
                let mut clauses = clauses::read(statement);
                if kind != Kind::Select {
                    // What is selected in there goes elsewhere.
                    clauses.projection = clauses.returning.unwrap_or_default();
                }
                resolve(&mut clauses, outline);
                if sources(outline).any(|source| source.lists_values) {
                    let list = &mut clauses.predicates.list;
                    *list = list.max(List::Unknown);
                }
                (kind, clauses, conditions::read(statement))
            }
            _ => (Kind::Other, Clauses::unknown(), Conditions::default()),
        };
        let class = if matches!(canonical, "" | "select ?" | "select ? from dual") {
            Class::Ping
        } else {
            statements
                .iter()
                .zip(outlines)
                .map(|(statement, outline)| class_of(statement, outline))
                .max_by_key(|class| rank(*class))
                .unwrap_or(Class::Query)
        };
        Self {
            class,
            kind,
            tables: tables_of(outlines),
            main_table: match outlines {
                [outline] => main_table(outline, kind),
                _ => None,
            },
            has_join: match outlines {
                [outline] => sources(outline).count() + usize::from(outline.has_other_sources) > 1,
                _ => false,
            },
            reads_derived: outlines.iter().any(|outline| outline.reads_derived),
            clauses,
            conditions,
            complete,
        }
    }

    /// How many bytes its lists take, about.
    pub(super) fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().map(String::len).sum();
        let columns = self.equalities().iter();
        let columns: usize = columns
            .map(|column| size_of::<Column>() + column.name.len())
            .sum();
        size_of_val(self.tables.as_slice()) + tables + columns
    }

    /// What the statement is for; of a script, the weightiest part's.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// What the statement does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The tables that are read or written, at any depth, in the order in
    /// which they are first named; 64 at most.
    ///
    /// Names have no quotes, keep their schema (`schema.table`) and are lower
    /// case where they were not quoted. Common table expressions and functions
    /// are not tables.
    #[must_use]
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// The table that the statement is about: the one whose rows an `INSERT`,
    /// `UPDATE` or `DELETE` changes, the first one that a `SELECT` reads itself
    /// and not in a subquery. None if that is no table, and for a script.
    #[must_use]
    pub fn main_table(&self) -> Option<&str> {
        self.main_table.as_deref()
    }

    /// Whether the statement has a `FROM`, other than MySQL's `FROM dual`.
    #[must_use]
    pub fn has_from(&self) -> bool {
        self.clauses.has_from
    }

    /// Whether rows come from a subquery in place of a table, or may come from
    /// a common table expression: what bounds them is written in there.
    #[must_use]
    pub fn reads_derived(&self) -> bool {
        self.reads_derived
    }

    /// Whether the statement reads, or changes, rows of more than one source:
    /// `JOIN`, `FROM a, b`, `UPDATE .. FROM`, `DELETE .. USING`, `UNION`.
    #[must_use]
    pub fn has_join(&self) -> bool {
        self.has_join
    }

    /// Whether the statement is a `SELECT DISTINCT`.
    #[must_use]
    pub fn is_distinct(&self) -> bool {
        self.clauses.is_distinct
    }

    /// The columns that the statement returns.
    #[must_use]
    pub fn projection(&self) -> Projection {
        self.clauses.projection
    }

    /// How the patterns of `LIKE` start.
    #[must_use]
    pub fn pattern(&self) -> Pattern {
        self.conditions.pattern
    }

    /// Whether a `WHERE`, `ON` or `HAVING` at any depth compares something
    /// with a string or number that is written into the text and not bound.
    ///
    /// A comparison of two values (`1 = 0`), `NULL`, `TRUE` and `FALSE` are
    /// none, and neither is what is computed with (`price * 2`).
    #[must_use]
    pub fn has_inlined_values(&self) -> bool {
        self.conditions.has_inlined_values
    }

    /// Which values are pasted into the text, if any are: those that it compares
    /// with, and those that it writes.
    pub(crate) fn pasted(&self) -> Option<Pasted> {
        self.conditions.pasted
    }

    /// Whether the statement has a `WHERE`.
    #[must_use]
    pub fn has_where(&self) -> bool {
        self.clauses.has_where
    }

    /// Whether the statement has an `ORDER BY`.
    #[must_use]
    pub fn has_order_by(&self) -> bool {
        self.clauses.tail.has_order_by
    }

    /// Whether the statement has a `GROUP BY`.
    #[must_use]
    pub fn has_group_by(&self) -> bool {
        self.clauses.has_group_by
    }

    /// Whether the statement has an `OFFSET`, or a `LIMIT` with one.
    #[must_use]
    pub fn has_offset(&self) -> bool {
        self.offset() != Limit::Absent
    }

    /// How many rows the statement's `OFFSET` leaves out, written as a limit.
    #[must_use]
    pub fn offset(&self) -> Limit {
        self.clauses.tail.offset
    }

    /// Whether the statement locks the rows it reads: `FOR UPDATE`, `FOR SHARE`.
    #[must_use]
    pub fn is_locking(&self) -> bool {
        self.clauses.tail.is_locking
    }

    /// The statement's `LIMIT`, `FETCH FIRST` or `TOP`.
    #[must_use]
    pub fn limit(&self) -> Limit {
        self.clauses.tail.limit
    }

    /// Whether the statement returns exactly one row because it selects only
    /// aggregates, or `EXISTS (..)`, and groups by nothing.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        self.clauses.is_aggregate
    }

    /// The columns that the `WHERE` pins to one value each, in order; 64 at
    /// most. A comparison under `OR` or `NOT` pins nothing.
    #[must_use]
    pub fn equalities(&self) -> &[Column] {
        &self.clauses.predicates.equalities
    }

    /// Whether the `WHERE` compares with a value by `<`, `<=`, `>`, `>=` or
    /// `BETWEEN`, rows included.
    #[must_use]
    pub fn has_range(&self) -> bool {
        self.clauses.predicates.has_range
    }

    /// The list of values in the `WHERE`, or that a table is joined with
    /// (`JOIN unnest($1)`). `NOT IN` is none.
    #[must_use]
    pub fn list(&self) -> List {
        self.clauses.predicates.list
    }

    /// The rows that an `INSERT` lists after `VALUES`, values or binds alike;
    /// absent where it has none, as in `INSERT .. SELECT`.
    #[must_use]
    pub fn values(&self) -> List {
        self.clauses.values
    }

    /// Whether the values in a text of the same statement tell more than those
    /// of `other`: some rules ask for the one that tells most.
    pub(crate) fn tells_more_than(&self, other: &Self) -> bool {
        self.tells() > other.tells()
    }

    /// What the values in a text tell, the weightiest first: in which order
    /// texts arrive makes no difference.
    fn tells(&self) -> (bool, bool, u64, u64, Pattern) {
        let rows = |limit: Limit| match limit {
            Limit::Rows(rows) => rows,
            Limit::Absent | Limit::Bound => 0,
        };
        (
            self.list() == List::Many,
            self.values() == List::Many,
            rows(self.limit()),
            rows(self.offset()),
            self.pattern(),
        )
    }

    /// False if the text was longer than 64 KiB and was cut, or held a
    /// literal, comment or quoted name without an end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

/// What the statement itself reads or changes.
fn sources<'o>(outline: &'o Outline<'_>) -> impl Iterator<Item = &'o Target> {
    outline.parts.iter().filter_map(|part| match part {
        Part::Target(target) if target.is_source => Some(target),
        _ => None,
    })
}

fn main_table(outline: &Outline<'_>, kind: Kind) -> Option<String> {
    let mut sources = sources(outline);
    let Some(changed) = &outline.changed else {
        return sources
            .next()
            .filter(|source| kind == Kind::Select && source.role == Role::Table)
            .map(|source| source.name.clone());
    };
    // MySQL: `DELETE p FROM posts p ..`
    let aliased = sources.find(|source| source.alias.as_ref() == Some(changed));
    Some(aliased.map_or_else(|| changed.clone(), |source| source.name.clone()))
}

/// Gives each column that is pinned its table.
fn resolve(clauses: &mut Clauses, outline: &Outline<'_>) {
    let sources: Vec<&Target> = sources(outline).collect();
    let is_alone = sources.len() == 1 && !outline.has_other_sources;
    for column in &mut clauses.predicates.equalities {
        column.resolve(&sources, is_alone);
    }
}

fn kind_of(outline: &Outline<'_>) -> Kind {
    let verb = outline.verb.unwrap_or_default().to_ascii_lowercase();
    match verb.as_str() {
        "call" | "exec" | "execute" => Kind::Call,
        "delete" => Kind::Delete,
        "insert" | "replace" => Kind::Insert,
        "merge" => Kind::Merge,
        "alter" | "create" | "drop" | "truncate" => Kind::Schema,
        "select" | "table" | "values" => Kind::Select,
        "update" => Kind::Update,
        _ => Kind::Other,
    }
}

fn class_of(statement: &[Token<'_>], outline: &Outline<'_>) -> Class {
    let Some(first) = statement.first() else {
        return Class::Query;
    };
    let goes_on_with = |keyword| {
        statement
            .iter()
            .skip(1)
            .take(2)
            .any(|token| token.is(keyword))
    };
    let is_transaction = first.is_any(&[
        K::Abort,
        K::Begin,
        K::Commit,
        K::End,
        K::Release,
        K::Rollback,
        K::Savepoint,
        K::Xa,
    ]) || first.is_any(&[K::Prepare, K::Set, K::Start])
        && goes_on_with(K::Transaction);
    if is_transaction {
        Class::Transaction
    } else if is_setup(statement) {
        Class::Setup
    } else if kind_of(outline) == Kind::Select && reads_only_catalog(outline) {
        Class::Catalog
    } else {
        Class::Query
    }
}

fn is_setup(statement: &[Token<'_>]) -> bool {
    match statement {
        [first, ..]
            if first.is_any(&[
                K::Attach,
                K::Close,
                K::Deallocate,
                K::Desc,
                K::Describe,
                K::Detach,
                K::Discard,
                K::Listen,
                K::Pragma,
                K::Reset,
                K::Set,
                K::Show,
                K::Unlisten,
                K::Use,
            ]) =>
        {
            true
        }
        // `SELECT set_config('app.tenant', $1, true)`
        [select, function, open, ..] if select.is(K::Select) && open.kind == TokenKind::Open => {
            ["pg_advisory_unlock_all", "set_config"]
                .iter()
                .any(|name| function.text.eq_ignore_ascii_case(name))
        }
        // `SELECT @@version, @@sql_mode`
        [select, rest @ ..] if select.is(K::Select) && !rest.is_empty() => rest
            .iter()
            .all(|token| token.text.starts_with("@@") || token.kind == TokenKind::Comma),
        _ => false,
    }
}

/// The order in which the classes of a script's statements prevail.
fn rank(class: Class) -> u8 {
    match class {
        Class::Transaction => 0,
        Class::Setup => 1,
        Class::Ping => 2,
        Class::Catalog => 3,
        Class::Query => 4,
    }
}

fn reads_only_catalog(outline: &Outline<'_>) -> bool {
    let mut reads_catalog = false;
    for part in &outline.parts {
        let Part::Target(target) = part else { continue };
        let name = target.name.to_ascii_lowercase();
        let is_catalog = match target.role {
            Role::Function => name.starts_with("pragma_"),
            Role::Object | Role::Table => is_catalog_table(&name),
        };
        // A function such as `unnest` reads no table at all.
        if !is_catalog && target.role != Role::Function {
            return false;
        }
        reads_catalog |= is_catalog;
    }
    reads_catalog
}

fn is_catalog_table(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((schema, table)) => {
            let is_system = [
                "information_schema",
                "mysql",
                "performance_schema",
                "pg_catalog",
                "sys",
            ]
            .iter()
            .any(|system| schema == *system || schema.ends_with(&format!(".{system}")));
            is_system || is_sqlite_table(table)
        }
        None => is_postgres_table(name) || is_sqlite_table(name),
    }
}

/// By name, and not by the prefix: a user's table may be called `pg_authors`.
/// The tables of PostgreSQL's chapter "System Catalogs", and the views of
/// "System Views" that clients read to learn about a schema.
fn is_postgres_table(name: &str) -> bool {
    let Some(name) = name.strip_prefix("pg_") else {
        return false;
    };
    matches!(
        name,
        "aggregate"
            | "am"
            | "attrdef"
            | "attribute"
            | "auth_members"
            | "authid"
            | "available_extensions"
            | "cast"
            | "class"
            | "collation"
            | "constraint"
            | "conversion"
            | "database"
            | "depend"
            | "description"
            | "enum"
            | "event_trigger"
            | "extension"
            | "foreign_server"
            | "foreign_table"
            | "index"
            | "indexes"
            | "inherits"
            | "language"
            | "locks"
            | "matviews"
            | "namespace"
            | "opclass"
            | "operator"
            | "opfamily"
            | "partitioned_table"
            | "policies"
            | "policy"
            | "proc"
            | "publication"
            | "range"
            | "rewrite"
            | "roles"
            | "sequence"
            | "sequences"
            | "settings"
            | "shdescription"
            | "statistic"
            | "stats"
            | "tables"
            | "tablespace"
            | "trigger"
            | "type"
            | "user"
            | "views"
    ) || name.starts_with("stat_")
        || name.starts_with("statio_")
        || name.starts_with("ts_")
}

fn is_sqlite_table(name: &str) -> bool {
    matches!(
        name,
        "sqlite_master"
            | "sqlite_schema"
            | "sqlite_sequence"
            | "sqlite_temp_master"
            | "sqlite_temp_schema"
    )
}

fn tables_of(outlines: &[Outline<'_>]) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for part in outlines.iter().flat_map(|outline| &outline.parts) {
        if tables.len() == MAX_TABLES {
            break;
        }
        if let Part::Target(target) = part
            && target.role == Role::Table
            && !tables.contains(&target.name)
        {
            tables.push(target.name.clone());
        }
    }
    tables
}
