//! Many rows that are read, and few that are answered. What else is wrong with
//! such a list is allowed here, and stands in the files of those rules.

use std::collections::BTreeMap;

use diesel::dsl;
use diesel::prelude::*;
use perfguard::diesel::Guarded;
use perfguard::sea_orm::Guarded as SeaOrmGuarded;
use perfguard::statement::Dialect::Postgres;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm_guarded, told};
use crate::corpus::in_diesel::{events, tags};
use crate::corpus::in_sea_orm::{event, tag};
use crate::corpus::told::{opaque, ran, returned};

const ID: &str = "in-memory-page";

type Db = Guarded<SqliteConnection>;
type SeaOrm = SeaOrmGuarded<DatabaseConnection>;

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("in_memory_page.rs"),
        cases,
    }
}

/// The first events in the order of their keys, all of them.
fn first_events<C>(conn: &mut C, most: i32) -> QueryResult<Vec<(i32, String)>>
where
    C: diesel::connection::LoadConnection<Backend = diesel::sqlite::Sqlite>,
{
    let events = events::table.filter(events::id.le(most));
    events.order(events::id).load(conn) //~ a page that is cut
}

/// `shown` of the first `most` events.
#[perfguard::query_budget(
    max = 1,
    allow(missing_pagination, unbounded_result, reason = "another rule's")
)]
fn cut(conn: &mut Db, most: i32, shown: usize) -> QueryResult<Vec<(i32, String)>> {
    let events = first_events(conn, most)?;
    Ok(events.into_iter().take(shown).collect())
}

/// How many of the first events are of which kind.
#[perfguard::query_budget(
    max = 1,
    allow(missing_pagination, unbounded_result, reason = "another rule's")
)]
fn kinds(conn: &mut Db) -> QueryResult<Vec<(String, usize)>> {
    let mut kinds = BTreeMap::new();
    for (_, kind) in first_events(conn, 1_200)? {
        *kinds.entry(kind).or_default() += 1;
    }
    Ok(kinds.into_iter().collect())
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_guarded("a page that is cut", |conn| cut(conn, 300, 20).map(|_| ()))
            .notes(ID)
            .repair_guarded(".limit(n)", |conn| {
                #[perfguard::query_budget(max = 1)]
                fn page(conn: &mut Db) -> QueryResult<Vec<(i32, String)>> {
                    events::table.order(events::id).limit(20).load(conn)
                }
                page(conn).map(|_| ())
            }),
        diesel_guarded("rows that are filtered in memory", |conn| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            fn rare(conn: &mut Db) -> QueryResult<Vec<(i32, String)>> {
                let mut events = first_events(conn, 1_200)?;
                events.retain(|(_, kind)| kind == "rare");
                Ok(events)
            }
            rare(conn).map(|_| ())
        })
        .notes(ID)
        .repair_guarded("`.filter(..)`", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn rare(conn: &mut Db) -> QueryResult<Vec<(i32, String)>> {
                events::table.filter(events::kind.eq("rare")).load(conn)
            }
            rare(conn).map(|_| ())
        }),
        diesel_guarded("rows that are counted in memory", |conn| {
            kinds(conn).map(|_| ())
        })
        .notes(ID)
        .repair_guarded("`.group_by(..)` with aggregates", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn kinds(conn: &mut Db) -> QueryResult<Vec<(String, i64)>> {
                let events = events::table.group_by(events::kind);
                events.select((events::kind, dsl::count_star())).load(conn)
            }
            kinds(conn).map(|_| ())
        }),
        diesel_guarded("the first of them, as an option", |conn| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            fn first(conn: &mut Db) -> QueryResult<Option<Box<[i32]>>> {
                let events = first_events(conn, 101)?;
                Ok(Some(events.into_iter().map(|(id, _)| id).take(1).collect()))
            }
            first(conn).map(|_| ())
        })
        .notes(ID),
        diesel_guarded("a fourth is shown", |conn| cut(conn, 300, 75).map(|_| ())),
        diesel_guarded("100 rows, one shown", |conn| cut(conn, 100, 1).map(|_| ())),
        diesel_guarded("all are shown", |conn| cut(conn, 300, 300).map(|_| ())),
        diesel_guarded("none is shown", |conn| cut(conn, 300, 0).map(|_| ())),
        diesel_guarded("how many items a map has is unknown", |conn| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            fn by_kind(conn: &mut Db) -> QueryResult<BTreeMap<String, i32>> {
                let events = first_events(conn, 300)?;
                Ok(events.into_iter().map(|(id, kind)| (kind, id)).collect())
            }
            by_kind(conn).map(|_| ())
        }),
        diesel_guarded("events of each tag", |conn| {
            #[perfguard::query_budget(
                max = 2,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            fn of_tags(conn: &mut Db) -> QueryResult<Vec<(i32, Vec<i32>)>> {
                let tags: Vec<i32> = tags::table.select(tags::id).limit(6).load(conn)?;
                let events = first_events(conn, 300)?;
                let of = |tag: i32| events.iter().map(move |(id, _)| *id + tag);
                Ok(tags
                    .into_iter()
                    .map(|tag| (tag, of(tag).collect()))
                    .collect())
            }
            of_tags(conn).map(|_| ())
        }),
        diesel_guarded("rows that are written again", |conn| {
            #[perfguard::query_budget(
                max = 2,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            fn archive(conn: &mut Db) -> QueryResult<Vec<i32>> {
                let events = first_events(conn, 300)?;
                let ids = events.iter().map(|(id, _)| *id);
                diesel::update(events::table.filter(events::id.eq_any(ids)))
                    .set(events::kind.eq("old"))
                    .execute(conn)?;
                Ok(events.into_iter().map(|(id, _)| id).take(5).collect())
            }
            archive(conn).map(|_| ())
        }),
        diesel("rows that nobody counts", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn cut(conn: &mut SqliteConnection) -> QueryResult<Vec<(i32, String)>> {
                let events = first_events(conn, 300)?;
                Ok(events.into_iter().take(20).collect())
            }
            cut(conn).map(|_| ())
        }),
    ]
}

