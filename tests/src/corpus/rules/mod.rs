//! The cases, a file for each rule or two.

mod allows;
mod budgets;
mod buffered_export;
mod cache_candidate;
mod connections;
mod duplicate_query;
mod in_memory_page;
mod inlined_literals;
mod leading_wildcard;
mod missing_pagination;
mod n_plus_one;
mod polls;
mod repeated_write;
mod sequential;
mod small_data;
mod small_tables;
mod timed;
mod unbounded_result;
mod unfiltered_write;
mod unstable_pagination;
mod wide_select;

use super::case::Rule;

pub use small_tables::declare as declare_small_tables;

/// All of them.
#[must_use]
pub fn rules() -> Vec<Rule> {
    vec![
        budgets::query_budget(),
        budgets::row_budget(),
        buffered_export::rule(),
        cache_candidate::rule(),
        connections::connection_per_request(),
        connections::not_connected(),
        duplicate_query::rule(),
        in_memory_page::rule(),
        inlined_literals::rule(),
        leading_wildcard::rule(),
        missing_pagination::rule(),
        n_plus_one::rule(),
        allows::rule(),
        polls::rule(),
        repeated_write::rule(),
        sequential::sequential_calls(),
        sequential::sequential_queries(),
        small_data::rule(),
        timed::long_transaction(),
        timed::slow_query(),
        timed::time_budget(),
        unbounded_result::rule(),
        small_tables::rule(),
        unfiltered_write::rule(),
        unstable_pagination::rule(),
        wide_select::rule(),
    ]
}
