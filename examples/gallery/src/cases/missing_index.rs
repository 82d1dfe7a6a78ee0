//! What a user has open. The handler is right, before and after; what it asks
//! for is found by reading every order until the tables have an index. A test
//! that runs on ten rows, or on twenty thousand, passes either way: only the
//! plan tells.

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new("missing index", "/users/7/open", &["missing-index"])
    .tables(include_str!("missing_index.sql"))
    .repaired_by("CREATE INDEX orders_user_id_status_idx ON orders (user_id, status);")
    .explained()
    .diesel(|| get(in_diesel::open), || get(in_diesel::open))
    .sea_orm(|| get(in_sea_orm::open), || get(in_sea_orm::open));

const USER: i32 = 7;

/// The open orders of a user.
#[derive(Serialize)]
struct Open {
    count: i64,
    cents: Option<i64>,
}

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::dsl::{count_star, sum};
    use diesel::prelude::*;

    use super::{Open, USER};
    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! {
        orders (id) {
            id -> Integer,
            user_id -> Integer,
            status -> Text,
            cents -> Integer,
        }
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn open(State(diesel): State<Diesel>) -> Result<Json<Open>, Failed> {
        let (count, cents) = diesel
            .run(|conn| {
                orders::table
                    .filter(orders::user_id.eq(USER))
                    .filter(orders::status.eq("open"))
                    .select((count_star(), sum(orders::cents)))
                    .first(conn)
            })
            .await?;
        Ok(Json(Open { count, cents }))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

    use super::{Open, USER};
    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod order {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "orders")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub user_id: i32,
            pub status: String,
            pub cents: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn open(State(db): State<SeaOrm>) -> Result<Json<Open>, Failed> {
        let found: Option<(i64, Option<i64>)> = order::Entity::find()
            .select_only()
            .column_as(order::Column::Id.count(), "count")
            .column_as(order::Column::Cents.sum(), "cents")
            .filter(order::Column::UserId.eq(USER))
            .filter(order::Column::Status.eq("open"))
            .into_tuple()
            .one(&db)
            .await?;
        let (count, cents) = found.unwrap_or_default();
        Ok(Json(Open { count, cents }))
    }
}
