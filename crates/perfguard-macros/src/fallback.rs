//! What an attribute leaves when it was used wrongly.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

/// The mistakes, and the user's item as it was written.
pub(crate) fn item_with(error: &Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}
