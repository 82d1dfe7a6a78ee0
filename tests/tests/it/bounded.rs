//! Loading what says how many rows it wants: what runs, and what is refused
//! before it is sent. What does not compile is in `tests/compile`.

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::dsl;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use perfguard::diesel::{AssumeBounded, Guarded, LoadBounded, Page};
use perfguard::testing::observe_sync;
use perfguard::{Items, Report};
use perfguard_tests::diesel_blog::{self, Post, authors, connection, posts};

use crate::support::{assert_at, line_of, n_plus_one, opaque, rules};

const SOURCE: &str = include_str!("bounded.rs");

/// Posts 1 to 3, each by its own author.
const POSTS: &str = "CREATE TABLE posts (id INTEGER, author_id INTEGER, title TEXT);
    INSERT INTO posts VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');";

#[derive(Debug, PartialEq, QueryableByName)]
struct Id {
    #[diesel(sql_type = Integer)]
    id: i32,
}

fn ids(posts: &[Post]) -> Vec<i32> {
    posts.iter().map(|post| post.id).collect()
}

/// The message of a query that was refused, and that nothing was sent.
#[track_caller]
fn refusal<T>(load: impl FnOnce() -> QueryResult<T>) -> String {
    let (result, report) = observe_sync(load);
    assert_eq!(report.queries(), 0, "{report}");
    match result.err() {
        Some(Error::QueryBuilderError(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_query_with_a_limit_is_loaded() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let latest = posts::table.order(posts::id.desc());
    let list: Vec<Post> = latest.limit(2).load_bounded(conn).unwrap();
    assert_eq!(ids(&list), [9, 8]);
    let list = latest.limit(2).offset(1).filter(posts::id.lt(9));
    assert_eq!(ids(&list.load_bounded::<Post>(conn).unwrap()), [7, 6]);
    let both = posts::table.filter(posts::id.lt(2));
    let both = both.union(posts::table.filter(posts::id.gt(8))).limit(5);
    assert_eq!(both.load_bounded::<Post>(conn).unwrap().len(), 2);
}

#[test]
fn a_boxed_query_is_asked_for_its_limit() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let boxed = || posts::table.filter(posts::title.ne("secret")).into_boxed();
    assert_eq!(
        refusal(|| boxed().load_bounded::<Post>(conn)),
        "`SELECT .. FROM posts` has no LIMIT, so it was not sent: add `.limit(n)`, \
         or `.assume_bounded(\"reason\")`; for one row use `.first(conn)`"
    );
    // SQLite writes `LIMIT -1` for it.
    assert!(refusal(|| boxed().offset(2).load_bounded::<Post>(conn)).contains("no LIMIT"));
    // One in a subquery is none of the query.
    let some = authors::table.select(authors::id).limit(2);
    let inside = boxed().filter(posts::author_id.eq_any(some));
    assert!(refusal(|| inside.load_bounded::<Post>(conn)).contains("no LIMIT"));

    let limited = boxed().limit(2).load_bounded::<Post>(conn).unwrap();
    assert_eq!(limited.len(), 2);
    let early = posts::table.limit(2).into_boxed();
    assert_eq!(early.load_bounded::<Post>(conn).unwrap().len(), 2);
}

#[test]
fn a_query_whose_text_depends_on_its_values_is_loaded() {
    let conn = &mut connection(&diesel_blog::pool(9));
    // SQLite lists them: the last text is longer than what is read of one.
    for count in [0, 1, 30_000] {
        let listed = posts::table.filter(posts::id.eq_any(1..=count)).limit(4);
        let found: Vec<Post> = listed.load_bounded(conn).unwrap();
        assert_eq!(found.len(), count.min(4) as usize);
    }
}

#[test]
fn a_query_without_limit_needs_a_reason() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let all = posts::table.assume_bounded("nine posts");
    assert_eq!(all.load_bounded::<Post>(conn).unwrap().len(), 9);
    assert_eq!(all.load::<Post>(conn).unwrap().len(), 9);
    let boxed = posts::table.into_boxed().assume_bounded("nine posts");
    assert_eq!(boxed.load_bounded::<Post>(conn).unwrap().len(), 9);
    let text = diesel::sql_query("SELECT id FROM posts WHERE id > ?").bind::<Integer, _>(7);
    let text = text.assume_bounded("two posts");
    let found: Vec<Id> = text.load_bounded(conn).unwrap();
    assert_eq!(found, [Id { id: 8 }, Id { id: 9 }]);
    let changed = diesel::update(posts::table.filter(posts::id.le(3)))
        .set(posts::title.eq("new"))
        .returning(posts::id)
        .assume_bounded("three posts");
    assert_eq!(changed.load_bounded::<i32>(conn).unwrap(), [1, 2, 3]);

    let unreasoned = posts::table.assume_bounded(" ");
    assert_eq!(
        refusal(|| unreasoned.load_bounded::<Post>(conn)),
        "`assume_bounded` has no reason, so the query was not sent: say why it returns few rows"
    );
}

#[test]
fn the_reason_is_also_that_of_the_report() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let ((), report) = observe_sync(|| {
        let all = posts::table.assume_bounded("nine posts");
        all.load_bounded::<Post>(conn).unwrap();
    });
    assert_eq!(rules(&report), [""; 0], "{report}");
    assert_allowed(&report, "nine posts");
    let ((), report) = observe_sync(|| {
        posts::table.load::<Post>(conn).unwrap();
    });
    assert_eq!(rules(&report), ["unbounded-result"], "{report}");
}

