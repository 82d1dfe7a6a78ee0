//! Lists of values, of one length and another, and rows of a subquery.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entities::{comment, order_item, post, post_tag, tag, user};
use super::{ALL, Corpus, everywhere, on, statement_on, variant};

pub(super) fn add_to(corpus: &mut Corpus) {
    values(corpus);
    tuples(corpus);
    subqueries(corpus);
    scalar_subqueries(corpus);
}

fn up_to(n: i32) -> std::ops::RangeInclusive<i32> {
    1..=n
}

fn values(corpus: &mut Corpus) {
    let users = user::Entity::find;
    let id = user::Column::Id;
    variant(
        corpus,
        "in-list",
        "list of 1",
        users().filter(id.is_in(up_to(1))),
    );
    variant(
        corpus,
        "in-list",
        "list of 3",
        users().filter(id.is_in(up_to(3))),
    );
    variant(
        corpus,
        "in-list",
        "list of 50",
        users().filter(id.is_in(up_to(50))),
    );
    // `1 = 2`, both of them binds; not to be in it is `1 = 1`, which differs in a
    // value alone, so that one is of another table.
    everywhere(corpus, "in-empty-list", users().filter(id.is_in(up_to(0))));
    variant(
        corpus,
        "not-in-list",
        "list of 1",
        users().filter(id.is_not_in(up_to(1))),
    );
    variant(
        corpus,
        "not-in-list",
        "list of 3",
        users().filter(id.is_not_in(up_to(3))),
    );
    everywhere(
        corpus,
        "not-in-empty-list",
        post::Entity::find().filter(post::Column::Id.is_not_in(up_to(0))),
    );
    let titles = |titles: &[&str]| {
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        post::Entity::find().filter(post::Column::Title.is_in(titles))
    };
    variant(corpus, "in-list-of-texts", "list of 2", titles(&["a", "b"]));
    variant(
        corpus,
        "in-list-of-texts",
        "list of 4",
        titles(&["a", "b", "c", "d"]),
    );
    let both = |users: i32, posts: i32| {
        post::Entity::find()
            .filter(post::Column::UserId.is_in(up_to(users)))
            .filter(post::Column::Id.is_in(up_to(posts)))
    };
    variant(corpus, "two-in-lists", "lists of 1 and 2", both(1, 2));
    variant(corpus, "two-in-lists", "lists of 3 and 1", both(3, 1));
    let postgres = [DbBackend::Postgres];
    for (text, n) in [("list of 1", 1), ("list of 3", 3)] {
        on(
            corpus,
            &postgres,
            "eq-any",
            text,
            users().filter(id.eq_any(up_to(n))),
        );
    }
    on(
        corpus,
        &postgres,
        "ne-all",
        "list of 3",
        users().filter(id.ne_all(up_to(3))),
    );
    let empty = users().filter(id.eq_any(up_to(0)));
    on(corpus, &postgres, "in-empty-list", "eq_any", empty);
}

fn tuples(corpus: &mut Corpus) {
    let keys = |n: i32| {
        let columns = Expr::tuple([
            Expr::col(order_item::Column::OrderId),
            Expr::col(order_item::Column::Line),
        ]);
        order_item::Entity::find().filter(columns.in_tuples(up_to(n).map(|line| (1, line))))
    };
    variant(corpus, "in-tuples", "1 tuple", keys(1));
    variant(corpus, "in-tuples", "3 tuples", keys(3));
    variant(corpus, "in-tuples", "20 tuples", keys(20));
}

/// The authors of posts that many people read.
fn popular_authors() -> SelectStatement {
    post::Entity::find()
        .select_only()
        .column(post::Column::UserId)
        .filter(post::Column::Views.gt(100))
        .into_query()
}

fn correlated() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(post::Entity)
        .and_where(
            Expr::col((post::Entity, post::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        )
        .take()
}

fn subqueries(corpus: &mut Corpus) {
    let users = user::Entity::find;
    let id = user::Column::Id;
    everywhere(
        corpus,
        "in-subquery",
        users().filter(id.in_subquery(popular_authors())),
    );
    everywhere(
        corpus,
        "not-in-subquery",
        users().filter(id.not_in_subquery(popular_authors())),
    );
    everywhere(
        corpus,
        "nested-subqueries",
        tag::Entity::find().filter(
            tag::Column::Id.in_subquery(
                Query::select()
                    .column(post_tag::Column::TagId)
                    .from(post_tag::Entity)
                    .and_where(
                        post_tag::Column::PostId.in_subquery(
                            Query::select()
                                .column(post::Column::Id)
                                .from(post::Entity)
                                .and_where(post::Column::UserId.eq(1))
                                .take(),
                        ),
                    )
                    .take(),
            ),
        ),
    );
    everywhere(corpus, "exists", users().filter(Expr::exists(correlated())));
    everywhere(
        corpus,
        "not-exists",
        users().filter(Expr::exists(correlated()).not()),
    );
    let with_any = [DbBackend::Postgres, DbBackend::MySql];
    on(
        corpus,
        &with_any,
        "eq-any-subquery",
        None,
        users().filter(id.into_expr().eq(Expr::any(popular_authors()))),
    );
    on(
        corpus,
        &with_any,
        "gt-all-subquery",
        None,
        users().filter(id.into_expr().gt(Expr::all(popular_authors()))),
    );
}

fn scalar_subqueries(corpus: &mut Corpus) {
    let most_liked = || {
        Query::select()
            .expr(Expr::col(comment::Column::Likes).max())
            .from(comment::Entity)
            .take()
    };
    everywhere(
        corpus,
        "eq-scalar-subquery",
        post::Entity::find().filter(post::Column::Views.into_expr().eq(Expr::from(most_liked()))),
    );
    everywhere(
        corpus,
        "scalar-subquery-in-select",
        user::Entity::find()
            .select_only()
            .column(user::Column::Name)
            .expr_as(Expr::from(most_liked()), "most_likes"),
    );
    statement_on(
        corpus,
        &ALL,
        "from-subquery",
        None,
        &Query::select()
            .column("user_id")
            .from_subquery(popular_authors(), "popular")
            .take(),
    );
}
