//! `#[perfguard::allow(..)]` on a function, and what an allow is in code.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{Attribute, ImplItemFn, Item, ItemFn, Result, TraitItemFn, parse_quote_spanned};

use crate::args::{Allow, AllowArgs};
use crate::errors::both;
use crate::expand::{self, Scope};
use crate::function::Function;

/// Expands the attribute on `item`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> Result<TokenStream> {
    if let Ok(args) = syn::parse2::<AllowArgs>(args.clone())
        && args.allows.is_empty()
        && let Ok(mut item) = syn::parse2::<Item>(item.clone())
        && !matches!(item, Item::Fn(_))
    {
        HandDown(&args.lints).visit_item_mut(&mut item);
        return Ok(item.to_token_stream());
    }
    let (args, mut function) = both(
        syn::parse2::<AllowArgs>(args),
        Function::parse("perfguard::allow", item),
    )?;
    if let Some(attr) = handed_down(&args.lints, &function.attrs) {
        function.append(&attr);
    }
    if args.allows.is_empty() {
        return Ok(function.into_tokens());
    }
    let here = Span::mixed_site();
    let allows = list(&args.allows);
    let scope = Scope {
        items: TokenStream::new(),
        run_async: quote_spanned!(here=> allow_async),
        run_sync: quote_spanned!(here=> allow_sync),
        arguments: quote_spanned!(here=> const { &[#allows] }),
        counts_items: false,
    };
    Ok(expand::function(&function, &scope))
}

/// Lints are told by `#[query_budget]`, which sees no attribute above itself or around its function:
/// what is allowed there is written below it.
fn handed_down(lints: &[Allow], attrs: &[Attribute]) -> Option<Attribute> {
    let is_budget = |attr: &Attribute| {
        let last = attr.path().segments.last();
        last.is_some_and(|last| last.ident == "query_budget")
    };
    if lints.is_empty() || !attrs.iter().any(is_budget) {
        return None;
    }
    let allows = lints
        .iter()
        .map(|Allow { rule, reason, .. }| (rule, reason));
    let (rules, reasons): (Vec<_>, Vec<_>) = allows.unzip();
    let reason = reasons.first()?;
    let here = Span::mixed_site();
    Some(parse_quote_spanned!(here=> #[::perfguard::allow(#(#rules),*, reason = #reason)]))
}

/// Hands lints down to the functions in an item.
struct HandDown<'a>(&'a [Allow]);

impl HandDown<'_> {
    fn to(&self, attrs: &mut Vec<Attribute>) {
        attrs.extend(handed_down(self.0, attrs));
    }
}

impl VisitMut for HandDown<'_> {
    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        self.to(&mut function.attrs);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.to(&mut function.attrs);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut TraitItemFn) {
        self.to(&mut function.attrs);
    }
}

/// The entries of a list of allows.
pub(crate) fn list(allows: &[Allow]) -> TokenStream {
    let here = Span::mixed_site();
    let entries = allows.iter().map(|allow| {
        let Allow {
            rule,
            reason,
            expires,
        } = allow;
        let id = rule.to_string().replace('_', "-");
        let until = expires.map(|last| {
            let (year, month, day) = (last.year, last.month, last.day);
            quote_spanned!(here=> .until(#year, #month, #day))
        });
        // `line!()` would be the attribute's that expands here, for all of them.
        let line = Literal::usize_unsuffixed(rule.span().start().line);
        let here = here.located_at(rule.span());
        quote_spanned! {here=>
            ::perfguard::__private::Allow::new(#id, #reason)
                #until
                .at(::core::file!(), #line)
        }
    });
    quote_spanned!(here=> #(#entries),*)
}
