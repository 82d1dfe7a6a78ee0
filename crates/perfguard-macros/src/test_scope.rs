//! `#[perfguard::test]`: the body of a test in a scope of its own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Result};

use crate::args::{BudgetArgs, TestArgs};
use crate::budget;
use crate::errors::both;
use crate::expand::{self, Scope};
use crate::function::Function;

/// Expands the attribute on `item`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> Result<TokenStream> {
    let (args, function) = both(
        syn::parse2::<TestArgs>(args),
        Function::parse("perfguard::test", item).and_then(check_runner),
    )?;
    let runner = runner(&function);
    let test = expand::function(&function, &scope(&function, &args));
    Ok(quote!(#runner #test))
}

/// An `async` test is run by the attribute of its runtime, which perfguard cannot guess.
fn check_runner(function: Function) -> Result<Function> {
    match function.sig.asyncness {
        Some(asyncness) if !is_test(&function) => Err(Error::new_spanned(
            asyncness,
            "an `async` test needs a runtime: add `#[tokio::test]`, or the test attribute of the runtime you use",
        )),
        _ => Ok(function),
    }
}

/// The attribute that makes a test of the function, where it carries none.
fn runner(function: &Function) -> Option<TokenStream> {
    let here = Span::mixed_site();
    (!is_test(function)).then(|| quote_spanned!(here=> #[::core::prelude::v1::test]))
}

/// Whether an attribute makes a test of the function: `#[test]`, `#[tokio::test]`, `#[rstest]`,
/// `#[test_case(..)]`, and whatever else says so in its name.
fn is_test(function: &Function) -> bool {
    let mut names = function
        .attrs
        .iter()
        .filter_map(|attr| attr.path().segments.last());
    names.any(|name| name.ident.to_string().contains("test"))
}

fn scope(function: &Function, args: &TestArgs) -> Scope {
    let here = Span::mixed_site();
    let name = expand::name(function);
    let (items, site) = match &args.budget {
        Some(budget) => site(function, budget),
        None => (
            TokenStream::new(),
            quote_spanned!(here=> ::core::option::Option::None),
        ),
    };
    Scope {
        items,
        run_async: match args.explains {
            true => quote_spanned!(here=> test_async_explain),
            false => quote_spanned!(here=> test_async),
        },
        run_sync: match args.explains {
            true => quote_spanned!(here=> test_sync_explain),
            false => quote_spanned!(here=> test_sync),
        },
        arguments: quote_spanned!(here=> #site, #name),
        counts_items: false,
    }
}

/// The static of a test that states something, and what refers to it.
fn site(function: &Function, budget: &BudgetArgs) -> (TokenStream, TokenStream) {
    let here = Span::mixed_site();
    let place = expand::place(function);
    let path = expand::path(function);
    let budget = budget::budget(budget);
    (
        quote_spanned! {here=>
            static __PERFGUARD_SITE: ::perfguard::__private::Site =
                ::perfguard::__private::Site::new(#place, #budget).at(#path);
        },
        quote_spanned!(here=> ::core::option::Option::Some(&__PERFGUARD_SITE)),
    )
}
