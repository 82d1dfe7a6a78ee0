//! What differs between databases: how they explain, what they say of their
//! tables, how an index is tried out.

mod count;
mod mysql;
mod postgres;
mod shadow;
mod sqlite;

use perfguard_core::statement::Dialect;
use serde_json::Value;

use crate::index::NewIndex;
use crate::plan::Plan;
use crate::schema::Table;
use crate::session::{Cells, Connection};
use crate::sql::{Source, Stand, Token};

pub(crate) use count::count;

/// A statement to be explained.
pub(crate) struct Text<'a> {
    pub(crate) tokens: &'a [Token],
    /// What stands for the values at these positions.
    pub(crate) stands: &'a [(usize, Stand)],
    /// The tables that it names, as far as they are known.
    pub(crate) tables: &'a [(Source, Table)],
}

/// Sees to it that the statements to come can be explained.
pub(crate) async fn prepare<C: Connection>(connection: &mut C) -> Result<(), String> {
    match connection.dialect() {
        Dialect::MySql => Ok(()),
        Dialect::Postgres => postgres::prepare(connection).await,
        _ => sqlite::prepare(connection).await,
    }
}

/// Takes back what [`prepare`] did, as far as rolling back does not.
pub(crate) async fn finish<C: Connection>(connection: &mut C) {
    match connection.dialect() {
        Dialect::MySql | Dialect::Postgres => {}
        _ => sqlite::finish(connection).await,
    }
}

/// Reads a table and its indexes; `None` if there is no table of that name, or
/// none that could have an index.
pub(crate) async fn table<C: Connection>(
    connection: &mut C,
    source: &Source,
) -> Result<Option<Table>, String> {
    match connection.dialect() {
        Dialect::MySql => mysql::table(connection, source).await,
        Dialect::Postgres => postgres::table(connection, source).await,
        _ => sqlite::table(connection, source).await,
    }
}

/// Puts a copy over a table, where the plans of the real one would be those of
/// a few rows. Whether it does: a right may be missing.
pub(crate) async fn shadow<C: Connection>(connection: &mut C, source: &Source) -> bool {
    const POINT: &str = "perfguard_shadow";
    if connection.dialect() != Dialect::Postgres
        || connection.run(&format!("SAVEPOINT {POINT}")).await.is_err()
    {
        return false;
    }
    let cast = postgres::shadow(connection, source).await;
    if cast.is_err() {
        let _ = connection
            .run(&format!("ROLLBACK TO SAVEPOINT {POINT}"))
            .await;
    }
    let _ = connection.run(&format!("RELEASE SAVEPOINT {POINT}")).await;
    cast.is_ok()
}

/// All foreign keys: the schema, if it is not the default one, the table, the
/// key's name, a column, the table that it refers to.
pub(crate) async fn foreign_keys<C: Connection>(connection: &mut C) -> Result<Vec<Cells>, String> {
    let sql = match connection.dialect() {
        Dialect::MySql => mysql::FOREIGN_KEYS,
        Dialect::Postgres => postgres::FOREIGN_KEYS,
        _ => sqlite::FOREIGN_KEYS,
    };
    connection.read(sql).await
}

/// All indexes: the schema, the table, the index's name, a column, whether it is
/// partial.
pub(crate) async fn all_indexes<C: Connection>(connection: &mut C) -> Result<Vec<Cells>, String> {
    let sql = match connection.dialect() {
        Dialect::MySql => mysql::INDEXES,
        Dialect::Postgres => postgres::INDEXES,
        _ => sqlite::INDEXES,
    };
    connection.read(sql).await
}

/// The plan of a statement, with these indexes more. What it takes is undone
/// by the caller's savepoint, or here.
pub(crate) async fn explain<C: Connection>(
    connection: &mut C,
    text: &Text<'_>,
    indexes: &[&NewIndex],
) -> Result<Plan, String> {
    match connection.dialect() {
        Dialect::MySql => mysql::explain(connection, text, indexes).await,
        Dialect::Postgres => postgres::explain(connection, text, indexes).await,
        _ => sqlite::explain(connection, text, indexes).await,
    }
}

/// Takes back what a statement that failed has left beside the transaction.
pub(crate) async fn clean_up<C: Connection>(connection: &mut C) {
    if connection.dialect() == Dialect::Postgres {
        postgres::clean_up(connection).await;
    }
}

