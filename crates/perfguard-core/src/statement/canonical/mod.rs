//! Writes the canonical text while the lexer reads.
//!
//! The lexer says what each token is; here it is decided what becomes of it,
//! which takes nothing but the token before ([`Before`]): which signs, words
//! and names are (part of) a value, where a space stands, and which items of a
//! list repeat the one before. White space depends on tokens only, so that
//! reading the text again writes the same text.

mod buffer;
mod list;
mod word;

use super::Dialect;
use super::before::Before;
use super::fingerprinter::Language;
use super::source::{BLOCK, Block, MAX_TEXT, Source};
use super::token::{Sink, TokenKind};

pub(super) use buffer::Buffer;
use buffer::{POSITIONS, Room, START};
use list::Levels;

/// A token of the source, from its first byte to the one after its last.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) struct Writer<'t, S> {
    text: &'t mut Room,
    length: usize,
    levels: &'t mut Levels,
    /// How many parentheses are open. There may be more than `levels`.
    depth: usize,
    /// What the last token means for the next one.
    before: Before,
    /// What holds for more than one token: [`Before::IN_ROWS`] for the rows of
    /// the current level, [`Before::SAVEPOINT`] for the current statement.
    state: Before,
    /// Where the last placeholder ends, or 0. An item that starts before it
    /// has one.
    placeholder: usize,
    prefix: Prefix,
    dialect: Dialect,
    sink: S,
}

/// Signs and the like, which a value takes in if it follows.
#[derive(Clone, Copy, Default)]
struct Prefix {
    start: usize,
    before: Before,
    tokens: usize,
    negative: bool,
}

/// Each token that is written returns where the next one starts in the source.
impl<'t, S: Sink> Writer<'t, S> {
    /// What is in `buffer`, up to `end`, and a writer for it.
    pub(super) fn new(
        buffer: &'t mut Buffer,
        end: usize,
        language: Language,
        sink: S,
    ) -> (Source<'t>, Self) {
        let (source, text, levels) = buffer.open(end);
        let writer = Self {
            text,
            length: START,
            levels,
            depth: 0,
            before: Before::FIRST.and(Before::START).and(Before::OPERAND),
            state: if language.options.partitions {
                Before::PARTITIONS
            } else {
                Before::default()
            },
            placeholder: 0,
            prefix: Prefix::default(),
            dialect: language.dialect,
            sink,
        };
        (source, writer)
    }

    /// What the last token means for the next one.
    #[inline(always)]
    pub(super) fn before(&self) -> Before {
        self.before
    }

