//! The clauses of a statement's top level: not those of its subqueries, nor of
//! the common table expressions before it.

use super::keyword::{Keyword, Keyword as K};
use super::predicates::{self, Predicates};
use super::projection::{self, Rows};
use super::shape::{Limit, List, Projection};
use super::token::{Token, TokenKind};

#[derive(Clone, Debug, Default)]
pub(super) struct Clauses {
    pub(super) has_from: bool,
    pub(super) is_distinct: bool,
    pub(super) has_where: bool,
    pub(super) has_group_by: bool,
    pub(super) is_aggregate: bool,
    pub(super) projection: Projection,
    pub(super) returning: Option<Projection>,
    pub(super) values: List,
    pub(super) tail: Tail,
    pub(super) predicates: Predicates,
}

impl Clauses {
    /// Those of a text that is no single statement.
    pub(super) fn unknown() -> Self {
        Self {
            projection: Projection::Unknown,
            ..Self::default()
        }
    }
}

/// What comes after the rows have been chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    pub(super) has_order_by: bool,
    /// How many rows are left out, as a limit is written.
    pub(super) offset: Limit,
    pub(super) is_locking: bool,
    pub(super) limit: Limit,
}

/// Reads the clauses of one statement.
pub(super) fn read(tokens: &[Token<'_>]) -> Clauses {
    let mut reader = Reader {
        tokens,
        depth: 0,
        base: 0,
        queries: 1,
        filters: 0,
        lists: 0,
        bounded: 0,
        filter_from: None,
        projection_from: None,
        is_returning: false,
        clauses: Clauses::default(),
        query: Query::default(),
    };
    for at in 0..tokens.len() {
        reader.step(at);
    }
    reader.finish()
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    depth: usize,
    /// The depth that counts as the top: one more for each parenthesis round
    /// a whole query, as in `(SELECT ..) UNION (SELECT ..)`.
    base: usize,
    /// How many queries the set operators join.
    queries: usize,
    filters: usize,
    lists: usize,
    /// How many of the queries that have ended bound their rows by themselves.
    bounded: usize,
    filter_from: Option<usize>,
    projection_from: Option<usize>,
    is_returning: bool,
    clauses: Clauses,
    query: Query,
}

/// What is known of one of the queries that set operators join.
#[derive(Default)]
struct Query {
    rows: Rows,
    has_from: bool,
    has_group_by: bool,
    /// The tail within its parentheses.
    tail: Tail,
}

impl Query {
    /// Whether it returns one row, whatever there is in the tables.
    fn is_one_row(&self) -> bool {
        !self.has_group_by
            && match self.rows {
                Rows::One => true,
                Rows::OneWithoutFrom => !self.has_from,
                Rows::Many => false,
            }
    }
}

impl<'t, 'a> Reader<'t, 'a> {
    fn get(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at)
    }

    fn before(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at.checked_sub(1)?)
    }

    fn next_is(&self, at: usize, keywords: &[Keyword]) -> bool {
        self.get(at + 1).is_some_and(|token| token.is_any(keywords))
    }

    fn tail(&mut self) -> &mut Tail {
        if self.base == 0 {
            &mut self.clauses.tail
        } else {
            &mut self.query.tail
        }
    }

    fn step(&mut self, at: usize) {
        let Some(token) = self.get(at) else { return };
        match token.kind {
            TokenKind::Open => {
                if self.depth == self.base && self.opens_query(at) {
                    self.base += 1;
                }
                self.depth += 1;
            }
            TokenKind::Close => {
                if self.depth == self.base {
                    self.end_clause(at);
                    self.base = self.base.saturating_sub(1);
                }
                self.depth = self.depth.saturating_sub(1);
            }
            TokenKind::Word if self.depth == self.base => {
                let is_field = self
                    .before(at)
                    .is_some_and(|token| token.kind == TokenKind::Dot);
                if !is_field {
                    self.word(at, token);
                }
            }
            _ => {}
        }
    }

    fn opens_query(&self, at: usize) -> bool {
        let joins = |token: &Token<'_>| token.is_any(&[K::Except, K::Intersect, K::Union]);
        let stands_alone = match self.before(at) {
            None => true,
            Some(token) if token.is_any(&[K::All, K::Distinct]) => {
                self.before(at - 1).is_some_and(joins)
            }
            Some(token) => token.kind == TokenKind::Open || joins(token),
        };
        let is_query = self.get(at + 1).is_some_and(|token| {
            token.kind == TokenKind::Open || token.is_any(&[K::Select, K::With])
        });
        stands_alone && is_query
    }

    fn word(&mut self, at: usize, token: &Token<'_>) {
        if token.is(K::Select) {
            self.end_clause(at);
            self.projection_from = Some(at + 1);
            self.is_returning = false;
            self.clauses.is_distinct |= self.next_is(at, &[K::Distinct]);
            self.top(at + 1);
        } else if token.is(K::From) {
            // `IS DISTINCT FROM` compares.
            let is_comparison = at >= 2
                && self.before(at).is_some_and(|token| token.is(K::Distinct))
                && self
                    .before(at - 1)
                    .is_some_and(|token| token.is_any(&[K::Is, K::Not]));
            if !is_comparison {
                self.end_clause(at);
                let has_from = !self.next_is(at, &[K::Dual]);
                self.clauses.has_from |= has_from;
                self.query.has_from |= has_from;
            }
        } else if token.is(K::Where) {
            self.end_clause(at);
            self.filters += 1;
            self.filter_from = Some(at + 1);
        } else if token.is_any(&[K::Except, K::Intersect, K::Union])
            || token.is(K::Minus) && self.leads_to_select(at + 1)
        {
            self.end_query(at);
            self.queries += 1;
        } else if token.is(K::Group) && self.next_is(at, &[K::By]) {
            self.end_clause(at);
            self.clauses.has_group_by = true;
            self.query.has_group_by = true;
        } else if token.is(K::Order) && self.next_is(at, &[K::By]) {
            self.end_clause(at);
            self.tail().has_order_by = true;
        } else if token.is(K::Limit) {
            self.end_clause(at);
            self.limit(at + 1);
        } else if token.is(K::Fetch) && self.next_is(at, &[K::First, K::Next]) {
            self.end_clause(at);
            self.fetch(at + 2);
        } else if token.is(K::Offset) {
            if self.is_offset(at) {
                self.end_clause(at);
                let value = self.get(at + 1);
                self.tail().offset = offset_of(value.map_or(&[], std::slice::from_ref));
            }
        } else if token.is(K::For) && self.next_is(at, &[K::Key, K::No, K::Share, K::Update])
            || token.is(K::Lock) && self.next_is(at, &[K::In]) && self.next_is(at + 1, &[K::Share])
        {
            self.end_clause(at);
            self.tail().is_locking = true;
        } else if token.is(K::Returning) {
            self.end_clause(at);
            self.projection_from = Some(at + 1);
            self.is_returning = true;
        } else if self.clauses.values == List::Absent && self.is_values(at, token) {
            self.clauses.values = self.rows(at + 1);
        } else if token.is(K::Set) && self.sets_a_row(at) {
            self.end_clause(at);
            self.clauses.values = List::One;
        } else if token.is_any(&[K::Having, K::Into, K::Set])
            || token.is(K::Window) && self.next_is(at + 1, &[K::As])
            || token.is(K::On) && !self.before(at).is_some_and(|token| token.is(K::Distinct))
        {
            self.end_clause(at);
        }
    }

    /// Whether a query follows.
    fn leads_to_select(&self, at: usize) -> bool {
        let at = at
            + usize::from(
                self.get(at)
                    .is_some_and(|token| token.is_any(&[K::All, K::Distinct])),
            );
        self.get(at)
            .is_some_and(|token| token.is(K::Select) || token.kind == TokenKind::Open)
    }

    /// Whether the word `offset` is no column: it comes after something that
    /// is complete, and before an operand.
    fn is_offset(&self, at: usize) -> bool {
        let ends = self.before(at).is_some_and(|token| match token.kind {
            TokenKind::Bind
            | TokenKind::Close
            | TokenKind::CloseBracket
            | TokenKind::Literal
            | TokenKind::Quoted => true,
            TokenKind::Word => {
                token.keyword.is_none()
                    || token.is_any(&[K::All, K::Asc, K::Desc, K::End, K::Row, K::Rows])
            }
            _ => false,
        });
        let starts = self.get(at + 1).is_some_and(|token| match token.kind {
            TokenKind::Bind | TokenKind::Literal | TokenKind::Open => true,
            TokenKind::Word => {
                token.text.starts_with('@')
                    || self
                        .get(at + 2)
                        .is_some_and(|next| next.kind == TokenKind::Open)
            }
            _ => false,
        });
        ends && starts
    }

    fn limit(&mut self, at: usize) {
        let rest = self.tokens.get(at..).unwrap_or_default();
        let mut depth = 0_usize;
        let mut comma = None;
        let mut end = rest.len();
        for (index, token) in rest.iter().enumerate() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => end = index,
                TokenKind::Close => depth -= 1,
                TokenKind::Comma if depth == 0 => comma = comma.or(Some(index)),
                TokenKind::Word if depth == 0 && ends_limit(token) => end = index,
                _ => {}
            }
            if end == index {
                break;
            }
        }
        // MySQL and SQLite: `LIMIT offset, count`.
        let start = comma.map_or(0, |comma| comma + 1);
        let limit = limit_of(rest.get(start..end).unwrap_or_default());
        let offset = comma.map(|comma| offset_of(rest.get(..comma).unwrap_or_default()));
        let tail = self.tail();
        tail.limit = limit;
        tail.offset = offset.unwrap_or(tail.offset);
    }

    /// Whether the SET here is MySQL's `INSERT INTO t SET a = 1`.
    fn sets_a_row(&self, at: usize) -> bool {
        let is_insert = self
            .get(0)
            .is_some_and(|token| token.is_any(&[K::Insert, K::Replace]));
        let is_update = self.before(at).is_some_and(|token| token.is(K::Update));
        is_insert && !is_update && self.clauses.values == List::Absent
    }

    /// `VALUES`, in MySQL also `VALUE`, which is a name as well.
    fn is_values(&self, at: usize, token: &Token<'_>) -> bool {
        let follows_columns = || {
            self.before(at)
                .is_some_and(|token| token.kind == TokenKind::Close)
        };
        token.is(K::Values) || token.is(K::Value) && follows_columns()
    }

    /// How many rows `VALUES` lists from `at` on: `(..), (..)`, in MySQL
    /// `ROW(..), ROW(..)`.
    fn rows(&self, at: usize) -> List {
        let mut depth = 0_usize;
        let mut rows = List::Absent;
        for token in self.tokens.get(at..).unwrap_or_default() {
            match token.kind {
                TokenKind::Open => {
                    if depth == 0 && rows != List::Absent {
                        return List::Many;
                    }
                    rows = List::One;
                    depth += 1;
                }
                TokenKind::Close if depth > 0 => depth -= 1,
                TokenKind::Comma if depth == 0 => {}
                _ if depth > 0 || token.is(K::Row) => {}
                _ => break,
            }
        }
        rows
    }

    /// `FETCH FIRST n ROWS ONLY`, without a number one row.
    fn fetch(&mut self, at: usize) {
        let limit = match self.get(at) {
            Some(token) if token.is_any(&[K::Row, K::Rows]) => Limit::Rows(1),
            Some(_) if self.is_open_ended(at + 1) => Limit::Bound,
            Some(token) => limit_of(std::slice::from_ref(token)),
            None => return,
        };
        self.tail().limit = limit;
    }

    /// `PERCENT` or `WITH TIES`, at `at` or after `ROWS`: more rows may come.
    fn is_open_ended(&self, at: usize) -> bool {
        let rows = self
            .get(at)
            .is_some_and(|token| token.is_any(&[K::Row, K::Rows]));
        let at = at + usize::from(rows);
        self.get(at).is_some_and(|token| token.is(K::Percent))
            || self.get(at).is_some_and(|token| token.is(K::With)) && self.next_is(at, &[K::Ties])
    }

    /// `SELECT TOP n`, `SELECT TOP (n)`.
    fn top(&mut self, at: usize) {
        let mut at = at;
        if self
            .get(at)
            .is_some_and(|token| token.is_any(&[K::All, K::Distinct]))
        {
            at += 1;
        }
        if !self.get(at).is_some_and(|token| token.is(K::Top)) {
            return;
        }
        let is_open = self
            .get(at + 1)
            .is_some_and(|token| token.kind == TokenKind::Open);
        at += 1 + usize::from(is_open);
        let Some(value) = self.get(at).filter(|token| token.is_value()) else {
            return;
        };
        let limit = if self.is_open_ended(at + 1 + usize::from(is_open)) {
            Limit::Bound
        } else {
            limit_of(std::slice::from_ref(value))
        };
        self.tail().limit = limit;
    }

    /// Reads the clause that goes on until here.
    fn end_clause(&mut self, at: usize) {
        if let Some(from) = self.filter_from.take() {
            let filter = self.tokens.get(from..at).unwrap_or_default();
            let predicates = predicates::read(filter);
            let all = &mut self.clauses.predicates;
            all.equalities.extend(predicates.equalities);
            all.has_range |= predicates.has_range;
            all.list = all.list.max(predicates.list);
            self.lists += usize::from(predicates.list != List::Absent);
        }
        if let Some(from) = self.projection_from.take() {
            let list = self.tokens.get(from..at).unwrap_or_default();
            let found = projection::read(list);
            let clauses = &mut self.clauses;
            if self.is_returning {
                clauses.returning = Some(found.columns);
            } else {
                self.query.rows = found.rows;
                if clauses.projection == Projection::Absent {
                    clauses.projection = found.columns;
                }
            }
        }
    }

    /// Reads the query that goes on until here.
    fn end_query(&mut self, at: usize) {
        self.end_clause(at);
        let query = std::mem::take(&mut self.query);
        let is_bounded = query.tail.limit != Limit::Absent || query.is_one_row();
        self.bounded += usize::from(is_bounded);
    }

    fn finish(mut self) -> Clauses {
        self.end_clause(self.tokens.len());
        if self.queries == 1 {
            self.clauses.is_aggregate = self.query.is_one_row();
            let inner = self.query.tail;
            let tail = &mut self.clauses.tail;
            tail.has_order_by |= inner.has_order_by;
            if tail.offset == Limit::Absent {
                tail.offset = inner.offset;
            }
            tail.is_locking |= inner.is_locking;
            if tail.limit == Limit::Absent {
                tail.limit = inner.limit;
            }
        } else {
            self.end_query(self.tokens.len());
            let clauses = &mut self.clauses;
            // What pins the rows of one query says nothing of the other.
            clauses.predicates.equalities.clear();
            if self.lists < self.queries {
                clauses.predicates.list = List::Absent;
            }
            if self.bounded == self.queries && clauses.tail.limit == Limit::Absent {
                clauses.tail.limit = Limit::Bound;
            }
        }
        self.clauses.has_where = self.filters >= self.queries;
        self.clauses
    }
}

