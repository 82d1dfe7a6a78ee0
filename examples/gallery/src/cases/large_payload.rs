//! A list of products. Before: all columns of all ten thousand. After: what a
//! page shows of twenty.

use axum::routing::get;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "large payload",
    "/products",
    &["unbounded-result", "missing-pagination", "wide-select"],
)
.tables(include_str!("large_payload.sql"))
.answers_less()
.diesel(|| get(in_diesel::before), || get(in_diesel::after))
.sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;
    use diesel::sql_types::{Integer, Text};
    use serde::Serialize;

    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! {
        products (id) {
            id -> Integer,
            name -> Text,
            price -> Integer,
        }
    }

    #[derive(QueryableByName, Serialize)]
    pub(super) struct Product {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Integer)]
        price: i32,
        #[diesel(sql_type = Text)]
        description: String,
    }

    #[derive(Queryable, Selectable, Serialize)]
    #[diesel(table_name = products)]
    pub(super) struct Row {
        id: i32,
        name: String,
        price: i32,
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Vec<Product>>, Failed> {
        let all = "SELECT * FROM products ORDER BY id";
        let products = diesel
            .run(move |conn| diesel::sql_query(all).load(conn))
            .await?;
        Ok(Json(products))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Vec<Row>>, Failed> {
        let page = diesel.run(|conn| {
            products::table
                .select(Row::as_select())
                .order(products::id)
                .limit(20)
                .load(conn)
        });
        Ok(Json(page.await?))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{DerivePartialModel, EntityTrait, QueryOrder, QuerySelect};
    use serde::Serialize;

    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod product {
        use sea_orm::entity::prelude::*;
        use serde::Serialize;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
        #[sea_orm(table_name = "products")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
            pub price: i32,
            pub description: String,
            pub stock: i32,
            pub weight: i32,
            pub width: i32,
            pub height: i32,
            pub depth: i32,
            pub colour: String,
            pub material: String,
            pub brand: String,
            pub origin: String,
            pub barcode: String,
            pub supplier: i32,
            pub warehouse: i32,
            pub shelf: i32,
            pub rating: i32,
            pub reviews: i32,
            pub created: String,
            pub updated: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[derive(DerivePartialModel, Serialize)]
    #[sea_orm(entity = "product::Entity")]
    pub(super) struct Row {
        id: i32,
        name: String,
        price: i32,
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(
        State(db): State<SeaOrm>,
    ) -> Result<Json<Vec<product::Model>>, Failed> {
        let products = product::Entity::find()
            .order_by_asc(product::Column::Id)
            .all(&db)
            .await?;
        Ok(Json(products))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Vec<Row>>, Failed> {
        let page = product::Entity::find()
            .order_by_asc(product::Column::Id)
            .limit(20)
            .into_partial_model()
            .all(&db)
            .await?;
        Ok(Json(page))
    }
}
