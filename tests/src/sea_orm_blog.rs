//! The blog in SeaORM.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectOptions, Database, QueryOrder, QuerySelect};

pub mod author {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
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

pub mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::author::Entity",
            from = "Column::AuthorId",
            to = "super::author::Column::Id"
        )]
        Author,
    }

    impl Related<super::author::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Author.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A connection to a database with `posts` posts, each by its own author.
pub async fn connect(posts: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // An in-memory database belongs to one connection.
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(false);
    let mut db = Database::connect(options).await.expect("sqlite opens");
    for sql in [
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL)".to_owned(),
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL)".to_owned(),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {posts})
             INSERT INTO posts SELECT i, i, 'post ' || i FROM n"
        ),
        "INSERT INTO authors SELECT id, 'author ' || id FROM posts".to_owned(),
    ] {
        db.execute_unprepared(&sql).await.expect("the tables are made");
    }
    perfguard::sea_orm::install(&mut db);
    db
}

pub async fn latest(db: &DatabaseConnection, n: u64) -> Vec<post::Model> {
    post::Entity::find()
        .order_by_desc(post::Column::Id)
        .limit(n)
        .all(db)
        .await
        .expect("posts are read")
}

pub async fn find_author(db: &impl ConnectionTrait, id: i32) -> author::Model {
    author::Entity::find_by_id(id)
        .one(db)
        .await
        .expect("authors are read")
        .expect("the author exists")
}
