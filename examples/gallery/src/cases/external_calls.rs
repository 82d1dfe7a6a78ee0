//! An order: it is charged and reserved, the customer gets a mail, the parcel a
//! number. Before: one service after another, 750 ms. After: those that the
//! answer needs at once, the others when it is under way.

use std::time::Duration;

use axum::Json;
use axum::routing::get;
use perfguard::{call, in_current_scope};
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new(
    "synchronous external calls",
    "/order",
    &["sequential-calls", "time-budget"],
)
.plain(|| get(before), || get(after));

#[derive(Serialize)]
struct Order {
    receipt: u32,
    place: u32,
}

#[perfguard::query_budget(max = 0, max_calls = 4, max_time = "500ms")]
async fn before() -> Json<Order> {
    let receipt = call("charge", service(300, 17)).await;
    let place = call("reserve", service(250, 4)).await;
    call("mail", service(120, 0)).await;
    call("track", service(80, 0)).await;
    Json(Order { receipt, place })
}

#[perfguard::query_budget(max = 0, max_calls = 4, max_time = "500ms")]
async fn after() -> Json<Order> {
    let (receipt, place) = tokio::join!(
        call("charge", service(300, 17)),
        call("reserve", service(250, 4))
    );
    for (name, milliseconds) in [("mail", 120), ("track", 80)] {
        let call = call(name, service(milliseconds, 0));
        tokio::spawn(in_current_scope(call));
    }
    Json(Order { receipt, place })
}

/// Another service, which needs so long for its answer.
async fn service(milliseconds: u64, answer: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    answer
}
