//! A feed: users, their posts, the comments on those and their authors. Loops
//! in loops and beside each other, and lists that are longer than what is
//! answered, in both ORMs on SQLite.
#![expect(unreachable_pub, reason = "the derived code is public")]

use perfguard::Report;
use perfguard::testing::{observe, observe_sync};

use crate::support::rules;

/// Six users, each with two posts, each with three comments.
const SCHEMA: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, title TEXT NOT NULL);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL, user_id INTEGER NOT NULL);
    CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE replies (id INTEGER PRIMARY KEY, comment_id INTEGER NOT NULL, author_id INTEGER NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6)
    INSERT INTO users SELECT i, 'user ' || i FROM n;
    INSERT INTO posts SELECT p.id * 2 + k.i, p.id, 'post' FROM users p, (SELECT 0 AS i UNION SELECT 1) k;
    INSERT INTO comments SELECT p.id * 3 + k.i, p.id, 1 FROM posts p, (SELECT 0 AS i UNION SELECT 1 UNION SELECT 2) k;
    INSERT INTO authors SELECT id, 'author' FROM comments;
    INSERT INTO replies SELECT id, id, id FROM comments;
    CREATE TABLE events (id INTEGER PRIMARY KEY, day INTEGER NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
    INSERT INTO events SELECT i, i % 7 FROM n;
";

/// Each N+1 with its source, and the rows that explain it.
fn sources(report: &Report) -> Vec<(String, String, Option<u64>)> {
    let table = |statement: &perfguard::statement::Statement| {
        statement
            .shape()
            .main_table()
            .unwrap_or_default()
            .to_owned()
    };
    let loops = report.findings().iter();
    let mut sources: Vec<_> = loops
        .filter(|finding| finding.rule() == "n-plus-one")
        .map(|finding| {
            let source = finding.source().expect("the loop has a source");
            let statement = finding.statement().expect("a loop has a statement");
            (table(statement), table(source.statement()), source.rows())
        })
        .collect();
    sources.sort();
    sources
}

/// What is expected, with the rows where they are known.
fn expected(loops: &[(&str, &str, u64)], knows_rows: bool) -> Vec<(String, String, Option<u64>)> {
    let loops = loops.iter();
    loops
        .map(|(table, source, rows)| {
            let rows = knows_rows.then_some(*rows);
            ((*table).to_owned(), (*source).to_owned(), rows)
        })
        .collect()
}

const NESTED: [(&str, &str, u64); 4] = [
    ("authors", "replies", 36),
    ("comments", "posts", 12),
    ("posts", "users", 6),
    ("replies", "comments", 36),
];

const BESIDE: [(&str, &str, u64); 3] = [
    ("comments", "users", 6),
    ("posts", "users", 6),
    ("replies", "users", 6),
];

fn noted(report: &Report) -> Vec<&str> {
    report
        .notes()
        .iter()
        .map(perfguard::Finding::rule)
        .collect()
}

mod on_diesel {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use perfguard::diesel::Guarded;

    use super::*;

    diesel::table! { users (id) { id -> Integer, name -> Text, } }
    diesel::table! { posts (id) { id -> Integer, user_id -> Integer, title -> Text, } }
    diesel::table! { comments (id) { id -> Integer, post_id -> Integer, user_id -> Integer, } }
    diesel::table! { replies (id) { id -> Integer, comment_id -> Integer, author_id -> Integer, } }
    diesel::table! { authors (id) { id -> Integer, name -> Text, } }
    diesel::table! { events (id) { id -> Integer, day -> Integer, } }

    type Db = Guarded<SqliteConnection>;

    fn open() -> Db {
        let mut conn = Db::establish(":memory:").unwrap();
        conn.batch_execute(SCHEMA).unwrap();
        conn
    }

    fn all_users(conn: &mut Db) -> Vec<i32> {
        let users = users::table.select(users::id).order(users::id);
        users.limit(100).load(conn).unwrap()
    }

    #[test]
    fn each_level_of_a_nested_loop_has_its_parent() {
        let mut conn = open();
        let conn = &mut conn;
        let ((), report) = observe_sync(|| {
            for user in all_users(conn) {
                let posts = posts::table.filter(posts::user_id.eq(user));
                for post in posts.select(posts::id).load::<i32>(conn).unwrap() {
                    let comments = comments::table.filter(comments::post_id.eq(post));
                    for comment in comments.select(comments::id).load::<i32>(conn).unwrap() {
                        let replies = replies::table.filter(replies::comment_id.eq(comment));
                        let authors = replies.select(replies::author_id).load::<i32>(conn);
                        for author in authors.unwrap() {
                            let author = authors::table.find(author).select(authors::name);
                            author.first::<String>(conn).unwrap();
                        }
                    }
                }
            }
        });
        assert_eq!(sources(&report), expected(&NESTED, true), "{report}");
    }

    #[test]
    fn three_loops_in_one_or_after_another_have_one_source() {
        let mut conn = open();
        let conn = &mut conn;
        let ((), in_one) = observe_sync(|| {
            for user in all_users(conn) {
                let posts = posts::table.filter(posts::user_id.eq(user));
                posts.count().get_result::<i64>(conn).unwrap();
                let comments = comments::table.filter(comments::user_id.eq(user));
                comments.count().get_result::<i64>(conn).unwrap();
                let replies = replies::table.filter(replies::author_id.eq(user));
                replies.count().get_result::<i64>(conn).unwrap();
            }
        });
        assert_eq!(sources(&in_one), expected(&BESIDE, true), "{in_one}");
        let ((), in_three) = observe_sync(|| {
            let users = all_users(conn);
            for user in &users {
                let posts = posts::table.filter(posts::user_id.eq(*user));
                posts.count().get_result::<i64>(conn).unwrap();
            }
            for user in &users {
                let comments = comments::table.filter(comments::user_id.eq(*user));
                comments.count().get_result::<i64>(conn).unwrap();
            }
            for user in &users {
                let replies = replies::table.filter(replies::author_id.eq(*user));
                replies.count().get_result::<i64>(conn).unwrap();
            }
        });
        assert_eq!(sources(&in_three), expected(&BESIDE, true), "{in_three}");
    }

    #[perfguard::query_budget(max = 1)]
    fn cut(conn: &mut Db, most: i32) -> QueryResult<Vec<i32>> {
        let events = events::table.filter(events::id.le(most)).order(events::id);
        let all: Vec<i32> = events.select(events::id).load(conn)?;
        Ok(all.into_iter().take(20).collect())
    }

    #[perfguard::query_budget(max = 1)]
    fn whole(conn: &mut Db, most: i32) -> QueryResult<Vec<i32>> {
        let events = events::table.filter(events::id.le(most));
        events.select(events::id).load(conn)
    }

    #[perfguard::query_budget(max = 2)]
    fn grouped(conn: &mut Db) -> QueryResult<Vec<(i32, Vec<i32>)>> {
        let users = all_users(conn);
        let events = events::table.filter(events::id.le(300)).order(events::id);
        let events: Vec<(i32, i32)> = events.load(conn)?;
        let of = |user: i32| events.iter().filter(move |(_, day)| *day == user);
        Ok(users
            .into_iter()
            .map(|user| (user, of(user).map(|(id, _)| *id).collect()))
            .collect())
    }

    #[test]
    fn a_page_that_is_cut_in_memory_is_found() {
        let mut conn = open();
        let (_, report) = observe_sync(|| cut(&mut conn, 300).unwrap());
        assert!(noted(&report).contains(&"in-memory-page"), "{report}");
        let (_, report) = observe_sync(|| cut(&mut conn, 90).unwrap());
        assert!(!noted(&report).contains(&"in-memory-page"), "{report}");
        let (answer, report) = observe_sync(|| grouped(&mut conn).unwrap());
        assert_eq!(answer.len(), 6);
        assert!(!noted(&report).contains(&"in-memory-page"), "{report}");
    }

    #[test]
    fn what_is_answered_whole_was_in_memory() {
        let mut conn = open();
        let (_, report) = observe_sync(|| whole(&mut conn, 10_001).unwrap());
        assert!(rules(&report).contains(&"buffered-export"), "{report}");
        let (_, report) = observe_sync(|| whole(&mut conn, 10_000).unwrap());
        assert!(!rules(&report).contains(&"buffered-export"), "{report}");
    }
}

mod on_sea_orm {
    use futures::TryStreamExt as _;
    use perfguard::sea_orm::{Guarded, install};
    use sea_orm::{
        ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr,
        EntityTrait, LoaderTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    };

    use super::*;

    mod user {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "users")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(has_many = "super::post::Entity")]
            Posts,
        }

        impl Related<super::post::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Posts.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod post {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "posts")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub user_id: i32,
            pub title: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(
                belongs_to = "super::user::Entity",
                from = "Column::UserId",
                to = "super::user::Column::Id"
            )]
            User,
        }

        impl Related<super::user::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::User.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod comment {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "comments")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub post_id: i32,
            pub user_id: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod reply {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "replies")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub comment_id: i32,
            pub author_id: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod author {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "authors")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod event {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "events")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub day: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// The same database, watched, which knows no rows, and guarded.
    async fn open() -> (DatabaseConnection, Guarded<DatabaseConnection>) {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options
            .max_connections(1)
            .min_connections(1)
            .sqlx_logging(false);
        let mut db = Database::connect(options).await.unwrap();
        db.execute_unprepared(SCHEMA).await.unwrap();
        install(&mut db);
        (db.clone(), Guarded::new(db))
    }

    async fn all_users(db: &impl ConnectionTrait) -> Vec<user::Model> {
        let users = user::Entity::find().order_by_asc(user::Column::Id);
        users.limit(100).all(db).await.unwrap()
    }

    async fn nested(db: &impl ConnectionTrait) {
        for user in all_users(db).await {
            let posts = post::Entity::find().filter(post::Column::UserId.eq(user.id));
            for post in posts.all(db).await.unwrap() {
                let comments = comment::Entity::find().filter(comment::Column::PostId.eq(post.id));
                for comment in comments.all(db).await.unwrap() {
                    let of = reply::Column::CommentId.eq(comment.id);
                    for reply in reply::Entity::find().filter(of).all(db).await.unwrap() {
                        let author = author::Entity::find_by_id(reply.author_id);
                        author.one(db).await.unwrap();
                    }
                }
            }
        }
    }

    async fn beside(db: &impl ConnectionTrait) {
        for user in all_users(db).await {
            let posts = post::Entity::find().filter(post::Column::UserId.eq(user.id));
            posts.count(db).await.unwrap();
            let comments = comment::Entity::find().filter(comment::Column::UserId.eq(user.id));
            comments.count(db).await.unwrap();
            let replies = reply::Entity::find().filter(reply::Column::AuthorId.eq(user.id));
            replies.count(db).await.unwrap();
        }
    }

    #[tokio::test]
    async fn each_level_of_a_nested_loop_has_its_parent() {
        let (watched, guarded) = open().await;
        let ((), report) = observe(nested(&guarded)).await;
        assert_eq!(sources(&report), expected(&NESTED, true), "{report}");
        let ((), report) = observe(nested(&watched)).await;
        assert_eq!(sources(&report), expected(&NESTED, false), "{report}");
    }

    #[tokio::test]
    async fn three_statements_of_one_loop_have_one_source() {
        let (watched, guarded) = open().await;
        // A count reads from a subquery, which has no name.
        let loops = |report: &Report| -> Vec<(String, Option<u64>)> {
            let loops = sources(report).into_iter();
            loops.map(|(_, source, rows)| (source, rows)).collect()
        };
        let ((), report) = observe(beside(&guarded)).await;
        assert_eq!(
            loops(&report),
            vec![("users".to_owned(), Some(6)); 3],
            "{report}"
        );
        let ((), report) = observe(beside(&watched)).await;
        assert_eq!(
            loops(&report),
            vec![("users".to_owned(), None); 3],
            "{report}"
        );
    }

    #[tokio::test]
    async fn what_loads_for_all_at_once_is_no_loop() {
        let (_, db) = open().await;
        let ((), report) = observe(async {
            let users = all_users(&db).await;
            users.load_many(post::Entity, &db).await.unwrap();
            let posts = post::Entity::find().limit(50).all(&db).await.unwrap();
            posts.load_one(user::Entity, &db).await.unwrap();
            let related = user::Entity::find().find_with_related(post::Entity);
            related
                .filter(user::Column::Id.gt(0))
                .all(&db)
                .await
                .unwrap();
            for ids in [[1, 2], [3, 4], [5, 6]] {
                let chunk = author::Entity::find().filter(author::Column::Id.is_in(ids));
                chunk.all(&db).await.unwrap();
            }
            let mut pages = event::Entity::find()
                .filter(event::Column::Id.lt(500))
                .order_by_asc(event::Column::Id)
                .paginate(&db, 100);
            while pages.fetch_and_next().await.unwrap().is_some() {}
            let mut last = 0;
            for _ in 0..4 {
                let mut page = event::Entity::find().cursor_by(event::Column::Id);
                let page = page.after(last).first(100).all(&db).await.unwrap();
                last = page.last().map_or(last, |event| event.id);
            }
        })
        .await;
        assert!(!rules(&report).contains(&"n-plus-one"), "{report}");
    }

    #[perfguard::query_budget(max = 1)]
    async fn cut(db: &Guarded<DatabaseConnection>, most: i32) -> Result<Vec<event::Model>, DbErr> {
        let events = event::Entity::find().filter(event::Column::Id.lte(most));
        let all = events.order_by_asc(event::Column::Id).all(db).await?;
        Ok(all.into_iter().take(20).collect())
    }

    #[perfguard::query_budget(max = 1)]
    async fn collected(db: &Guarded<DatabaseConnection>, most: i32) -> Result<String, DbErr> {
        let events = event::Entity::find().filter(event::Column::Id.lte(most));
        let events = events.all(db).await?;
        Ok(events
            .iter()
            .map(|event| format!("{}\n", event.id))
            .collect())
    }

    #[perfguard::query_budget(max = 1)]
    async fn streamed(db: &Guarded<DatabaseConnection>) -> Result<String, DbErr> {
        let mut lines = String::new();
        let mut events = event::Entity::find().stream(db).await?;
        while let Some(event) = events.try_next().await? {
            lines.push_str(&format!("{}\n", event.id));
        }
        Ok(lines)
    }

    #[tokio::test]
    async fn a_page_that_is_cut_in_memory_is_found() {
        let (_, db) = open().await;
        let (_, report) = observe(cut(&db, 300)).await;
        assert!(noted(&report).contains(&"in-memory-page"), "{report}");
        let (_, report) = observe(cut(&db, 90)).await;
        assert!(!noted(&report).contains(&"in-memory-page"), "{report}");
    }

    #[tokio::test]
    async fn all_is_told_from_a_stream() {
        let (_, db) = open().await;
        let (_, report) = observe(collected(&db, 10_001)).await;
        assert!(rules(&report).contains(&"buffered-export"), "{report}");
        let (_, report) = observe(collected(&db, 10_000)).await;
        assert!(!rules(&report).contains(&"buffered-export"), "{report}");
        let (_, report) = observe(streamed(&db)).await;
        assert!(!rules(&report).contains(&"buffered-export"), "{report}");
    }

    #[perfguard::query_budget(max = 1)]
    async fn totals(db: &DatabaseConnection, day: i32) -> Result<u64, DbErr> {
        // 26 million pairs.
        let sql = "SELECT count(*) AS n FROM events a JOIN events b ON a.day <> b.day + ? WHERE a.id <= 2500";
        let statement =
            sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, [day.into()]);
        let row = db.query_one_raw(statement).await?;
        row.map_or(Ok(0), |row| {
            row.try_get::<i64>("", "n").map(|n| n.unsigned_abs())
        })
    }

    #[tokio::test]
    async fn a_costly_answer_that_is_asked_again_is_noted() {
        let (db, _) = open().await;
        let ((), report) = observe(async {
            totals(&db, 1).await.unwrap();
            totals(&db, 1).await.unwrap();
        })
        .await;
        assert!(noted(&report).contains(&"cache-candidate"), "{report}");
        let ((), report) = observe(async {
            totals(&db, 1).await.unwrap();
            totals(&db, 2).await.unwrap();
        })
        .await;
        assert!(!noted(&report).contains(&"cache-candidate"), "{report}");
    }
}
