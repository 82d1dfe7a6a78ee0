use std::hash::Hasher;

use super::shape::{Kind, Shape};
use super::token::{Token, TokenKind};
use super::tokens::{self, Tokens};
use super::{Dialect, Fingerprint, canonical, outline, summary};

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
        Self::from_tokens(&tokens::tokenize(sql, dialect), dialect)
    }

    /// As [`new`](Self::new), and feeds `literals` the literals that the
    /// statement does not have any more. Returns whether there were any.
    pub(super) fn with_literals(
        sql: &str,
        dialect: Dialect,
        literals: &mut impl Hasher,
    ) -> (Self, bool) {
        let tokens = tokens::tokenize(sql, dialect);
        let mut any = false;
        for token in &tokens.list {
            if token.kind == TokenKind::Literal {
                any = true;
                literals.write_u8(token.negative.into());
                literals.write_usize(token.text.len());
                literals.write(token.text.as_bytes());
            }
        }
        (Self::from_tokens(&tokens, dialect), any)
    }

    fn from_tokens(tokens: &Tokens<'_>, dialect: Dialect) -> Self {
        let canonical = canonical::write(&tokens.list);
        let statements: Vec<&[Token<'_>]> = tokens
            .list
            .split(|token| token.kind == TokenKind::Semicolon)
            .collect();
        let outlines: Vec<_> = statements
            .iter()
            .map(|statement| outline::outline(statement))
            .collect();
        let complete = tokens.complete && canonical.complete;
        Self {
            summary: summary::write(&outlines).into(),
            shape: Shape::new(&statements, &outlines, &canonical.text, complete),
            fingerprint: Fingerprint::of(&canonical.text),
            text: canonical.text.into(),
            dialect,
        }
    }

    /// The canonical text: 64 KiB at most, and no values in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
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
            Kind::Select => "SELECT .. FROM",
            Kind::Update => "UPDATE",
            Kind::Call | Kind::Other | Kind::Schema => return self.summary.to_string(),
        };
        match self.shape.tables() {
            [] => self.summary.to_string(),
            [table, ..] if self.shape.kind() != Kind::Select => format!("{operation} {table}"),
            [a, b, c, _, ..] => format!("{operation} {a}, {b}, {c}, .."),
            tables => format!("{operation} {}", tables.join(", ")),
        }
    }
}
