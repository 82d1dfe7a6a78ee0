//! What asks a database, by the names of methods.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprClosure, ExprMethodCall, FnArg, Generics, Item, Local};

use crate::connection::{Aliases, Connections};
use crate::orm::{Origin, Orm, Orms, is_about_schema, may_be_anybodys, origin};
use crate::syntax::{
    bound, callee, chain, is_constant, is_one_of, is_type_name, last, peel, variable,
};

/// A call that sends a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// By which crate it is sent, where its name says so.
    pub(crate) orm: Option<Orm>,
    pub(crate) writes: bool,
    /// Whether it gives a list.
    pub(crate) gives_many: bool,
    /// Whether it may be about tables or settings: the connection is the receiver,
    /// `conn.execute(statement)`, or the SQL says so.
    pub(crate) is_raw: bool,
}

/// Methods that make a query of a query.
const BUILDERS: &[&str] = &[
    "as_query",
    "belonging_to",
    "bind",
    "column",
    "column_as",
    "count",
    "cursor_by",
    "default_values",
    "distinct",
    "distinct_on",
    "do_update",
    "filter",
    "find",
    "find_also_linked",
    "find_also_related",
    "find_with_related",
    "for_update",
    "group_by",
    "having",
    "inner_join",
    "into_boxed",
    "into_json",
    "into_model",
    "into_partial_model",
    "into_tuple",
    "join",
    "left_join",
    "left_outer_join",
    "limit",
    "offset",
    "on_conflict",
    "on_conflict_do_nothing",
    "or_filter",
    "order",
    "order_by",
    "order_by_asc",
    "order_by_desc",
    "returning",
    "select",
    "select_only",
    "set",
    "single_value",
    "then_order_by",
    "values",
];

/// Whether a method makes a query of a query.
pub(crate) fn is_builder(method: &Ident) -> bool {
    is_one_of(method, BUILDERS)
}

/// What a function knows of its variables: its connections, and the queries that it has begun.
pub(crate) struct Known<'a> {
    orms: Orms,
    pub(crate) connections: Connections,
    /// What each of these variables was made of.
    queries: HashMap<String, Vec<&'a Expr>>,
    /// Variables that are SQL about tables and settings.
    schemas: HashSet<String>,
}

impl<'a> Known<'a> {
    /// What is known in a body with these parameters.
    pub(crate) fn of(
        inputs: impl IntoIterator<Item = &'a FnArg>,
        generics: Option<&'a Generics>,
        body: &'a Block,
        orms: Orms,
        aliases: &Aliases,
    ) -> Self {
        let mut known = Self {
            orms,
            connections: Connections::of(inputs, generics, aliases),
            queries: HashMap::new(),
            schemas: HashSet::new(),
        };
        Reading(&mut known).visit_block(body);
        known
    }

