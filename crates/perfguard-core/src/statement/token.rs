//! What the lexer makes of a text.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bind parameter. In PostgreSQL also a lone `?`: it is an operator
    /// there, but it is also what canonical text has in place of a value.
    Bind,
    /// `::`
    Cast,
    /// `)`
    Close,
    /// `]`
    CloseBracket,
    Comma,
    Dot,
    /// A string, a number, or a word that stands for a value.
    Literal,
    /// `(`
    Open,
    /// `[`
    OpenBracket,
    Operator,
    /// A quoted name, in its quotes.
    Quoted,
    Semicolon,
    /// A keyword, or a name without quotes.
    Word,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// The token as it was written.
    pub(super) text: &'a str,
    /// A literal or bind whose minus sign was taken into it.
    pub(super) negative: bool,
}

impl<'a> Token<'a> {
    pub(super) fn new(kind: TokenKind, text: &'a str) -> Self {
        Self {
            kind,
            text,
            negative: false,
        }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any_word(&self, words: &[&str]) -> bool {
        self.kind == TokenKind::Word
            && words
                .iter()
                .any(|word| self.text.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_operator(&self, operator: &str) -> bool {
        self.kind == TokenKind::Operator && self.text == operator
    }

    pub(super) fn is_value(&self) -> bool {
        matches!(self.kind, TokenKind::Bind | TokenKind::Literal)
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Quoted | TokenKind::Word)
    }

    /// Whether what follows this token is an operand, so that a sign there is
    /// the sign of a value and not a subtraction.
    pub(super) fn expects_operand(&self) -> bool {
        match self.kind {
            TokenKind::Comma
            | TokenKind::Open
            | TokenKind::OpenBracket
            | TokenKind::Operator
            | TokenKind::Semicolon => true,
            TokenKind::Word => self.is_any_word(&[
                "all",
                "and",
                "as",
                "between",
                "by",
                "call",
                "case",
                "distinct",
                "div",
                "else",
                "escape",
                "from",
                "having",
                "ilike",
                "in",
                "interval",
                "is",
                "like",
                "limit",
                "mod",
                "not",
                "offset",
                "on",
                "or",
                "return",
                "returning",
                "select",
                "set",
                "then",
                "using",
                "values",
                "when",
                "where",
                "xor",
            ]),
            _ => false,
        }
    }
}
