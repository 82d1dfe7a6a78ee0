//! The predicates of a WHERE: which columns are pinned to a value, whether
//! there is a range, and how long its IN lists are.

use super::keyword::Keyword as K;
use super::outline::plain;
use super::shape::{Column, List};
use super::token::{Token, TokenKind};

/// A WHERE with parentheses deeper than this pins no column.
const MAX_DEPTH: usize = 64;

/// A value within more parentheses than this is none.
const MAX_PARENTHESES: usize = 8;

/// Equalities beyond this many are left out.
const MAX_EQUALITIES: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Predicates {
    pub(super) equalities: Vec<Column>,
    pub(super) has_range: bool,
    pub(super) list: List,
}

/// Reads what stands between WHERE and the next clause.
pub(super) fn read(tokens: &[Token<'_>]) -> Predicates {
    let mut reader = Reader {
        tokens,
        groups: vec![Group::default()],
        is_too_deep: false,
        found: Predicates::default(),
    };
    for at in 0..tokens.len() {
        reader.step(at);
        if reader.is_too_deep {
            reader.found.equalities.clear();
            reader.found.list = List::Unknown;
            return reader.found;
        }
    }
    while let Some(group) = reader.groups.pop() {
        if group.has_or {
            reader.found.equalities.truncate(group.first_equality);
        }
    }
    reader.found
}

#[derive(Default)]
struct Group {
    /// Not a group of predicates but a list, a call, a subquery or a CASE:
    /// what is compared in it does not filter rows by itself.
    is_opaque: bool,
    /// From CASE to END, without parentheses of its own.
    is_case: bool,
    is_negated: bool,
    has_or: bool,
    /// The equalities found from here on are of this group. They do not hold
    /// if it turns out to be a disjunction or negated.
    first_equality: usize,
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    groups: Vec<Group>,
    is_too_deep: bool,
    found: Predicates,
}

impl<'a> Reader<'_, 'a> {
    fn get(&self, at: usize) -> Option<&Token<'a>> {
        self.tokens.get(at)
    }

    fn before(&self, at: usize) -> Option<&Token<'a>> {
        self.tokens.get(at.checked_sub(1)?)
    }

    fn is_opaque(&self) -> bool {
        self.groups.last().is_some_and(|group| group.is_opaque)
    }

    fn step(&mut self, at: usize) {
        let Some(token) = self.get(at) else { return };
        match token.kind {
            TokenKind::Open => self.open(at),
            TokenKind::Close => self.close(at),
            _ if token.is(K::Case) => self.push(Group {
                is_opaque: true,
                is_case: true,
                ..Group::default()
            }),
            _ if token.is(K::End) => {
                self.groups.pop_if(|group| group.is_case);
            }
            _ if self.is_opaque() => {}
            TokenKind::Operator => self.operator(at),
            TokenKind::Word => self.word(at),
            _ => {}
        }
    }

    fn push(&mut self, group: Group) {
        self.is_too_deep |= self.groups.len() == MAX_DEPTH;
        self.groups.push(Group {
            first_equality: self.found.equalities.len(),
            ..group
        });
    }

    fn open(&mut self, at: usize) {
        let holds_predicates = match self.before(at) {
            None => true,
            Some(previous) => {
                previous.kind == TokenKind::Open
                    || previous.is_any(&[K::And, K::Not, K::Or, K::Xor])
            }
        };
        let is_subquery = self.get(at + 1).is_some_and(Token::starts_query);
        self.push(Group {
            is_opaque: self.is_opaque() || !holds_predicates || is_subquery,
            is_negated: self.before(at).is_some_and(|token| token.is(K::Not)),
            ..Group::default()
        });
    }

    fn close(&mut self, at: usize) {
        while self.groups.len() > 1 && self.groups.pop_if(|group| group.is_case).is_some() {}
        if self.groups.len() < 2 {
            return;
        }
        let Some(group) = self.groups.pop() else {
            return;
        };
        // `(a = 1) = false` is the contrary of `a = 1`.
        if group.has_or || group.is_negated || !self.ends_predicate(at + 1) {
            self.found.equalities.truncate(group.first_equality);
        }
    }

    fn word(&mut self, at: usize) {
        let Some(token) = self.get(at) else { return };
        if token.is_any(&[K::Or, K::Xor]) {
            if let Some(group) = self.groups.last_mut() {
                group.has_or = true;
            }
        } else if token.is(K::Between) {
            self.found.has_range |= self.value_end(at + 1).is_some();
        } else if token.is(K::In) {
            if !self.is_negated(at) {
                let list = self.list(at + 1);
                self.found.list = self.found.list.max(list);
            }
        } else if token.is_any(&[K::Any, K::Some])
            && self.before(at).is_some_and(|token| token.is_operator("="))
            // `$1 = ANY(tags)` looks for one value.
            && !self.before(at - 1).is_some_and(Token::is_value)
            && !self.is_negated(at - 1)
        {
            self.found.list = self.found.list.max(List::Unknown);
        }
    }

    /// Whether the predicate with its operator at `at` is negated: `NOT IN`,
    /// `NOT a IN`, `NOT (a IN ..)`.
    fn is_negated(&self, at: usize) -> bool {
        let is_not = |token: Option<&Token<'_>>| token.is_some_and(|token| token.is(K::Not));
        let starts_with_not = self
            .column_start(at)
            .is_some_and(|start| is_not(self.before(start)));
        is_not(self.before(at))
            || starts_with_not
            || self.groups.iter().any(|group| group.is_negated)
    }

    /// The length of the list that should start at `at`.
    fn list(&self, at: usize) -> List {
        if self
            .get(at)
            .is_none_or(|token| token.kind != TokenKind::Open)
        {
            return List::Unknown;
        }
        if self.get(at + 1).is_some_and(Token::starts_query) {
            return List::Unknown;
        }
        let mut depth = 1_usize;
        let mut has_value = false;
        for token in self.tokens.iter().skip(at + 1) {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 1 => break,
                TokenKind::Close => depth -= 1,
                TokenKind::Comma if depth == 1 && has_value => return List::Many,
                TokenKind::Bind | TokenKind::Literal => has_value = true,
                _ => {}
            }
        }
        if has_value { List::One } else { List::Absent }
    }

    fn operator(&mut self, at: usize) {
        let Some(operator) = self.get(at) else { return };
        match operator.text {
            "<" | "<=" | ">" | ">=" => {
                let is_row = self
                    .get(at + 1)
                    .is_some_and(|token| token.kind == TokenKind::Open)
                    && self.get(at + 2).is_some_and(Token::is_value);
                let follows_value = self.before(at).is_some_and(Token::is_value);
                self.found.has_range |= is_row || follows_value || self.value_end(at + 1).is_some();
            }
            "=" | "=="
                if self.before(at).is_some_and(Token::is_value)
                    && self.value_end(at + 1).is_some()
                    && !self.is_tautology(at) =>
            {
                // `1 = 0` is how an ORM writes an empty list; `1 = 1` is what
                // other conditions are appended to.
                self.found.list = self.found.list.max(List::Unknown);
            }
            "=" | "==" | "<=>" if self.found.equalities.len() < MAX_EQUALITIES => {
                let column = self
                    .column_is_value(at)
                    .or_else(|| self.value_is_column(at));
                self.found.equalities.extend(column);
            }
            _ => {}
        }
    }

    /// `1 = 1`. Of two numbers only single digits that differ are an empty
    /// list: longer ones are somebody's values, and two statements that differ
    /// in nothing else are told alike.
    fn is_tautology(&self, operator: usize) -> bool {
        let number = |token: Option<&Token<'a>>| {
            token
                .filter(|token| token.kind == TokenKind::Literal)
                .map(|token| token.text)
                .filter(|text| text.bytes().all(|sign| sign.is_ascii_digit()))
        };
        let numbers = number(self.before(operator)).zip(number(self.get(operator + 1)));
        numbers.is_some_and(|(left, right)| left.len() > 1 || right.len() > 1 || left == right)
    }

    /// `column = ?`
    fn column_is_value(&self, operator: usize) -> Option<Column> {
        let end = self.value_end(operator + 1)?;
        let start = self.column_start(operator)?;
        (self.starts_predicate(start)
            && self.ends_predicate(end)
            && !self.get(start).is_some_and(is_session_value))
        .then(|| self.column(start, operator))
    }

    /// `? = column`
    fn value_is_column(&self, operator: usize) -> Option<Column> {
        let value = operator.checked_sub(1)?;
        let mut end = operator + 1;
        while self
            .get(end)
            .is_some_and(|token| token.is_name() || token.kind == TokenKind::Dot)
        {
            if self.ends_predicate(end) {
                break;
            }
            end += 1;
        }
        (self.get(value).is_some_and(Token::is_value)
            && self.starts_predicate(value)
            && self.column_start(end) == Some(operator + 1)
            && self.ends_predicate(end))
        .then(|| self.column(operator + 1, end))
    }

    /// Where the name that ends before `end` starts.
    fn column_start(&self, end: usize) -> Option<usize> {
        let mut start = end;
        loop {
            self.before(start).filter(|token| token.is_name())?;
            start -= 1;
            match self.before(start) {
                Some(token) if token.kind == TokenKind::Dot => start -= 1,
                _ => return Some(start),
            }
        }
    }

    fn column(&self, start: usize, end: usize) -> Column {
        let parts = self.tokens.get(start..end).unwrap_or_default();
        let mut names: Vec<String> = parts
            .iter()
            .filter(|token| token.is_name())
            .map(plain)
            .collect();
        let name = names.pop().unwrap_or_default();
        let table = (!names.is_empty()).then(|| names.join("."));
        Column::new(table, name)
    }

    /// Where the value that starts at `at` ends: a placeholder or literal,
    /// with a cast or not.
    fn value_end(&self, at: usize) -> Option<usize> {
        // A bound, so that no text of parentheses is read over and over.
        self.value_end_within(at, MAX_PARENTHESES)
    }

    fn value_end_within(&self, at: usize, parentheses: usize) -> Option<usize> {
        let token = self.get(at)?;
        if token.kind == TokenKind::Open && parentheses > 0 {
            let end = self.value_end_within(at + 1, parentheses - 1)?;
            return (self.get(end)?.kind == TokenKind::Close).then(|| self.cast_end(end + 1));
        }
        if token.is_value() {
            return Some(self.cast_end(at + 1));
        }
        // `DATE '2026-01-31'`
        if token.is_any(&[K::Binary, K::Date, K::Time, K::Timestamp]) {
            return (self.get(at + 1)?.kind == TokenKind::Literal).then_some(at + 2);
        }
        let is_cast = token.is(K::Cast)
            && self.get(at + 1)?.kind == TokenKind::Open
            && self.get(at + 2)?.is_value()
            && self.get(at + 3)?.is(K::As);
        if !is_cast {
            return None;
        }
        let length = self
            .tokens
            .iter()
            .skip(at + 4)
            .position(|token| token.kind == TokenKind::Close)?;
        Some(at + 5 + length)
    }

    fn cast_end(&self, at: usize) -> usize {
        match self.get(at) {
            Some(token) if token.kind == TokenKind::Cast => self.type_end(at + 1),
            _ => at,
        }
    }

    /// The end of a type's name: `public.mood[]`, `timestamp with time zone`,
    /// `numeric(10, 2)`.
    fn type_end(&self, start: usize) -> usize {
        let mut at = start;
        while let Some(token) = self.get(at) {
            let belongs = match token.kind {
                TokenKind::CloseBracket | TokenKind::Dot | TokenKind::OpenBracket => true,
                TokenKind::Quoted | TokenKind::Word => {
                    at == start
                        || self
                            .before(at)
                            .is_some_and(|token| token.kind == TokenKind::Dot)
                        || token.is_any(&[
                            K::Precision,
                            K::Time,
                            K::Unsigned,
                            K::Varying,
                            K::With,
                            K::Without,
                            K::Zone,
                        ])
                }
                _ => false,
            };
            if !belongs {
                break;
            }
            at += 1;
        }
        let size = self.tokens.get(at..).unwrap_or_default();
        match size {
            [open, a, close, ..] if is_size(&[open, a, close]) => at + 3,
            [open, a, comma, b, close, ..] if is_size(&[open, a, comma, b, close]) => at + 5,
            _ => at,
        }
    }

    fn starts_predicate(&self, at: usize) -> bool {
        self.before(at)
            .is_none_or(|token| token.kind == TokenKind::Open || token.is_any(&[K::And, K::Or]))
    }

    fn ends_predicate(&self, at: usize) -> bool {
        self.get(at).is_none_or(|token| {
            token.kind == TokenKind::Close || token.is_any(&[K::And, K::Or, K::Xor])
        })
    }
}

/// The parentheses of a type: `(10, 2)`.
fn is_size(tokens: &[&Token<'_>]) -> bool {
    tokens.iter().enumerate().all(|(at, token)| {
        let is_last = at + 1 == tokens.len();
        match token.kind {
            TokenKind::Open => at == 0,
            TokenKind::Close => is_last,
            TokenKind::Comma => at == 2 && !is_last,
            _ => token.is_value(),
        }
    })
}

/// What looks like a column and is one for no table.
fn is_session_value(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Word
        && [
            "current_date",
            "current_role",
            "current_time",
            "current_timestamp",
            "current_user",
            "localtime",
            "localtimestamp",
            "session_user",
        ]
        .iter()
        .any(|name| token.text.eq_ignore_ascii_case(name))
}
