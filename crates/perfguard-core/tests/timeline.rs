//! A sink that wants to know when statements ran. In a process of its own: a
//! sink is installed once.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use perfguard_core::adapter::{self, Adapter, Binds, Completion, Glance, Orm, Query};
use perfguard_core::sink::{Ended, Sink, Timeline};
use perfguard_core::statement::Dialect;
use perfguard_core::{Enforcement, Scope, Settings};

const POSTS: &str = "SELECT title FROM posts WHERE id = ?";
const AUTHORS: &str = "SELECT name FROM authors WHERE id = ?";
const MILLISECOND: Duration = Duration::from_millis(1);

/// What it was told, by the name of the scope.
#[derive(Clone, Debug)]
struct Told {
    name: String,
    root: u64,
    queries: u64,
    timeline: Option<Timeline>,
}

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Told>>);

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Vec<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Keeps(Arc<Kept>);

impl Sink for Keeps {
    fn scope_ended(&self, ended: &Ended<'_>) {
        self.0.lock().push(Told {
            name: ended.report().name().to_owned(),
            root: ended.root_number(),
            queries: ended.report().queries(),
            timeline: ended.report().timeline().cloned(),
        });
    }

    fn wants_timeline(&self) -> bool {
        true
    }
}

static KEPT: LazyLock<Arc<Kept>> = LazyLock::new(|| {
    let kept = Arc::new(Kept::default());
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(Keeps(Arc::clone(&kept))).install().unwrap();
    kept
});

/// What the sink was told of the scope of this name.
fn told(name: &str) -> Told {
    let kept = KEPT.lock();
    kept.iter().find(|told| told.name == name).unwrap().clone()
}

/// Runs `body` in a scope, and gives its timeline.
fn timeline(name: &'static str, body: impl FnOnce()) -> Timeline {
    LazyLock::force(&KEPT);
    let scope = Scope::new(name);
    scope.in_scope(body);
    let _ = scope.close();
    told(name).timeline.unwrap()
}

fn read(sql: &str, completion: Completion) {
    let query = Query::new(sql, Dialect::Sqlite).completion(completion);
    drop(adapter::record_with(&query, || Binds::None));
}

#[test]
fn statements_are_kept_with_their_times() {
    let timeline = timeline("a page", || {
        let began = Instant::now();
        let query = Query::new(POSTS, Dialect::Sqlite);
        let recorded = adapter::record(&query);
        recorded.complete(Completion::new().elapsed(3 * MILLISECOND));
        // Told at its end.
        let ended = began + 500 * MILLISECOND;
        let completion = Completion::new().ended(ended).elapsed(100 * MILLISECOND);
        read(AUTHORS, completion.failed(true));
        read(POSTS, Completion::new());
    });
    let [first, untimed, last] = timeline.steps() else {
        unreachable!("{timeline:?}")
    };
    assert_eq!(first.statement().summary(), "SELECT posts");
    assert_eq!(first.elapsed(), Some(3 * MILLISECOND));
    assert!(!first.has_failed());
    assert_eq!(untimed.elapsed(), None);
    assert_eq!(last.statement().summary(), "SELECT authors");
    assert_eq!(last.elapsed(), Some(100 * MILLISECOND));
    assert!(last.has_failed());
    assert!(last.start() >= 400 * MILLISECOND, "{last:?}");
    assert!(first.start() <= timeline.length());
    assert_eq!(timeline.missing(), 0);
}

#[test]
fn nothing_is_counted_the_short_way() {
    static ADAPTER: Adapter = Adapter::new("the timeline's tests");
    // Before anything looks at the settings.
    LazyLock::force(&KEPT);
    let connection = ADAPTER.connect(Dialect::Sqlite);
    let statement = adapter::statement(POSTS, Dialect::Sqlite);
    let timeline = timeline("a loop", || {
        assert!(adapter::is_timed());
        for _ in 0..100 {
            read(AUTHORS, Completion::new().elapsed(MILLISECOND));
        }
        for _ in 0..100 {
            let glance = adapter::glance(&connection, || Some(&statement));
            assert!(matches!(glance, Glance::Look), "{glance:?}");
            let known = adapter::record_recognised(&statement, Orm::Diesel, Some(&connection));
            let recorded = known.unwrap_or_else(|| adapter::record(&connection.query(POSTS)));
            recorded.complete(Completion::new().elapsed(MILLISECOND));
        }
    });
    assert_eq!(timeline.steps().len(), 200);
    let is_timed = |step: &perfguard_core::sink::Step| step.elapsed() == Some(MILLISECOND);
    assert!(timeline.steps().iter().all(is_timed));
}

#[test]
fn it_is_bounded_and_says_how_many_are_missing() {
    let timeline = timeline("an export", || {
        for _ in 0..300 {
            read(POSTS, Completion::new());
        }
        let heard = Query::new("SELECT count(*) FROM heard", Dialect::Sqlite);
        adapter::echo(&heard);
    });
    assert_eq!(timeline.steps().len(), 256);
    assert_eq!(timeline.missing(), 300 - 256 + 1);
}

#[test]
fn the_outermost_scope_has_what_runs_inside_it() {
    LazyLock::force(&KEPT);
    let outer = Scope::new("the outer scope");
    outer.in_scope(|| {
        read(POSTS, Completion::new());
        let inner = Scope::new("the inner scope");
        assert_eq!(inner.root_number(), outer.root_number());
        inner.in_scope(|| (0..10).for_each(|_| read(AUTHORS, Completion::new())));
        let _ = inner.close();
    });
    let _ = outer.close();
    let (outer, inner) = (told("the outer scope"), told("the inner scope"));
    assert!(inner.timeline.is_none());
    assert_eq!((inner.queries, inner.root), (10, outer.root));
    let timeline = outer.timeline.unwrap();
    assert_eq!(timeline.steps().len(), 11);
    let authors = timeline.steps().iter().skip(1);
    assert!(authors.clone().count() == 10);
    for step in authors {
        assert_eq!(step.statement().summary(), "SELECT authors");
    }
    assert_eq!(timeline.steps()[0].statement().summary(), "SELECT posts");
}