/// A name, quoted.
pub(crate) fn quoted(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A name, and that of its schema before it, if there is one.
fn path(schema: Option<&str>, name: &str, dialect: Dialect) -> String {
    let name = quoted(name, dialect);
    match schema {
        Some(schema) => format!("{}.{name}", quoted(schema, dialect)),
        None => name,
    }
}

/// A plan that is JSON, in the first column.
fn json(rows: Vec<Cells>) -> Result<Value, String> {
    let cells = rows
        .into_iter()
        .filter_map(|row| row.into_iter().next().flatten());
    let json: String = cells.collect();
    serde_json::from_str(&json).map_err(|error| format!("the plan is no JSON: {error}"))
}

/// A text as a literal. No value of the application is ever written so, only
/// names of its schema.
pub(crate) fn literal(text: &str, dialect: Dialect) -> String {
    let escaped = match dialect {
        Dialect::MySql => text.replace('\\', "\\\\"),
        _ => text.to_owned(),
    };
    format!("'{}'", escaped.replace('\'', "''"))
}

/// Writes tokens in a dialect. `value` writes what stands for the value at a
/// position.
pub(crate) fn written(
    tokens: &[Token],
    dialect: Dialect,
    mut value: impl FnMut(usize) -> String,
) -> String {
    let mut sql = String::new();
    let mut before: Option<&Token> = None;
    for (at, token) in tokens.iter().enumerate() {
        let joins = matches!(
            token,
            Token::Dot | Token::Cast | Token::Comma | Token::Close
        ) || matches!(before, None | Some(Token::Dot | Token::Cast | Token::Open))
            || (*token == Token::Open && is_call(before));
        if !joins {
            sql.push(' ');
        }
        match token {
            Token::Bind => sql.push_str(&value(at)),
            Token::Cast => sql.push_str("::"),
            Token::Close => sql.push(')'),
            Token::Comma => sql.push(','),
            Token::Dot => sql.push('.'),
            Token::Open => sql.push('('),
            Token::Operator(operator) => sql.push_str(operator),
            Token::Quoted(name) => sql.push_str(&quoted(name, dialect)),
            Token::Word(word) => sql.push_str(word),
        }
        before = Some(token);
    }
    sql
}

/// MySQL takes a function for one only where its parenthesis follows at once.
fn is_call(before: Option<&Token>) -> bool {
    before.is_some_and(|token| match token {
        Token::Word(word) => !matches!(
            word.as_str(),
            "and"
                | "any"
                | "as"
                | "exists"
                | "from"
                | "in"
                | "join"
                | "not"
                | "on"
                | "or"
                | "select"
                | "values"
                | "where"
        ),
        _ => false,
    })
}

/// How many values stand at a position where canonical text keeps one.
///
/// Of a list, `in (?)`, two: one value is no list to a planner. Of a row that
/// is compared, `(a, b) < (?)`, as many as it is compared with.
pub(crate) fn values_at(tokens: &[Token], at: usize) -> usize {
    if tokens.get(at + 1) != Some(&Token::Close) {
        return 1;
    }
    let before = |back: usize| at.checked_sub(back).and_then(|it| tokens.get(it));
    let (row, open) = match (before(3), before(2), before(1)) {
        // `(a, b) in ((?))`
        (Some(word), Some(Token::Open), Some(Token::Open)) if word.is("in") => (4, None),
        (_, Some(word), Some(Token::Open)) if word.is("in") => return 2,
        (_, Some(Token::Operator(_)), Some(Token::Open)) => (3, before(3)),
        _ => return 1,
    };
    let last = open.or_else(|| before(row));
    match (last, at.checked_sub(row)) {
        (Some(Token::Close), Some(end)) => items_before(tokens, end),
        _ => 1,
    }
}

/// How many items stand in the parentheses that close at `end`.
fn items_before(tokens: &[Token], end: usize) -> usize {
    let mut depth = 0_usize;
    let mut items = 1;
    for token in tokens.get(..=end).unwrap_or_default().iter().rev() {
        match token {
            Token::Close => depth += 1,
            Token::Open => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            Token::Comma if depth == 1 => items += 1,
            _ => {}
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::values_at;
    use crate::sql::{Token, tokens};

    #[test]
    fn lists_and_rows_have_their_values() {
        for (text, values) in [
            ("select a from t where b = ?", 1),
            ("select a from t where b in (?)", 2),
            ("select a from t where (b, c) < (?)", 2),
            ("select a from t where (b, lower(c), d) >= (?)", 3),
            ("select a from t where (b, c) in ((?))", 2),
            ("select a from t where b = (?)", 1),
            ("select a from t where b > lower(?)", 1),
        ] {
            let tokens = tokens(text);
            let at = tokens.iter().position(|it| *it == Token::Bind);
            assert_eq!(at.map(|at| values_at(&tokens, at)), Some(values), "{text}");
        }
    }
}
