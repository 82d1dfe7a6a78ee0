//! The rules that `allow(..)` accepts.
//!
//! This file uses nothing of its crate, so that a test elsewhere can include it by path and
//! compare the list with the rules of the engine: a procedural macro crate cannot export it.

/// Rules a user can allow, as they are written in the attribute, in alphabetical order.
///
/// The id of a rule in reports is its name with `-` for `_`.
pub(crate) const ALLOWABLE: [&str; 22] = [
    "blocking_poll",
    "buffered_export",
    "cache_candidate",
    "connection_per_request",
    "duplicate_query",
    "in_memory_page",
    "inlined_literals",
    "leading_wildcard",
    "long_transaction",
    "missing_index",
    "missing_pagination",
    "n_plus_one",
    "not_connected",
    "repeated_write",
    "sequential_calls",
    "sequential_queries",
    "slow_query",
    "small_data",
    "unbounded_result",
    "unfiltered_write",
    "unstable_pagination",
    "wide_select",
];
