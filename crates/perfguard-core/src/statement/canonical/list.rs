//! The list rule: an item that repeats the one before is dropped.

use super::super::before::Before;
use super::super::source::BLOCK;
use super::super::token::{Sink, TokenKind};
use super::{Span, Writer};

/// Parentheses deeper than this are written as they are: their items are not
/// compared any more.
const MAX_DEPTH: usize = 64;

/// The statement, and what is open in it.
pub(super) type Levels = [Level; MAX_DEPTH];

/// One open parenthesis, bracket or, at the bottom, the statement.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    pub(super) items: Items,
    /// Where the current item starts.
    start: usize,
    /// The last item that was kept: equal ones after it are dropped. Empty if
    /// there is none.
    kept_from: usize,
    kept_to: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Items {
    /// Commas do not separate items of a list.
    #[default]
    None,
    /// What is between two commas.
    Listed,
    /// The parentheses after `VALUES`.
    Rows,
}

/// After VALUES, or after another row.
const OPENS_ROW: Before = Before::OPENS_ROWS.and(Before::IN_ROWS);

pub(super) fn levels() -> Levels {
    [Level::default(); MAX_DEPTH]
}

/// Forgets what the last text left at the bottom.
pub(super) fn start(levels: &mut Levels) {
    let [bottom, ..] = levels;
    *bottom = Level::default();
}

impl<S: Sink> Writer<'_, S> {
    #[inline(always)]
    pub(in super::super) fn comma(&mut self, span: Span) -> usize {
        self.end_listed_item();
        self.push(b',');
        // The space after the comma belongs to no item.
        if !self.state.any(Before::IN_ROWS)
            && let Some(level) = self.levels.get_mut(self.depth)
        {
            level.start = self.length + 1;
        }
        self.before = Before::OPERAND;
        self.sink.push(TokenKind::Comma, None, span);
        span.end
    }

    #[inline(always)]
    pub(in super::super) fn open(&mut self, span: Span) -> usize {
        let glued = Before::GLUED.and(Before::SIGN).and(Before::CALLABLE);
        self.put(glued, [b'('; BLOCK], 1);
        if self.before.and(self.state).any(OPENS_ROW) {
            self.open_row();
        }
        self.enter();
        self.sink.push(TokenKind::Open, None, span);
        span.end
    }

    /// A row of VALUES.
    #[cold]
    #[inline(never)]
    fn open_row(&mut self) {
        if let Some(level) = self.levels.get_mut(self.depth) {
            if !self.state.any(Before::IN_ROWS) {
                level.items = Items::Rows;
                level.kept_to = level.kept_from;
            }
            level.start = self.length.saturating_sub(1);
        }
    }

    /// Leaves out what follows the first item that would be dropped if the
    /// list had an end.
    #[cold]
    pub(in super::super) fn cut_lists(&mut self) {
        let open = self.levels.iter().take(self.depth + 1);
        let kept = open
            .filter(|level| level.items != Items::None && level.kept_to > level.kept_from)
            .map(|level| level.kept_to)
            .next();
        if let Some(kept) = kept {
            self.length = self.length.min(kept);
        }
    }

    #[inline(always)]
    pub(in super::super) fn open_bracket(&mut self, span: Span) -> usize {
        let glued = Before::GLUED.and(Before::SUBSCRIPTED);
        self.leave_rows(glued);
        self.put(glued, [b'['; BLOCK], 1);
        self.enter();
        self.sink.push(TokenKind::OpenBracket, None, span);
        span.end
    }

    #[inline(always)]
    pub(in super::super) fn close(&mut self, span: Span, byte: u8) -> usize {
        self.end_listed_item();
        self.push(byte);
        self.before = Before::SUBSCRIPTED.and(Before::TIGHT);
        if self.depth > 0 {
            self.depth -= 1;
            self.state = self.state.without(Before::IN_ROWS);
            let level = self.levels.get(self.depth);
            if level.is_some_and(|level| level.items == Items::Rows) {
                self.state = self.state.and(Before::IN_ROWS);
                self.end_item();
            }
        }
        let kind = if byte == b')' {
            TokenKind::Close
        } else {
            TokenKind::CloseBracket
        };
        self.sink.push(kind, None, span);
        span.end
    }

    #[inline(always)]
    pub(super) fn enter(&mut self) {
        self.depth += 1;
        self.state = self.state.without(Before::IN_ROWS);
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level = Level {
                items: Items::Listed,
                start: self.length,
                kept_from: 0,
                kept_to: 0,
            };
        }
        self.before = Before::OPERAND.and(Before::GLUED).and(Before::TIGHT);
    }

    /// What ends with a token that is none of a row.
    #[inline(always)]
    pub(super) fn leave_rows(&mut self, glued: Before) {
        if self.state.any(Before::IN_ROWS) {
            self.end_rows(glued);
        }
    }

    /// Something else than a row: the rows of VALUES have ended.
    #[cold]
    #[inline(never)]
    pub(super) fn end_rows(&mut self, glued: Before) {
        self.state = self.state.without(Before::IN_ROWS);
        let spaces = usize::from(!self.before.any(glued.and(Before::FIRST)));
        if let Some(level) = self.levels.get_mut(self.depth) {
            level.items = if self.depth == 0 {
                Items::None
            } else {
                Items::Listed
            };
            level.start = self.length + spaces;
            level.kept_to = level.kept_from;
        }
    }

    #[inline(always)]
    pub(super) fn end_listed_item(&mut self) {
        let level = self.levels.get(self.depth);
        if level.is_some_and(|level| level.items == Items::Listed) {
            self.end_item();
        }
    }

    /// Drops the item that ends here if it equals the one before.
    #[inline(always)]
    pub(super) fn end_item(&mut self) {
        let Some(level) = self.levels.get_mut(self.depth) else {
            return;
        };
        if self.placeholder <= level.start {
            level.kept_to = level.kept_from;
            return;
        }
        let kept = self.text.get(level.kept_from..level.kept_to);
        let item = self.text.get(level.start..self.length);
        if level.kept_to > level.kept_from && item.is_some() && item == kept {
            self.length = level.kept_to;
            // It has a placeholder as well.
            self.placeholder = level.kept_to;
        } else {
            level.kept_from = level.start;
            level.kept_to = self.length;
        }
    }
}
