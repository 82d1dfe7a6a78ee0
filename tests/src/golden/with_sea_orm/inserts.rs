//! New rows, and new rows that may be there already.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, Insert, QueryFilter, QuerySelect, QueryTrait};

use super::entities::{Status, comment, order, order_item, post, post_tag, tag, user};
use super::{ALL, Corpus, everywhere, on, statement_on, variant};

/// The databases whose upserts name the columns in conflict.
const ON_CONFLICT: [DbBackend; 2] = [DbBackend::Postgres, DbBackend::Sqlite];

pub(super) fn add_to(corpus: &mut Corpus) {
    one(corpus);
    many(corpus);
    on_conflict(corpus);
    with_sea_query(corpus);
}

fn tag(id: i32) -> tag::ActiveModel {
    tag::ActiveModel {
        id: Set(id),
        name: Set(format!("tag {id}")),
    }
}

fn one(corpus: &mut Corpus) {
    everywhere(
        corpus,
        "insert-one-column",
        tag::Entity::insert(tag::ActiveModel {
            id: NotSet,
            name: Set("rust".to_owned()),
        }),
    );
    let user = |email: Option<&str>| {
        user::Entity::insert(user::ActiveModel {
            name: Set("Ada".to_owned()),
            email: Set(email.map(str::to_owned)),
            ..Default::default()
        })
    };
    variant(corpus, "insert-optional", "none", user(None));
    variant(
        corpus,
        "insert-optional",
        "some",
        user(Some("ada@example.org")),
    );
    everywhere(
        corpus,
        "insert-without-optional",
        user::Entity::insert(user::ActiveModel {
            name: Set("Ada".to_owned()),
            ..Default::default()
        }),
    );
    everywhere(
        corpus,
        "insert-nothing-set",
        order::Entity::insert(order::ActiveModel::default()),
    );
    everywhere(
        corpus,
        "insert-enum",
        order::Entity::insert(order::ActiveModel {
            id: NotSet,
            user_id: Set(1),
            status: Set(Status::Open),
            total: Set(9.5),
        }),
    );
}

fn many(corpus: &mut Corpus) {
    for (text, n) in [("1 row", 1), ("3 rows", 3), ("20 rows", 20)] {
        let rows = (1..=n).map(|line| order_item::ActiveModel {
            order_id: Set(1),
            line: Set(line),
            product: Set(format!("product {line}")),
            quantity: Set(1),
            price: Set(9.5),
        });
        variant(
            corpus,
            "insert-many",
            text,
            order_item::Entity::insert_many(rows),
        );
    }
    // A column that some rows leave out is `NULL` in those, by a bind or a word.
    let comments = |users: &[Option<i32>]| {
        comment::Entity::insert_many(users.iter().map(|user| comment::ActiveModel {
            post_id: Set(1),
            user_id: user.map_or(NotSet, |user| Set(Some(user))),
            body: Set("first".to_owned()),
            ..Default::default()
        }))
    };
    variant(
        corpus,
        "insert-many-optional",
        "all have it",
        comments(&[Some(1), Some(2)]),
    );
    variant(
        corpus,
        "insert-many-optional",
        "the last has none",
        comments(&[Some(1), None]),
    );
    variant(
        corpus,
        "insert-many-optional",
        "the first has none",
        comments(&[None, Some(1), None]),
    );
    everywhere(
        corpus,
        "insert-many-without-optional",
        comments(&[None, None]),
    );
}

