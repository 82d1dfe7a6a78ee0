//! Lints of one function, which made no noise in mature code.

mod format_sql;
mod in_memory;
mod marks;
mod waiting;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::{Block, FnArg, Generics, Signature, Token};

use crate::catalog::Lint;
use crate::connection::Aliases;
use crate::orm::Orms;
use crate::query::Known;

/// A function, as lints of one function see it.
#[derive(Clone, Copy)]
pub struct FunctionView<'a> {
    asyncness: Option<Token![async]>,
    body: &'a Block,
    inputs: Option<&'a Punctuated<FnArg, Token![,]>>,
    generics: Option<&'a Generics>,
}

impl<'a> FunctionView<'a> {
    /// A function with this body.
    pub const fn new(asyncness: Option<Token![async]>, body: &'a Block) -> Self {
        Self {
            asyncness,
            body,
            inputs: None,
            generics: None,
        }
    }

    /// Tells its parameters: connections among them are known by their types.
    #[must_use]
    pub const fn signature(mut self, signature: &'a Signature) -> Self {
        self.inputs = Some(&signature.inputs);
        self.generics = Some(&signature.generics);
        self
    }
}

/// Something that a lint has found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Which one.
    pub lint: &'static Lint,
    /// The one token to point at.
    pub span: Span,
    /// What is wrong, and what to do.
    pub message: String,
}

/// What is found in a handler without knowing any types.
///
/// Connections that are opened, threads that sleep in async code, lists that are loaded to be cut
/// or counted, and values that are formatted into SQL.
///
/// Macro calls are looked into if [`open_macros`](crate::open_macros) made expressions of what
/// stands in them.
///
/// ```
/// use perfguard_lints::{FunctionView, strict_lints};
///
/// let handler: syn::ItemFn = syn::parse_str(
///     "async fn wait() { std::thread::sleep(DELAY); }",
/// )?;
/// let view = FunctionView::new(handler.sig.asyncness, &handler.block).signature(&handler.sig);
/// let found = strict_lints(view);
/// assert_eq!(found[0].lint.name, "blocking_in_async");
/// # Ok::<(), syn::Error>(())
/// ```
pub fn strict_lints(function: FunctionView<'_>) -> Vec<Finding> {
    let inputs = function.inputs.into_iter().flatten();
    let body = function.body;
    let known = Known::of(
        inputs,
        function.generics,
        body,
        Orms::ALL,
        &Aliases::default(),
    );
    let mut found = waiting::find(function.asyncness, body);
    found.extend(in_memory::find(&known, body));
    found.extend(format_sql::find(body));
    found
}
