//! Foreign keys without an index on the side that refers.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use perfguard_explain::{ForeignKey, foreign_keys, foreign_keys_async};
use sea_orm::{ConnectionTrait, Database};

use crate::servers::Place;

const SCHEMA: [&str; 5] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY)",
    "CREATE TABLE rooms (house INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (house, number))",
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, editor_id INTEGER, \
     FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (editor_id) REFERENCES users (id))",
    "CREATE TABLE profiles (id INTEGER PRIMARY KEY, FOREIGN KEY (id) REFERENCES users (id))",
    "CREATE TABLE stays (id INTEGER PRIMARY KEY, house INTEGER, number INTEGER, \
     FOREIGN KEY (house, number) REFERENCES rooms (house, number))",
];

const INDEX: &str = "CREATE INDEX posts_by_user ON posts (user_id, id)";

/// In any order an index serves a key of two columns.
const TURNED: &str = "CREATE INDEX stays_by_room ON stays (number, house)";

fn told(keys: &[ForeignKey]) -> Vec<String> {
    let told = keys.iter().map(|it| {
        format!(
            "{}({}) > {}",
            it.table(),
            it.columns().join(", "),
            it.refers_to()
        )
    });
    told.collect()
}

fn in_diesel(connection: &mut (impl SimpleConnection + perfguard_explain::Session)) {
    for sql in SCHEMA {
        connection.batch_execute(sql).expect("a table");
    }
    connection.batch_execute(INDEX).expect("an index");
    let keys = foreign_keys(connection).expect("they are read");
    assert_eq!(
        told(&keys),
        ["posts(editor_id) > users", "stays(house, number) > rooms"]
    );
    assert_eq!(
        keys.first().map(ForeignKey::create).as_deref(),
        Some("CREATE INDEX posts_editor_id_idx ON posts (editor_id)")
    );
    connection.batch_execute(TURNED).expect("an index");
    for key in keys.iter().take(1) {
        connection
            .batch_execute(&key.create())
            .expect("what is advised can be made");
    }
    assert_eq!(
        told(&foreign_keys(connection).expect("they are read")),
        [""; 0]
    );
}

#[test]
fn on_sqlite() {
    in_diesel(&mut SqliteConnection::establish(":memory:").expect("it opens"));
}

#[test]
fn of_two_hundred_tables() {
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    for number in 0..200 {
        let before = number.max(1) - 1;
        connection
            .batch_execute(&format!(
                "CREATE TABLE t{number} (id INTEGER PRIMARY KEY, before_id INTEGER REFERENCES t{before} (id)); \
                 CREATE INDEX i{number} ON t{number} (id, before_id)"
            ))
            .expect("a table");
    }
    let keys = foreign_keys(&mut connection).expect("they are read");
    assert_eq!(keys.len(), 200);
}

#[tokio::test]
async fn on_postgres() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    in_diesel(&mut PgConnection::establish(&place.url).expect("it opens"));
}

#[tokio::test]
async fn on_sqlite_in_sea_orm() {
    let db = Database::connect("sqlite::memory:")
        .await
        .expect("it opens");
    for sql in SCHEMA {
        db.execute_unprepared(sql).await.expect("a table");
    }
    let keys = foreign_keys_async(&db).await.expect("they are read");
    assert_eq!(keys.len(), 3, "{:?}", told(&keys));
}

#[tokio::test]
async fn mariadb_makes_the_indexes_itself() {
    let Some(place) = Place::on_mysql().await else {
        return;
    };
    let db = Database::connect(&place.url).await.expect("it opens");
    for sql in SCHEMA {
        db.execute_unprepared(sql).await.expect("a table");
    }
    let keys = foreign_keys_async(&db).await.expect("they are read");
    assert_eq!(told(&keys), [""; 0]);
    db.close().await.expect("it closes");
}
