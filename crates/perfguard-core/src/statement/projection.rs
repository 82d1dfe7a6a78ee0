//! The list after `SELECT` or `RETURNING`.

use super::keyword::Keyword as K;
use super::shape::Projection;
use super::token::{Token, TokenKind};

pub(super) struct Found {
    pub(super) columns: Projection,
    pub(super) rows: Rows,
}

/// How many rows a query without GROUP BY returns, by its projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rows {
    #[default]
    Many,
    /// It aggregates them.
    One,
    /// `SELECT EXISTS (..)`: one row unless there is a FROM.
    OneWithoutFrom,
}

pub(super) fn read(list: &[Token<'_>]) -> Found {
    let list = after_modifiers(list);
    Found {
        columns: columns(list),
        rows: rows(list),
    }
}

/// The items of a projection.
fn items<'t, 'a>(list: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_usize;
    list.split(move |token| {
        match token.kind {
            TokenKind::Open | TokenKind::OpenBracket => depth += 1,
            TokenKind::Close | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenKind::Comma
    })
}

fn columns(list: &[Token<'_>]) -> Projection {
    let is_star = |item: &[Token<'_>]| match item {
        [star] => star.is_operator("*"),
        [.., dot, star] => dot.kind == TokenKind::Dot && star.is_operator("*"),
        [] => false,
    };
    if list.is_empty() {
        return Projection::Columns(0);
    }
    if items(list).any(is_star) {
        return Projection::Star;
    }
    Projection::Columns(items(list).count())
}

/// What comes after `ALL`, `DISTINCT ON (..)`, `TOP (n)` and the like.
fn after_modifiers<'t, 'a>(list: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut list = list;
    loop {
        list = match list {
            [distinct, on, open, rest @ ..]
                if distinct.is(K::Distinct) && on.is(K::On) && open.kind == TokenKind::Open =>
            {
                return after_parentheses(rest);
            }
            [top, open, rest @ ..] if top.is(K::Top) && open.kind == TokenKind::Open => {
                after_parentheses(rest)
            }
            [top, value, rest @ ..] if top.is(K::Top) && value.is_value() => rest,
            [with, ties, rest @ ..] if with.is(K::With) && ties.is(K::Ties) => rest,
            [modifier, rest @ ..] if is_modifier(modifier) => rest,
            list => return list,
        };
    }
}

/// What comes after the parenthesis that closes.
fn after_parentheses<'t, 'a>(list: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut depth = 1_usize;
    for (at, token) in list.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return list.get(at + 1..).unwrap_or_default();
        }
    }
    &[]
}

fn is_modifier(token: &Token<'_>) -> bool {
    const SQL: &str = "sql_";

    token.is_any(&[
        K::All,
        K::Distinct,
        K::HighPriority,
        K::Percent,
        K::StraightJoin,
    ]) || token.kind == TokenKind::Word
        && token
            .text
            .get(..SQL.len())
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(SQL))
}

