//! `max_time = "200ms"`, `hard_max_time = "5s"`: how long a call's statements
//! may take together.

use std::time::Duration;

use syn::{Error, Expr, ExprLit, Lit, Result};

use super::peel;

/// How a limit of this name is written.
pub(super) fn example(key: &str) -> String {
    format!("{key} = \"200ms\"")
}

/// Reads the value of a limit of this name.
pub(super) fn check(key: &str, value: &Expr) -> Result<Duration> {
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
                "`{key}` takes a number with its unit: write `{key} = \"{digits}ms\"` or `{key} = \"{digits}s\"`"
            );
            return Err(Error::new_spanned(number, message));
        }
        _ => return Err(Error::new_spanned(value, no_time(key))),
    };
    time(text.value().trim()).ok_or_else(|| Error::new_spanned(text, no_time(key)))
}

fn no_time(key: &str) -> String {
    let example = example(key);
    format!("`{key}` takes a whole number of `us`, `ms` or `s`, such as `{example}`")
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