fn ends_limit(token: &Token<'_>) -> bool {
    token.is_any(&[
        K::Except,
        K::Fetch,
        K::For,
        K::Intersect,
        K::Into,
        K::Limit,
        K::Lock,
        K::Offset,
        K::On,
        K::Order,
        K::Procedure,
        K::Returning,
        K::Select,
        K::Union,
    ])
}

/// What stands as an OFFSET: there is one, whatever its value.
fn offset_of(value: &[Token<'_>]) -> Limit {
    match limit_of(value) {
        Limit::Absent => Limit::Rows(0),
        offset => offset,
    }
}

fn limit_of(value: &[Token<'_>]) -> Limit {
    let mut value = value;
    while let [open, inner @ .., close] = value
        && open.kind == TokenKind::Open
        && close.kind == TokenKind::Close
    {
        value = inner;
    }
    let token = match value {
        [token] => token,
        [token, cast, ..] if cast.kind == TokenKind::Cast => token,
        // An expression.
        _ => return Limit::Bound,
    };
    if token.kind != TokenKind::Literal {
        return if token.is(K::All) {
            Limit::Absent
        } else {
            Limit::Bound
        };
    }
    // `LIMIT -1` (SQLite), `LIMIT 18446744073709551615` (MySQL) and `LIMIT
    // NULL` (PostgreSQL) are how one writes an OFFSET without a limit.
    if token.negative || token.text.eq_ignore_ascii_case("null") {
        return Limit::Absent;
    }
    match token.text.parse() {
        Ok(u64::MAX) => Limit::Absent,
        Ok(rows) => Limit::Rows(rows),
        Err(_) => Limit::Bound,
    }
}
