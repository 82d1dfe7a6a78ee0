//! What a loop runs over: whether it has an end that is known, and whether it is a loop at all.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprField, ExprMethodCall, Item, Lit, Member, Pat, Stmt};

use crate::macros;
use crate::syntax::{
    bound, callee, chain, has_word, is_constant, is_known, is_one_of, is_type_name, last, peel,
    qualifier, variable,
};

/// Pieces of a list, which is how a loop of queries is repaired.
const PIECES: &[&str] = &[
    "batch", "batched", "batches", "chunk", "chunked", "chunks", "rchunks",
];

/// The same again until it works, or what comes in, one at a time.
const NO_ITEMS: &[&str] = &[
    "args", "attempt", "attempts", "incoming", "receiver", "retries", "retry", "rx", "signals",
    "tries",
];

/// Parts of a database, of which there are a few.
const PARTS: &[&str] = &[
    "migration",
    "migrations",
    "partition",
    "partitions",
    "schema",
    "schemas",
    "shard",
    "shards",
    "table",
    "tables",
    "tbl",
];

/// Whether nobody shall hear of a loop over `head`: it is bounded, or its items are batches.
///
/// `is_bounded` knows variables.
pub(crate) fn is_exempt(
    head: &Expr,
    patterns: &[&Pat],
    is_bounded: impl Fn(&Ident) -> bool,
) -> bool {
    let names = names(head);
    // `for id in chunk` goes over the items of one, and `for id in batch_ids` over many.
    let (root, methods) = chain(head);
    let is_one_piece = |name: &Ident| {
        let is_plain = |it: &&ExprMethodCall| is_one_of(&it.method, &["into_iter", "iter"]);
        (has_word(name, &["batch", "chunk"]) || !is_piece(name))
            && named(root) == Some(name)
            && methods.iter().all(is_plain)
    };
    // `tables`, but not `posts::table`, which is a query.
    let is_of_parts = match root {
        Expr::Path(it) => it.path.get_ident().is_some_and(|it| has_word(it, PARTS)),
        root @ Expr::Field(_) => named(root).is_some_and(|it| has_word(it, PARTS)),
        _ => false,
    };
    is_of_parts
        || names
            .iter()
            .any(|name| (has_word(name, PIECES) && !is_one_piece(name)) || has_word(name, NO_ITEMS))
        || patterns
            .iter()
            .flat_map(|it| bound(it))
            .any(|name| is_piece(name) || has_word(name, NO_ITEMS) || has_word(name, PARTS))
        || is_bounded_head(head, &is_bounded)
}

/// Whether a loop over what is named as pages goes over single ones: they have an id, which no
/// piece of a list has.
pub(crate) fn is_over_pages(head: &Expr, patterns: &[&Pat], body: &[Stmt]) -> bool {
    struct Ids<'i>(&'i Ident, bool);
    impl<'a> Visit<'a> for Ids<'_> {
        fn visit_expr_field(&mut self, it: &'a ExprField) {
            if let (Some(item), Member::Named(field)) = (variable(&it.base), &it.member) {
                let field = field.to_string();
                self.1 |= item == self.0 && (field == "id" || field.ends_with("_id"));
            }
            visit::visit_expr_field(self, it);
        }
        fn visit_item(&mut self, _: &'a Item) {}
    }
    let (root, methods) = chain(head);
    let is_plain = |it: &&ExprMethodCall| is_one_of(&it.method, &["into_iter", "iter"]);
    let is_list = named(root).is_some_and(|it| it == "pages") && methods.iter().all(is_plain);
    let [Pat::Ident(item)] = patterns else {
        return false;
    };
    let mut ids = Ids(&item.ident, false);
    body.iter().for_each(|it| ids.visit_stmt(it));
    is_list && ids.1
}

/// Whether what is taken out of a list may come back, or comes from elsewhere, by its name.
pub(crate) fn is_queue(list: &Ident) -> bool {
    const WORDS: &[&str] = &[
        "backlog", "events", "frontier", "heap", "inbox", "jobs", "messages", "pending", "queue",
        "queued", "stack", "tasks", "todo", "work", "worklist",
    ];
    has_word(list, WORDS) || has_word(list, NO_ITEMS)
}

/// Whether a value is an iterator of a list: `ids.iter()`, `ids.drain(..)`.
pub(crate) fn is_of_list(value: &Expr) -> bool {
    const BEGIN: &[&str] = &["drain", "into_iter", "iter", "iter_mut", "keys", "values"];
    match value {
        Expr::MethodCall(it) => is_one_of(&it.method, BEGIN) && !is_bounded_head(value, &|_| false),
        _ => false,
    }
}

