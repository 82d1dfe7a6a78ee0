//! The tables of the tests of guarded connections, on each database.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Schema};

#[expect(unreachable_pub, reason = "the macro wants it `pub`")]
pub(crate) mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "guarded_authors")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub posts: HasMany<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(unreachable_pub, reason = "the macro wants it `pub`")]
pub(crate) mod post {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "guarded_posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub title: String,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A connection that nobody watches, to twenty authors with a post each.
pub(crate) async fn filled(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // An in-memory database belongs to one connection.
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(false);
    let db = Database::connect(options).await.expect("it connects");
    for table in ["guarded_posts", "guarded_authors"] {
        db.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}"))
            .await
            .expect("old tables are dropped");
    }
    let schema = Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(author::Entity))
        .await
        .expect("authors are made");
    db.execute(&schema.create_table_from_entity(post::Entity))
        .await
        .expect("posts are made");
    let names: Vec<_> = (1..=20).map(|id| format!("('author {id}')")).collect();
    let titles: Vec<_> = (1..=20).map(|id| format!("({id}, 'post {id}')")).collect();
    for sql in [
        format!(
            "INSERT INTO guarded_authors (name) VALUES {}",
            names.join(", ")
        ),
        format!(
            "INSERT INTO guarded_posts (author_id, title) VALUES {}",
            titles.join(", ")
        ),
    ] {
        db.execute_unprepared(&sql).await.expect("rows are written");
    }
    db
}

pub(crate) async fn on_sqlite() -> DatabaseConnection {
    filled("sqlite::memory:").await
}

/// A statement that fails at its third row, after it has begun to answer.
pub(crate) fn fails_on_the_way(backend: DbBackend) -> sea_orm::Statement {
    let sql = match backend {
        DbBackend::MySql => {
            "SELECT id, EXP(CASE WHEN id = 3 THEN 1000 ELSE 0 END) AS e FROM guarded_posts WHERE id < 9"
        }
        DbBackend::Postgres => "SELECT 1 / (3 - id) AS e FROM guarded_posts WHERE id < 9",
        _ => {
            "SELECT CASE WHEN id = 3 THEN abs(-9223372036854775807 - 1) ELSE id END AS e FROM guarded_posts WHERE id < 9"
        }
    };
    sea_orm::Statement::from_string(backend, sql)
}

/// A statement that takes its time.
pub(crate) fn slow(backend: DbBackend) -> sea_orm::Statement {
    let sql = match backend {
        DbBackend::MySql => "SELECT SLEEP(0.5) AS n",
        DbBackend::Postgres => "SELECT 1 AS n FROM pg_sleep(0.5)",
        _ => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT COUNT(*) AS n FROM n"
        }
    };
    sea_orm::Statement::from_string(backend, sql)
}