/// That reading a whole table is allowed for this reason.
#[track_caller]
fn assert_allowed(report: &Report, reason: &str) {
    let allowed = report.allowed().iter();
    let allowed: Vec<_> = allowed.map(|it| (it.rule(), it.allowed())).collect();
    assert_eq!(allowed, [("unbounded-result", Some(reason))], "{report}");
}

#[test]
fn a_page_tells_whether_there_are_more_rows_with_one_query() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let mut page = |rows, from: i64| {
        let (page, report) = observe_sync(|| {
            let page: Page<Post> = posts::table
                .order(posts::id)
                .offset(from)
                .load_page(rows, conn)
                .unwrap();
            page
        });
        assert_eq!(report.queries(), 1, "{report}");
        assert_eq!(page.items(), Some(page.rows.len() as u64));
        (ids(&page.rows), page.has_more)
    };
    assert_eq!(page(4, 0), (vec![1, 2, 3, 4], true));
    assert_eq!(page(4, 5), (vec![6, 7, 8, 9], false));
    assert_eq!(page(4, 9), (vec![], false));
    assert_eq!(page(u32::MAX, 7), (vec![8, 9], false));
    assert_eq!(page(0, 0), (vec![], true), "only whether there are any");
    assert_eq!(page(0, 9), (vec![], false));
}

#[test]
fn a_page_replaces_the_limit_and_needs_an_order() {
    let conn = &mut connection(&diesel_blog::pool(9));
    let ordered = posts::table.order(posts::id).limit(1);
    let page: Page<Post> = ordered.load_page(2, conn).unwrap();
    assert_eq!((ids(&page.rows), page.has_more), (vec![1, 2], true));
    let boxed = posts::table.into_boxed().order(posts::id);
    let page: Page<Post> = boxed.load_page(2, conn).unwrap();
    assert_eq!((ids(&page.rows), page.has_more), (vec![1, 2], true));
    let grouped = posts::table
        .group_by(posts::author_id)
        .select((posts::author_id, dsl::count(posts::id)))
        .order(posts::author_id);
    let page: Page<(i32, i64)> = grouped.load_page(2, conn).unwrap();
    assert_eq!(page.rows, [(1, 1), (2, 1)]);

    let secret = posts::table.filter(posts::title.ne("secret"));
    assert_eq!(
        refusal(|| secret.load_page::<Post>(2, conn)),
        "`SELECT .. FROM posts` is a page without ORDER BY, so it was not sent: \
         the next page could repeat or skip rows; add `.order(..)` by something unique"
    );
    let boxed = posts::table.into_boxed();
    assert!(refusal(|| boxed.load_page::<Post>(2, conn)).contains("without ORDER BY"));
}

/// The statements of a loop, on some connection.
fn lookups<C>(conn: &mut C) -> Report
where
    C: LoadConnection<Backend = Sqlite>,
{
    let ((), report) = observe_sync(|| {
        for id in 1..=opaque(3) {
            let by_id = posts::table.filter(posts::author_id.eq(id)).limit(2);
            by_id.load_bounded::<Post>(conn).unwrap(); // the query of the loop
        }
        let ordered = posts::table.order(posts::id);
        ordered.load_page::<Post>(2, conn).unwrap(); // the page
    });
    report
}

