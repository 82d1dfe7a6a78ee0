//! Diesel's sync connections.

use diesel::backend::Backend;
use diesel::connection::{Connection, SimpleConnection, TransactionManager};
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId, SqlQuery};
use diesel::query_dsl::LoadQuery;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{Text, Untyped};
use diesel::{QueryResult, RunQueryDsl};
use perfguard_core::adapter::Orm;
use perfguard_core::planned::{self, Wanted};
use perfguard_core::statement::Dialect;

use crate::check::{at_once, not_begun, not_ended};
use crate::engine;
use crate::guarded::said;
use crate::session::{Blocking, Cells, Session};

/// The cells of a row, which are all read as text.
#[derive(Debug)]
#[expect(
    unnameable_types,
    reason = "it stands in a bound, and nobody else needs it"
)]
pub struct Texts(Cells);

impl<DB> QueryableByName<DB> for Texts
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let cells = (0..row.field_count()).map(|at| {
            let field = Row::get(row, at);
            let value = field.as_ref().and_then(|field| field.value());
            value
                .map(<String as FromSql<Text, DB>>::from_sql)
                .transpose()
        });
        cells.collect::<Result<_, _>>().map(Self)
    }
}

impl<C> Session for C
where
    C: Connection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
{
    fn dialect(&self) -> Dialect {
        dialect::<C::Backend>()
    }

    fn begin(&mut self) -> Result<(), String> {
        C::TransactionManager::begin_transaction(self).map_err(|error| error.to_string())
    }

    fn rollback(&mut self) -> Result<(), String> {
        C::TransactionManager::rollback_transaction(self).map_err(|error| error.to_string())
    }

    fn run(&mut self, sql: &str) -> Result<(), String> {
        SimpleConnection::batch_execute(self, sql).map_err(|error| error.to_string())
    }

    fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        rows(diesel::sql_query(sql).load(self))
    }
}

/// Connections that can explain a query before they run it. Not a public
/// interface: guarded connections ask for it.
pub trait Explains: Connection {
    /// Explains a query with its values, and leaves what the plan says.
    fn explain(&mut self, query: &dyn QueryFragment<Self::Backend>, wanted: Wanted);
}

impl<C> Explains for C
where
    C: Connection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
    for<'query> ExplainQuery<'query, C::Backend>: LoadQuery<'query, C, Texts>,
{
    fn explain(&mut self, query: &dyn QueryFragment<C::Backend>, wanted: Wanted) {
        let mut session = Asking {
            connection: self,
            query,
        };
        let answer = planned::quietly(|| {
            session
                .begin()
                .map_err(|said| not_begun(&said).to_string())?;
            let mut connection = Blocking(&mut session);
            let looked = at_once(engine::look_at(&mut connection, &[wanted.statement()]));
            session
                .rollback()
                .map_err(|said| not_ended(&said).to_string())?;
            said(looked.unwrap_or_default(), Orm::Diesel)
        });
        wanted.answer(answer);
    }
}

/// A query after the words that have it explained.
#[expect(
    missing_debug_implementations,
    unnameable_types,
    reason = "it stands in a bound, and nobody else needs it"
)]
pub struct ExplainQuery<'a, DB: Backend> {
    explain: &'a str,
    query: &'a dyn QueryFragment<DB>,
}

impl<DB: Backend> QueryFragment<DB> for ExplainQuery<'_, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(self.explain);
        self.query.walk_ast(pass)
    }
}

impl<DB: Backend> QueryId for ExplainQuery<'_, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> Query for ExplainQuery<'_, DB> {
    type SqlType = Untyped;
}

impl<DB: Backend, C> RunQueryDsl<C> for ExplainQuery<'_, DB> {}

/// A connection, and the query that is asked about.
struct Asking<'a, C: Connection> {
    connection: &'a mut C,
    query: &'a dyn QueryFragment<C::Backend>,
}

impl<C> Session for Asking<'_, C>
where
    C: Connection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
    for<'query> ExplainQuery<'query, C::Backend>: LoadQuery<'query, C, Texts>,
{
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn begin(&mut self) -> Result<(), String> {
        self.connection.begin()
    }

    fn rollback(&mut self) -> Result<(), String> {
        self.connection.rollback()
    }

    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.connection.run(sql)
    }

    fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        self.connection.read(sql)
    }

    fn read_bound(&mut self, explain: &str) -> Option<Result<Vec<Cells>, String>> {
        let explained = ExplainQuery {
            explain,
            query: self.query,
        };
        Some(rows(explained.load(self.connection)))
    }
}

pub(crate) fn rows(rows: QueryResult<Vec<Texts>>) -> Result<Vec<Cells>, String> {
    rows.map(|rows| rows.into_iter().map(|row| row.0).collect())
        .map_err(|error| error.to_string())
}

/// A backend's dialect, by its name: naming the types needs their features.
pub(crate) fn dialect<B>() -> Dialect {
    let path = std::any::type_name::<B>();
    match path.rsplit("::").next().unwrap_or(path) {
        "Mysql" => Dialect::MySql,
        "Pg" => Dialect::Postgres,
        "Sqlite" => Dialect::Sqlite,
        _ => Dialect::Ansi,
    }
}
