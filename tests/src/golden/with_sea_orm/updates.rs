//! Rows that change.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entities::{Status, comment, order, post, user};
use super::{Corpus, everywhere, statement_on, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    one(corpus);
    many(corpus);
    with_sea_query(corpus);
}

fn one(corpus: &mut Corpus) {
    let update = |model: post::ActiveModel| {
        post::Entity::update(post::ActiveModel {
            id: Unchanged(1),
            ..model
        })
        .validate()
        .expect("the primary key is there")
    };
    everywhere(
        corpus,
        "update-one-column",
        update(post::ActiveModel {
            title: Set("news".to_owned()),
            ..Default::default()
        }),
    );
    everywhere(
        corpus,
        "update-two-columns",
        update(post::ActiveModel {
            title: Set("news".to_owned()),
            published: Set(true),
            ..Default::default()
        }),
    );
    let deleted = |at: Option<i64>| {
        update(post::ActiveModel {
            deleted_at: Set(at),
            ..Default::default()
        })
    };
    variant(corpus, "update-optional", "none", deleted(None));
    variant(
        corpus,
        "update-optional",
        "some",
        deleted(Some(1_767_225_600)),
    );
    everywhere(
        corpus,
        "update-enum",
        order::Entity::update(order::ActiveModel {
            id: Unchanged(1),
            status: Set(Status::Paid),
            ..Default::default()
        })
        .validate()
        .expect("the primary key is there"),
    );
}

fn many(corpus: &mut Corpus) {
    let update = post::Entity::update_many;
    let views = || Expr::col(post::Column::Views);
    everywhere(
        corpus,
        "update-all-rows",
        update().col_expr(post::Column::Published, Expr::value(false)),
    );
    everywhere(
        corpus,
        "update-with-filter",
        update()
            .col_expr(post::Column::Published, Expr::value(false))
            .filter(post::Column::UserId.eq(1)),
    );
    everywhere(
        corpus,
        "update-increment",
        update()
            .col_expr(post::Column::Views, views().add(1))
            .filter(post::Column::Id.eq(1)),
    );
    everywhere(
        corpus,
        "update-decrement",
        update()
            .col_expr(post::Column::Views, views().sub(1))
            .filter(post::Column::Id.eq(1)),
    );
    // A sign is part of the value; which operator it is, is not.
    variant(
        corpus,
        "update-plus-literal",
        "+ -1",
        update().col_expr(post::Column::Views, Expr::cust("views + -1")),
    );
    variant(
        corpus,
        "update-plus-literal",
        "+ 5",
        update().col_expr(post::Column::Views, Expr::cust("views + 5")),
    );
    everywhere(
        corpus,
        "update-minus-literal",
        update().col_expr(post::Column::Views, Expr::cust("views - 1")),
    );
    everywhere(
        corpus,
        "update-to-null",
        update()
            .col_expr(post::Column::DeletedAt, Expr::null())
            .filter(post::Column::Views.lt(3)),
    );
    everywhere(
        corpus,
        "update-to-now",
        update()
            .col_expr(post::Column::DeletedAt, Expr::current_timestamp())
            .filter(post::Column::Views.lt(3)),
    );
    for (text, n) in [("list of 1", 1), ("list of 4", 4)] {
        let in_list = update()
            .col_expr(post::Column::Published, Expr::value(true))
            .filter(post::Column::Id.is_in(1..=n));
        variant(corpus, "update-in-list", text, in_list);
    }
    everywhere(
        corpus,
        "update-in-subquery",
        update()
            .col_expr(post::Column::Published, Expr::value(false))
            .filter(
                post::Column::UserId.in_subquery(
                    user::Entity::find()
                        .select_only()
                        .column(user::Column::Id)
                        .filter(user::Column::Active.eq(false))
                        .into_query(),
                ),
            ),
    );
    everywhere(
        corpus,
        "update-set-model",
        comment::Entity::update_many()
            .set(comment::ActiveModel {
                body: Set("gone".to_owned()),
                likes: Set(0),
                ..Default::default()
            })
            .filter(comment::Column::UserId.is_null()),
    );
    everywhere(
        corpus,
        "update-case",
        update().col_expr(
            post::Column::Score,
            Expr::case(post::Column::Views.gt(100), 1.5)
                .finally(0.5)
                .into(),
        ),
    );
}

fn with_sea_query(corpus: &mut Corpus) {
    let mut limited = Query::update();
    limited
        .table(post::Entity)
        .value(post::Column::Published, true)
        .and_where(post::Column::Published.eq(false))
        .limit(10);
    statement_on(corpus, &[DbBackend::MySql], "update-limit", None, &limited);
    let mut from = Query::update();
    from.table(post::Entity)
        .from(user::Entity)
        .value(
            post::Column::Title,
            Expr::col((user::Entity, user::Column::Name)),
        )
        .and_where(
            Expr::col((post::Entity, post::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        );
    let others = [DbBackend::Postgres, DbBackend::Sqlite];
    statement_on(corpus, &others, "update-from", None, &from);
    let mut returning = Query::update();
    returning
        .table(post::Entity)
        .value(post::Column::Views, 0)
        .and_where(post::Column::Id.eq(1))
        .returning_col(post::Column::Title);
    statement_on(corpus, &others, "update-returning", None, &returning);
}
