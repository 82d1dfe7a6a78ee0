//! Small questions to a syntax tree.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, Lit, LitStr, Macro, Member, Pat, PatIdent,
    Path, Type,
};

use crate::macros;

/// The expression below references, `?`, `.await`, parentheses and casts.
pub(crate) fn peel(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Await(it) => &it.base,
            Expr::Cast(it) => &it.expr,
            Expr::Group(it) => &it.expr,
            Expr::Paren(it) => &it.expr,
            Expr::Reference(it) => &it.expr,
            Expr::Try(it) => &it.expr,
            Expr::Unary(it) => &it.expr,
            _ => return expr,
        }
    }
}

/// The root of a chain of methods, and the methods from the first to the last.
pub(crate) fn chain(expr: &Expr) -> (&Expr, Vec<&ExprMethodCall>) {
    let mut methods = Vec::new();
    let mut expr = peel(expr);
    while let Expr::MethodCall(call) = expr {
        methods.push(call);
        expr = peel(&call.receiver);
    }
    methods.reverse();
    (expr, methods)
}

/// The variable that an expression is.
pub(crate) fn variable(expr: &Expr) -> Option<&Ident> {
    match peel(expr) {
        Expr::Path(it) if it.qself.is_none() => it.path.get_ident(),
        _ => None,
    }
}

/// The path of a function that is called by name.
pub(crate) fn callee(call: &ExprCall) -> Option<&Path> {
    match peel(&call.func) {
        Expr::Path(it) => Some(&it.path),
        _ => None,
    }
}

pub(crate) fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|it| &it.ident)
}

/// The name before the last: `Post` of `model::Post::find`.
pub(crate) fn qualifier(path: &Path) -> Option<&Ident> {
    path.segments.iter().rev().nth(1).map(|it| &it.ident)
}

/// Whether a path ends with these names.
pub(crate) fn ends_with(path: &Path, names: &[&str]) -> bool {
    path.segments.len() >= names.len()
        && path
            .segments
            .iter()
            .rev()
            .zip(names.iter().rev())
            .all(|(segment, name)| segment.ident == name)
}

pub(crate) fn is_one_of(ident: &Ident, names: &[&str]) -> bool {
    names.iter().any(|name| ident == name)
}

/// Whether an identifier is a constant's by its form: `PAGE_SIZE`, `N`.
pub(crate) fn is_constant(ident: &Ident) -> bool {
    let name = ident.to_string();
    let is_sign = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_';
    name.starts_with(|first: char| first.is_ascii_uppercase() || name.len() > 1)
        && name.chars().all(is_sign)
}

/// Whether an identifier is a type's by its form: `Post`.
pub(crate) fn is_type_name(ident: &Ident) -> bool {
    ident
        .to_string()
        .starts_with(|sign: char| sign.is_uppercase())
}

/// Whether a name has one of these words: `batch` of `next_batch`.
pub(crate) fn has_word(ident: &Ident, words: &[&str]) -> bool {
    let name = ident.to_string().to_lowercase();
    name.split('_').any(|word| words.contains(&word))
}

/// A number or a constant: known when it is compiled.
pub(crate) fn is_known(expr: &Expr) -> bool {
    match peel(expr) {
        Expr::Lit(_) => true,
        Expr::Path(it) => last(&it.path).is_some_and(is_constant),
        Expr::Binary(it) => is_known(&it.left) && is_known(&it.right),
        _ => false,
    }
}

