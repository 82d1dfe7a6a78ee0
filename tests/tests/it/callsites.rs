//! The line that a finding names, whatever shape the code has; run in debug
//! and release. Which executions are one place is in `matrix_*`.
//!
//! | shape | the line is that of |
//! |---|---|
//! | a loop, a helper, a generic function, `#[instrument]` | the `.await` |
//! | a method of a trait, static and `dyn` (`async_trait`) | the `.await` in it |
//! | futures of the ORM's own, in `try_join_all`, `buffer_unordered` | the `.await` of the driver |
//! | a transaction's closure, a spawned task | the `.await` in it |
//! | a stream | the end of the block that drops it |
//! | `EntityLoader`, `ActiveModelEx` | the user's `.await`, not the entity's macros |
//! | sync Diesel: a loop, a chain, a closure, a transaction, a trait, a thread | the call |

mod author;
mod post;

use std::panic::Location;

use async_trait::async_trait;
use diesel::prelude::*;
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use perfguard::adapter::{self, CallSiteKey, Query};
use perfguard::statement::Dialect;
use perfguard::testing::{observe, observe_sync};
use perfguard::{Report, Scope, in_current_scope};
use perfguard_tests::diesel_blog::{authors, connection, pool};
use perfguard_tests::sea_orm_blog::{author::Entity as Author, connect, find_author};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityLoaderTrait,
    EntityTrait, TransactionTrait,
};

use crate::driver::{self, AUTHOR};
use crate::support::{assert_at, line_of, n_plus_one, opaque};

/// That each N+1 of a report stands at the line of this file that ends with
/// `mark`, and that there is one.
#[track_caller]
fn assert_marked(report: &Report, mark: &str) {
    let line = line_of(include_str!("callsites.rs"), mark);
    let mut found = report.findings().iter();
    let found: Vec<_> = found
        .by_ref()
        .filter(|it| it.rule() == "n-plus-one")
        .collect();
    assert!(!found.is_empty(), "{report}");
    for finding in found {
        assert_eq!(finding.count(), 3, "{report}");
        assert_at(finding, file!(), line);
    }
}

async fn helper(db: &DatabaseConnection, id: i32) {
    let find = Author::find_by_id(id);
    find.one(db).await.unwrap(); // in a helper
}

#[tokio::test]
async fn in_a_helper_it_is_the_helpers_line_and_its_callers_are_named() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            helper(&db, id).await; // calls the helper
        }
    })
    .await;
    assert_marked(&report, "// in a helper");
    let site = n_plus_one(&report).call_site().unwrap();
    let line = line_of(include_str!("callsites.rs"), "// calls the helper");
    assert!(
        site.callers().iter().any(|it| it.line() == line),
        "{report}"
    );
}

async fn generic<C: ConnectionTrait>(db: &C, id: i32) {
    Author::find_by_id(id)
        .one(db)
        .await // in a generic function
        .unwrap();
}

#[tokio::test]
async fn in_a_generic_function() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            generic(&db, id).await;
        }
    })
    .await;
    assert_marked(&report, "// in a generic function");
}

#[tracing::instrument(skip(db))]
async fn instrumented(db: &DatabaseConnection, id: i32) {
    let find = Author::find_by_id(id);
    find.one(db).await.unwrap(); // instrumented
}

#[tokio::test]
async fn in_an_instrumented_function() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            instrumented(&db, id).await;
        }
    })
    .await;
    assert_marked(&report, "// instrumented");
}

#[async_trait]
trait Repository {
    async fn find(&self, id: i32);
}

#[async_trait]
impl Repository for DatabaseConnection {
    async fn find(&self, id: i32) {
        let find = Author::find_by_id(id);
        find.one(self).await.unwrap(); // in a boxed method
    }
}

#[tokio::test]
async fn in_a_method_of_an_async_trait_static_and_dyn() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            Repository::find(&db, id).await;
        }
    })
    .await;
    assert_marked(&report, "// in a boxed method");
    let repository: &dyn Repository = &db;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            repository.find(id).await;
        }
    })
    .await;
    assert_marked(&report, "// in a boxed method");
}

#[tokio::test]
async fn of_futures_that_are_joined() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        let find = |id| Author::find_by_id(id).one(&db);
        let all = try_join_all((1..=opaque(3)).map(find));
        all.await.unwrap(); // all joined
    })
    .await;
    assert_marked(&report, "// all joined");
}

#[tokio::test]
async fn of_futures_that_are_buffered() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        let finds = stream::iter(1..=opaque(3)).map(|id| Author::find_by_id(id).one(&db));
        let all = finds.buffer_unordered(2).try_collect::<Vec<_>>();
        all.await.unwrap(); // all buffered
    })
    .await;
    assert_marked(&report, "// all buffered");
}

