//! Names and keywords.

use super::super::Dialect;
use super::super::before::Before;
use super::super::canonical::{Span, Writer};
use super::super::keyword;
use super::super::source::{self, BLOCK, LANES};
use super::super::token::{Sink, TokenKind};
use super::Lexer;

/// How many names are read at once.
const LINKS: usize = 16;

impl Lexer<'_> {
    #[inline(always)]
    pub(super) fn word<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let first = self.source.lanes(at);
        let mut length = source::word_length(first);
        let mut low = source::lower(first);
        let mut high = 0;
        let next = if length < LANES {
            low &= below(length);
            (first >> (8 * length)) as u8
        } else {
            let second = self.source.lanes(at + LANES);
            let rest = source::word_length(second);
            if rest == LANES {
                return self.long_word(at, out);
            }
            high = source::lower(second) & below(rest);
            length += rest;
            (second >> (8 * rest)) as u8
        };
        let end = at + length;
        if next == b'\'' || next == b'&' {
            if let Some(quote) = self.prefixed_string(at, end) {
                return self.prefixed(at, quote, out);
            }
            if let Some(end) = self.unicode_name_end(at, end) {
                let start = at + 2;
                self.name_end = end;
                return out.unicode_name(Span { start, end }, &self.source);
            }
        }
        let (keyword, means) = keyword::find(low, high);
        self.name_end = end;
        out.word(
            Span { start: at, end },
            [low, high],
            keyword,
            means,
            &self.source,
        )
    }

    #[cold]
    #[inline(never)]
    pub(super) fn long_word<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let end = self.source.word_end(at);
        if let Some(quote) = self.prefixed_string(at, end) {
            return self.prefixed(at, quote, out);
        }
        self.name_end = end;
        let span = Span { start: at, end };
        if end - at > BLOCK {
            return out.long_word(span, &self.source);
        }
        let low = source::lower(self.source.lanes(at));
        let high = source::lower(self.source.lanes(at + LANES));
        let (keyword, means) = keyword::find(low, high);
        out.word(span, [low, high], keyword, means, &self.source)
    }

    /// A name in quotes, and as many as follow it in one of the two ways in
    /// which an ORM goes on: `"table"."column", "table"."column"`.
    #[inline(always)]
    pub(super) fn quoted_names<const QUOTE: u8, S: Sink>(
        &mut self,
        at: usize,
        out: &mut Writer<'_, S>,
    ) -> usize {
        let mut at = at;
        for _ in 0..LINKS {
            // A double quote within other quotes is written twice.
            let close = self.source.find(at + 1, [QUOTE, b'"']);
            let end = close + 1;
            let next = self.source.byte(end);
            if self.source.byte(close) != QUOTE || next == QUOTE {
                return self.long_name(at, QUOTE, out);
            }
            self.name_end = end;
            out.quoted::<QUOTE>(Span { start: at, end }, &self.source);
            at = end + 1;
            let one = Span {
                start: end,
                end: at,
            };
            let after = self.source.byte(at);
            if next == b'.' && after == QUOTE {
                out.dot(one);
            } else if next == b',' && after == b' ' && self.source.byte(at + 1) == QUOTE {
                out.comma(one);
                at += 1;
            } else {
                return end;
            }
        }
        at
    }

    /// A name with quotes in it, or without an end.
    #[cold]
    #[inline(never)]
    pub(super) fn long_name<S: Sink>(
        &mut self,
        at: usize,
        close: u8,
        out: &mut Writer<'_, S>,
    ) -> usize {
        let Some(end) = self.quoted_end(at, close) else {
            // What looks like a name may be a value whose quotes are wrong.
            let end = self.unterminated();
            return out.value(Span { start: at, end }, TokenKind::Literal);
        };
        self.name_end = end;
        out.long_quoted(Span { start: at, end }, &self.source)
    }

    /// The end of the name whose opening quote is at `open`.
    fn quoted_end(&self, open: usize, close: u8) -> Option<usize> {
        let mut end = open + 1;
        loop {
            end = self.source.find(end, [close]);
            if end >= self.source.len() {
                return None;
            }
            end += 1;
            if close == b']' || self.source.byte(end) != close {
                return Some(end);
            }
            end += 1;
        }
    }

    /// The end of `U&".."` if the word from `at` to `end` starts one.
    #[cold]
    fn unicode_name_end(&self, at: usize, end: usize) -> Option<usize> {
        let starts = end - at == 1
            && matches!(self.source.byte(at), b'U' | b'u')
            && matches!(self.dialect, Dialect::Ansi | Dialect::Postgres)
            && self.source.starts_with(end, b"&\"");
        starts.then(|| self.quoted_end(end + 1, b'"')).flatten()
    }

    #[inline(always)]
    pub(super) fn dot<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let end = at + 1;
        if self.source.digit_at(end) {
            let follows_name = at == self.name_end && !out.before().any(Before::OPERAND);
            if !follows_name {
                return self.number(at, out);
            }
            if self.dialect == Dialect::MySql {
                // `t.2024` is a column.
                out.dot(Span { start: at, end });
                let name = Span {
                    start: end,
                    end: self.source.word_end(end),
                };
                self.name_end = name.end;
                return out.long_word(name, &self.source);
            }
        }
        out.dot(Span { start: at, end })
    }

    /// `@name`: a bind in SQLite, a variable in MySQL, no name in PostgreSQL.
    #[cold]
    #[inline(never)]
    pub(super) fn at_sign<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.dialect == Dialect::Postgres {
            return self.operator(at, out);
        }
        let marks = at + 1 + usize::from(self.source.byte(at + 1) == b'@');
        let end = self.source.word_end(marks);
        let span = Span { start: at, end };
        if end == marks || self.source.byte(marks) == b'$' {
            // A `$` may start a dollar-quoted string.
            let end = at + 1;
            out.operator(Span { start: at, end }, &self.source)
        } else if self.dialect == Dialect::Sqlite || self.source.digit_at(marks) {
            // Rather a bind than the text of a number.
            out.value(span, TokenKind::Bind)
        } else {
            self.name_end = end;
            out.long_word(span, &self.source)
        }
    }
}

/// A mask of the first `length` bytes, which are fewer than eight.
#[inline(always)]
fn below(length: usize) -> u64 {
    (1 << (8 * length)) - 1
}
