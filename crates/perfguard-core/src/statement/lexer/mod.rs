//! Cuts SQL into tokens, each as the dialect's own database would.
//!
//! The lexer decides everything that can be decided without knowing the
//! tokens around: quotes, comments, numbers, bind parameters, operators. What
//! depends on the neighbours is decided in `canonical`.

mod name;
mod operator;
mod value;

use super::Dialect;
use super::canonical::{Span, Writer};
use super::fingerprinter::Language;
use super::source::Source;
use super::token::Sink;

/// What the first byte of a token says about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    At,
    Backslash,
    /// It starts a name.
    Backtick,
    /// It starts a name.
    Bracket,
    Close,
    Colon,
    Comma,
    Digit,
    Dollar,
    Dot,
    /// It starts a name.
    DoubleQuote,
    /// It starts a comment that ends with the line.
    Hash,
    Open,
    OpenBracket,
    Operator,
    Question,
    Semicolon,
    Sign,
    Slash,
    Space,
    Star,
    /// It starts a string.
    String,
    Word,
}

#[expect(
    clippy::indexing_slicing,
    reason = "a constant expression knows no other way, and the compiler checks it"
)]
const fn classes(dialect: Dialect, ansi_quotes: bool) -> [Class; 256] {
    let mut classes = [Class::Operator; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0..=b' ' => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Class::Word,
            b'0'..=b'9' => Class::Digit,
            b'\'' => Class::String,
            b'"' => match dialect {
                Dialect::MySql if !ansi_quotes => Class::String,
                _ => Class::DoubleQuote,
            },
            b'`' => match dialect {
                Dialect::Postgres => Class::Operator,
                _ => Class::Backtick,
            },
            b'[' => match dialect {
                Dialect::Sqlite => Class::Bracket,
                _ => Class::OpenBracket,
            },
            b'#' => match dialect {
                Dialect::MySql => Class::Hash,
                Dialect::Sqlite => Class::At,
                _ => Class::Operator,
            },
            b'\\' => match dialect {
                Dialect::MySql => Class::Backslash,
                _ => Class::Operator,
            },
            b'*' => match dialect {
                Dialect::MySql => Class::Star,
                _ => Class::Operator,
            },
            b'(' => Class::Open,
            b')' | b']' => Class::Close,
            b',' => Class::Comma,
            b'.' => Class::Dot,
            b';' => Class::Semicolon,
            b'$' => Class::Dollar,
            b'?' => Class::Question,
            b':' => Class::Colon,
            b'@' => Class::At,
            b'+' | b'-' => Class::Sign,
            b'/' => Class::Slash,
            _ => Class::Operator,
        };
        byte += 1;
    }
    classes
}

static ANSI: [Class; 256] = classes(Dialect::Ansi, false);
static MYSQL: [Class; 256] = classes(Dialect::MySql, false);
static MYSQL_ANSI: [Class; 256] = classes(Dialect::MySql, true);
static POSTGRES: [Class; 256] = classes(Dialect::Postgres, false);
static SQLITE: [Class; 256] = classes(Dialect::Sqlite, false);

/// How a text ended.
pub(super) struct Ending {
    /// False if a literal, comment or quoted name has no end, or if there was
    /// no room for all of the text.
    pub(super) is_complete: bool,
    /// Where code ends that is code for sure. That is the first string that
    /// holds a backslash before a quote: whether it ends the string depends on a
    /// setting of the server, which may be another than the dialect's default.
    /// Or it is the first string at all, if the quotes cannot be right.
    pub(super) doubtful: Option<usize>,
}

pub(super) struct Lexer<'a> {
    source: Source<'a>,
    dialect: Dialect,
    ansi_quotes: bool,
    /// Where a name ended, which may have a field.
    name_end: usize,
    /// Inside MySQL's `/*! .. */`.
    in_executable_comment: bool,
    is_complete: bool,
    doubtful: Option<usize>,
    /// Where the first string starts.
    first_string: usize,
    /// Where the first string starts of a text whose quotes cannot be right: it
    /// was put together from pieces of which one holds a quote itself.
    broken: Option<usize>,
    /// Whether a backslash escaped in the last string, which holds for the one
    /// that continues it.
    has_escapes: bool,
    /// Where the last string ended.
    string_end: usize,
    /// Whether there was more of the text than was taken in.
    is_truncated: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: Source<'a>, language: Language, is_truncated: bool) -> Self {
        Self {
            source,
            dialect: language.dialect,
            ansi_quotes: language.options.ansi_quotes,
            name_end: usize::MAX,
            in_executable_comment: false,
            is_complete: true,
            doubtful: None,
            first_string: usize::MAX,
            broken: None,
            has_escapes: false,
            string_end: 0,
            is_truncated,
        }
    }

    /// Reads all tokens, or as many as `out` has room for.
    pub(super) fn read<S: Sink>(mut self, out: &mut Writer<'_, S>) -> Ending {
        let classes = match self.dialect {
            Dialect::Ansi => &ANSI,
            Dialect::MySql if self.ansi_quotes => &MYSQL_ANSI,
            Dialect::MySql => &MYSQL,
            Dialect::Postgres => &POSTGRES,
            Dialect::Sqlite => &SQLITE,
        };
        let mut at = 0;
        let mut written = 0;
        while at < self.source.len() && !out.is_full() {
            written = out.len();
            let mut byte = self.source.byte(at);
            if byte == b' ' {
                // Most tokens have one before them.
                at += 1;
                byte = self.source.byte(at);
            }
            let class = classes.get(usize::from(byte)).copied();
            let one = Span {
                start: at,
                end: at + 1,
            };
            at = match class.unwrap_or(Class::Operator) {
                Class::Space => at + 1,
                Class::Word => self.word(at, out),
                Class::Backtick => self.quoted_names::<b'`', S>(at, out),
                Class::Bracket => self.long_name(at, b']', out),
                Class::DoubleQuote => self.quoted_names::<b'"', S>(at, out),
                Class::Dot => self.dot(at, out),
                Class::Comma => out.comma(one),
                Class::Open => out.open(one),
                Class::Close => out.close(one, byte),
                Class::Operator => self.operator(at, out),
                Class::Dollar => self.dollar(at, out),
                Class::Question => self.question_mark(at, out),
                Class::Digit => self.number(at, out),
                Class::String => self.string(at, out),
                Class::Sign => self.sign(at, byte, out),
                Class::Star => self.star(at, out),
                Class::Slash => self.slash(at, out),
                Class::Colon => self.colon(at, out),
                Class::OpenBracket => out.open_bracket(one),
                Class::Semicolon => out.semicolon(one),
                Class::Hash => self.line_end(at),
                Class::At => self.at_sign(at, out),
                Class::Backslash => self.backslash(at, out),
            };
        }
        let is_cut = self.is_truncated || out.is_full();
        if is_cut {
            // There was no room for the last token, or for all of it. What is
            // left must not depend on where in a list that was.
            if out.is_full() || !out.ends_in_value() {
                out.cut(written);
            }
            out.cut_lists();
        }
        Ending {
            is_complete: self.is_complete && !self.in_executable_comment && !is_cut,
            doubtful: self.broken.or(self.doubtful),
        }
    }

    /// The end of the source, reached within a token that should have ended.
    #[cold]
    fn unterminated(&mut self) -> usize {
        self.is_complete = false;
        self.source.len()
    }
}
