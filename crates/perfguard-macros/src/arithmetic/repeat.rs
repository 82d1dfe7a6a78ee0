//! How often code runs: the bound of a loop's head, and closures that iterators call.

use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, ExprClosure, ExprContinue, ExprForLoop, ExprLoop, ExprMethodCall,
    ExprRange, ExprWhile, GenericArgument, Item, Lit, Macro, Path, PathArguments, RangeLimits,
    Stmt, Token, Type, UnOp,
};

use super::locals::{Locals, Meaning};
use super::tree::{End, Factor, Range};

/// How many items a head has at most, where its text tells: ranges of literals and constants,
/// lists that are written out, an `Option`, and `.take(20)`.
pub(super) fn bound(head: &Expr, locals: &Locals) -> Option<Factor> {
    match head {
        Expr::Array(array) => number(array.elems.len()),
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else {
                return None;
            };
            if function.path.is_ident("Some") || is_of(&function.path, &["iter"], &["once"]) {
                return Some(Factor::Number(1));
            }
            let is_as_long = is_of(&function.path, &["stream"], &["iter"]);
            call.args
                .first()
                .filter(|_| is_as_long)
                .and_then(|list| bound(list, locals))
        }
        Expr::Group(group) => bound(&group.expr, locals),
        Expr::Macro(called) => {
            if !called.mac.path.is_ident("vec") {
                return None;
            }
            if let Some((_, length)) = repeated(&called.mac) {
                return count(&length, locals);
            }
            let items = Punctuated::<Expr, Token![,]>::parse_terminated;
            number(items.parse2(called.mac.tokens.clone()).ok()?.len())
        }
        Expr::MethodCall(call) => {
            let items = bound(&call.receiver, locals);
            if call.method == "take" {
                return least(items, taken(call, locals));
            }
            let is_as_long = [AS_LONG, ITER, AS_MANY, AS_MANY_OF_ITERATORS]
                .iter()
                .any(|methods| is_one(call, methods));
            items.filter(|_| is_as_long)
        }
        Expr::Paren(paren) => bound(&paren.expr, locals),
        Expr::Path(path) if path.qself.is_none() => match locals.of(&path.path)? {
            Meaning::Items(items) => items.clone(),
            _ => None,
        },
        Expr::Range(range) => length(range, locals),
        Expr::Reference(reference) => bound(&reference.expr, locals),
        Expr::Repeat(repeat) => count(&repeat.len, locals),
        _ => None,
    }
}

fn number(length: usize) -> Option<Factor> {
    u64::try_from(length).ok().map(Factor::Number)
}

/// How many items a range has.
fn length(range: &ExprRange, locals: &Locals) -> Option<Factor> {
    let start = self::end(range.start.as_ref()?, locals)?;
    let end = self::end(range.end.as_ref()?, locals)?;
    let is_closed = matches!(range.limits, RangeLimits::Closed(_));
    match (&start, &end) {
        (End::Number(start), End::Number(end)) => {
            let length = end.saturating_sub(*start).saturating_add(is_closed.into());
            Some(Factor::Number(u64::try_from(length.max(0)).ok()?))
        }
        // What has no number in it may be of any type.
        (End::Constant(_), End::Constant(_)) => None,
        _ => Some(Factor::Range(Range {
            start,
            end,
            is_closed,
        })),
    }
}

/// The number that a literal or a constant is.
pub(super) fn count(expr: &Expr, locals: &Locals) -> Option<Factor> {
    match end(expr, locals)? {
        End::Number(number) => u64::try_from(number).ok().map(Factor::Number),
        end => Some(Factor::Range(Range {
            start: End::Number(0),
            end,
            is_closed: false,
        })),
    }
}

fn end(expr: &Expr, locals: &Locals) -> Option<End> {
    match expr {
        Expr::Group(group) => end(&group.expr, locals),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Byte(byte) => Some(End::Number(byte.value().into())),
            Lit::Char(sign) => Some(End::Number(u32::from(sign.value()).into())),
            Lit::Int(number) => number.base10_parse().ok().map(End::Number),
            _ => None,
        },
        Expr::Paren(paren) => end(&paren.expr, locals),
        Expr::Path(path) if path.qself.is_none() => {
            let name = path.path.get_ident()?;
            let is_constant = name
                .to_string()
                .chars()
                .all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_');
            (is_constant && !locals.is_unsafe && locals.get(name).is_none())
                .then(|| End::Constant(name.clone()))
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match end(&unary.expr, locals)? {
            End::Number(number) => Some(End::Number(-number)),
            End::Constant(_) => None,
        },
        _ => None,
    }
}

