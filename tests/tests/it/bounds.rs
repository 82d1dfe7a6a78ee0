//! Bounds, nesting and secrets: what holds however much happens.

use perfguard::Scope;
use perfguard::adapter::{BindHasher, Binds, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;

use crate::driver::{AUTHOR, run};
use crate::support::{n_plus_one, opaque, rules};

#[test]
fn a_scope_beyond_its_bounds_keeps_exact_counts_and_says_what_it_dropped() {
    let scope = Scope::new("a job");
    scope.in_scope(|| {
        for table in 0..2_000 {
            run(
                &format!("SELECT * FROM t{table} WHERE id = ?"),
                Some(table),
                None,
            );
        }
    });
    let report = scope.close();
    assert_eq!(report.queries(), 2_000);
    assert!(
        report
            .to_string()
            .contains("details were dropped, the counts are exact"),
        "{report}"
    );
}

#[test]
fn every_statement_is_in_a_scope_or_unattributed() {
    // In a thread of its own: other tests run beside it, each in its scopes.
    let (inside, late) = std::thread::scope(|threads| {
        threads
            .spawn(|| {
                let before = perfguard::adapter::unattributed();
                let scope = Scope::new("a job");
                let handle = scope.clone();
                scope.in_scope(|| run(AUTHOR, Some(1), None));
                let inside = scope.close().queries();
                // The task outlived its scope: never charged to anybody else.
                handle.in_scope(|| run(AUTHOR, Some(2), None));
                (inside, perfguard::adapter::unattributed() - before)
            })
            .join()
            .unwrap()
    });
    assert_eq!(inside, 1);
    assert!(late >= 1);
}

#[perfguard::query_budget(max = 50, allow(n_plus_one, reason = "a handful"))]
fn helper_with_an_allow() {
    for id in 0..opaque(5) {
        run(AUTHOR, Some(id), None);
    }
}

#[test]
fn what_a_helper_may_do_its_caller_is_not_blamed_for() {
    #[perfguard::query_budget(max = 50)]
    fn caller() {
        helper_with_an_allow();
    }
    // Fails nothing, observed or not.
    caller();
    let ((), report) = observe_sync(caller);
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.allowed().len(), 1, "{report}");
}

#[test]
fn an_allow_in_a_helper_hides_nothing_of_its_caller() {
    #[perfguard::query_budget(max = 50)]
    fn caller() {
        helper_with_an_allow();
        for id in 10..opaque(15) {
            run(AUTHOR, Some(id), None);
        }
    }
    let ((), report) = observe_sync(caller);
    assert_eq!(n_plus_one(&report).count(), 5, "{report}");
}

#[test]
fn no_number_of_clean_scopes_hides_a_broken_one() {
    #[perfguard::query_budget(max = 1)]
    fn handler(queries: u64) {
        for id in 0..queries {
            run(
                "SELECT count(*) FROM posts WHERE blog_id = ?",
                Some(id),
                None,
            );
        }
    }
    let ((), report) = observe_sync(|| {
        (0..200).for_each(|_| handler(1));
        handler(opaque(5));
    });
    assert!(rules(&report).contains(&"query-budget"), "{report}");
}

#[test]
fn nobody_closes_the_scope_of_a_handler_from_inside() {
    #[perfguard::query_budget(max = 0)]
    fn handler() {
        let nothing = Scope::current().expect("the handler's scope").close();
        assert_eq!(nothing.queries(), 0);
        run(AUTHOR, Some(1), None);
    }
    let ((), report) = observe_sync(handler);
    assert_eq!(rules(&report), ["query-budget"]);
}

/// Work that goes on by handing itself over, thousands of times.
#[test]
fn work_that_hands_itself_over_makes_no_chain_without_end() {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    thread_local! {
        static TASKS: RefCell<VecDeque<Box<dyn FnOnce() + Send>>> = const { RefCell::new(VecDeque::new()) };
    }
    #[perfguard::query_budget(max = 5)]
    fn hop(left: u32) {
        run(AUTHOR, Some(u64::from(left)), None);
        if left > 0 {
            let next = perfguard::in_current_scope(move || hop(left - 1));
            TASKS.with_borrow_mut(|tasks| tasks.push_back(next));
        }
    }
    hop(20_000);
    let mut hops = 0;
    while let Some(task) = TASKS.with_borrow_mut(VecDeque::pop_front) {
        task();
        hops += 1;
    }
    assert_eq!(hops, 20_000);
}

#[test]
fn rows_of_writes_are_not_taken_for_rows_of_reads() {
    let ((), report) = observe_sync(|| {
        // 44 more than the statements that a scope keeps details of, and as
        // many reads.
        for table in 0..opaque(300) {
            run(
                &format!("DELETE FROM t{table} WHERE id = ?"),
                Some(1),
                Some(1),
            );
        }
        for table in 0..opaque(44) {
            run(
                &format!("SELECT * FROM t{table} WHERE id = ?"),
                Some(1),
                None,
            );
        }
    });
    assert_eq!(report.rows(), None, "no read told its rows");
}

#[test]
fn beyond_the_bound_of_call_sites_counts_stay_exact() {
    fn deep(sql: &str, left: u64) {
        run(sql, Some(left), None);
        if left > 0 {
            deep(sql, opaque(left - 1));
        }
    }
    let ((), report) = observe_sync(|| {
        for table in 0..opaque(10) {
            deep(&format!("SELECT * FROM t{table} WHERE id = ?"), 99);
        }
    });
    assert_eq!(report.queries(), 1_000);
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let listed = json["scopes"][0]["statements"].as_array().unwrap();
    let counted: u64 = listed.iter().map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 1_000);
}

#[test]
fn nothing_shows_a_value_in_its_debug_form() {
    let query = Query::new("SELECT 'a secret'", Dialect::Sqlite);
    let mut hasher = BindHasher::new();
    hasher.write_debug(&"a secret");
    let shown = format!("{query:?} {hasher:?}");
    assert!(
        !shown.contains("secret") && !shown.contains("k0"),
        "{shown}"
    );
}

#[test]
fn a_value_too_large_to_be_read_is_unknown() {
    let mut hasher = BindHasher::new();
    hasher.write_debug(&vec![7_u8; 1_000_000]);
    assert_eq!(hasher.finish(), Binds::Unknown);
}
