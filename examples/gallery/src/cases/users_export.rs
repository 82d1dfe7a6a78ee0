//! All 50 000 users, a line of JSON for each. Before: the rows, and then the
//! lines, are in memory at once. After: pages by key are written as they come.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream;
use perfguard::Items;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::case::Case;

pub(super) const CASE: Case = Case::new("serialisation in a loop", "/users", &["buffered-export"])
    .tables(include_str!("users_export.sql"))
    .diesel(|| get(in_diesel::before), || get(in_diesel::after))
    .sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

/// How many users are read at once.
const PAGE: u16 = 1_000;

#[derive(Serialize)]
struct Line<'a> {
    id: i32,
    name: &'a str,
}

fn line(id: i32, name: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Line { id, name }).map(|line| line + "\n")
}

/// An answer that is whole before it is sent.
struct Lines(Vec<String>);

impl IntoResponse for Lines {
    fn into_response(self) -> Response {
        self.0.concat().into_response()
    }
}

/// Tells perfguard how many there are.
impl Items for Lines {
    fn items(&self) -> Option<u64> {
        self.0.items()
    }
}

/// An answer that is sent page by page.
fn body(pages: mpsc::Receiver<String>) -> Body {
    let pages = stream::unfold(pages, |mut pages| async move {
        let page = pages.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(page)), pages))
    });
    Body::from_stream(pages)
}

mod in_diesel {
    use axum::body::Body;
    use axum::extract::State;
    use diesel::prelude::*;
    use tokio::sync::mpsc;

    use super::{Lines, PAGE, body, line};
    use crate::failed::Failed;
    use crate::in_diesel::{Connection, Diesel};

    diesel::table! { users (id) { id -> Integer, name -> Text, } }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Lines, Failed> {
        let users: Vec<(i32, String)> = diesel
            .run(|conn| users::table.order(users::id).load(conn))
            .await?;
        let mut lines = Vec::new();
        for (id, name) in users {
            lines.push(line(id, &name)?);
        }
        Ok(Lines(lines))
    }

    // Fifty pages, and one that is empty: as many as are read before it returns.
    #[perfguard::query_budget(max = 51)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Body, Failed> {
        let (sender, receiver) = mpsc::channel(1);
        let (first, mut last) = diesel.clone().run(|conn| page(conn, 0)).await?;
        // The rest is read while it is sent.
        let rest = async move {
            if sender.send(first).await.is_err() {
                return;
            }
            while let Ok((lines, next)) = diesel.clone().run(move |conn| page(conn, last)).await {
                let is_over = lines.is_empty();
                last = next;
                if is_over || sender.send(lines).await.is_err() {
                    return;
                }
            }
        };
        tokio::spawn(perfguard::in_current_scope(rest));
        Ok(body(receiver))
    }

    /// The lines of the users after one, and the last of those.
    fn page(conn: &mut Connection, after: i32) -> QueryResult<(String, i32)> {
        let users: Vec<(i32, String)> = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(PAGE.into())
            .load(conn)?;
        let last = users.last().map_or(after, |(id, _)| *id);
        let lines = users.iter().filter_map(|(id, name)| line(*id, name).ok());
        Ok((lines.collect(), last))
    }
}

mod in_sea_orm {
    use axum::body::Body;
    use axum::extract::State;
    use sea_orm::{DbErr, EntityTrait, QueryOrder};
    use tokio::sync::mpsc;

    use super::{Lines, PAGE, body, line};
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

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Lines, Failed> {
        let mut lines = Vec::new();
        let users = user::Entity::find().order_by_asc(user::Column::Id);
        for user in users.all(&db).await? {
            lines.push(line(user.id, &user.name)?);
        }
        Ok(Lines(lines))
    }

    // Fifty pages, and one that is empty: as many as are read before it returns.
    #[perfguard::query_budget(max = 51)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Body, Failed> {
        let (sender, receiver) = mpsc::channel(1);
        let (first, mut last) = page(&db, 0).await?;
        // The rest is read while it is sent.
        let rest = async move {
            if sender.send(first).await.is_err() {
                return;
            }
            while let Ok((lines, next)) = page(&db, last).await {
                let is_over = lines.is_empty();
                last = next;
                if is_over || sender.send(lines).await.is_err() {
                    return;
                }
            }
        };
        tokio::spawn(perfguard::in_current_scope(rest));
        Ok(body(receiver))
    }

    /// The lines of the users after one, and the last of those.
    async fn page(db: &SeaOrm, after: i32) -> Result<(String, i32), DbErr> {
        let mut users = user::Entity::find().cursor_by(user::Column::Id);
        let users = users.after(after).first(PAGE.into()).all(db).await?;
        let last = users.last().map_or(after, |user| user.id);
        let lines = users
            .iter()
            .filter_map(|user| line(user.id, &user.name).ok());
        Ok((lines.collect(), last))
    }
}
