//! What the conditions of a statement are written with, at any depth: the
//! patterns of `LIKE`, and values that are no binds.

use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use super::keyword::{Keyword, Keyword as K};
use super::shape::Pattern;
use super::token::{Token, TokenKind};

/// Parentheses deeper than this are of the kind of the last one that is not.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conditions {
    pub(super) pattern: Pattern,
    pub(super) has_inlined_values: bool,
    pub(super) pasted: Option<Pasted>,
}

/// The identity of the values that are pasted into a text: into its conditions,
/// after `SET`, into the rows of `VALUES`.
///
/// A keyed hash: it means nothing outside of this process, and values cannot be
/// guessed from it. Its debug form does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pasted(u64);

impl Pasted {
    pub(crate) fn identity(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted")
    }
}

/// Reads the conditions of one statement.
pub(super) fn read(tokens: &[Token<'_>]) -> Conditions {
    let mut reader = Reader {
        tokens,
        levels: [Level::default(); MAX_DEPTH],
        depth: 0,
        found: Conditions::default(),
        pasted: None,
    };
    // The parts of a CREATE are no conditions on rows.
    let is_schema = tokens
        .first()
        .is_some_and(|token| token.is_any(&[K::Alter, K::Create]));
    if !is_schema {
        for at in 0..tokens.len() {
            reader.step(at);
        }
    }
    reader.found.pasted = reader.pasted.map(|hasher| Pasted(hasher.finish()));
    reader.found
}

/// What is known within one pair of parentheses.
#[derive(Clone, Copy, Default)]
struct Level {
    is_condition: bool,
    /// What SET or VALUES writes.
    is_written: bool,
    /// Between ON CONFLICT and DO: the WHERE there names an index.
    is_conflict: bool,
    /// The list of an IN, or a row in it.
    is_list: bool,
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    levels: [Level; MAX_DEPTH],
    depth: usize,
    found: Conditions,
    /// Takes in what is pasted.
    pasted: Option<DefaultHasher>,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn get(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at)
    }

    fn before(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at.checked_sub(1)?)
    }

    fn level(&self) -> Level {
        let last = self.depth.min(MAX_DEPTH - 1);
        self.levels.get(last).copied().unwrap_or_default()
    }

    fn set_condition(&mut self, is_condition: bool) {
        if let Some(level) = self.levels.get_mut(self.depth) {
            level.is_condition = is_condition;
            level.is_written = false;
        }
    }

    fn step(&mut self, at: usize) {
        let Some(token) = self.get(at) else { return };
        match token.kind {
            TokenKind::Open => self.open(at),
            TokenKind::Close => self.depth = self.depth.saturating_sub(1),
            TokenKind::Word => self.word(at, token),
            TokenKind::Literal if is_constant(token) => {}
            TokenKind::Literal if self.level().is_condition && self.is_compared(at) => {
                self.found.has_inlined_values = true;
                self.paste(token);
            }
            TokenKind::Literal if self.level().is_written && !self.is_computed_with(at) => {
                self.paste(token);
            }
            _ => {}
        }
    }

    /// `views + 1`, `'%' || name`: an operand of something that is no
    /// comparison.
    fn is_computed_with(&self, at: usize) -> bool {
        let computes = |token: Option<&Token<'_>>| {
            token.is_some_and(|token| token.kind == TokenKind::Operator && !is_comparison(token))
        };
        computes(self.before(at)) || computes(self.get(self.cast_end(at + 1)))
    }

    fn paste(&mut self, literal: &Token<'_>) {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let hasher = self.pasted.get_or_insert_with(|| KEY.build_hasher());
        (literal.negative, literal.text).hash(hasher);
    }

    fn open(&mut self, at: usize) {
        let outer = self.level();
        let is_list = match self.before(at) {
            _ if self.get(at + 1).is_some_and(Token::starts_query) => false,
            Some(token) if token.is(K::In) => true,
            Some(token) => {
                outer.is_list && matches!(token.kind, TokenKind::Comma | TokenKind::Open)
            }
            None => false,
        };
        self.depth += 1;
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level = Level { is_list, ..outer };
        }
    }

    fn word(&mut self, at: usize, token: &Token<'_>) {
        let is_field = self
            .before(at)
            .is_some_and(|token| token.kind == TokenKind::Dot);
        if is_field {
            return;
        }
        match token.keyword {
            Some(K::Having) => self.set_condition(true),
            Some(K::Where) => {
                let filters_aggregate = at >= 2
                    && self
                        .before(at)
                        .is_some_and(|token| token.kind == TokenKind::Open)
                    && self.before(at - 1).is_some_and(|token| token.is(K::Filter));
                let is_conflict = self.level().is_conflict;
                self.set_condition(!filters_aggregate && !is_conflict);
            }
            Some(K::On) => {
                let next = |keywords: &[Keyword]| {
                    self.get(at + 1).is_some_and(|next| next.is_any(keywords))
                };
                let is_conflict = next(&[K::Conflict]);
                let is_join = !next(&[K::Conflict, K::Constraint, K::Duplicate])
                    && !self.before(at).is_some_and(|token| token.is(K::Distinct));
                if let Some(level) = self.levels.get_mut(self.depth) {
                    level.is_conflict |= is_conflict;
                    level.is_condition = is_join;
                    level.is_written = false;
                }
            }
            Some(K::Do) => {
                if let Some(level) = self.levels.get_mut(self.depth) {
                    level.is_conflict = false;
                }
            }
            Some(
                K::Except
                | K::Fetch
                | K::From
                | K::Group
                | K::Intersect
                | K::Join
                | K::Limit
                | K::Offset
                | K::Order
                | K::Returning
                | K::Select
                | K::Set
                | K::Union
                | K::Values
                | K::Window,
            ) if !self.is_operand(at) => {
                self.set_condition(false);
                if let Some(level) = self.levels.get_mut(self.depth) {
                    level.is_written = token.is_any(&[K::Set, K::Values]);
                }
            }
            // What a text is not like, no index finds either way.
            Some(K::Glob | K::Ilike | K::Like)
                if self.level().is_condition
                    && !self.before(at).is_some_and(|token| token.is(K::Not)) =>
            {
                self.pattern(at + 1, token.is(K::Glob));
            }
            Some(K::Similar)
                if self.level().is_condition
                    && self.get(at + 1).is_some_and(|next| next.is(K::To)) =>
            {
                self.pattern(at + 2, false);
            }
            _ => {}
        }
    }

    /// `a IS DISTINCT FROM b`: the condition goes on.
    fn is_operand(&self, at: usize) -> bool {
        at >= 2
            && self.before(at).is_some_and(|token| token.is(K::Distinct))
            && self
                .before(at - 1)
                .is_some_and(|token| token.is_any(&[K::Is, K::Not]))
    }

    /// Whether the literal at `at` is one side of a comparison whose other side
    /// is no value.
    fn is_compared(&self, at: usize) -> bool {
        if self.level().is_list {
            return self
                .before(at)
                .is_some_and(|token| matches!(token.kind, TokenKind::Comma | TokenKind::Open));
        }
        // `DATE '2026-01-31'`, `BINARY 'a'`
        let is_typed = self
            .before(at)
            .is_some_and(|token| token.is_any(&[K::Binary, K::Date, K::Time, K::Timestamp]));
        let end = self.cast_end(at + 1);
        let at = at - usize::from(is_typed);
        let Some(before) = self.before(at) else {
            return false;
        };
        // `'%' || $1`, `2 * price`: it is computed with.
        let is_operand = self
            .get(end)
            .is_some_and(|next| next.kind == TokenKind::Operator && !is_comparison(next));
        if is_operand {
            return false;
        }
        if before.is_any(&[K::Between, K::Glob, K::Ilike, K::Like]) {
            return true;
        }
        if is_comparison(before) {
            return self.before(at - 1).is_some_and(|other| !other.is_value());
        }
        if before.is(K::And) && self.ends_between(at - 1) {
            return true;
        }
        // `5 < price`
        let starts = before.kind == TokenKind::Open
            || before.is_any(&[K::And, K::Having, K::Not, K::On, K::Or, K::Where]);
        starts
            && self.get(at + 1).is_some_and(is_comparison)
            && self.get(at + 2).is_some_and(|other| !other.is_value())
    }

    /// Where a cast that may be here ends.
    fn cast_end(&self, at: usize) -> usize {
        let is_cast = self
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Cast);
        at + if is_cast { 2 } else { 0 }
    }

    /// Whether the AND at `at` is that of a `BETWEEN value AND`.
    fn ends_between(&self, at: usize) -> bool {
        at >= 2
            && self.before(at).is_some_and(Token::is_value)
            && self
                .before(at - 1)
                .is_some_and(|token| token.is(K::Between))
    }

    /// The pattern that starts at `at`.
    fn pattern(&mut self, mut at: usize, is_glob: bool) {
        // `LIKE ('%a')`, `LIKE CONCAT('%', ?)`, `LIKE lower('%A')`, `LIKE BINARY '%a'`.
        while let Some(token) = self.get(at) {
            let opens = self
                .get(at + 1)
                .is_some_and(|next| next.kind == TokenKind::Open);
            let leads_on = token.kind == TokenKind::Open
                || token.is(K::Binary)
                || opens && token.is_any(&[K::Concat, K::Lower, K::Upper]);
            if !leads_on {
                break;
            }
            at += 1;
        }
        let literal = self
            .get(at)
            .filter(|token| token.kind == TokenKind::Literal && !is_constant(token));
        let pattern = match literal.map(|literal| first_of(literal.text)) {
            Some(Some('*' | '?' | '[')) if is_glob => Pattern::LeadingWildcard,
            Some(Some('%' | '_')) if !is_glob => Pattern::LeadingWildcard,
            Some(Some(_)) => Pattern::Prefix,
            // Nothing, and then what?
            Some(None) | None => Pattern::Unknown,
        };
        self.found.pattern = self.found.pattern.max(pattern);
    }
}

/// The first character of a string, within its quotes.
fn first_of(literal: &str) -> Option<char> {
    let Some(open) = literal.find(['\'', '"', '$']) else {
        return literal.chars().next();
    };
    let (quote, inner) = literal.split_at_checked(open + 1)?;
    let inner = if quote.ends_with('$') {
        inner.split_once('$')?.1
    } else {
        inner
    };
    inner
        .chars()
        .next()
        .filter(|first| !quote.ends_with(*first))
}

/// `NULL`, `TRUE`, `FALSE`: nobody pastes them.
fn is_constant(literal: &Token<'_>) -> bool {
    ["false", "null", "true"]
        .iter()
        .any(|constant| literal.text.eq_ignore_ascii_case(constant))
}

fn is_comparison(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Operator
        && matches!(
            token.text,
            "!=" | "<" | "<=" | "<=>" | "<>" | "=" | "==" | ">" | ">="
        )
}
