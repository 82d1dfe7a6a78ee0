//! Arithmetic, conditions, casts, dates, functions and the program's own SQL.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Select};

use super::entities::{post, user};
use super::{Corpus, everywhere, on, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    arithmetic(corpus);
    fragments(corpus);
    cases(corpus);
    functions(corpus);
    dates(corpus);
}

fn select(expr: impl Into<Expr>) -> Select<post::Entity> {
    post::Entity::find()
        .select_only()
        .expr_as(expr.into(), "value")
}

fn ids() -> Select<post::Entity> {
    post::Entity::find().select_only().column(post::Column::Id)
}

fn views() -> Expr {
    Expr::col((post::Entity, post::Column::Views))
}

fn arithmetic(corpus: &mut Corpus) {
    variant(corpus, "plus-value", "1", select(views().add(1)));
    variant(corpus, "plus-value", "-1", select(views().add(-1)));
    variant(corpus, "minus-value", "1", select(views().sub(1)));
    variant(corpus, "minus-value", "-1", select(views().sub(-1)));
    everywhere(corpus, "times-value", select(views().mul(2)));
    everywhere(corpus, "divided-by-value", select(views().div(2)));
    everywhere(corpus, "modulo-value", select(views().modulo(2)));
    everywhere(
        corpus,
        "plus-column",
        select(views().add(Expr::col(post::Column::UserId))),
    );
    everywhere(
        corpus,
        "nested-arithmetic",
        select(views().add(1).mul(views().sub(2))),
    );
    everywhere(corpus, "bit-and", select(views().bit_and(4)));
    everywhere(corpus, "shift-left", select(views().left_shift(2)));
    everywhere(
        corpus,
        "arithmetic-in-filter",
        ids().filter(views().sub(5).gt(3)),
    );
}

/// SQL that the program wrote, within a query.
fn fragments(corpus: &mut Corpus) {
    variant(
        corpus,
        "custom-minus",
        "spaces",
        select(Expr::cust("views - 1")),
    );
    variant(
        corpus,
        "custom-minus",
        "no spaces",
        select(Expr::cust("views-1")),
    );
    variant(
        corpus,
        "custom-minus",
        "space before",
        select(Expr::cust("views -12")),
    );
    variant(
        corpus,
        "custom-plus",
        "signed value",
        select(Expr::cust("views + -1")),
    );
    variant(
        corpus,
        "custom-plus",
        "unsigned value",
        select(Expr::cust("views + 1")),
    );
    variant(
        corpus,
        "custom-filter",
        "double",
        ids().filter(Expr::cust("score > 1.5e3")),
    );
    variant(
        corpus,
        "custom-filter",
        "negative",
        ids().filter(Expr::cust("score > -.5")),
    );
    variant(
        corpus,
        "custom-text",
        "quote doubled",
        ids().filter(Expr::cust("title = 'O''Hara'")),
    );
    variant(
        corpus,
        "custom-text",
        "comment inside",
        ids().filter(Expr::cust("title = '-- /* ; '")),
    );
    let with_values = |n: i32| {
        let postgres = Expr::cust_with_values("length(title) > $1 AND views < $2", [n, 3]);
        let others = Expr::cust_with_values("length(title) > ? AND views < ?", [n, 3]);
        (ids().filter(postgres), ids().filter(others))
    };
    let (postgres, others) = with_values(10);
    on(
        corpus,
        &[DbBackend::Postgres],
        "custom-with-values",
        "10",
        postgres,
    );
    on(
        corpus,
        &[DbBackend::MySql, DbBackend::Sqlite],
        "custom-with-values",
        "10",
        others,
    );
}

fn cases(corpus: &mut Corpus) {
    let popular = || CaseStatement::new().case(views().gt(100), "popular");
    everywhere(corpus, "case-when", select(popular().finally("quiet")));
    everywhere(
        corpus,
        "case-when-two",
        select(popular().case(views().gt(10), "known").finally("quiet")),
    );
    everywhere(corpus, "case-without-else", select(popular()));
    everywhere(
        corpus,
        "case-in-filter",
        ids().filter(Expr::expr(popular().finally("quiet")).eq("quiet")),
    );
}

fn functions(corpus: &mut Corpus) {
    everywhere(corpus, "cast", select(views().cast_as("text")));
    everywhere(
        corpus,
        "cast-value",
        select(Expr::val("7").cast_as("integer")),
    );
    everywhere(
        corpus,
        "cast-in-filter",
        ids().filter(views().cast_as("text").eq("7")),
    );
    everywhere(
        corpus,
        "lower",
        select(Func::lower(Expr::col(post::Column::Title))),
    );
    everywhere(
        corpus,
        "lower-in-filter",
        user::Entity::find()
            .filter(Expr::expr(Func::lower(Expr::col(user::Column::Name))).eq("ada")),
    );
    everywhere(
        corpus,
        "coalesce",
        select(Func::coalesce([
            Expr::col(post::Column::DeletedAt),
            Expr::val(0),
        ])),
    );
    everywhere(
        corpus,
        "if-null",
        select(Func::if_null(Expr::col(post::Column::Views), Expr::val(0))),
    );
    everywhere(
        corpus,
        "greatest",
        select(Func::greatest([views(), Expr::col(post::Column::UserId)])),
    );
    everywhere(corpus, "abs", select(Func::abs(views())));
    everywhere(
        corpus,
        "round",
        select(Func::round_with_precision(
            Expr::col(post::Column::Score),
            2,
        )),
    );
    everywhere(corpus, "random", select(Func::random()));
    everywhere(
        corpus,
        "own-function",
        select(Func::cust("concat_ws").args([
            Expr::val("-"),
            Expr::col(post::Column::Title),
            Expr::col(post::Column::Body),
        ])),
    );
}

fn dates(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "current-timestamp",
        select(Expr::current_timestamp()),
    );
    everywhere(corpus, "current-date", select(Expr::current_date()));
    everywhere(
        corpus,
        "before-now",
        ids().filter(
            post::Column::DeletedAt
                .into_expr()
                .lt(Expr::current_timestamp()),
        ),
    );
    everywhere(
        corpus,
        "since-text",
        ids().filter(post::Column::DeletedAt.into_expr().gte("2026-01-31")),
    );
    variant(
        corpus,
        "typed-literal",
        "january",
        ids().filter(Expr::cust("created_at > TIMESTAMP '2026-01-31 10:00:00'")),
    );
    variant(
        corpus,
        "typed-literal",
        "july",
        ids().filter(Expr::cust("created_at > TIMESTAMP '2027-07-01 00:00:00'")),
    );
}
