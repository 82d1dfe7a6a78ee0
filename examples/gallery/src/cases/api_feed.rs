//! The latest twenty posts of a user's friends, with likes and comments.
//! Before: all posts of each friend, and what belongs to each of them, by SQL
//! that is pasted together; all but twenty are thrown away. After: one page by
//! a join, and one query each for all its likes and comments.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "API feed",
    "/feed",
    &[
        "n-plus-one",
        "n-plus-one",
        "n-plus-one",
        "in-memory-page",
        "inlined-literals",
        "missing-pagination",
    ],
)
.tables(include_str!("api_feed.sql"))
.diesel(|| get(in_diesel::before), || get(in_diesel::after))
.sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

/// The user who asks.
const USER: i32 = 1;

/// What every version answers.
#[derive(Serialize)]
struct Entry {
    id: i32,
    title: String,
    likes: i64,
    comments: Vec<String>,
}

/// The twenty latest.
fn page(mut feed: Vec<Entry>) -> Vec<Entry> {
    feed.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    feed.truncate(20);
    feed
}

mod in_diesel {
    use std::collections::HashMap;

    use axum::Json;
    use axum::extract::State;
    use diesel::dsl::count_star;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Integer, Text};

    use super::{Entry, USER, page};
    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! { friends (user_id, friend_id) { user_id -> Integer, friend_id -> Integer, } }
    diesel::table! { posts (id) { id -> Integer, author_id -> Integer, title -> Text, } }
    diesel::table! { likes (post_id, user_id) { post_id -> Integer, user_id -> Integer, } }
    diesel::table! { comments (id) { id -> Integer, post_id -> Integer, body -> Text, } }
    diesel::allow_tables_to_appear_in_same_query!(friends, posts);

    #[derive(QueryableByName)]
    struct Friend {
        #[diesel(sql_type = Integer)]
        friend_id: i32,
    }

    #[derive(QueryableByName)]
    struct Post {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Text)]
        title: String,
    }

    #[derive(QueryableByName)]
    struct Likes {
        #[diesel(sql_type = BigInt)]
        likes: i64,
    }

    #[derive(QueryableByName)]
    struct Comment {
        #[diesel(sql_type = Text)]
        body: String,
    }

    #[perfguard::query_budget(max = 3)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Vec<Entry>>, Failed> {
        let feed = diesel
            .run(|conn| {
                let mut feed = Vec::new();
                let sql = format!("SELECT friend_id FROM friends WHERE user_id = {USER}");
                for friend in diesel::sql_query(sql).load::<Friend>(conn)? {
                    let sql = format!(
                        "SELECT id, title FROM posts WHERE author_id = {} ORDER BY id DESC",
                        friend.friend_id
                    );
                    for post in diesel::sql_query(sql).load::<Post>(conn)? {
                        let sql = format!(
                            "SELECT count(*) AS likes FROM likes WHERE post_id = {}",
                            post.id
                        );
                        let likes = diesel::sql_query(sql).get_result::<Likes>(conn)?;
                        let sql = format!("SELECT body FROM comments WHERE post_id = {}", post.id);
                        let comments = diesel::sql_query(sql).load::<Comment>(conn)?;
                        feed.push(Entry {
                            id: post.id,
                            title: post.title,
                            likes: likes.likes,
                            comments: comments.into_iter().map(|it| it.body).collect(),
                        });
                    }
                }
                Ok(feed)
            })
            .await?;
        Ok(Json(page(feed)))
    }

    #[perfguard::query_budget(max = 3)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Vec<Entry>>, Failed> {
        let feed = diesel
            .run(|conn| {
                let posts: Vec<(i32, String)> = posts::table
                    .inner_join(friends::table.on(friends::friend_id.eq(posts::author_id)))
                    .filter(friends::user_id.eq(USER))
                    .order(posts::id.desc())
                    .select((posts::id, posts::title))
                    .limit(20)
                    .load(conn)?;
                let ids: Vec<i32> = posts.iter().map(|(id, _)| *id).collect();
                let likes: HashMap<i32, i64> = likes::table
                    .filter(likes::post_id.eq_any(&ids))
                    .group_by(likes::post_id)
                    .select((likes::post_id, count_star()))
                    .load(conn)?
                    .into_iter()
                    .collect();
                let comments: Vec<(i32, String)> = comments::table
                    .filter(comments::post_id.eq_any(&ids))
                    .order(comments::id)
                    .select((comments::post_id, comments::body))
                    .load(conn)?;
                let mut bodies: HashMap<i32, Vec<String>> = HashMap::new();
                for (post, body) in comments {
                    bodies.entry(post).or_default().push(body);
                }
                let entries = posts.into_iter().map(|(id, title)| Entry {
                    id,
                    title,
                    likes: likes.get(&id).copied().unwrap_or_default(),
                    comments: bodies.remove(&id).unwrap_or_default(),
                });
                Ok(entries.collect())
            })
            .await?;
        Ok(Json(feed))
    }
}

