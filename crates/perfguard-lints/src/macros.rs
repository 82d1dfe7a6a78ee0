//! Macro calls whose arguments are expressions.
//!
//! `join!(a.load(c), b.load(c))` is a list of tokens to the parser. Here it becomes a call whose
//! callee is the macro, without its tokens, and whose arguments are expressions, in the places
//! where the user wrote them. What cannot be read so is left as it is.

use std::mem;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprBlock, ExprCall, ExprMacro, File, Macro, Stmt, Token, token,
};

/// Makes expressions of what stands in the macro calls of a body.
///
/// [`calls_in_loops`](crate::calls_in_loops) finds calls in macros only after this.
pub fn open_macros(body: &mut Block) {
    Open.visit_block_mut(body);
}

/// The same for a whole file.
pub fn open_macros_of_file(file: &mut File) {
    Open.visit_file_mut(file);
}

/// The macro that a call was made of, if it was made of one.
pub(crate) fn opened(call: &ExprCall) -> Option<&Macro> {
    match &*call.func {
        Expr::Macro(callee) => Some(&callee.mac),
        _ => None,
    }
}

/// The name of the macro that a call was made of.
pub(crate) fn is_opened_as(call: &ExprCall, names: &[&str]) -> bool {
    opened(call)
        .and_then(|it| it.path.segments.last())
        .is_some_and(|it| names.iter().any(|name| it.ident == name))
}

struct Open;

impl VisitMut for Open {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(call) = expr
            && let Some(arguments) = arguments(&call.mac)
        {
            let attrs = mem::take(&mut call.attrs);
            *expr = Expr::Call(made_of(attrs, &call.mac, arguments));
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Macro(call) = statement
            && let Some(arguments) = arguments(&call.mac)
        {
            // It may stand without a semicolon, and is no value of the block for that.
            let semicolon = call
                .semi_token
                .or(Some(Token![;](call.mac.bang_token.span)));
            let attrs = mem::take(&mut call.attrs);
            *statement = Stmt::Expr(Expr::Call(made_of(attrs, &call.mac, arguments)), semicolon);
        }
        visit_mut::visit_stmt_mut(self, statement);
    }
}

type Arguments = Punctuated<Expr, Token![,]>;

fn made_of(attrs: Vec<Attribute>, call: &Macro, args: Arguments) -> ExprCall {
    let callee = Macro {
        tokens: TokenStream::new(),
        ..call.clone()
    };
    ExprCall {
        attrs,
        func: Box::new(Expr::Macro(ExprMacro {
            attrs: Vec::new(),
            mac: callee,
        })),
        paren_token: token::Paren {
            span: *call.delimiter.span(),
        },
        args,
    }
}

fn arguments(call: &Macro) -> Option<Arguments> {
    let name = &call.path.segments.last()?.ident;
    // Their arguments are patterns, or not Rust.
    let other = [
        "assert_matches",
        "cfg_select",
        "html",
        "json",
        "macro_rules",
        "matches",
        "quote",
    ];
    if call.tokens.is_empty() || other.iter().any(|it| name == it) {
        return None;
    }
    let list = Arguments::parse_terminated;
    if let Ok(arguments) = list.parse2(call.tokens.clone()) {
        return Some(arguments);
    }
    if let Some(block) = block(call.tokens.clone()) {
        return Some(Arguments::from_iter([block]));
    }
    // `db_run! { conn: { .. } }`
    let groups = call
        .tokens
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) => block(group.stream()),
            _ => None,
        });
    let blocks: Arguments = groups.collect();
    (!blocks.is_empty()).then_some(blocks)
}

/// Statements, as an expression.
fn block(tokens: TokenStream) -> Option<Expr> {
    let stmts = Block::parse_within.parse2(tokens).ok()?;
    if stmts.is_empty() {
        return None;
    }
    let block = Block {
        brace_token: token::Brace::default(),
        stmts,
    };
    Some(Expr::Block(ExprBlock {
        attrs: Vec::new(),
        label: None,
        block,
    }))
}