/// The smaller of two bounds, as far as it is known which one that is.
pub(super) fn least(one: Option<Factor>, other: Option<Factor>) -> Option<Factor> {
    match (one, other) {
        (Some(Factor::Number(one)), Some(Factor::Number(other))) => {
            Some(Factor::Number(one.min(other)))
        }
        (one, Some(Factor::Number(number))) => Some(Factor::Number(number))
            .filter(|_| one.is_none() || number < 2)
            .or(one),
        (one, other) => one.or(other),
    }
}

/// The number of `.take(20)`: a constant may be anything's, but where an iterator takes.
fn taken(call: &ExprMethodCall, locals: &Locals) -> Option<Factor> {
    let mut arguments = call.args.iter();
    let (Some(first), None) = (arguments.next(), arguments.next()) else {
        return None;
    };
    let taken = count(first, locals)?;
    let is_number = matches!(taken, Factor::Number(_)) || is_iterator(&call.receiver, locals);
    is_number.then_some(taken)
}

/// How many items a method asks its receiver for, if `asked` are asked of what it gives.
pub(super) fn asked(
    call: &ExprMethodCall,
    asked: Option<Factor>,
    locals: &Locals,
) -> Option<Factor> {
    if call.method == "next" && call.args.is_empty() {
        return Some(Factor::Number(1));
    }
    if call.method == "take" {
        return least(taken(call, locals), asked);
    }
    asked.filter(|_| is_one_for_one(call))
}

/// Whether a method asks its receiver, and calls its closure, once for each item that it is asked
/// for.
pub(super) fn is_one_for_one(call: &ExprMethodCall) -> bool {
    is_one(call, ONE_FOR_ONE)
}

/// The value and the length of `vec![value; length]`.
pub(super) fn repeated(called: &Macro) -> Option<(Expr, Expr)> {
    let parser = |input: ParseStream<'_>| {
        let value = input.parse::<Expr>()?;
        input.parse::<Token![;]>()?;
        Ok((value, input.parse::<Expr>()?))
    };
    let is_vec = called.path.segments.last()?.ident == "vec";
    is_vec.then(|| parser.parse2(called.tokens.clone()).ok())?
}

/// Whether a loop does not begin a second round: its body ends with a `break`, and does not
/// continue before.
pub(super) fn is_left(looped: &Expr) -> bool {
    let body = match looped {
        Expr::ForLoop(looped) => &looped.body,
        Expr::Loop(looped) => &looped.body,
        Expr::While(looped) => &looped.body,
        _ => return false,
    };
    let leaves = matches!(
        body.stmts.last(),
        Some(Stmt::Expr(Expr::Break(_) | Expr::Return(_), _))
    );
    leaves && !continues(body)
}

