//! What is kept, and what is not.

use std::time::{Duration, Instant};

use super::{entry, get, open};
use crate::store::{MAX_AGE, MAX_BYTES, MAX_ENTRIES, Store};

#[test]
fn the_last_fifty_are_kept() {
    let mut store = Store::new();
    let now = Instant::now();
    for number in 0..100_000 {
        store.end(entry(number, "GET /posts", now), now);
    }
    let shown = store.shown(now);
    assert_eq!((shown.seen, shown.crowded_out), (100_000, 0));
    let roots: Vec<u64> = shown.entries.iter().map(|it| it.root).collect();
    let expected: Vec<u64> = (99_950..100_000).rev().collect();
    assert_eq!(roots, expected);
    assert_eq!(store.held().0, MAX_ENTRIES);
}

#[test]
fn they_are_kept_for_ten_minutes() {
    let mut store = Store::new();
    let start = Instant::now();
    store.end(entry(1, "GET /posts", start), start);
    let later = start + MAX_AGE;
    store.end(entry(2, "GET /posts", later), later);
    assert_eq!(store.shown(later).entries.len(), 2);
    let shown = store.shown(later + Duration::from_millis(1));
    assert_eq!(shown.entries.len(), 1);
    let end = later + MAX_AGE + Duration::from_millis(1);
    assert!(store.shown(end).entries.is_empty());
    assert_eq!(store.held(), (0, 0, 0, 0));
}

#[test]
fn long_texts_crowd_others_out_and_that_is_said() {
    let view = open();
    let now = Instant::now();
    let long = "x".repeat(100_000);
    for number in 0..100 {
        view.store().end(entry(number, &long, now), now);
        assert!(view.store().held().1 <= MAX_BYTES);
    }
    let shown = view.store().shown(now);
    assert!(shown.entries.len() < 5, "{}", shown.entries.len());
    assert_eq!(shown.crowded_out, 100 - shown.entries.len() as u64);
    let page = get(&view, "/").into_body();
    let said = format!("{} scopes forgotten before their time", shown.crowded_out);
    assert!(page.contains(&said), "{page}");
}

#[test]
fn what_ends_inside_goes_with_the_outermost() {
    let mut store = Store::new();
    let now = Instant::now();
    let inner = || entry(0, "inner", now).ran;
    let outer = |root| super::Entry {
        inside: Vec::new(),
        inside_lost: 0,
        ..entry(root, "outer", now)
    };
    (0..20).for_each(|_| store.end_inside(1, inner(), now));
    store.end_inside(2, inner(), now);
    store.end(outer(1), now);
    // A task that outlives its request.
    store.end_inside(1, inner(), now);
    let first = |store: &mut Store| store.shown(now).entries[0].clone();
    let kept = first(&mut store);
    assert_eq!((kept.inside.len(), kept.inside_lost), (16, 5));
    store.end(outer(2), now);
    // Somebody looks at it meanwhile.
    let looked_at = first(&mut store);
    store.end_inside(2, inner(), now);
    assert_eq!(
        (looked_at.inside.len(), first(&mut store).inside.len()),
        (1, 2)
    );
    let (entries, bytes, open, open_bytes) = store.held();
    assert_eq!((entries, open, open_bytes), (2, 0, 0));
    assert!(bytes > 0);
}

#[test]
fn what_never_ends_is_bounded_too() {
    let mut store = Store::new();
    let now = Instant::now();
    let long = "x".repeat(10_000);
    for root in 0..100_000 {
        let text = if root % 100 == 0 {
            long.as_str()
        } else {
            "inner"
        };
        store.end_inside(root, entry(0, text, now).ran, now);
        let (_, _, open, bytes) = store.held();
        assert!(open <= 256 && bytes <= MAX_BYTES / 4, "{open} {bytes}");
    }
    let shown = store.shown(now);
    let open = store.held().2 as u64;
    assert_eq!(shown.inside_lost + open, 100_000);
}

#[test]
fn a_request_for_the_view_is_not_shown() {
    let mut store = Store::new();
    let now = Instant::now();
    store.disown(7);
    store.end_inside(7, entry(0, "inner", now).ran, now);
    store.end(entry(7, "GET /perfguard", now), now);
    assert_eq!(store.held(), (0, 0, 0, 0));
    assert_eq!(store.shown(now).seen, 0);
    // The number is free again, and so is the list.
    (0..1_000).for_each(|root| store.disown(root));
    store.end(entry(5, "GET /posts", now), now);
    assert_eq!(store.shown(now).seen, 1);
}
