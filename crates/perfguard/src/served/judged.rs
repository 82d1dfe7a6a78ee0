//! What is to be said of a request when its head is there.

use perfguard_core::Scope;
use perfguard_core::generated::{Preview, Request};

use super::server_timing::server_timing;

/// What is known then: for the client, and for what the answer becomes.
#[derive(Debug)]
pub(crate) struct Judged {
    preview: Option<Preview>,
    is_timed: bool,
}

impl Judged {
    /// Looks at a request that is answered with this status.
    pub(crate) fn of(request: &Request, status: u16, is_timed: bool) -> Self {
        request.note_status(status);
        let is_wanted = is_timed || request.can_fail();
        Self {
            preview: is_wanted.then(|| request.preview()).flatten(),
            is_timed,
        }
    }

    /// Ends the request if a test fails for it: the report, and the scope that
    /// the answer is to be dropped in.
    pub(crate) fn failure(&self, request: &mut Request) -> Option<(String, Option<Scope>)> {
        if !self.preview.is_some_and(|preview| preview.fails) {
            return None;
        }
        let scope = request.scope();
        Some((request.end()?, scope))
    }

    /// What a header tells the client, where that asked for it.
    pub(crate) fn server_timing(&self) -> Option<String> {
        let preview = self.preview.filter(|_| self.is_timed);
        preview.as_ref().map(server_timing)
    }
}
