//! What each user did. Before: three counts for each, 1 + 3N queries, for all
//! users that there are. After: one query with the counts of a page.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "analytics dashboard",
    "/dashboard",
    &["n-plus-one", "n-plus-one", "n-plus-one", "unbounded-result"],
)
.tables(include_str!("analytics_dashboard.sql"))
.diesel(|| get(in_diesel::before), || get(in_diesel::after))
.sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

/// A line of the dashboard.
#[derive(Serialize)]
struct Line {
    name: String,
    orders: i64,
    visits: i64,
    tickets: i64,
}

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;

    use super::Line;
    use crate::failed::Failed;
    use crate::in_diesel::Diesel;

    diesel::table! {
        users (id) {
            id -> Integer,
            name -> Text,
        }
    }

    diesel::table! {
        orders (id) {
            id -> Integer,
            user_id -> Integer,
        }
    }

    diesel::table! {
        visits (id) {
            id -> Integer,
            user_id -> Integer,
        }
    }

    diesel::table! {
        tickets (id) {
            id -> Integer,
            user_id -> Integer,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(users, orders, visits, tickets);

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Vec<Line>>, Failed> {
        let lines = diesel.run(|conn| {
            let mut lines = Vec::new();
            let users: Vec<(i32, String)> = users::table.order(users::id).load(conn)?;
            for (id, name) in users {
                let orders = orders::table.filter(orders::user_id.eq(id)).count();
                let visits = visits::table.filter(visits::user_id.eq(id)).count();
                let tickets = tickets::table.filter(tickets::user_id.eq(id)).count();
                lines.push(Line {
                    name,
                    orders: orders.get_result(conn)?,
                    visits: visits.get_result(conn)?,
                    tickets: tickets.get_result(conn)?,
                });
            }
            Ok(lines)
        });
        Ok(Json(lines.await?))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Vec<Line>>, Failed> {
        let lines = diesel.run(|conn| {
            let orders = orders::table.filter(orders::user_id.eq(users::id)).count();
            let visits = visits::table.filter(visits::user_id.eq(users::id)).count();
            let tickets = tickets::table
                .filter(tickets::user_id.eq(users::id))
                .count();
            users::table
                .select((
                    users::name,
                    orders.single_value().assume_not_null(),
                    visits.single_value().assume_not_null(),
                    tickets.single_value().assume_not_null(),
                ))
                .order(users::id)
                .limit(50)
                .load::<(String, i64, i64, i64)>(conn)
        });
        let lines = lines.await?.into_iter();
        let lines = lines.map(|(name, orders, visits, tickets)| Line {
            name,
            orders,
            visits,
            tickets,
        });
        Ok(Json(lines.collect()))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{
        ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
        QueryOrder, QueryResult, Statement,
    };

    use super::Line;
    use crate::case::SeaOrm;
    use crate::failed::Failed;

    mod user {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "users")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// A table of what users did.
    macro_rules! of_user {
        ($module:ident, $table:literal) => {
            mod $module {
                use sea_orm::entity::prelude::*;

                #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
                #[sea_orm(table_name = $table)]
                pub(crate) struct Model {
                    #[sea_orm(primary_key)]
                    pub id: i32,
                    pub user_id: i32,
                }

                #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
                pub(crate) enum Relation {}

                impl ActiveModelBehavior for ActiveModel {}
            }
        };
    }
    of_user!(order, "orders");
    of_user!(visit, "visits");
    of_user!(ticket, "tickets");

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Json<Vec<Line>>, Failed> {
        let mut lines = Vec::new();
        let users = user::Entity::find().order_by_asc(user::Column::Id);
        for user in users.all(&db).await? {
            let orders = order::Entity::find().filter(order::Column::UserId.eq(user.id));
            let visits = visit::Entity::find().filter(visit::Column::UserId.eq(user.id));
            let tickets = ticket::Entity::find().filter(ticket::Column::UserId.eq(user.id));
            lines.push(Line {
                name: user.name,
                orders: i64::try_from(orders.count(&db).await?)?,
                visits: i64::try_from(visits.count(&db).await?)?,
                tickets: i64::try_from(tickets.count(&db).await?)?,
            });
        }
        Ok(Json(lines))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Vec<Line>>, Failed> {
        let counts = "SELECT name,
            (SELECT count(*) FROM orders WHERE user_id = users.id) AS orders,
            (SELECT count(*) FROM visits WHERE user_id = users.id) AS visits,
            (SELECT count(*) FROM tickets WHERE user_id = users.id) AS tickets
            FROM users ORDER BY id LIMIT 50";
        let counts = Statement::from_string(DbBackend::Sqlite, counts);
        let lines = db.query_all_raw(counts).await?;
        let lines: Result<Vec<Line>, DbErr> = lines.iter().map(line).collect();
        Ok(Json(lines?))
    }

    fn line(row: &QueryResult) -> Result<Line, DbErr> {
        Ok(Line {
            name: row.try_get("", "name")?,
            orders: row.try_get("", "orders")?,
            visits: row.try_get("", "visits")?,
            tickets: row.try_get("", "tickets")?,
        })
    }
}
