//! What a query begins with, and which crate it is of.

use syn::{Expr, ExprCall};

use crate::macros;
use crate::syntax::{
    callee, chain, ends_with, has_word, is_one_of, is_type_name, last, peel, qualifier, text,
};

/// The crates that a workspace asks databases with.
///
/// `.insert(db)` is a query with SeaORM, and anything else without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orms {
    /// `diesel` or `diesel-async`
    pub diesel: bool,
    /// `sea-orm`
    pub sea_orm: bool,
    /// `sqlx`
    pub sqlx: bool,
}

impl Orms {
    /// All that are known.
    pub const ALL: Self = Self {
        diesel: true,
        sea_orm: true,
        sqlx: true,
    };

    /// None of them.
    pub const NONE: Self = Self {
        diesel: false,
        sea_orm: false,
        sqlx: false,
    };

    /// With the one that this package brings, if it brings one.
    #[must_use]
    pub fn with_dependency(mut self, package: &str) -> Self {
        self.diesel |= matches!(package, "diesel" | "diesel-async");
        self.sea_orm |= package == "sea-orm";
        self.sqlx |= matches!(package, "sqlx" | "sqlx-core");
        self
    }
}

/// What a query begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) orm: Orm,
    pub(crate) writes: bool,
    /// Whether its SQL is about tables and settings, not about rows.
    pub(crate) is_schema: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orm {
    Diesel,
    Sea,
    Sqlx,
}

/// What a root begins, if it begins a query.
pub(crate) fn origin(root: &Expr) -> Option<Origin> {
    let of = |orm, writes| Origin {
        orm,
        writes,
        is_schema: false,
    };
    let reads = |orm| Some(of(orm, false));
    let changes = |orm| Some(of(orm, true));
    match root {
        Expr::Call(call) if macros::opened(call).is_some() => sqlx_macro(call),
        Expr::Call(call) => {
            let path = callee(call)?;
            let name = last(path)?.to_string();
            let before = qualifier(path);
            let alone_or_diesels = before.is_none_or(|it| it == "diesel");
            match name.as_str() {
                "insert_into" | "insert_or_ignore_into" | "replace_into" => changes(Orm::Diesel),
                "update" | "delete" if alone_or_diesels && call.args.len() == 1 => {
                    changes(Orm::Diesel)
                }
                // Values say that it is no schema or setting.
                "from_sql_and_values" if before.is_some_and(|it| it == "Statement") => {
                    Some(of_sql(Orm::Sea, call.args.iter().nth(1)))
                }
                "sql_query" => Some(Origin {
                    writes: false,
                    ..of_sql(Orm::Diesel, call.args.first())
                }),
                "select" if alone_or_diesels => reads(Orm::Diesel),
                "find" if call.args.is_empty() && before.is_some() => reads(Orm::Sea),
                "find_by_id" | "find_by_statement" | "find_linked" | "find_related"
                    if before.is_some_and(is_type_name) =>
                {
                    reads(Orm::Sea)
                }
                "delete" | "delete_by_id" | "delete_many" | "insert" | "insert_many" | "update"
                | "update_many"
                    if before.is_some_and(is_type_name) =>
                {
                    changes(Orm::Sea)
                }
                "query" | "query_as" | "query_as_with" | "query_scalar" | "query_scalar_with"
                | "query_with" | "raw_sql" => Some(of_sql(Orm::Sqlx, call.args.first())),
                _ => None,
            }
        }
        Expr::Path(it) if ends_with(&it.path, &["table"]) && it.path.segments.len() > 1 => {
            reads(Orm::Diesel)
        }
        _ => None,
    }
}

/// Whether a root is a call of a function that may be anybody's: `delete(url)`, whereas
/// `delete(posts::table)` and `delete(posts.find(id))` are Diesel's.
pub(crate) fn may_be_anybodys(root: &Expr) -> bool {
    let Expr::Call(call) = root else {
        return false;
    };
    let is_diesels = |it: &Expr| {
        let (root, methods) = chain(it);
        let is_path = matches!(root, Expr::Path(it) if it.path.segments.len() > 1);
        is_path
            || methods
                .iter()
                .any(|it| crate::query::is_builder(&it.method))
    };
    callee(call).is_some_and(|it| {
        qualifier(it).is_none()
            && last(it).is_some_and(|it| is_one_of(it, &["delete", "select", "update"]))
    }) && !call.args.iter().any(is_diesels)
}

fn sqlx_macro(call: &ExprCall) -> Option<Origin> {
    let names = [
        "query",
        "query_as",
        "query_as_unchecked",
        "query_file",
        "query_file_as",
        "query_file_scalar",
        "query_scalar",
        "query_scalar_unchecked",
        "query_unchecked",
    ];
    let sql = call.args.iter().find(|it| text(it).is_some());
    macros::is_opened_as(call, &names).then(|| of_sql(Orm::Sqlx, sql))
}

fn of_sql(orm: Orm, sql: Option<&Expr>) -> Origin {
    Origin {
        orm,
        writes: sql.is_some_and(changes_data),
        is_schema: sql.is_some_and(is_about_schema),
    }
}

/// Whether a text is SQL that does not read.
fn changes_data(sql: &Expr) -> bool {
    const VERBS: &[&str] = &[
        "alter", "create", "delete", "drop", "insert", "replace", "truncate", "update",
    ];
    begins_with(sql, VERBS)
}

/// Whether SQL is about tables and settings: `"PRAGMA .."`, `format!("CREATE TABLE ..")`,
/// `create_partition(table, day)`.
pub(crate) fn is_about_schema(sql: &Expr) -> bool {
    const VERBS: &[&str] = &[
        "alter", "analyze", "attach", "create", "detach", "drop", "grant", "pragma", "reindex",
        "revoke", "set", "truncate", "vacuum",
    ];
    const PARTS: &[&str] = &["column", "index", "partition", "schema", "table", "view"];
    let by_name = |call: &ExprCall| {
        let name = callee(call).and_then(last);
        name.is_some_and(|it| {
            let verb = it.to_string();
            let verb = verb.split('_').next().unwrap_or_default();
            has_word(it, PARTS) && ["alter", "create", "drop"].contains(&verb)
        })
    };
    begins_with(sql, VERBS) || matches!(peel(sql), Expr::Call(it) if by_name(it))
}

fn begins_with(sql: &Expr, verbs: &[&str]) -> bool {
    if let Some(sql) = text(sql) {
        let sql = sql.value();
        let verb = sql.split_whitespace().next().unwrap_or_default();
        return verbs.iter().any(|it| verb.eq_ignore_ascii_case(it));
    }
    match peel(sql) {
        // `format!(..)`, `AssertSqlSafe(format!(..))`
        Expr::Call(it)
            if macros::is_opened_as(it, &["concat", "format"])
                || callee(it).and_then(last).is_some_and(is_type_name) =>
        {
            it.args.first().is_some_and(|it| begins_with(it, verbs))
        }
        _ => false,
    }
}
