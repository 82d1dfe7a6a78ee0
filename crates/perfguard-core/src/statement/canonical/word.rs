//! Words and names.

use std::cmp::Ordering;

use super::super::Dialect;
use super::super::before::Before;
use super::super::keyword::Keyword;
use super::super::source::{BLOCK, Block, Source};
use super::super::token::{Sink, TokenKind};
use super::buffer::POSITIONS;
use super::list::Items;
use super::{Span, Writer};

/// As many digits in a name are a date: a year at least.
const PARTITION: usize = 4;

impl<S: Sink> Writer<'_, S> {
    /// A word of up to 16 bytes, in lower case.
    #[inline(always)]
    pub(in super::super) fn word(
        &mut self,
        span: Span,
        lower: [u64; 2],
        keyword: Option<Keyword>,
        means: Before,
        source: &Source<'_>,
    ) -> usize {
        if self.before.and(self.state).and(means).any(Before::SPECIAL) {
            return self.special_word(span, lower, keyword, means, source);
        }
        self.plain_word(span, lower, keyword, means)
    }

    #[inline(always)]
    pub(super) fn plain_word(
        &mut self,
        span: Span,
        lower: [u64; 2],
        keyword: Option<Keyword>,
        means: Before,
    ) -> usize {
        let [low, high] = lower;
        let block = (u128::from(high) << 64 | u128::from(low)).to_le_bytes();
        self.put(
            Before::GLUED.and(Before::SIGN),
            block,
            span.end - span.start,
        );
        self.before = means;
        self.sink.push(TokenKind::Word, keyword, span);
        span.end
    }

    /// A word that needs a closer look, by itself or by its place.
    #[cold]
    #[inline(never)]
    pub(super) fn special_word(
        &mut self,
        span: Span,
        lower: [u64; 2],
        keyword: Option<Keyword>,
        means: Before,
        source: &Source<'_>,
    ) -> usize {
        use Keyword as K;

        let before = self.before;
        let mut keyword = keyword;
        let mut means = means.without(Before::CLOSER_LOOK);
        if before.any(Before::DOT) {
            // `t.order` is a column.
            keyword = None;
            means = Before::WORD;
        } else if self.is_name(keyword) {
            means = means.without(Before::OPERAND);
        }
        if before.any(Before::START) {
            if matches!(keyword, Some(K::Release | K::Rollback | K::Savepoint)) {
                self.state = self.state.and(Before::SAVEPOINT);
            }
        } else if self.is_value_word(keyword) {
            return self.value(span, TokenKind::Literal);
        } else if self.is_placeholder(keyword) {
            return self.value(span, TokenKind::Bind);
        }
        if keyword == Some(K::Not) && before.any(Before::IS) {
            means = means.and(Before::IS_NOT);
        }
        if self.dialect == Dialect::MySql && keyword.is_some_and(Keyword::is_charset) {
            self.start_prefix(false);
            means = means.and(Before::PREFIX);
        }
        match keyword {
            Some(K::Values) => means = means.and(Before::OPENS_ROWS),
            // MySQL and SQLite: `INSERT INTO t VALUE (1)`.
            Some(K::Value) if self.depth == 0 && self.dialect != Dialect::Postgres => {
                means = means.and(Before::OPENS_ROWS);
            }
            // `VALUES ROW (1), ROW (2)`
            Some(K::Row) if before.any(Before::OPENS_ROWS) => {
                means = means.and(Before::OPENS_ROWS);
            }
            _ => {}
        }
        if keyword != Some(K::Row) {
            self.leave_rows(Before::GLUED.and(Before::SIGN));
        }
        if keyword.is_none() && self.has_partitions(span, source) {
            return self.long_word(span, source);
        }
        let leads_to_table = matches!(
            keyword,
            Some(K::From | K::Into | K::Join | K::Only | K::Table | K::Update)
        );
        self.enter_table(leads_to_table || self.stays_in_table(span, source));
        self.plain_word(span, lower, keyword, means)
    }

    /// Whether a word that could be an operator stands where an operand does.
    fn is_name(&self, keyword: Option<Keyword>) -> bool {
        use Keyword as K;

        match keyword {
            // `INTERVAL 1 DAY`
            Some(K::Interval) => self.dialect != Dialect::MySql,
            Some(K::Div | K::Escape | K::Ilike | K::Like | K::Mod | K::Offset | K::Xor) => {
                self.before.any(Before::OPERAND)
            }
            _ => false,
        }
    }

    /// A word of more than 16 bytes, or one that starts with a digit or `@`.
    #[cold]
    #[inline(never)]
    pub(in super::super) fn long_word(&mut self, span: Span, source: &Source<'_>) -> usize {
        if self.state.any(Before::SAVEPOINT) {
            return self.value(span, TokenKind::Bind);
        }
        let starts_name = !matches!(source.byte(span.start), b'$' | b'0'..=b'9');
        // MySQL: elsewhere it would be a value.
        let is_quoted = !starts_name && self.dialect == Dialect::MySql;
        let mut glued = Before::GLUED.and(Before::SIGN);
        if self.before.any(Before::LONE_DOT) && !starts_name && !is_quoted {
            // `.1st` is a number unless a name comes before it.
            glued = Before::SIGN;
        }
        self.leave_rows(glued);
        self.put(glued, Block::default(), 0);
        let bytes = source.range(span.start, span.end).iter();
        let lower = bytes.map(u8::to_ascii_lowercase);
        let has_partitions = self.has_partitions(span, source);
        if has_partitions || is_quoted {
            // In quotes: an unquoted `?` would be a value.
            self.push(b'"');
            let mut digits = 0;
            for byte in lower {
                if has_partitions {
                    self.push_partition(&mut digits, byte);
                } else {
                    self.push(byte);
                }
            }
            self.push(b'"');
            self.before = Before::QUOTED;
        } else {
            for byte in lower {
                self.push(byte);
            }
            self.before = Before::WORD;
        }
        self.enter_table(self.stays_in_table(span, source));
        self.sink.push(TokenKind::Word, None, span);
        span.end
    }

    /// `NULL`, `TRUE` and `FALSE`, but not in `IS NOT NULL` or `t.null`.
    pub(super) fn is_value_word(&self, keyword: Option<Keyword>) -> bool {
        let operators = match keyword {
            Some(Keyword::Null) => Before::IS.and(Before::NOT),
            Some(Keyword::False | Keyword::True) => Before::IS.and(Before::IS_NOT),
            _ => return false,
        };
        !self.before.any(operators.and(Before::DOT))
    }

    /// Words that stand where a bind could: they vary from one run of the same
    /// code to the next, and are not values.
    pub(super) fn is_placeholder(&self, keyword: Option<Keyword>) -> bool {
        use Keyword as K;

        let is_savepoint_name = self.state.any(Before::SAVEPOINT)
            && !matches!(
                keyword,
                Some(
                    K::And
                        | K::Chain
                        | K::No
                        | K::Prepared
                        | K::Release
                        | K::Savepoint
                        | K::To
                        | K::Tran
                        | K::Transaction
                        | K::Work
                )
            );
        let in_row = self
            .depth
            .checked_sub(1)
            .and_then(|outer| self.levels.get(outer))
            .is_some_and(|level| level.items == Items::Rows);
        is_savepoint_name || in_row && keyword == Some(K::Default)
    }

    /// A quoted name without a quote in it.
    #[inline(always)]
    pub(in super::super) fn quoted<const QUOTE: u8>(
        &mut self,
        span: Span,
        source: &Source<'_>,
    ) -> usize {
        if self.state.any(Before::SPECIAL) {
            return self.long_quoted(span, source);
        }
        let length = span.end - span.start;
        let block = source.block(span.start);
        self.put(Before::GLUED.and(Before::SIGN), block, length.min(BLOCK));
        if length > BLOCK {
            self.push_from(source, span.start + BLOCK, span.end);
        }
        if QUOTE != b'"' {
            self.rewrite(length, b'"');
            self.rewrite(1, b'"');
        }
        self.before = Before::QUOTED;
        self.sink.push(TokenKind::Quoted, None, span);
        span.end
    }

    /// PostgreSQL's `U&"d\0061ta"`, with its quotes at `span`.
    #[cold]
    #[inline(never)]
    pub(in super::super) fn unicode_name(&mut self, span: Span, source: &Source<'_>) -> usize {
        if self.state.any(Before::SAVEPOINT) {
            return self.value(span, TokenKind::Bind);
        }
        let glued = Before::GLUED.and(Before::SIGN);
        self.leave_rows(glued);
        self.put(glued, *b"u&u&u&u&u&u&u&u&", 2);
        self.push_from(source, span.start, span.end);
        self.before = Before::QUOTED;
        self.sink.push(TokenKind::Quoted, None, span);
        span.end
    }

    /// Any quoted name. Within `[..]` nothing is doubled.
    #[cold]
    #[inline(never)]
    pub(in super::super) fn long_quoted(&mut self, span: Span, source: &Source<'_>) -> usize {
        if self.state.any(Before::SAVEPOINT) {
            return self.value(span, TokenKind::Bind);
        }
        let glued = Before::GLUED.and(Before::SIGN);
        self.leave_rows(glued);
        self.put(glued, [b'"'; BLOCK], 1);
        let inner = source.range(span.start + 1, span.end - 1);
        let quote = Some(source.byte(span.start)).filter(|quote| *quote != b'[');
        let has_partitions = self.has_partitions(span, source);
        let mut digits = 0;
        let mut is_second = false;
        for byte in inner.iter().copied() {
            is_second = Some(byte) == quote && !is_second;
            if is_second {
                continue;
            }
            if has_partitions {
                self.push_partition(&mut digits, byte);
            } else {
                self.push(byte);
            }
            if byte == b'"' {
                self.push(b'"');
            }
        }
        self.push(b'"');
        self.enter_table(self.stays_in_table(span, source));
        self.before = Before::QUOTED;
        self.sink.push(TokenKind::Quoted, None, span);
        span.end
    }

    /// Writes over the byte that was written so far back.
    #[inline(always)]
    pub(super) fn rewrite(&mut self, back: usize, byte: u8) {
        let at = self.length.wrapping_sub(back);
        if let Some(to) = self.text.get_mut(at % POSITIONS) {
            *to = byte;
        }
    }

    pub(super) fn enter_table(&mut self, is_in: bool) {
        self.state = self.state.without(Before::IN_TABLE);
        if is_in && self.state.any(Before::PARTITIONS) {
            self.state = self.state.and(Before::IN_TABLE);
        }
    }

    /// Whether what follows a name in place of a table's is a part of it.
    pub(super) fn stays_in_table(&self, span: Span, source: &Source<'_>) -> bool {
        self.state.any(Before::IN_TABLE) && source.byte(span.end) == b'.'
    }

    /// Whether a name is that of a table, and of a partition by its digits.
    pub(super) fn has_partitions(&self, span: Span, source: &Source<'_>) -> bool {
        let is_table = self.state.any(Before::IN_TABLE) || source.byte(span.end) == b'.';
        let bytes = source.range(span.start, span.end);
        self.state.any(Before::PARTITIONS)
            && is_table
            && bytes
                .windows(PARTITION)
                .any(|digits| digits.iter().all(u8::is_ascii_digit))
    }

    /// Writes a byte of the name of a table with partitions.
    pub(super) fn push_partition(&mut self, digits: &mut usize, byte: u8) {
        if !byte.is_ascii_digit() {
            *digits = 0;
            return self.push(byte);
        }
        *digits += 1;
        match (*digits).cmp(&PARTITION) {
            Ordering::Less => self.push(byte),
            // Those that were written before are part of it.
            Ordering::Equal => {
                self.length -= PARTITION - 1;
                self.push(b'?');
            }
            Ordering::Greater => {}
        }
    }
}
