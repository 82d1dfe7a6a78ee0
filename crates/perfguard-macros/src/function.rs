//! The annotated function: its head is parsed, its body is carried.

use crate::statements;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Abi, Attribute, Error, Result, Signature, Token, Visibility};

/// A function or method with a body.
pub(crate) struct Function {
    /// All that stands before the body, token by token as the user wrote it.
    pub(crate) head: TokenStream,
    /// The same, parsed. For reading only.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) sig: Signature,
    /// `#![..]` at the start of the body: such attributes belong to the function, and are not
    /// accepted in the block of a closure.
    pub(crate) inner: TokenStream,
    /// The rest of the body, in the user's own braces.
    pub(crate) written: Group,
    /// The same with what the allows in it mean.
    pub(crate) body: Group,
}

impl Function {
    /// Reads `item` for the attribute called `attribute`, or says where the attribute belongs.
    pub(crate) fn parse(attribute: &str, item: &TokenStream) -> Result<Self> {
        let (head, body) = split(item.clone());
        let parser = |input: ParseStream<'_>| parse_head(attribute, input, body.is_some());
        let (attrs, sig) = parser.parse2(head.clone())?;

        if let Some(constness) = &sig.constness {
            let message =
                format!("`#[{attribute}]` cannot measure a `const fn`: remove the `const`");
            return Err(Error::new_spanned(constness, message));
        }
        let Some(body) = body else {
            let message = format!(
                "`#[{attribute}]` needs a function with a body: put it on the implementations of `{}`",
                sig.ident
            );
            return Err(Error::new_spanned(&sig.ident, message));
        };
        let (inner, written) = split_body(&body)?;
        let body = statements::rewrite(written.clone())?;
        Ok(Self {
            head,
            attrs,
            sig,
            inner,
            written,
            body,
        })
    }

    /// The function without a scope of its own.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let Self {
            head, inner, body, ..
        } = self;
        let statements = body.stream();
        let mut block = Group::new(Delimiter::Brace, quote::quote!(#inner #statements));
        block.set_span(body.span());
        quote::quote!(#head #block)
    }

    /// Puts an attribute behind those that the function has.
    pub(crate) fn append(&mut self, attr: &Attribute) {
        let parser = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            Ok((attrs, input.parse::<TokenStream>()?))
        };
        if let Ok((attrs, rest)) = parser.parse2(self.head.clone()) {
            self.head = quote::quote!(#(#attrs)* #attr #rest);
        }
    }

    /// The name of the function without `r#`.
    pub(crate) fn name(&self) -> String {
        self.sig.ident.unraw().to_string()
    }
}

/// Splits an item in front of the braces it ends with.
///
/// An item or a body that came through a `macro_rules` fragment is wrapped in an invisible group.
fn split(item: TokenStream) -> (TokenStream, Option<Group>) {
    let mut head: Vec<TokenTree> = item.into_iter().collect();
    match head.pop() {
        Some(TokenTree::Group(group)) => match group.delimiter() {
            Delimiter::Brace => return (head.into_iter().collect(), Some(group)),
            Delimiter::None if head.is_empty() => return split(group.stream()),
            Delimiter::None => {
                let (before, body) = split(group.stream());
                if before.is_empty() {
                    return (head.into_iter().collect(), body);
                }
                head.push(TokenTree::Group(group));
            }
            _ => head.push(TokenTree::Group(group)),
        },
        Some(token) => head.push(token),
        None => {}
    }
    (head.into_iter().collect(), None)
}

fn parse_head(
    attribute: &str,
    input: ParseStream<'_>,
    has_body: bool,
) -> Result<(Vec<Attribute>, Signature)> {
    let attrs = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    if !starts_function(input) {
        let message = format!("`#[{attribute}]` goes on a function or a method with a body");
        return Err(input.error(message));
    }
    let sig = input.parse::<Signature>()?;
    if !has_body {
        input.parse::<Token![;]>()?;
    }
    Ok((attrs, sig))
}

/// Whether what follows is a function, so that a mistake in it is one of its own syntax.
fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let qualifiers = || {
        ahead.parse::<Option<Token![const]>>()?;
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        ahead.parse::<Option<Abi>>()
    };
    qualifiers().is_ok() && ahead.peek(Token![fn])
}

/// Takes `#![..]` out of a body.
fn split_body(body: &Group) -> Result<(TokenStream, Group)> {
    let parser = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, statements) = parser.parse2(body.stream())?;
    let mut rest = Group::new(Delimiter::Brace, statements);
    rest.set_span(body.span());
    Ok((quote::quote!(#(#inner)*), rest))
}
