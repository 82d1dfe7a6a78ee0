//! The cases, one file each.

mod analytics_dashboard;
mod api_feed;
mod connection_per_request;
mod external_calls;
mod image_service;
mod large_payload;
mod missing_index;
mod n_plus_one;
mod page_without_limit;
mod product_search;
mod shop_ranking;
mod users_export;

use crate::case::Case;

/// All cases, in the order of the table.
pub(crate) const ALL: &[Case] = &[
    n_plus_one::CASE,
    external_calls::CASE,
    page_without_limit::CASE,
    large_payload::CASE,
    connection_per_request::CASE,
    product_search::CASE,
    analytics_dashboard::CASE,
    image_service::CASE,
    shop_ranking::CASE,
    users_export::CASE,
    api_feed::CASE,
    missing_index::CASE,
];
