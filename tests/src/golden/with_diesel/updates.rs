//! Rows that change and rows that go.

use ::diesel::prelude::*;
use ::diesel::{delete, update};

use super::schema::{Post, PostChanges, UserContact, comments, order_items, orders, posts, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    set(corpus);
    changesets(corpus);
    deletes(corpus);
}

fn set(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "update-one-column",
        update(posts::table.find(1)).set(posts::title.eq("news"))
    );
    everywhere!(
        corpus,
        "update-two-columns",
        update(posts::table.find(1)).set((posts::title.eq("news"), posts::published.eq(true)))
    );
    everywhere!(
        corpus,
        "update-all-rows",
        update(posts::table).set(posts::published.eq(false))
    );
    everywhere!(
        corpus,
        "update-with-filter",
        update(
            posts::table
                .filter(posts::user_id.eq(1))
                .filter(posts::views.lt(10))
        )
        .set(posts::published.eq(false))
    );
    everywhere!(
        corpus,
        "update-increment",
        update(posts::table.find(1)).set(posts::views.eq(posts::views + 1))
    );
    everywhere!(
        corpus,
        "update-decrement",
        update(posts::table.find(1)).set(posts::views.eq(posts::views - 1))
    );
    everywhere!(
        corpus,
        "update-to-null",
        "none",
        update(comments::table.find(1)).set(comments::user_id.eq(None::<i32>))
    );
    everywhere!(
        corpus,
        "update-to-null",
        "some",
        update(comments::table.find(1)).set(comments::user_id.eq(Some(4)))
    );
    everywhere!(
        corpus,
        "update-to-now",
        update(posts::table.find(1)).set(posts::deleted_at.eq(::diesel::dsl::now.nullable()))
    );
    everywhere!(
        corpus,
        "update-in-list",
        "list of 1",
        update(posts::table.filter(posts::id.eq_any([1]))).set(posts::published.eq(true))
    );
    everywhere!(
        corpus,
        "update-in-list",
        "list of 4",
        update(posts::table.filter(posts::id.eq_any([1, 2, 3, 4]))).set(posts::published.eq(true))
    );
    everywhere!(
        corpus,
        "update-in-subquery",
        update(
            posts::table.filter(
                posts::user_id.eq_any(
                    users::table
                        .select(users::id)
                        .filter(users::active.eq(false))
                )
            )
        )
        .set(posts::published.eq(false))
    );
    everywhere!(
        corpus,
        "update-from-column",
        update(orders::table).set(orders::id.eq(orders::user_id))
    );
    everywhere!(
        corpus,
        "update-identifiable",
        update(&Post { id: 3, user_id: 1 }).set(posts::body.eq("changed"))
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "update-returning",
        update(posts::table.find(1))
            .set(posts::title.eq("news"))
            .returning((posts::id, posts::title))
    );
    everywhere!(
        corpus,
        "update-boxed",
        update(posts::table)
            .set(posts::score.eq(0.5))
            .into_boxed::<Db>()
            .filter(posts::user_id.eq(1))
            .filter(posts::title.ne("news"))
    );
}

fn changesets(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "changeset-one-field",
        update(posts::table.filter(posts::user_id.eq(2))).set(PostChanges {
            title: Some("news".to_owned()),
            ..PostChanges::default()
        })
    );
    everywhere!(
        corpus,
        "changeset-two-fields",
        update(posts::table.filter(posts::user_id.eq(2))).set(PostChanges {
            title: Some("news".to_owned()),
            published: Some(true),
            ..PostChanges::default()
        })
    );
    everywhere!(
        corpus,
        "changeset-all-fields",
        update(posts::table.filter(posts::user_id.eq(2))).set(PostChanges {
            title: Some("news".to_owned()),
            body: Some("all of it".to_owned()),
            published: Some(false),
        })
    );
    everywhere!(
        corpus,
        "changeset-with-null",
        "none",
        update(users::table.find(1)).set(UserContact {
            name: "Ada".to_owned(),
            email: None,
        })
    );
    everywhere!(
        corpus,
        "changeset-with-null",
        "some",
        update(users::table.find(1)).set(UserContact {
            name: "Ada".to_owned(),
            email: Some("ada@example.org".to_owned()),
        })
    );
}

fn deletes(corpus: &mut Corpus) {
    everywhere!(corpus, "delete-all-rows", delete(comments::table));
    everywhere!(corpus, "delete-find", delete(comments::table.find(1)));
    everywhere!(
        corpus,
        "delete-find-composite",
        delete(order_items::table.find((1, 2)))
    );
    everywhere!(
        corpus,
        "delete-with-filter",
        delete(comments::table.filter(comments::likes.lt(1)))
    );
    everywhere!(
        corpus,
        "delete-with-two-filters",
        delete(
            comments::table
                .filter(comments::likes.lt(1))
                .filter(comments::user_id.is_null())
        )
    );
    everywhere!(
        corpus,
        "delete-or-filter",
        delete(comments::table.filter(comments::likes.lt(1))).or_filter(comments::body.eq(""))
    );
    everywhere!(
        corpus,
        "delete-in-list",
        "list of 2",
        delete(comments::table.filter(comments::id.eq_any([1, 2])))
    );
    everywhere!(
        corpus,
        "delete-in-list",
        "list of 3",
        delete(comments::table.filter(comments::id.eq_any([1, 2, 3])))
    );
    everywhere!(
        corpus,
        "delete-in-subquery",
        delete(
            comments::table.filter(
                comments::post_id.eq_any(
                    posts::table
                        .select(posts::id)
                        .filter(posts::published.eq(false))
                )
            )
        )
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "delete-returning",
        delete(comments::table.find(1)).returning(comments::id)
    );
}
