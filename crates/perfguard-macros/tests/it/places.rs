//! A violation is at the name of the annotated function: not at the attribute, not in perfguard.

use std::cell::RefCell;
use std::panic::{self, UnwindSafe};
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Poll, Waker};

use perfguard::adapter::Query;
use perfguard::query_budget;
use perfguard::statement::Dialect;

thread_local! {
    static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// File and line of the panic in `run`.
fn place_of_panic(run: impl FnOnce() + UnwindSafe) -> Option<(String, u32)> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            let place = panicked.location();
            let place = place.map(|place| (place.file().to_owned(), place.line()));
            PLACE.with_borrow_mut(|last| *last = place);
            previous(panicked);
        }));
    });
    assert!(panic::catch_unwind(run).is_err(), "the budget holds");
    PLACE.take()
}

fn query() {
    perfguard::adapter::record(&Query::new(
        "SELECT id FROM shops WHERE id = 1",
        Dialect::Sqlite,
    ));
}

/// Polls a future that is ready at once.
fn poll<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing in it waits"),
    }
}

#[test]
fn a_violation_is_at_the_name_of_the_function() {
    /// Documentation
    /// in two lines.
    #[query_budget(
        max = 0,
        allow(
            n_plus_one,
            duplicate_query,
            reason = "so that the attribute has several lines"
        )
    )]
    #[inline]
    /// More of it.
    fn sync() {
        query()
    }
    const SYNC: u32 = line!() - 3;

    /// Documentation.
    #[query_budget(max = 0)]
    #[inline]
    async fn asynchronous() {
        query()
    }
    const ASYNC: u32 = line!() - 3;

    #[query_budget(max = 0)]
    /// Documentation.
    fn future() -> impl Future<Output = ()> {
        async { query() }
    }
    const FUTURE: u32 = line!() - 3;

    let here = |line| Some((file!().to_owned(), line));
    assert_eq!(place_of_panic(sync), here(SYNC));
    assert_eq!(place_of_panic(|| poll(asynchronous())), here(ASYNC));
    assert_eq!(place_of_panic(|| poll(future())), here(FUTURE));
}

#[test]
fn the_report_names_the_place_and_the_path_of_the_function() {
    struct Shop;

    impl Shop {
        #[query_budget(max = 0)]
        fn list(&self) {
            query()
        }
    }
    const LIST: u32 = line!() - 4;

    let panicked = panic::catch_unwind(|| Shop.list()).err();
    let report = panicked.and_then(|report| report.downcast::<String>().ok());
    let report = *report.unwrap_or_default();
    let place = format!("{}:{LIST}", file!());
    assert!(
        report.contains(&place) && report.contains("Shop::list"),
        "{report}"
    );
}
