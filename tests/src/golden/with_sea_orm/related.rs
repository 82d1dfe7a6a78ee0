//! Models together with their relations.

use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entities::{category, comment, order, order_item, post, tag, user};
use super::{Corpus, everywhere};

pub(super) fn add_to(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "find-also-related",
        post::Entity::find().find_also_related(user::Entity),
    );
    everywhere(
        corpus,
        "find-also-related-filter",
        post::Entity::find()
            .find_also_related(user::Entity)
            .filter(user::Column::Name.eq("Ada"))
            .limit(1),
    );
    everywhere(
        corpus,
        "find-both-related",
        post::Entity::find().find_both_related(user::Entity),
    );
    everywhere(
        corpus,
        "find-with-related",
        user::Entity::find().find_with_related(post::Entity),
    );
    everywhere(
        corpus,
        "find-with-related-in-order",
        order::Entity::find()
            .find_with_related(order_item::Entity)
            .order_by_desc(order::Column::Id),
    );
    everywhere(
        corpus,
        "find-with-related-via",
        post::Entity::find().find_with_related(tag::Entity),
    );
    everywhere(
        corpus,
        "find-also-linked",
        category::Entity::find().find_also_linked(category::ToParent),
    );
    everywhere(
        corpus,
        "find-with-linked",
        category::Entity::find()
            .find_with_linked(category::ToParent)
            .filter(category::Column::Name.eq("books")),
    );
    let user = user::Model {
        id: 1,
        name: "Ada".to_owned(),
        email: None,
        age: None,
        active: true,
    };
    everywhere(corpus, "find-related", user.find_related(order::Entity));
    let comment = comment::Model {
        id: 1,
        post_id: 2,
        user_id: None,
        body: String::new(),
        likes: 0,
    };
    everywhere(
        corpus,
        "find-related-parent",
        comment.find_related(post::Entity),
    );
    everywhere(
        corpus,
        "belongs-to",
        comment::Entity::find()
            .inner_join(post::Entity)
            .belongs_to(&post_of(&comment)),
    );
}

fn post_of(comment: &comment::Model) -> post::Model {
    post::Model {
        id: comment.post_id,
        user_id: 1,
        title: "news".to_owned(),
        body: String::new(),
        published: true,
        views: 0,
        score: 0.5,
        deleted_at: None,
    }
}
