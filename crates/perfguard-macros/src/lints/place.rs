//! Which expressions can be asked for their type: places, and getters, which can be named once more
//! without doing anything.

use proc_macro2::Ident;
use syn::{Expr, ExprField, ExprMethodCall, ExprPath, ExprUnary, UnOp};

/// An expression without parentheses and the invisible groups of `macro_rules` fragments.
pub(crate) fn peel(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => peel(&group.expr),
        Expr::Paren(paren) => peel(&paren.expr),
        expr => expr,
    }
}

/// The variable, if an expression is nothing else.
pub(crate) fn variable(expr: &Expr) -> Option<&Ident> {
    match peel(expr) {
        Expr::Path(ExprPath {
            attrs,
            qself: None,
            path,
        }) if attrs.is_empty() => path.get_ident(),
        _ => None,
    }
}

/// The variable that a place starts at: `self` of `self.db`, `conn` of `*conn`, `context` of
/// `context.pool()`.
pub(crate) fn root(place: &Expr) -> Option<&Ident> {
    match peel(place) {
        Expr::Field(ExprField { attrs, base, .. }) if attrs.is_empty() => root(base),
        Expr::Unary(ExprUnary {
            attrs,
            op: UnOp::Deref(_),
            expr,
        }) if attrs.is_empty() => root(expr),
        Expr::MethodCall(call) if is_getter(call) => root(&call.receiver),
        place => variable(place),
    }
}

/// Methods that give one type, whatever is asked of them.
fn is_getter(call: &ExprMethodCall) -> bool {
    const NAMES: &[&str] = &[
        "clone",
        "conn",
        "connection",
        "database",
        "db",
        "db_pool",
        "get_conn",
        "get_connection",
        "get_db",
        "get_pool",
        "pool",
    ];
    call.attrs.is_empty()
        && call.args.is_empty()
        && call.turbofish.is_none()
        && NAMES.iter().any(|name| call.method == name)
}

/// Whether a place ends at a field, of which no reference may be made where its type is packed.
pub(crate) fn is_field(place: &Expr) -> bool {
    matches!(peel(place), Expr::Field(_))
}
