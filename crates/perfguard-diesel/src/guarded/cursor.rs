//! The rows of a guarded connection.

use std::fmt;

use perfguard_core::statement::Dialect;

use crate::rows::Rows;

/// What a connection notes of the rows that are taken from it. A place of its
/// own, because a cursor is moved several times before its first row.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) rows: Rows,
    pub(super) dialect: Dialect,
}

/// Diesel's cursor, whose rows are counted.
///
/// They are told when it ends, however it ends: taken to the last row, dropped
/// early, or by an error.
pub struct Cursor<'conn, I: Iterator> {
    // In this order: the driver's own cursor ends before its rows are told.
    inner: I,
    slot: Telling<'conn>,
}

/// Tells of the rows when it is dropped.
struct Telling<'conn>(&'conn mut Slot);

impl Drop for Telling<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.rows.tell();
    }
}

impl<'conn, I: Iterator> Cursor<'conn, I> {
    #[inline]
    pub(super) fn new(inner: I, slot: &'conn mut Slot) -> Self {
        Self {
            inner,
            slot: Telling(slot),
        }
    }
}

impl<I: Iterator> fmt::Debug for Cursor<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

impl<I, R, E> Iterator for Cursor<'_, I>
where
    I: Iterator<Item = Result<R, E>>,
{
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let item = self.inner.next();
        self.slot.0.rows.note(item.as_ref());
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<I, R, E> ExactSizeIterator for Cursor<'_, I>
where
    I: ExactSizeIterator<Item = Result<R, E>>,
{
    fn len(&self) -> usize {
        self.inner.len()
    }
}

impl<I: Iterator> Drop for Cursor<'_, I> {
    /// PostgreSQL sends all rows, also row by row, and Diesel throws away the
    /// ones that nobody takes: they are counted on the way. SQLite makes a row
    /// when it is taken, and is not asked for more.
    #[inline]
    fn drop(&mut self) {
        let Slot { rows, dialect } = &mut *self.slot.0;
        if *dialect == Dialect::Postgres && rows.is_open() {
            rows.discarded(count_left(&mut self.inner));
        }
    }
}

/// Not inlined: where there is nothing left, the cursor's end is short.
#[inline(never)]
fn count_left(rows: &mut impl Iterator) -> u64 {
    rows.count() as u64
}
