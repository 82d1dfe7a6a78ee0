//! `max_time = "200ms"`: how long a call's statements may take together.

use std::time::Duration;

use syn::{Error, Expr, ExprLit, Lit, Result};

use super::peel;

pub(super) const EXAMPLE: &str = "max_time = \"200ms\"";

/// Reads the value of `max_time`.
pub(super) fn check(value: &Expr) -> Result<Duration> {
    let text = match peel(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => text,
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => {
            let digits = number.base10_digits();
            let message = format!(
                "`max_time` takes a number with its unit: write `max_time = \"{digits}ms\"` or `max_time = \"{digits}s\"`"
            );
            return Err(Error::new_spanned(number, message));
        }
        _ => return Err(Error::new_spanned(value, no_time())),
    };
    time(text.value().trim()).ok_or_else(|| Error::new_spanned(text, no_time()))
}

fn no_time() -> String {
    format!("`max_time` takes a whole number of `us`, `ms` or `s`, such as `{EXAMPLE}`")
}

fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|sign: char| !sign.is_ascii_digit() && sign != '_')?;
    let (number, unit) = text.split_at(unit);
    let number = number.replace('_', "").parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "us" => Some(Duration::from_micros(number)),
        _ => None,
    }
}
