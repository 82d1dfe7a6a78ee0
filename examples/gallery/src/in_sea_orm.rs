//! The gallery's databases in SeaORM.

use perfguard::sea_orm::Guarded;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr};

use crate::case::SeaOrm;

/// The tables of the blog.
pub(crate) mod blog {
    pub(crate) mod author {
        use sea_orm::entity::prelude::*;
        use serde::Serialize;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
        #[sea_orm(table_name = "authors")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub(crate) mod post {
        use sea_orm::entity::prelude::*;
        use serde::Serialize;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
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
}

/// A new in-memory database with these tables.
pub(crate) async fn open(tables: &str) -> Result<SeaOrm, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .sqlx_logging(false)
        // An in-memory database is gone with its last connection.
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    db.execute_unprepared(tables).await?;
    Ok(Guarded::new(db))
}