/// Whether a name is a piece's: `batch`, `next_page`, `batch_ids`, `page_number`; but not
/// `batch_id` or `page_slug`, of which there is one in each batch and page.
fn is_piece(name: &Ident) -> bool {
    let name = name.to_string().to_lowercase();
    let mut words = name.split('_').filter(|it| !it.is_empty());
    let is_piece = |it: &str| PIECES.contains(&it) || matches!(it, "page" | "pages");
    let is_of_piece = |it: &str| {
        let numbers = ["idx", "index", "no", "num", "number", "size", "start"];
        it.ends_with('s') || numbers.contains(&it)
    };
    match words.next_back() {
        Some(last) if is_piece(last) => true,
        Some(last) => is_of_piece(last) && words.any(is_piece),
        None => false,
    }
}

/// Whether the source says how long a list is.
pub(crate) fn is_bounded_head(head: &Expr, is_bounded: &dyn Fn(&Ident) -> bool) -> bool {
    let (root, methods) = chain(head);
    let takes_few = methods
        .iter()
        .any(|it| it.method == "take" && it.args.iter().all(is_known));
    takes_few
        || match root {
            Expr::Array(_) => true,
            Expr::Lit(it) => !matches!(it.lit, Lit::Int(_)),
            Expr::Repeat(it) => is_known(&it.len),
            Expr::Range(it) => {
                it.start.as_deref().is_none_or(is_known) && it.end.as_deref().is_some_and(is_known)
            }
            Expr::Path(it) => {
                last(&it.path).is_some_and(is_constant)
                    || it.path.get_ident().is_some_and(is_bounded)
            }
            Expr::Call(it) => is_bounded_call(it, is_bounded),
            _ => false,
        }
}

fn is_bounded_call(call: &ExprCall, is_bounded: &dyn Fn(&Ident) -> bool) -> bool {
    if macros::opened(call).is_some() {
        return macros::is_opened_as(call, &["array", "smallvec", "vec"]);
    }
    let Some(path) = callee(call) else {
        return false;
    };
    let Some(name) = last(path) else {
        return false;
    };
    // `Color::iter()`, `stream::iter([..])`, `iter::once(..)`, `Some(..)`
    let of_variants = call.args.is_empty()
        && is_one_of(name, &["iter", "variants", "all"])
        && qualifier(path).is_some_and(is_type_name);
    of_variants
        || is_one_of(name, &["Some", "once"])
        || (name == "iter"
            && call
                .args
                .first()
                .is_some_and(|it| is_bounded_head(it, is_bounded)))
}

/// The names along a chain, without what stands in closures and arguments of methods.
fn names(head: &Expr) -> Vec<&Ident> {
    let (root, methods) = chain(head);
    let mut found: Vec<&Ident> = methods.iter().map(|it| &it.method).collect();
    match root {
        Expr::Path(_) | Expr::Field(_) => found.extend(named(root)),
        Expr::Call(it) => {
            found.extend(callee(it).and_then(last));
            found.extend(it.args.iter().flat_map(names));
        }
        Expr::Index(it) => found.extend(names(&it.expr)),
        Expr::Range(it) => {
            found.extend(it.start.as_deref().into_iter().flat_map(names));
            found.extend(it.end.as_deref().into_iter().flat_map(names));
        }
        _ => {}
    }
    found
}

/// The name of a variable or a field.
fn named(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(it) => last(&it.path),
        Expr::Field(it) => match &it.member {
            Member::Named(name) => Some(name),
            Member::Unnamed(_) => None,
        },
        _ => None,
    }
}

/// Methods that begin an iteration, and how many arguments they take.
const SOURCES: &[(&str, usize)] = &[
    ("bytes", 0),
    ("char_indices", 0),
    ("chars", 0),
    ("chunk_by", 1),
    ("chunks", 1),
    ("cloned", 0),
    ("copied", 0),
    ("drain", 1),
    ("enumerate", 0),
    ("filter_map", 1),
    ("flat_map", 1),
    ("into_iter", 0),
    ("into_keys", 0),
    ("into_par_iter", 0),
    ("into_values", 0),
    ("iter", 0),
    ("iter_mut", 0),
    ("keys", 0),
    ("lines", 0),
    ("par_iter", 0),
    ("rev", 0),
    ("skip", 1),
    ("split", 1),
    ("split_whitespace", 0),
    ("step_by", 1),
    ("values", 0),
    ("windows", 1),
    ("zip", 1),
];

