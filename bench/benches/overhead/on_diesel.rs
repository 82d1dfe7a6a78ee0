//! Diesel on SQLite in memory.

use std::error::Error;
use std::hint::black_box;

use diesel::connection::{
    Connection, InstrumentationEvent, LoadConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_tracing::sqlite::InstrumentedSqliteConnection;
use perfguard::diesel::Guarded;
use perfguard::{Enforcement, Settings};
use tracing::subscriber::set_global_default;

use crate::contender::{Contender, Group, LookUp, Role, Sees};
use crate::workload::{TABLES, Three, threes};

diesel::table! { users (id) { id -> Integer, name -> Text, age -> Nullable<Integer>, } }
diesel::table! { posts (id) { id -> Integer, title -> Text, author_id -> Nullable<Integer>, } }
diesel::table! { comments (id) { id -> Integer, text -> Text, post_id -> Nullable<Integer>, } }

type Row = (i32, String, Option<i32>);

/// Many queries in one scope: the cost of a query.
pub(crate) fn queries() -> Group {
    Group {
        title: "Diesel, `find(id).first`, 1 200 in a scope",
        contenders: vec![
            Contender {
                id: "diesel",
                title: "no instrumentation",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(all(connect::<SqliteConnection>()?)),
            },
            Contender {
                id: "diesel-again",
                title: "the same again: the noise",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(all(connect::<SqliteConnection>()?)),
            },
            Contender {
                id: "diesel-no-op",
                title: "an instrumentation that does nothing",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || {
                    set_default_instrumentation(|| {
                        Some(Box::new(|event: InstrumentationEvent<'_>| {
                            black_box(&event);
                        }))
                    })?;
                    Ok(all(connect::<SqliteConnection>()?))
                },
            },
            Contender {
                id: "diesel-perfguard-unscoped",
                title: "perfguard, in no scope",
                role: Role::Perfguard(Some(1.5)),
                sees: Sees::Unattributed,
                set_up: || {
                    install()?;
                    Ok(all(connect::<SqliteConnection>()?))
                },
            },
            Contender {
                id: "diesel-perfguard",
                title: "perfguard, in a scope",
                role: Role::Perfguard(Some(3.0)),
                sees: Sees::Scoped,
                set_up: || {
                    install()?;
                    Ok(all_in_scope(connect::<SqliteConnection>()?))
                },
            },
            Contender {
                id: "diesel-perfguard-guarded",
                title: "perfguard, guarded, in a scope",
                role: Role::Perfguard(Some(5.0)),
                sees: Sees::Scoped,
                set_up: || {
                    install()?;
                    Ok(all_in_scope(connect::<Guarded<SqliteConnection>>()?))
                },
            },
            Contender {
                id: "diesel-hotpath",
                title: "hotpath 0.30",
                role: Role::Peer,
                sees: Sees::Nothing,
                set_up: || {
                    // As `#[hotpath::main]` does; it reports when it is dropped.
                    std::mem::forget(hotpath::HotpathGuardBuilder::new("overhead").build());
                    hotpath::instrument_diesel_sql();
                    Ok(all(connect::<SqliteConnection>()?))
                },
            },
            Contender {
                id: "diesel-tracing",
                title: "diesel-tracing 0.4, spans into a bare `Registry`",
                role: Role::Peer,
                sees: Sees::Nothing,
                set_up: || {
                    set_global_default(tracing_subscriber::registry())?;
                    Ok(all(connect::<InstrumentedSqliteConnection>()?))
                },
            },
        ],
    }
}

/// Few queries in each scope: the cost of a scope and of its queries.
pub(crate) fn handlers() -> Group {
    Group {
        title: "Diesel, a handler of 3 such look-ups in 3 tables, per query",
        contenders: vec![
            Contender {
                id: "diesel-handler",
                title: "no instrumentation",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(in_threes(connect::<SqliteConnection>()?)),
            },
            Contender {
                id: "diesel-handler-again",
                title: "the same again: the noise",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(in_threes(connect::<SqliteConnection>()?)),
            },
            Contender {
                id: "diesel-handler-perfguard",
                title: "perfguard, a scope per handler",
                role: Role::Perfguard(None),
                sees: Sees::Scoped,
                set_up: || {
                    install()?;
                    Ok(in_threes_in_scopes(connect::<SqliteConnection>()?))
                },
            },
            Contender {
                id: "diesel-handler-perfguard-guarded",
                title: "perfguard, guarded, a scope per handler",
                role: Role::Perfguard(None),
                sees: Sees::Scoped,
                set_up: || {
                    install()?;
                    Ok(in_threes_in_scopes(connect::<Guarded<SqliteConnection>>()?))
                },
            },
        ],
    }
}

fn install() -> Result<(), Box<dyn Error>> {
    Settings::new().enforcement(Enforcement::Warn).install()?;
    perfguard::diesel::install()?;
    Ok(())
}

fn connect<C: Connection<Backend = Sqlite>>() -> Result<C, Box<dyn Error>> {
    let mut connection = C::establish(":memory:")?;
    connection.batch_execute(TABLES)?;
    Ok(connection)
}

fn all<C: LoadConnection<Backend = Sqlite> + 'static>(mut connection: C) -> LookUp {
    Box::new(move |ids| Ok(look_up_all(&mut connection, ids)?))
}

fn all_in_scope<C: LoadConnection<Backend = Sqlite> + 'static>(mut connection: C) -> LookUp {
    Box::new(move |ids| Ok(look_up_all_in_scope(&mut connection, ids)?))
}

fn in_threes<C: LoadConnection<Backend = Sqlite> + 'static>(mut connection: C) -> LookUp {
    Box::new(move |ids| {
        for three in threes(ids) {
            handler(&mut connection, three)?;
        }
        Ok(())
    })
}

fn in_threes_in_scopes<C: LoadConnection<Backend = Sqlite> + 'static>(mut connection: C) -> LookUp {
    Box::new(move |ids| {
        for three in threes(ids) {
            handler_in_scope(&mut connection, three)?;
        }
        Ok(())
    })
}

/// The same machine code for all that use the same type of connection.
#[inline(never)]
fn look_up_all<C: LoadConnection<Backend = Sqlite>>(
    connection: &mut C,
    ids: &[i32],
) -> QueryResult<()> {
    for id in ids {
        black_box(users::table.find(black_box(*id)).first::<Row>(connection)?);
    }
    Ok(())
}

#[perfguard::query_budget(max = 1_200, allow(n_plus_one, reason = "it is what is measured"))]
fn look_up_all_in_scope<C: LoadConnection<Backend = Sqlite>>(
    connection: &mut C,
    ids: &[i32],
) -> QueryResult<()> {
    look_up_all(connection, ids)
}

#[inline(never)]
fn handler<C: LoadConnection<Backend = Sqlite>>(
    connection: &mut C,
    three: Three,
) -> QueryResult<()> {
    let Three {
        user,
        post,
        comment,
    } = black_box(three);
    black_box(users::table.find(user).first::<Row>(connection)?);
    black_box(posts::table.find(post).first::<Row>(connection)?);
    black_box(comments::table.find(comment).first::<Row>(connection)?);
    Ok(())
}

#[perfguard::query_budget(max = 3)]
fn handler_in_scope<C: LoadConnection<Backend = Sqlite>>(
    connection: &mut C,
    three: Three,
) -> QueryResult<()> {
    handler(connection, three)
}
