//! Guarded connections around and beside others: mocks, a user's own;
//! call sites, scopes and limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt as _;
use futures::future::join_all;
use perfguard::Limits;
use perfguard::sea_orm::{Guarded, install, install_with, is_refusal};
use perfguard::testing::observe;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, ExecResult, MockDatabase,
    MockExecResult, PaginatorTrait, QueryResult, QueryTrait, Statement, StatementBuilder,
    TransactionError, TransactionTrait,
};

use crate::sea_orm_tables::{author, on_sqlite, post};
use crate::support::{assert_at, line_of, n_plus_one, opaque};

fn authors(count: i32) -> Vec<author::Model> {
    let author = |id| author::Model {
        id,
        name: format!("author {id}"),
    };
    (1..=count).map(author).collect()
}

#[perfguard::query_budget(max = 50)]
async fn in_a_loop(db: &impl ConnectionTrait) {
    let posts = post::Entity::find()
        .all(db)
        .await // the source
        .unwrap();
    for post in posts {
        author::Entity::find_by_id(post.author_id)
            .one(db)
            .await // the query of the loop
            .unwrap();
    }
}

#[tokio::test]
async fn a_loop_is_found_at_its_place_with_the_rows_it_came_from() {
    let db = Guarded::new(on_sqlite().await);
    let ((), report) = observe(in_a_loop(&db)).await;
    let finding = n_plus_one(&report);
    assert_eq!((finding.count(), finding.distinct_binds()), (20, Some(20)));
    let here = include_str!("sea_orm_wrapped.rs");
    assert_at(finding, file!(), line_of(here, "// the query of the loop"));
    let source = finding.source().expect("the loop has a source");
    assert_eq!(source.rows(), Some(20));
    let site = source.call_site().expect("its call site is known");
    assert_eq!(
        (site.file(), site.line()),
        (file!(), line_of(here, "// the source"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scopes_side_by_side_never_mix() {
    let db = &Guarded::new(on_sqlite().await);
    let one = |count: u64| async move {
        let finds = (0..count).map(|id| author::Entity::find_by_id(id as i32 + 1).one(db));
        let (found, report) = observe(join_all(finds)).await;
        assert_eq!(
            found.into_iter().filter(Result::is_ok).count() as u64,
            count
        );
        assert_eq!((report.queries(), report.rows()), (count, Some(count)));
    };
    let ((), report) = observe(async {
        join_all((1..=8).map(one)).await;
    })
    .await;
    assert_eq!((report.queries(), report.rows()), (36, Some(36)));

    let tasks: Vec<_> = (1..=8_u64)
        .map(|count| {
            let db = db.clone();
            tokio::spawn(async move {
                let finds = (0..count).map(|_| author::Entity::find_by_id(1).one(&db));
                let (_, report) = observe(join_all(finds)).await;
                (count, report.queries())
            })
        })
        .collect();
    for task in tasks {
        let (count, queries) = task.await.unwrap();
        assert_eq!(queries, count);
    }
}

#[tokio::test]
async fn guards_in_guards_count_once_and_the_users_callback_goes_on() {
    let mut db = on_sqlite().await;
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    install_with(&mut db, move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let db = Guarded::new(Guarded::new(db));
    let ((), report) = observe(async {
        post::Entity::find_by_id(1).one(&db).await.unwrap();
        post::Entity::find().all(&db).await.unwrap();
        db.execute_unprepared("DELETE FROM guarded_posts WHERE id = 99")
            .await
            .unwrap();
        let stream = post::Entity::find().stream(&db).await.unwrap();
        assert_eq!(stream.count().await, 20);
        let transaction = db.begin().await.unwrap();
        post::Entity::find().count(&transaction).await.unwrap();
        transaction.rollback().await.unwrap();
    })
    .await;
    assert_eq!(report.queries(), 5, "{report}");
    assert_eq!(report.rows(), Some(42), "{report}");
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_goes_round_the_guard_is_the_callbacks() {
    let mut db = on_sqlite().await;
    install(&mut db);
    let db = Guarded::new(db);
    let ((), report) = observe(async {
        post::Entity::find().all(db.unguarded()).await.unwrap();
        post::Entity::find_by_id(1).one(&db).await.unwrap();
    })
    .await;
    assert_eq!((report.queries(), report.rows()), (2, None), "{report}");
}

#[tokio::test]
async fn outside_every_scope_a_statement_is_unattributed_once() {
    let mut db = on_sqlite().await;
    install(&mut db);
    let db = Guarded::new(db);
    // Other tests count there as well: in this scope nothing else can.
    let ((), report) = observe(async {}).await;
    assert_eq!(report.queries(), 0);
    let before = perfguard::adapter::unattributed();
    post::Entity::find_by_id(1).one(&db).await.unwrap();
    db.execute_unprepared("DELETE FROM guarded_posts WHERE id = 99")
        .await
        .unwrap();
    assert!(perfguard::adapter::unattributed() >= before + 2);
}

#[tokio::test]
async fn a_mock_is_counted() {
    let mock = MockDatabase::new(DbBackend::Postgres)
        .append_query_results([authors(3), authors(1), Vec::new(), authors(4)])
        .append_query_errors([DbErr::Custom("as the test wants it".to_owned())])
        .append_exec_results([MockExecResult {
            last_insert_id: 0,
            rows_affected: 7,
        }]);
    let db = Guarded::new(mock.into_connection());
    assert!(db.is_mock_connection());
    let ((), report) = observe(mocked(&db)).await;
    assert_eq!(report.queries(), 6, "{report}");
    assert_eq!(report.rows(), Some(8), "{report}");
    assert_eq!(report.rows_affected(), Some(7), "{report}");
    assert!(
        !crate::support::rules(&report).contains(&"not-connected"),
        "{report}"
    );
    let log = db.into_unguarded().into_transaction_log();
    assert_eq!(log.len(), 6, "each was sent once: {log:?}");
}

#[perfguard::query_budget(max = 50)]
async fn mocked(db: &Guarded<DatabaseConnection>) {
    let all = author::Entity::find().all(db).await.unwrap();
    assert_eq!(all.len(), 3);
    author::Entity::find_by_id(1).one(db).await.unwrap();
    author::Entity::find_by_id(2).one(db).await.unwrap();
    let stream = author::Entity::find().stream(db).await.unwrap();
    assert_eq!(stream.count().await, 4);
    assert!(author::Entity::find_by_id(3).one(db).await.is_err());
    db.execute_unprepared("DELETE FROM guarded_authors WHERE id > 3")
        .await
        .unwrap();
}

/// What `body` warns of.
fn warnings(body: impl FnOnce()) -> String {
    use std::io::Write;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);
    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, body);
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_callback_that_is_never_called_is_said() {
    let mut nowhere = DatabaseConnection::default();
    let mut mock = MockDatabase::new(DbBackend::Sqlite).into_connection();
    let mut real = on_sqlite().await;
    assert!(warnings(|| install(&mut nowhere)).contains("not connected has no metric callback"));
    assert!(warnings(|| install(&mut mock)).contains("a mock connection has no metric callback"));
    assert_eq!(warnings(|| install(&mut real)), "");
}

/// A connection of a user's own: it looks at the builder, asks for something
/// else first, and tries twice.
struct Own {
    inside: DatabaseConnection,
    built: AtomicU64,
}

#[async_trait::async_trait]
impl ConnectionTrait for Own {
    fn get_database_backend(&self) -> DbBackend {
        self.inside.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inside.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inside.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Err(DbErr::Custom("no raw statements here".to_owned()))
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        builder: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.built.fetch_add(1, Ordering::Relaxed);
        let tenant = "SELECT id FROM guarded_authors WHERE id = 7";
        let tenant = Statement::from_string(self.get_database_backend(), tenant);
        self.inside.query_one_raw(tenant).await?;
        self.inside.query_one(builder).await?;
        self.inside.query_one(builder).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inside.query_all_raw(statement).await
    }
}

#[tokio::test]
async fn a_connection_of_the_users_own_is_asked_as_before() {
    let mut inside = on_sqlite().await;
    install(&mut inside);
    let db = Guarded::new(Own {
        inside,
        built: AtomicU64::new(0),
    });
    let ((), report) = observe(async {
        let found = author::Entity::find_by_id(1).one(&db).await.unwrap();
        assert!(found.is_some());
    })
    .await;
    assert_eq!(db.unguarded().built.load(Ordering::Relaxed), 1);
    // Its own statement, and each of its tries.
    assert_eq!(report.queries(), 3, "{report}");
    let raw = Statement::from_string(DbBackend::Sqlite, "SELECT 1");
    assert!(db.query_one_raw(raw).await.is_err());
}

#[tokio::test]
async fn a_scope_at_its_limit_is_refused_before_the_statement_is_sent() {
    let mock = MockDatabase::new(DbBackend::Sqlite)
        .append_query_results([authors(1), authors(1)])
        .into_connection();
    let db = Guarded::new(mock).limits(Limits::new().hard_max(2));
    let (refused, report) = observe(async {
        for id in 1..=2 {
            author::Entity::find_by_id(id).one(&db).await.unwrap();
        }
        let one = author::Entity::find_by_id(3).one(&db).await.unwrap_err();
        let all = author::Entity::find().all(&db).await.unwrap_err();
        let stream = author::Entity::find().stream(&db).await;
        let unprepared = db.execute_unprepared("DELETE FROM guarded_authors").await;
        [one, all, stream.err().unwrap(), unprepared.unwrap_err()]
    })
    .await;
    for error in &refused {
        assert!(is_refusal(error), "{error}");
        assert!(matches!(error, DbErr::Custom(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("hard_max is 2"), "{text}");
        assert!(text.contains("guarded_authors"), "{text}");
    }
    assert_eq!((report.queries(), report.refused()), (2, 4), "{report}");
    let log = db.into_unguarded().into_transaction_log();
    assert_eq!(log.len(), 2, "nothing else was sent: {log:?}");
}

#[tokio::test]
async fn a_stream_that_waited_too_long_is_refused_at_its_first_item() {
    let mock = MockDatabase::new(DbBackend::Sqlite)
        .append_query_results([authors(3), authors(1)])
        .into_connection();
    let db = Guarded::new(mock).limits(Limits::new().hard_max(1));
    let (items, report) = observe(async {
        let stream = author::Entity::find().stream(&db).await.unwrap();
        author::Entity::find_by_id(1).one(&db).await.unwrap();
        stream.collect::<Vec<_>>().await
    })
    .await;
    assert_eq!(items.len(), 1);
    assert!(is_refusal(items[0].as_ref().unwrap_err()));
    assert_eq!((report.queries(), report.refused()), (1, 1), "{report}");
}

#[tokio::test]
async fn a_transaction_that_is_refused_in_the_middle_is_rolled_back() {
    let db = Guarded::new(on_sqlite().await).limits(Limits::new().hard_max(2));
    let (result, report) = observe(async {
        db.transaction::<_, (), DbErr>(|transaction| {
            Box::pin(async move {
                for id in 1..=3 {
                    let sql = format!("DELETE FROM guarded_posts WHERE id = {id}");
                    transaction.execute_unprepared(&sql).await?;
                }
                Ok(())
            })
        })
        .await
    })
    .await;
    match result {
        Err(TransactionError::Transaction(error)) => assert!(is_refusal(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!((report.queries(), report.refused()), (2, 1), "{report}");
    // In another scope the connection works, and nothing was deleted.
    let (posts, report) = observe(post::Entity::find().count(&db)).await;
    assert_eq!((posts.unwrap(), report.queries()), (20, 1));

    // By hand, what was done so far can be kept.
    let ((), report) = observe(async {
        let transaction = db.begin().await.unwrap();
        for id in 1..=2 {
            let sql = format!("DELETE FROM guarded_posts WHERE id = {id}");
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        let refused = post::Entity::find().all(&transaction).await;
        assert!(is_refusal(&refused.unwrap_err()));
        transaction.commit().await.unwrap();
    })
    .await;
    assert_eq!(report.rows_affected(), Some(2), "{report}");
    let posts = observe(post::Entity::find().count(&db)).await.0;
    assert_eq!(posts.unwrap(), 18);
}

#[tokio::test]
async fn rows_are_limited_as_statements_are() {
    let db = Guarded::new(on_sqlite().await).limits(Limits::new().hard_max_rows(10));
    let ((), report) = observe(async {
        let stream = post::Entity::find().stream(&db).await.unwrap();
        assert_eq!(stream.take(10).count().await, 10);
        // Ten are allowed; what brings more is delivered, and is the last.
        post::Entity::find_by_id(1).one(&db).await.unwrap();
        let refused = post::Entity::find_by_id(2).one(&db).await.unwrap_err();
        assert!(
            refused.to_string().contains("hard_max_rows is 10"),
            "{refused}"
        );
        // A transaction can be ended whatever the limit.
        db.execute_unprepared("BEGIN").await.unwrap();
        db.execute_unprepared("ROLLBACK").await.unwrap();
    })
    .await;
    assert_eq!((report.queries(), report.refused()), (2, 1), "{report}");
    assert_eq!(report.rows(), Some(11), "{report}");
}

#[tokio::test]
async fn limits_hold_in_scopes_only() {
    let db = Guarded::new(on_sqlite().await).limits(Limits::new().hard_max(0));
    post::Entity::find_by_id(1).one(&db).await.unwrap();
    let (refused, _) = observe(post::Entity::find_by_id(1).one(&db)).await;
    assert!(is_refusal(&refused.unwrap_err()));
}

/// What a hundred calls allocate on this thread, once warm.
fn allocations<C: ConnectionTrait>(ask: impl AsyncFn(&C), db: &C) -> u64 {
    let run = || futures::executor::block_on(ask(db));
    (0..3).for_each(|_| run());
    allocation_counter::measure(|| (0..100).for_each(|_| run())).count_total
}

/// A mock writes a log, whose growth is no cost of the guard's.
struct Nothing;

#[async_trait::async_trait]
impl ConnectionTrait for Nothing {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(None)
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(Vec::new())
    }
}

#[test]
fn a_guard_costs_one_allocation_outside_any_scope() {
    let raw = || Statement::from_string(DbBackend::Sqlite, opaque("SELECT id FROM posts"));
    let plain = allocations(
        async |db: &Nothing| drop(db.query_one_raw(raw()).await),
        &Nothing,
    );
    let guarded = Guarded::new(Nothing);
    let with = allocations(
        async |db: &Guarded<Nothing>| drop(db.query_one_raw(raw()).await),
        &guarded,
    );
    assert_eq!(with, plain + 100);

    let select = post::Entity::find().into_query();
    let plain = allocations(
        async |db: &Nothing| drop(db.query_all(&select).await),
        &Nothing,
    );
    let with = allocations(
        async |db: &Guarded<Nothing>| drop(db.query_all(&select).await),
        &guarded,
    );
    assert_eq!(with, plain + 100, "it is not built twice");
}
