//! What an attribute leaves when it was used wrongly.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::Error;

/// The mistakes, and the user's item as it was written.
///
/// Only the attributes of perfguard inside it go, which mean nothing to the compiler: it would
/// report each of them beside the mistake.
pub(crate) fn item_with(error: &Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    let item: TokenStream = item
        .clone()
        .into_iter()
        .map(without_attributes_inside)
        .collect();
    quote!(#errors #item)
}

fn without_attributes_inside(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else {
        return token;
    };
    let mut tokens = group.stream().into_iter().peekable();
    let mut kept = TokenStream::new();
    while let Some(token) = tokens.next() {
        let is_sign = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '#');
        if is_sign && tokens.next_if(is_own).is_some() {
            continue;
        }
        kept.extend([without_attributes_inside(token)]);
    }
    let mut without = Group::new(group.delimiter(), kept);
    without.set_span(group.span());
    TokenTree::Group(without)
}

/// True for `[perfguard::allow ..]` and `[perfguard::times ..]`.
fn is_own(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    let path: String = group
        .stream()
        .into_iter()
        .take(4)
        .map(|token| token.to_string())
        .collect();
    group.delimiter() == Delimiter::Bracket
        && matches!(path.as_str(), "perfguard::allow" | "perfguard::times")
}
