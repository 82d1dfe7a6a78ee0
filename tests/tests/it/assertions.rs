//! Assertions about statements: what they say, and what they leave alone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use perfguard::{assert_no_findings, assert_queries, query_budget};

use crate::driver::{AUTHOR, POSTS, run};
use crate::support::opaque;

const INSERT: &str = "INSERT INTO blog.tags (id) VALUES (?)";

/// One list, two look-ups from two lines, one write.
fn page() -> u64 {
    run(POSTS, None, Some(20));
    run(AUTHOR, Some(1), Some(1));
    run(AUTHOR, Some(2), Some(1));
    run(INSERT, Some(1), None);
    7
}

/// The message that `body` fails with; empty if it does not.
fn failure(body: impl FnOnce()) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(body)) else {
        return String::new();
    };
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn numbers_as_expected_give_the_value() {
    let limit: usize = 4;
    let value = assert_queries!(<= limit, reads == 3, writes <= 1, table("posts") == 1, { page() });
    assert_eq!(value, 7);
    assert_queries!(== 4u8, table("authors") >= 2, table("tags") == 1, calls == 0, {
        page();
    });
    assert_queries!(table("blog.tags") == 1, { page() });
    assert_queries!(== 0, {});
}

#[test]
fn a_failure_says_the_numbers_the_statements_and_both_places() {
    let line = line!() + 2;
    let said = failure(|| {
        assert_queries!(<= 3, reads <= 2, writes == 1, table("posts") == 2, { page() });
    });
    for part in [
        "4 statements, at most 3 expected",
        "3 statements that read, at most 2 expected",
        "1 statements on posts, exactly 2 expected",
        &format!("assertions.rs:{line})"),
        "    2 x select name from authors where id = ?",
        "    1 x insert into blog.tags",
        "it/driver.rs:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("that write"), "{said}");
    assert!(failure(|| assert_queries!(>= 1, {})).contains("0 statements, at least 1 expected"));
    let negative = failure(|| assert_queries!(<= -1, {}));
    assert!(negative.contains("is negative"), "{negative}");
}

#[tokio::test]
async fn futures_are_counted_when_they_are_awaited() {
    let work = async {
        tokio::task::yield_now().await;
        page()
    };
    assert_eq!(assert_queries!(== 4, work).await, 7);
    let asserted = assert_queries!(<= 1, async { page() });
    let said = tokio::spawn(asserted).await;
    let panic = said.unwrap_err().into_panic();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("4 statements, at most 1 expected"), "{said}");
    assert_eq!(assert_no_findings!(async { page() }).await, 7);
}

fn each() {
    for id in 0..opaque(3) {
        run(AUTHOR, Some(id), Some(1));
    }
}

#[query_budget(max = 2)]
fn budgeted() {
    each();
}

#[test]
fn findings_fail_where_they_are_asked_for_and_budgets_inside_always() {
    assert_queries!(== 3, { each() });
    let said = failure(|| assert_no_findings!({ each() }));
    assert!(said.contains("n-plus-one: 3 times"), "{said}");
    let said = failure(|| assert_queries!(<= 9, { budgeted() }));
    assert!(said.contains("query budget broken"), "{said}");
    let said = failure(|| assert_queries!(<= 1, { budgeted() }));
    assert!(said.contains("3 statements, at most 1 expected"), "{said}");
}
