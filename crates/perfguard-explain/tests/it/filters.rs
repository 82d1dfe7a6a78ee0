//! Filters that drop most of the rows that an index finds; the cases of the
//! suite say which.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryResult, SqliteConnection};
use perfguard_core::statement::Dialect;
use perfguard_explain::{Explained, Session, check, check_async};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::behaves::{ran, texts};
use crate::servers::Place;
use crate::suite::connect;

const DIGITS: &str = "CREATE TABLE digits AS SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 \
     UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9";
const VISITS: &str = "CREATE TABLE visits (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, kind INTEGER NOT NULL, seen DATE)";
const BY_USER: &str = "CREATE INDEX visits_user_id_idx ON visits (user_id)";
/// A thousand of one user, ten of each kind.
const ROWS: &str = "INSERT INTO visits SELECT a.i + 10 * b.i + 100 * c.i, 7, a.i + 10 * b.i, NULL \
     FROM digits a, digits b, digits c";
const OF_KIND: &str = "SELECT seen FROM visits WHERE user_id = ? AND kind = ?";

fn made(connection: &mut impl SimpleConnection, statements: &[&str]) {
    for sql in statements {
        connection.batch_execute(sql).expect("it is made");
    }
}

fn sqlite(statements: &[&str]) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    made(&mut connection, statements);
    connection
}

fn explained(session: &mut impl Session, sql: &str) -> Explained {
    let report = ran(&[sql], session.dialect());
    check(session, &report).expect("it is explained")
}

fn silent(explained: &Explained) {
    assert!(explained.findings().is_empty(), "{explained}");
    assert!(explained.unexplained().is_empty(), "{explained}");
}

#[test]
fn a_finding_says_how_many_rows_are_read_and_dropped() {
    let mut connection = sqlite(&[DIGITS, VISITS, BY_USER, ROWS]);
    let explained = explained(&mut connection, OF_KIND);
    let [finding] = explained.findings() else {
        panic!("{explained}")
    };
    assert_eq!(finding.rule(), "missing-index");
    let said = explained.to_string();
    for part in [
        "missing-index: for one key the index `visits_user_id_idx` finds 1000 rows of `visits`, \
         of which `kind` drops 99 % or more: SEARCH visits USING INDEX visits_user_id_idx (user_id=?)\n",
        "CREATE INDEX visits_user_id_kind_idx ON visits (user_id, kind)",
        "      after\n        SEARCH visits USING INDEX visits_user_id_kind_idx (user_id=? AND kind=?)\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let [advice] = explained.advice() else {
        panic!("{explained}")
    };
    assert_eq!(
        advice.in_sea_orm(),
        "manager.create_index(Index::create().name(\"visits_user_id_kind_idx\").table(\"visits\")\
         .col(\"user_id\").col(\"kind\").to_owned()).await?"
    );
    // It is what repairs it.
    made(&mut connection, &[&advice.create()]);
    silent(&self::explained(&mut connection, OF_KIND));
}

#[test]
fn rows_that_a_table_has_no_more_are_not_counted() {
    let mut connection = sqlite(&[DIGITS, VISITS, BY_USER, ROWS]);
    made(&mut connection, &["DELETE FROM visits WHERE id = 1"]);
    silent(&explained(&mut connection, OF_KIND));
}

#[tokio::test]
async fn a_temporary_table_and_an_index_of_some_rows_are_left_alone() {
    let temporary = VISITS.replace("TABLE", "TEMPORARY TABLE");
    let partial = format!("{BY_USER} WHERE seen IS NULL");
    let unseen = format!("{OF_KIND} AND seen IS NULL");
    let cases = [
        (temporary.as_str(), BY_USER, OF_KIND),
        (VISITS, partial.as_str(), unseen.as_str()),
    ];
    for (table, index, sql) in cases {
        silent(&explained(&mut sqlite(&[DIGITS, table, index, ROWS]), sql));
    }
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    made(&mut connection, &[DIGITS]);
    for (table, index, sql) in cases {
        made(&mut connection, &[table, index, ROWS]);
        silent(&explained(&mut connection, sql));
        made(&mut connection, &["DROP TABLE visits"]);
    }
    drop(connection);
}

/// What is read in a serializable transaction may have another one fail.
#[tokio::test]
async fn postgres_counts_in_the_users_transaction_where_that_is_no_harm() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    made(&mut connection, &[DIGITS, VISITS, BY_USER]);
    let count = "SELECT count(*)::text FROM visits";
    let in_transaction = |connection: &mut PgConnection, begin: &str| {
        let mut found = 0;
        let ended = connection.transaction(|connection| -> QueryResult<()> {
            connection.batch_execute(begin)?;
            connection.batch_execute(ROWS)?;
            let explained = explained(connection, OF_KIND);
            assert!(explained.unexplained().is_empty(), "{explained}");
            found = explained.findings().len();
            assert_eq!(texts(connection, count), ["1000"]);
            Err(diesel::result::Error::RollbackTransaction)
        });
        assert_eq!(ended, Err(diesel::result::Error::RollbackTransaction));
        found
    };
    assert_eq!(in_transaction(&mut connection, "SELECT 1"), 1);
    let serializable = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    assert_eq!(in_transaction(&mut connection, serializable), 0);
    assert_eq!(texts(&mut connection, count), ["0"]);
    drop(connection);
}

/// There is no grouping by boxes, whose equality is that of their areas.
#[tokio::test]
async fn postgres_goes_on_after_what_it_cannot_count() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    let boxes = VISITS.replace("kind INTEGER NOT NULL", "kind BOX");
    made(&mut connection, &[&boxes, BY_USER]);
    connection
        .transaction(|connection| -> QueryResult<()> {
            connection.batch_execute("INSERT INTO visits VALUES (1, 1, NULL, NULL)")?;
            silent(&explained(connection, OF_KIND));
            connection.batch_execute("INSERT INTO visits VALUES (2, 1, NULL, NULL)")
        })
        .expect("it commits");
    let rows = "SELECT count(*)::text FROM visits";
    assert_eq!(texts(&mut connection, rows), ["2"]);
    drop(connection);
}

#[tokio::test]
async fn mariadb_counts_and_locks_nothing() {
    let Some(place) = Place::on_mysql().await else {
        return;
    };
    let db = connect(&place.url).await;
    for sql in [DIGITS, VISITS, BY_USER, ROWS] {
        db.execute_unprepared(sql).await.expect("it is made");
    }
    let other = connect(&place.url).await;
    let report = ran(&[OF_KIND], Dialect::MySql);
    for (level, findings) in [("REPEATABLE READ", 1), ("SERIALIZABLE", 0)] {
        let transaction = db.begin().await.expect("it begins");
        // It is the session's, and holds in its next transaction.
        let set = format!("SET SESSION TRANSACTION ISOLATION LEVEL {level}");
        transaction
            .execute_unprepared(&set)
            .await
            .expect("it is set");
        transaction.rollback().await.expect("it ends");
        let transaction = db.begin().await.expect("it begins");
        let explained = check_async(&transaction, &report)
            .await
            .expect("it is explained");
        assert_eq!(explained.findings().len(), findings, "{level}: {explained}");
        let update = "SET STATEMENT innodb_lock_wait_timeout = 1 FOR UPDATE visits SET seen = NULL";
        let updated = other.execute_unprepared(update).await;
        assert!(updated.is_ok(), "{level}: {updated:?}");
        transaction.rollback().await.expect("it ends");
    }
    db.close().await.expect("it closes");
    other.close().await.expect("it closes");
}
