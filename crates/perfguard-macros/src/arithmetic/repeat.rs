//! How often code runs: the bound of a loop's head, and closures that iterators call.

use syn::{Expr, ExprMethodCall, Lit, RangeLimits};

/// How many items a head has at most, where its text tells: ranges of literals, array literals, and
/// `.take(20)`.
pub(super) fn bound(head: &Expr) -> Option<u64> {
    match head {
        Expr::Array(array) => u64::try_from(array.elems.len()).ok(),
        Expr::Group(group) => bound(&group.expr),
        Expr::MethodCall(call) => {
            let items = bound(&call.receiver);
            if call.method == "take" {
                let taken = call.args.first().and_then(number);
                return items.into_iter().chain(taken).min();
            }
            let is_as_long = [ITER, AS_MANY, AS_MANY_OF_ITERATORS]
                .iter()
                .any(|methods| is_one(call, methods));
            items.filter(|_| is_as_long)
        }
        Expr::Paren(paren) => bound(&paren.expr),
        Expr::Range(range) => {
            let (start, end) = (number(range.start.as_ref()?)?, number(range.end.as_ref()?)?);
            let inclusive = matches!(range.limits, RangeLimits::Closed(_));
            Some(end.saturating_add(inclusive.into()).saturating_sub(start))
        }
        Expr::Reference(reference) => bound(&reference.expr),
        Expr::Repeat(repeat) => number(&repeat.len),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Group(group) => number(&group.expr),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a method calls its closure once for each item.
///
/// `Option` and `Result` have a `map` too, which calls it once at most: there something has to say
/// that it is an iterator. `is_collected` is what follows the call in the chain.
pub(super) fn is_loop(call: &ExprMethodCall, is_collected: bool) -> bool {
    is_one(call, FOR_EACH) || is_collected && is_one(call, AS_MANY) || is_iterator(&call.receiver)
}

/// Whether a method tells that its receiver is an iterator or a stream: by its name, or because
/// what it gives is one.
pub(super) fn collects(call: &ExprMethodCall, is_collected: bool) -> bool {
    is_one(call, COLLECT)
        || is_one(call, AS_MANY_OF_ITERATORS)
        || is_collected && (is_one(call, AS_MANY) || is_one(call, FOR_EACH))
}

/// Whether an expression is written as an iterator or a stream.
fn is_iterator(expr: &Expr) -> bool {
    match expr {
        Expr::Array(_) | Expr::Range(_) | Expr::Repeat(_) => true,
        // `stream::iter(ids)`, `iter::from_fn(..)`
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => {
                let mut names = function.path.segments.iter().rev().skip(1);
                names
                    .next()
                    .is_some_and(|owner| owner.ident == "iter" || owner.ident == "stream")
            }
            _ => false,
        },
        Expr::Group(group) => is_iterator(&group.expr),
        Expr::MethodCall(call) => {
            is_one(call, ITER)
                || is_one(call, AS_MANY_OF_ITERATORS)
                || is_one(call, AS_MANY) && is_iterator(&call.receiver)
        }
        Expr::Paren(paren) => is_iterator(&paren.expr),
        Expr::Reference(reference) => is_iterator(&reference.expr),
        _ => false,
    }
}

fn is_one(call: &ExprMethodCall, methods: &[&str]) -> bool {
    methods.iter().any(|method| call.method == method)
}

/// Give an iterator.
const ITER: &[&str] = &[
    "bytes",
    "chars",
    "chunks",
    "chunks_exact",
    "drain",
    "into_iter",
    "into_keys",
    "into_values",
    "iter",
    "iter_mut",
    "keys",
    "lines",
    "split_whitespace",
    "values",
    "values_mut",
    "windows",
];

/// Give as many items as they get, or fewer; options have some of these too.
const AS_MANY: &[&str] = &[
    "and_then", "by_ref", "cloned", "copied", "filter", "fuse", "inspect", "map", "map_err",
    "map_ok", "take", "then", "zip",
];

/// The same, of iterators and streams alone.
const AS_MANY_OF_ITERATORS: &[&str] = &[
    "buffer_unordered",
    "buffered",
    "enumerate",
    "filter_map",
    "map_while",
    "peekable",
    "rev",
    "skip",
    "skip_while",
    "step_by",
    "take_while",
    "try_buffer_unordered",
    "try_buffered",
    "try_filter_map",
];

/// Take a closure, and call it for each item.
const FOR_EACH: &[&str] = &[
    "all",
    "any",
    "filter_map",
    "find_map",
    "flat_map",
    "fold",
    "for_each",
    "for_each_concurrent",
    "map_while",
    "partition",
    "position",
    "retain",
    "scan",
    "skip_while",
    "take_while",
    "try_filter_map",
    "try_fold",
    "try_for_each",
    "try_for_each_concurrent",
];

/// Take all items of an iterator or a stream.
const COLLECT: &[&str] = &["collect", "count", "product", "sum", "try_collect", "unzip"];
