//! perfguard from end to end, on the real ORMs.
// The futures of the scenarios are nested deeper than an optimising build looks
// by default.
#![recursion_limit = "256"]
#![expect(
    deprecated,
    reason = "the compiler warns of the mistakes that are tested"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;
mod toolkit;

mod adapter_interface;
mod assertions;
mod attribute;
mod batch_insert;
mod bounded;
mod bounds;
mod callsites;
mod canaries;
mod compile_time;
mod concurrency;
mod corpus;
mod dashboard;
mod diesel_blocking;
mod diesel_connections;
mod diesel_databases;
mod diesel_guarded;
mod diesel_guarded_async;
mod diesel_limits;
mod driver;
mod enforcement;
mod explained;
mod feed;
mod golden;
mod identification;
mod matrix_diesel;
mod matrix_sea_orm;
mod outgoing_calls;
mod processes;
mod production;
mod readme;
mod replay;
mod reports;
mod rules;
mod scenarios;
mod sea_orm_guarded;
mod sea_orm_tables;
mod sea_orm_wrapped;
mod served;
mod served_actix;
mod served_bodies;
mod served_budgets;
mod served_rocket;
mod served_routes;
mod server_timing;
mod sqlx_layer;
mod statements;
