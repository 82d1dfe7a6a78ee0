//! Whether a client had all of an answer.

/// How much of a body was taken.
///
/// A server need not poll a body to its end: it drops one that nobody may read,
/// and one whose length it knows as soon as that much was taken. Neither is a
/// client that left.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// How many bytes there are, if that is known.
    whole: Option<u64>,
    taken: u64,
    is_over: bool,
}

impl Delivery {
    /// Of the answer to a request of this method with this status, of so many
    /// bytes.
    pub(crate) fn new(method: &str, status: u16, whole: Option<u64>) -> Self {
        // RFC 9110, 6.4.1: these have no content, whatever their head says.
        let is_bodiless = method == "HEAD"
            || matches!(status, 100..200 | 204 | 304)
            || (method == "CONNECT" && matches!(status, 200..300));
        Self {
            whole,
            taken: 0,
            is_over: is_bodiless,
        }
    }

    /// Notes that so many bytes more were taken.
    pub(crate) fn took(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64);
    }

    /// Notes that nothing more will be.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
    }

    /// True if whoever drops the body now has had all of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_over || self.whole.is_some_and(|whole| self.taken >= whole)
    }
}

#[cfg(test)]
mod tests {
    use super::Delivery;

    #[test]
    fn what_is_known_to_be_taken_is_whole() {
        let mut known = Delivery::new("GET", 200, Some(5));
        assert!(!known.is_whole());
        known.took(3);
        assert!(!known.is_whole());
        known.took(2);
        assert!(known.is_whole());
        assert!(Delivery::new("GET", 200, Some(0)).is_whole());
    }

    #[test]
    fn of_unknown_length_it_is_whole_at_its_end() {
        let mut unknown = Delivery::new("GET", 200, None);
        unknown.took(1_000);
        assert!(!unknown.is_whole());
        unknown.end();
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
            assert!(Delivery::new(method, status, Some(5)).is_whole());
        }
        assert!(!Delivery::new("CONNECT", 502, Some(5)).is_whole());
    }
}