fn continues(body: &Block) -> bool {
    /// `continue` of this loop, or of one around it, for which it is all the same.
    struct Continues {
        depth: usize,
        found: bool,
    }
    impl Continues {
        fn inner(&mut self, body: &Block) {
            self.depth += 1;
            self.visit_block(body);
            self.depth -= 1;
        }
    }
    impl<'ast> Visit<'ast> for Continues {
        fn visit_expr_continue(&mut self, it: &'ast ExprContinue) {
            self.found |= self.depth == 0 || it.label.is_some();
        }
        fn visit_expr_for_loop(&mut self, it: &'ast ExprForLoop) {
            self.visit_expr(&it.expr);
            self.inner(&it.body);
        }
        fn visit_expr_loop(&mut self, it: &'ast ExprLoop) {
            self.inner(&it.body);
        }
        fn visit_expr_while(&mut self, it: &'ast ExprWhile) {
            self.visit_expr(&it.cond);
            self.inner(&it.body);
        }
        fn visit_macro(&mut self, it: &'ast Macro) {
            self.found |= it.tokens.to_string().contains("continue");
            visit::visit_macro(self, it);
        }
        fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut continues = Continues {
        depth: 0,
        found: false,
    };
    continues.visit_block(body);
    continues.found
}

/// Whether a function calls its closure for each item of what it makes: `iter::from_fn(..)`.
pub(super) fn is_maker(call: &ExprCall) -> bool {
    match &*call.func {
        Expr::Path(function) => {
            is_of(
                &function.path,
                &["iter"],
                &["from_fn", "repeat_with", "successors"],
            ) || is_of(
                &function.path,
                &["stream"],
                &["poll_fn", "repeat_with", "try_unfold", "unfold"],
            ) || is_array_maker(&function.path)
                || function.path.is_ident("repeat_with")
        }
        _ => false,
    }
}

fn is_array_maker(path: &Path) -> bool {
    is_of(path, &["array"], &["from_fn", "try_from_fn"])
}

/// The length of the array that `array::from_fn::<_, 5, _>(..)` makes.
pub(super) fn made(call: &ExprCall, locals: &Locals) -> Option<Factor> {
    let Expr::Path(function) = &*call.func else {
        return None;
    };
    if !is_array_maker(&function.path) {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &function.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.iter().nth(1)? {
        GenericArgument::Const(length) => count(length, locals),
        GenericArgument::Type(Type::Path(length)) => {
            count(&syn::parse2(length.to_token_stream()).ok()?, locals)
        }
        _ => None,
    }
}

/// Whether a path ends with one of these names, of one of these owners.
fn is_of(path: &Path, owners: &[&str], names: &[&str]) -> bool {
    let mut segments = path.segments.iter().rev();
    let last = segments.next();
    last.is_some_and(|it| names.iter().any(|name| it.ident == name))
        && segments
            .next()
            .is_some_and(|it| owners.iter().any(|owner| it.ident == owner))
}

/// Whether a method calls its closure once for each item.
///
/// `Option` and `Result` have a `map` too, which calls it once at most: there something has to say
/// that it is an iterator. `is_collected` is what follows the call in the chain.
pub(super) fn is_loop(call: &ExprMethodCall, is_collected: bool, locals: &Locals) -> bool {
    is_one(call, FOR_EACH)
        || is_one(call, MORE_OFTEN)
        || is_collected && is_one(call, AS_MANY)
        || is_iterator(&call.receiver, locals)
}

/// Whether a method calls its closure more often than it has items.
pub(super) fn is_more_often(call: &ExprMethodCall) -> bool {
    is_one(call, MORE_OFTEN)
}

/// Whether a method tells that its receiver is an iterator or a stream: by its name, or because
/// what it gives is one.
pub(super) fn collects(call: &ExprMethodCall, is_collected: bool) -> bool {
    is_one(call, COLLECT)
        || is_one(call, AS_MANY_OF_ITERATORS)
        || call.method == "take" && call.args.len() == 1
        || is_collected && (is_one(call, AS_MANY) || is_one(call, FOR_EACH))
}

/// Whether an expression is written as an iterator or a stream.
pub(super) fn is_iterator(expr: &Expr, locals: &Locals) -> bool {
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
        Expr::Group(group) => is_iterator(&group.expr, locals),
        Expr::MethodCall(call) => {
            is_one(call, ITER)
                || is_one(call, AS_MANY_OF_ITERATORS)
                || is_one(call, AS_MANY) && is_iterator(&call.receiver, locals)
        }
        Expr::Paren(paren) => is_iterator(&paren.expr, locals),
        Expr::Path(path) if path.qself.is_none() => {
            matches!(locals.of(&path.path), Some(Meaning::Items(_)))
        }
        Expr::Reference(reference) => is_iterator(&reference.expr, locals),
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

/// Give what has as many items.
const AS_LONG: &[&str] = &["as_mut", "as_ref", "as_slice", "clone", "to_vec"];

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
    "find",
    "find_map",
    "flat_map",
    "fold",
    "for_each",
    "for_each_concurrent",
    "map_while",
    "max_by_key",
    "min_by_key",
    "partition",
    "position",
    "reduce",
    "retain",
    "retain_mut",
    "rposition",
    "scan",
    "skip_while",
    "take_while",
    "try_filter_map",
    "try_fold",
    "try_for_each",
    "try_for_each_concurrent",
];

/// Take a closure, and call it more often than there are items.
const MORE_OFTEN: &[&str] = &[
    "dedup_by",
    "dedup_by_key",
    "max_by",
    "min_by",
    "resize_with",
    "sort_by",
    "sort_by_cached_key",
    "sort_by_key",
    "sort_unstable_by",
    "sort_unstable_by_key",
];

/// Take an item for each that they give.
const ONE_FOR_ONE: &[&str] = &[
    "by_ref",
    "cloned",
    "copied",
    "enumerate",
    "fuse",
    "inspect",
    "map",
    "map_ok",
    "map_while",
    "take_while",
    "then",
    "zip",
];

/// Take all items of an iterator or a stream.
const COLLECT: &[&str] = &["collect", "count", "product", "sum", "try_collect", "unzip"];
