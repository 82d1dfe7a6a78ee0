//! New rows that may be there already.

use ::diesel::dsl::DuplicatedKeys;
use ::diesel::insert_into;
use ::diesel::prelude::*;
use ::diesel::query_dsl::methods::FilterDsl;
use ::diesel::upsert::{excluded, on_constraint};

use super::schema::{order_items, tags, users};
use super::{Corpus, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    do_nothing(corpus);
    do_update(corpus);
}

fn do_nothing(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg, Sqlite],
        "on-any-conflict-do-nothing",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .on_conflict_do_nothing()
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "on-conflict-do-nothing",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .on_conflict(tags::name)
            .do_nothing()
    );
    on!(
        corpus,
        [Mysql],
        "on-duplicate-key-do-nothing",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .on_conflict(DuplicatedKeys)
            .do_nothing()
    );
    on!(
        corpus,
        [Pg],
        "on-constraint-do-nothing",
        insert_into(tags::table)
            .values(tags::name.eq("rust"))
            .on_conflict(on_constraint("tags_name_key"))
            .do_nothing()
    );
}

fn do_update(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg, Sqlite],
        "on-conflict-update-value",
        insert_into(tags::table)
            .values((tags::id.eq(1), tags::name.eq("rust")))
            .on_conflict(tags::id)
            .do_update()
            .set(tags::name.eq("rust"))
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "on-conflict-update-excluded",
        "1 row",
        insert_into(tags::table)
            .values((tags::id.eq(1), tags::name.eq("rust")))
            .on_conflict(tags::id)
            .do_update()
            .set(tags::name.eq(excluded(tags::name)))
    );
    on!(
        corpus,
        [Pg],
        "on-conflict-update-excluded",
        "3 rows",
        insert_into(tags::table)
            .values(vec![
                (tags::id.eq(1), tags::name.eq("rust")),
                (tags::id.eq(2), tags::name.eq("go")),
                (tags::id.eq(3), tags::name.eq("c")),
            ])
            .on_conflict(tags::id)
            .do_update()
            .set(tags::name.eq(excluded(tags::name)))
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "on-conflict-two-columns",
        insert_into(order_items::table)
            .values((
                order_items::order_id.eq(1),
                order_items::line.eq(2),
                order_items::quantity.eq(3)
            ))
            .on_conflict((order_items::order_id, order_items::line))
            .do_update()
            .set(order_items::quantity.eq(order_items::quantity + excluded(order_items::quantity)))
    );
    on!(
        corpus,
        [Pg, Sqlite],
        "on-conflict-update-filter",
        FilterDsl::filter(
            insert_into(users::table)
                .values((users::id.eq(1), users::name.eq("Ada")))
                .on_conflict(users::id)
                .do_update()
                .set(users::name.eq(excluded(users::name))),
            users::active.eq(true)
        )
    );
    on!(
        corpus,
        [Pg],
        "on-conflict-partial-index",
        insert_into(users::table)
            .values((users::name.eq("Ada"), users::active.eq(true)))
            .on_conflict(users::name)
            .filter_target(users::active.eq(true))
            .do_update()
            .set(users::age.eq(30))
    );
    on!(
        corpus,
        [Mysql],
        "on-duplicate-key-update",
        insert_into(tags::table)
            .values((tags::id.eq(1), tags::name.eq("rust")))
            .on_conflict(DuplicatedKeys)
            .do_update()
            .set(tags::name.eq("rust"))
    );
    on!(
        corpus,
        [Pg],
        "upsert-returning",
        insert_into(tags::table)
            .values((tags::id.eq(1), tags::name.eq("rust")))
            .on_conflict(tags::id)
            .do_update()
            .set(tags::name.eq("go"))
            .returning(tags::id)
    );
}
