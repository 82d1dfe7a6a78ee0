//! Statements that SeaORM writes only when it runs them: counts, pages, cursors
//! and loaders. They are read from the log of a `MockDatabase`.

use std::ops::AsyncFnOnce;

use sea_orm::{
    ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, LoaderTrait, MockDatabase,
    MockExecResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::entities::{comment, order_item, post, tag, user};
use super::{ALL, Corpus, text};

pub(super) fn add_to(corpus: &mut Corpus) {
    pages(corpus);
    cursors(corpus);
    tuple_cursors(corpus);
    loaders(corpus);
}

/// What a program's code sends first to a database. All that it writes works,
/// and all that it reads is empty; how it ends does not matter.
pub(super) fn first(
    corpus: &mut Corpus,
    case: &'static str,
    variant: Option<&'static str>,
    run: impl AsyncFnOnce(&DatabaseConnection) + Copy,
) {
    for backend in ALL {
        if let Some(statement) = log(backend, run).into_iter().next() {
            text(corpus, backend, case, variant, statement.sql);
        }
    }
}

/// All that a program's code sends to a database.
pub(super) fn log(
    backend: DbBackend,
    run: impl AsyncFnOnce(&DatabaseConnection),
) -> Vec<Statement> {
    let done = MockExecResult {
        last_insert_id: 7,
        rows_affected: 1,
    };
    let nothing: [Vec<tag::Model>; 4] = Default::default();
    let db = MockDatabase::new(backend)
        .append_exec_results([done.clone(), done.clone(), done])
        .append_query_results(nothing)
        .into_connection();
    futures::executor::block_on(run(&db));
    db.into_transaction_log()
        .iter()
        .flat_map(|transaction| transaction.statements().to_vec())
        .collect()
}

fn pages(corpus: &mut Corpus) {
    first(corpus, "paginator-count", None, async |db| {
        let _ = post::Entity::find().paginate(db, 10).num_items().await;
    });
    first(corpus, "paginator-count-filter", None, async |db| {
        let published = post::Column::Published.eq(true);
        let posts = post::Entity::find().filter(published);
        let _ = posts.order_by_asc(post::Column::Id).count(db).await;
    });
    first(corpus, "paginator-page", Some("first"), async |db| {
        let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
        let _ = tags.paginate(db, 10).fetch_page(0).await;
    });
    first(corpus, "paginator-page", Some("fourth"), async |db| {
        let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
        let _ = tags.paginate(db, 25).fetch_page(3).await;
    });
    first(corpus, "paginator-count-of-join", None, async |db| {
        let posts = post::Entity::find().find_also_related(user::Entity);
        let _ = posts.paginate(db, 10).num_items().await;
    });
    first(corpus, "exists-by-select-one", None, async |db| {
        let comments = comment::Entity::find().filter(comment::Column::Likes.gt(3));
        let _ = comments
            .select_only()
            .column(comment::Column::Id)
            .one(db)
            .await;
    });
}

fn cursors(corpus: &mut Corpus) {
    first(corpus, "cursor-first-page", None, async |db| {
        let _ = post::Entity::find()
            .cursor_by(post::Column::Id)
            .first(10)
            .all(db)
            .await;
    });
    first(corpus, "cursor-after", Some("10"), async |db| {
        let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
        let _ = cursor.after(10).first(10).all(db).await;
    });
    first(corpus, "cursor-after", Some("5000"), async |db| {
        let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
        let _ = cursor.after(5000).first(25).all(db).await;
    });
    first(corpus, "cursor-before", None, async |db| {
        let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
        let _ = cursor.before(90).last(10).all(db).await;
    });
    first(corpus, "cursor-after-and-before", None, async |db| {
        let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
        let _ = cursor.after(10).before(90).all(db).await;
    });
    first(corpus, "cursor-desc", None, async |db| {
        let mut cursor = comment::Entity::find().cursor_by(comment::Column::Id);
        let _ = cursor.after(10).first(10).desc().all(db).await;
    });
    first(corpus, "cursor-of-join", None, async |db| {
        let posts = post::Entity::find().find_also_related(user::Entity);
        let mut cursor = posts.cursor_by(post::Column::Id);
        let _ = cursor.after(10).first(10).all(db).await;
    });
}

fn tuple_cursors(corpus: &mut Corpus) {
    let key = (order_item::Column::OrderId, order_item::Column::Line);
    first(corpus, "tuple-cursor-first-page", None, async |db| {
        let mut cursor = order_item::Entity::find().cursor_by(key);
        let _ = cursor.first(10).all(db).await;
    });
    first(corpus, "tuple-cursor-after", Some("(1, 2)"), async |db| {
        let mut cursor = order_item::Entity::find().cursor_by(key);
        let _ = cursor.after((1, 2)).first(10).all(db).await;
    });
    first(corpus, "tuple-cursor-after", Some("(30, 1)"), async |db| {
        let mut cursor = order_item::Entity::find().cursor_by(key);
        let _ = cursor.after((30, 1)).first(50).all(db).await;
    });
    first(corpus, "tuple-cursor-before", None, async |db| {
        let mut cursor = order_item::Entity::find().cursor_by(key);
        let _ = cursor.before((1, 2)).last(10).all(db).await;
    });
    first(corpus, "tuple-cursor-of-three", None, async |db| {
        let key = (post::Column::UserId, post::Column::Views, post::Column::Id);
        let mut cursor = post::Entity::find().cursor_by(key);
        let _ = cursor.after((1, 2, 3)).first(10).all(db).await;
    });
}

fn users(n: i32) -> Vec<user::Model> {
    (1..=n)
        .map(|id| user::Model {
            id,
            name: format!("user {id}"),
            email: None,
            age: None,
            active: true,
        })
        .collect()
}

fn comments(n: i32) -> Vec<comment::Model> {
    (1..=n)
        .map(|id| comment::Model {
            id,
            post_id: id,
            user_id: None,
            body: String::new(),
            likes: 0,
        })
        .collect()
}

fn loaders(corpus: &mut Corpus) {
    for (variant, n) in [("1 parent", 1), ("3 parents", 3), ("40 parents", 40)] {
        first(corpus, "load-many", Some(variant), async |db| {
            let _ = users(n).load_many(post::Entity, db).await;
        });
    }
    for (variant, n) in [("1 child", 1), ("3 children", 3)] {
        first(corpus, "load-one", Some(variant), async |db| {
            let _ = comments(n).load_one(post::Entity, db).await;
        });
    }
    first(corpus, "load-many-filter", None, async |db| {
        let published = post::Entity::find().filter(post::Column::Published.eq(true));
        let _ = users(2).load_many(published, db).await;
    });
    for (variant, n) in [("1 tag", 1), ("3 tags", 3)] {
        let tags: Vec<_> = (1..=n)
            .map(|id| tag::Model {
                id,
                name: String::new(),
            })
            .collect();
        let tags = &tags;
        first(corpus, "load-many-to-many", Some(variant), async |db| {
            let _ = tags.load_many(post::Entity, db).await;
        });
    }
}
