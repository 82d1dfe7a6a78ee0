//! Writes the canonical text.

use std::ops::Range;

use super::token::{Token, TokenKind};
use super::tokens::MAX_TEXT;

/// Parentheses deeper than this are written as they are: their items are not
/// compared any more.
const MAX_DEPTH: usize = 64;

pub(super) struct Canonical {
    pub(super) text: String,
    /// False if the text would have been longer than [`MAX_TEXT`].
    pub(super) complete: bool,
}

pub(super) fn write(tokens: &[Token<'_>]) -> Canonical {
    let mut writer = Writer::new();
    let mut before = None;
    let mut previous = None;
    for token in tokens {
        let spaced = previous.is_some_and(|previous| needs_space(before, previous, token));
        let length = writer.text.len();
        writer.token(token, spaced);
        if writer.text.len() > MAX_TEXT {
            writer.text.truncate(length);
            return writer.finish(false);
        }
        before = previous;
        previous = Some(token);
    }
    writer.finish(true)
}

/// White space depends on tokens only, so that reading the text again writes
/// the same text. It also keeps apart what together would be another token.
fn needs_space(before: Option<&Token<'_>>, previous: &Token<'_>, token: &Token<'_>) -> bool {
    use TokenKind as K;

    let glues = match previous.kind {
        K::Cast | K::Open | K::OpenBracket => true,
        // `.1st` is a number unless a name comes before it.
        K::Dot => {
            let after_name = before.is_some_and(|name| name.is_name() && !name.expects_operand());
            after_name
                || token.kind != K::Word
                || !token.text.starts_with(|first: char| first.is_ascii_digit())
        }
        K::Operator => {
            (previous.is_operator("-") || previous.is_operator("+"))
                && before.is_none_or(Token::expects_operand)
                && matches!(token.kind, K::Open | K::Quoted | K::Word)
        }
        _ => false,
    };
    if glues {
        return false;
    }
    match token.kind {
        K::Close | K::CloseBracket | K::Comma | K::Semicolon => false,
        K::Cast | K::Dot => previous.kind == K::Operator || previous.kind == K::Comma,
        K::Open => previous.kind != K::Word || takes_space_before_open(previous),
        K::OpenBracket => !matches!(
            previous.kind,
            K::Close | K::CloseBracket | K::Quoted | K::Word
        ),
        _ => true,
    }
}

/// Keywords that are not the name of a function: `in (?)`, but `count(*)`.
fn takes_space_before_open(word: &Token<'_>) -> bool {
    word.expects_operand()
        || word.is_any_word(&[
            "add",
            "conflict",
            "except",
            "exists",
            "explain",
            "filter",
            "intersect",
            "into",
            "join",
            "key",
            "lateral",
            "materialized",
            "over",
            "union",
            "update",
        ])
}

/// One open parenthesis, bracket or, at the bottom, the statement.
#[derive(Clone, Default)]
struct Level {
    items: Items,
    /// Where the current item starts.
    start: usize,
    /// The last item that was kept: equal ones after it are dropped.
    kept: Option<Range<usize>>,
    /// Whether the current item holds a placeholder.
    item_has_placeholder: bool,
    has_placeholder: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Items {
    /// Commas do not separate items of a list.
    #[default]
    None,
    /// What is between two commas.
    Listed,
    /// The parentheses after `VALUES`.
    Rows,
}

impl Level {
    fn observe(&mut self, token: &Token<'_>, written: Range<usize>, is_bottom: bool) {
        if token.is_any_word(&["value", "values"]) {
            self.items = Items::Rows;
            self.kept = None;
            return;
        }
        if self.items == Items::Rows {
            match token.kind {
                TokenKind::Open => {
                    self.start = written.start;
                    return;
                }
                TokenKind::Comma => return,
                _ if token.is_word("row") => return,
                _ => {}
            }
            self.items = if is_bottom {
                Items::None
            } else {
                Items::Listed
            };
            self.start = written.start;
            self.kept = None;
        }
        match token.kind {
            TokenKind::Comma => {
                // The space after the comma belongs to no item.
                self.start = written.end + 1;
                self.item_has_placeholder = false;
            }
            TokenKind::Bind | TokenKind::Literal => {
                self.item_has_placeholder = true;
                self.has_placeholder = true;
            }
            _ => {}
        }
    }
}

struct Writer {
    text: String,
    levels: [Level; MAX_DEPTH],
    /// How many of `levels` are in use, and above [`MAX_DEPTH`] how many
    /// parentheses are open.
    depth: usize,
}

impl Writer {
    fn new() -> Self {
        Self {
            text: String::new(),
            levels: std::array::from_fn(|_| Level::default()),
            depth: 0,
        }
    }

    fn finish(self, complete: bool) -> Canonical {
        Canonical {
            text: self.text,
            complete,
        }
    }

    fn level(&mut self) -> Option<&mut Level> {
        self.levels.get_mut(self.depth)
    }

    fn token(&mut self, token: &Token<'_>, spaced: bool) {
        match token.kind {
            TokenKind::Comma => self.end_listed_item(),
            TokenKind::Close | TokenKind::CloseBracket => {
                self.end_listed_item();
                self.close(token);
                return;
            }
            _ => {}
        }
        if spaced {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.spell(token);
        self.after(token, start);
    }

    fn spell(&mut self, token: &Token<'_>) {
        match token.kind {
            TokenKind::Bind | TokenKind::Literal => self.text.push('?'),
            TokenKind::Quoted => {
                self.text.push('"');
                for character in unquoted(token.text) {
                    self.text.push(character);
                    if character == '"' {
                        self.text.push('"');
                    }
                }
                self.text.push('"');
            }
            TokenKind::Word => self
                .text
                .extend(token.text.chars().map(|c| c.to_ascii_lowercase())),
            _ => self.text.push_str(token.text),
        }
    }

    /// Keeps the items up to date with a token that was written at `start`.
    fn after(&mut self, token: &Token<'_>, start: usize) {
        let end = self.text.len();
        let is_bottom = self.depth == 0;
        if let Some(level) = self.level() {
            level.observe(token, start..end, is_bottom);
        }
        if matches!(token.kind, TokenKind::Open | TokenKind::OpenBracket) {
            self.depth += 1;
            if let Some(level) = self.level() {
                *level = Level {
                    items: Items::Listed,
                    start: end,
                    ..Level::default()
                };
            }
        }
    }

    fn close(&mut self, token: &Token<'_>) {
        self.text.push_str(token.text);
        if self.depth == 0 {
            return;
        }
        let had_placeholder = self.level().is_some_and(|level| level.has_placeholder);
        self.depth -= 1;
        let Some(level) = self.level() else { return };
        level.item_has_placeholder |= had_placeholder;
        level.has_placeholder |= had_placeholder;
        if level.items == Items::Rows {
            self.end_item(had_placeholder);
        }
    }

    fn end_listed_item(&mut self) {
        if let Some(level) = self.level()
            && level.items == Items::Listed
        {
            let has_placeholder = level.item_has_placeholder;
            self.end_item(has_placeholder);
        }
    }

    /// Drops the item that ends here if it equals the one before.
    fn end_item(&mut self, has_placeholder: bool) {
        let end = self.text.len();
        let Some(level) = self.levels.get_mut(self.depth) else {
            return;
        };
        if !has_placeholder {
            level.kept = None;
            return;
        }
        let item = self.text.get(level.start..end);
        match level.kept.clone() {
            Some(kept) if item.is_some() && item == self.text.get(kept.clone()) => {
                self.text.truncate(kept.end);
            }
            _ => level.kept = Some(level.start..end),
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
