//! Rows by key, order, pages, distinct rows and locks.

use sea_orm::sea_query::{LockBehavior, LockType, NullOrdering};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

use super::entities::{order, order_item, post, post_tag, user};
use super::{Corpus, everywhere, on, variant};

const LOCKING: [DbBackend; 2] = [DbBackend::Postgres, DbBackend::MySql];

pub(super) fn add_to(corpus: &mut Corpus) {
    keys(corpus);
    columns(corpus);
    sorted(corpus);
    pages(corpus);
    distinct(corpus);
    locks(corpus);
}

fn keys(corpus: &mut Corpus) {
    everywhere(corpus, "find", post::Entity::find());
    everywhere(corpus, "find-enum-column", order::Entity::find());
    variant(corpus, "find-by-id", "1", post::Entity::find_by_id(1));
    variant(
        corpus,
        "find-by-id",
        "70000",
        post::Entity::find_by_id(70_000),
    );
    everywhere(
        corpus,
        "find-by-composite-id",
        post_tag::Entity::find_by_id((1, 2)),
    );
    everywhere(corpus, "find-one", post::Entity::find_by_id(1).limit(1));
    everywhere(
        corpus,
        "find-by-unique-column",
        user::Entity::find()
            .filter(user::Column::Email.eq("ada@example.org"))
            .limit(1),
    );
}

fn columns(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "select-one-column",
        post::Entity::find()
            .select_only()
            .column(post::Column::Title),
    );
    everywhere(
        corpus,
        "select-columns",
        post::Entity::find()
            .select_only()
            .columns([post::Column::Id, post::Column::Title]),
    );
    everywhere(
        corpus,
        "select-as",
        post::Entity::find()
            .select_only()
            .column_as(post::Column::Title, "headline"),
    );
    everywhere(
        corpus,
        "select-more",
        post::Entity::find().column_as(post::Column::Views.add_one(), "next_views"),
    );
}

/// `views + 1`, which a column of an entity has no method for.
trait AddOne {
    fn add_one(self) -> sea_orm::sea_query::Expr;
}

impl AddOne for post::Column {
    fn add_one(self) -> sea_orm::sea_query::Expr {
        sea_orm::sea_query::ExprTrait::add(self.into_expr(), 1)
    }
}

fn sorted(corpus: &mut Corpus) {
    let ids = || post::Entity::find().select_only().column(post::Column::Id);
    everywhere(corpus, "order-asc", ids().order_by_asc(post::Column::Title));
    everywhere(
        corpus,
        "order-desc",
        ids().order_by_desc(post::Column::Title),
    );
    everywhere(
        corpus,
        "order-two",
        ids()
            .order_by_asc(post::Column::UserId)
            .order_by_desc(post::Column::Views),
    );
    everywhere(
        corpus,
        "order-nulls-first",
        ids().order_by_with_nulls(post::Column::DeletedAt, Order::Desc, NullOrdering::First),
    );
    everywhere(
        corpus,
        "order-nulls-last",
        ids().order_by_with_nulls(post::Column::DeletedAt, Order::Asc, NullOrdering::Last),
    );
    everywhere(
        corpus,
        "order-expression",
        ids().order_by(post::Column::Views.add_one(), Order::Desc),
    );
    // The values of a list become text, and not binds.
    let by_list = |statuses: &[&str]| {
        let values = statuses.iter().map(|status| (*status).into()).collect();
        post::Entity::find()
            .select_only()
            .column(post::Column::Id)
            .order_by(
                post::Column::Title,
                Order::Field(sea_orm::sea_query::Values(values)),
            )
    };
    variant(
        corpus,
        "order-by-list",
        "list of 3",
        by_list(&["open", "it's", "sent"]),
    );
}

fn pages(corpus: &mut Corpus) {
    variant(corpus, "limit", "1", post::Entity::find().limit(1));
    variant(corpus, "limit", "100", post::Entity::find().limit(100));
    variant(
        corpus,
        "limit-offset",
        "first page",
        post::Entity::find().limit(10).offset(0),
    );
    variant(
        corpus,
        "limit-offset",
        "third page",
        post::Entity::find().limit(10).offset(20),
    );
    everywhere(corpus, "offset", post::Entity::find().offset(20));
    everywhere(
        corpus,
        "page-in-order",
        post::Entity::find()
            .filter(post::Column::Published.eq(true))
            .order_by_desc(post::Column::Id)
            .limit(10)
            .offset(30),
    );
    everywhere(
        corpus,
        "page-by-key",
        order_item::Entity::find()
            .filter(order_item::Column::Line.gt(100))
            .order_by_asc(order_item::Column::Line)
            .limit(10),
    );
}

fn distinct(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "distinct",
        post::Entity::find()
            .select_only()
            .column(post::Column::UserId)
            .distinct(),
    );
    on(
        corpus,
        &[DbBackend::Postgres],
        "distinct-on",
        None,
        post::Entity::find()
            .distinct_on([post::Column::UserId])
            .order_by_asc(post::Column::UserId),
    );
    on(
        corpus,
        &[DbBackend::Postgres],
        "distinct-on-two",
        None,
        post::Entity::find()
            .distinct_on([post::Column::UserId, post::Column::Published])
            .order_by_asc(post::Column::UserId),
    );
}

fn locks(corpus: &mut Corpus) {
    let order = || order::Entity::find_by_id(1);
    on(
        corpus,
        &LOCKING,
        "for-update",
        None,
        order().lock_exclusive(),
    );
    on(corpus, &LOCKING, "for-share", None, order().lock_shared());
    on(
        corpus,
        &LOCKING,
        "for-update-skip-locked",
        None,
        order().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    );
    on(
        corpus,
        &LOCKING,
        "for-update-no-wait",
        None,
        order().lock_with_behavior(LockType::Update, LockBehavior::Nowait),
    );
    on(
        corpus,
        &LOCKING,
        "for-share-skip-locked",
        None,
        order().lock_with_behavior(LockType::Share, LockBehavior::SkipLocked),
    );
    let postgres = [DbBackend::Postgres];
    on(
        corpus,
        &postgres,
        "for-no-key-update",
        None,
        order().lock(LockType::NoKeyUpdate),
    );
    on(
        corpus,
        &postgres,
        "for-key-share",
        None,
        order().lock(LockType::KeyShare),
    );
    on(
        corpus,
        &LOCKING,
        "queue",
        None,
        order::Entity::find()
            .filter(order::Column::Total.gt(0.0))
            .order_by_asc(order::Column::Id)
            .limit(5)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    );
}
