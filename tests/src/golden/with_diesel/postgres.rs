//! What only PostgreSQL has: arrays, JSON, ranges and more.

use ::diesel::dsl::{IntervalDsl, OnlyDsl, TablesampleDsl, array, now};
use ::diesel::prelude::*;
use ::diesel::sql_types::{Array, Integer, Jsonb, Text};
use serde_json::json;

use super::schema::{events, posts, users};
use super::{Corpus, on};

pub(super) fn add_to(corpus: &mut Corpus) {
    arrays(corpus);
    json_documents(corpus);
    ranges_and_times(corpus);
    tables(corpus);
}

fn arrays(corpus: &mut Corpus) {
    let ids = events::table.select(events::id);
    on!(
        corpus,
        [Pg],
        "array-contains",
        "1 element",
        ids.filter(events::labels.contains(vec!["a"]))
    );
    on!(
        corpus,
        [Pg],
        "array-contains",
        "2 elements",
        ids.filter(events::labels.contains(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "array-contains-literal",
        "2 elements",
        ids.filter(events::scores.contains(array::<Integer, _>((1, 2))))
    );
    on!(
        corpus,
        [Pg],
        "array-contains-literal",
        "3 elements",
        ids.filter(events::scores.contains(array::<Integer, _>((1, 2, 3))))
    );
    on!(
        corpus,
        [Pg],
        "array-is-contained",
        ids.filter(events::labels.is_contained_by(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "array-overlaps",
        ids.filter(events::labels.overlaps_with(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "array-concat",
        events::table.select(events::labels.concat(vec!["new"]))
    );
    on!(
        corpus,
        [Pg],
        "array-index",
        events::table.select(events::scores.index(1))
    );
    on!(
        corpus,
        [Pg],
        "array-index-by-column",
        events::table.select(events::scores.index(events::scores.index(2)))
    );
    on!(
        corpus,
        [Pg],
        "array-of-subquery",
        ::diesel::select(array::<Integer, _>(
            posts::table.select(posts::id).filter(posts::user_id.eq(1))
        ))
    );
    on!(
        corpus,
        [Pg],
        "array-cast",
        events::table.select(
            ::diesel::dsl::sql::<Array<Text>>("")
                .bind::<Array<Text>, _>(vec!["a"])
                .sql("::text[]")
        )
    );
}

fn json_documents(corpus: &mut Corpus) {
    let ids = events::table.select(events::id);
    on!(
        corpus,
        [Pg],
        "json-contains",
        ids.filter(events::payload.contains(json!({"kind": "a"})))
    );
    on!(
        corpus,
        [Pg],
        "json-is-contained",
        ids.filter(events::payload.is_contained_by(json!({"kind": "a"})))
    );
    on!(
        corpus,
        [Pg],
        "json-has-key",
        ids.filter(events::payload.has_key("kind"))
    );
    on!(
        corpus,
        [Pg],
        "json-has-any-key",
        ids.filter(events::payload.has_any_key(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "json-has-all-keys",
        ids.filter(events::payload.has_all_keys(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "json-field",
        "by name",
        events::table.select(events::payload.retrieve_as_object("kind"))
    );
    on!(
        corpus,
        [Pg],
        "json-field",
        "by index",
        events::table.select(events::payload.retrieve_as_object(0))
    );
    on!(
        corpus,
        [Pg],
        "json-field-as-text",
        events::table.select(events::payload.retrieve_as_text("kind"))
    );
    on!(
        corpus,
        [Pg],
        "json-path",
        events::table.select(events::payload.retrieve_by_path_as_object(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "json-path-as-text",
        events::table.select(events::payload.retrieve_by_path_as_text(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "json-field-in-filter",
        ids.filter(events::payload.retrieve_as_text("kind").eq("click"))
    );
    on!(
        corpus,
        [Pg],
        "json-remove",
        events::table.select(events::payload.remove("kind"))
    );
    on!(
        corpus,
        [Pg],
        "json-remove-path",
        events::table.select(events::payload.remove_by_path(vec!["a", "b"]))
    );
    on!(
        corpus,
        [Pg],
        "json-concat",
        events::table.select(events::payload.concat(json!({"seen": true})))
    );
    on!(
        corpus,
        [Pg],
        "json-update",
        ::diesel::update(events::table.find(1)).set(events::payload.eq(json!([1, 2])))
    );
    on!(
        corpus,
        [Pg],
        "json-cast",
        ::diesel::select("{}".into_sql::<Text>().fallible_cast::<Jsonb>())
    );
}

fn ranges_and_times(corpus: &mut Corpus) {
    let ids = events::table.select(events::id);
    on!(
        corpus,
        [Pg],
        "range-contains",
        ids.filter(events::during.contains(5))
    );
    on!(
        corpus,
        [Pg],
        "range-overlaps",
        ids.filter(events::during.overlaps_with(1..5))
    );
    on!(
        corpus,
        [Pg],
        "since-interval",
        "days",
        posts::table
            .select(posts::id)
            .filter(posts::created_at.gt(now - 3.days()))
    );
    on!(
        corpus,
        [Pg],
        "since-interval",
        "hours",
        posts::table
            .select(posts::id)
            .filter(posts::created_at.gt(now - 1.hour()))
    );
    on!(
        corpus,
        [Pg],
        "at-time-zone",
        events::table.select(events::occurred_at.at_time_zone("Europe/Berlin"))
    );
}

fn tables(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg],
        "only-table",
        users::table.only().select(users::id)
    );
    on!(
        corpus,
        [Pg],
        "table-sample",
        "1 percent",
        users::table.tablesample_system(1).select(users::id)
    );
    on!(
        corpus,
        [Pg],
        "table-sample-seed",
        users::table
            .tablesample_bernoulli(10)
            .with_seed(42.0)
            .select(users::id)
    );
}
