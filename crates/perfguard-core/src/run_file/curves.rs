//! The scaling proofs of a run.

use super::file;
use super::scopes::test_around;
use crate::scaling::Curve;

/// A proof as a line tells of it.
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "no line is written")
)]
pub(super) struct Proof<'a> {
    pub(super) curve: &'a Curve,
    pub(super) test: Option<String>,
    /// Statements that each item more may cost.
    pub(super) allowed: f64,
    pub(super) is_passed: bool,
}

/// Notes a proof that has ended.
pub(crate) fn note_curve(curve: &Curve, allowed: f64, is_passed: bool) {
    if let Some(run) = file::current() {
        run.note_curve(&Proof {
            curve,
            test: test_around(),
            allowed,
            is_passed,
        });
    }
}
