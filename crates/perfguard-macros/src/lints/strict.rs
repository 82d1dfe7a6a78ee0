//! Says what syntax alone decides.

use std::collections::HashSet;

use perfguard_lints::{Finding, FunctionView, Level, Levels, pedantic_lints, strict_lints};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, Block, Expr, Item, Signature, Stmt};

use crate::statements;

/// One item for each finding, which the compiler warns of or refuses. `opened` is the body with its
/// macros open.
pub(crate) fn words(
    sig: &Signature,
    block: &Block,
    opened: &Block,
    levels: &Levels,
) -> TokenStream {
    let view = FunctionView::new(sig.asyncness, opened).signature(sig);
    let mut found = strict_lints(view);
    if levels.wants_pedantic() {
        found.extend(pedantic_lints(sig, opened));
    }
    if found.is_empty() {
        return TokenStream::new();
    }
    let mut allowed = Allowed::default();
    allowed.visit_block(block);
    found
        .iter()
        .filter(|finding| !allowed.covers(finding))
        .filter_map(|finding| match levels.of(finding.lint) {
            Level::Allow => None,
            Level::Warn => Some(warning(finding)),
            Level::Deny => Some(error(finding)),
        })
        .collect()
}

/// The use of a deprecated macro, whose path and note are the compiler's headline.
fn warning(finding: &Finding) -> TokenStream {
    let span = finding.span.resolved_at(Span::call_site());
    let name = Ident::new(finding.lint.name, span);
    let module = Ident::new("perfguard", span);
    let note = how_to_allow(finding);
    quote_spanned! {span=>
        const _: () = {
            mod #module {
                #[deprecated(note = #note)]
                macro_rules! #name { () => {} }
                #[allow(deprecated)]
                pub(super) use #name;
            }
            #module::#name! {}
        };
    }
}

fn error(finding: &Finding) -> TokenStream {
    let message = how_to_allow(finding);
    quote_spanned!(finding.span=> ::core::compile_error! { #message })
}

fn how_to_allow(finding: &Finding) -> String {
    let name = finding.lint.name;
    let message = &finding.message;
    format!(
        "{message}; or say why it is fine by `#[perfguard::allow({name}, reason = \"..\")]` on the statement"
    )
}

/// What stands under an allow of a lint.
#[derive(Default)]
struct Allowed(HashSet<(String, usize, usize)>);

impl Allowed {
    fn covers(&self, finding: &Finding) -> bool {
        let at = finding.span.start();
        self.0
            .contains(&(finding.lint.name.to_owned(), at.line, at.column))
    }

    fn add(&mut self, attrs: &[Attribute], code: &impl ToTokens) {
        for name in attrs.iter().flat_map(statements::allowed_names) {
            self.tokens(&name, code.to_token_stream());
        }
    }

    fn tokens(&mut self, name: &str, tokens: TokenStream) {
        for token in tokens {
            let at = token.span().start();
            self.0.insert((name.to_owned(), at.line, at.column));
            if let TokenTree::Group(group) = token {
                self.tokens(name, group.stream());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Allowed {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let attrs: &[Attribute] = match statement {
            Stmt::Local(local) => &local.attrs,
            Stmt::Macro(called) => &called.attrs,
            Stmt::Expr(expr, _) => statements::first_attributes_of(expr),
            Stmt::Item(_) => &[],
        };
        self.add(attrs, statement);
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.add(statements::attributes_of(expr), expr);
        visit::visit_expr(self, expr);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.add(&arm.attrs, arm);
        visit::visit_arm(self, arm);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}
