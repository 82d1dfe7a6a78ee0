//! SeaORM on SQLite in memory.
#![expect(unreachable_pub, reason = "the derived code is public")]

use std::error::Error;
use std::hint::black_box;
use std::io;

use perfguard::sea_orm::Guarded;
use perfguard::{Enforcement, Settings};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait};
use tokio::runtime::{Builder, Runtime};
use tracing::subscriber::set_global_default;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::contender::{Contender, Group, LookUp, Role, Sees};
use crate::workload::{TABLES, Three, threes};

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub age: Option<i32>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub author_id: Option<i32>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod comment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        pub post_id: Option<i32>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Many queries in one scope: the cost of a query.
pub(crate) fn queries() -> Group {
    let mut contenders = vec![
        Contender {
            id: "sea-orm",
            title: "no callback",
            role: Role::Reference,
            sees: Sees::Nothing,
            set_up: || Ok(all(connect(|_| {})?)),
        },
        Contender {
            id: "sea-orm-again",
            title: "the same again: the noise",
            role: Role::Reference,
            sees: Sees::Nothing,
            set_up: || Ok(all(connect(|_| {})?)),
        },
        Contender {
            id: "sea-orm-no-op",
            title: "a callback that does nothing",
            role: Role::Reference,
            sees: Sees::Nothing,
            set_up: || {
                Ok(all(connect(|db| {
                    db.set_metric_callback(|info| {
                        black_box(info);
                    });
                })?))
            },
        },
        Contender {
            id: "sea-orm-perfguard",
            title: "perfguard, in a scope",
            role: Role::Perfguard(Some(1.0)),
            sees: Sees::Scoped,
            set_up: || Ok(all_in_scope(connect_watched()?)),
        },
        Contender {
            id: "sea-orm-perfguard-guarded",
            title: "perfguard, guarded, in a scope",
            role: Role::Perfguard(Some(1.5)),
            sees: Sees::Scoped,
            set_up: || {
                // Without the callback, which it does not need.
                only_warn()?;
                let Connected { db, runtime } = connect(|_| {})?;
                let db = Guarded::new(db);
                Ok(all_in_scope(Connected { db, runtime }))
            },
        },
        Contender {
            id: "sea-orm-sqlx-logging",
            title: "sqlx's log at INFO, `Registry` and `fmt` into a sink",
            role: Role::Peer,
            sees: Sees::Nothing,
            set_up: || {
                let only = Targets::new().with_target("sqlx", LevelFilter::INFO);
                let format = tracing_subscriber::fmt::layer().with_writer(io::sink);
                set_global_default(registry().with(only).with(format))?;
                Ok(all(connect(|_| {})?))
            },
        },
    ];
    if cfg!(feature = "tracing-spans") {
        contenders.push(Contender {
            id: "sea-orm-tracing-spans",
            title: "SeaORM's `tracing-spans` into a bare `Registry`",
            role: Role::Peer,
            sees: Sees::Nothing,
            set_up: || {
                let only = Targets::new().with_target("sea_orm", LevelFilter::INFO);
                set_global_default(registry().with(only))?;
                Ok(all(connect(|_| {})?))
            },
        });
    }
    Group {
        title: "SeaORM, `find_by_id(id).one`, 1 200 in a scope",
        contenders,
    }
}

/// Few queries in each scope: the cost of a scope and of its queries.
pub(crate) fn handlers() -> Group {
    Group {
        title: "SeaORM, a handler of 3 such look-ups in 3 tables, per query",
        contenders: vec![
            Contender {
                id: "sea-orm-handler",
                title: "no callback",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(in_threes(connect(|_| {})?)),
            },
            Contender {
                id: "sea-orm-handler-again",
                title: "the same again: the noise",
                role: Role::Reference,
                sees: Sees::Nothing,
                set_up: || Ok(in_threes(connect(|_| {})?)),
            },
            Contender {
                id: "sea-orm-handler-perfguard",
                title: "perfguard, a scope per handler",
                role: Role::Perfguard(None),
                sees: Sees::Scoped,
                set_up: || Ok(in_threes_in_scopes(connect_watched()?)),
            },
        ],
    }
}

struct Connected<C> {
    db: C,
    runtime: Runtime,
}

fn connect(
    install: fn(&mut DatabaseConnection),
) -> Result<Connected<DatabaseConnection>, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // One connection: each has a memory of its own.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.min_connections(1).max_connections(1);
    let db = runtime.block_on(async {
        let mut db = Database::connect(options).await?;
        db.execute_unprepared(TABLES).await?;
        install(&mut db);
        Ok::<_, DbErr>(db)
    })?;
    Ok(Connected { db, runtime })
}

fn connect_watched() -> Result<Connected<DatabaseConnection>, Box<dyn Error>> {
    only_warn()?;
    connect(perfguard::sea_orm::install)
}

fn only_warn() -> Result<(), perfguard::Error> {
    Settings::new().enforcement(Enforcement::Warn).install()
}

fn all<C: ConnectionTrait + 'static>(connected: Connected<C>) -> LookUp {
    Box::new(move |ids| {
        let Connected { db, runtime } = &connected;
        Ok(runtime.block_on(look_up_all(db, ids))?)
    })
}

fn all_in_scope<C: ConnectionTrait + 'static>(connected: Connected<C>) -> LookUp {
    Box::new(move |ids| {
        let Connected { db, runtime } = &connected;
        Ok(runtime.block_on(look_up_all_in_scope(db, ids))?)
    })
}

fn in_threes<C: ConnectionTrait + 'static>(connected: Connected<C>) -> LookUp {
    Box::new(move |ids| {
        let Connected { db, runtime } = &connected;
        Ok(runtime.block_on(async {
            for three in threes(ids) {
                handler(db, three).await?;
            }
            Ok::<_, DbErr>(())
        })?)
    })
}

fn in_threes_in_scopes<C: ConnectionTrait + 'static>(connected: Connected<C>) -> LookUp {
    Box::new(move |ids| {
        let Connected { db, runtime } = &connected;
        Ok(runtime.block_on(async {
            for three in threes(ids) {
                handler_in_scope(db, three).await?;
            }
            Ok::<_, DbErr>(())
        })?)
    })
}

async fn look_up_all<C: ConnectionTrait>(db: &C, ids: &[i32]) -> Result<(), DbErr> {
    for id in ids {
        black_box(user::Entity::find_by_id(black_box(*id)).one(db).await?);
    }
    Ok(())
}

#[perfguard::query_budget(max = 1_200, allow(n_plus_one, reason = "it is what is measured"))]
async fn look_up_all_in_scope<C: ConnectionTrait>(db: &C, ids: &[i32]) -> Result<(), DbErr> {
    look_up_all(db, ids).await
}

async fn handler<C: ConnectionTrait>(db: &C, three: Three) -> Result<(), DbErr> {
    let Three {
        user,
        post,
        comment,
    } = black_box(three);
    black_box(user::Entity::find_by_id(user).one(db).await?);
    black_box(post::Entity::find_by_id(post).one(db).await?);
    black_box(comment::Entity::find_by_id(comment).one(db).await?);
    Ok(())
}

#[perfguard::query_budget(max = 3)]
async fn handler_in_scope<C: ConnectionTrait>(db: &C, three: Three) -> Result<(), DbErr> {
    handler(db, three).await
}
