//! What several tests need.

use std::future::Future;

use perfguard::{Finding, Report};

/// The text of the panic that a future ends with.
pub(crate) async fn panic_of<F>(future: F) -> String
where
    F: Future<Output: Send> + Send + 'static,
{
    let ended = tokio::spawn(future).await;
    let panic = ended.err().expect("it panics").into_panic();
    text(panic)
}

/// The text of the panic that a closure ends with.
pub(crate) fn panic_of_sync<R>(body: impl FnOnce() -> R) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
    text(panic.err().expect("it panics"))
}

fn text(panic: Box<dyn std::any::Any + Send>) -> String {
    *panic.downcast::<String>().expect("a rendered report")
}

/// The rules of a report's findings, in its order.
pub(crate) fn rules(report: &Report) -> Vec<&str> {
    report.findings().iter().map(Finding::rule).collect()
}

/// The only N+1 of a report.
#[track_caller]
pub(crate) fn n_plus_one(report: &Report) -> &Finding {
    let found: Vec<_> = report
        .findings()
        .iter()
        .filter(|finding| finding.rule() == "n-plus-one")
        .collect();
    assert_eq!(found.len(), 1, "{report}");
    found[0]
}

/// That a finding stands at a line of this file.
#[track_caller]
pub(crate) fn assert_at(finding: &Finding, file: &str, line: u32) {
    let site = finding.call_site().expect("the call site is known");
    assert_eq!((site.file(), site.line()), (file, line), "{site}");
}

/// The line of a source that holds a mark.
#[track_caller]
pub(crate) fn line_of(source: &str, mark: &str) -> u32 {
    let line = source.lines().position(|line| line.ends_with(mark));
    line.expect("the mark is there") as u32 + 1
}

/// A number that the optimiser does not know: a constant one could unroll the
/// loop into separate lines.
pub(crate) fn opaque<T>(value: T) -> T {
    std::hint::black_box(value)
}
