//! Rows that go.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entities::{comment, post, post_tag};
use super::{Corpus, everywhere, statement_on, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    let delete = comment::Entity::delete_many;
    everywhere(corpus, "delete-all-rows", delete());
    everywhere(corpus, "delete-by-id", comment::Entity::delete_by_id(1));
    everywhere(
        corpus,
        "delete-by-composite-id",
        post_tag::Entity::delete_by_id((1, 2)),
    );
    everywhere(
        corpus,
        "delete-with-filter",
        delete().filter(comment::Column::Likes.lt(1)),
    );
    everywhere(
        corpus,
        "delete-with-two-filters",
        delete()
            .filter(comment::Column::Likes.lt(1))
            .filter(comment::Column::UserId.is_null()),
    );
    everywhere(
        corpus,
        "delete-or",
        delete().filter(
            comment::Column::Likes
                .lt(1)
                .or(comment::Column::Body.eq("")),
        ),
    );
    for (text, n) in [("list of 2", 2), ("list of 3", 3)] {
        variant(
            corpus,
            "delete-in-list",
            text,
            delete().filter(comment::Column::Id.is_in(1..=n)),
        );
    }
    everywhere(
        corpus,
        "delete-in-subquery",
        delete().filter(
            comment::Column::PostId.in_subquery(
                post::Entity::find()
                    .select_only()
                    .column(post::Column::Id)
                    .filter(post::Column::Published.eq(false))
                    .into_query(),
            ),
        ),
    );
    everywhere(
        corpus,
        "delete-without-parent",
        delete().filter(
            Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post::Entity)
                    .and_where(
                        Expr::col((post::Entity, post::Column::Id))
                            .equals((comment::Entity, comment::Column::PostId)),
                    )
                    .take(),
            )
            .not(),
        ),
    );
    let mut limited = Query::delete();
    limited
        .from_table(comment::Entity)
        .and_where(comment::Column::Likes.lt(1))
        .order_by(comment::Column::Id, Order::Asc)
        .limit(10);
    statement_on(corpus, &[DbBackend::MySql], "delete-limit", None, &limited);
    let mut returning = Query::delete();
    returning
        .from_table(comment::Entity)
        .and_where(comment::Column::Likes.lt(1))
        .returning_col(comment::Column::Id);
    let others = [DbBackend::Postgres, DbBackend::Sqlite];
    statement_on(corpus, &others, "delete-returning", None, &returning);
}
