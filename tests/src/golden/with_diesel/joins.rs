//! Several tables in one query.

use ::diesel::prelude::*;

use super::schema::{categories, comments, order_items, orders, post_tags, posts, tags, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    two_tables(corpus);
    more_tables(corpus);
    aliases(corpus);
}

fn two_tables(corpus: &mut Corpus) {
    everywhere!(corpus, "inner-join", posts::table.inner_join(users::table));
    everywhere!(corpus, "left-join", users::table.left_join(posts::table));
    everywhere!(
        corpus,
        "inner-join-columns",
        posts::table
            .inner_join(users::table)
            .select((posts::title, users::name))
    );
    everywhere!(
        corpus,
        "inner-join-filter",
        posts::table
            .inner_join(users::table)
            .filter(users::name.eq("Ada"))
            .select(posts::title)
    );
    everywhere!(
        corpus,
        "left-join-without-match",
        users::table
            .left_join(posts::table)
            .filter(posts::id.nullable().is_null())
            .select(users::id)
    );
    everywhere!(
        corpus,
        "inner-join-on",
        posts::table
            .inner_join(users::table.on(users::id.eq(posts::user_id)))
            .select(posts::id)
    );
    everywhere!(
        corpus,
        "inner-join-on-two-conditions",
        posts::table
            .inner_join(users::table.on(users::id.eq(posts::user_id).and(users::active.eq(true))))
            .select(posts::id)
    );
    everywhere!(
        corpus,
        "left-join-on-three-conditions",
        users::table
            .left_join(
                posts::table.on(users::id
                    .eq(posts::user_id)
                    .and(posts::published.eq(true))
                    .and(posts::views.gt(10)))
            )
            .select((users::id, posts::id.nullable()))
    );
    everywhere!(
        corpus,
        "join-on-constant",
        users::table
            .inner_join(tags::table.on(tags::name.eq("rust")))
            .select((users::id, tags::id))
    );
    everywhere!(
        corpus,
        "join-in-list",
        "list of 2",
        order_items::table
            .inner_join(orders::table)
            .filter(orders::id.eq_any([1, 2]))
            .select(order_items::product)
    );
    everywhere!(
        corpus,
        "join-in-list",
        "list of 5",
        order_items::table
            .inner_join(orders::table)
            .filter(orders::id.eq_any([1, 2, 3, 4, 5]))
            .select(order_items::product)
    );
}

fn more_tables(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "many-to-many",
        posts::table
            .inner_join(post_tags::table.inner_join(tags::table))
            .filter(tags::name.eq("rust"))
            .select((posts::id, tags::id))
    );
    everywhere!(
        corpus,
        "two-children",
        posts::table
            .inner_join(users::table)
            .left_join(comments::table)
            .select((posts::id, users::id, comments::id.nullable()))
    );
    everywhere!(
        corpus,
        "chain-of-left-joins",
        users::table
            .left_join(posts::table.left_join(comments::table))
            .select((users::id, posts::id.nullable(), comments::id.nullable()))
    );
    everywhere!(
        corpus,
        "four-tables",
        users::table
            .inner_join(posts::table.inner_join(comments::table))
            .inner_join(orders::table)
            .filter(orders::total.gt(9.99))
            .order((users::id.asc(), comments::id.desc()))
            .limit(5)
            .select((users::name, posts::title, comments::body, orders::total))
    );
}

fn aliases(corpus: &mut Corpus) {
    let (parents, grand) = ::diesel::alias!(categories as parents, categories as grandparents);
    let parent_id = parents.field(categories::id);
    everywhere!(
        corpus,
        "alias",
        parents.filter(parents.field(categories::name).eq("books"))
    );
    everywhere!(
        corpus,
        "self-join",
        categories::table
            .inner_join(parents.on(categories::parent_id.eq(parent_id.nullable())))
            .select((categories::name, parents.field(categories::name)))
    );
    everywhere!(
        corpus,
        "self-left-join",
        categories::table
            .left_join(parents.on(categories::parent_id.eq(parent_id.nullable())))
            .select((categories::name, parents.field(categories::name).nullable()))
    );
    everywhere!(
        corpus,
        "self-join-twice",
        categories::table
            .inner_join(parents.on(categories::parent_id.eq(parent_id.nullable())))
            .inner_join(
                grand.on(parents
                    .field(categories::parent_id)
                    .eq(grand.field(categories::id).nullable()))
            )
            .select((
                categories::name,
                parents.field(categories::name),
                grand.field(categories::name)
            ))
    );
    on!(
        corpus,
        [Pg, Mysql, Sqlite],
        "exists-with-alias",
        categories::table.filter(::diesel::dsl::exists(
            parents.filter(
                parents
                    .field(categories::parent_id)
                    .eq(categories::id.nullable())
            )
        ))
    );
}
