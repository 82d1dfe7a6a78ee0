//! The way of an answer to its client, and whether the client had all of it.

use std::task::Poll;

use perfguard_core::generated::Request;

/// What the body of an answer takes along: its request, and how much of the
/// body was taken.
///
/// A server need not poll a body to its end: it drops one that nobody may read,
/// and one whose length it knows as soon as that much was taken. Neither is a
/// client that left.
#[derive(Debug)]
pub(crate) struct Delivery {
    request: Request,
    /// How many bytes there are, if that is known.
    whole: Option<u64>,
    taken: u64,
    is_over: bool,
}

impl Delivery {
    /// Of the answer to a request of this method with this status, of so many
    /// bytes.
    pub(crate) fn new(request: Request, method: &str, status: u16, whole: Option<u64>) -> Self {
        // RFC 9110, 6.4.1: these have no content, whatever their head says.
        let is_bodiless = method == "HEAD"
            || matches!(status, 100..200 | 204 | 304)
            || (method == "CONNECT" && matches!(status, 200..300));
        Self {
            request,
            whole,
            taken: 0,
            is_over: is_bodiless,
        }
    }

    /// Polls the body in the request's scope.
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.request.poll(poll)
    }

    /// Notes that so many bytes more were taken.
    pub(crate) fn took(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64);
    }

    /// Notes that whoever drops the body now has had all of it.
    pub(crate) fn note_end(&mut self) {
        self.is_over = true;
    }

    /// Ends the request: nothing more will be polled.
    pub(crate) fn end(&mut self) {
        // What it would tell the client stands in the test's report.
        let _ = self.request.end();
    }

    /// Drops the body in the request's scope, and ends the request if that was
    /// its end; otherwise it is cancelled.
    pub(crate) fn leave(&mut self, drop_body: impl FnOnce()) {
        // Drivers report then what is still in flight.
        self.request.in_scope(drop_body);
        if self.is_whole() {
            self.end();
        }
    }

    fn is_whole(&self) -> bool {
        self.is_over || self.whole.is_some_and(|whole| self.taken >= whole)
    }
}

#[cfg(test)]
mod tests {
    use perfguard_core::generated::Request;

    use super::Delivery;

    fn delivery(method: &str, status: u16, whole: Option<u64>) -> Delivery {
        let request = Request::open("GET /".into(), None, None);
        Delivery::new(request, method, status, whole)
    }

    #[test]
    fn what_is_known_to_be_taken_is_whole() {
        let mut known = delivery("GET", 200, Some(5));
        assert!(!known.is_whole());
        known.took(3);
        assert!(!known.is_whole());
        known.took(2);
        assert!(known.is_whole());
        assert!(delivery("GET", 200, Some(0)).is_whole());
    }

    #[test]
    fn of_unknown_length_it_is_whole_at_its_end() {
        let mut unknown = delivery("GET", 200, None);
        unknown.took(1_000);
        assert!(!unknown.is_whole());
        unknown.note_end();
        assert!(unknown.is_whole());
    }

    #[test]
    fn what_nobody_may_read_is_whole() {
        for (method, status) in [
            ("HEAD", 200),
            ("GET", 101),
            ("DELETE", 204),
            ("GET", 304),
            ("CONNECT", 200),
        ] {
            assert!(delivery(method, status, Some(5)).is_whole());
        }
        assert!(!delivery("CONNECT", 502, Some(5)).is_whole());
    }
}
