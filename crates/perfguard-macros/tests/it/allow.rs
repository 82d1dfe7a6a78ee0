//! `#[perfguard::allow(..)]` on functions, statements, blocks and expressions.
#![expect(clippy::panic, reason = "tests fail by it")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use perfguard::adapter::{BindHasher, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;
use perfguard::{Report, query_budget};

fn read(id: u64) -> Result<u64, ()> {
    let mut binds = BindHasher::new();
    binds.write(&id);
    let sql = "SELECT name FROM shops WHERE id = $1";
    perfguard::adapter::record(&Query::new(sql, Dialect::Postgres).binds(binds.finish()));
    if id == u64::MAX { Err(()) } else { Ok(id) }
}

async fn read_later(id: u64) -> Result<u64, ()> {
    read(id)
}

fn ids() -> std::ops::Range<u64> {
    std::hint::black_box(0..4)
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn reported<R>(body: impl FnOnce() -> R) -> Report {
    observe_sync(body).1
}

/// Asserts that there is one loop, of so many turns, and that it is allowed.
fn assert_allowed(report: &Report, count: u64) {
    assert!(report.findings().is_empty(), "{report}");
    let [allowed] = report.allowed() else {
        panic!("{report}");
    };
    assert_eq!(allowed.rule(), "n-plus-one");
    assert_eq!(allowed.count(), count);
    assert_eq!(allowed.allowed(), Some("four shops"));
    let file = allowed.call_site().map(|site| site.file().to_owned());
    assert!(
        file.is_some_and(|file| file.ends_with("allow.rs")),
        "{report}"
    );
}

#[query_budget(max = 9)]
fn on_a_loop() -> u64 {
    let mut sum = 0;
    #[perfguard::allow(n_plus_one, reason = "four shops")]
    for id in ids() {
        sum += read(id).unwrap_or(0);
    }
    sum
}

#[query_budget(max = 9)]
fn within_a_loop() -> Result<u64, ()> {
    let mut sum = 0;
    for id in ids() {
        #[perfguard::allow(n_plus_one, reason = "four shops", expires = "9999-12-31")]
        let shop = &read(id)?;
        sum += shop;
    }
    Ok(sum)
}

#[query_budget(max = 9)]
fn on_a_block_and_an_else() -> Option<u64> {
    #[perfguard::allow(n_plus_one, reason = "four shops")]
    let Some(most) = ids().filter_map(|id| read(id).ok()).max() else {
        return Some(0);
    };
    Some(most)
}

#[query_budget(max = 9)]
fn in_a_closure() -> u64 {
    ids()
        .map(|id| {
            #[perfguard::allow(n_plus_one, reason = "four shops")]
            read(id).unwrap_or(0)
        })
        .sum()
}

#[query_budget(max = 9)]
async fn on_an_async_loop() -> Result<u64, ()> {
    let mut sum = 0;
    #[perfguard::allow(n_plus_one, reason = "four shops")]
    for id in ids() {
        sum += read_later(id).await?;
    }
    Ok(sum)
}

#[query_budget(max = 9)]
async fn within_an_async_loop() -> Result<u64, ()> {
    let mut sum = 0;
    for id in ids() {
        #[perfguard::allow(n_plus_one, reason = "four shops")]
        let shop = read_later(id).await?;
        sum += shop;
    }
    Ok(sum)
}

#[query_budget(max = 9)]
async fn on_a_sync_statement_of_an_async_block() -> u64 {
    let mut sum = 0;
    #[perfguard::allow(n_plus_one, reason = "four shops")]
    {
        std::future::ready(()).await;
        for id in ids() {
            sum += read(id).unwrap_or(0);
        }
    }
    sum
}

#[perfguard::allow(n_plus_one, reason = "four shops")]
fn on_a_function() -> u64 {
    ids().filter_map(|id| read(id).ok()).sum()
}

#[perfguard::allow(n_plus_one, reason = "four shops")]
#[query_budget(max = 9)]
async fn on_an_async_function() -> u64 {
    let mut sum = 0;
    for id in ids() {
        sum += read_later(id).await.unwrap_or(0);
    }
    sum
}

#[query_budget(max = 9)]
fn only_one_of_two_loops() {
    #[perfguard::allow(n_plus_one, reason = "four shops")]
    for id in ids() {
        let _ = read(id);
    }
    for id in ids() {
        let _ = read(id);
    }
}

#[test]
fn a_sync_statement_is_covered() {
    assert_allowed(&reported(on_a_loop), 4);
    assert_allowed(&reported(within_a_loop), 4);
    assert_allowed(&reported(on_a_block_and_an_else), 4);
    assert_allowed(&reported(in_a_closure), 4);
}

#[test]
fn an_async_statement_is_covered() {
    assert_allowed(&reported(|| ready(on_an_async_loop())), 4);
    assert_allowed(&reported(|| ready(within_an_async_loop())), 4);
    let mixed = reported(|| ready(on_a_sync_statement_of_an_async_block()));
    assert_allowed(&mixed, 4);
}

#[test]
fn a_function_is_covered() {
    assert_allowed(&reported(on_a_function), 4);
    assert_allowed(&reported(|| ready(on_an_async_function())), 4);
}

#[test]
fn futures_with_allows_can_be_sent() {
    fn send<T: Send>(future: T) -> T {
        future
    }
    drop(send(on_an_async_loop()));
    drop(send(within_an_async_loop()));
    drop(send(on_a_sync_statement_of_an_async_block()));
}

#[test]
fn what_stands_beside_it_counts() {
    let report = reported(only_one_of_two_loops);
    let [finding] = report.findings() else {
        panic!("{report}");
    };
    assert_eq!((finding.rule(), finding.count()), ("n-plus-one", 4));
    assert_eq!(report.allowed().len(), 1, "{report}");
}
