//! `format_sql`: only where a value stands. Names of tables cannot be bound.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    BinOp, Block, Expr, ExprAssign, ExprBinary, ExprCall, ExprMethodCall, ExprReference, Item,
    Local, PatIdent,
};

use crate::catalog::FORMAT_SQL;
use crate::macros;
use crate::strict::Finding;
use crate::strict::marks::{Made, argument, names_marks};
use crate::syntax::{
    Placeholder, bound, callee, chain, has_word, is_constant, is_known, is_one_of, is_type_name,
    last, peel, placeholders, qualifier, spoken_name, text, variable,
};

pub(super) fn find(body: &Block) -> Vec<Finding> {
    let mut formats = Formats {
        texts: HashMap::new(),
        made: Made::default(),
        found: Vec::new(),
    };
    formats.visit_block(body);
    formats.found
}

struct Formats<'a> {
    /// Variables that were bound to a formatted text.
    texts: HashMap<String, &'a ExprCall>,
    made: Made<'a>,
    found: Vec<Finding>,
}

/// Functions whose text is SQL, and which argument it is.
fn sql_of(call: &ExprCall) -> Option<&Expr> {
    let path = callee(call)?;
    let name = last(path)?;
    let of = qualifier(path);
    let is_sqlx = || of.is_none_or(|it| it == "sqlx");
    let takes_it_first = is_one_of(name, &["raw_sql", "sql_query"])
        || (is_sqlx()
            && is_one_of(
                name,
                &[
                    "query",
                    "query_as",
                    "query_as_with",
                    "query_scalar",
                    "query_with",
                ],
            ))
        || (*name == "sql" && call.args.len() == 1 && of.is_none_or(|it| it == "dsl"));
    let takes_it_second = is_one_of(name, &["from_sql_and_values", "from_string"])
        && of.is_some_and(|it| it == "Statement");
    let at = match (takes_it_first, takes_it_second) {
        (true, _) => 0,
        (_, true) => 1,
        _ => return None,
    };
    call.args.iter().nth(at)
}

impl<'a> Formats<'a> {
    /// The `format!(..)` that a text comes from.
    fn formatted(&self, expr: &'a Expr) -> Option<&'a ExprCall> {
        let (root, _) = chain(expr);
        match root {
            Expr::Call(it) if macros::is_opened_as(it, &["format"]) => Some(it),
            // `AssertSqlSafe(format!(..))`
            Expr::Call(it)
                if it.args.len() == 1 && callee(it).and_then(last).is_some_and(is_type_name) =>
            {
                self.formatted(it.args.first()?)
            }
            _ => self.texts.get(&variable(root)?.to_string()).copied(),
        }
    }

    fn look_at(&mut self, sql: &'a Expr) {
        let Some(format) = self.formatted(sql) else {
            return;
        };
        let Some(literal) = format.args.first().and_then(text) else {
            return;
        };
        let value = literal.value();
        let mut next = 1;
        let is_bad = placeholders(&value).any(|it| {
            let argument = argument(format, 0, &it, &mut next);
            is_value(&it) && self.is_risky(argument, it.name)
        });
        if is_bad {
            self.found.push(Finding {
                lint: &FORMAT_SQL,
                span: literal.span(),
                message: "a value is formatted into SQL: bind it, with `.bind(..)` or by the query builder. \
                          What a user sends can change the statement, and each value makes a new one"
                    .to_owned(),
            });
        }
    }
}

impl Formats<'_> {
    /// Whether an argument, or the variable that is named in its place, is a value.
    fn is_risky(&self, argument: Option<&Expr>, name: &str) -> bool {
        // How it is made says more than how it is called.
        let variable = argument.map_or_else(
            || syn::parse_str::<Ident>(name).ok(),
            |it| variable(it).cloned(),
        );
        let made = variable
            .as_ref()
            .and_then(|it| self.made.of(&it.to_string()));
        if argument.or(made).is_some_and(|it| self.made.are_marks(it)) {
            return false;
        }
        let is_misnamed = variable.is_some_and(|it| names_marks(&it))
            && made.is_some_and(|it| self.made.are_values(it));
        is_misnamed || (argument.is_none_or(|it| !is_harmless(it)) && is_value_name(name))
    }
}

/// `'{x}'`, `= {}` or `in ({})`.
fn is_value(it: &Placeholder<'_>) -> bool {
    let before = it.before.trim_end();
    let quoted = it.before.trim_end_matches('%').ends_with('\'')
        && it.after.trim_start_matches('%').starts_with('\'');
    // `a.id = {alias}.id`, `= {prefix}_name`, `= {function}(..)`
    let goes_on = it.after.starts_with(|sign: char| {
        sign.is_alphanumeric() || matches!(sign, '.' | '_' | '(' | '"' | '`' | '{')
    });
    let compared = before.ends_with('=') && !goes_on;
    let listed = before.strip_suffix('(').is_some_and(|it| {
        let word = it.trim_end().rsplit(char::is_whitespace).next();
        word.is_some_and(|it| it.eq_ignore_ascii_case("in"))
    }) && it.after.trim_start().starts_with(')');
    quoted || compared || listed
}

/// Texts of placeholders, such as `?, ?, ?`, and constants.
fn is_harmless(argument: &Expr) -> bool {
    is_known(argument) || spoken_name(argument).is_some_and(|it| !is_value_ident(it))
}

fn is_value_name(name: &str) -> bool {
    syn::parse_str::<Ident>(name).map_or(true, |it| is_value_ident(&it))
}

fn is_value_ident(name: &Ident) -> bool {
    let parts = ["col", "column", "columns", "sql", "subquery", "table"];
    !is_constant(name) && !has_word(name, &parts) && !names_marks(name)
}

impl<'a> Visit<'a> for Formats<'a> {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_local(&mut self, local: &'a Local) {
        visit::visit_local(self, local);
        self.made.note(local);
        if let (Some(init), [name]) = (&local.init, bound(&local.pat).as_slice()) {
            match peel(&init.expr) {
                Expr::Call(it) if macros::is_opened_as(it, &["format"]) => {
                    self.texts.insert(name.to_string(), it);
                }
                _ => {
                    self.texts.remove(&name.to_string());
                }
            }
        }
    }

    fn visit_pat_ident(&mut self, it: &'a PatIdent) {
        self.made.forget(&it.ident);
        visit::visit_pat_ident(self, it);
    }

    fn visit_expr_assign(&mut self, it: &'a ExprAssign) {
        self.made.see_value(&it.left, &it.right);
        visit::visit_expr_assign(self, it);
    }

    fn visit_expr_binary(&mut self, it: &'a ExprBinary) {
        if matches!(it.op, BinOp::AddAssign(_)) {
            self.made.see_value(&it.left, &it.right);
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_expr_reference(&mut self, it: &'a ExprReference) {
        if it.mutability.is_some() {
            self.made.see_lent(&it.expr);
        }
        visit::visit_expr_reference(self, it);
    }

    fn visit_expr_call(&mut self, it: &'a ExprCall) {
        if let Some(sql) = sql_of(it) {
            self.look_at(sql);
        }
        if self.made.see_write(it) {
            for argument in it.args.iter().skip(1) {
                self.visit_expr(argument);
            }
            return;
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
        let takes_sql = [
            "batch_execute",
            "execute_unprepared",
            "query_unprepared",
            "simple_query",
        ];
        if is_one_of(&it.method, &takes_sql)
            && let Some(sql) = it.args.first()
        {
            self.look_at(sql);
        }
        self.made.see_method(it);
        visit::visit_expr_method_call(self, it);
    }
}
