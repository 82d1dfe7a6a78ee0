use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use perfguard::statement::Dialect::{MySql, Postgres};
use sea_orm::{DerivePartialModel, EntityTrait, QueryOrder, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::products;
use crate::corpus::in_sea_orm::product;
use crate::corpus::told::{opaque, returned};

const ID: &str = "wide-select";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("wide_select.rs"),
        cases,
    }
}

#[derive(QueryableByName)]
struct Product {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "product::Entity")]
struct Row {
    id: i32,
    name: String,
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_guarded("all there is of 150 products", |conn| {
            let sql = "SELECT * FROM products ORDER BY id LIMIT 150";
            let found: Vec<Product> = diesel::sql_query(sql).load(conn)?; //~ all there is of 150 products
            assert!(found.iter().all(|it| it.id > 0 && !it.name.is_empty()));
            Ok(())
        })
        .notes(ID)
        .repair_guarded(".select((id, title))", |conn| {
            products::table
                .select((products::id, products::name))
                .order(products::id)
                .limit(150)
                .load::<(i32, String)>(conn)?;
            Ok(())
        }),
        diesel_guarded("all there is of a hundred products", |conn| {
            let sql = "SELECT * FROM products ORDER BY id LIMIT 100";
            diesel::sql_query(sql).load::<Product>(conn)?;
            Ok(())
        }),
        diesel_guarded("two columns of 150 products", |conn| {
            products::table
                .select((products::id, products::name))
                .order(products::id)
                .limit(150)
                .load::<(i32, String)>(conn)?;
            Ok(())
        }),
        diesel("all there is of an unknown number of products", |conn| {
            let sql = "SELECT * FROM products ORDER BY id LIMIT 150";
            diesel::sql_query(sql).load::<Product>(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("150 products with all columns", async |db| {
            product::Entity::find()
                .order_by_asc(product::Column::Id)
                .limit(150)
                .all(&db)
                .await?; //~ 150 products with all columns
            Ok(())
        })
        .notes(ID)
        .repair_in_sea_orm_guarded(".into_partial_model::<Row>()", async |db| {
            let rows = product::Entity::find()
                .order_by_asc(product::Column::Id)
                .limit(150)
                .into_partial_model::<Row>()
                .all(&db)
                .await?;
            assert!(rows.iter().all(|it| it.id > 0 && !it.name.is_empty()));
            Ok(())
        })
        .repair_in_sea_orm_guarded(".select_only().columns([..])", async |db| {
            product::Entity::find()
                .select_only()
                .columns([product::Column::Id, product::Column::Name])
                .order_by_asc(product::Column::Id)
                .limit(150)
                .into_tuple::<(i32, String)>()
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm_guarded("20 products with all columns", async |db| {
            product::Entity::find()
                .order_by_asc(product::Column::Id)
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm(
            "an unknown number of products with all columns",
            async |db| {
                product::Entity::find()
                    .order_by_asc(product::Column::Id)
                    .limit(150)
                    .all(&db)
                    .await?;
                Ok(())
            },
        ),
    ]
}

fn of_other_databases() -> Vec<Case> {
    let star = "SELECT * FROM posts WHERE author_id = ANY($1)";
    vec![
        told("a star, 101 rows", || returned(Postgres, star, 1, 101)).notes(ID),
        told("a star of one table, 101 rows", || {
            returned(MySql, "SELECT p.*, 1 FROM `posts` p LIMIT ?", 1, 101);
        })
        .notes(ID),
        told("a star, 100 rows", || returned(Postgres, star, 1, 100)),
        told("a count of many", || {
            returned(Postgres, "SELECT count(*) FROM posts", 1, 1);
        }),
        told("many look-ups of all columns", || {
            for id in 0..opaque(200) {
                returned(Postgres, star, id, 1);
            }
        }),
    ]
}
