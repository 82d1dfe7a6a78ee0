//! `expires = "2027-01-31"`.

use syn::{Error, Expr, ExprLit, Lit, Result};

use super::peel;

pub(super) const EXAMPLE: &str = "expires = \"2027-01-31\"";

/// A day of the calendar, the last one that an allow holds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

pub(super) fn check(value: &Expr) -> Result<Day> {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = peel(value)
    else {
        let message = format!("the last day is a string literal: write `{EXAMPLE}`");
        return Err(Error::new_spanned(value, message));
    };
    day(&text.value()).ok_or_else(|| {
        let message =
            format!("not a day of the calendar: write year, month and day, as in `{EXAMPLE}`");
        Error::new_spanned(text, message)
    })
}

fn day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let is_date = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return None;
    }
    let mut parts = text.split('-');
    let year: u16 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=last)
        .contains(&day)
        .then_some(Day { year, month, day })
}

#[cfg(test)]
mod tests {
    use super::{Day, day};

    #[test]
    fn only_days_of_the_calendar_are_days() {
        let last = Day {
            year: 2028,
            month: 2,
            day: 29,
        };
        assert_eq!(day("2028-02-29"), Some(last));
        for other in [
            "2027-02-29",
            "2100-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-04-31",
            "2027-1-31",
            "31.01.2027",
            "2027-01-32",
            "2027-01-00",
            "",
            "+027-01-01",
            "2027/01/31",
        ] {
            assert_eq!(day(other), None, "{other}");
        }
    }
}
