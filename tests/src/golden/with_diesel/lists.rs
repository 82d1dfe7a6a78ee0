//! Lists of values, of one length and another, and rows of a subquery.

use ::diesel::dsl::{exists, not};
use ::diesel::prelude::*;

use super::schema::{Comment, Post, User, comments, orders, post_tags, posts, tags, users};
use super::{Corpus, everywhere, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    values(corpus);
    subqueries(corpus);
    belonging_to(corpus);
}

fn up_to(n: i32) -> Vec<i32> {
    (1..=n).collect()
}

fn values(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "in-list",
        "list of 1",
        users::table.filter(users::id.eq_any(up_to(1)))
    );
    everywhere!(
        corpus,
        "in-list",
        "list of 3",
        users::table.filter(users::id.eq_any(up_to(3)))
    );
    everywhere!(
        corpus,
        "in-list",
        "list of 50",
        users::table.filter(users::id.eq_any(up_to(50)))
    );
    // On PostgreSQL a list is one array, empty or not.
    on!(
        corpus,
        [Pg],
        "in-list",
        "empty list",
        users::table.filter(users::id.eq_any(up_to(0)))
    );
    on!(
        corpus,
        [Mysql, Sqlite],
        "in-empty-list",
        users::table.filter(users::id.eq_any(up_to(0)))
    );
    everywhere!(
        corpus,
        "not-in-list",
        "list of 1",
        users::table.filter(users::id.ne_all(up_to(1)))
    );
    everywhere!(
        corpus,
        "not-in-list",
        "list of 3",
        users::table.filter(users::id.ne_all(up_to(3)))
    );
    on!(
        corpus,
        [Mysql, Sqlite],
        "not-in-empty-list",
        // Of another table: `1=1` and the `1=0` above differ in a value alone.
        tags::table.filter(tags::id.ne_all(up_to(0)))
    );
    everywhere!(
        corpus,
        "in-list-of-texts",
        "list of 2",
        orders::table
            .select(orders::id)
            .filter(orders::status.eq_any(["open", "paid"]))
    );
    everywhere!(
        corpus,
        "in-list-of-texts",
        "list of 4",
        orders::table
            .select(orders::id)
            .filter(orders::status.eq_any(["open", "paid", "sent", "lost"]))
    );
    everywhere!(
        corpus,
        "in-list-and-eq",
        "list of 1",
        posts::table
            .filter(posts::user_id.eq_any(up_to(1)))
            .filter(posts::published.eq(true))
    );
    everywhere!(
        corpus,
        "in-list-and-eq",
        "list of 20",
        posts::table
            .filter(posts::user_id.eq_any(up_to(20)))
            .filter(posts::published.eq(true))
    );
    everywhere!(
        corpus,
        "two-in-lists",
        "lists of 1 and 2",
        posts::table
            .filter(posts::user_id.eq_any(up_to(1)))
            .filter(posts::id.eq_any(up_to(2)))
    );
    everywhere!(
        corpus,
        "two-in-lists",
        "lists of 3 and 1",
        posts::table
            .filter(posts::user_id.eq_any(up_to(3)))
            .filter(posts::id.eq_any(up_to(1)))
    );
    everywhere!(
        corpus,
        "boxed-in-list",
        "list of 2",
        posts::table
            .select(posts::id)
            .into_boxed::<Db>()
            .filter(posts::id.eq_any(up_to(2)))
            .limit(10)
    );
}

fn subqueries(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "in-subquery",
        users::table.filter(users::id.eq_any(posts::table.select(posts::user_id)))
    );
    everywhere!(
        corpus,
        "in-subquery-with-filter",
        users::table.filter(
            users::id.eq_any(
                posts::table
                    .filter(posts::views.gt(100))
                    .select(posts::user_id)
            )
        )
    );
    everywhere!(
        corpus,
        "not-in-subquery",
        users::table.filter(users::id.ne_all(posts::table.select(posts::user_id)))
    );
    everywhere!(
        corpus,
        "nested-subqueries",
        tags::table.filter(
            tags::id.eq_any(
                post_tags::table.select(post_tags::tag_id).filter(
                    post_tags::post_id
                        .eq_any(posts::table.select(posts::id).filter(posts::user_id.eq(1)))
                )
            )
        )
    );
    everywhere!(
        corpus,
        "exists-correlated",
        users::table.filter(exists(posts::table.filter(posts::user_id.eq(users::id))))
    );
    everywhere!(
        corpus,
        "not-exists-correlated",
        users::table.filter(not(exists(
            posts::table.filter(posts::user_id.eq(users::id))
        )))
    );
    everywhere!(
        corpus,
        "eq-scalar-subquery",
        posts::table.select(posts::id).filter(
            posts::views.nullable().eq(posts::table
                .select(::diesel::dsl::max(posts::views))
                .single_value())
        )
    );
    everywhere!(
        corpus,
        "scalar-subquery-in-select",
        users::table.select((
            users::name,
            posts::table
                .filter(posts::user_id.eq(users::id))
                .order(posts::id.desc())
                .select(posts::title)
                .single_value()
        ))
    );
}

fn belonging_to(corpus: &mut Corpus) {
    let users: Vec<User> = up_to(3).into_iter().map(|id| User { id }).collect();
    let one = User { id: 1 };
    everywhere!(corpus, "belonging-to-one", Post::belonging_to(&one));
    everywhere!(
        corpus,
        "belonging-to-many",
        "3 parents",
        Post::belonging_to(&users)
    );
    let parent = users.iter().take(1).cloned().collect::<Vec<_>>();
    everywhere!(
        corpus,
        "belonging-to-many",
        "1 parent",
        Post::belonging_to(&parent)
    );
    let posts: Vec<Post> = up_to(5)
        .into_iter()
        .map(|id| Post { id, user_id: 1 })
        .collect();
    everywhere!(
        corpus,
        "belonging-to-grandchildren",
        "5 parents",
        Comment::belonging_to(&posts).order(comments::id)
    );
}
