//! Operators, and the comments that start like one.

use super::super::Dialect;
use super::super::canonical::{Span, Writer};
use super::super::source::BLOCK;
use super::super::token::Sink;
use super::Lexer;

impl Lexer<'_> {
    #[inline(always)]
    pub(super) fn sign<S: Sink>(&mut self, at: usize, sign: u8, out: &mut Writer<'_, S>) -> usize {
        if sign == b'-' && self.source.byte(at + 1) == b'-' && self.starts_line_comment(at) {
            return self.line_end(at);
        }
        let end = self.operator_end(at);
        let span = Span { start: at, end };
        if end == at + 1 {
            out.sign(span, sign)
        } else {
            out.operator(span, &self.source)
        }
    }

    #[inline(always)]
    pub(super) fn operator<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        let end = self.operator_end(at);
        out.operator(Span { start: at, end }, &self.source)
    }

    #[inline(always)]
    pub(super) fn operator_end(&self, at: usize) -> usize {
        if is_operator_byte(self.source.byte(at + 1)) {
            return self.long_operator_end(at);
        }
        at + 1
    }

    #[inline(never)]
    pub(super) fn long_operator_end(&self, at: usize) -> usize {
        match self.dialect {
            Dialect::MySql | Dialect::Sqlite => {
                const LONG: [&[u8]; 12] = [
                    b"->>", b"<=>", b"!=", b"&&", b"->", b"<<", b"<=", b"<>", b"==", b">=", b">>",
                    b"||",
                ];
                let long = LONG.iter().find(|text| self.source.starts_with(at, text));
                at + long.map_or(1, |text| text.len())
            }
            Dialect::Ansi | Dialect::Postgres => self.longest_operator_end(at),
        }
    }

    /// PostgreSQL lets users define operators, so any run of operator bytes is
    /// one, up to a comment; but it ends in a sign only if it holds one of the
    /// bytes that standard operators do not have.
    pub(super) fn longest_operator_end(&self, at: usize) -> usize {
        // A bound keeps a long run of signs, which is cut at each, linear.
        const LONGEST: usize = BLOCK;
        let is_postgres = self.dialect == Dialect::Postgres;
        let mut end = at;
        let mut may_end_in_sign = false;
        while end - at < LONGEST {
            let byte = self.source.byte(end);
            let next = self.source.byte(end + 1);
            let is_comment = matches!((byte, next), (b'-', b'-') | (b'/', b'*'));
            let belongs = match byte {
                b'!' | b'#' | b'%' | b'&' | b'^' | b'|' | b'~' => {
                    may_end_in_sign |= is_postgres;
                    true
                }
                b'?' | b'@' | b'`' => {
                    may_end_in_sign |= is_postgres;
                    is_postgres
                }
                b'*' | b'+' | b'-' | b'/' | b'<' | b'=' | b'>' => true,
                _ => false,
            };
            if is_comment || !belongs {
                break;
            }
            end += 1;
        }
        while !may_end_in_sign && end > at + 1 && matches!(self.source.byte(end - 1), b'+' | b'-') {
            end -= 1;
        }
        end.max(at + 1)
    }

    /// `*`, where it may end the code within a comment.
    #[inline(always)]
    pub(super) fn star<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.in_executable_comment && self.source.byte(at + 1) == b'/' {
            self.in_executable_comment = false;
            return at + 2;
        }
        self.operator(at, out)
    }

    #[inline(always)]
    pub(super) fn slash<S: Sink>(&mut self, at: usize, out: &mut Writer<'_, S>) -> usize {
        if self.source.byte(at + 1) == b'*' {
            return self.comment_end(at);
        }
        self.operator(at, out)
    }

    pub(super) fn starts_line_comment(&self, at: usize) -> bool {
        // In MySQL `5--1` is a subtraction: a comment needs white space.
        self.dialect != Dialect::MySql || matches!(self.source.byte(at + 2), 0..=b' ' | 0x7f)
    }

    #[cold]
    pub(super) fn line_end(&self, at: usize) -> usize {
        // Only PostgreSQL takes a carriage return for the end of a line.
        if self.dialect == Dialect::Postgres {
            self.source.find(at, [b'\n', b'\r'])
        } else {
            self.source.find(at, [b'\n'])
        }
    }

    /// Where to go on after the `/*` at `at`.
    #[cold]
    #[inline(never)]
    pub(super) fn comment_end(&mut self, at: usize) -> usize {
        if self.dialect == Dialect::MySql {
            for opening in [b"/*!".as_slice(), b"/*M!"] {
                if self.source.starts_with(at, opening) {
                    let code = at + opening.len();
                    let version = self.source.run_end(code, |byte| byte.is_ascii_digit());
                    if self.source.starts_with(code, b"99") && version - code == 6 {
                        // There is no such server: a comment for all of them.
                        break;
                    }
                    self.in_executable_comment = true;
                    return if (5..=6).contains(&(version - code)) {
                        version
                    } else {
                        code
                    };
                }
            }
        }
        let nests = matches!(self.dialect, Dialect::Ansi | Dialect::Postgres);
        let mut depth = 1_usize;
        let mut end = at + 2;
        loop {
            end = self.source.find(end, [b'*', b'/']);
            if end >= self.source.len() {
                return self.unterminated();
            }
            match (self.source.byte(end), self.source.byte(end + 1)) {
                (b'*', b'/') => {
                    end += 2;
                    depth -= 1;
                    if depth == 0 {
                        return end;
                    }
                }
                (b'/', b'*') if nests => {
                    end += 2;
                    depth += 1;
                }
                _ => end += 1,
            }
        }
    }
}

#[inline(always)]
fn is_operator_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'
            | b'%'
            | b'&'
            | b'*'
            | b'+'
            | b'-'
            | b'/'
            | b'<'
            | b'='
            | b'>'
            | b'?'
            | b'@'
            | b'^'
            | b'`'
            | b'|'
            | b'~'
    )
}