    /// The length of what is written.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.length > START + MAX_TEXT
    }

    /// Whether the last token is a value.
    pub(super) fn ends_in_value(&self) -> bool {
        self.placeholder == self.length
    }

    /// Takes back what is written after `length`.
    pub(super) fn cut(&mut self, length: usize) {
        self.length = length;
    }

    /// The length of the text, and the sink. No statement ends in a semicolon.
    pub(super) fn finish(mut self) -> (usize, S) {
        let written = self.text.get(START..self.length);
        if written.is_some_and(|text| text.ends_with(b";")) {
            self.length -= 1;
            self.sink.pop(1);
        }
        (self.length, self.sink)
    }

    /// Writes the first `length` bytes of a block, after a space unless the
    /// token before is one of `glued`.
    #[inline(always)]
    fn put(&mut self, glued: Before, block: Block, length: usize) {
        let spaces = usize::from(!self.before.any(glued.and(Before::FIRST)));
        let room = self.text.get_mut(self.length % POSITIONS..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut::<{ 2 * BLOCK }>) {
            let [space, ..] = room;
            *space = b' ';
            if let Some(to) = room.get_mut(spaces..spaces + BLOCK) {
                to.copy_from_slice(&block);
                self.length += spaces + length;
            }
        }
    }

    /// Writes more of the token.
    #[inline(always)]
    fn push(&mut self, byte: u8) {
        if let Some(to) = self.text.get_mut(self.length % POSITIONS) {
            *to = byte;
            self.length += 1;
        }
    }

    /// Writes more of the token, from the source.
    #[inline(always)]
    fn push_from(&mut self, source: &Source<'_>, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let room = self.text.get_mut(self.length % POSITIONS..);
            let Some(to) = room.and_then(<[u8]>::first_chunk_mut) else {
                return;
            };
            *to = source.block(at);
            let length = (end - at).min(BLOCK);
            self.length += length;
            at += length;
        }
    }

    /// A string in quotes. After another one it is the rest of that, but for
    /// SQLite, where it would be an alias.
    #[inline(always)]
    pub(super) fn string(&mut self, span: Span) -> usize {
        if self.before.any(Before::STRING) {
            self.sink.extend(span.end);
            return span.end;
        }
        self.value(span, TokenKind::Literal);
        if self.dialect != Dialect::Sqlite {
            self.before = Before::STRING.and(Before::TIGHT);
        }
        span.end
    }

    /// A value, with the signs before it taken into it.
    #[inline(always)]
    pub(super) fn value(&mut self, span: Span, kind: TokenKind) -> usize {
        let mut negative = false;
        if self.before.any(Before::PREFIX) {
            negative = self.take_prefix();
        }
        self.leave_rows(Before::GLUED);
        self.put(Before::GLUED, [b'?'; BLOCK], 1);
        self.placeholder = self.length;
        self.before = Before::TIGHT;
        self.sink.push_value(kind, span, negative);
        span.end
    }

    #[cold]
    fn take_prefix(&mut self) -> bool {
        self.length = self.prefix.start;
        self.before = self.prefix.before;
        self.sink.pop(self.prefix.tokens);
        self.prefix.negative
    }

    /// The token that comes next may be (another) part of a value.
    fn start_prefix(&mut self, negative: bool) {
        if self.before.any(Before::PREFIX) {
            self.prefix.tokens += 1;
            self.prefix.negative ^= negative;
        } else {
            self.prefix = Prefix {
                start: self.length,
                before: self.before,
                tokens: 1,
                negative,
            };
        }
    }

    /// An operator of at most 16 bytes, which is not a sign.
    #[inline(always)]
    pub(super) fn operator(&mut self, span: Span, source: &Source<'_>) -> usize {
        self.leave_rows(Before::GLUED);
        let block = source.block(span.start);
        self.put(Before::GLUED, block, span.end - span.start);
        self.before = Before::OPERAND;
        self.sink.push(TokenKind::Operator, None, span);
        span.end
    }

    /// `-` or `+`.
    #[inline(always)]
    pub(super) fn sign(&mut self, span: Span, sign: u8) -> usize {
        let mut means = Before::OPERAND;
        if self.before.any(Before::OPERAND) {
            self.start_prefix(sign == b'-');
            means = means.and(Before::SIGN).and(Before::PREFIX);
        }
        self.leave_rows(Before::GLUED);
        self.put(Before::GLUED, [sign; BLOCK], 1);
        self.before = means;
        self.sink.push(TokenKind::Operator, None, span);
        span.end
    }

    #[inline(always)]
    pub(super) fn dot(&mut self, span: Span) -> usize {
        let before = self.before;
        self.leave_rows(Before::TIGHT);
        self.put(Before::TIGHT, [b'.'; BLOCK], 1);
        self.before = Before::GLUED.and(Before::TIGHT).and(Before::DOT);
        if !before.any(Before::NAME) || before.any(Before::OPERAND) {
            self.before = self.before.and(Before::LONE_DOT);
        }
        self.sink.push(TokenKind::Dot, None, span);
        span.end
    }

    /// `::`
    #[inline(always)]
    pub(super) fn cast(&mut self, span: Span) -> usize {
        self.leave_rows(Before::TIGHT);
        self.put(Before::TIGHT, [b':'; BLOCK], 2);
        self.before = Before::GLUED.and(Before::TIGHT);
        self.sink.push(TokenKind::Cast, None, span);
        span.end
    }

    pub(super) fn semicolon(&mut self, span: Span) -> usize {
        // Empty statements say nothing.
        if self.before.any(Before::START) {
            return span.end;
        }
        self.leave_rows(Before::TIGHT);
        self.push(b';');
        self.state = self.state.without(Before::SAVEPOINT);
        self.before = Before::START.and(Before::TIGHT).and(Before::OPERAND);
        self.sink.push(TokenKind::Semicolon, None, span);
        span.end
    }
}
