//! The rows of a guarded connection.

use std::fmt;

use perfguard_core::statement::Dialect;

use crate::rows::Rows;

/// Diesel's cursor, whose rows are counted.
///
/// They are told when it ends, however it ends: taken to the last row, dropped
/// early, or by an error.
pub struct Cursor<I: Iterator> {
    inner: I,
    rows: Rows,
    dialect: Dialect,
}

impl<I: Iterator> Cursor<I> {
    pub(super) fn new(inner: I, rows: Rows, dialect: Dialect) -> Self {
        Self {
            inner,
            rows,
            dialect,
        }
    }
}

impl<I: Iterator> fmt::Debug for Cursor<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

impl<I, R, E> Iterator for Cursor<I>
where
    I: Iterator<Item = Result<R, E>>,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.inner.next();
        self.rows.note(item.as_ref());
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<I, R, E> ExactSizeIterator for Cursor<I>
where
    I: ExactSizeIterator<Item = Result<R, E>>,
{
    fn len(&self) -> usize {
        self.inner.len()
    }
}

impl<I: Iterator> Drop for Cursor<I> {
    /// PostgreSQL sends all rows, also row by row, and Diesel throws away the
    /// ones that nobody takes: they are counted on the way. SQLite makes a row
    /// when it is taken, and is not asked for more.
    fn drop(&mut self) {
        if self.dialect == Dialect::Postgres && self.rows.is_open() {
            let discarded = self.inner.by_ref().count();
            self.rows.discarded(discarded as u64);
        }
    }
}