#[tokio::test]
async fn of_a_stream() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            let mut rows = Author::find_by_id(id).stream(&db).await.unwrap();
            while let Some(row) = rows.next().await {
                row.unwrap();
            }
            drop(rows); // the stream is dropped
        }
    })
    .await;
    assert_marked(&report, "// the stream is dropped");
}

#[tokio::test]
async fn in_the_closure_of_a_transaction() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        let all = db.transaction(|txn: &DatabaseTransaction| {
            Box::pin(async move {
                for id in 1..=opaque(3) {
                    let find = Author::find_by_id(id);
                    find.one(txn).await?; // in a transaction
                }
                Ok::<_, DbErr>(())
            })
        });
        all.await.unwrap();
    })
    .await;
    assert_marked(&report, "// in a transaction");
}

#[tokio::test]
async fn in_a_spawned_task() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            let db = db.clone();
            let task = async move {
                let find = Author::find_by_id(id);
                find.one(&db).await.unwrap(); // in a task
            };
            tokio::spawn(in_current_scope(task)).await.unwrap();
        }
    })
    .await;
    assert_marked(&report, "// in a task");
}

#[tokio::test]
async fn of_a_loader_that_a_macro_wrote() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        for id in 1..=opaque(3) {
            let load = author::Entity::load().filter_by_id(id).with(post::Entity);
            load.one(&db).await.unwrap(); // a loader
        }
    })
    .await;
    assert_marked(&report, "// a loader");
}

#[perfguard::query_budget(max = 0)]
async fn saving(db: &DatabaseConnection) {
    let post = post::ActiveModel::builder().set_title("a title");
    let author = author::ActiveModel::builder()
        .set_name("a name")
        .add_post(post);
    author.save(db).await.unwrap(); // a nested save
}

#[tokio::test]
async fn of_a_save_that_a_macro_wrote() {
    let db = connect(3).await;
    let ((), report) = observe(saving(&db)).await;
    let text = report.to_string();
    let line = line_of(include_str!("callsites.rs"), "// a nested save");
    let place = format!("at tests/tests/it/callsites.rs:{line}\n");
    assert_eq!(
        text.matches(&place).count(),
        report.queries() as usize,
        "{text}"
    );
    assert!(report.queries() >= 2, "{text}");
}

trait Authors {
    fn find(&mut self, id: i32) -> String;
}

impl Authors for SqliteConnection {
    fn find(&mut self, id: i32) -> String {
        let name = authors::table.find(id).select(authors::name);
        name.first(self).unwrap() // in a method
    }
}

#[test]
fn sync_code_has_the_line_of_its_call() {
    type Shape = fn(&mut SqliteConnection);
    let shapes: [(&str, Shape); 6] = [
        ("// in a loop", |conn| {
            for id in 1..=opaque(3) {
                let author = authors::table.find(id).select(authors::name);
                author.first::<String>(conn).unwrap(); // in a loop
            }
        }),
        ("// in a chain", |conn| {
            for id in 1..=opaque(3) {
                authors::table
                    .find(id)
                    .select(authors::name)
                    .first::<String>(conn) // in a chain
                    .unwrap();
            }
        }),
        ("// in a closure", |conn| {
            let find = |id| {
                let author = authors::table.find(id).select(authors::name);
                author.first::<String>(conn) // in a closure
            };
            let names: QueryResult<Vec<_>> = (1..=opaque(3)).map(find).collect();
            names.unwrap();
        }),
        ("// within a transaction", |conn| {
            conn.transaction(|conn| {
                for id in 1..=opaque(3) {
                    let author = authors::table.find(id).select(authors::name);
                    author.first::<String>(conn)?; // within a transaction
                }
                QueryResult::Ok(())
            })
            .unwrap();
        }),
        ("// in a method", |conn| {
            for id in 1..=opaque(3) {
                conn.find(id);
            }
        }),
        ("// in a method", |conn| {
            let conn: &mut dyn Authors = opaque(conn);
            for id in 1..=opaque(3) {
                conn.find(id);
            }
        }),
    ];
    let pool = pool(3);
    let conn = &mut connection(&pool);
    for (mark, shape) in shapes {
        let ((), report) = observe_sync(|| shape(conn));
        assert_marked(&report, mark);
    }
}

