//! A blog and a shop, as Diesel's `table!` has them.

use ::diesel::prelude::*;

::diesel::table! {
    users (id) {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
        age -> Nullable<Integer>,
        active -> Bool,
        created_at -> Timestamp,
    }
}

::diesel::table! {
    posts (id) {
        id -> Integer,
        user_id -> Integer,
        title -> Text,
        body -> Text,
        published -> Bool,
        views -> Integer,
        score -> Double,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

::diesel::table! {
    comments (id) {
        id -> Integer,
        post_id -> Integer,
        user_id -> Nullable<Integer>,
        body -> Text,
        likes -> Integer,
    }
}

::diesel::table! {
    tags (id) {
        id -> Integer,
        name -> Text,
    }
}

::diesel::table! {
    post_tags (post_id, tag_id) {
        post_id -> Integer,
        tag_id -> Integer,
    }
}

::diesel::table! {
    orders (id) {
        id -> Integer,
        user_id -> Integer,
        status -> Text,
        total -> Double,
        placed_at -> Timestamp,
    }
}

::diesel::table! {
    order_items (order_id, line) {
        order_id -> Integer,
        line -> Integer,
        product -> Text,
        quantity -> Integer,
        price -> Double,
    }
}

::diesel::table! {
    categories (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        name -> Text,
    }
}

// Types that only PostgreSQL has.
::diesel::table! {
    events (id) {
        id -> BigInt,
        kind -> Text,
        payload -> Jsonb,
        labels -> Array<Text>,
        scores -> Array<Integer>,
        during -> Range<Integer>,
        occurred_at -> Timestamptz,
    }
}

::diesel::joinable!(posts -> users (user_id));
::diesel::joinable!(comments -> posts (post_id));
::diesel::joinable!(comments -> users (user_id));
::diesel::joinable!(post_tags -> posts (post_id));
::diesel::joinable!(post_tags -> tags (tag_id));
::diesel::joinable!(orders -> users (user_id));
::diesel::joinable!(order_items -> orders (order_id));
::diesel::allow_tables_to_appear_in_same_query!(
    users,
    posts,
    comments,
    tags,
    post_tags,
    orders,
    order_items,
    categories,
);

#[derive(Clone, Debug, Identifiable)]
#[diesel(table_name = users)]
pub(super) struct User {
    pub(super) id: i32,
}

#[derive(Clone, Debug, Identifiable, Associations)]
#[diesel(belongs_to(User))]
#[diesel(table_name = posts)]
pub(super) struct Post {
    pub(super) id: i32,
    pub(super) user_id: i32,
}

#[derive(Clone, Debug, Identifiable, Associations)]
#[diesel(belongs_to(Post))]
#[diesel(table_name = comments)]
pub(super) struct Comment {
    pub(super) id: i32,
    pub(super) post_id: i32,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = users)]
pub(super) struct NewUser {
    pub(super) name: String,
    pub(super) email: Option<String>,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = order_items)]
pub(super) struct NewItem {
    pub(super) order_id: i32,
    pub(super) line: i32,
    pub(super) product: String,
    pub(super) quantity: i32,
    pub(super) price: f64,
}

/// `None` leaves a column as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = posts)]
pub(super) struct PostChanges {
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    pub(super) published: Option<bool>,
}

/// `None` writes `NULL`.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub(super) struct UserContact {
    pub(super) name: String,
    pub(super) email: Option<String>,
}
