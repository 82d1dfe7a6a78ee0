//! A page of twenty posts. Before: the whole table is read, and all but the
//! page thrown away. After: the database is asked for the page.

use axum::routing::get;

use crate::case::{Case, Versions};

pub(super) const CASE: Case = Case {
    name: "page without LIMIT",
    route: "/archive",
    rule: "unbounded-result",
    diesel: Versions {
        before: || get(in_diesel::before),
        after: || get(in_diesel::after),
    },
    sea_orm: Versions {
        before: || get(in_sea_orm::before),
        after: || get(in_sea_orm::after),
    },
};

mod in_diesel {
    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;

    use crate::diesel_blog::{Pool, Post, posts, run};
    use crate::failed::Failed;

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(State(pool): State<Pool>) -> Result<Json<Vec<Post>>, Failed> {
        let posts = run(pool, |conn| {
            posts::table
                .select(Post::as_select())
                .order(posts::id.desc())
                .load(conn)
        })
        .await?;
        Ok(Json(posts.into_iter().take(20).collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(State(pool): State<Pool>) -> Result<Json<Vec<Post>>, Failed> {
        let posts = run(pool, |conn| {
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
    use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder, QuerySelect};

    use crate::failed::Failed;
    use crate::sea_orm_blog::post;

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn before(
        State(db): State<DatabaseConnection>,
    ) -> Result<Json<Vec<post::Model>>, Failed> {
        let posts = post::Entity::find()
            .order_by_desc(post::Column::Id)
            .all(&db)
            .await?;
        Ok(Json(posts.into_iter().take(20).collect()))
    }

    #[perfguard::query_budget(max = 1)]
    pub(super) async fn after(
        State(db): State<DatabaseConnection>,
    ) -> Result<Json<Vec<post::Model>>, Failed> {
        let posts = post::Entity::find()
            .order_by_desc(post::Column::Id)
            .limit(20)
            .all(&db)
            .await?;
        Ok(Json(posts))
    }
}
