//! What active models do: SeaORM reads a row back where it can, in the same
//! statement or in another.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ModelTrait, QueryFilter};

use super::Corpus;
use super::entities::{Status, category, order, post, tag, user};
use super::executed::first;

pub(super) fn add_to(corpus: &mut Corpus) {
    inserts(corpus);
    updates(corpus);
    deletes(corpus);
}

fn category(parent_id: Option<i32>) -> category::ActiveModel {
    category::ActiveModel {
        parent_id: Set(parent_id),
        name: Set("books".to_owned()),
        ..Default::default()
    }
}

fn inserts(corpus: &mut Corpus) {
    first(corpus, "active-insert", Some("none"), async |db| {
        let _ = category(None).insert(db).await;
    });
    first(corpus, "active-insert", Some("some"), async |db| {
        let _ = category(Some(1)).insert(db).await;
    });
    first(corpus, "active-save-new", None, async |db| {
        let user = user::ActiveModel {
            name: Set("Ada".to_owned()),
            active: Set(true),
            ..Default::default()
        };
        let _ = user.save(db).await;
    });
    first(corpus, "active-insert-enum", None, async |db| {
        let order = order::ActiveModel {
            status: Set(Status::Open),
            ..Default::default()
        };
        let _ = order.insert(db).await;
    });
    first(corpus, "insert-exec", None, async |db| {
        let category = category::ActiveModel {
            id: Set(3),
            name: Set("books".to_owned()),
            ..Default::default()
        };
        let _ = category::Entity::insert(category).exec(db).await;
    });
    first(corpus, "insert-many-exec", Some("1 row"), async |db| {
        let _ = category::Entity::insert_many([numbered(1)]).exec(db).await;
    });
    first(corpus, "insert-many-exec", Some("2 rows"), async |db| {
        let _ = category::Entity::insert_many([numbered(1), numbered(2)])
            .exec(db)
            .await;
    });
}

fn numbered(id: i32) -> category::ActiveModel {
    category::ActiveModel {
        id: Set(id),
        parent_id: Set(None),
        name: Set(format!("category {id}")),
    }
}

fn updates(corpus: &mut Corpus) {
    first(corpus, "active-update", None, async |db| {
        let category = category::ActiveModel {
            id: Unchanged(1),
            name: Set("films".to_owned()),
            ..Default::default()
        };
        let _ = category.update(db).await;
    });
    first(corpus, "active-save-old", None, async |db| {
        let user = user::ActiveModel {
            id: Unchanged(1),
            name: Set("Ada".to_owned()),
            age: Set(None),
            ..Default::default()
        };
        let _ = user.save(db).await;
    });
    first(corpus, "active-update-enum", None, async |db| {
        let order = order::ActiveModel {
            id: Unchanged(1),
            status: Set(Status::Paid),
            total: Set(0.0),
            ..Default::default()
        };
        let _ = order.update(db).await;
    });
    // Nothing has changed: SeaORM reads the row instead.
    first(corpus, "active-update-nothing", None, async |db| {
        let order = order::ActiveModel {
            id: Unchanged(1),
            ..Default::default()
        };
        let _ = order.update(db).await;
    });
    first(corpus, "update-many-exec", None, async |db| {
        let _ = post::Entity::update_many()
            .col_expr(post::Column::Score, Expr::value(0.5))
            .filter(post::Column::UserId.eq(1))
            .exec(db)
            .await;
    });
}

fn deletes(corpus: &mut Corpus) {
    first(corpus, "active-delete", None, async |db| {
        let tag = tag::ActiveModel {
            id: Unchanged(1),
            ..Default::default()
        };
        let _ = tag.delete(db).await;
    });
    first(corpus, "model-delete", None, async |db| {
        let category = category::Model {
            id: 1,
            parent_id: None,
            name: String::new(),
        };
        let _ = category.delete(db).await;
    });
}
