//! What a scope may not go beyond, on connections that can refuse.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::report::escape;

/// Hard limits of a scope, for guarded connections.
///
/// A budget's `max` is judged when the scope has ended; a hard limit is looked
/// at before each statement, and a guarded connection (`Guarded<C>`) refuses
/// the statement instead of sending it. Connections that are not guarded never
/// refuse anything. Transaction control is never refused, so that a
/// transaction can always be ended.
///
/// They come from the attribute (`hard_max = 100, hard_max_rows = 10_000,
/// hard_max_time = "5s"`), from [`Settings::limits`](crate::Settings::limits)
/// for every scope, from [`Settings::route`](crate::Settings::route) for scopes
/// of one name, and from a connection of its own; the tightest holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    statements: Option<u64>,
    rows: Option<u64>,
    time: Option<Duration>,
}

impl Limits {
    /// No limit at all.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            statements: None,
            rows: None,
            time: None,
        }
    }

    /// The most statements that a scope may run: the next one is refused.
    #[must_use]
    pub const fn hard_max(self, statements: u64) -> Self {
        Self {
            statements: Some(statements),
            ..self
        }
    }

    /// The most rows that a scope may read. Once more have been delivered,
    /// the next statement is refused; rows that nobody counted do not count.
    #[must_use]
    pub const fn hard_max_rows(self, rows: u64) -> Self {
        Self {
            rows: Some(rows),
            ..self
        }
    }

    /// The longest that the statements of a scope may take together. Once they
    /// have taken longer, the next one is refused; one that is under way is not
    /// stopped, and time that nobody measured does not count.
    #[must_use]
    pub const fn hard_max_time(self, time: Duration) -> Self {
        Self {
            time: Some(time),
            ..self
        }
    }

    /// True if nothing is limited.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.statements.is_none() && self.rows.is_none() && self.time.is_none()
    }

    /// True if time is limited: it has to be measured then.
    pub(crate) fn are_of_time(&self) -> bool {
        self.time.is_some()
    }

    /// The tighter one of each limit.
    pub(crate) fn and(self, other: Self) -> Self {
        fn tighter<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            }
        }
        Self {
            statements: tighter(self.statements, other.statements),
            rows: tighter(self.rows, other.rows),
            time: tighter(self.time, other.time),
        }
    }

    /// Which limit a scope has reached.
    pub(crate) fn reached(&self, statements: u64, rows: u64, time: Duration) -> Option<Reached> {
        if let Some(max) = self.statements.filter(|max| statements >= *max) {
            return Some(Reached::Statements { max });
        }
        if let Some(max) = self.rows.filter(|max| rows > *max) {
            return Some(Reached::Rows { max, rows });
        }
        let max = self.time.filter(|max| time > *max)?;
        Some(Reached::Time { max, time })
    }
}

/// A limit that a scope has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Rows { max: u64, rows: u64 },
    Statements { max: u64 },
    Time { max: Duration, time: Duration },
}

/// Why a guarded connection did not send a statement.
///
/// Its text names the scope, the limit and what the statement is about; it
/// holds no value.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(crate) scope: String,
    pub(crate) reached: Reached,
    pub(crate) summary: String,
}

impl Refusal {
    /// The name of the scope that has reached its limit.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// What the statement is about: `SELECT posts`.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = escape(&self.scope);
        let summary = escape(&self.summary);
        match self.reached {
            Reached::Statements { max } => write!(
                f,
                "perfguard refused `{summary}` before it was sent: scope `{scope}` has run {max} statements, and its hard_max is {max}"
            ),
            Reached::Rows { max, rows } => write!(
                f,
                "perfguard refused `{summary}` before it was sent: scope `{scope}` has read {rows} rows, and its hard_max_rows is {max}"
            ),
            Reached::Time { max, time } => write!(
                f,
                "perfguard refused `{summary}` before it was sent: the statements of scope `{scope}` have taken {time:.1?}, and its hard_max_time is {max:?}"
            ),
        }
    }
}

impl Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limits, Reached};

    #[test]
    fn the_tightest_limit_holds() {
        let none = Duration::ZERO;
        let limits = Limits::new().hard_max(5);
        let both = limits.and(Limits::new().hard_max(7).hard_max_rows(10));
        assert_eq!(both, Limits::new().hard_max(5).hard_max_rows(10));
        assert_eq!(both.reached(4, 10, none), None);
        assert_eq!(
            both.reached(5, 0, none),
            Some(Reached::Statements { max: 5 })
        );
        assert_eq!(
            both.reached(0, 11, none),
            Some(Reached::Rows { max: 10, rows: 11 })
        );
        let max = Duration::from_secs(2);
        let timed = both.and(Limits::new().hard_max_time(max));
        assert!(!timed.is_empty());
        assert_eq!(timed.reached(0, 0, max), None);
        let time = max + Duration::from_millis(1);
        assert_eq!(timed.reached(0, 0, time), Some(Reached::Time { max, time }));
        assert_eq!(
            Limits::new().reached(u64::MAX, u64::MAX, Duration::MAX),
            None
        );
    }
}
