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

/// Of two schemas with a table of the same name, one has the index.
#[tokio::test]
async fn schemas_of_the_search_path_are_told_apart() {
    let (Some(first), Some(second)) = (Place::on_postgres().await, Place::on_postgres().await)
    else {
        return;
    };
    let (other, both) = (&second.name, format!("{}%2C{}", first.url, second.name));
    let mut connection = PgConnection::establish(&both).expect("it opens");
    connection
        .batch_execute(&format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY); \
             CREATE TABLE posts (user_id INTEGER REFERENCES users (id)); \
             CREATE INDEX posts_by_user ON posts (user_id); \
             CREATE TABLE {other}.users (id INTEGER PRIMARY KEY); \
             CREATE TABLE {other}.posts (user_id INTEGER REFERENCES users (id), \
             other_id INTEGER REFERENCES {other}.users (id))"
        ))
        .expect("tables");
    let keys = foreign_keys(&mut connection).expect("they are read");
    assert!(keys.iter().all(|it| it.schema() == Some(other)));
    let expected = [
        "posts(user_id) > users".to_owned(),
        format!("posts(other_id) > {other}.users"),
    ];
    assert_eq!(told(&keys), expected);
    for key in &keys {
        let create = key.create();
        assert!(create.contains(&format!(" ON {other}.posts (")), "{create}");
        connection
            .batch_execute(&create)
            .expect("what is advised can be made");
    }
    let keys = foreign_keys(&mut connection).expect("they are read");
    assert_eq!(told(&keys), [""; 0]);
}

#[test]
fn names_that_are_cut_are_told_apart() {
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    let long = "a_column_whose_name_is_longer_than_the_name_of_an_index_may_be";
    connection
        .batch_execute(&format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY); \
             CREATE TABLE a ({long}_1 INTEGER REFERENCES users (id), {long}_2 INTEGER REFERENCES users (id))"
        ))
        .expect("tables");
    for key in foreign_keys(&mut connection).expect("they are read") {
        connection
            .batch_execute(&key.create())
            .expect("what is advised can be made");
    }
    let keys = foreign_keys(&mut connection).expect("they are read");
    assert_eq!(told(&keys), [""; 0]);
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
