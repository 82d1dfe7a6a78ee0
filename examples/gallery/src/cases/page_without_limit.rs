//! A page of twenty posts. Before: the whole table is read, and all but the
//! page thrown away. After: the database is asked for the page.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use axum::routing::get;

use crate::case::Case;

pub(super) const CASE: Case = Case::new("page without LIMIT", "/archive", &["unbounded-result"])
    .diesel(|| get(in_diesel::before), || get(in_diesel::after))
    .sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;

    use crate::failed::Failed;
    use crate::in_diesel::Diesel;
    use crate::in_diesel::blog::{Post, posts};

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Json<Vec<Post>>, Failed> {
        let posts = diesel
            .run(|conn| {
                posts::table
                    .select(Post::as_select())
                    .order(posts::id.desc())
                    .load(conn)
            })
            .await?;
        Ok(Json(posts.into_iter().take(20).collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Json<Vec<Post>>, Failed> {
        let posts = diesel
            .run(|conn| {
                posts::table
                    .select(Post::as_select())
                    .order(posts::id.desc())
                    .limit(20)
                    .load(conn)
            })
            .await?;
        Ok(Json(posts))
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

    use crate::case::SeaOrm;
    use crate::failed::Failed;
    use crate::in_sea_orm::blog::post;

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Json<Vec<post::Model>>, Failed> {
        let posts = post::Entity::find()
            .order_by_desc(post::Column::Id)
            .all(&db)
            .await?;
        Ok(Json(posts.into_iter().take(20).collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Json<Vec<post::Model>>, Failed> {
        let posts = post::Entity::find()
            .order_by_desc(post::Column::Id)
            .limit(20)
            .all(&db)
            .await?;
        Ok(Json(posts))
    }
}