    /// The origin of a chain, and the builders on the way, also those of a variable that it
    /// begins with.
    pub(crate) fn built<'e>(&self, expr: &'e Expr) -> (Option<Origin>, Vec<&'e ExprMethodCall>)
    where
        'a: 'e,
    {
        let mut methods = Vec::new();
        let mut found = None;
        self.follow(expr, &mut found, &mut methods, 0);
        (found, methods)
    }

    fn follow<'e>(
        &self,
        expr: &'e Expr,
        found: &mut Option<Origin>,
        methods: &mut Vec<&'e ExprMethodCall>,
        depth: u32,
    ) where
        'a: 'e,
    {
        let (root, chained) = chain(expr);
        methods.extend(chained);
        *found = found.or_else(|| origin(root));
        // `query = query.filter(..)` is made of itself.
        if depth < 3
            && let Some(name) = variable(root)
        {
            for made_of in self.queries.get(&name.to_string()).into_iter().flatten() {
                self.follow(made_of, found, methods, depth + 1);
            }
        }
    }

    /// The query that a method sends, if it sends one.
    pub(crate) fn query(&self, call: &ExprMethodCall) -> Option<Query> {
        let query = self.sent(call)?;
        let (origin, _) = self.built(&call.receiver);
        let is_named = || {
            let sql = sql_of(&call.receiver).and_then(|it| variable(chain(it).0));
            sql.is_some_and(|it| self.schemas.contains(&it.to_string()))
        };
        if origin.is_some_and(|it| it.is_schema) || is_named() {
            return Some(Query {
                writes: true,
                is_raw: true,
                ..query
            });
        }
        Some(query)
    }

    fn sent(&self, call: &ExprMethodCall) -> Option<Query> {
        let first = call.args.first();
        if matches!(first, Some(Expr::Closure(_))) {
            return None;
        }
        let name = call.method.to_string();
        let on_connection = || first.is_some_and(|it| self.connections.has(it));
        let by_connection = || self.connections.has(&call.receiver);
        let built = || {
            let (origin, methods) = self.built(&call.receiver);
            let is_built = origin.is_some() || methods.iter().any(|it| is_builder(&it.method));
            (origin, is_built)
        };
        let of = |orm| built().0.is_some_and(|it| it.orm == orm);
        // `authors::table.find(id).first(c)`: the chain says it, whatever the connection's name.
        let of_diesel = || {
            let is_certain = || {
                let (root, methods) = chain(&call.receiver);
                !may_be_anybodys(root) || methods.iter().any(|it| is_builder(&it.method))
            };
            of(Orm::Diesel) && is_place(first) && is_certain()
        };
        let sends = |orm, gives_many| {
            let writes = built().0.is_some_and(|it| it.writes);
            Some(Query {
                orm: Some(orm),
                writes,
                gives_many,
                is_raw: false,
            })
        };
        let writes = |orm| {
            Some(Query {
                orm,
                writes: true,
                gives_many: false,
                is_raw: false,
            })
        };
        let raw = |writes| {
            Some(Query {
                orm: None,
                writes,
                gives_many: false,
                is_raw: true,
            })
        };
        // `db.query_one(Statement::from_sql_and_values(..))`
        let statement = || {
            let (origin, _) = first.map(|it| self.built(it))?;
            let of_sea = origin.filter(|it| it.orm == Orm::Sea)?;
            Some(Query {
                orm: Some(Orm::Sea),
                writes: of_sea.writes || name.starts_with("execute"),
                gives_many: name.starts_with("query_all"),
                is_raw: false,
            })
        };
        let Orms {
            diesel,
            sea_orm,
            sqlx,
        } = self.orms;
        match (name.as_str(), call.args.len()) {
            // `AtomicBool::load(Ordering::Relaxed)`
            ("load", 1) if first.is_some_and(is_memory_ordering) => None,
            ("get_results" | "load" | "load_iter" | "load_stream", 1)
                if diesel && (on_connection() || built().1 && is_place(first)) =>
            {
                sends(Orm::Diesel, name != "load_iter" && name != "load_stream")
            }
            ("first" | "get_result", 1) if diesel && (on_connection() || of_diesel()) => {
                sends(Orm::Diesel, false)
            }
            ("save_changes", 1) if diesel && on_connection() => writes(Some(Orm::Diesel)),
            ("execute", 1) if ((diesel || sqlx) && on_connection()) || (diesel && of_diesel()) => {
                let orm = built().0.map(|it| it.orm);
                writes(
                    orm.or((!sqlx).then_some(Orm::Diesel))
                        .or((!diesel).then_some(Orm::Sqlx)),
                )
            }
            ("fetch_all" | "fetch_many", 1) if sqlx && (on_connection() || of(Orm::Sqlx)) => {
                sends(Orm::Sqlx, true)
            }
            ("fetch" | "fetch_one" | "fetch_optional", 1)
                if sqlx && (on_connection() || of(Orm::Sqlx)) =>
            {
                sends(Orm::Sqlx, false)
            }
            ("one", 1) if sea_orm && (on_connection() || of(Orm::Sea)) => sends(Orm::Sea, false),
            ("all", 1) if sea_orm && (on_connection() || of(Orm::Sea)) => sends(Orm::Sea, true),
            ("count", 1) if sea_orm && on_connection() => sends(Orm::Sea, false),
            ("stream", 1) if sea_orm && on_connection() && built().1 => sends(Orm::Sea, false),
            (
                "exec"
                | "exec_with_returning"
                | "exec_with_returning_many"
                | "exec_without_returning",
                1,
            ) if sea_orm && (on_connection() || of(Orm::Sea)) => writes(Some(Orm::Sea)),
            ("delete" | "insert" | "save" | "update", 1) if sea_orm && on_connection() => {
                writes(Some(Orm::Sea))
            }
            ("load_many" | "load_one", 2) | ("load_many_to_many", 3)
                if sea_orm && call.args.iter().any(|it| self.connections.has(it)) =>
            {
                sends(Orm::Sea, true)
            }
            ("fetch_page", 1) | ("num_items" | "num_items_and_pages" | "num_pages", 0)
                if sea_orm =>
            {
                sends(Orm::Sea, false)
            }
            ("query_all" | "query_all_raw" | "query_one" | "query_one_raw" | "query_opt", 1)
                if sea_orm && by_connection() =>
            {
                statement().or_else(|| raw(false))
            }
            ("execute" | "execute_raw", 1) if sea_orm && by_connection() => {
                statement().or_else(|| raw(true))
            }
            ("batch_execute" | "execute" | "execute_unprepared", 1) if by_connection() => raw(true),
            _ => None,
        }
    }
}

