//! Literals and bind parameters.

use super::super::Dialect;
use super::super::before::Before;
use super::super::canonical::{Span, Writer};
use super::super::source;
use super::super::token::{Sink, TokenKind};
use super::Lexer;

impl Lexer<'_> {
    /// Where the opening quote is if the word from `at` to `end` is the prefix
    /// of a string.
    pub(super) fn prefixed_string(&self, at: usize, end: usize) -> Option<usize> {
        let first = self.source.byte(at).to_ascii_lowercase();
        let is_standard = matches!(self.dialect, Dialect::Ansi | Dialect::Postgres);
        if self.source.byte(end) == b'\'' {
            let is_prefix = match (end - at, first) {
                (1, b'x') => true,
                (1, b'b' | b'n') => self.dialect != Dialect::Sqlite,
                (1, b'e') => is_standard,
                (_, b'_') => self.dialect == Dialect::MySql,
                _ => false,
            };
            return is_prefix.then_some(end);
        }
        let is_unicode =
            end - at == 1 && first == b'u' && is_standard && self.source.starts_with(end, b"&'");
        is_unicode.then_some(end + 1)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn prefixed<S: Sink>(
        &mut self,
        at: usize,
        quote: usize,
        out: &mut Writer<'_, S>,
    ) -> usize {
        let has_escapes =
            self.dialect == Dialect::MySql || matches!(self.source.byte(at), b'E' | b'e');
        let doubtful = self.doubtful;
        let end = self.string_end(at, quote, has_escapes);
        if has_escapes && self.dialect != Dialect::MySql {
            // An `E` leaves no doubt.
            self.doubtful = doubtful;
        }
        self.has_escapes = has_escapes;
        self.ended(at, end);
        out.string(Span { start: at, end })
    }

    #[inline(always)]
    pub(super) fn string<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        self.has_escapes = self.dialect == Dialect::MySql
            || self.has_escapes
                && out.before().any(Before::STRING)
                // PostgreSQL continues a string on another line alone.
                && self.source.range(self.string_end, at).contains(&b'\n');
        let end = self.string_end(at, at, self.has_escapes);
        self.ended(at, end);
        out.string(Span { start: at, end })
    }

    /// Notes a string, and looks at what stands right after it.
    #[inline(always)]
    fn ended(&mut self, at: usize, end: usize) {
        self.string_end = end;
        self.first_string = self.first_string.min(at);
        if source::is_word_byte(self.source.byte(end)) {
            self.glued(end);
        }
    }

    /// A word right after a string: `'O'Brien'`. Somebody has put quotes around
    /// a value that has one itself, and what looks like code from here on, or
    /// since an earlier string, may be the value. Keywords of those who save
    /// spaces are none.
    #[cold]
    #[inline(never)]
    fn glued(&mut self, at: usize) {
        const AFTER_VALUES: [&[u8]; 32] = [
            b"and",
            b"as",
            b"asc",
            b"between",
            b"collate",
            b"cross",
            b"desc",
            b"else",
            b"end",
            b"escape",
            b"for",
            b"from",
            b"group",
            b"having",
            b"in",
            b"inner",
            b"is",
            b"join",
            b"left",
            b"like",
            b"limit",
            b"not",
            b"offset",
            b"on",
            b"or",
            b"order",
            b"returning",
            b"then",
            b"union",
            b"when",
            b"where",
            b"xor",
        ];
        let end = self.source.word_end(at);
        let word = self.source.range(at, end);
        let is_keyword = AFTER_VALUES.iter().any(|it| it.eq_ignore_ascii_case(word));
        if !is_keyword || self.source.byte(end) == b'\'' {
            self.is_complete = false;
            self.broken = Some(self.first_string);
        }
    }

    /// The end of the string that starts at `at` and whose opening quote is at
    /// `open`.
    #[inline(never)]
    pub(super) fn string_end(&mut self, at: usize, open: usize, has_escapes: bool) -> usize {
        let quote = self.source.byte(open);
        let mut end = open + 1;
        loop {
            end = self.source.find(end, [quote, b'\\']);
            if end >= self.source.len() {
                if !self.is_truncated {
                    // One quote is missing, and nobody knows which: what looked
                    // like code between two strings may be the inside of one.
                    self.broken = Some(self.first_string.min(at));
                }
                return self.unterminated();
            }
            match self.source.byte(end) {
                b'\\' => {
                    if self.source.byte(end + 1) == quote {
                        self.doubtful.get_or_insert(at);
                    }
                    end += if has_escapes { 2 } else { 1 };
                }
                _ if self.source.byte(end + 1) == quote => end += 2,
                _ => return end + 1,
            }
        }
    }

    /// A number that starts here, with whatever is stuck to its end.
    #[inline(never)]
    pub(super) fn number<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let source = &self.source;
        // In MySQL `1_000` is a name.
        let has_separators = self.dialect != Dialect::MySql;
        let digits = |at| {
            source.run_end(at, |byte| {
                byte.is_ascii_digit() || byte == b'_' && has_separators
            })
        };
        let has_radix =
            source.byte(at) == b'0' && matches!(source.byte(at + 1) | 0x20, b'b' | b'o' | b'x');
        let whole = digits(at);
        let mut stop = whole;
        if !has_radix {
            if source.byte(stop) == b'.' && source.byte(stop + 1) != b'.' {
                stop = digits(stop + 1);
            }
            if source.byte(stop) | 0x20 == b'e' {
                let sign = source.byte(stop + 1);
                let exponent = stop + 1 + usize::from(matches!(sign, b'+' | b'-'));
                if source.digit_at(exponent) {
                    stop = digits(exponent);
                }
            }
        }
        let is_whole = stop == whole;
        let end = match self.dialect {
            // `1.5from t`
            Dialect::MySql if !is_whole => stop,
            Dialect::MySql | Dialect::Sqlite => source.word_end(stop),
            // `1$a$ .. $a$`
            _ => source.run_end(stop, |byte| byte != b'$' && source::is_word_byte(byte)),
        };
        // A name may start with a digit in MySQL. PostgreSQL and SQLite refuse
        // it: there it is taken for a value that lacks its quotes.
        let is_name = matches!(self.dialect, Dialect::Ansi | Dialect::MySql)
            && is_whole
            && end > stop
            && !(has_radix && self.is_radix_number(at, end));
        let span = Span { start: at, end };
        if is_name {
            self.name_end = end;
            out.long_word(span, &self.source)
        } else {
            out.value(span, TokenKind::Literal)
        }
    }

    pub(super) fn is_radix_number(&self, at: usize, end: usize) -> bool {
        let digits = self.source.range(at + 2, end);
        digits.iter().all(u8::is_ascii_hexdigit)
    }

    #[inline(always)]
    pub(super) fn dollar<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.source.digit_at(at + 1) {
            let end = self.source.run_end(at + 2, |byte| byte.is_ascii_digit());
            return out.value(Span { start: at, end }, TokenKind::Bind);
        }
        self.dollar_name(at, out)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn dollar_name<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let name = at + 1;
        if matches!(self.dialect, Dialect::Ansi | Dialect::Postgres) {
            let is_tag = |byte| byte != b'$' && source::is_word_byte(byte);
            let tag = self.source.run_end(name, is_tag);
            if self.source.byte(tag) == b'$' {
                let end = self.dollar_string_end(at, tag + 1);
                return out.value(Span { start: at, end }, TokenKind::Literal);
            }
        }
        let end = self.source.word_end(name);
        let span = Span { start: at, end };
        if end == name {
            out.operator(span, &self.source)
        } else if self.dialect == Dialect::MySql {
            self.name_end = end;
            out.long_word(span, &self.source)
        } else {
            out.value(span, TokenKind::Bind)
        }
    }

    /// The end of the string whose delimiter stands between `at` and `body`.
    pub(super) fn dollar_string_end(&mut self, at: usize, body: usize) -> usize {
        let delimiter = self.source.range(at, body);
        let mut end = body;
        loop {
            end = self.source.find(end, [b'$']);
            if end >= self.source.len() {
                return self.unterminated();
            }
            if self.source.starts_with(end, delimiter) {
                return end + delimiter.len();
            }
            end += 1;
        }
    }

    #[inline(always)]
    pub(super) fn question_mark<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.dialect == Dialect::Postgres {
            let end = self.operator_end(at);
            let span = Span { start: at, end };
            return if end == at + 1 {
                out.value(span, TokenKind::Bind)
            } else {
                out.operator(span, &self.source)
            };
        }
        let end = self.source.run_end(at + 1, |byte| byte.is_ascii_digit());
        out.value(Span { start: at, end }, TokenKind::Bind)
    }

    #[inline(always)]
    pub(super) fn colon<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.source.byte(at + 1) == b':' {
            let end = at + 2;
            return out.cast(Span { start: at, end });
        }
        let end = self.source.word_end(at + 1);
        if end > at + 1 && matches!(self.dialect, Dialect::Ansi | Dialect::Sqlite) {
            return out.value(Span { start: at, end }, TokenKind::Bind);
        }
        let end = at + 1 + usize::from(self.source.byte(at + 1) == b'=');
        out.operator(Span { start: at, end }, &self.source)
    }

    #[cold]
    pub(super) fn backslash<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.source.byte(at + 1) == b'N' {
            let end = at + 2;
            return out.value(Span { start: at, end }, TokenKind::Literal);
        }
        self.operator(at, out)
    }
}
