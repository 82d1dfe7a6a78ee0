use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use perfguard::statement::Dialect::{MySql, Postgres, Sqlite};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, LoaderTrait, ModelTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set, TransactionTrait,
};

use crate::corpus::case::{Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{Author, Comment, Post, authors, comments, latest, posts, tags};
use crate::corpus::in_sea_orm::{self as entity, author, comment, post, tag};
use crate::corpus::told::{opaque, ran, returned};

const ID: &str = "n-plus-one";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("n_plus_one.rs"),
        cases,
    }
}

fn author_of(conn: &mut SqliteConnection, post: &Post) -> QueryResult<Author> {
    authors::table
        .find(post.author_id)
        .select(Author::as_select())
        .first(conn)
}

fn in_diesel() -> Vec<crate::corpus::Case> {
    vec![
        diesel("an author for each post", |conn| {
            for post in latest(conn)? {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?; //~ an author for each post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair("authors::id.eq_any(&ids)", |conn| {
            let posts = latest(conn)?;
            let ids: Vec<i32> = posts.iter().map(|post| post.author_id).collect();
            authors::table
                .filter(authors::id.eq_any(&ids))
                .select(Author::as_select())
                .load(conn)?;
            Ok(())
        })
        .repair(".inner_join(authors::table)", |conn| {
            posts::table
                .inner_join(authors::table)
                .select((posts::title, authors::name))
                .order(posts::id.desc())
                .limit(6)
                .load::<(String, String)>(conn)?;
            Ok(())
        }),
        diesel("comments of each post", |conn| {
            for post in latest(conn)? {
                comments::table
                    .filter(comments::post_id.eq(post.id))
                    .select(comments::body)
                    .load::<String>(conn)?; //~ comments of each post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair("belonging_to(&posts)", |conn| {
            let posts = latest(conn)?;
            let comments = Comment::belonging_to(&posts)
                .select(Comment::as_select())
                .load(conn)?;
            assert_eq!(comments.grouped_by(&posts).len(), 6);
            Ok(())
        })
        .repair("grouped_by(&posts)", |conn| {
            let posts = latest(conn)?;
            let comments = comments::table
                .filter(comments::post_id.eq_any(posts.iter().map(|post| post.id)))
                .select(Comment::as_select())
                .load(conn)?;
            assert_eq!(comments.grouped_by(&posts).len(), 6);
            Ok(())
        }),
        diesel("a count for each post", |conn| {
            for post in latest(conn)? {
                comments::table
                    .filter(comments::post_id.eq(post.id))
                    .count()
                    .get_result::<i64>(conn)?; //~ a count for each post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair("group_by(comments::post_id)", |conn| {
            let ids: Vec<i32> = latest(conn)?.iter().map(|post| post.id).collect();
            comments::table
                .filter(comments::post_id.eq_any(&ids))
                .group_by(comments::post_id)
                .select((comments::post_id, diesel::dsl::count_star()))
                .load::<(i32, i64)>(conn)?;
            Ok(())
        }),
        diesel("belonging_to for one post at a time", |conn| {
            for post in latest(conn)? {
                Comment::belonging_to(&post)
                    .select(Comment::as_select())
                    .load(conn)?; //~ belonging_to for one post at a time
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("through a helper", |conn| {
            for post in latest(conn)? {
                author_of(conn, &post)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("in an iterator that stops at an error", |conn| {
            let posts = latest(conn)?;
            let names: QueryResult<Vec<Author>> =
                posts.iter().map(|post| author_of(conn, post)).collect();
            names.map(|_| ())
        })
        .finds(ID, 6),
        diesel(
            "recursion over pages is not needed for two loops to be two",
            |conn| {
                let posts = latest(conn)?;
                for post in &posts {
                    author_of(conn, post)?;
                }
                for post in &posts {
                    author_of(conn, post)?;
                }
                Ok(())
            },
        )
        .finds(ID, 6)
        .finds(ID, 6),
        diesel("two interleaved in one loop", |conn| {
            for post in latest(conn)? {
                author_of(conn, &post)?;
                comments::table
                    .filter(comments::post_id.eq(post.id))
                    .select(comments::body)
                    .load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .finds(ID, 6),
        diesel("each in a transaction of its own", |conn| {
            for post in latest(conn)? {
                conn.transaction(|conn| author_of(conn, &post))?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("a boxed query", |conn| {
            for post in latest(conn)? {
                let mut query = authors::table.select(authors::name).into_boxed();
                query = query.filter(authors::id.eq(post.author_id));
                query.first::<String>(conn)?; //~ a boxed query
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("raw SQL with a bind", |conn| {
            for post in latest(conn)? {
                diesel::sql_query("UPDATE posts SET views = views + 1 WHERE id = ?")
                    .bind::<diesel::sql_types::Integer, _>(post.id)
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds("repeated-write", 6),
        diesel("the newest comment of each post", |conn| {
            for post in latest(conn)? {
                comments::table
                    .filter(comments::post_id.eq(post.id))
                    .order(comments::id.desc())
                    .select(comments::body)
                    .limit(1)
                    .load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("exists for each of many", |conn| {
            for post in latest(conn)? {
                diesel::select(diesel::dsl::exists(
                    comments::table.filter(comments::post_id.eq(post.id)),
                ))
                .get_result::<bool>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("in production, six times", |conn| {
            for post in latest(conn)? {
                author_of(conn, &post)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        diesel("in production, four times are not enough", |conn| {
            for post in latest(conn)?.iter().take(4) {
                author_of(conn, post)?;
            }
            Ok(())
        })
        .in_production(),
        diesel("one call from each of two lines", |conn| {
            let name = |conn: &mut SqliteConnection, id: i32| -> QueryResult<String> {
                authors::table.find(id).select(authors::name).first(conn)
            };
            name(conn, 1)?;
            name(conn, 2)?;
            Ok(())
        }),
        diesel("sender and receiver", |conn| {
            let sender = authors::table.find(1).select(authors::name);
            sender.first::<String>(conn)?;
            let receiver = authors::table.find(2).select(authors::name);
            receiver.first::<String>(conn)?;
            Ok(())
        }),
        diesel("a chunked list of ids", |conn| {
            let ids: Vec<i32> = (1..=6).collect();
            for chunk in ids.chunks(4) {
                authors::table
                    .filter(authors::id.eq_any(chunk))
                    .select(authors::name)
                    .load::<String>(conn)?;
            }
            Ok(())
        }),
        diesel("a chunked list whose last chunk has one id", |conn| {
            let ids: Vec<i32> = (1..=5).collect();
            for chunk in ids.chunks(2) {
                authors::table
                    .filter(authors::id.eq_any(chunk))
                    .select(authors::name)
                    .load::<String>(conn)?;
            }
            Ok(())
        }),
        diesel("pages by offset", |conn| {
            for page in 0..3_i64 {
                posts::table
                    .select(posts::title)
                    .order(posts::id)
                    .limit(2)
                    .offset(page * 2)
                    .load::<String>(conn)?;
            }
            Ok(())
        }),
        diesel("pages by key", |conn| {
            let mut last = 0;
            loop {
                let page: Vec<i32> = posts::table
                    .filter(posts::id.gt(last))
                    .select(posts::id)
                    .order(posts::id)
                    .limit(2)
                    .load(conn)?;
                match page.last() {
                    Some(id) => last = *id,
                    None => return Ok(()),
                }
            }
        }),
        diesel("an author for the only post", |conn| {
            let newest: Vec<Post> = posts::table
                .select(Post::as_select())
                .order(posts::id.desc())
                .limit(1)
                .load(conn)?;
            for post in newest {
                author_of(conn, &post)?;
            }
            Ok(())
        }),
        diesel("a slug that is tried until it is free", |conn| {
            for number in 1.. {
                let slug = format!("tag {number}");
                let is_taken: bool = diesel::select(diesel::dsl::exists(
                    tags::table
                        .filter(tags::name.eq(&slug))
                        .filter(tags::id.lt(4)),
                ))
                .get_result(conn)?;
                if !is_taken {
                    break;
                }
            }
            Ok(())
        }),
        diesel_guarded("the source is the query whose rows explain it", |conn| {
            let posts = latest(conn)?;
            tags::table
                .select(tags::name)
                .limit(3)
                .load::<String>(conn)?;
            for post in posts {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("a preload by three levels", |conn| {
            let authors: Vec<Author> = authors::table
                .select(Author::as_select())
                .limit(6)
                .load(conn)?;
            let posts = Post::belonging_to(&authors)
                .select(Post::as_select())
                .load(conn)?;
            let comments = Comment::belonging_to(&posts)
                .select(Comment::as_select())
                .load(conn)?;
            assert_eq!(comments.grouped_by(&posts).len(), 6);
            Ok(())
        }),
        diesel("three levels of loops", |conn| {
            for id in authors::table
                .select(authors::id)
                .limit(6)
                .load::<i32>(conn)?
            {
                let of_author = posts::table
                    .filter(posts::author_id.eq(id))
                    .select(posts::id);
                for post in of_author.load::<i32>(conn)? {
                    let of_post = comments::table.filter(comments::post_id.eq(post));
                    of_post.select(comments::body).load::<String>(conn)?;
                }
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("posts"),
        diesel("comments of each post, and the author of each", |conn| {
            for post in latest(conn)? {
                let comments = comments::table.filter(comments::post_id.eq(post.id));
                for comment in comments.select(Comment::as_select()).load(conn)? {
                    authors::table
                        .find(comment.author_id)
                        .select(authors::name)
                        .first::<String>(conn)?;
                }
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("posts")
        .finds(ID, 18)
        .over("comments")
        .repair("belonging_to(&posts)", |conn| {
            let posts = latest(conn)?;
            let comments = Comment::belonging_to(&posts)
                .select(Comment::as_select())
                .load(conn)?;
            let ids = comments.iter().map(|comment| comment.author_id);
            authors::table
                .filter(authors::id.eq_any(ids))
                .select(Author::as_select())
                .load(conn)?;
            Ok(())
        }),
        diesel_guarded("the same where rows are counted", |conn| {
            for post in latest(conn)? {
                let comments = comments::table.filter(comments::post_id.eq(post.id));
                for comment in comments.select(Comment::as_select()).load(conn)? {
                    authors::table
                        .find(comment.author_id)
                        .select(authors::name)
                        .first::<String>(conn)?;
                }
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("posts")
        .finds(ID, 18)
        .over("comments"),
        diesel("three loops over the authors", |conn| {
            let authors: Vec<Author> = authors::table
                .select(Author::as_select())
                .limit(6)
                .load(conn)?;
            for author in &authors {
                Post::belonging_to(author)
                    .select(Post::as_select())
                    .load(conn)?;
            }
            for author in &authors {
                let comments = comments::table.filter(comments::author_id.eq(author.id));
                comments.select(comments::body).load::<String>(conn)?;
            }
            for author in &authors {
                let tags = tags::table.filter(tags::id.eq(author.id));
                tags.select(tags::name).load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors"),
        diesel("three look-ups in one loop over the authors", |conn| {
            let authors = authors::table.select(Author::as_select()).limit(6);
            for author in authors.load(conn)? {
                Post::belonging_to(&author)
                    .select(Post::as_select())
                    .load(conn)?;
                let comments = comments::table.filter(comments::author_id.eq(author.id));
                comments.select(comments::body).load::<String>(conn)?;
                let tags = tags::table.filter(tags::id.eq(author.id));
                tags.select(tags::name).load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors"),
        diesel("two levels of chunks", |conn| {
            let ids: Vec<i32> = (1..=6).collect();
            for chunk in ids.chunks(3) {
                let posts: Vec<i32> = posts::table
                    .filter(posts::author_id.eq_any(chunk))
                    .select(posts::id)
                    .load(conn)?;
                for chunk in posts.chunks(2) {
                    comments::table
                        .filter(comments::post_id.eq_any(chunk))
                        .select(comments::body)
                        .load::<String>(conn)?;
                }
            }
            Ok(())
        }),
        diesel("the comments of one post, and the author of one", |conn| {
            for post in latest(conn)?.iter().take(1) {
                let comments = comments::table.filter(comments::post_id.eq(post.id));
                let comments: Vec<Comment> = comments.select(Comment::as_select()).load(conn)?;
                for comment in comments.iter().take(1) {
                    authors::table
                        .find(comment.author_id)
                        .select(authors::name)
                        .first::<String>(conn)?;
                }
            }
            Ok(())
        }),
        diesel("rows that are left early", |conn| {
            let posts = posts::table.filter(posts::views.eq(0)).select(posts::id);
            let rows = posts.load_iter::<i32, DefaultLoadingMode>(conn)?;
            for row in rows.take(2) {
                row?;
            }
            Ok(())
        }),
        diesel_guarded("a look-up for the one row that was taken", |conn| {
            let posts = posts::table.filter(posts::views.eq(0));
            let mut rows = posts
                .select(posts::author_id)
                .load_iter::<i32, DefaultLoadingMode>(conn)?;
            let author = rows.next().transpose()?;
            drop(rows);
            if let Some(author) = author {
                let author = authors::table.find(author).select(authors::name);
                author.first::<String>(conn)?;
            }
            Ok(())
        }),
        diesel("pages by key, and the authors of each page", |conn| {
            let mut last = 0;
            loop {
                let page: Vec<(i32, i32)> = posts::table
                    .filter(posts::id.gt(last))
                    .select((posts::id, posts::author_id))
                    .order(posts::id)
                    .limit(2)
                    .load(conn)?;
                let Some((id, _)) = page.last() else {
                    return Ok(());
                };
                last = *id;
                let ids = page.iter().map(|(_, author)| *author);
                authors::table
                    .filter(authors::id.eq_any(ids))
                    .select(authors::name)
                    .load::<String>(conn)?;
            }
        }),
    ]
}

fn in_sea_orm() -> Vec<crate::corpus::Case> {
    vec![
        sea_orm("find_related for each post", async |db| {
            for post in entity::latest(&db).await? {
                post.find_related(author::Entity).one(&db).await?; //~ find_related for each post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("load_one", async |db| {
            let posts = entity::latest(&db).await?;
            posts.load_one(author::Entity, &db).await?;
            Ok(())
        })
        .repair_in_sea_orm("find_also_related", async |db| {
            post::Entity::find()
                .find_also_related(author::Entity)
                .order_by_desc(post::Column::Id)
                .limit(6)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("comments of every post", async |db| {
            for post in entity::latest(&db).await? {
                post.find_related(comment::Entity).all(&db).await?; //~ comments of every post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("load_many", async |db| {
            let posts = entity::latest(&db).await?;
            posts.load_many(comment::Entity, &db).await?;
            Ok(())
        }),
        sea_orm("comments of the posts of an author", async |db| {
            let of_author = post::Entity::find().filter(post::Column::AuthorId.eq(1));
            let mut posts = of_author.all(&db).await?;
            posts.extend(entity::latest(&db).await?);
            for post in post::Entity::find()
                .filter(post::Column::Views.lt(10))
                .all(&db)
                .await?
            {
                post.find_related(comment::Entity).all(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("find_with_related", async |db| {
            post::Entity::find()
                .filter(post::Column::Views.lt(10))
                .find_with_related(comment::Entity)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("find_by_id in a loop", async |db| {
            for id in 1..=opaque(6) {
                author::Entity::find_by_id(id).one(&db).await?; //~ find_by_id in a loop
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("is_in(ids)", async |db| {
            let posts = entity::latest(&db).await?;
            let ids = posts.iter().map(|post| post.author_id);
            author::Entity::find()
                .filter(author::Column::Id.is_in(ids))
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("a count for every post", async |db| {
            for post in entity::latest(&db).await? {
                comment::Entity::find()
                    .filter(comment::Column::PostId.eq(post.id))
                    .count(&db)
                    .await?; //~ a count for every post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("group_by(comment::Column::PostId)", async |db| {
            let ids: Vec<i32> = entity::latest(&db).await?.iter().map(|it| it.id).collect();
            comment::Entity::find()
                .filter(comment::Column::PostId.is_in(ids))
                .group_by(comment::Column::PostId)
                .select_only()
                .column(comment::Column::PostId)
                .column_as(comment::Column::Id.count(), "comments")
                .into_tuple::<(i32, i64)>()
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("all at once, by join_all", async |db| {
            let posts = entity::latest(&db).await?;
            let authors = posts
                .iter()
                .map(|post| post.find_related(author::Entity).one(&db));
            for author in futures::future::join_all(authors).await {
                author?;
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("as a stream with four at once", async |db| {
            use futures::{StreamExt as _, TryStreamExt as _};
            let posts = entity::latest(&db).await?;
            let db = &db;
            futures::stream::iter(posts)
                .map(|post| async move { post.find_related(author::Entity).one(db).await })
                .buffer_unordered(4)
                .try_collect::<Vec<_>>()
                .await?;
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("in one transaction", async |db| {
            let transaction = db.begin().await?;
            for post in entity::latest(&transaction).await? {
                post.find_related(author::Entity).one(&transaction).await?;
            }
            transaction.commit().await
        })
        .finds(ID, 6),
        sea_orm("in production, an author for each post", async |db| {
            for post in entity::latest(&db).await? {
                post.find_related(author::Entity).one(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        sea_orm("in production, for three posts", async |db| {
            for post in entity::latest(&db).await?.iter().take(3) {
                post.find_related(author::Entity).one(&db).await?;
            }
            Ok(())
        })
        .in_production(),
        sea_orm_guarded("where rows are known", async |db| {
            for post in entity::latest(&db).await? {
                post.find_related(author::Entity).one(&db).await?; //~ where rows are known
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("the loaders", async |db| {
            let posts = entity::latest(&db).await?;
            posts.load_one(author::Entity, &db).await?;
            posts.load_many(comment::Entity, &db).await?;
            Ok(())
        }),
        sea_orm("both arms of a join", async |db| {
            let (one, other) = futures::join!(
                author::Entity::find_by_id(1).one(&db),
                author::Entity::find_by_id(2).one(&db)
            );
            one?;
            other?;
            Ok(())
        }),
        sea_orm("a paginator to its end", async |db| {
            let mut pages = post::Entity::find()
                .order_by_asc(post::Column::Id)
                .paginate(&db, 2);
            while pages.fetch_and_next().await?.is_some() {}
            Ok(())
        }),
        sea_orm("a cursor to its end", async |db| {
            let mut last = 0;
            loop {
                let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
                let page = cursor.after(last).first(2).all(&db).await?;
                match page.last() {
                    Some(post) => last = post.id,
                    None => return Ok(()),
                }
            }
        }),
        sea_orm("a stream of rows", async |db| {
            use futures::TryStreamExt as _;
            let mut rows = post::Entity::find()
                .filter(post::Column::Views.eq(0))
                .stream(&db)
                .await?;
            while rows.try_next().await?.is_some() {}
            Ok(())
        }),
        sea_orm("chunks of keys", async |db| {
            let ids: Vec<i32> = (1..=5).collect();
            for chunk in ids.chunks(2) {
                author::Entity::find()
                    .filter(author::Column::Id.is_in(chunk.to_vec()))
                    .all(&db)
                    .await?;
            }
            Ok(())
        }),
        sea_orm("what insert reads back", async |db| {
            for number in 0..opaque(1) {
                let tag = tag::ActiveModel {
                    name: Set(format!("new {number}")),
                    ..Default::default()
                };
                tag.insert(&db).await?;
            }
            Ok(())
        }),
        sea_orm("tasks that carry the scope", async |db| {
            let posts = entity::latest(&db).await?;
            let mut tasks = Vec::new();
            for post in posts {
                let db = db.clone();
                let author = async move { post.find_related(author::Entity).one(&db).await };
                tasks.push(tokio::spawn(perfguard::in_current_scope(author)));
            }
            for task in tasks {
                task.await.expect("it does not panic")?;
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("up the parents, one by one", async |db| {
            let mut next = Some(6);
            while let Some(id) = next {
                let found = post::Entity::find_by_id(id).one(&db).await?;
                next = found.map(|it| it.id - 1).filter(|id| *id > 0);
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("one savepoint per post", async |db| {
            let transaction = db.begin().await?;
            for post in entity::latest(&transaction).await? {
                let savepoint = transaction.begin().await?;
                post.find_related(author::Entity).one(&savepoint).await?;
                savepoint.commit().await?;
            }
            transaction.commit().await
        })
        .finds(ID, 6),
        sea_orm("a cache that is filled once", async |db| {
            let mut known = None;
            for _ in 0..opaque(6) {
                if known.is_none() {
                    known = author::Entity::find_by_id(1).one(&db).await?;
                }
            }
            Ok(())
        }),
        sea_orm("polling with equal values", async |db| {
            for _ in 0..opaque(4) {
                let done = post::Entity::find()
                    .filter(post::Column::Id.eq(1))
                    .filter(post::Column::Views.gt(0))
                    .count(&db)
                    .await?;
                assert_eq!(done, 0);
            }
            Ok(())
        })
        .finds("duplicate-query", 4),
        sea_orm(
            "comments of every post, and the author of each",
            async |db| {
                for post in entity::latest(&db).await? {
                    for comment in post.find_related(comment::Entity).all(&db).await? {
                        author::Entity::find_by_id(comment.author_id)
                            .one(&db)
                            .await?;
                    }
                }
                Ok(())
            },
        )
        .finds(ID, 6)
        .over("posts")
        .finds(ID, 18)
        .over("comments")
        .repair_in_sea_orm("load_many", async |db| {
            let posts = entity::latest(&db).await?;
            let comments = posts.load_many(comment::Entity, &db).await?;
            let ids = comments.iter().flatten().map(|comment| comment.author_id);
            author::Entity::find()
                .filter(author::Column::Id.is_in(ids))
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm_guarded("the same of SeaORM where rows are counted", async |db| {
            for post in entity::latest(&db).await? {
                for comment in post.find_related(comment::Entity).all(&db).await? {
                    author::Entity::find_by_id(comment.author_id)
                        .one(&db)
                        .await?;
                }
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("posts")
        .finds(ID, 18)
        .over("comments"),
        sea_orm("three loops over SeaORM's authors", async |db| {
            let authors = author::Entity::find().limit(6).all(&db).await?;
            for author in &authors {
                author.find_related(post::Entity).all(&db).await?;
            }
            for author in &authors {
                comment::Entity::find()
                    .filter(comment::Column::AuthorId.eq(author.id))
                    .all(&db)
                    .await?;
            }
            for author in &authors {
                tag::Entity::find_by_id(author.id).one(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors"),
        sea_orm("three at once for each of SeaORM's authors", async |db| {
            for author in author::Entity::find().limit(6).all(&db).await? {
                let of_author = comment::Column::AuthorId.eq(author.id);
                let (posts, comments, tag) = futures::join!(
                    author.find_related(post::Entity).all(&db),
                    comment::Entity::find().filter(of_author).all(&db),
                    tag::Entity::find_by_id(author.id).one(&db)
                );
                posts?;
                comments?;
                tag?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors")
        .finds(ID, 6)
        .over("authors"),
        sea_orm("loaders on two levels", async |db| {
            let authors = author::Entity::find().limit(6).all(&db).await?;
            let posts = authors.load_many(post::Entity, &db).await?;
            let posts: Vec<_> = posts.into_iter().flatten().collect();
            posts.load_many(comment::Entity, &db).await?;
            Ok(())
        }),
        sea_orm("a stream that ends early", async |db| {
            use futures::TryStreamExt as _;
            let posts = post::Entity::find().filter(post::Column::Views.eq(0));
            let mut rows = posts.stream(&db).await?;
            assert!(rows.try_next().await?.is_some());
            Ok(())
        }),
        sea_orm("pages of a cursor, and the authors of each", async |db| {
            let mut last = 0;
            loop {
                let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
                let page = cursor.after(last).first(2).all(&db).await?;
                let Some(post) = page.last() else {
                    return Ok(());
                };
                last = post.id;
                page.load_one(author::Entity, &db).await?;
            }
        }),
        sea_orm("pages of a paginator, as a stream", async |db| {
            use futures::TryStreamExt as _;
            let posts = post::Entity::find().order_by_asc(post::Column::Id);
            let mut pages = posts.paginate(&db, 2).into_stream();
            while let Some(page) = pages.try_next().await? {
                page.load_many(comment::Entity, &db).await?;
            }
            Ok(())
        }),
    ]
}

/// Statements that look up one row, or the rows of one parent.
const LOOK_UPS: &[(perfguard::statement::Dialect, &str)] = &[
    (Postgres, "SELECT * FROM posts_of($1)"),
    (Postgres, "SELECT * FROM authors WHERE id = $1"),
    (
        Postgres,
        "SELECT name FROM authors WHERE id = $1 AND deleted_at IS NULL",
    ),
    (
        Postgres,
        "SELECT * FROM blog.authors AS a WHERE a.id = $1 LIMIT 1",
    ),
    (
        Postgres,
        "SELECT * FROM comments WHERE post_id = $1 ORDER BY created_at DESC LIMIT 3",
    ),
    (
        Postgres,
        "WITH a AS (SELECT * FROM authors WHERE id = $1) SELECT * FROM a",
    ),
    (Postgres, "SELECT * FROM comments WHERE post_id IN ($1)"),
    (
        Postgres,
        "SELECT * FROM posts p JOIN authors a ON a.id = p.author_id WHERE p.id = $1",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE author_id = $1 UNION SELECT id FROM drafts WHERE author_id = $1",
    ),
    (Postgres, "SELECT DISTINCT tag FROM tags WHERE post_id = $1"),
    (
        Postgres,
        "SELECT tag, count(*) FROM tags WHERE post_id = $1 GROUP BY tag",
    ),
    (
        Postgres,
        "SELECT id, row_number() OVER (ORDER BY id) FROM posts WHERE author_id = $1",
    ),
    (
        Postgres,
        "SELECT * FROM users WHERE lower(email) = lower($1)",
    ),
    (MySql, "SELECT `name` FROM `authors` WHERE `id` = ?"),
    (
        MySql,
        "SELECT `body` FROM `comments` WHERE `post_id` = ? LIMIT 3",
    ),
    (MySql, "SELECT COUNT(*) FROM `likes` WHERE `post_id` = ?"),
    (Sqlite, "SELECT \"name\" FROM \"authors\" WHERE \"id\" = ?1"),
    (Sqlite, "SELECT name FROM authors WHERE rowid = ?"),
];

/// Statements that repeat with other values for another reason.
const OTHERS: &[(perfguard::statement::Dialect, &str)] = &[
    // A table is worked through range by range.
    (
        Postgres,
        "SELECT * FROM orders WHERE created_at >= $1 AND created_at < $2",
    ),
    (Postgres, "SELECT * FROM authors WHERE id = ANY($1)"),
    (Postgres, "SELECT * FROM authors WHERE id IN ($1, $2)"),
    (
        Postgres,
        "SELECT * FROM authors WHERE id IN (SELECT unnest($1::int[]))",
    ),
    (
        Postgres,
        "SELECT * FROM authors JOIN unnest($1::int[]) AS wanted (id) USING (id)",
    ),
    (
        Postgres,
        "SELECT * FROM posts WHERE id > $1 ORDER BY id LIMIT 100",
    ),
    (
        Postgres,
        "SELECT * FROM posts WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 20",
    ),
    (
        Postgres,
        "SELECT * FROM posts ORDER BY id LIMIT 20 OFFSET $1",
    ),
    (
        Postgres,
        "SELECT * FROM posts ORDER BY id OFFSET $1 ROWS FETCH NEXT 20 ROWS ONLY",
    ),
    (Postgres, "FETCH FORWARD 100 FROM posts_cursor"),
    (Postgres, "SELECT nextval('order_number')"),
    (Postgres, "SELECT pg_advisory_xact_lock($1)"),
    (Postgres, "SELECT set_config('app.tenant', $1, true)"),
    (Postgres, "SELECT pg_notify('events', $1)"),
    (Postgres, "SELECT currval('order_number')"),
    (
        Postgres,
        "SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typname = $1",
    ),
    (
        Postgres,
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1",
    ),
    (Postgres, "SELECT 1"),
    (Postgres, "SELECT now()"),
    (
        MySql,
        "SELECT * FROM `posts` WHERE `id` BETWEEN ? AND ? ORDER BY `id` LIMIT 100",
    ),
    (MySql, "SELECT GET_LOCK(?, 10)"),
    (MySql, "SELECT LAST_INSERT_ID()"),
    (MySql, "SELECT * FROM `authors` WHERE `id` IN (?, ?, ?)"),
    (Sqlite, "SELECT changes()"),
    (Sqlite, "SELECT last_insert_rowid()"),
    (Sqlite, "SELECT value FROM json_each(?)"),
];

fn of_other_databases() -> Vec<crate::corpus::Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in LOOK_UPS {
        cases.push(
            told(format!("a loop of {sql}"), move || {
                for id in 0..opaque(6) {
                    ran(dialect, sql, id);
                }
            })
            .finds(ID, 6),
        );
    }
    for &(dialect, sql) in OTHERS {
        cases.push(told(format!("no loop of {sql}"), move || {
            for id in 0..opaque(6) {
                ran(dialect, sql, id);
            }
        }));
    }
    cases.extend([
        told("the source's rows", || {
            returned(Postgres, "SELECT id FROM posts LIMIT $1", 0, 6);
            for id in 0..opaque(6) {
                returned(Postgres, "SELECT name FROM authors WHERE id = $1", id, 1);
            }
        })
        .finds(ID, 6),
        told("two callers of one statement, interleaved", || {
            for id in 0..opaque(6) {
                ran(Postgres, "SELECT name FROM authors WHERE id = $1", id);
                ran(Postgres, "SELECT name FROM authors WHERE id = $1", 100 + id);
            }
        })
        .finds(ID, 6)
        .finds(ID, 6),
    ]);
    cases
}
