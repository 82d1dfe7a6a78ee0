//! `scales = "constant"`.

use syn::{Error, Expr, ExprLit, Lit, Result};

use super::peel;

pub(super) const EXAMPLE: &str = "scales = \"constant\"";

/// How many statements each item more may cost.
pub(super) fn check(value: &Expr) -> Result<f64> {
    let wrong = || {
        Error::new_spanned(
            value,
            "expected `scales = \"constant\"`, or how many statements each item more may cost, as in `scales = 0.01`: one for each hundred",
        )
    };
    let Expr::Lit(ExprLit { lit, .. }) = peel(value) else {
        return Err(wrong());
    };
    match lit {
        Lit::Str(text) if text.value() == "constant" => Ok(0.0),
        Lit::Int(number) => number.base10_parse().map_err(|_| wrong()),
        Lit::Float(number) => number.base10_parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}
