//! Cuts SQL into tokens, each as the dialect's own database would.
//!
//! The lexer decides everything that can be decided without knowing the
//! tokens around: quotes, comments, numbers, bind parameters, operators. What
//! depends on the neighbours is in `tokens`.

use super::Dialect;
use super::token::{Token, TokenKind};

pub(super) struct Lexer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    /// Inside MySQL's `/*! .. */`.
    in_executable_comment: bool,
    /// Whether a name or keyword that can have a field ended right here.
    after_name: bool,
    complete: bool,
    saw_backslash_quote: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str, dialect: Dialect) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            at: 0,
            dialect,
            in_executable_comment: false,
            after_name: false,
            complete: true,
            saw_backslash_quote: false,
        }
    }

    /// False once a literal, comment or quoted name turned out to have no end.
    pub(super) fn is_complete(&self) -> bool {
        self.complete && !self.in_executable_comment
    }

    /// True once a string held a backslash before a quote. Whether that ends
    /// the string depends on a setting of the server, which may be another
    /// than the dialect's default.
    pub(super) fn saw_backslash_quote(&self) -> bool {
        self.saw_backslash_quote
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next token, or none at the end of the source.
    pub(super) fn next_token(&mut self) -> Option<Token<'a>> {
        self.skip_trivia();
        let after_name = std::mem::take(&mut self.after_name);
        let dialect = self.dialect;
        let one = self.at + 1;
        let token = match self.byte(self.at)? {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(),
            b'0'..=b'9' => self.number(),
            b'.' if !after_name && self.digit_at(one) => self.number(),
            b'.' => self.token(TokenKind::Dot, one),
            b'\'' => self.string(),
            b'"' if dialect == Dialect::MySql => self.string(),
            b'"' => self.quoted_name(b'"'),
            b'`' if dialect != Dialect::Postgres => self.quoted_name(b'`'),
            b'[' if dialect == Dialect::Sqlite => self.quoted_name(b']'),
            b'[' => self.token(TokenKind::OpenBracket, one),
            b']' => self.token(TokenKind::CloseBracket, one),
            b'(' => self.token(TokenKind::Open, one),
            b')' => self.token(TokenKind::Close, one),
            b',' => self.token(TokenKind::Comma, one),
            b';' => self.token(TokenKind::Semicolon, one),
            b'$' => self.dollar(),
            b'?' => self.question_mark(),
            b':' => self.colon(),
            b'@' => self.at_sign(),
            b'\\' if dialect == Dialect::MySql && self.byte_is(one, b'N') => {
                self.token(TokenKind::Literal, one + 1)
            }
            _ => self.operator(),
        };
        self.after_name = token.is_name() && !token.expects_operand();
        Some(token)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn byte_is(&self, at: usize, byte: u8) -> bool {
        self.byte(at) == Some(byte)
    }

    fn digit_at(&self, at: usize) -> bool {
        self.byte(at).is_some_and(|byte| byte.is_ascii_digit())
    }

    fn starts_with(&self, at: usize, prefix: &[u8]) -> bool {
        self.bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(prefix))
    }

    /// The first position from `at` on whose byte does not satisfy `holds`.
    fn run_end(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest
            .iter()
            .position(|byte| !holds(*byte))
            .unwrap_or(rest.len())
    }

    fn word_end(&self, at: usize) -> usize {
        self.run_end(at, is_word_byte)
    }

    fn token(&mut self, kind: TokenKind, end: usize) -> Token<'a> {
        // Every token starts and ends at an ASCII byte or at an end of the
        // source, so the range is always one of whole characters.
        let text = self.source.get(self.at..end).unwrap_or_default();
        self.at = end;
        Token::new(kind, text)
    }

    /// The end of the source, reached within a token that should have ended.
    fn unterminated(&mut self) -> usize {
        self.complete = false;
        self.bytes.len()
    }

    fn skip_trivia(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            let end = match byte {
                0..=b' ' => self.at + 1,
                b'-' if self.starts_line_comment() => self.line_end(),
                b'#' if self.dialect == Dialect::MySql => self.line_end(),
                b'/' if self.byte_is(self.at + 1, b'*') => self.comment_end(),
                b'*' if self.in_executable_comment && self.byte_is(self.at + 1, b'/') => {
                    self.in_executable_comment = false;
                    self.at + 2
                }
                _ => return,
            };
            self.after_name = false;
            self.at = end;
        }
    }

    fn starts_line_comment(&self) -> bool {
        // In MySQL `5--1` is a subtraction: a comment needs white space.
        self.byte_is(self.at + 1, b'-')
            && (self.dialect != Dialect::MySql
                || self.byte(self.at + 2).is_none_or(|byte| byte <= b' '))
    }

    fn line_end(&self) -> usize {
        self.run_end(self.at, |byte| byte != b'\n' && byte != b'\r')
    }

    fn comment_end(&mut self) -> usize {
        if self.dialect == Dialect::MySql {
            for opening in [b"/*!".as_slice(), b"/*M!"] {
                if self.starts_with(self.at, opening) {
                    self.in_executable_comment = true;
                    let code = self.at + opening.len();
                    let version = self.run_end(code, |byte| byte.is_ascii_digit());
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
        let mut at = self.at + 2;
        while at < self.bytes.len() {
            if self.starts_with(at, b"*/") {
                at += 2;
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            } else if nests && self.starts_with(at, b"/*") {
                at += 2;
                depth += 1;
            } else {
                at += 1;
            }
        }
        self.unterminated()
    }

    fn word(&mut self) -> Token<'a> {
        let end = self.word_end(self.at);
        let word = self.source.get(self.at..end).unwrap_or_default();
        if let Some(quote) = self.prefixed_string(word, end) {
            let escapes = self.dialect == Dialect::MySql || word.eq_ignore_ascii_case("e");
            let end = self.string_end(quote, escapes);
            return self.token(TokenKind::Literal, end);
        }
        self.token(TokenKind::Word, end)
    }

    /// Where the opening quote is if `word` is the prefix of a string.
    fn prefixed_string(&self, word: &str, end: usize) -> Option<usize> {
        let first = word.as_bytes().first()?.to_ascii_lowercase();
        if self.byte_is(end, b'\'') {
            let is_prefix = match (word.len(), first) {
                (1, b'b' | b'n' | b'x') => true,
                (1, b'e') => matches!(self.dialect, Dialect::Ansi | Dialect::Postgres),
                (_, b'_') => self.dialect == Dialect::MySql,
                _ => false,
            };
            return is_prefix.then_some(end);
        }
        let is_unicode = word.len() == 1
            && first == b'u'
            && matches!(self.dialect, Dialect::Ansi | Dialect::Postgres)
            && self.starts_with(end, b"&'");
        is_unicode.then_some(end + 1)
    }

    /// The end of the string whose opening quote is at `open`.
    fn string_end(&mut self, open: usize, backslash_escapes: bool) -> usize {
        let quote = self.byte(open);
        let mut at = open + 1;
        while let Some(byte) = self.byte(at) {
            if byte == b'\\' {
                if self.byte(at + 1) == quote {
                    self.saw_backslash_quote = true;
                }
                at += if backslash_escapes { 2 } else { 1 };
            } else if Some(byte) != quote {
                at += 1;
            } else if self.byte(at + 1) == quote {
                at += 2;
            } else {
                return at + 1;
            }
        }
        self.unterminated()
    }

    fn string(&mut self) -> Token<'a> {
        let end = self.string_end(self.at, self.dialect == Dialect::MySql);
        self.token(TokenKind::Literal, end)
    }

    fn quoted_name(&mut self, close: u8) -> Token<'a> {
        let mut at = self.at + 1;
        loop {
            at = self.run_end(at, |byte| byte != close);
            if at >= self.bytes.len() {
                // What looks like a name may be a value whose quotes are wrong.
                let end = self.unterminated();
                return self.token(TokenKind::Literal, end);
            }
            if close == b']' || !self.byte_is(at + 1, close) {
                return self.token(TokenKind::Quoted, at + 1);
            }
            at += 2;
        }
    }

    /// A number that starts here, with whatever is stuck to its end.
    fn number(&mut self) -> Token<'a> {
        let digits = |at| self.run_end(at, |byte| byte.is_ascii_digit() || byte == b'_');
        let has_radix = self.byte_is(self.at, b'0')
            && self
                .byte(self.at + 1)
                .is_some_and(|byte| matches!(byte | 0x20, b'b' | b'o' | b'x'));
        let whole = digits(self.at);
        let mut end = whole;
        if !has_radix {
            if self.byte_is(end, b'.') && !self.byte_is(end + 1, b'.') {
                end = digits(end + 1);
            }
            if self.byte(end).is_some_and(|byte| byte | 0x20 == b'e') {
                let sign = self.byte(end + 1);
                let exponent = end + 1 + usize::from(matches!(sign, Some(b'+' | b'-')));
                if self.digit_at(exponent) {
                    end = digits(exponent);
                }
            }
        }
        let run = self.word_end(end);
        // A name may start with a digit in MySQL. PostgreSQL and SQLite refuse
        // it: there it is taken for a value that lacks its quotes.
        let is_name = matches!(self.dialect, Dialect::Ansi | Dialect::MySql)
            && run > end
            && run == self.word_end(self.at)
            && !(has_radix && self.is_radix_number(run));
        let kind = if is_name {
            TokenKind::Word
        } else {
            TokenKind::Literal
        };
        self.token(kind, run)
    }

    fn is_radix_number(&self, end: usize) -> bool {
        self.bytes
            .get(self.at + 2..end)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    }

    fn dollar(&mut self) -> Token<'a> {
        let name = self.at + 1;
        if self.digit_at(name) {
            let end = self.run_end(name, |byte| byte.is_ascii_digit());
            return self.token(TokenKind::Bind, end);
        }
        if matches!(self.dialect, Dialect::Ansi | Dialect::Postgres) {
            let tag = self.run_end(name, |byte| byte != b'$' && is_word_byte(byte));
            if self.byte_is(tag, b'$') {
                let end = self.dollar_string_end(tag + 1);
                return self.token(TokenKind::Literal, end);
            }
        }
        let end = self.word_end(name);
        let kind = if end == name {
            TokenKind::Operator
        } else {
            TokenKind::Bind
        };
        self.token(kind, end)
    }

    fn dollar_string_end(&mut self, body: usize) -> usize {
        let delimiter = self.source.get(self.at..body).unwrap_or_default();
        let rest = self.source.get(body..).unwrap_or_default();
        match rest.find(delimiter) {
            Some(length) => body + length + delimiter.len(),
            None => self.unterminated(),
        }
    }

    fn question_mark(&mut self) -> Token<'a> {
        if self.dialect == Dialect::Postgres {
            let end = self.operator_end();
            let kind = if end == self.at + 1 {
                TokenKind::Bind
            } else {
                TokenKind::Operator
            };
            return self.token(kind, end);
        }
        let end = self.run_end(self.at + 1, |byte| byte.is_ascii_digit());
        self.token(TokenKind::Bind, end)
    }

    fn colon(&mut self) -> Token<'a> {
        if self.byte_is(self.at + 1, b':') {
            return self.token(TokenKind::Cast, self.at + 2);
        }
        let end = self.word_end(self.at + 1);
        if end > self.at + 1 && matches!(self.dialect, Dialect::Ansi | Dialect::Sqlite) {
            return self.token(TokenKind::Bind, end);
        }
        let length = if self.byte_is(self.at + 1, b'=') {
            2
        } else {
            1
        };
        self.token(TokenKind::Operator, self.at + length)
    }

    /// `@name`: a bind in SQLite, a variable in MySQL, no name in PostgreSQL.
    fn at_sign(&mut self) -> Token<'a> {
        let marks = self.at + 1 + usize::from(self.byte_is(self.at + 1, b'@'));
        let end = self.word_end(marks);
        let kind = match self.dialect {
            Dialect::Postgres => TokenKind::Operator,
            // A `$` may start a dollar-quoted string.
            _ if end == marks || self.byte_is(marks, b'$') => TokenKind::Operator,
            Dialect::Sqlite => TokenKind::Bind,
            // Rather a bind than the text of a number.
            _ if self.digit_at(marks) => TokenKind::Bind,
            Dialect::Ansi | Dialect::MySql => TokenKind::Word,
        };
        let end = match (kind, self.dialect) {
            (TokenKind::Operator, Dialect::Postgres) => self.operator_end(),
            (TokenKind::Operator, _) => self.at + 1,
            _ => end,
        };
        self.token(kind, end)
    }

    fn operator(&mut self) -> Token<'a> {
        let end = self.operator_end();
        self.token(TokenKind::Operator, end)
    }

    fn operator_end(&self) -> usize {
        match self.dialect {
            Dialect::MySql | Dialect::Sqlite => {
                const LONG: [&[u8]; 13] = [
                    b"->>", b"<=>", b"!=", b"&&", b"->", b"<<", b"<=", b"<>", b"==", b">=", b">>",
                    b"||", b":=",
                ];
                let long = LONG.iter().find(|text| self.starts_with(self.at, text));
                self.at + long.map_or(1, |text| text.len())
            }
            Dialect::Ansi | Dialect::Postgres => self.longest_operator_end(),
        }
    }

    /// PostgreSQL lets users define operators, so any run of operator bytes is
    /// one, up to a comment; but it ends in a sign only if it holds one of the
    /// bytes that standard operators do not have.
    fn longest_operator_end(&self) -> usize {
        // A bound keeps a long run of signs, which is cut at each, linear.
        const LONGEST: usize = 16;
        let is_postgres = self.dialect == Dialect::Postgres;
        let mut end = self.at;
        let mut may_end_in_sign = false;
        while let Some(byte) = self.byte(end) {
            let is_comment = self.starts_with(end, b"--") || self.starts_with(end, b"/*");
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
            if is_comment || !belongs || end - self.at == LONGEST {
                break;
            }
            end += 1;
        }
        while !may_end_in_sign
            && end > self.at + 1
            && matches!(self.byte(end - 1), Some(b'+' | b'-'))
        {
            end -= 1;
        }
        end.max(self.at + 1)
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}
