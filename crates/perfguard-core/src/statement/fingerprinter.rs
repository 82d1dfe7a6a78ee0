use std::cell::Cell;
use std::fmt;

use super::canonical::{Buffer, Span, Writer};
use super::lexer::Lexer;
use super::source::MAX_TEXT;
use super::token::{Sink, TokenKind};
use super::{Dialect, Fingerprint, Options};

/// Fingerprints texts one after the other, without allocating for each.
///
/// Make one and keep it: it reserves the memory for the longest text, about
/// 400 KiB of addresses, of which only what a text has needed is in use. To keep
/// what is known of a statement as well, make a [`Statement`](super::Statement).
///
/// ```
/// use perfguard_core::statement::{Dialect, Fingerprinter, Statement};
///
/// let mut fingerprinter = Fingerprinter::new();
/// let sql = "SELECT * FROM posts WHERE id = 7";
/// assert_eq!(
///     fingerprinter.canonical(sql, Dialect::Sqlite),
///     "select * from posts where id = ?",
/// );
/// assert_eq!(
///     fingerprinter.fingerprint(sql, Dialect::Sqlite),
///     Statement::new(sql, Dialect::Sqlite).fingerprint(),
/// );
/// ```
#[derive(Default)]
pub struct Fingerprinter {
    buffer: Buffer,
    options: Options,
}

impl Fingerprinter {
    /// A fingerprinter with an empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A fingerprinter that reads with these options.
    #[must_use]
    pub fn with_options(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// The fingerprint of `sql`.
    pub fn fingerprint(&mut self, sql: &str, dialect: Dialect) -> Fingerprint {
        let read = self.read(sql, dialect);
        Fingerprint::of(self.buffer.written(read.length))
    }

    /// The canonical text of `sql`, valid until the next call.
    pub fn canonical(&mut self, sql: &str, dialect: Dialect) -> &str {
        let read = self.read(sql, dialect);
        // What comes in as UTF-8 is only cut at ASCII bytes.
        std::str::from_utf8(self.buffer.written(read.length)).unwrap_or_default()
    }

    fn read(&mut self, sql: &str, dialect: Dialect) -> Read {
        let language = Language {
            dialect,
            options: self.options,
        };
        let (read, ()) = read(sql.as_bytes(), language, &mut self.buffer, || ());
        read
    }

    /// The fingerprint of a text that need not be UTF-8.
    ///
    /// It is that of the text with U+FFFD for what is not, as
    /// [`String::from_utf8_lossy`] writes it.
    pub fn fingerprint_bytes(&mut self, sql: &[u8], dialect: Dialect) -> Fingerprint {
        Fingerprint::of(self.canonical_bytes(sql, dialect).as_bytes())
    }

    /// The canonical text of a text that need not be UTF-8, with U+FFFD for
    /// what is not. It is valid until the next call.
    pub fn canonical_bytes(&mut self, sql: &[u8], dialect: Dialect) -> &str {
        self.canonical(&String::from_utf8_lossy(sql), dialect)
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The buffer holds the last text, with its values.
        f.debug_struct("Fingerprinter").finish_non_exhaustive()
    }
}

/// Calls `f` with the buffer of this thread.
pub(super) fn with_buffer<R>(f: impl FnOnce(&mut Buffer) -> R) -> R {
    thread_local! {
        static BUFFER: Cell<Option<Buffer>> = const { Cell::new(None) };
    }
    // A thread that ends has none any more; what `f` calls finds none.
    let kept = BUFFER.try_with(Cell::take).ok().flatten();
    let mut buffer = kept.unwrap_or_default();
    let result = f(&mut buffer);
    let _ = BUFFER.try_with(|kept| kept.set(Some(buffer)));
    result
}

/// What a text is written in.
#[derive(Clone, Copy)]
pub(super) struct Language {
    pub(super) dialect: Dialect,
    pub(super) options: Options,
}

/// What came of a text, besides what a [`Buffer`] and a [`Sink`] hold.
pub(super) struct Read {
    /// The length of the canonical text.
    pub(super) length: usize,
    /// False when the text was cut, or a literal, comment or name in it has no
    /// end.
    pub(super) is_complete: bool,
}

/// Reads `sql` up to [`MAX_TEXT`].
pub(super) fn read<S: Sink>(
    sql: &[u8],
    language: Language,
    buffer: &mut Buffer,
    sink: impl Fn() -> S,
) -> (Read, S) {
    let kept = sql.get(..cut(sql)).unwrap_or(sql);
    buffer.fill(kept);
    let (source, mut writer) = Writer::new(buffer, kept.len(), language, sink());
    let is_truncated = kept.len() < sql.len();
    let ending = Lexer::new(source, language, is_truncated).read(&mut writer);
    let (mut length, mut tokens) = writer.finish();
    let doubtful = ending.doubtful.filter(|_| !ending.is_complete);
    if let Some(start) = doubtful {
        let rest = Span {
            start,
            end: kept.len(),
        };
        (length, tokens) = read_before(rest, language, buffer, sink());
    }
    let read = Read {
        length,
        is_complete: ending.is_complete,
    };
    (read, tokens)
}

/// Reads what is in `buffer` again, and takes `rest` for a literal.
///
/// A string without an end, after one with a backslash before a quote: the
/// server probably reads the backslash the other way, and then what looked
/// like code is the inside of a string.
#[cold]
fn read_before<S: Sink>(
    rest: Span,
    language: Language,
    buffer: &mut Buffer,
    sink: S,
) -> (usize, S) {
    let (source, mut writer) = Writer::new(buffer, rest.start, language, sink);
    Lexer::new(source, language, false).read(&mut writer);
    let written = writer.len();
    writer.value(rest, TokenKind::Literal);
    if writer.is_full() {
        writer.cut(written);
    }
    writer.finish()
}

/// The length of what is read: up to [`MAX_TEXT`], and whole characters.
fn cut(sql: &[u8]) -> usize {
    let mut end = sql.len().min(MAX_TEXT);
    while sql.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    end
}
