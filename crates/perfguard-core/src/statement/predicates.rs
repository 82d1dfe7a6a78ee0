//! The predicates of a WHERE: which columns are pinned to a value, whether
//! there is a range, and how long its IN lists are.

use super::outline::plain;
use super::shape::{Column, List};
use super::token::{Token, TokenKind};

/// A WHERE with parentheses deeper than this pins no column.
const MAX_DEPTH: usize = 64;

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
            _ if token.is_word("case") => self.push(Group {
                is_opaque: true,
                is_case: true,
                ..Group::default()
            }),
            _ if token.is_word("end") => {
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
                    || previous.is_any_word(&["and", "not", "or", "xor"])
            }
        };
        let is_subquery = self.get(at + 1).is_some_and(starts_query);
        self.push(Group {
            is_opaque: self.is_opaque() || !holds_predicates || is_subquery,
            is_negated: self.before(at).is_some_and(|token| token.is_word("not")),
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
        if token.is_any_word(&["or", "xor"]) {
            if let Some(group) = self.groups.last_mut() {
                group.has_or = true;
            }
        } else if token.is_word("between") {
            self.found.has_range |= self.value_end(at + 1).is_some();
        } else if token.is_word("in") {
            if !self.before(at).is_some_and(|token| token.is_word("not")) {
                let list = self.list(at + 1);
                self.found.list = self.found.list.max(list);
            }
        } else if token.is_any_word(&["any", "some"])
            && self.before(at).is_some_and(|token| token.is_operator("="))
        {
            self.found.list = self.found.list.max(List::Unknown);
        }
    }

    /// The length of the list that should start at `at`.
    fn list(&self, at: usize) -> List {
        if self
            .get(at)
            .is_none_or(|token| token.kind != TokenKind::Open)
        {
            return List::Unknown;
        }
        if self.get(at + 1).is_some_and(starts_query) {
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
            "=" | "==" if self.found.equalities.len() < MAX_EQUALITIES => {
                let column = self
                    .column_is_value(at)
                    .or_else(|| self.value_is_column(at));
                self.found.equalities.extend(column);
            }
            _ => {}
        }
    }

    /// `column = ?`
    fn column_is_value(&self, operator: usize) -> Option<Column> {
        let end = self.value_end(operator + 1)?;
        let start = self.column_start(operator)?;
        (self.starts_predicate(start) && self.ends_predicate(end))
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
        let token = self.get(at)?;
        if token.is_value() {
            if self
                .get(at + 1)
                .is_some_and(|token| token.kind == TokenKind::Cast)
            {
                return Some(self.type_end(at + 2));
            }
            return Some(at + 1);
        }
        let is_cast = token.is_word("cast")
            && self.get(at + 1)?.kind == TokenKind::Open
            && self.get(at + 2)?.is_value()
            && self.get(at + 3)?.is_word("as");
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

    /// The end of a type's name: `public.mood[]`.
    fn type_end(&self, mut at: usize) -> usize {
        while self.get(at).is_some_and(|token| match token.kind {
            TokenKind::CloseBracket
            | TokenKind::Dot
            | TokenKind::OpenBracket
            | TokenKind::Quoted => true,
            TokenKind::Word => !token.is_any_word(&["and", "or", "xor"]),
            _ => false,
        }) {
            at += 1;
        }
        at
    }

    fn starts_predicate(&self, at: usize) -> bool {
        self.before(at)
            .is_none_or(|token| token.kind == TokenKind::Open || token.is_any_word(&["and", "or"]))
    }

    fn ends_predicate(&self, at: usize) -> bool {
        self.get(at).is_none_or(|token| {
            token.kind == TokenKind::Close || token.is_any_word(&["and", "or", "xor"])
        })
    }
}

fn starts_query(token: &Token<'_>) -> bool {
    token.is_any_word(&["select", "values", "with"])
}
