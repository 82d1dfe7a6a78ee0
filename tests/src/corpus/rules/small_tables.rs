//! A table that is declared small, `countries`: reading all of it is no
//! mistake, and everything else is one as ever. No other case reads it.

use std::time::Duration;

use diesel::prelude::*;
use perfguard::Settings;
use perfguard::statement::Dialect::{MySql, Postgres};
use sea_orm::{EntityTrait, QueryOrder};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{countries, posts};
use crate::corpus::in_sea_orm::country;
use crate::corpus::told::{opaque, ran, returned};

const ID: &str = "unbounded-result";

/// Declares it, for the process, in which each warning is written.
///
/// # Errors
/// If a scope has been opened before.
pub fn declare() -> Result<(), perfguard::Error> {
    Settings::new()
        .small_table("countries", "ISO list, 249 rows")
        .warn_every(Duration::ZERO)
        .install()
}

pub(super) fn rule() -> Rule {
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("small_tables.rs"),
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    vec![
        diesel("all countries", |conn| {
            countries::table.load::<(i32, String)>(conn).map(|_| ())
        }),
        diesel_guarded("all countries, sorted and counted", |conn| {
            let countries = countries::table.order(countries::name);
            assert_eq!(countries.load::<(i32, String)>(conn)?.len(), 249);
            Ok(())
        }),
        diesel("all countries, in production", |conn| {
            countries::table.load::<(i32, String)>(conn).map(|_| ())
        })
        .in_production(),
        sea_orm("all countries of SeaORM", async |db| {
            country::Entity::find().all(&db).await.map(|_| ())
        }),
        sea_orm_guarded("all countries of SeaORM, sorted and counted", async |db| {
            let countries = country::Entity::find().order_by_asc(country::Column::Name);
            assert_eq!(countries.all(&db).await?.len(), 249);
            Ok(())
        }),
        told("all countries of a schema", || {
            returned(Postgres, "SELECT id, name FROM public.countries", 0, 249);
        }),
        told("all countries in upper case", || {
            ran(MySql, "SELECT `id` FROM `COUNTRIES` ORDER BY `name`", 0);
        }),
        diesel("all countries and all posts", |conn| {
            let both = countries::table.inner_join(posts::table.on(posts::id.eq(countries::id)));
            let both = both.select((countries::name, posts::title));
            both.load::<(String, String)>(conn).map(|_| ())
        })
        .finds(ID, 1),
        diesel("one country after the other", |conn| {
            for id in 1..=opaque(6) {
                let country = countries::table.find(id).select(countries::name);
                country.first::<String>(conn)?;
            }
            Ok(())
        })
        .finds("n-plus-one", 6),
        sea_orm("all countries of SeaORM, twice", async |db| {
            for _ in 0..opaque(2) {
                country::Entity::find().all(&db).await?;
            }
            Ok(())
        })
        .finds("duplicate-query", 2),
        told("a table whose name ends alike", || {
            ran(Postgres, "SELECT id, name FROM old_countries", 0);
        })
        .finds(ID, 1),
        told("all countries and all regions", || {
            let sql = "SELECT id, name FROM countries UNION ALL SELECT id, name FROM regions";
            ran(Postgres, sql, 0);
        })
        .finds(ID, 1),
    ]
}