#[test]
fn a_report_names_the_users_line() {
    let mut pooled = connection(&diesel_blog::pool(9));
    let mut guarded = Guarded::<SqliteConnection>::establish(":memory:").unwrap();
    guarded.batch_execute(POSTS).unwrap();
    for report in [
        lookups(&mut pooled),
        lookups(&mut *pooled),
        lookups(&mut guarded),
        pooled
            .transaction(|conn| QueryResult::Ok(lookups(conn)))
            .unwrap(),
    ] {
        assert_eq!(report.queries(), 4, "{report}");
        let line = line_of(SOURCE, "// the query of the loop");
        assert_at(n_plus_one(&report), "tests/tests/it/bounded.rs", line);
        assert_eq!(rules(&report), ["n-plus-one"], "{report}");
    }
    assert_eq!(
        lookups(&mut guarded).rows(),
        Some(6),
        "one row more for the page"
    );
}

/// diesel-async's traits have the names of Diesel's.
mod with_diesel_async {
    use super::{
        AssumeBounded, Error, ExpressionMethods, Page, QueryDsl, QueryResult, SOURCE,
        assert_allowed, assert_at, line_of, n_plus_one, opaque,
    };
    use diesel::sqlite::SqliteConnection;
    use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
    use diesel_async::{AsyncConnection, SimpleAsyncConnection};
    use perfguard::diesel::{LoadBoundedAsync, ScopedTokio};
    use perfguard::testing::observe;

    use crate::diesel_databases::{ROWS, TABLE, User, users};

    type Scoped = SyncConnectionWrapper<SqliteConnection, ScopedTokio>;

    async fn filled() -> Scoped {
        perfguard::diesel::install().unwrap();
        let mut conn = Scoped::establish(":memory:").await.unwrap();
        conn.batch_execute(TABLE).await.unwrap();
        conn.batch_execute(ROWS).await.unwrap();
        conn
    }

    #[track_caller]
    fn refused<T>(result: QueryResult<T>) -> String {
        match result.err() {
            Some(Error::QueryBuilderError(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_same_holds() {
        let mut conn = filled().await;
        let conn = &mut conn;
        let two: Vec<User> = users::table.limit(2).load_bounded(conn).await.unwrap();
        assert_eq!(two.len(), 2);
        let (all, report) = observe(async {
            let all = users::table.assume_bounded("five users");
            all.load_bounded::<User>(conn).await.unwrap()
        })
        .await;
        assert_eq!(all.len(), 5);
        assert_allowed(&report, "five users");
        let page: Page<User> = users::table
            .order(users::id)
            .load_page(3, conn)
            .await
            .unwrap();
        assert_eq!((page.rows.len(), page.has_more), (3, true));
        let boxed = users::table.into_boxed().limit(2);
        assert_eq!(boxed.load_bounded::<User>(conn).await.unwrap().len(), 2);

        let (messages, report) = observe(async {
            let boxed = users::table.into_boxed();
            let unreasoned = users::table.assume_bounded("");
            [
                refused(boxed.load_bounded::<User>(conn).await),
                refused(unreasoned.load_bounded::<User>(conn).await),
                refused(users::table.load_page::<User>(2, conn).await),
            ]
        })
        .await;
        assert_eq!(report.queries(), 0, "{report}");
        assert!(messages[0].contains("has no LIMIT"), "{messages:?}");
        assert!(messages[1].contains("has no reason"), "{messages:?}");
        assert!(messages[2].contains("without ORDER BY"), "{messages:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_report_names_the_users_line() {
        let mut conn = filled().await;
        let ((), report) = observe(async {
            conn.transaction(async |conn| {
                for id in 1..=opaque(3) {
                    let some = users::table.filter(users::id.eq(id)).limit(1);
                    some.load_bounded::<User>(conn).await?; // the awaited query
                }
                QueryResult::Ok(())
            })
            .await
            .unwrap();
        })
        .await;
        let line = line_of(SOURCE, "// the awaited query");
        assert_at(n_plus_one(&report), "tests/tests/it/bounded.rs", line);
    }
}
