//! `warn(<lint>, ..)` and `deny(<lint>, ..)`.

use perfguard_lints::{LINTS, Level, Lint};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Ident, Result, parenthesized, token};

use crate::errors::{Errors, arguments, rest_of_argument};
use crate::rules::ALLOWABLE;

/// A lint, as it is written, and what becomes of it.
pub(crate) struct Stated {
    pub(crate) name: Ident,
    pub(crate) lint: &'static Lint,
    pub(crate) level: Level,
}

/// Reads what follows the word `warn` or `deny`.
pub(super) fn parse(
    key: &Ident,
    level: Level,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Result<Vec<Stated>> {
    if !input.peek(token::Paren) {
        let message = format!("expected lints: write `{key}(query_in_loop)`");
        return Err(Error::new_spanned(rest_of(key, input), message));
    }
    let content;
    let parens = parenthesized!(content in input);
    if content.is_empty() {
        let message = format!("a lint is missing: write `{key}(query_in_loop)`");
        return Err(Error::new(parens.span.join(), message));
    }
    let mut stated = Vec::new();
    arguments(&content, errors, |content, _| {
        if !content.peek(Ident::peek_any) {
            let message = format!("expected a lint: write `{key}(query_in_loop)`");
            return Err(Error::new_spanned(rest_of_argument(content), message));
        }
        let name = content.call(Ident::parse_any)?;
        let written = name.to_string();
        match Lint::named(&written) {
            Some(lint) if lint.name == "static_cache" => {
                let message = "`static_cache` looks at statics, which stand outside of functions: `cargo perfguard check -W static_cache` sees them";
                return Err(Error::new_spanned(name, message));
            }
            Some(lint) => stated.push(Stated { name, lint, level }),
            None if ALLOWABLE.contains(&written.as_str()) => {
                let message = format!(
                    "`{name}` is a rule, which a run checks: its level stands in `[rules]` of perfguard.toml"
                );
                return Err(Error::new_spanned(name, message));
            }
            None => return Err(Error::new_spanned(name, unknown(&written))),
        }
        Ok(())
    });
    Ok(stated)
}

/// The mistake of a name that is no lint's.
fn unknown(name: &str) -> String {
    let names: Vec<_> = LINTS.iter().map(|it| format!("`{}`", it.name)).collect();
    format!(
        "unknown lint `{name}`: expected one of {}",
        names.join(", ")
    )
}

fn rest_of(key: &Ident, input: ParseStream<'_>) -> proc_macro2::TokenStream {
    let mut written = key.to_token_stream();
    written.extend(rest_of_argument(input));
    written
}
