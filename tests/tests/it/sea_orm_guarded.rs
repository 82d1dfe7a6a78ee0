//! What SeaORM's metric callback sees of each operation, and what a guarded
//! connection sees.

use futures::{StreamExt as _, TryStreamExt as _};
use perfguard::Report;
use perfguard::sea_orm::{Guarded, install};
use perfguard::testing::observe;
use perfguard_tests::servers::Backend;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait, IsolationLevel, LoaderTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
    StreamTrait, TransactionError, TransactionOptions, TransactionTrait,
};

use crate::sea_orm_tables::{author, fails_on_the_way, filled, on_sqlite, post, slow};

/// One pool, watched by the callback alone and guarded as well.
struct Connections {
    watched: DatabaseConnection,
    guarded: Guarded<DatabaseConnection>,
}

fn connections(mut watched: DatabaseConnection) -> Connections {
    install(&mut watched);
    Connections {
        guarded: Guarded::new(watched.clone()),
        watched,
    }
}

/// The reports of one operation: by the callback alone, and by the guard.
struct Seen {
    operation: &'static str,
    callback: Report,
    guard: Report,
}

macro_rules! seen {
    ($operation:literal, $on:expr, |$db:ident| $body:expr) => {{
        let $db = &$on.watched;
        let ((), callback) = observe(async {
            $body;
        })
        .await;
        let $db = &$on.guarded;
        let ((), guard) = observe(async {
            $body;
        })
        .await;
        Seen {
            operation: $operation,
            callback,
            guard,
        }
    }};
}

impl Seen {
    /// How many statements the callback and the guard count, and how many rows
    /// the guard does.
    #[track_caller]
    fn counts(&self, callback: u64, guard: u64, rows: impl Into<Option<u64>>) -> &Self {
        let Self {
            operation,
            callback: by_callback,
            guard: by_guard,
        } = self;
        assert_eq!(
            by_callback.queries(),
            callback,
            "{operation}: {by_callback}"
        );
        assert_eq!(by_guard.queries(), guard, "{operation}: {by_guard}");
        assert_eq!(by_guard.rows(), rows.into(), "{operation}: {by_guard}");
        self
    }

    #[track_caller]
    fn changes(&self, rows: u64) {
        assert_eq!(
            self.guard.rows_affected(),
            Some(rows),
            "{}: {}",
            self.operation,
            self.guard
        );
    }
}

/// The table of the facts, on one database.
async fn everything_is_counted(db: DatabaseConnection) {
    let on = &connections(db);
    reads(on).await;
    streams(on).await;
    relations(on).await;
    writes(on).await;
    raw_texts(on).await;
    transactions(on).await;
    failures(on).await;
    cancelled(on).await;
}

async fn reads(on: &Connections) {
    seen!("all", on, |db| {
        assert_eq!(post::Entity::find().all(db).await.unwrap().len(), 20);
    })
    .counts(1, 1, 20);
    assert_eq!(
        seen!("callback", on, |db| post::Entity::find()
            .all(db)
            .await
            .unwrap())
        .callback
        .rows(),
        None,
        "the callback does not tell rows"
    );
    seen!("one", on, |db| {
        let found = post::Entity::find_by_id(1).one(db).await.unwrap();
        assert!(found.is_some());
    })
    .counts(1, 1, 1);
    seen!("one that is not there", on, |db| {
        let found = post::Entity::find_by_id(99).one(db).await.unwrap();
        assert!(found.is_none());
    })
    .counts(1, 1, 0);
    seen!("count", on, |db| {
        assert_eq!(post::Entity::find().count(db).await.unwrap(), 20);
    })
    .counts(1, 1, 1);
    seen!("cursor", on, |db| {
        let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
        assert_eq!(cursor.first(5).all(db).await.unwrap().len(), 5);
    })
    .counts(1, 1, 5);
    seen!("pages", on, |db| {
        let pages = post::Entity::find()
            .order_by_asc(post::Column::Id)
            .paginate(db, 5);
        assert_eq!(
            pages.num_items_and_pages().await.unwrap().number_of_pages,
            4
        );
        pages.fetch_page(0).await.unwrap();
        pages.fetch_page(1).await.unwrap();
    })
    .counts(3, 3, 11);
    seen!("a loop", on, |db| {
        for post in post::Entity::find().all(db).await.unwrap() {
            author::Entity::find_by_id(post.author_id)
                .one(db)
                .await
                .unwrap();
        }
    })
    .counts(21, 21, 40);
}

async fn streams(on: &Connections) {
    let all = || post::Entity::find().order_by_asc(post::Column::Id);
    seen!("stream", on, |db| {
        let stream = all().stream(db).await.unwrap();
        assert_eq!(stream.count().await, 20);
    })
    .counts(1, 1, 20);
    seen!("stream dropped on the way", on, |db| {
        let stream = all().stream(db).await.unwrap();
        let some: Vec<_> = stream.take(3).try_collect().await.unwrap();
        assert_eq!(some.len(), 3);
    })
    .counts(1, 1, 3);
    // Nothing was sent; the callback cannot tell.
    seen!("stream never polled", on, |db| drop(
        all().stream(db).await.unwrap()
    ))
    .counts(1, 0, 0);
    seen!("stream in a transaction", on, |db| {
        let transaction = db.begin().await.unwrap();
        let stream = all().stream(&transaction).await.unwrap();
        assert_eq!(stream.count().await, 20);
        transaction.commit().await.unwrap();
    })
    .counts(1, 1, 20);
}