fn on_conflict(corpus: &mut Corpus) {
    let insert = || Insert::one(tag(1));
    let conflict = || OnConflict::column(tag::Column::Id);
    everywhere(
        corpus,
        "on-conflict-do-nothing",
        insert().on_conflict(conflict().do_nothing().to_owned()),
    );
    on(
        corpus,
        &ALL,
        "on-conflict-do-nothing-on",
        None,
        Insert::one(post_tag::ActiveModel {
            post_id: Set(1),
            tag_id: Set(2),
        })
        .on_conflict_do_nothing(),
    );
    everywhere(
        corpus,
        "on-conflict-update-column",
        insert().on_conflict(conflict().update_column(tag::Column::Name).to_owned()),
    );
    variant(
        corpus,
        "on-conflict-update-columns",
        "1 row",
        tag::Entity::insert_many([tag(1)]).on_conflict(
            conflict()
                .update_columns([tag::Column::Id, tag::Column::Name])
                .to_owned(),
        ),
    );
    variant(
        corpus,
        "on-conflict-update-columns",
        "3 rows",
        tag::Entity::insert_many([tag(1), tag(2), tag(3)]).on_conflict(
            conflict()
                .update_columns([tag::Column::Id, tag::Column::Name])
                .to_owned(),
        ),
    );
    everywhere(
        corpus,
        "on-conflict-update-value",
        insert().on_conflict(conflict().value(tag::Column::Name, "rust").to_owned()),
    );
    on(
        corpus,
        &ON_CONFLICT,
        "on-conflict-two-columns",
        None,
        order_item::Entity::insert(order_item::ActiveModel {
            order_id: Set(1),
            line: Set(2),
            quantity: Set(3),
            ..Default::default()
        })
        .on_conflict(
            OnConflict::columns([order_item::Column::OrderId, order_item::Column::Line])
                .value(
                    order_item::Column::Quantity,
                    Expr::col((order_item::Entity, order_item::Column::Quantity)).add(1),
                )
                .to_owned(),
        ),
    );
    on(
        corpus,
        &ON_CONFLICT,
        "on-conflict-filters",
        None,
        insert().on_conflict(
            conflict()
                .target_and_where(tag::Column::Name.is_not_null())
                .update_column(tag::Column::Name)
                .action_and_where(tag::Column::Id.gt(5))
                .to_owned(),
        ),
    );
    on(
        corpus,
        &[DbBackend::Postgres],
        "on-constraint",
        None,
        insert().on_conflict(
            OnConflict::constraint("tags_name_key")
                .do_nothing()
                .to_owned(),
        ),
    );
}

fn with_sea_query(corpus: &mut Corpus) {
    let mut from_select = Query::insert();
    from_select
        .into_table(comment::Entity)
        .columns([comment::Column::PostId, comment::Column::Body])
        .select_from(
            post::Entity::find()
                .select_only()
                .columns([post::Column::Id, post::Column::Title])
                .filter(post::Column::Views.gt(5))
                .into_query(),
        )
        .expect("two columns, two values");
    statement_on(corpus, &ALL, "insert-from-select", None, &from_select);
    let mut replace = Query::insert();
    replace
        .replace()
        .into_table(tag::Entity)
        .columns([tag::Column::Id, tag::Column::Name])
        .values_panic([1.into(), "rust".into()]);
    let with_replace = [DbBackend::MySql, DbBackend::Sqlite];
    statement_on(corpus, &with_replace, "replace", "1 row", &replace);
    replace.values_panic([2.into(), "go".into()]);
    statement_on(corpus, &with_replace, "replace", "2 rows", &replace);
    let mut expressions = Query::insert();
    expressions
        .into_table(order::Entity)
        .columns([order::Column::UserId, order::Column::Total])
        .values_panic([Expr::val(1).add(2), Expr::cust("random()")]);
    statement_on(corpus, &ALL, "insert-expressions", None, &expressions);
    let mut returning = Query::insert();
    returning
        .into_table(tag::Entity)
        .columns([tag::Column::Name])
        .values_panic(["rust".into()])
        .returning_col(tag::Column::Id);
    statement_on(
        corpus,
        &ON_CONFLICT,
        "insert-returning-column",
        None,
        &returning,
    );
    let mut returning_all = returning.clone();
    returning_all.returning_all();
    statement_on(
        corpus,
        &ON_CONFLICT,
        "insert-returning-star",
        None,
        &returning_all,
    );
}