/// The SQL that a chain begins with: `sql` of `sqlx::query(AssertSqlSafe(sql.as_str())).bind(id)`.
pub(crate) fn sql_of(expr: &Expr) -> Option<&Expr> {
    let (root, _) = chain(expr);
    let origin = origin(root).filter(|it| matches!(it.orm, Orm::Diesel | Orm::Sqlx))?;
    let Expr::Call(call) = root else {
        return None;
    };
    if origin.orm == Orm::Diesel
        && callee(call)
            .and_then(last)
            .is_none_or(|it| it != "sql_query")
    {
        return None;
    }
    let sql = call.args.first()?;
    match peel(sql) {
        Expr::Call(it) if callee(it).and_then(last).is_some_and(is_type_name) => it.args.first(),
        _ => Some(sql),
    }
}

fn is_memory_ordering(expr: &Expr) -> bool {
    let orderings = ["AcqRel", "Acquire", "Relaxed", "Release", "SeqCst"];
    match peel(expr) {
        Expr::Path(it) => last(&it.path)
            .is_some_and(|it| is_one_of(it, &orderings) || *it == "ordering" || is_constant(it)),
        _ => false,
    }
}

/// `conn`, `&mut self.conn`, `&mut *guard`, `&mut pool.get()?`
fn is_place(expr: Option<&Expr>) -> bool {
    expr.is_some_and(|it| {
        matches!(
            peel(it),
            Expr::Call(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Path(_)
        )
    })
}

struct Reading<'k, 'a>(&'k mut Known<'a>);

impl<'a> Visit<'a> for Reading<'_, 'a> {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_local(&mut self, local: &'a Local) {
        self.0.connections.note(local);
        if let (Some(init), [name]) = (&local.init, bound(&local.pat).as_slice()) {
            self.note(name, &init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, it: &'a syn::ExprAssign) {
        if let Some(name) = variable(&it.left) {
            self.note(name, &it.right);
        }
        visit::visit_expr_assign(self, it);
    }

    fn visit_expr_closure(&mut self, closure: &'a ExprClosure) {
        for pattern in &closure.inputs {
            self.0.connections.note_parameter(pattern);
        }
        visit::visit_expr_closure(self, closure);
    }
}

impl<'a> Reading<'_, 'a> {
    fn note(&mut self, name: &Ident, made_of: &'a Expr) {
        if is_about_schema(made_of) {
            self.0.schemas.insert(name.to_string());
        }
        let (root, methods) = chain(made_of);
        let goes_on = |it: &Ident| self.0.queries.contains_key(&it.to_string());
        let is_query = origin(root).is_some()
            || variable(root).is_some_and(goes_on)
            || methods.iter().any(|it| is_builder(&it.method));
        let is_list = methods.iter().any(|it| {
            is_one_of(
                &it.method,
                &["collect", "into_iter", "iter", "unwrap_or_default"],
            )
        });
        // What has been sent is no query any more.
        if is_query && !is_list && !methods.iter().any(|it| self.0.query(it).is_some()) {
            let made = self.0.queries.entry(name.to_string()).or_default();
            if made.len() < 4 {
                made.push(made_of);
            }
        }
    }
}
