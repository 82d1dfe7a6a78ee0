//! What a change made of two runs.

use perfguard_report::{Change, Diff, Run, Summary};

use crate::shown::assert_shown;
use crate::{plain, run};

/// All formats of a difference.
fn formats(base: &Run, head: &Run) -> Vec<(&'static str, String)> {
    let diff = Diff::between(&Summary::of(base), &Summary::of(head)).unwrap();
    vec![
        ("human.txt", plain(&diff.human(100))),
        ("human.ansi", diff.human(100)),
        ("json", diff.json()),
        ("md", diff.markdown()),
    ]
}

#[test]
fn a_difference_looks_like_this() {
    for (format, text) in formats(&run("blog"), &run("head")) {
        assert_shown(&format!("diff.{format}"), &text);
    }
    for (format, text) in formats(&run("hostile"), &run("blog")) {
        assert_shown(&format!("diff-hostile.{format}"), &text);
        let is_harmless = |sign: char| sign == '\n' || perfguard_report::escape::is_harmless(sign);
        assert!(
            format == "human.ansi" || text.chars().all(is_harmless),
            "{text:?}"
        );
    }
}

/// A run of one handler: how often it ran each statement, and how many are not
/// listed.
fn ran(version: u32, statements: &[(&str, u64)], unlisted: u64) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let queries: u64 = statements.iter().map(|(_, count)| count).sum();
    let listed: Vec<String> = statements
        .iter()
        .map(|(name, count)| {
            format!(
                r#"{{"count":{count},"db":{{"db.query.text":"{name}","db.query.summary":"{name}","db.system.name":"sqlite","fingerprint":"{name}"}}}}"#
            )
        })
        .collect();
    let lines = format!(
        r#"{{"format":1,"event":"process","name":"it","fingerprint_version":{version}}}
{{"format":1,"event":"scope","number":1,"kind":"function","verdict":"passed","scope":{{"scope":"a","queries":{},"statements_unlisted":{unlisted},"statements":[{}]}}}}"#,
        queries + unlisted,
        listed.join(",")
    );
    std::fs::write(folder.path().join("1.jsonl"), lines).unwrap();
    Run::read(folder.path()).unwrap()
}

fn change(base: &Run, head: &Run) -> (Change, Vec<Change>) {
    let diff = Diff::between(&Summary::of(base), &Summary::of(head)).unwrap();
    let handler = diff.handlers.first();
    let of = handler.map_or(Change::Same, |it| it.change);
    assert_eq!(diff.is_growth(), of == Change::Grew);
    let statements = handler.into_iter().flat_map(|it| &it.statements);
    (of, statements.map(|it| it.change).collect())
}

#[test]
fn growth_is_what_was_there_and_runs_more() {
    let base = ran(1, &[("one", 2), ("two", 1)], 0);
    for (head, expected) in [
        (&[("one", 2), ("two", 1)][..], (Change::Same, vec![])),
        (
            &[("one", 3), ("two", 1)],
            (Change::Grew, vec![Change::Grew]),
        ),
        (
            &[("one", 1), ("two", 1)],
            (Change::Fell, vec![Change::Fell]),
        ),
        // A new shape is growth if more runs than before.
        (
            &[("one", 2), ("two", 1), ("three", 1)],
            (Change::Grew, vec![Change::New]),
        ),
        (
            &[("one", 2), ("three", 1)],
            (Change::Changed, vec![Change::New, Change::Gone]),
        ),
        // What grew is not made good by what fell.
        (
            &[("one", 1), ("two", 2)],
            (Change::Grew, vec![Change::Grew, Change::Fell]),
        ),
    ] {
        assert_eq!(change(&base, &ran(1, head, 0)), expected, "{head:?}");
    }
}

#[test]
fn what_is_new_or_gone_is_no_growth() {
    let (empty, full) = (Run::default(), ran(1, &[("one", 2)], 0));
    assert_eq!(change(&empty, &full), (Change::New, vec![]));
    assert_eq!(change(&full, &empty), (Change::Gone, vec![]));
}

#[test]
fn of_what_is_not_listed_nothing_is_said() {
    let (all, some) = (
        ran(1, &[("one", 2), ("two", 1)], 0),
        ran(1, &[("one", 2)], 1),
    );
    assert_eq!(change(&all, &some), (Change::Same, vec![]));
    assert_eq!(change(&some, &all), (Change::Same, vec![]));
}

#[test]
fn fingerprints_of_two_versions_are_not_compared() {
    let (one, two) = (ran(1, &[], 0), ran(2, &[], 0));
    let error = Diff::between(&Summary::of(&one), &Summary::of(&two)).unwrap_err();
    assert!(
        error.to_string().contains("different fingerprints"),
        "{error}"
    );
}
