//! `profile = "job"`.

use syn::{Error, Expr, ExprLit, Lit, Result};

use super::peel;

pub(super) const EXAMPLE: &str = "profile = \"job\"";

/// Checks that the value is the one profile that a function can choose.
pub(super) fn check(value: &Expr) -> Result<()> {
    match peel(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if text.value() == "job" => Ok(()),
        _ => Err(Error::new_spanned(
            value,
            "expected `profile = \"job\"`, for a function that may read whole tables and take its time: others are judged as what they run in, a test or production",
        )),
    }
}