fn rows(list: &[Token<'_>]) -> Rows {
    let mut rows = Rows::Many;
    for item in items(list) {
        match item {
            [exists, ..] if exists.is(K::Exists) => {}
            [not, exists, ..] if not.is(K::Not) && exists.is(K::Exists) => {}
            item if has_aggregate(item) => {
                rows = Rows::One;
                continue;
            }
            item if is_constant(item) => continue,
            _ => return Rows::Many,
        }
        if rows == Rows::Many {
            rows = Rows::OneWithoutFrom;
        }
    }
    rows
}

/// Whether an item calls an aggregate at any depth, but not in a subquery, as a
/// window function, or within what makes rows of its value.
fn has_aggregate(item: &[Token<'_>]) -> bool {
    let mut rest = item;
    while let [token, tail @ ..] = rest {
        rest = tail;
        let [open, inner @ ..] = tail else { break };
        if token.kind == TokenKind::Open && open.starts_query() {
            rest = after_parentheses(tail);
            continue;
        }
        if token.is(K::Within) && open.is(K::Group) {
            // Whatever function came before: it aggregates.
            return !is_window(
                inner
                    .split_first()
                    .map_or(&[], |(_, rest)| after_parentheses(rest)),
            );
        }
        if token.kind != TokenKind::Word || open.kind != TokenKind::Open {
            continue;
        }
        if makes_rows(token.text) {
            return false;
        }
        if is_aggregate_function(token, inner) {
            return !is_window(after_parentheses(inner));
        }
    }
    false
}

/// `OVER`, after `FILTER (..)` and `WITHIN GROUP (..)`.
fn is_window(after: &[Token<'_>]) -> bool {
    let mut after = after;
    loop {
        after = match after {
            [over, ..] if over.is(K::Over) => return true,
            [filter, open, rest @ ..] if filter.is(K::Filter) && open.kind == TokenKind::Open => {
                after_parentheses(rest)
            }
            [within, group, open, rest @ ..]
                if within.is(K::Within) && group.is(K::Group) && open.kind == TokenKind::Open =>
            {
                after_parentheses(rest)
            }
            _ => return false,
        };
    }
}

/// Functions that return a row for each part of their argument.
pub(super) fn makes_rows(function: &str) -> bool {
    let name = function.to_ascii_lowercase();
    name == "unnest"
        || name.ends_with("_each")
        || name.ends_with("_each_text")
        || name.ends_with("_elements")
        || name.ends_with("_elements_text")
        || name.ends_with("_object_keys")
        || name.ends_with("_to_recordset")
        || matches!(
            name.as_str(),
            "generate_series"
                | "generate_subscripts"
                | "json_table"
                | "openjson"
                | "regexp_matches"
                | "regexp_split_to_table"
                | "string_to_table"
        )
}

/// Whether an item has one value for all rows: it names no column.
fn is_constant(item: &[Token<'_>]) -> bool {
    match item {
        [] => false,
        [open, query, rest @ ..] if open.kind == TokenKind::Open && query.is(K::Select) => {
            is_alias(after_parentheses(rest))
        }
        [first, rest @ ..] => {
            let opens = |rest: &[Token<'_>]| {
                rest.first()
                    .is_some_and(|token| token.kind == TokenKind::Open)
            };
            if first.kind == TokenKind::Word && opens(rest) {
                // `now()`
                return matches!(rest, [_, close, rest @ ..]
                    if close.kind == TokenKind::Close && is_alias(rest));
            }
            match rest {
                [cast, _, rest @ ..] if first.is_value() && cast.kind == TokenKind::Cast => {
                    is_alias(rest)
                }
                rest => first.is_value() && is_alias(rest),
            }
        }
    }
}

fn is_alias(rest: &[Token<'_>]) -> bool {
    match rest {
        [] => true,
        [alias] => alias.is_name(),
        [as_word, alias] => as_word.is(K::As) && alias.is_name(),
        _ => false,
    }
}

fn is_aggregate_function(function: &Token<'_>, arguments: &[Token<'_>]) -> bool {
    if function.is_any(&[K::Max, K::Min]) {
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
    // The one that is longer than a keyword may be.
    function.text.eq_ignore_ascii_case("json_group_object")
        || function.is_any(&[
            K::AnyValue,
            K::ArrayAgg,
            K::Avg,
            K::BitAnd,
            K::BitOr,
            K::BitXor,
            K::BoolAnd,
            K::BoolOr,
            K::Corr,
            K::Count,
            K::Every,
            K::GroupConcat,
            K::JsonAgg,
            K::JsonArrayagg,
            K::JsonGroupArray,
            K::JsonObjectAgg,
            K::JsonObjectagg,
            K::JsonbAgg,
            K::JsonbObjectAgg,
            K::Std,
            K::Stddev,
            K::StddevPop,
            K::StddevSamp,
            K::StringAgg,
            K::Sum,
            K::Total,
            K::VarPop,
            K::VarSamp,
            K::Variance,
            K::Xmlagg,
        ])
}