mod in_sea_orm {
    use std::collections::HashMap;

    use axum::Json;
    use axum::extract::State;
    use sea_orm::{
        ColumnTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
        QuerySelect, RelationTrait, Statement,
    };

    use super::{Entry, USER, page};
    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod friend {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "friends")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub user_id: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub friend_id: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod post {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "posts")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub author_id: i32,
            pub title: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {
            #[sea_orm(
                belongs_to = "super::friend::Entity",
                from = "Column::AuthorId",
                to = "super::friend::Column::FriendId"
            )]
            Friend,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod like {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "likes")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub post_id: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub user_id: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod comment {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "comments")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub post_id: i32,
            pub body: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[derive(FromQueryResult)]
    struct Friend {
        friend_id: i32,
    }

    #[derive(FromQueryResult)]
    struct Post {
        id: i32,
        title: String,
    }

    #[derive(FromQueryResult)]
    struct Likes {
        likes: i64,
    }

    #[derive(FromQueryResult)]
    struct Comment {
        body: String,
    }

    async fn read<T: FromQueryResult>(db: &SeaOrm, sql: String) -> Result<Vec<T>, DbErr> {
        let statement = Statement::from_string(db.get_database_backend(), sql);
        T::find_by_statement(statement).all(db).await
    }

    #[perfguard::query_budget(max = 3)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Json<Vec<Entry>>, Failed> {
        let mut feed = Vec::new();
        let sql = format!("SELECT friend_id FROM friends WHERE user_id = {USER}");
        for friend in read::<Friend>(&db, sql).await? {
            let sql = format!(
                "SELECT id, title FROM posts WHERE author_id = {} ORDER BY id DESC",
                friend.friend_id
            );
            for post in read::<Post>(&db, sql).await? {
                let sql = format!(
                    "SELECT count(*) AS likes FROM likes WHERE post_id = {}",
                    post.id
                );
                let likes = read::<Likes>(&db, sql).await?;
                let sql = format!("SELECT body FROM comments WHERE post_id = {}", post.id);
                let comments = read::<Comment>(&db, sql).await?;
                feed.push(Entry {
                    id: post.id,
                    title: post.title,
                    likes: likes.iter().map(|it| it.likes).sum(),
                    comments: comments.into_iter().map(|it| it.body).collect(),
                });
            }
        }
        Ok(Json(page(feed)))
    }

    #[perfguard::query_budget(max = 3)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Vec<Entry>>, Failed> {
        let posts = post::Entity::find()
            .join(JoinType::InnerJoin, post::Relation::Friend.def())
            .filter(friend::Column::UserId.eq(USER))
            .order_by_desc(post::Column::Id)
            .limit(20)
            .all(&db)
            .await?;
        let ids: Vec<i32> = posts.iter().map(|post| post.id).collect();
        let likes: HashMap<i32, i64> = like::Entity::find()
            .filter(like::Column::PostId.is_in(ids.clone()))
            .group_by(like::Column::PostId)
            .select_only()
            .column(like::Column::PostId)
            .column_as(like::Column::UserId.count(), "likes")
            .into_tuple::<(i32, i64)>()
            .all(&db)
            .await?
            .into_iter()
            .collect();
        let comments = comment::Entity::find()
            .filter(comment::Column::PostId.is_in(ids))
            .order_by_asc(comment::Column::Id)
            .all(&db)
            .await?;
        let mut bodies: HashMap<i32, Vec<String>> = HashMap::new();
        for comment in comments {
            bodies
                .entry(comment.post_id)
                .or_default()
                .push(comment.body);
        }
        let entries = posts.into_iter().map(|post| Entry {
            id: post.id,
            title: post.title,
            likes: likes.get(&post.id).copied().unwrap_or_default(),
            comments: bodies.remove(&post.id).unwrap_or_default(),
        });
        Ok(Json(entries.collect()))
    }
}
