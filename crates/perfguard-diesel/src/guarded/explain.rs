//! The plans of statements, where a test wants them.

use diesel::query_builder::QueryFragment;
use perfguard_core::planned;

use super::{Guardable, Guarded};
use crate::{backend, refuse};

impl<C: Guardable> Guarded<C> {
    /// Explains each statement before it first runs in a test: what the plans
    /// say is in the reports, as for `#[perfguard::test(explain)]`. In
    /// production nothing is explained.
    #[must_use]
    pub fn explaining(mut self) -> Self {
        self.explains = true;
        self
    }

    /// Has a statement explained that is about to be sent, if somebody wants
    /// its plan.
    #[inline]
    pub(super) fn explain<T: QueryFragment<C::Backend>>(&mut self, query: &T) {
        if self.explains || planned::are_wanted() {
            self.explain_wanted(query);
        }
    }

    #[cold]
    #[inline(never)]
    fn explain_wanted(&mut self, query: &dyn QueryFragment<C::Backend>) {
        let always = self.explains;
        let wanted = self.in_its_scope(|| {
            let sql = refuse::text::<C::Backend>(query);
            planned::wanted(&sql, backend::dialect::<C::Backend>(), always)
        });
        if let Some(wanted) = wanted {
            self.inner.explain(query, wanted);
        }
    }
}
