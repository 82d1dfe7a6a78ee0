//! Several queries whose rows become one result.

use ::diesel::dsl::{exists, not, sql};
use ::diesel::prelude::*;
use ::diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use ::diesel::sql_types::Text;

use super::schema::{orders, posts, tags, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    let users = users::table.select(users::name);
    let tags = tags::table.select(tags::name);
    everywhere!(corpus, "union", users.union(tags));
    everywhere!(corpus, "union-all", users.union_all(tags));
    on!(corpus, [Pg, Sqlite], "intersect", users.intersect(tags));
    on!(corpus, [Pg, Sqlite], "except", users.except(tags));
    on!(corpus, [Pg], "intersect-all", users.intersect_all(tags));
    on!(corpus, [Pg], "except-all", users.except_all(tags));
    everywhere!(
        corpus,
        "union-with-filters",
        users
            .filter(users::id.gt(10))
            .union(tags.filter(tags::name.like("a%")))
    );
    everywhere!(
        corpus,
        "union-of-three",
        users.union(tags).union(posts::table.select(posts::title))
    );
    everywhere!(
        corpus,
        "union-in-order",
        users.union(tags).positional_order_by(1).limit(10)
    );
    everywhere!(
        corpus,
        "union-with-fragment",
        users.union(tags::table.select(sql::<Text>("'tag: ' || name")))
    );
    everywhere!(
        corpus,
        "exists-or-exists",
        ::diesel::select(
            exists(posts::table.filter(posts::user_id.eq(1)))
                .or(exists(orders::table.filter(orders::user_id.eq(1))))
        )
    );
    everywhere!(
        corpus,
        "exists-and-not-exists",
        users::table.select(users::id).filter(
            exists(posts::table.filter(posts::user_id.eq(users::id))).and(not(exists(
                orders::table.filter(orders::user_id.eq(users::id))
            )))
        )
    );
}
