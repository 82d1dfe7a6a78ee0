//! `unbounded_fetch`: only of whole tables. A filter is taken for a bound.

use syn::{Expr, ExprMethodCall, LitStr};

use crate::catalog::UNBOUNDED_FETCH;
use crate::loops::Call;
use crate::orm::Origin;
use crate::query::Known;
use crate::strict::Finding;
use crate::syntax::{callee, chain, has_word, is_one_of, last, text};
use crate::walk::Site;

pub(super) fn find(known: &Known<'_>, sites: &[Site<'_>]) -> Vec<Finding> {
    let loads = sites.iter().filter_map(|site| match site.call {
        Call::Method(call) if loads_a_table(known, call) => Some(call),
        _ => None,
    });
    loads
        .map(|call| Finding {
            lint: &UNBOUNDED_FETCH,
            span: call.method.span(),
            message: "a whole table is loaded, and it grows: add `.limit(..)`, a filter, or pages"
                .to_owned(),
        })
        .collect()
}

fn loads_a_table(known: &Known<'_>, call: &ExprMethodCall) -> bool {
    let gives_many = known
        .query(call)
        .is_some_and(|it| it.gives_many && !it.writes && !it.is_raw);
    let (origin, methods) = known.built(&call.receiver);
    gives_many
        && matches!(origin, Some(Origin { writes: false, .. }))
        && !methods.iter().any(|it| narrows(it))
        && reads_all(chain(&call.receiver).0)
}

/// Whether a method of a query leaves fewer rows.
fn narrows(call: &ExprMethodCall) -> bool {
    let narrowing = [
        "belonging_to",
        "count",
        "cursor_by",
        "find",
        "find_linked",
        "find_related",
        "first",
        "group_by",
        "having",
        "single_value",
    ];
    is_one_of(&call.method, &narrowing)
        || has_word(&call.method, &["by", "filter", "for", "limit", "page", "paginate", "where", "with"])
            && call.method != "order_by"
            && call.method != "then_order_by"
            && call.method != "with_context"
        // `.select(count_star())`
        || call.args.iter().any(|it| matches!(chain(it).0, Expr::Call(it) if callee(it).and_then(last).is_some_and(|it| is_one_of(it, &["avg", "count", "count_star", "max", "min", "sum"]))))
}

/// Whether a root reads a table without a condition: of a text, what it says.
fn reads_all(root: &Expr) -> bool {
    let Expr::Call(call) = root else {
        return true;
    };
    let sql = call.args.iter().find_map(text).map(LitStr::value);
    match (sql, callee(call).and_then(last)) {
        (Some(sql), _) => {
            let words: Vec<String> = sql.split_whitespace().map(str::to_lowercase).collect();
            let has = |word: &str| words.iter().any(|it| it == word);
            has("select")
                && has("from")
                && !["where", "limit", "join", "fetch"].into_iter().any(has)
                && !sql.contains('(')
        }
        (None, Some(name)) => *name == "find" && call.args.is_empty(),
        (None, None) => false,
    }
}
