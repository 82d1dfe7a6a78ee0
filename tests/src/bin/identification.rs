//! What a scope says of Diesel's statements; `PERFGUARD=fail` has each of them
//! read, `PERFGUARD=warn` has them recognised by their type. Prints a line of
//! JSON for each scenario.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test's own program"
)]

use std::hint::black_box;

use diesel::connection::Instrumentation;
use diesel::prelude::*;
use perfguard::{Report, Scope};
use perfguard_tests::diesel_blog::{self, authors, posts};
use serde_json::{Value, json};

fn main() {
    let pool = diesel_blog::pool(200);
    let conn = &mut diesel_blog::connection(&pool);
    // Often enough for a type to be trusted.
    for _ in 0..black_box(20) {
        let _ = measured(|| scenarios(conn, |_, _| {}));
    }
    scenarios(conn, |name, report| println!("{}", summary(name, report)));
    println!(
        "{}",
        json!({ "name": "allocations", "more": allocations(conn) })
    );
}

fn measured(body: impl FnOnce()) -> Report {
    let scope = Scope::new("measured");
    scope.in_scope(body);
    scope.close()
}

fn scenarios(conn: &mut SqliteConnection, mut tell: impl FnMut(&str, &Report)) {
    let mut scenario = |name: &str, body: &mut dyn FnMut(&mut SqliteConnection)| {
        let report = measured(|| body(conn));
        tell(name, &report);
    };
    scenario("a loop", &mut |conn| {
        for id in 1..=black_box(20) {
            diesel_blog::find_author(conn, id);
        }
    });
    scenario("a long loop", &mut |conn| {
        for id in 1..=black_box(150) {
            diesel_blog::find_author(conn, id);
        }
    });
    scenario("a page and a look-up", &mut |conn| {
        diesel_blog::latest(conn, black_box(20));
        diesel_blog::find_author(conn, black_box(3));
    });
    scenario("the same again", &mut |conn| {
        for _ in 0..black_box(9) {
            diesel_blog::find_author(conn, 7);
        }
    });
    scenario("two lines", &mut |conn| {
        diesel_blog::find_author(conn, black_box(1));
        diesel_blog::find_author(conn, black_box(2));
    });
    scenario("a whole table", &mut |conn| {
        let names = authors::table.select(authors::name);
        names.load::<String>(conn).ok();
    });
    scenario("boxed in two ways", &mut |conn| {
        for round in 0..black_box(12) {
            let mut query = posts::table.select(posts::title).limit(5).into_boxed();
            if round % 2 == 1 {
                query = query.filter(posts::author_id.eq(1));
            }
            query.load::<String>(conn).ok();
        }
    });
    scenario("a list of any length", &mut |conn| {
        for length in 1..=black_box(9) {
            let ids: Vec<i32> = (1..=length).collect();
            let names = authors::table.select(authors::name);
            let listed = names.filter(authors::id.eq_any(ids));
            listed.load::<String>(conn).ok();
        }
    });
    scenario("writes in a transaction", &mut |conn| {
        let ended: QueryResult<()> = conn.transaction(|conn| {
            for id in 1..=black_box(9) {
                diesel::update(authors::table.find(id))
                    .set(authors::name.eq("renamed"))
                    .execute(conn)?;
            }
            Err(diesel::result::Error::RollbackTransaction)
        });
        black_box(ended).ok();
    });
    scenario("a loop in a transaction", &mut |conn| {
        let ended: QueryResult<()> = conn.transaction(|conn| {
            for id in 1..=black_box(30) {
                diesel_blog::find_author(conn, id);
            }
            Ok(())
        });
        black_box(ended).ok();
    });
    scenario("raw text", &mut |conn| {
        for id in 1..=black_box(9) {
            diesel::sql_query("SELECT name FROM authors WHERE id = ?")
                .bind::<diesel::sql_types::Integer, _>(id)
                .execute(conn)
                .ok();
        }
    });
}

fn summary(name: &str, report: &Report) -> Value {
    let report: Value = serde_json::from_str(&report.to_json()).unwrap_or_default();
    let findings = report["findings"].as_array().into_iter().flatten();
    let findings: Vec<_> = findings
        .map(|finding| {
            json!({
                "rule": finding["rule"],
                "count": finding["count"],
                "at_least": finding["at_least"],
                "distinct_binds": finding["distinct_binds"],
                "distinct_binds_at_least": finding["distinct_binds_at_least"],
                "statement": finding["db"]["db.query.text"],
                "line": finding["code"]["code.line.number"],
            })
        })
        .collect();
    json!({
        "name": name,
        "queries": report["scopes"][0]["queries"],
        "statements": report["scopes"][0]["statements"],
        "in_one_transaction": report["scopes"][0]["transactions"]["most_statements"],
        "findings": findings,
    })
}

/// How many allocations a hundred look-ups cost beyond those of Diesel, deep
/// in a scope.
fn allocations(conn: &mut SqliteConnection) -> i64 {
    let scope = Scope::new("allocations");
    let count = |conn: &mut SqliteConnection| {
        let looked_up = |conn: &mut SqliteConnection| {
            for id in 1..=black_box(100) {
                diesel_blog::find_author(conn, id);
            }
        };
        looked_up(conn);
        allocation_counter::measure(|| looked_up(conn)).count_total as i64
    };
    let with = scope.in_scope(|| count(conn));
    conn.set_instrumentation(None::<Box<dyn Instrumentation>>);
    let without = scope.in_scope(|| count(conn));
    with - without
}
