//! What the lexer makes of a text.

use super::canonical::Span;
use super::keyword::Keyword;

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
    /// Which keyword a word is, if it is one.
    pub(super) keyword: Option<Keyword>,
    /// A literal or bind whose minus sign was taken into it.
    pub(super) negative: bool,
    /// The token as it was written.
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn is(&self, keyword: Keyword) -> bool {
        self.keyword == Some(keyword)
    }

    pub(super) fn is_any(&self, keywords: &[Keyword]) -> bool {
        self.keyword
            .is_some_and(|keyword| keywords.contains(&keyword))
    }

    pub(super) fn is_operator(&self, operator: &str) -> bool {
        self.kind == TokenKind::Operator && self.text == operator
    }

    pub(super) fn is_value(&self) -> bool {
        matches!(self.kind, TokenKind::Bind | TokenKind::Literal)
    }

    /// Whether a query follows where a parenthesis has opened.
    pub(super) fn starts_query(&self) -> bool {
        self.is_any(&[Keyword::Select, Keyword::Values, Keyword::With])
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Quoted | TokenKind::Word)
    }
}

/// Where the tokens of a text go, in order, besides its canonical text.
pub(super) trait Sink {
    fn push(&mut self, kind: TokenKind, keyword: Option<Keyword>, span: Span);

    fn push_value(&mut self, kind: TokenKind, span: Span, negative: bool);

    /// Takes back the last `count` tokens.
    fn pop(&mut self, count: usize);

    /// The last token goes on up to `end`.
    fn extend(&mut self, end: usize);
}

/// Whoever wants the text alone.
impl Sink for () {
    #[inline(always)]
    fn push(&mut self, _: TokenKind, _: Option<Keyword>, _: Span) {}

    #[inline(always)]
    fn push_value(&mut self, _: TokenKind, _: Span, _: bool) {}

    #[inline(always)]
    fn pop(&mut self, _: usize) {}

    #[inline(always)]
    fn extend(&mut self, _: usize) {}
}

/// The tokens of a text, for its outline and its clauses.
pub(super) struct Tokens<'a> {
    source: &'a str,
    /// Where the last value starts.
    value: usize,
    pub(super) list: Vec<Token<'a>>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(source: &'a str) -> Self {
        Self {
            source,
            value: 0,
            // A token has four and a half bytes on average.
            list: Vec::with_capacity(source.len() / 4),
        }
    }

    fn text(&self, span: Span) -> &'a str {
        // Every token starts and ends at an ASCII byte or at an end of the
        // source, so the range is always one of whole characters.
        self.source.get(span.start..span.end).unwrap_or_default()
    }
}

impl Sink for Tokens<'_> {
    fn push(&mut self, kind: TokenKind, keyword: Option<Keyword>, span: Span) {
        self.list.push(Token {
            kind,
            keyword,
            negative: false,
            text: self.text(span),
        });
    }

    fn push_value(&mut self, kind: TokenKind, span: Span, negative: bool) {
        self.value = span.start;
        self.list.push(Token {
            kind,
            keyword: None,
            negative,
            text: self.text(span),
        });
    }

    fn pop(&mut self, count: usize) {
        self.list.truncate(self.list.len().saturating_sub(count));
    }

    fn extend(&mut self, end: usize) {
        let start = self.value;
        let text = self.text(Span { start, end });
        if let Some(last) = self.list.last_mut() {
            last.text = text;
        }
    }
}

/// The characters of a quoted name, without its quotes.
pub(super) fn unquoted(quoted: &str) -> impl Iterator<Item = char> {
    let mut inner = quoted.chars();
    let open = inner.next();
    inner.next_back();
    let mut after_quote = false;
    // Within `[..]` nothing is doubled, and no `[` is a closing quote.
    let quote = open.filter(|open| *open != '[');
    inner.filter(move |character| {
        let is_second = after_quote && Some(*character) == quote;
        after_quote = Some(*character) == quote && !is_second;
        !is_second
    })
}