async fn relations(on: &Connections) {
    seen!("find_with_related", on, |db| {
        let authors = author::Entity::find().find_with_related(post::Entity);
        assert_eq!(authors.all(db).await.unwrap().len(), 20);
    })
    .counts(1, 1, 20);
    seen!("find_also_related", on, |db| {
        let posts = post::Entity::find().find_also_related(author::Entity);
        assert_eq!(posts.all(db).await.unwrap().len(), 20);
    })
    .counts(1, 1, 20);
    seen!("load_many", on, |db| {
        let authors = author::Entity::find().all(db).await.unwrap();
        authors.load_many(post::Entity, db).await.unwrap();
    })
    .counts(2, 2, 40);
    seen!("load_one", on, |db| {
        let posts = post::Entity::find().all(db).await.unwrap();
        posts.load_one(author::Entity, db).await.unwrap();
    })
    .counts(2, 2, 40);
    seen!("entity loader", on, |db| {
        let authors = author::Entity::load().with(post::Entity).all(db).await;
        assert_eq!(authors.unwrap().len(), 20);
    })
    .counts(2, 2, 40);
}

async fn writes(on: &Connections) {
    let returning = on.watched.support_returning();
    // Without RETURNING a row is read back.
    let (per_insert, read_back) = if returning { (1, 0) } else { (2, 1) };
    seen!("nested save", on, |db| {
        author::ActiveModel::builder()
            .set_name("Ada")
            .add_post(post::ActiveModel::builder().set_title("one"))
            .add_post(post::ActiveModel::builder().set_title("two"))
            .save(db)
            .await
            .unwrap();
    })
    .counts(3 * per_insert, 3 * per_insert, 3 * read_back);
    let named = |name: &str| author::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    };
    seen!("insert_many", on, |db| {
        let many = author::Entity::insert_many([named("many"), named("many")]);
        many.exec(db).await.unwrap();
    })
    .counts(1, 1, 0)
    .changes(2);
    if returning {
        seen!("insert_many with returning", on, |db| {
            let many = author::Entity::insert_many([named("many"), named("many")]);
            let written = many.exec_with_returning(db).await.unwrap();
            assert_eq!(written.len(), 2);
        })
        .counts(1, 1, 0)
        .changes(2);
    }
    seen!("update_many", on, |db| {
        let written = author::Entity::update_many()
            .col_expr(author::Column::Name, Expr::value("lots"))
            .filter(author::Column::Name.is_in(["many", "lots"]))
            .exec(db)
            .await
            .unwrap();
        author::Entity::update_many()
            .col_expr(author::Column::Name, Expr::value("many"))
            .filter(author::Column::Name.eq("lots"))
            .exec(db)
            .await
            .unwrap();
        assert!(written.rows_affected > 0);
    })
    .counts(2, 2, 0)
    .changes(if returning { 16 } else { 8 });
    let ((), report) = observe(async {
        let many = author::Entity::delete_many().filter(author::Column::Name.eq("many"));
        many.exec(&on.guarded).await.unwrap();
    })
    .await;
    assert_eq!(report.rows_affected(), Some(if returning { 8 } else { 4 }));
}

async fn raw_texts(on: &Connections) {
    let backend = on.watched.get_database_backend();
    seen!("query_all_raw", on, |db| {
        let statement =
            Statement::from_string(backend, "SELECT id FROM guarded_posts WHERE id < 6");
        assert_eq!(db.query_all_raw(statement).await.unwrap().len(), 5);
    })
    .counts(1, 1, 5);
    seen!("execute_raw", on, |db| {
        let statement = "UPDATE guarded_posts SET title = 'new' WHERE id < 3";
        let statement = Statement::from_string(backend, statement);
        db.execute_raw(statement).await.unwrap();
        let statement = "UPDATE guarded_posts SET title = 'post' WHERE id < 3";
        let statement = Statement::from_string(backend, statement);
        db.execute_raw(statement).await.unwrap();
    })
    .counts(2, 2, 0)
    .changes(4);
    seen!("execute_unprepared", on, |db| {
        let sql = "INSERT INTO guarded_authors (name) VALUES ('unprepared')";
        db.execute_unprepared(sql).await.unwrap();
    })
    .counts(0, 1, 0)
    .changes(1);
}

