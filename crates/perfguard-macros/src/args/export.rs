//! `export`, or `export = "method"`.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, Ident, Lit, Result, Token};

use super::{flag, peel, value};

const FORM: &str = "write `export`, `export = \"method\"` for an associated function, or `export = \"function\"` for a function of a module";

/// How a function shows its budget to those that call it.
pub(crate) struct Export {
    pub(crate) kind: ExportKind,
    /// Where it is asked for.
    pub(crate) span: Span,
}

/// What a function is that exports its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportKind {
    Function,
    /// Not said: what the function's text looks like.
    Guessed,
    Method,
}

/// Reads what follows the word `export`.
pub(super) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Export> {
    let span = key.span();
    if !input.peek(Token![=]) {
        flag(key, input)?;
        let kind = ExportKind::Guessed;
        return Ok(Export { kind, span });
    }
    let value = value(key, input, "export = \"method\"")?;
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = peel(&value)
    {
        let kind = match text.value().as_str() {
            "function" => Some(ExportKind::Function),
            "method" => Some(ExportKind::Method),
            _ => None,
        };
        if let Some(kind) = kind {
            return Ok(Export { kind, span });
        }
    }
    Err(Error::new_spanned(
        value,
        format!("unknown kind of function: {FORM}"),
    ))
}
