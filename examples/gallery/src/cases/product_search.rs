//! Products by a part of their name. Before: counted by `LIKE '%7777%'`, and
//! all of them loaded to pick the first in memory. After: a full-text index
//! that knows parts of words, and a LIMIT.

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "product search",
    "/search",
    &["unbounded-result", "leading-wildcard"],
)
.tables(include_str!("product_search.sql"))
.diesel(|| get(in_diesel::before), || get(in_diesel::after))
.sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

/// What somebody typed.
const WORD: &str = "7777";

/// As many as a page shows.
const PAGE: usize = 20;

/// The first products of a search, and how many there are.
#[derive(Serialize)]
struct Found {
    count: i64,
    names: Vec<String>,
}

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Text};

    use super::{Found, PAGE, WORD};
    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! {
        products (id) {
            id -> Integer,
            name -> Text,
        }
    }

    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }

    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Found>, Failed> {
        let found = diesel.run(|conn| {
            let count = products::table
                .filter(products::name.like(format!("%{WORD}%")))
                .count()
                .get_result(conn)?;
            let all: Vec<String> = products::table.select(products::name).load(conn)?;
            let names = all.into_iter().filter(|name| name.contains(WORD));
            Ok(Found {
                count,
                names: names.take(PAGE).collect(),
            })
        });
        Ok(Json(found.await?))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Found>, Failed> {
        let count = "SELECT count(*) AS count FROM products_fts WHERE products_fts MATCH ?";
        let page =
            "SELECT name FROM products_fts WHERE products_fts MATCH ? ORDER BY rowid LIMIT 20";
        let found = diesel.run(move |conn| {
            let counted: Counted = diesel::sql_query(count)
                .bind::<Text, _>(WORD)
                .get_result(conn)?;
            let named: Vec<Named> = diesel::sql_query(page).bind::<Text, _>(WORD).load(conn)?;
            Ok(Found {
                count: counted.count,
                names: named.into_iter().map(|it| it.name).collect(),
            })
        });
        Ok(Json(found.await?))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{
        ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
        QuerySelect, Statement, Value,
    };

    use super::{Found, PAGE, WORD};
    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod product {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "products")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Json<Found>, Failed> {
        let count = product::Entity::find()
            .filter(product::Column::Name.contains(WORD))
            .count(&db)
            .await?;
        let all: Vec<String> = product::Entity::find()
            .select_only()
            .column(product::Column::Name)
            .into_tuple()
            .all(&db)
            .await?;
        let names = all.into_iter().filter(|name| name.contains(WORD));
        Ok(Json(Found {
            count: i64::try_from(count)?,
            names: names.take(PAGE).collect(),
        }))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Found>, Failed> {
        let searching =
            |sql: &str| Statement::from_sql_and_values(DbBackend::Sqlite, sql, [Value::from(WORD)]);
        let count =
            searching("SELECT count(*) AS count FROM products_fts WHERE products_fts MATCH ?");
        let count = db.query_one_raw(count).await?;
        let page = searching(
            "SELECT name FROM products_fts WHERE products_fts MATCH ? ORDER BY rowid LIMIT 20",
        );
        let page = db.query_all_raw(page).await?;
        let names: Result<Vec<String>, DbErr> =
            page.iter().map(|row| row.try_get("", "name")).collect();
        Ok(Json(Found {
            count: count.map_or(Ok(0), |row| row.try_get("", "count"))?,
            names: names?,
        }))
    }
}
