//! Days of the calendar, in UTC.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A day; in the order of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl Day {
    pub(crate) fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::after_epoch(since.unwrap_or(Duration::ZERO).as_secs() / 86_400)
    }

    /// A day as it is written in allows: `2027-01-31`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_date = bytes.len() == 10
            && bytes.iter().enumerate().all(|(index, byte)| match index {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let mut parts = text.split('-');
        let day = Self {
            year: parts.next().filter(|_| is_date)?.parse().ok()?,
            month: parts.next()?.parse().ok()?,
            day: parts.next()?.parse().ok()?,
        };
        day.is_in_calendar().then_some(day)
    }

    fn is_in_calendar(self) -> bool {
        let year = self.year;
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        (1..=last).contains(&self.day)
    }

    /// The day so many days after 1970-01-01: Howard Hinnant's
    /// `civil_from_days`, for days that are not before it.
    fn after_epoch(days: u64) -> Self {
        // Counted from 0000-03-01, so that a leap day ends a year.
        let days = days.saturating_add(719_468);
        let era = days / 146_097;
        let of_era = days % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(12),
            day: u8::try_from(day).unwrap_or(31),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_819, "2027-01-01"),
            (20_849, "2027-01-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Day::after_epoch(days).to_string(), text);
        }
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for text in ["1970-01-01", "2024-02-29", "2000-02-29", "2027-12-31"] {
            assert_eq!(
                Day::parse(text).map(|day| day.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "2027-1-31",
            "2027-02-29",
            "2100-02-29",
            "2027-04-31",
            "2027-00-10",
            "2027-13-01",
            "2027-01-00",
            "27-01-311",
            "2027/01/31",
            "2027-01-3x",
            "+027-01-31",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_have_the_order_of_the_calendar() {
        let days: Vec<_> = (0..60_000).map(Day::after_epoch).collect();
        assert!(days.is_sorted_by(|one, next| one < next));
    }
}
