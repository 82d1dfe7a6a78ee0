//! New rows.

use ::diesel::prelude::*;
use ::diesel::{insert_into, insert_or_ignore_into, replace_into};

use super::schema::{
    NewItem, NewUser, comments, order_items, orders, post_tags, posts, tags, users,
};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    one(corpus);
    optional(corpus);
    many(corpus);
    from_select(corpus);
    other_kinds(corpus);
    returning(corpus);
}

fn items(n: i32) -> Vec<NewItem> {
    (1..=n)
        .map(|line| NewItem {
            order_id: 1,
            line,
            product: format!("product {line}"),
            quantity: 1,
            price: 9.5,
        })
        .collect()
}

fn user(email: Option<&str>) -> NewUser {
    NewUser {
        name: "Ada".to_owned(),
        email: email.map(str::to_owned),
    }
}

fn one(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "insert-one-column",
        insert_into(tags::table).values(tags::name.eq("rust"))
    );
    everywhere!(
        corpus,
        "insert-tuple",
        insert_into(post_tags::table).values((post_tags::post_id.eq(1), post_tags::tag_id.eq(2)))
    );
    everywhere!(
        corpus,
        "insert-struct",
        "one row",
        insert_into(order_items::table).values(NewItem {
            order_id: 1,
            line: 1,
            product: "tea".to_owned(),
            quantity: 2,
            price: 3.5,
        })
    );
    everywhere!(
        corpus,
        "insert-default-values",
        insert_into(orders::table).default_values()
    );
    everywhere!(
        corpus,
        "insert-expression",
        insert_into(orders::table).values((
            orders::user_id.eq(1),
            orders::status.eq("open"),
            orders::placed_at.eq(::diesel::dsl::now)
        ))
    );
    everywhere!(
        corpus,
        "insert-scalar-subquery",
        insert_into(comments::table).values((
            comments::body.eq("first"),
            comments::user_id.eq(users::table
                .select(users::id)
                .filter(users::name.eq("Ada"))
                .single_value())
        ))
    );
}

/// A column without a value is `DEFAULT`, and on SQLite, which has no such
/// word, it is not there.
fn optional(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg, Mysql],
        "insert-optional",
        "some",
        insert_into(users::table).values(user(Some("a@example.org")))
    );
    on!(
        corpus,
        [Pg, Mysql],
        "insert-optional",
        "none",
        insert_into(users::table).values(user(None))
    );
    on!(
        corpus,
        [Pg, Mysql],
        "insert-optional",
        "3 rows, some and none",
        insert_into(users::table).values(vec![user(None), user(Some("a@example.org")), user(None)])
    );
    on!(
        corpus,
        [Sqlite],
        "insert-optional",
        "some",
        insert_into(users::table).values(user(Some("a@example.org")))
    );
    on!(
        corpus,
        [Sqlite],
        "insert-optional-none",
        insert_into(users::table).values(user(None))
    );
    everywhere!(
        corpus,
        "insert-null",
        "none",
        insert_into(users::table).values((users::id.eq(7), users::age.eq(None::<i32>)))
    );
    everywhere!(
        corpus,
        "insert-null",
        "some",
        insert_into(users::table).values((users::id.eq(7), users::age.eq(Some(30))))
    );
}

fn many(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "insert-struct",
        "3 rows",
        insert_into(order_items::table).values(
            items(3)
                .iter()
                .map(|item| (
                    order_items::order_id.eq(item.order_id),
                    order_items::line.eq(item.line),
                    order_items::product.eq(item.product.clone()),
                    order_items::quantity.eq(item.quantity),
                    order_items::price.eq(item.price),
                ))
                .collect::<Vec<_>>()
        )
    );
    on!(
        corpus,
        [Pg, Mysql],
        "insert-struct",
        "20 rows",
        insert_into(order_items::table).values(items(20))
    );
    for_rows(corpus);
}

fn for_rows(corpus: &mut Corpus) {
    let rows = |n: i32| -> Vec<_> {
        (1..=n)
            .map(|tag| (post_tags::post_id.eq(1), post_tags::tag_id.eq(tag)))
            .collect()
    };
    everywhere!(
        corpus,
        "insert-tuple",
        "1 row in a list",
        insert_into(post_tags::table).values(rows(1))
    );
    everywhere!(
        corpus,
        "insert-tuple",
        "3 rows",
        insert_into(post_tags::table).values(rows(3))
    );
    everywhere!(
        corpus,
        "insert-tuple",
        "20 rows",
        insert_into(post_tags::table).values(rows(20))
    );
}

fn from_select(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "insert-from-select",
        posts::table
            .select((posts::user_id, posts::title))
            .filter(posts::views.gt(5))
            .insert_into(comments::table)
            .into_columns((comments::post_id, comments::body))
    );
    everywhere!(
        corpus,
        "insert-all-from-select",
        insert_into(tags::table).values(users::table.select((users::id, users::name)))
    );
}

fn other_kinds(corpus: &mut Corpus) {
    on!(
        corpus,
        [Mysql, Sqlite],
        "replace",
        "1 row",
        replace_into(tags::table).values((tags::id.eq(1), tags::name.eq("rust")))
    );
    on!(
        corpus,
        [Mysql, Sqlite],
        "replace",
        "2 rows",
        replace_into(tags::table).values(vec![
            (tags::id.eq(1), tags::name.eq("rust")),
            (tags::id.eq(2), tags::name.eq("go")),
        ])
    );
    on!(
        corpus,
        [Mysql, Sqlite],
        "insert-or-ignore",
        insert_or_ignore_into(tags::table).values(tags::name.eq("rust"))
    );
}

fn returning(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg, Sqlite],
        "insert-returning-id",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .returning(tags::id)
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "insert-returning-all",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .returning(tags::all_columns)
    );
    on!(
        corpus,
        [Pg],
        "insert-many-returning",
        "2 rows",
        insert_into(order_items::table)
            .values(items(2))
            .returning((order_items::order_id, order_items::line))
    );
    on!(
        corpus,
        [Pg],
        "insert-many-returning",
        "4 rows",
        insert_into(order_items::table)
            .values(items(4))
            .returning((order_items::order_id, order_items::line))
    );
}