/// Methods that run through an iteration. `Option` and `Result` have none of them.
const SINKS: &[&str] = &[
    "buffer_unordered",
    "buffered",
    "collect",
    "collect_vec",
    "fold",
    "for_each",
    "max",
    "min",
    "partition",
    "sum",
    "try_buffer_unordered",
    "try_collect",
    "try_fold",
    "try_for_each",
    "unzip",
];

/// Functions that take an iteration.
pub(crate) const TAKERS: &[&str] = &["join_all", "select_all", "try_join_all"];

/// Methods whose closure runs for each item of an iteration or a collection, and for nothing else.
const OF_ITERATIONS: &[&str] = &[
    "dedup_by_key",
    "filter_map",
    "flat_map",
    "for_each",
    "for_each_concurrent",
    "max_by_key",
    "min_by_key",
    "retain",
    "retain_mut",
    "sort_by",
    "sort_by_cached_key",
    "sort_by_key",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "try_filter_map",
    "try_for_each",
    "try_for_each_concurrent",
];

/// Adapters whose closure other types have too: `Option::map`.
const OF_ANYTHING: &[&str] = &[
    "all",
    "any",
    "filter",
    "find",
    "find_map",
    "fold",
    "inspect",
    "map",
    "map_ok",
    "map_while",
    "partition",
    "position",
    "scan",
    "skip_while",
    "take_while",
    "then",
    "try_fold",
];

/// Whether the closure that a method takes runs for each item of an iteration. `after` are the
/// methods and functions that its result is handed to.
pub(crate) fn iterates(call: &ExprMethodCall, after: &[&Ident]) -> bool {
    if is_one_of(&call.method, OF_ITERATIONS) {
        return true;
    }
    if !is_one_of(&call.method, OF_ANYTHING) {
        return false;
    }
    let (root, methods) = chain(&call.receiver);
    let starts = |it: &&ExprMethodCall| {
        SOURCES
            .iter()
            .any(|(name, arguments)| it.method == name && it.args.len() == *arguments)
    };
    let is_iteration = match root {
        Expr::Range(_) => true,
        Expr::Call(it) => callee(it).and_then(last).is_some_and(|it| {
            is_one_of(
                it,
                &["from_fn", "iter", "once", "repeat_with", "successors"],
            )
        }),
        _ => false,
    };
    is_iteration
        || methods.iter().any(starts)
        || (is_run_through(after) && !methods.iter().any(|it| builds_a_query(it)))
        || after.last().is_some_and(|it| is_one_of(it, TAKERS))
}

/// Whether a value is an iteration because of what is done to it, before it is anything else:
/// `.collect()`, but not `.unwrap_or_default().into_iter().collect()`.
fn is_run_through(after: &[&Ident]) -> bool {
    const OF_OTHERS: &[&str] = &[
        "and_then",
        "err",
        "expect",
        "into_iter",
        "iter",
        "iter_mut",
        "ok",
        "ok_or",
        "ok_or_else",
        "or_else",
        "transpose",
        "unwrap",
        "unwrap_or",
        "unwrap_or_default",
        "unwrap_or_else",
    ];
    let mut after = after
        .iter()
        .rev()
        .take_while(|it| !is_one_of(it, OF_OTHERS));
    after.any(|it| is_one_of(it, SINKS))
}

/// `.filter(..)` and the like are methods of queries too.
fn builds_a_query(call: &ExprMethodCall) -> bool {
    crate::query::is_builder(&call.method)
}

/// Whether the items come from a database, one by one: `query.fetch(&mut conn)`.
pub(crate) fn is_row_stream(expr: &Expr) -> bool {
    let (root, methods) = chain(expr);
    let opens = |it: &&ExprMethodCall| {
        is_one_of(
            &it.method,
            &[
                "fetch",
                "fetch_many",
                "load_iter",
                "load_stream",
                "query_raw",
                "stream",
            ],
        ) && !it.args.is_empty()
    };
    methods.iter().any(opens)
        // `pin!(..)`, `Box::pin(..)`
        || matches!(root, Expr::Call(it) if it.args.iter().any(|it| matches!(peel(it), Expr::MethodCall(_)) && is_row_stream(it)))
}
