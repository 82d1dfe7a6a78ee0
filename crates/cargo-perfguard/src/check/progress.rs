//! One line that says how far a long run is: on a terminal only, and gone at the end.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// A run that is shorter says nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Progress {
    /// `None` where nobody looks.
    next: Option<Instant>,
    has_line: bool,
    of: usize,
}

impl Progress {
    pub(crate) fn new(of: usize) -> Self {
        Self {
            next: stderr().is_terminal().then(|| Instant::now() + PATIENCE),
            has_line: false,
            of,
        }
    }

    /// Tells that so many are done.
    pub(crate) fn tell(&mut self, done: usize) {
        let now = Instant::now();
        if self.next.is_some_and(|it| it <= now) {
            let _ = write!(stderr(), "\r\u{1b}[Kperfguard: {done} of {} files", self.of);
            self.has_line = true;
            self.next = Some(now + PAUSE);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.has_line {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}
