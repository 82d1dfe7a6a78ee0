//! Names that are also words of SQL, or hold what a lexer looks for.

use ::diesel::prelude::*;

use super::{Corpus, everywhere};

::diesel::table! {
    #[sql_name = "order"]
    order_table (id) {
        id -> Integer,
        #[sql_name = "user"]
        user_column -> Text,
        #[sql_name = "group"]
        group_column -> Text,
        #[sql_name = "default"]
        default_column -> Integer,
        #[sql_name = "null"]
        null_column -> Nullable<Integer>,
        #[sql_name = "select"]
        select_column -> Integer,
        #[sql_name = "limit"]
        limit_column -> Integer,
        #[sql_name = "values"]
        values_column -> Text,
    }
}

::diesel::table! {
    #[sql_name = "user"]
    user_table (id) {
        id -> Integer,
        #[sql_name = "order"]
        order_id -> Integer,
        #[sql_name = "true"]
        true_column -> Bool,
    }
}

::diesel::table! {
    #[sql_name = "LegacyAccounts"]
    legacy_accounts (id) {
        #[sql_name = "AccountId"]
        id -> Integer,
        #[sql_name = "Full Name"]
        full_name -> Text,
        #[sql_name = "accountid"]
        lower_case_id -> Integer,
    }
}

::diesel::table! {
    odd_names (id) {
        id -> Integer,
        #[sql_name = "is it?"]
        with_placeholder -> Text,
        #[sql_name = "a--b"]
        with_comment -> Text,
        #[sql_name = "it's"]
        with_quote -> Text,
        #[sql_name = "he said \"so\""]
        with_double_quotes -> Text,
        #[sql_name = "back`tick"]
        with_backtick -> Text,
        #[sql_name = "$1"]
        like_a_bind -> Text,
        #[sql_name = "größe"]
        not_ascii -> Text,
        #[sql_name = "2nd"]
        with_digit -> Text,
    }
}

::diesel::table! {
    shop.invoices (id) {
        id -> Integer,
        total -> Double,
    }
}

::diesel::joinable!(user_table -> order_table (order_id));
::diesel::allow_tables_to_appear_in_same_query!(order_table, user_table);

pub(super) fn add_to(corpus: &mut Corpus) {
    keywords(corpus);
    spelling(corpus);
    odd(corpus);
    schemas(corpus);
}

fn keywords(corpus: &mut Corpus) {
    everywhere!(corpus, "keyword-table", order_table::table.find(1));
    everywhere!(
        corpus,
        "keyword-columns",
        order_table::table
            .select((order_table::null_column, order_table::default_column))
            .filter(order_table::group_column.eq("a"))
    );
    everywhere!(
        corpus,
        "keyword-column-is-null",
        order_table::table
            .select(order_table::id)
            .filter(order_table::null_column.is_null())
    );
    everywhere!(
        corpus,
        "keyword-column-of-numbers",
        order_table::table
            .select(order_table::limit_column - order_table::select_column)
            .filter(order_table::limit_column.gt(5))
            .order(order_table::default_column)
    );
    everywhere!(
        corpus,
        "keyword-join",
        user_table::table
            .inner_join(order_table::table)
            .select((user_table::true_column, order_table::user_column))
    );
    everywhere!(
        corpus,
        "keyword-insert",
        ::diesel::insert_into(order_table::table).values((
            order_table::default_column.eq(1),
            order_table::null_column.eq(None::<i32>),
            order_table::values_column.eq("x"),
        ))
    );
    everywhere!(
        corpus,
        "keyword-update",
        ::diesel::update(order_table::table.find(1)).set((
            order_table::default_column.eq(2),
            order_table::group_column.eq("b")
        ))
    );
    everywhere!(
        corpus,
        "keyword-delete",
        ::diesel::delete(user_table::table.filter(user_table::true_column.eq(true)))
    );
}

fn spelling(corpus: &mut Corpus) {
    everywhere!(corpus, "mixed-case", legacy_accounts::table.find(1));
    everywhere!(
        corpus,
        "mixed-case-column",
        legacy_accounts::table
            .select(legacy_accounts::id)
            .order(legacy_accounts::id)
    );
    everywhere!(
        corpus,
        "lower-case-column",
        legacy_accounts::table
            .select(legacy_accounts::lower_case_id)
            .order(legacy_accounts::lower_case_id)
    );
    everywhere!(
        corpus,
        "name-with-space",
        legacy_accounts::table
            .select(legacy_accounts::full_name)
            .filter(legacy_accounts::full_name.eq("Ada"))
    );
}

fn odd(corpus: &mut Corpus) {
    everywhere!(corpus, "odd-names", odd_names::table.find(1));
    everywhere!(
        corpus,
        "name-with-placeholder",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_placeholder.eq("a"))
    );
    everywhere!(
        corpus,
        "name-with-comment",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_comment.eq("a"))
    );
    everywhere!(
        corpus,
        "name-with-quote",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_quote.eq("a"))
    );
    everywhere!(
        corpus,
        "name-with-double-quotes",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_double_quotes.eq("a"))
    );
    everywhere!(
        corpus,
        "name-with-backtick",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_backtick.eq("a"))
    );
    everywhere!(
        corpus,
        "name-like-a-bind",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::like_a_bind.eq("a"))
    );
    everywhere!(
        corpus,
        "name-not-ascii",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::not_ascii.eq("a"))
    );
    everywhere!(
        corpus,
        "name-with-digit",
        odd_names::table
            .select(odd_names::id)
            .filter(odd_names::with_digit.eq("a"))
    );
}

fn schemas(corpus: &mut Corpus) {
    everywhere!(corpus, "schema-select", invoices::table.find(1));
    everywhere!(
        corpus,
        "schema-insert",
        ::diesel::insert_into(invoices::table).values(invoices::total.eq(9.5))
    );
    everywhere!(
        corpus,
        "schema-update",
        ::diesel::update(invoices::table.find(1)).set(invoices::total.eq(9.5))
    );
    everywhere!(
        corpus,
        "schema-delete",
        ::diesel::delete(invoices::table.find(1))
    );
}
