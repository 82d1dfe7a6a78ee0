//! What SeaORM writes.

mod active;
mod aggregates;
mod conditions;
mod deletes;
#[expect(
    unreachable_pub,
    unnameable_types,
    reason = "what SeaORM derives for an entity is `pub`"
)]
mod entities;
mod executed;
mod expressions;
mod inserts;
mod joins;
mod lists;
#[expect(unreachable_pub, reason = "what SeaORM derives for an entity is `pub`")]
mod names;
mod postgres;
mod raw;
mod related;
mod selects;
mod sets;
mod transactions;
mod updates;

use sea_orm::{DbBackend, QueryTrait, StatementBuilder};

use super::corpus::Corpus;
use super::{Dialect, Orm};

const ALL: [DbBackend; 3] = [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite];

pub(super) fn add_to(corpus: &mut Corpus) {
    selects::add_to(corpus);
    conditions::add_to(corpus);
    lists::add_to(corpus);
    expressions::add_to(corpus);
    aggregates::add_to(corpus);
    joins::add_to(corpus);
    related::add_to(corpus);
    sets::add_to(corpus);
    inserts::add_to(corpus);
    updates::add_to(corpus);
    deletes::add_to(corpus);
    active::add_to(corpus);
    executed::add_to(corpus);
    postgres::add_to(corpus);
    names::add_to(corpus);
    raw::add_to(corpus);
    transactions::add_to(corpus);
}

/// Adds a query as each of the backends writes it.
fn on(
    corpus: &mut Corpus,
    backends: &[DbBackend],
    case: &'static str,
    variant: impl Into<Option<&'static str>>,
    query: impl QueryTrait,
) {
    statement_on(corpus, backends, case, variant, query.as_query());
}

/// Adds a query as all three backends write it.
fn everywhere(corpus: &mut Corpus, case: &'static str, query: impl QueryTrait) {
    on(corpus, &ALL, case, None, query);
}

/// Adds one statement of a case that has several, as all backends write it.
fn variant(corpus: &mut Corpus, case: &'static str, variant: &'static str, query: impl QueryTrait) {
    on(corpus, &ALL, case, variant, query);
}

/// Adds a statement of SeaQuery, SeaORM's query builder.
fn statement_on(
    corpus: &mut Corpus,
    backends: &[DbBackend],
    case: &'static str,
    variant: impl Into<Option<&'static str>>,
    statement: &impl StatementBuilder,
) {
    let variant = variant.into();
    for backend in backends {
        let sql = statement.build(backend).sql;
        text(corpus, *backend, case, variant, sql);
    }
}

fn text(
    corpus: &mut Corpus,
    backend: DbBackend,
    case: &'static str,
    variant: Option<&'static str>,
    sql: String,
) {
    let dialect = match backend {
        DbBackend::MySql => Dialect::Mysql,
        DbBackend::Sqlite => Dialect::Sqlite,
        _ => Dialect::Postgres,
    };
    corpus.add(Orm::SeaOrm, dialect, case, variant, sql);
}
