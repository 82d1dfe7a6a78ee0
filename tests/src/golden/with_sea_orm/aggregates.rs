//! Counts, sums, groups and windows.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Order, Query, WindowStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entities::{comment, order, post};
use super::{ALL, Corpus, everywhere, statement_on};

pub(super) fn add_to(corpus: &mut Corpus) {
    functions(corpus);
    groups(corpus);
    windows(corpus);
}

fn posts() -> Select<post::Entity> {
    post::Entity::find().select_only()
}

fn functions(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "count",
        posts().column_as(post::Column::Id.count(), "n"),
    );
    everywhere(
        corpus,
        "count-star",
        posts().expr(Expr::col(Asterisk).count()),
    );
    everywhere(
        corpus,
        "count-with-filter",
        posts()
            .column_as(post::Column::Id.count(), "n")
            .filter(post::Column::UserId.eq(1)),
    );
    everywhere(
        corpus,
        "count-distinct",
        posts().expr_as(Func::count_distinct(Expr::col(post::Column::UserId)), "n"),
    );
    everywhere(
        corpus,
        "sum",
        posts().column_as(post::Column::Views.sum(), "n"),
    );
    everywhere(
        corpus,
        "avg",
        posts().column_as(post::Column::Score.avg(), "n"),
    );
    everywhere(
        corpus,
        "min",
        posts().column_as(post::Column::Views.min(), "n"),
    );
    everywhere(
        corpus,
        "max",
        posts().column_as(post::Column::Views.max(), "n"),
    );
    everywhere(
        corpus,
        "several-aggregates",
        posts()
            .column_as(post::Column::Id.count(), "n")
            .column_as(post::Column::Views.sum(), "views")
            .column_as(post::Column::Score.avg(), "score"),
    );
    everywhere(
        corpus,
        "sum-of-case",
        posts().expr_as(
            Expr::expr(Expr::case(post::Column::Published.eq(true), 1).finally(0)).sum(),
            "published",
        ),
    );
}

fn groups(corpus: &mut Corpus) {
    let by_user = || {
        posts()
            .column(post::Column::UserId)
            .column_as(post::Column::Id.count(), "n")
            .group_by(post::Column::UserId)
    };
    everywhere(corpus, "group-by", by_user());
    everywhere(
        corpus,
        "group-by-two",
        order::Entity::find()
            .select_only()
            .columns([order::Column::UserId, order::Column::Status])
            .column_as(order::Column::Total.sum(), "total")
            .group_by(order::Column::UserId)
            .group_by(order::Column::Status),
    );
    everywhere(
        corpus,
        "having",
        by_user().having(post::Column::Id.count().gt(5)),
    );
    everywhere(
        corpus,
        "having-two-conditions",
        by_user()
            .having(post::Column::Id.count().gt(5))
            .having(post::Column::Views.sum().lt(1000)),
    );
    everywhere(
        corpus,
        "group-by-in-order",
        comment::Entity::find()
            .select_only()
            .column(comment::Column::PostId)
            .group_by(comment::Column::PostId)
            .order_by_desc(comment::Column::Id.count())
            .limit(3),
    );
    everywhere(
        corpus,
        "group-by-expression",
        posts()
            .expr_as(Expr::col(post::Column::Views).div(10), "bucket")
            .group_by(Expr::col(post::Column::Views).div(10)),
    );
}

fn windows(corpus: &mut Corpus) {
    let rank = || Func::cust("row_number");
    let newest_first = WindowStatement::new()
        .order_by(post::Column::Id, Order::Desc)
        .take();
    let in_user = WindowStatement::partition_by(post::Column::UserId)
        .order_by(post::Column::Views, Order::Desc)
        .take();
    let query = |window| {
        Query::select()
            .column(post::Column::Id)
            .expr_window_as(rank(), window, "place")
            .from(post::Entity)
            .take()
    };
    statement_on(corpus, &ALL, "window-order", None, &query(newest_first));
    statement_on(
        corpus,
        &ALL,
        "window-partition-order",
        None,
        &query(in_user.clone()),
    );
    let named = Query::select()
        .expr_window_name_as(rank(), "w", "place")
        .from(post::Entity)
        .window("w", in_user)
        .take();
    statement_on(corpus, &ALL, "window-by-name", None, &named);
}