async fn transactions(on: &Connections) {
    seen!("begin and commit", on, |db| {
        let transaction = db.begin().await.unwrap();
        post::Entity::find_by_id(1).one(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    })
    .counts(1, 1, 1);
    seen!("begin with options", on, |db| {
        let options = TransactionOptions::default();
        let transaction = db.begin_with_options(options).await.unwrap();
        post::Entity::find_by_id(1).one(&transaction).await.unwrap();
        transaction.rollback().await.unwrap();
        let isolation = Some(IsolationLevel::Serializable);
        let transaction = db
            .begin_with_config(isolation, Some(AccessMode::ReadWrite))
            .await
            .unwrap();
        post::Entity::find_by_id(2).one(&transaction).await.unwrap();
        drop(transaction);
    })
    .counts(2, 2, 2);
    seen!("nested transactions", on, |db| {
        let outer = db.begin().await.unwrap();
        post::Entity::find_by_id(1).one(&outer).await.unwrap();
        let inner = outer.begin().await.unwrap();
        post::Entity::find_by_id(2).one(&inner).await.unwrap();
        inner.rollback().await.unwrap();
        outer.commit().await.unwrap();
    })
    .counts(2, 2, 2);
    seen!("transaction closure", on, |db| {
        db.transaction::<_, (), DbErr>(|transaction| {
            Box::pin(async move {
                post::Entity::find_by_id(1).one(transaction).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    })
    .counts(1, 1, 1);
    // The callback does not know that a transaction began.
    let seen = seen!("the same in a new transaction", on, |db| {
        post::Entity::find_by_id(1).one(db).await.unwrap();
        let transaction = db.begin().await.unwrap();
        post::Entity::find_by_id(1).one(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    });
    seen.counts(2, 2, 2);
    assert!(duplicates(&seen.callback), "{}", seen.callback);
    assert!(!duplicates(&seen.guard), "{}", seen.guard);
    let ((), report) = observe(async {
        let done: Result<(), TransactionError<DbErr>> = on
            .guarded
            .transaction_async(async |transaction| {
                post::Entity::find_by_id(1).one(transaction).await?;
                Ok(())
            })
            .await;
        done.unwrap();
    })
    .await;
    assert_eq!((report.queries(), report.rows()), (1, Some(1)));
}

fn duplicates(report: &Report) -> bool {
    crate::support::rules(report).contains(&"duplicate-query")
}

async fn failures(on: &Connections) {
    let backend = on.watched.get_database_backend();
    seen!("a statement in error", on, |db| {
        let statement = Statement::from_string(backend, "SELECT id FROM guarded_nowhere");
        assert!(db.query_all_raw(statement).await.is_err());
    })
    .counts(1, 1, 0);
    seen!("a unique key in use", on, |db| {
        let twice = author::ActiveModel {
            id: Set(1),
            name: Set("again".to_owned()),
        };
        let twice = author::Entity::insert(twice).exec(db).await;
        assert!(twice.is_err());
    })
    .counts(1, 1, 0);

    // The same again after an error is a retry. The callback takes a stream
    // for a success whatever became of it.
    let seen = seen!("a stream that fails twice", on, |db| {
        for _ in 0..2 {
            let statement = fails_on_the_way(db.get_database_backend());
            let stream = db.stream_raw(statement).await.unwrap();
            let failed = stream.try_for_each(|_| async { Ok(()) }).await;
            assert!(failed.is_err());
        }
    });
    assert_eq!((seen.callback.queries(), seen.guard.queries()), (2, 2));
    assert!(duplicates(&seen.callback), "{}", seen.callback);
    assert!(!duplicates(&seen.guard), "{}", seen.guard);
}

async fn cancelled(on: &Connections) {
    let backend = on.watched.get_database_backend();
    // Polled once, which sends it, and dropped.
    let seen = seen!("cancelled", on, |db| {
        let mut query = db.query_one_raw(slow(backend));
        assert!(futures::poll!(&mut query).is_pending());
        drop(query);
    });
    seen.counts(0, 1, None);
    seen!("never polled", on, |db| drop(
        db.query_one_raw(slow(backend))
    ))
    .counts(0, 0, 0);
    seen!("the connection afterwards", on, |db| {
        post::Entity::find_by_id(1).one(db).await.unwrap();
    })
    .counts(1, 1, 1);
}

#[tokio::test]
async fn everything_is_counted_on_sqlite() {
    everything_is_counted(on_sqlite().await).await;
}

#[tokio::test]
async fn everything_is_counted_on_postgres() {
    if let Some(url) = Backend::Postgres.server() {
        everything_is_counted(filled(&url).await).await;
    }
}

#[tokio::test]
async fn everything_is_counted_on_mysql() {
    if let Some(url) = Backend::MySql.server() {
        everything_is_counted(filled(&url).await).await;
    }
}

/// Transactions of a guarded connection are guarded, so that code can name the
/// type.
#[test]
fn a_transaction_is_guarded_as_well() {
    fn transaction<C: TransactionTrait<Transaction = T>, T>() {}
    transaction::<Guarded<DatabaseConnection>, Guarded<DatabaseTransaction>>();
    transaction::<Guarded<DatabaseTransaction>, Guarded<DatabaseTransaction>>();
    fn streams<C: StreamTrait>() {}
    streams::<Guarded<DatabaseTransaction>>();
}
