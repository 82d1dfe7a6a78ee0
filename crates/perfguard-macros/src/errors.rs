//! Collecting mistakes instead of stopping at the first one.

use std::fmt::Display;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Error, Result, Token};

/// The mistakes found so far, in source order.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// A mistake that covers `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Fails with the mistakes, if there are any.
    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// Both values, or the mistakes of both.
pub(crate) fn both<A, B>(first: Result<A>, second: Result<B>) -> Result<(A, B)> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(mut errors), Err(more)) => {
            errors.combine(more);
            Err(errors)
        }
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => Err(errors),
    }
}

/// Parses arguments separated by commas; a mistake costs only the argument it stands in.
///
/// `argument` either consumes one argument or fails; what it leaves up to the next comma is a
/// mistake too.
pub(crate) fn arguments(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut argument: impl FnMut(ParseStream<'_>, &mut Errors) -> Result<()>,
) {
    while !input.is_empty() {
        let parsed = argument(input, errors).and_then(|()| end_of_argument(input));
        if let Err(error) = parsed {
            errors.push(error);
            skip_argument(input);
        }
    }
}

fn end_of_argument(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if input.peek(Token![,]) {
        return input.parse::<Token![,]>().map(drop);
    }
    Err(input.error("expected `,` between two arguments"))
}

/// Consumes all up to and with the next comma: at least one token, so that parsing always ends.
fn skip_argument(input: ParseStream<'_>) {
    while !input.is_empty() {
        let comma = input.peek(Token![,]);
        // A token tree can always be parsed where the input is not at its end.
        if input.parse::<TokenTree>().is_err() || comma {
            return;
        }
    }
}

/// The tokens up to the next comma, to underline an argument as a whole.
pub(crate) fn rest_of_argument(input: ParseStream<'_>) -> TokenStream {
    let ahead = input.fork();
    let mut rest = TokenStream::new();
    while !ahead.is_empty() && !ahead.peek(Token![,]) {
        match ahead.parse::<TokenTree>() {
            Ok(token) => rest.extend([token]),
            Err(_) => break,
        }
    }
    rest
}
