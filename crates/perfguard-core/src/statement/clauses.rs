//! The clauses of a statement's top level: not those of its subqueries, nor of
//! the common table expressions before it.

use super::predicates::{self, Predicates};
use super::shape::Limit;
use super::token::{Token, TokenKind};

#[derive(Clone, Debug, Default)]
pub(super) struct Clauses {
    pub(super) has_from: bool,
    pub(super) reads_derived: bool,
    pub(super) is_distinct: bool,
    pub(super) has_where: bool,
    pub(super) has_group_by: bool,
    pub(super) is_aggregate: bool,
    pub(super) tail: Tail,
    pub(super) predicates: Predicates,
}

/// What comes after the rows have been chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    pub(super) has_order_by: bool,
    pub(super) has_offset: bool,
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
        filter_from: None,
        projection_from: None,
        clauses: Clauses::default(),
        inner_tail: Tail::default(),
        aggregates: Aggregates::Unknown,
    };
    reader.clauses.reads_derived = tokens.first().is_some_and(|token| token.is_word("with"));
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
    filter_from: Option<usize>,
    projection_from: Option<usize>,
    clauses: Clauses,
    /// The tail of a query within parentheses.
    inner_tail: Tail,
    aggregates: Aggregates,
}

/// What the projection consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregates {
    All,
    /// `SELECT EXISTS (..)`: one row unless there is a FROM.
    Exists,
    No,
    Unknown,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn get(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at)
    }

    fn before(&self, at: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(at.checked_sub(1)?)
    }

    fn next_is(&self, at: usize, words: &[&str]) -> bool {
        self.get(at + 1)
            .is_some_and(|token| token.is_any_word(words))
    }

    fn tail(&mut self) -> &mut Tail {
        if self.base == 0 {
            &mut self.clauses.tail
        } else {
            &mut self.inner_tail
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
        let joins = |token: &Token<'_>| token.is_any_word(&["except", "intersect", "union"]);
        let stands_alone = match self.before(at) {
            None => true,
            Some(token) if token.is_any_word(&["all", "distinct"]) => {
                self.before(at - 1).is_some_and(joins)
            }
            Some(token) => token.kind == TokenKind::Open || joins(token),
        };
        let is_query = self.get(at + 1).is_some_and(|token| {
            token.kind == TokenKind::Open || token.is_any_word(&["select", "with"])
        });
        stands_alone && is_query
    }

    fn word(&mut self, at: usize, token: &Token<'_>) {
        if token.is_word("select") {
            self.end_clause(at);
            self.projection_from = Some(at + 1);
            self.clauses.is_distinct |= self.next_is(at, &["distinct"]);
            self.top(at + 1);
        } else if token.is_word("from") {
            // `IS DISTINCT FROM` compares.
            let is_comparison = at >= 2
                && self
                    .before(at)
                    .is_some_and(|token| token.is_word("distinct"))
                && self
                    .before(at - 1)
                    .is_some_and(|token| token.is_any_word(&["is", "not"]));
            if !is_comparison {
                self.end_clause(at);
                self.clauses.has_from = true;
                self.source(at + 1);
            }
        } else if token.is_word("join") {
            self.source(at + 1);
        } else if token.is_word("where") {
            self.end_clause(at);
            self.filters += 1;
            self.filter_from = Some(at + 1);
        } else if token.is_any_word(&["except", "intersect", "minus", "union"]) {
            self.end_clause(at);
            self.queries += 1;
        } else if token.is_word("group") && self.next_is(at, &["by"]) {
            self.end_clause(at);
            self.clauses.has_group_by = true;
        } else if token.is_word("order") && self.next_is(at, &["by"]) {
            self.end_clause(at);
            self.tail().has_order_by = true;
        } else if token.is_word("limit") {
            self.end_clause(at);
            self.limit(at + 1);
        } else if token.is_word("fetch") && self.next_is(at, &["first", "next"]) {
            self.end_clause(at);
            self.fetch(at + 2);
        } else if token.is_word("offset") {
            let is_clause = self
                .get(at + 1)
                .is_some_and(|token| token.is_value() || token.kind == TokenKind::Open);
            if is_clause {
                self.end_clause(at);
                self.tail().has_offset = true;
            }
        } else if token.is_word("for") && self.next_is(at, &["key", "no", "share", "update"])
            || token.is_word("lock") && self.next_is(at, &["in"])
        {
            self.end_clause(at);
            self.tail().is_locking = true;
        } else if token.is_any_word(&["having", "on", "returning", "set", "window"]) {
            self.end_clause(at);
        }
    }

    /// What stands in place of a table.
    fn source(&mut self, at: usize) {
        let is_lateral = self.get(at).is_some_and(|token| token.is_word("lateral"));
        let first = self.get(at + usize::from(is_lateral));
        self.clauses.reads_derived |= first.is_some_and(|token| token.kind == TokenKind::Open);
    }

    fn limit(&mut self, at: usize) {
        let Some(value) = self.get(at) else { return };
        let limit = limit_of(value);
        // MySQL and SQLite: `LIMIT offset, count`.
        let second = self
            .get(at + 1)
            .filter(|token| token.kind == TokenKind::Comma)
            .and_then(|_| self.get(at + 2));
        let tail = self.tail();
        match second {
            Some(count) => {
                tail.limit = limit_of(count);
                tail.has_offset = true;
            }
            None => tail.limit = limit,
        }
    }

    /// `FETCH FIRST n ROWS ONLY`, without a number one row.
    fn fetch(&mut self, at: usize) {
        let limit = match self.get(at) {
            Some(token) if token.is_any_word(&["row", "rows"]) => Limit::Rows(1),
            Some(_) if self.next_is(at, &["percent"]) => Limit::Bound,
            Some(token) => limit_of(token),
            None => return,
        };
        self.tail().limit = limit;
    }

    /// `SELECT TOP n`, `SELECT TOP (n)`.
    fn top(&mut self, at: usize) {
        let mut at = at;
        if self
            .get(at)
            .is_some_and(|token| token.is_any_word(&["all", "distinct"]))
        {
            at += 1;
        }
        if !self.get(at).is_some_and(|token| token.is_word("top")) {
            return;
        }
        if self
            .get(at + 1)
            .is_some_and(|token| token.kind == TokenKind::Open)
        {
            at += 1;
        }
        if let Some(value) = self.get(at + 1).filter(|token| token.is_value()) {
            let limit = limit_of(value);
            self.tail().limit = limit;
        }
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
        }
        if let Some(from) = self.projection_from.take() {
            let projection = self.tokens.get(from..at).unwrap_or_default();
            self.aggregates = aggregates(projection);
        }
    }

    fn finish(mut self) -> Clauses {
        self.end_clause(self.tokens.len());
        let mut clauses = self.clauses;
        clauses.has_where = self.filters >= self.queries;
        if self.queries == 1 {
            clauses.is_aggregate = !clauses.has_group_by
                && match self.aggregates {
                    Aggregates::All => true,
                    Aggregates::Exists => !clauses.has_from,
                    Aggregates::No | Aggregates::Unknown => false,
                };
            let tail = &mut clauses.tail;
            tail.has_order_by |= self.inner_tail.has_order_by;
            tail.has_offset |= self.inner_tail.has_offset;
            tail.is_locking |= self.inner_tail.is_locking;
            if tail.limit == Limit::Absent {
                tail.limit = self.inner_tail.limit;
            }
        } else {
            // What pins the rows of one query says nothing of the other.
            clauses.predicates.equalities.clear();
        }
        clauses
    }
}