#[test]
fn on_another_thread_it_is_the_line_there() {
    let pool = pool(3);
    let ((), report) = observe_sync(|| {
        for id in 1..=opaque(3) {
            let pool = pool.clone();
            let find = in_current_scope(move || {
                let author = authors::table.find(id).select(authors::name);
                author.first::<String>(&mut connection(&pool)).unwrap(); // on a thread
            });
            std::thread::spawn(find).join().unwrap();
        }
    });
    assert_marked(&report, "// on a thread");
}

/// Runs a statement as a driver that knows its caller's line.
#[track_caller]
fn run_here(id: u64) {
    driver::connected();
    let query = Query::new(AUTHOR, Dialect::Sqlite).binds(driver::bind(id));
    adapter::record(&query.call_site(CallSiteKey::from(Location::caller())));
}

#[test]
fn a_place_that_a_driver_names_by_its_caller_has_that_line() {
    let ((), report) = observe_sync(|| {
        for id in 0..opaque(3) {
            run_here(id); // the driver's caller
        }
    });
    assert_marked(&report, "// the driver's caller");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let code = &json["findings"][0]["code"];
    assert_eq!(code["code.file.path"], file!());
    let line = line_of(include_str!("callsites.rs"), "// the driver's caller");
    assert_eq!(code["code.line.number"], line);
    assert!(
        report
            .to_string()
            .contains(&format!("at {}:{line}\n", file!())),
        "{report}"
    );
}

/// Runs a statement as a driver that names its statements.
fn run_named(key: &str, id: u64) {
    driver::connected();
    let query = Query::new(AUTHOR, Dialect::Sqlite).binds(driver::bind(id));
    adapter::record(&query.call_site(CallSiteKey::new(key)));
}

#[test]
fn a_place_that_a_driver_names_is_one_wherever_it_is_called() {
    let ((), report) = observe_sync(|| {
        run_named("authors.sql", 1);
        run_named("authors.sql", 2);
        run_named("authors.sql", 3);
    });
    let finding = n_plus_one(&report);
    assert_eq!(finding.count(), 3);
    assert!(finding.call_site().is_none());
    let text = report.to_string();
    assert!(
        !text.contains("line tables"),
        "no line was promised: {text}"
    );
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert!(json["findings"][0]["code"].is_null());

    let ((), report) = observe_sync(|| {
        for id in 0..opaque(2) {
            run_named(&format!("{id}.sql"), id);
        }
    });
    assert!(
        report.findings().is_empty(),
        "two names are two places: {report}"
    );
}

#[perfguard::query_budget(max = 9)]
fn helper_with_a_named_place(id: u64) {
    run_named("authors.sql", id);
}

#[test]
fn a_named_place_is_the_same_in_every_scope_around() {
    let ((), report) = observe_sync(|| {
        let job = Scope::new("a job");
        job.in_scope(|| {
            for id in 0..opaque(3) {
                helper_with_a_named_place(id);
            }
        });
        assert_eq!(n_plus_one(&job.close()).count(), 3);
    });
    assert_eq!(n_plus_one(&report).count(), 3);
}

#[tokio::test]
async fn a_named_place_and_a_read_one_are_two() {
    let db = connect(3).await;
    let ((), report) = observe(async {
        find_author(&db, 1).await;
        run_named("authors.sql", 1);
    })
    .await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

/// In a process of its own, because settings are fixed once.
#[test]
fn an_application_may_read_no_call_sites_and_is_told_what_it_misses() {
    let said = |setting: &str| {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_call-sites"))
            .arg(setting)
            .env_remove("PERFGUARD")
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        String::from_utf8(run.stdout).unwrap()
    };
    let hint = "1 statement ran again, and the call sites were not read";
    let default = said("default");
    assert!(
        default.contains("n-plus-one: 12 times from one place"),
        "{default}"
    );
    assert!(!default.contains(hint), "{default}");
    let line = line_of(include_str!("../../src/bin/call-sites.rs"), "// the query");
    let place = format!("at tests/src/bin/call-sites.rs:{line}");
    assert!(default.contains(&place), "{default}");

    let off = said("off");
    assert!(!off.contains("n-plus-one: "), "{off}");
    assert!(off.contains(hint), "{off}");
    // Later than the loop is long: nothing was read either.
    let late = said("late");
    assert!(!late.contains("n-plus-one: "), "{late}");
    assert!(late.contains(hint), "{late}");

    // The nearest frame is said to be a library's: its caller's is shown.
    let vendored = said("vendored");
    let line = line_of(include_str!("../../src/bin/call-sites.rs"), "// the caller");
    let place = format!("at tests/src/bin/call-sites.rs:{line}");
    assert!(vendored.contains(&place), "{vendored}");
}
