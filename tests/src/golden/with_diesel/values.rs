//! Expressions: arithmetic, conditions, casts, dates and functions.

use ::diesel::dsl::{case_when, date, now, sql};
use ::diesel::prelude::*;
use ::diesel::sql_types::{BigInt, Bool, Double, Integer, Nullable, Text, Timestamp};

use super::schema::{order_items, posts, users};
use super::{Corpus, everywhere, on};

#[diesel::declare_sql_function]
extern "SQL" {
    /// `LOWER` of a text.
    fn lower(text: Text) -> Text;
    /// `COALESCE` of two values.
    #[sql_name = "coalesce"]
    fn coalesce_text(text: Nullable<Text>, other: Text) -> Text;
}

pub(super) fn add_to(corpus: &mut Corpus) {
    arithmetic(corpus);
    fragments(corpus);
    conditions(corpus);
    casts_and_functions(corpus);
    dates(corpus);
}

fn arithmetic(corpus: &mut Corpus) {
    everywhere!(corpus, "plus-value", posts::table.select(posts::views + 1));
    everywhere!(corpus, "minus-value", posts::table.select(posts::views - 1));
    everywhere!(corpus, "times-value", posts::table.select(posts::views * 2));
    everywhere!(
        corpus,
        "divided-by-value",
        posts::table.select(posts::views / 2)
    );
    everywhere!(
        corpus,
        "product-of-columns",
        order_items::table.select(order_items::price * order_items::price)
    );
    everywhere!(
        corpus,
        "arithmetic-in-filter",
        posts::table
            .select(posts::id)
            .filter((posts::views - 5).gt(posts::user_id * 3))
    );
    everywhere!(
        corpus,
        "arithmetic-chain",
        posts::table.select(posts::views + posts::user_id - posts::id)
    );
}

/// SQL that the program wrote, within a query.
fn fragments(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "fragment-minus",
        "spaces",
        posts::table.select(sql::<Integer>("views - 1"))
    );
    everywhere!(
        corpus,
        "fragment-minus",
        "no spaces",
        posts::table.select(sql::<Integer>("views-1"))
    );
    everywhere!(
        corpus,
        "fragment-minus",
        "space before",
        posts::table.select(sql::<Integer>("views -12"))
    );
    everywhere!(
        corpus,
        "fragment-plus",
        "signed value",
        posts::table.select(sql::<Integer>("views + -1"))
    );
    everywhere!(
        corpus,
        "fragment-plus",
        "unsigned value",
        posts::table.select(sql::<Integer>("views + 1"))
    );
    everywhere!(
        corpus,
        "fragment-filter",
        "double",
        posts::table
            .select(posts::id)
            .filter(sql::<Bool>("score > 1.5e3"))
    );
    everywhere!(
        corpus,
        "fragment-filter",
        "negative",
        posts::table
            .select(posts::id)
            .filter(sql::<Bool>("score > -.5"))
    );
    everywhere!(
        corpus,
        "fragment-with-bind",
        posts::table.select(posts::id).filter(
            sql::<Bool>("length(title) > ")
                .bind::<Integer, _>(10)
                .sql(" AND views < 3")
        )
    );
    everywhere!(
        corpus,
        "fragment-text",
        "quote doubled",
        users::table
            .select(users::id)
            .filter(sql::<Bool>("name = 'O''Hara'"))
    );
    everywhere!(
        corpus,
        "fragment-text",
        "comment inside",
        users::table
            .select(users::id)
            .filter(sql::<Bool>("name = '-- /* ; ?'"))
    );
    everywhere!(
        corpus,
        "fragment-order",
        posts::table
            .select(posts::id)
            .order(sql::<Integer>("views % 7 DESC"))
    );
    everywhere!(
        corpus,
        "fragment-select",
        posts::table.select((posts::id, sql::<BigInt>("count(*) OVER ()")))
    );
}

fn conditions(corpus: &mut Corpus) {
    everywhere!(
        corpus,
        "case-when",
        posts::table
            .select(case_when::<_, _, Text>(posts::views.gt(100), "popular").otherwise("quiet"))
    );
    everywhere!(
        corpus,
        "case-when-two",
        posts::table.select(
            case_when::<_, _, Text>(posts::views.gt(100), "popular")
                .when(posts::views.gt(10), "known")
                .otherwise("quiet")
        )
    );
    everywhere!(
        corpus,
        "case-without-else",
        posts::table.select(case_when(posts::published, posts::title))
    );
    everywhere!(
        corpus,
        "case-in-order",
        posts::table
            .select(posts::id)
            .order(case_when::<_, _, Integer>(posts::user_id.eq(1), 0).otherwise(1))
    );
}

fn casts_and_functions(corpus: &mut Corpus) {
    on!(
        corpus,
        [Pg, Sqlite],
        "cast-to-text",
        posts::table.select(posts::views.cast::<Text>())
    );
    everywhere!(
        corpus,
        "cast-to-bigint",
        posts::table.select(posts::views.cast::<BigInt>())
    );
    on!(
        corpus,
        [Pg],
        "cast-in-filter",
        posts::table
            .select(posts::id)
            .filter(posts::score.gt(posts::views.cast::<Double>()))
    );
    everywhere!(
        corpus,
        "function-in-select",
        users::table.select(lower(users::name))
    );
    everywhere!(
        corpus,
        "function-in-filter",
        users::table
            .select(users::id)
            .filter(lower(users::name).eq("ada"))
    );
    everywhere!(
        corpus,
        "function-of-value",
        users::table
            .select(users::id)
            .filter(users::name.eq(lower("ADA")))
    );
    everywhere!(
        corpus,
        "coalesce",
        users::table.select(coalesce_text(users::email, "none"))
    );
    everywhere!(
        corpus,
        "select-value",
        ::diesel::select(1.into_sql::<Integer>())
    );
    everywhere!(
        corpus,
        "select-values",
        ::diesel::select((1.into_sql::<Integer>(), "a".into_sql::<Text>()))
    );
}

fn dates(corpus: &mut Corpus) {
    everywhere!(corpus, "select-now", ::diesel::select(now));
    everywhere!(
        corpus,
        "created-before-now",
        posts::table
            .select(posts::id)
            .filter(posts::created_at.lt(now))
    );
    everywhere!(
        corpus,
        "created-on-date",
        posts::table
            .select(posts::id)
            .filter(date(posts::created_at).eq(date(sql::<Timestamp>("'2026-01-31 10:00:00'"))))
    );
    everywhere!(
        corpus,
        "created-since-text",
        posts::table
            .select(posts::id)
            .filter(posts::created_at.gt(sql::<Timestamp>("").bind::<Text, _>("2026-01-31")))
    );
}
