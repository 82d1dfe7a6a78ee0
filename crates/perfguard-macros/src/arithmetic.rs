//! The arithmetic of budgets: `export`, `checked` and `#[perfguard::times(..)]`.
//!
//! A macro sees names and no numbers: what a callee's budget is, the compiler finds out. An
//! exported function has an enum of its own name, which is imported, renamed and re-exported along with
//! it, and whose one variant is worth the budget. A checked function holds a constant in which
//! each callee's name stands for that number, in the shape of the body: sums, the largest of
//! branches, products.
//!
//! A name that is no exported function has to mean something as well. The block around the constant
//! has an alias of nothing for each of them, for constants in heads of loops one of no end, and the constant imports all of the module: a glob in an
//! inner block comes before an item of an outer one.
//!
//! - `walk` reads the body, and knows what is called where, how often (`repeat`), and what the names
//!   mean that the body binds (`locals`).
//! - `tree` is what it finds, and writes the constant.
//! - `times` is the attribute on loops and calls.

mod locals;
mod repeat;
mod times;
mod tree;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Block, Result, Visibility, spanned::Spanned};

pub(crate) use self::times::{attribute as times, is_times};
use self::tree::{Call, Tree};
use crate::args::{BudgetArgs, Checked, ExportKind, Max};
use crate::function::Function;
use crate::statements;

/// The items beside the function that tell callers of its budget.
pub(crate) fn export(function: &Function, args: &BudgetArgs) -> Option<TokenStream> {
    let export = args.export.as_ref()?;
    let here = Span::mixed_site();
    let at_export = here.located_at(export.span);
    let configured = function
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"));
    let configured = quote!(#(#configured)*);
    let vis = visibility(function);
    let max = max(args, 0);
    let is_method = match export.kind {
        ExportKind::Function => false,
        ExportKind::Guessed => is_method(function),
        ExportKind::Method => true,
    };
    Some(if is_method {
        let name = method_constant(&function.sig.ident, at_export);
        quote_spanned! {at_export=>
            #configured
            #[doc(hidden)]
            #vis const #name: u64 = ::perfguard::__private::exported_by::<Self>(#max);
        }
    } else {
        let mut name = function.sig.ident.clone();
        name.set_span(here.located_at(name.span()));
        quote_spanned! {at_export=>
            #configured
            #[doc(hidden)]
            #[repr(u64)]
            #[non_exhaustive]
            #vis enum #name {
                __PERFGUARD_MAX = #max,
            }
        }
    })
}

/// The budget as a `u64`. One that is negative has been reported already, and is `mistaken`.
fn max(args: &BudgetArgs, mistaken: u64) -> TokenStream {
    match &args.max {
        Max::Literal(max, _) => Literal::u64_suffixed(*max).into_token_stream(),
        Max::Constant(expr) => {
            let there = Span::mixed_site().located_at(expr.span());
            quote_spanned! {there=>
                match (#expr) {
                    max @ 0.. => max as u64,
                    _ => #mistaken,
                }
            }
        }
    }
}

/// Takes the user's `times` out of the body and, under `checked`, adds up what it calls.
///
/// Gives the items that check the sum. They stand in front of the body, so that what is declared in
/// it does not come in between.
pub(crate) fn check(function: &mut Function, args: &BudgetArgs) -> Result<TokenStream> {
    let has_times = statements::mentions(function.body.stream(), "times");
    if args.checked.is_none() && !has_times {
        return Ok(TokenStream::new());
    }
    // Syntax that this crate does not know is left to the compiler.
    let Ok(mut block) = syn::parse2::<Block>(function.body.to_token_stream()) else {
        return Ok(TokenStream::new());
    };
    let unchecked = Checked::default();
    let checked = args.checked.as_ref();
    let found = walk::body(&mut block, function, checked.unwrap_or(&unchecked))?;
    if has_times {
        let mut tokens = TokenStream::new();
        for statement in &block.stmts {
            statement.to_tokens(&mut tokens);
        }
        let mut body = Group::new(function.body.delimiter(), tokens);
        body.set_span(function.body.span());
        function.body = body;
    }
    Ok(checked
        .map(|checked| items(function, args, checked, &found))
        .unwrap_or_default())
}

