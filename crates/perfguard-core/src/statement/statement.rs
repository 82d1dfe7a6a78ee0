use super::fingerprinter::Language;
use super::shape::{Kind, Shape};
use super::token::{Token, TokenKind, Tokens};
use super::{Dialect, Fingerprint, Options, fingerprinter, outline, summary};

/// An SQL text without its values.
///
/// Texts that differ only in values, white space, comments or the case of
/// keywords are one statement: they have one [`text`](Self::text) and one
/// [`fingerprint`](Self::fingerprint).
///
/// ```
/// use perfguard_core::statement::{Dialect, Kind, Limit, Statement};
///
/// let statement = Statement::new(
///     r#"SELECT "posts"."id", "posts"."title" FROM "posts"
///        WHERE "posts"."author_id" IN (7, 8, 9) AND "posts"."draft" = FALSE LIMIT 20"#,
///     Dialect::Postgres,
/// );
/// assert_eq!(
///     statement.text(),
///     r#"select "posts"."id", "posts"."title" from "posts" where "posts"."author_id" in (?) and "posts"."draft" = ? limit ?"#,
/// );
/// assert_eq!(statement.summary(), r#"SELECT "posts""#);
/// assert_eq!(statement.brief(), "SELECT .. FROM posts");
/// assert_eq!(statement.shape().kind(), Kind::Select);
/// assert_eq!(statement.shape().tables(), ["posts"]);
/// assert_eq!(statement.shape().limit(), Limit::Rows(20));
/// ```
#[derive(Clone, Debug)]
pub struct Statement {
    text: Box<str>,
    summary: Box<str>,
    shape: Shape,
    fingerprint: Fingerprint,
    dialect: Dialect,
}

impl Statement {
    /// Reads an SQL text. Any text will do: what is no SQL has a fingerprint
    /// too, and a text over 64 KiB is read up to there.
    #[must_use]
    pub fn new(sql: &str, dialect: Dialect) -> Self {
        Self::with_options(sql, dialect, Options::new())
    }

    /// As [`new`](Self::new), but for a server or schema that is not as usual.
    #[must_use]
    pub fn with_options(sql: &str, dialect: Dialect, options: Options) -> Self {
        Self::with_tokens(sql, Language { dialect, options }).0
    }

    /// As [`new`](Self::new), with the tokens that the text was read as.
    pub(super) fn with_tokens(sql: &str, language: Language) -> (Self, Tokens<'_>) {
        fingerprinter::with_buffer(|buffer| {
            let tokens = || Tokens::of(sql);
            let (read, tokens) = fingerprinter::read(sql.as_bytes(), language, buffer, tokens);
            let text = buffer.written(read.length);
            let statement =
                Self::from_tokens(&tokens.list, text, language.dialect, read.is_complete);
            (statement, tokens)
        })
    }

    fn from_tokens(tokens: &[Token<'_>], text: &[u8], dialect: Dialect, is_complete: bool) -> Self {
        let statements: Vec<&[Token<'_>]> = tokens
            .split(|token| token.kind == TokenKind::Semicolon)
            .collect();
        let outlines: Vec<_> = statements
            .iter()
            .map(|statement| outline::outline(statement))
            .collect();
        let canonical = std::str::from_utf8(text).unwrap_or_default();
        Self {
            summary: summary::write(&outlines).into(),
            shape: Shape::new(&statements, &outlines, canonical, is_complete),
            fingerprint: Fingerprint::of(text),
            text: canonical.into(),
            dialect,
        }
    }

    /// The canonical text: 64 KiB at most, and no values in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes it takes, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.summary.len() + self.shape.bytes()
    }

    /// The identity of the statement, the same in every process.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The operations and their targets, as OpenTelemetry's
    /// `db.query.summary`: `SELECT posts`. 255 characters at most.
    ///
    /// Unlike the text it keeps the case and quotes of the SQL.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The facts that rules ask for.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The dialect that the text was read in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A short form for prose: `SELECT .. FROM posts`.
    ///
    /// It names the operation and at most three tables. Where a statement has
    /// no such form it is the [`summary`](Self::summary).
    #[must_use]
    pub fn brief(&self) -> String {
        let operation = match self.shape.kind() {
            Kind::Delete => "DELETE FROM",
            Kind::Insert => "INSERT INTO",
            Kind::Merge => "MERGE INTO",
            Kind::Select => "SELECT .. FROM",
            Kind::Update => "UPDATE",
            Kind::Call | Kind::Other | Kind::Schema => return self.summary.to_string(),
        };
        let changed = self.shape.main_table();
        match self.shape.tables() {
            [] => self.summary.to_string(),
            _ if self.shape.kind() != Kind::Select => match changed {
                Some(table) => format!("{operation} {table}"),
                None => self.summary.to_string(),
            },
            [a, b, c, _, ..] => format!("{operation} {a}, {b}, {c}, .."),
            tables => format!("{operation} {}", tables.join(", ")),
        }
    }
}
