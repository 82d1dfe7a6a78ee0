//! The rules that need a token's neighbours: which signs, words and names are
//! (part of) a value. What follows them reads one list of tokens.

use super::Dialect;
use super::lexer::Lexer;
use super::token::{Token, TokenKind};

/// The most bytes of a text that are read. A script that is longer is cut.
pub(super) const MAX_TEXT: usize = 64 * 1024;

pub(super) struct Tokens<'a> {
    pub(super) list: Vec<Token<'a>>,
    /// False when the text was cut, or a literal, comment or name in it has
    /// no end.
    pub(super) complete: bool,
}

/// Reads `sql` up to [`MAX_TEXT`].
pub(super) fn tokenize(sql: &str, dialect: Dialect) -> Tokens<'_> {
    let kept = cut(sql, MAX_TEXT);
    let mut lexer = Lexer::new(kept, dialect);
    let mut reader = Reader::default();
    let mut doubtful = None;
    loop {
        let before = (reader.list.len(), lexer.position());
        let Some(token) = lexer.next_token() else {
            break;
        };
        if doubtful.is_none() && lexer.saw_backslash_quote() {
            doubtful = Some(before);
        }
        reader.push(token);
    }
    // A string without an end, after one with a backslash before a quote: the
    // server probably reads the backslash the other way, and then what looked
    // like code is the inside of a string.
    if let (false, Some((count, position))) = (lexer.is_complete(), doubtful) {
        reader.list.truncate(count);
        let rest = kept.get(position..).unwrap_or_default();
        reader.list.push(Token::new(TokenKind::Literal, rest));
    }
    while reader
        .list
        .pop_if(|token| token.kind == TokenKind::Semicolon)
        .is_some()
    {}
    Tokens {
        list: reader.list,
        complete: lexer.is_complete() && kept.len() == sql.len(),
    }
}

fn cut(sql: &str, longest: usize) -> &str {
    let mut end = sql.len().min(longest);
    while !sql.is_char_boundary(end) {
        end -= 1;
    }
    sql.get(..end).unwrap_or_default()
}

#[derive(Default)]
struct Reader<'a> {
    list: Vec<Token<'a>>,
    /// Whether the current statement names a savepoint.
    is_savepoint: bool,
    depth: usize,
    /// The depth at which a list of rows after `VALUES` goes on.
    rows_at: Option<usize>,
}

impl<'a> Reader<'a> {
    fn last(&self) -> Option<&Token<'a>> {
        self.list.last()
    }

    fn before_last(&self) -> Option<&Token<'a>> {
        self.list.iter().nth_back(1)
    }

    fn last_is(&self, word: &str) -> bool {
        self.last().is_some_and(|token| token.is_word(word))
    }

    fn push(&mut self, token: Token<'a>) {
        self.track_rows(&token);
        match token.kind {
            TokenKind::Bind | TokenKind::Literal => self.push_value(token),
            TokenKind::Semicolon => {
                self.is_savepoint = false;
                // Empty statements say nothing.
                if self
                    .last()
                    .is_some_and(|last| last.kind != TokenKind::Semicolon)
                {
                    self.list.push(token);
                }
            }
            _ => {
                let starts = self
                    .last()
                    .is_none_or(|last| last.kind == TokenKind::Semicolon);
                if starts {
                    self.is_savepoint = token.is_any_word(&["release", "rollback", "savepoint"]);
                    self.list.push(token);
                } else if self.is_value_word(&token) {
                    self.push_value(Token {
                        kind: TokenKind::Literal,
                        ..token
                    });
                } else if self.is_placeholder(&token) {
                    self.push_value(Token {
                        kind: TokenKind::Bind,
                        ..token
                    });
                } else {
                    self.list.push(token);
                }
            }
        }
    }

    /// Adds a value, with the signs before it taken into it.
    fn push_value(&mut self, mut value: Token<'a>) {
        while let Some(sign) = self.last()
            && (sign.is_operator("-") || sign.is_operator("+"))
            && self.before_last().is_none_or(Token::expects_operand)
        {
            value.negative ^= sign.text == "-";
            self.list.pop();
        }
        self.list.push(value);
    }

    /// `NULL`, `TRUE` and `FALSE`, but not in `IS NOT NULL` or `t.null`.
    fn is_value_word(&self, token: &Token<'_>) -> bool {
        let is_null = token.is_word("null");
        if !is_null && !token.is_any_word(&["false", "true"])
            || self.last().is_some_and(|last| last.kind == TokenKind::Dot)
        {
            return false;
        }
        let negated = self.last_is("not");
        let tested = self.last_is("is")
            || negated && self.before_last().is_some_and(|token| token.is_word("is"));
        !(tested || is_null && negated)
    }

    /// Words that stand where a bind could: they vary from one run of the same
    /// code to the next, and are not values.
    fn is_placeholder(&self, token: &Token<'_>) -> bool {
        let is_savepoint_name = self.is_savepoint
            && token.is_name()
            && !token.is_any_word(&[
                "and",
                "chain",
                "no",
                "prepared",
                "release",
                "savepoint",
                "to",
                "tran",
                "transaction",
                "work",
            ]);
        let in_row = self.rows_at.is_some_and(|depth| self.depth == depth + 1);
        is_savepoint_name || in_row && token.is_word("default")
    }

    fn track_rows(&mut self, token: &Token<'_>) {
        match token.kind {
            TokenKind::Open => self.depth += 1,
            TokenKind::Close => {
                self.depth = self.depth.saturating_sub(1);
                if self.rows_at.is_some_and(|depth| depth > self.depth) {
                    self.rows_at = None;
                }
            }
            _ if token.is_any_word(&["value", "values"]) => self.rows_at = Some(self.depth),
            TokenKind::Comma => {}
            _ if token.is_word("row") => {}
            _ if self.rows_at == Some(self.depth) => self.rows_at = None,
            _ => {}
        }
    }
}
