//! How many orders of others each shop's orders beat in price. Before: every
//! request compares each order with each. After: a job has computed it once,
//! and requests read its table.

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "uncached computation",
    "/ranking",
    &["cache-candidate", "slow-query"],
)
.tables(include_str!("shop_ranking.sql"))
.asked(2)
.diesel(|| get(in_diesel::before), || get(in_diesel::after))
.sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

const YEAR: i32 = 2026;

const COMPUTED: &str = "SELECT a.shop_id, count(*) AS beaten
    FROM orders a JOIN orders b ON b.price < a.price
    WHERE a.year = ? GROUP BY a.shop_id ORDER BY a.shop_id";

/// What every version answers.
#[derive(Serialize)]
struct Rank {
    shop_id: i32,
    beaten: i64,
}

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Integer};

    use super::{COMPUTED, Rank, YEAR};
    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! {
        rankings (year, shop_id) {
            year -> Integer,
            shop_id -> Integer,
            beaten -> BigInt,
        }
    }

    #[derive(QueryableByName)]
    struct Computed {
        #[diesel(sql_type = Integer)]
        shop_id: i32,
        #[diesel(sql_type = BigInt)]
        beaten: i64,
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Vec<Rank>>, Failed> {
        let computed: Vec<Computed> = diesel
            .run(|conn| {
                diesel::sql_query(COMPUTED)
                    .bind::<Integer, _>(YEAR)
                    .load(conn)
            })
            .await?;
        let ranking = computed.into_iter().map(|it| Rank {
            shop_id: it.shop_id,
            beaten: it.beaten,
        });
        Ok(Json(ranking.collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Vec<Rank>>, Failed> {
        let ranking: Vec<(i32, i64)> = diesel
            .run(|conn| {
                rankings::table
                    .filter(rankings::year.eq(YEAR))
                    .order(rankings::shop_id)
                    .select((rankings::shop_id, rankings::beaten))
                    .limit(100)
                    .load(conn)
            })
            .await?;
        let ranking = ranking
            .into_iter()
            .map(|(shop_id, beaten)| Rank { shop_id, beaten });
        Ok(Json(ranking.collect()))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{
        ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement,
    };

    use super::{COMPUTED, Rank, YEAR};
    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod ranking {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "rankings")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub year: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub shop_id: i32,
            pub beaten: i64,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[derive(FromQueryResult)]
    struct Computed {
        shop_id: i32,
        beaten: i64,
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Json<Vec<Rank>>, Failed> {
        let backend = db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, COMPUTED, [YEAR.into()]);
        let computed = Computed::find_by_statement(statement).all(&db).await?;
        let ranking = computed.into_iter().map(|it| Rank {
            shop_id: it.shop_id,
            beaten: it.beaten,
        });
        Ok(Json(ranking.collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Vec<Rank>>, Failed> {
        let ranking = ranking::Entity::find()
            .filter(ranking::Column::Year.eq(YEAR))
            .order_by_asc(ranking::Column::ShopId)
            .limit(100)
            .all(&db)
            .await?;
        let ranking = ranking.into_iter().map(|it| Rank {
            shop_id: it.shop_id,
            beaten: it.beaten,
        });
        Ok(Json(ranking.collect()))
    }
}