/// The constant that a method's budget is in.
fn method_constant(method: &Ident, span: Span) -> Ident {
    format_ident!("__PERFGUARD_MAX_{}", method, span = span)
}

/// What is checked of a body: its sum, and each call in a loop without a bound.
fn items(
    function: &Function,
    args: &BudgetArgs,
    checked: &Checked,
    found: &walk::Found,
) -> TokenStream {
    let here = Span::mixed_site();
    let calls = || found.cost.calls().into_iter().chain(&found.unbounded);
    if calls().next().is_none() {
        return TokenStream::new();
    }
    let names: BTreeSet<&Ident> = calls().filter_map(Call::simple_name).collect();
    let unknown = names.into_iter().map(|name| {
        let mut name = name.clone();
        name.set_span(here);
        quote_spanned!(here=> type #name = ();)
    });
    let ranges = found.cost.ranges();
    let constants = ranges.iter().flat_map(|(range, _)| range.constants());
    let constants: BTreeSet<&Ident> = constants.collect();
    let unknown_constants = constants.into_iter().map(|name| {
        let mut name = name.clone();
        name.set_span(here);
        quote_spanned!(here=> const #name: ::core::primitive::u64 = ::core::primitive::u64::MAX;)
    });
    let unbounded = found.unbounded.iter().map(Call::refusal);
    let unmeasured = ranges.iter().flat_map(|(range, calls)| {
        let calls = calls.iter();
        calls.map(|call| range.refusal(call))
    });
    let verdict = (!found.cost.is_empty()).then(|| verdict(function, args, checked, &found.cost));
    quote_spanned! {here=>
        const _: () = {
            #(#unknown)*
            #(#unknown_constants)*
            {
                use self::*;
                use ::perfguard::__private::Unbudgeted as _;
                #(#unbounded)*
                #(#unmeasured)*
                #verdict
            }
        };
    }
}

/// Holds the sum against `max`.
fn verdict(function: &Function, args: &BudgetArgs, checked: &Checked, cost: &Tree) -> TokenStream {
    let here = Span::mixed_site();
    let name = function.name();
    let max = max(args, u64::MAX);
    let (written, at_max) = match &args.max {
        Max::Literal(_, literal) => (literal.to_string(), literal.span()),
        Max::Constant(expr) => (expr.to_token_stream().to_string(), expr.span()),
    };
    let (factors, cost_tokens) = cost.tokens();
    let there = here.located_at(at_max);
    let judged = if checked.denies {
        quote_spanned! {there=>
            const _: () = ::perfguard::__private::refuse_sum(
                #name,
                __PERFGUARD_MAX,
                &__PERFGUARD_COST,
            );
        }
    } else {
        // A deprecation is the one warning that a macro can write, and its text cannot be computed.
        let note = format!(
            "`{name}` declares max = {written}, but its callees may run more ({cost}, as far as they export a budget); `checked(level = \"deny\")` spells out the numbers"
        );
        let callees_over_budget = Ident::new("callees_over_budget", at_max);
        quote_spanned! {there=>
            {
                struct perfguard<const IS_WITHIN: bool>;
                impl perfguard<true> {
                    const callees_over_budget: () = ();
                }
                impl perfguard<false> {
                    #[deprecated(note = #note)]
                    const callees_over_budget: () = ();
                }
                perfguard::<{ __PERFGUARD_COST.queries() <= __PERFGUARD_MAX }>::#callees_over_budget
            }
        }
    };
    // Names that no expression of the user's has.
    quote_spanned! {here=>
        #(#factors)*
        const __PERFGUARD_MAX: u64 = #max;
        const __PERFGUARD_COST: ::perfguard::__private::Cost = #cost_tokens;
        #judged
    }
}

/// Whether a function is an associated one, as far as its text tells.
fn is_method(function: &Function) -> bool {
    function.sig.receiver().is_some()
        || mentions_self(function.head.clone())
        || mentions_self(function.body.stream())
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_self(group.stream()),
        TokenTree::Ident(ident) => ident == "Self",
        _ => false,
    })
}

fn visibility(function: &Function) -> Visibility {
    let parser = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        let vis = input.parse::<Visibility>()?;
        input.parse::<TokenStream>()?;
        Ok(vis)
    };
    let head = function.head.clone();
    parser.parse2(head).unwrap_or(Visibility::Inherited)
}
