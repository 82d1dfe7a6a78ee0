//! Counts, sums, groups and windows.

use ::diesel::dsl::{avg, case_when, count, count_star, max, min, rank, row_number, sql, sum};
use ::diesel::prelude::*;
use ::diesel::sql_types::{BigInt, Integer};

use super::schema::{comments, order_items, orders, posts, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    functions(corpus);
    groups(corpus);
    windows(corpus);
}

fn functions(corpus: &mut Corpus) {
    everywhere!(corpus, "count", posts::table.count());
    everywhere!(corpus, "count-star", users::table.select(count_star()));
    everywhere!(
        corpus,
        "count-with-filter",
        posts::table.filter(posts::user_id.eq(1)).count()
    );
    everywhere!(
        corpus,
        "count-column",
        posts::table.select(count(posts::deleted_at))
    );
    everywhere!(
        corpus,
        "count-distinct",
        posts::table.select(count(posts::user_id).aggregate_distinct())
    );
    everywhere!(corpus, "sum", posts::table.select(sum(posts::views)));
    everywhere!(corpus, "avg", posts::table.select(avg(posts::score)));
    everywhere!(corpus, "min", posts::table.select(min(posts::views)));
    everywhere!(corpus, "max", posts::table.select(max(posts::views)));
    everywhere!(
        corpus,
        "several-aggregates",
        orders::table.select((
            count_star(),
            sum(orders::total),
            min(orders::placed_at),
            max(orders::placed_at)
        ))
    );
    everywhere!(
        corpus,
        "sum-of-product",
        order_items::table.select(sum(order_items::price * order_items::price))
    );
    everywhere!(
        corpus,
        "sum-of-case",
        posts::table.select(sum(case_when::<_, _, Integer>(
            posts::published.eq(true),
            1
        )
        .otherwise(0)))
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "count-filter-clause",
        posts::table.select(count(posts::id).aggregate_filter(posts::published.eq(true)))
    );
}

fn groups(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "group-by",
        posts::table
            .group_by(posts::user_id)
            .select((posts::user_id, count(posts::id)))
    );
    everywhere!(
        corpus,
        "group-by-two",
        orders::table
            .group_by((orders::user_id, orders::status))
            .select((orders::user_id, orders::status, sum(orders::total)))
    );
    everywhere!(
        corpus,
        "having",
        posts::table
            .group_by(posts::user_id)
            .having(count(posts::id).gt(5))
            .select(posts::user_id)
    );
    everywhere!(
        corpus,
        "having-two-conditions",
        posts::table
            .group_by(posts::user_id)
            .having(count(posts::id).gt(5).and(sum(posts::views).lt(1000)))
            .select(posts::user_id)
    );
    everywhere!(
        corpus,
        "group-by-join",
        users::table
            .inner_join(posts::table)
            .group_by(users::id)
            .select((users::id, count(posts::id)))
    );
    everywhere!(
        corpus,
        "group-by-in-order",
        comments::table
            .group_by(comments::post_id)
            .select((comments::post_id, count_star()))
            .order(count_star().desc())
            .limit(3)
    );
    everywhere!(
        corpus,
        "group-by-fragment",
        posts::table
            .select(sql::<BigInt>("count(*)"))
            .group_by(posts::views / 10)
    );
}

fn windows(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "window-over-all",
        posts::table.select((posts::id, count(posts::id).over()))
    );
    everywhere!(
        corpus,
        "window-partition",
        posts::table.select((posts::id, sum(posts::views).partition_by(posts::user_id)))
    );
    everywhere!(
        corpus,
        "window-order",
        posts::table.select((
            posts::id,
            row_number().window_order(posts::created_at.desc())
        ))
    );
    everywhere!(
        corpus,
        "window-partition-order",
        posts::table.select((
            posts::id,
            rank()
                .partition_by(posts::user_id)
                .window_order(posts::views.desc())
        ))
    );
}
