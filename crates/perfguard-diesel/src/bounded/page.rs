//! A page of rows.

/// The rows of one page, and whether there is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<U> {
    /// The rows, at most as many as were asked for.
    pub rows: Vec<U>,
    /// Whether more rows follow.
    pub has_more: bool,
}

impl<U> Page<U> {
    /// The first `limit` of `rows`, which are one more if there are more.
    pub(super) fn of(mut rows: Vec<U>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, has_more }
    }
}