fn limit_of(token: &Token<'_>) -> Limit {
    if token.kind != TokenKind::Literal {
        return if token.is_word("all") {
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

fn aggregates(projection: &[Token<'_>]) -> Aggregates {
    let mut depth = 0_usize;
    let mut all = Aggregates::Unknown;
    let items = projection.split(|token| {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenKind::Comma
    });
    for item in items {
        all = match (aggregate(item), all) {
            (Aggregates::All, Aggregates::Unknown | Aggregates::All) => Aggregates::All,
            (Aggregates::No | Aggregates::Unknown, _) | (_, Aggregates::No) => {
                return Aggregates::No;
            }
            _ => Aggregates::Exists,
        };
    }
    all
}

/// Whether one item of the projection is an aggregate: a call of one, or of
/// functions that keep to one row round it.
fn aggregate(item: &[Token<'_>]) -> Aggregates {
    let mut rest = item;
    loop {
        match rest {
            [not, tail @ ..] if not.is_word("not") => rest = tail,
            [open, tail @ ..] if open.kind == TokenKind::Open => rest = tail,
            [function, open, tail @ ..] if open.kind == TokenKind::Open => {
                if function.is_word("exists") {
                    return Aggregates::Exists;
                }
                if function.is_any_word(&["cast", "coalesce", "ifnull", "round"]) {
                    rest = tail;
                } else if is_aggregate_function(function, tail)
                    && !item.iter().any(|token| token.is_word("over"))
                {
                    return Aggregates::All;
                } else {
                    return Aggregates::No;
                }
            }
            _ => return Aggregates::No,
        }
    }
}

fn is_aggregate_function(function: &Token<'_>, arguments: &[Token<'_>]) -> bool {
    if function.is_any_word(&["max", "min"]) {
        // With two arguments they are functions of one row in SQLite.
        let mut depth = 0_usize;
        for token in arguments {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => break,
                TokenKind::Close => depth -= 1,
                TokenKind::Comma if depth == 0 => return false,
                _ => {}
            }
        }
        return true;
    }
    function.is_any_word(&[
        "array_agg",
        "avg",
        "bit_and",
        "bit_or",
        "bool_and",
        "bool_or",
        "count",
        "every",
        "group_concat",
        "json_agg",
        "json_arrayagg",
        "json_group_array",
        "json_group_object",
        "json_object_agg",
        "json_objectagg",
        "jsonb_agg",
        "jsonb_object_agg",
        "stddev",
        "string_agg",
        "sum",
        "total",
        "variance",
    ])
}
