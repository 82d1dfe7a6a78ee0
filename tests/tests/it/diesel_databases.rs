//! The databases that tests of guarded connections use, with five users in a
//! table that only the connection sees.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use perfguard::diesel::Guarded;
use perfguard_tests::servers::Backend;

diesel::table! {
    users (id) {
        id -> Integer,
        name -> Text,
        age -> Nullable<Integer>,
    }
}

#[derive(
    AsChangeset,
    Clone,
    Debug,
    Identifiable,
    Insertable,
    PartialEq,
    Queryable,
    QueryableByName,
    Selectable,
)]
#[diesel(table_name = users)]
pub(crate) struct User {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
}

pub(crate) fn user(id: i32) -> User {
    User {
        id,
        name: format!("user {id}"),
        age: Some(20 + id),
    }
}

/// A row for COPY, which knows no default.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct Copied {
    id: i32,
    name: &'static str,
    age: Option<i32>,
}

pub(crate) fn copied(id: i32) -> Copied {
    Copied {
        id,
        name: "copied",
        age: None,
    }
}

pub(crate) const TABLE: &str = "CREATE TEMPORARY TABLE users \
    (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, age INTEGER)";

pub(crate) const ROWS: &str =
    "INSERT INTO users VALUES (1,'a',21), (2,'b',22), (3,'c',23), (4,'d',24), (5,'e',25)";

pub(crate) fn sqlite() -> Guarded<SqliteConnection> {
    filled(Guarded::establish(":memory:").unwrap())
}

/// `None`, and a word about it, without a server.
pub(crate) fn postgres() -> Option<Guarded<PgConnection>> {
    let url = Backend::Postgres.server()?;
    Some(filled(Guarded::establish(&url).unwrap()))
}

#[cfg(feature = "mysqlclient")]
pub(crate) fn mysql() -> Option<Guarded<MysqlConnection>> {
    let url = Backend::MySql.server()?;
    Some(filled(Guarded::establish(&url).unwrap()))
}

pub(crate) fn filled<C: SimpleConnection>(mut connection: C) -> C {
    connection.batch_execute(TABLE).unwrap();
    connection.batch_execute(ROWS).unwrap();
    connection
}
