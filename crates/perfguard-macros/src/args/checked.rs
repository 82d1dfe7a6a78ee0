//! `checked`, or `checked(calls = [User::find, repo::load_posts], level = "deny")`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token, bracketed, parenthesized, token};

use super::{peel, value};
use crate::errors::{Errors, arguments, rest_of_argument};

const FORM: &str = "write `checked`, or `checked(calls = [User::find], level = \"deny\")`";

/// How the callees of a function are checked.
#[derive(Default)]
pub(crate) struct Checked {
    /// Callees that are called by a path.
    pub(crate) calls: Vec<Path>,
    /// Whether a sum over the budget is an error.
    pub(crate) denies: bool,
}

/// Reads what follows the word `checked`.
pub(super) fn parse(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Checked> {
    let mut checked = Checked::default();
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(checked);
    }
    if !input.peek(token::Paren) {
        let message = format!("`{key}` takes its options in parentheses: {FORM}");
        return Err(Error::new_spanned(rest_of_argument(input), message));
    }
    let content;
    let parentheses = parenthesized!(content in input);
    if content.is_empty() {
        let message = format!("nothing is said in these parentheses: {FORM}");
        return Err(Error::new(parentheses.span.join(), message));
    }
    let mut seen = Vec::new();
    arguments(&content, errors, |content, errors| {
        argument(content, &mut checked, &mut seen, errors)
    });
    Ok(checked)
}

fn argument(
    input: ParseStream<'_>,
    checked: &mut Checked,
    seen: &mut Vec<Ident>,
    errors: &mut Errors,
) -> Result<()> {
    if !input.peek(Ident::peek_any) {
        let message = format!("expected `calls` or `level`: {FORM}");
        return Err(Error::new_spanned(rest_of_argument(input), message));
    }
    let key = input.call(Ident::parse_any)?;
    if seen.contains(&key) {
        errors.at(&key, format!("`{key}` is given twice: keep one of them"));
    }
    seen.push(key.clone());
    match key.to_string().as_str() {
        "calls" => {
            checked.calls = calls(&key, input, errors)?;
            Ok(())
        }
        "level" => {
            checked.denies = denies(&value(&key, input, "level = \"deny\"")?)?;
            Ok(())
        }
        unknown => {
            let message = format!("unknown option `{unknown}`: {FORM}");
            Err(Error::new_spanned(&key, message))
        }
    }
}

fn calls(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Path>> {
    if !(input.peek(Token![=]) && input.peek2(token::Bracket)) {
        let message = format!("`{key}` takes a list of paths: {FORM}");
        return Err(Error::new_spanned(key, message));
    }
    input.parse::<Token![=]>()?;
    let list;
    bracketed!(list in input);
    let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(&list, Path::parse)?;
    for path in &paths {
        if path.segments.iter().any(|segment| segment.ident == "Self") {
            errors.at(
                path,
                "`Self` cannot be named in a list: write the type, and call the function by it",
            );
        }
    }
    Ok(paths.into_iter().collect())
}

fn denies(level: &Expr) -> Result<bool> {
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = peel(level)
    {
        match text.value().as_str() {
            "deny" => return Ok(true),
            "warn" => return Ok(false),
            _ => {}
        }
    }
    Err(Error::new_spanned(
        level,
        "unknown level: expected `level = \"warn\"`, which is what `checked` alone does, or `level = \"deny\"`",
    ))
}
