//! `#[perfguard::times(20)]` on a loop or a call.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, Expr, Meta, Result};

use crate::args::{Limit, Max};

const FORM: &str = "write `#[perfguard::times(20)]` on a loop or a call that runs 20 times at most";

/// What the attribute says wherever nobody takes it out.
pub(crate) fn attribute(args: &TokenStream, item: &TokenStream) -> TokenStream {
    let message = "`#[perfguard::times(..)]` counts inside a function with `#[query_budget(.., checked)]`: put it there, on a loop or on a call";
    let error = Error::new_spanned(args, message).to_compile_error();
    // In braces it may stand where the compiler wants one expression.
    if syn::parse2::<Expr>(item.clone()).is_ok() {
        quote!({ #error #item })
    } else {
        quote!(#error #item)
    }
}

/// True for `#[perfguard::times ..]`.
pub(crate) fn is_times(attr: &Attribute) -> bool {
    let mut names = attr.path().segments.iter().map(|segment| &segment.ident);
    names.next().is_some_and(|krate| krate == "perfguard")
        && names.next().is_some_and(|name| name == "times")
        && names.next().is_none()
}

/// The number in the attribute.
pub(super) fn parse(attr: &Attribute) -> Result<Max> {
    let Meta::List(list) = &attr.meta else {
        return Err(missing(attr));
    };
    if list.tokens.is_empty() {
        return Err(missing(attr));
    }
    Max::check(Limit::Times, syn::parse2::<Expr>(list.tokens.clone())?)
}

fn missing(attr: &Attribute) -> Error {
    Error::new_spanned(attr, format!("a number is missing: {FORM}"))
}

/// The mistake of an attribute on something else.
pub(super) fn misplaced(attr: &Attribute) -> Error {
    Error::new_spanned(
        attr,
        format!(
            "this is neither a loop nor a call: {FORM}, as in `let user = #[perfguard::times(3)] load(id)?;`"
        ),
    )
}

/// The mistake of an attribute that a macro hides.
pub(super) fn in_macro(called: &syn::Macro) -> Error {
    Error::new_spanned(
        &called.path,
        "`#[perfguard::times(..)]` cannot be taken out of a macro: make the call outside of it",
    )
}