/// The text of a literal.
pub(crate) fn text(expr: &Expr) -> Option<&LitStr> {
    match peel(expr) {
        Expr::Lit(it) => match &it.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The name of a type: `Post` of `&mut model::Post<'_>`.
pub(crate) fn type_name(mut ty: &Type) -> Option<&Ident> {
    loop {
        ty = match ty {
            Type::Group(it) => &it.elem,
            Type::Paren(it) => &it.elem,
            Type::Reference(it) => &it.elem,
            Type::Path(it) => return last(&it.path),
            _ => return None,
        }
    }
}

/// Whether a type has a few values at most: an `Option`, `[Post; 2]`.
pub(crate) fn is_few(ty: &Type) -> bool {
    const FEW: u64 = 4;
    match ty {
        Type::Array(it) => match &it.len {
            Expr::Lit(ExprLit {
                lit: Lit::Int(length),
                ..
            }) => length.base10_parse().is_ok_and(|length: u64| length <= FEW),
            _ => false,
        },
        Type::Group(it) => is_few(&it.elem),
        Type::Paren(it) => is_few(&it.elem),
        Type::Reference(it) => is_few(&it.elem),
        ty => is_option(ty),
    }
}

/// Whether a type is one of at most one value: `&Option<Post>`.
fn is_option(ty: &Type) -> bool {
    type_name(ty).is_some_and(|it| it == "Option")
}

/// The variables that a pattern binds.
pub(crate) fn bound(pattern: &Pat) -> Vec<&Ident> {
    struct Bound<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Bound<'a> {
        fn visit_pat_ident(&mut self, it: &'a PatIdent) {
            // `None` is a pattern of the same form.
            if !is_type_name(&it.ident) {
                self.0.push(&it.ident);
            }
            visit::visit_pat_ident(self, it);
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pattern);
    bound.0
}

/// Whether an expression mentions one of these variables.
pub(crate) fn mentions(expr: &Expr, variables: &[&Ident]) -> bool {
    let mut mentions = Mentions::new(variables);
    mentions.visit_expr(expr);
    mentions.found
}

/// As [`mentions`], for a call of a method.
pub(crate) fn method_mentions(call: &ExprMethodCall, variables: &[&Ident]) -> bool {
    let mut mentions = Mentions::new(variables);
    mentions.visit_expr_method_call(call);
    mentions.found
}

/// As [`mentions`], for a call of a function.
pub(crate) fn call_mentions(call: &ExprCall, variables: &[&Ident]) -> bool {
    let mut mentions = Mentions::new(variables);
    mentions.visit_expr_call(call);
    mentions.found
}

struct Mentions<'a> {
    variables: &'a [&'a Ident],
    found: bool,
}

impl<'a> Mentions<'a> {
    fn new(variables: &'a [&'a Ident]) -> Self {
        Self {
            variables,
            found: false,
        }
    }

    fn look_at(&mut self, ident: &Ident) {
        self.found |= self.variables.contains(&ident);
    }

    fn look_into(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => self.look_at(&ident),
                TokenTree::Group(group) => self.look_into(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Mentions<'_> {
    fn visit_expr(&mut self, it: &'a Expr) {
        if !self.found && !self.variables.is_empty() {
            visit::visit_expr(self, it);
        }
    }

    fn visit_expr_path(&mut self, it: &'a ExprPath) {
        if let Some(ident) = it.path.get_ident() {
            self.look_at(ident);
        }
    }

    fn visit_expr_call(&mut self, it: &'a ExprCall) {
        // `format!("{id}")`
        if macros::opened(it).is_some() {
            for text in it.args.iter().filter_map(text) {
                let text = text.value();
                self.found |= placeholders(&text)
                    .any(|it| self.variables.iter().any(|name| *name == it.name));
            }
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_macro(&mut self, it: &'a Macro) {
        self.look_into(it.tokens.clone());
    }
}

/// A `{name:?}` of a format text.
pub(crate) struct Placeholder<'a> {
    /// What stands before it.
    pub(crate) before: &'a str,
    /// What stands after it.
    pub(crate) after: &'a str,
    /// What stands in it, before a colon; empty if the next argument is meant.
    pub(crate) name: &'a str,
}

/// The placeholders of a format text.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + text.get(at..)?.find('{')?;
            let rest = text.get(open + 1..)?;
            if rest.starts_with('{') {
                at = open + 2;
                continue;
            }
            let length = rest.find('}')?;
            let inside = rest.get(..length)?;
            at = open + 1 + length + 1;
            return Some(Placeholder {
                before: text.get(..open)?,
                after: text.get(at..)?,
                name: inside.split(':').next().unwrap_or_default().trim(),
            });
        }
    })
}

/// The name by which a value is spoken of: `conn` of `&mut self.conn`, `pool` of `state.pool()`.
pub(crate) fn spoken_name(expr: &Expr) -> Option<&Ident> {
    match peel(expr) {
        Expr::Path(it) => last(&it.path),
        Expr::Field(it) => match &it.member {
            Member::Named(name) => Some(name),
            Member::Unnamed(_) => spoken_name(&it.base),
        },
        Expr::MethodCall(it) => {
            let passes = [
                "acquire",
                "as_mut",
                "as_ref",
                "begin",
                "borrow",
                "borrow_mut",
                "clone",
                "deref",
                "deref_mut",
                "expect",
                "get",
                "get_mut",
                "inner",
                "lock",
                "unwrap",
            ];
            if is_one_of(&it.method, &passes) {
                spoken_name(&it.receiver).or(Some(&it.method))
            } else {
                Some(&it.method)
            }
        }
        Expr::Call(it) => {
            macros::opened(it).map_or_else(|| callee(it).and_then(last), |it| last(&it.path))
        }
        Expr::Macro(it) => last(&it.mac.path),
        _ => None,
    }
}
