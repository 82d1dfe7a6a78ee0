//! A small blog in both ORMs, and the databases for it, for the end-to-end
//! tests.
#![expect(missing_docs, reason = "test support, published nowhere")]
#![expect(clippy::expect_used, reason = "a test that cannot be set up may fail")]
#![expect(clippy::panic, reason = "a test that cannot be set up may fail")]

pub mod corpus;
pub mod diesel_blog;
pub mod golden;
pub mod sea_orm_blog;
pub mod servers;

use std::sync::atomic::{AtomicU64, Ordering};

/// The URL of an in-memory database that all its connections share.
fn fresh_database() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "file:perfguard_{}_{number}?mode=memory&cache=shared",
        std::process::id()
    )
}

/// The README's code blocks.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The code blocks of `docs/metrics.md`.
#[cfg(doctest)]
#[doc = include_str!("../../docs/metrics.md")]
pub struct MetricsPage;

/// The code blocks of the page about production.
#[cfg(doctest)]
#[doc = include_str!("../../docs/production.md")]
pub struct Production;

/// Those of the Live view's page.
#[cfg(doctest)]
#[doc = include_str!("../../docs/dashboard.md")]
pub struct DashboardPage;
