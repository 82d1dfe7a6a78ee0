//! Diesel's sync connections.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::{Connection, SimpleConnection, TransactionManager};
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::query_builder::SqlQuery;
use diesel::query_dsl::LoadQuery;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::Text;
use perfguard_core::statement::Dialect;

use crate::session::{Cells, Session};

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
        let rows: Result<Vec<Texts>, _> = diesel::sql_query(sql).load(self);
        rows.map(|rows| rows.into_iter().map(|row| row.0).collect())
            .map_err(|error| error.to_string())
    }
}

/// A backend's dialect, by its name: naming the types needs their features.
fn dialect<B>() -> Dialect {
    let path = std::any::type_name::<B>();
    match path.rsplit("::").next().unwrap_or(path) {
        "Mysql" => Dialect::MySql,
        "Pg" => Dialect::Postgres,
        "Sqlite" => Dialect::Sqlite,
        _ => Dialect::Ansi,
    }
}