/// The first events in the order of their keys, all of them.
async fn all_first(db: &SeaOrm, most: i32) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Id.lte(most))
        .order_by_asc(event::Column::Id)
        .all(db)
        .await //~ a page of SeaORM that is cut
}

#[perfguard::query_budget(
    max = 1,
    allow(missing_pagination, unbounded_result, reason = "another rule's")
)]
async fn cut_of(db: &SeaOrm, most: i32, shown: usize) -> Result<Vec<event::Model>, DbErr> {
    let events = all_first(db, most).await?;
    Ok(events.into_iter().take(shown).collect())
}

#[perfguard::query_budget(
    max = 1,
    allow(missing_pagination, unbounded_result, reason = "another rule's")
)]
async fn kinds_of(db: &SeaOrm) -> Result<Vec<(String, usize)>, DbErr> {
    let mut kinds = BTreeMap::new();
    for event in all_first(db, 1_200).await? {
        *kinds.entry(event.kind).or_default() += 1;
    }
    Ok(kinds.into_iter().collect())
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("a page of SeaORM that is cut", async |db| {
            cut_of(&db, 300, 20).await.map(|_| ())
        })
        .notes(ID)
        .repair_in_sea_orm_guarded(".limit(n)", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn page(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                let events = event::Entity::find().order_by_asc(event::Column::Id);
                events.limit(20).all(db).await
            }
            page(&db).await.map(|_| ())
        })
        .repair_in_sea_orm_guarded(".paginate(db, n)", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn page(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                let events = event::Entity::find().order_by_asc(event::Column::Id);
                events.paginate(db, 20).fetch_page(0).await
            }
            page(&db).await.map(|_| ())
        }),
        sea_orm_guarded("rows of SeaORM that are filtered in memory", async |db| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            async fn rare(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                let mut events = all_first(db, 1_200).await?;
                events.retain(|event| event.kind == "rare");
                Ok(events)
            }
            rare(&db).await.map(|_| ())
        })
        .notes(ID)
        .repair_in_sea_orm_guarded("`.filter(..)`", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn rare(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                let events = event::Entity::find().filter(event::Column::Kind.eq("rare"));
                events.all(db).await
            }
            rare(&db).await.map(|_| ())
        }),
        sea_orm_guarded("rows of SeaORM that are counted in memory", async |db| {
            kinds_of(&db).await.map(|_| ())
        })
        .notes(ID)
        .repair_in_sea_orm_guarded(".column_as(..)", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn kinds(db: &SeaOrm) -> Result<Vec<(String, i64)>, DbErr> {
                let kinds = event::Entity::find().group_by(event::Column::Kind);
                kinds
                    .select_only()
                    .column(event::Column::Kind)
                    .column_as(event::Column::Id.count(), "events")
                    .into_tuple()
                    .all(db)
                    .await
            }
            kinds(&db).await.map(|_| ())
        }),
        sea_orm_guarded("a fourth of SeaORM's is shown", async |db| {
            cut_of(&db, 300, 75).await.map(|_| ())
        }),
        sea_orm_guarded("all of SeaORM's are shown", async |db| {
            cut_of(&db, 300, 300).await.map(|_| ())
        }),
        sea_orm_guarded("what the function answers is unknown", async |db| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            async fn last(db: &SeaOrm) -> Result<String, DbErr> {
                let events = all_first(db, 300).await?;
                Ok(events.into_iter().map(|event| event.kind).collect())
            }
            last(&db).await.map(|_| ())
        }),
        sea_orm_guarded("SeaORM's events of each tag", async |db| {
            #[perfguard::query_budget(
                max = 2,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            async fn of_tags(db: &SeaOrm) -> Result<Vec<(i32, usize)>, DbErr> {
                let tags = tag::Entity::find().limit(6).all(db).await?;
                let events = all_first(db, 300).await?;
                let of = |tag: i32| events.iter().filter(move |it| it.id % 6 + 1 == tag);
                Ok(tags
                    .iter()
                    .map(|tag| (tag.id, of(tag.id).count()))
                    .collect())
            }
            of_tags(&db).await.map(|_| ())
        }),
        sea_orm_guarded(
            "pages of SeaORM, until one has what is wanted",
            async |db| {
                #[perfguard::query_budget(max = 9)]
                async fn search(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                    let events = event::Entity::find().order_by_asc(event::Column::Id);
                    let mut pages = events.paginate(db, 100);
                    while let Some(mut page) = pages.fetch_and_next().await? {
                        page.retain(|event| event.id == 450);
                        if !page.is_empty() {
                            return Ok(page);
                        }
                    }
                    Ok(Vec::new())
                }
                search(&db).await.map(|_| ())
            },
        ),
        sea_orm_guarded("an error is no answer", async |db| {
            #[perfguard::query_budget(
                max = 1,
                allow(missing_pagination, unbounded_result, reason = "another rule's")
            )]
            async fn checked(db: &SeaOrm) -> Result<Vec<event::Model>, DbErr> {
                let events = all_first(db, 300).await?;
                Err(DbErr::Custom(format!("{} are too many", events.len())))
            }
            assert!(checked(&db).await.is_err());
            Ok(())
        }),
    ]
}

