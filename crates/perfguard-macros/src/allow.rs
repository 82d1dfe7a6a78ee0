//! `#[perfguard::allow(..)]` on a function, and what an allow is in code.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::Result;

use crate::args::{Allow, AllowArgs};
use crate::errors::both;
use crate::expand::{self, Scope};
use crate::function::Function;

/// Expands the attribute on `item`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> Result<TokenStream> {
    let (args, function) = both(
        syn::parse2::<AllowArgs>(args),
        Function::parse("perfguard::allow", item),
    )?;
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
