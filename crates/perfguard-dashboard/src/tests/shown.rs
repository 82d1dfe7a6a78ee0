//! What real scopes look like.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use http::Method;
use perfguard_core::adapter::{self, BindHasher, Completion, Query};
use perfguard_core::sink::ScopeEnd;
use perfguard_core::statement::Dialect;
use perfguard_core::{Enforcement, Scope, Settings};

use super::{get, request};
use crate::{Dashboard, LiveView, page};

/// The one that the scopes of this process go to.
pub(super) static VIEW: LazyLock<LiveView> = LazyLock::new(|| {
    let view = Dashboard::new().resolve_call_sites(true);
    let view = view.open_in(true).unwrap();
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(view.clone()).install().unwrap();
    view
});

fn read(sql: &str, value: u64, elapsed: Option<Duration>) {
    let mut binds = BindHasher::new();
    binds.write_debug(&value);
    let mut completion = Completion::new().rows(1);
    if let Some(elapsed) = elapsed {
        completion = completion.elapsed(elapsed);
    }
    let query = Query::new(sql, Dialect::Sqlite).binds(binds.finish());
    drop(adapter::record(&query.completion(completion)));
}

/// A scope with an N+1, a secret value, and one of the kind in it.
pub(super) fn run(name: &'static str) {
    LazyLock::force(&VIEW);
    let scope = Scope::new(name);
    scope.in_scope(|| {
        read(
            "SELECT id FROM posts WHERE title = 'canary-7f3a' LIMIT 20",
            1,
            None,
        );
        let inner = Scope::new("an inner job");
        inner.in_scope(|| {
            // What the optimiser knew it could unroll into ten places.
            for author in 0..std::hint::black_box(10) {
                let sql =
                    format!("SELECT name FROM authors WHERE id = ? AND 'canary-{author}' <> ''");
                read(&sql, author, Some(Duration::from_micros(400)));
            }
        });
        let _ = inner.close();
    });
    let _ = scope.close();
}

/// The page of the scope of this name.
pub(super) fn page_of(name: &str) -> String {
    let overview = get(&VIEW, "/").into_body();
    let before = overview.split(&format!("\">{name}</a>")).next().unwrap();
    let number = before.rsplit("?scope=").next().unwrap();
    get(&VIEW, &format!("/?scope={number}")).into_body()
}

#[test]
fn a_scope_is_shown_with_what_it_ran_and_found() {
    run("a nightly job");
    let overview = get(&VIEW, "/").into_body();
    assert!(overview.contains(">a nightly job</a>"), "{overview}");
    assert!(overview.contains(">n-plus-one</span>"), "{overview}");
    assert!(!overview.contains(">an inner job</a>"), "it is inside");
    let page = page_of("a nightly job");
    for part in [
        "n-plus-one: 10 executions, 10 different binds",
        "in <code>an inner job</code>",
        "select name from authors where id = ? and ? &lt;&gt; ?",
        "src/tests/shown.rs:",
        "<b>Fix: </b>",
        "docs/rules/n-plus-one.md",
        "400 µs",
        "<code>SELECT posts</code>",
        "<dt>queries</dt><dd>11</dd>",
        "<dt>rows</dt><dd>11</dd>",
        // One of the statements has no time.
        "<dt>database time</dt><dd><span class=\"unknown\">unknown</span></dd>",
        "completed",
    ] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    assert_eq!(page.matches("<svg").count(), 11);
}

#[test]
fn no_value_is_shown() {
    run("a job with secrets");
    let mut shown = get(&VIEW, "/").into_body() + &page_of("a job with secrets");
    shown += get(&VIEW, "/data.json").body();
    assert!(shown.contains("authors"));
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn how_and_when_it_ended_is_shown() {
    let view = super::open();
    let now = Instant::now();
    for (number, end) in ScopeEnd::ALL.into_iter().enumerate() {
        let mut entry = super::entry(number as u64, "GET /posts", now);
        entry.ran.end = end;
        view.store().end(entry, now);
    }
    let shown = view.store().shown(now + Duration::from_secs(125));
    let overview = page::overview(&shown, false);
    for end in ScopeEnd::ALL {
        assert!(overview.contains(&format!(">{}</span>", end.as_str())));
    }
    assert_eq!(overview.matches("2 min ago").count(), 3);
}

#[test]
fn what_is_unknown_or_dropped_is_said() {
    let view = super::open();
    let now = Instant::now();
    view.store().end(super::entry(1, "GET /posts", now), now);
    let page = get(&view, "/?scope=1").into_body();
    for part in [
        "<dt>rows</dt><dd><span class=\"unknown\">unknown</span></dd>",
        "3 more statements without a time",
        "2 more findings not kept",
        "2 more scopes inside this one not kept",
        "1 detail dropped",
        ">failed</span>",
    ] {
        assert!(page.contains(part), "no {part}: {page}");
    }
}

#[test]
fn its_own_request_is_not_shown() {
    LazyLock::force(&VIEW);
    let scope = Scope::new("a request for the view");
    let asked = request(Method::GET, "/", &[("host", "localhost")]);
    let shown = scope.in_scope(|| VIEW.respond(&asked));
    assert_eq!(shown.status(), 200);
    let _ = scope.close();
    let overview = get(&VIEW, "/").into_body();
    assert!(!overview.contains("a request for the view"), "{overview}");
}

#[test]
fn an_empty_view_says_why() {
    let view = super::open();
    let page = get(&view, "/").into_body();
    assert!(page.contains("Settings::sink"), "{page}");
    // It neither loads anything nor asks for itself unless told to.
    assert!(
        !page.contains("http-equiv") && !page.contains("src="),
        "{page}"
    );
    let page = get(&view, "/?refresh=on").into_body();
    assert!(
        page.contains("<meta http-equiv=\"refresh\" content=\"5\">"),
        "{page}"
    );
}