/// A list of many rows, of which one is answered.
#[perfguard::query_budget(
    max = 1,
    allow(
        missing_pagination,
        unbounded_result,
        wide_select,
        reason = "another rule's"
    )
)]
fn one_of(sql: &str, rows: u64) -> Vec<u64> {
    returned(Postgres, sql, 7, rows);
    vec![7]
}

/// Each row is a part of what is answered, or not one of many.
const CONDENSED: &[&str] = &[
    "SELECT id, name FROM users WHERE team_id = $1 LIMIT 500",
    "SELECT DISTINCT team_id FROM users WHERE age > $1",
    "SELECT team_id, count(*) FROM users WHERE age > $1 GROUP BY team_id",
    "SELECT u.id, p.id FROM users u JOIN posts p ON p.user_id = u.id WHERE u.age > $1",
    "SELECT id, name FROM users WHERE id IN ($1, 8, 9)",
    "SELECT id, name FROM users WHERE id = ANY($1)",
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = vec![
        told("one of many users", || {
            one_of("SELECT id, name FROM users WHERE team_id = $1", 5_000);
        })
        .notes(ID),
        told("a loop's rows together", || {
            #[perfguard::query_budget(
                max = 4,
                allow(n_plus_one, unbounded_result, reason = "another rule's")
            )]
            fn of_teams() -> Vec<u64> {
                for team in 0..opaque(4) {
                    let sql = "SELECT id, name FROM users WHERE team_id = $1";
                    returned(Postgres, sql, team, 60);
                }
                vec![7]
            }
            of_teams();
        })
        .notes(ID),
        told("in production", || {
            one_of("SELECT id, name FROM users WHERE team_id = $1", 5_000);
        })
        .in_production(),
        told("rows that are unknown", || {
            #[perfguard::query_budget(max = 1)]
            fn first() -> Vec<u64> {
                let sql = "SELECT id, name FROM users WHERE team_id = $1";
                ran(Postgres, sql, 7);
                vec![7]
            }
            first();
        }),
    ];
    for sql in CONDENSED {
        cases.push(told(format!("one of {sql}"), || {
            one_of(sql, 500);
        }));
    }
    cases
}
