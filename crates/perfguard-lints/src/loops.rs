//! Calls that run once for each item of something unbounded.

use std::fmt;

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprCall, ExprForLoop, ExprMethodCall, ExprWhile, Signature, Token};

use crate::syntax::{callee, last};
use crate::walk::{self, Sight};

/// Calls that run once for each item of something unbounded, in the order of the source.
///
/// Left out are `loop` and `while`, but for a `while let` over rows, and one that empties a list
/// which nothing comes into; loops over batches, literals, ranges of literals, constants and what is
/// an `Option`, or an array of up to four, by its declared type; retries; what ends the loop it stands in; closures that
/// are not known to be an iterator's; and functions that are written in the body. Constructors of
/// types (`Some(..)`) are no calls.
///
/// Macro calls are looked into if [`open_macros`](crate::open_macros) made expressions of what
/// stands in them.
///
/// ```
/// let list: syn::ItemFn = syn::parse_str(
///     "fn list(posts: &[Post]) { for post in posts { load_author(conn, post.author_id); } }",
/// )?;
/// let calls = perfguard_lints::calls_in_loops(&list.sig, &list.block);
/// assert_eq!(calls[0].call.name().unwrap(), "load_author");
/// assert!(calls[0].depends);
/// # Ok::<(), syn::Error>(())
/// ```
pub fn calls_in_loops<'a>(signature: &'a Signature, body: &'a Block) -> Vec<LoopCall<'a>> {
    let sites = walk::sites(&signature.inputs, body, Sight::Types).into_iter();
    sites
        .filter_map(|site| {
            Some(LoopCall {
                call: site.call,
                depends: site.depends,
                iteration: site.iteration?,
                is_spawned: site.is_spawned,
            })
        })
        .collect()
}

/// A call that runs once for each item.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct LoopCall<'a> {
    /// The call.
    pub call: Call<'a>,
    /// Whether the call, with its receiver and arguments, mentions the item, or something that was
    /// bound from it. Of a call that does not, it is not known why it stands in the loop: it may
    /// be a retry, or the same each time.
    pub depends: bool,
    /// What it runs for.
    pub iteration: Iteration<'a>,
    /// Whether it stands in a task that is spawned, for which the function does not wait.
    pub is_spawned: bool,
}

/// A call of a function or of a method.
#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// `load_author(conn, id)`
    Function(&'a ExprCall),
    /// `posts.load(conn)`
    Method(&'a ExprMethodCall),
}

impl<'a> Call<'a> {
    /// The name of the function or the method; `None` if it is called by no name.
    pub fn name(self) -> Option<&'a Ident> {
        match self {
            Self::Function(call) => callee(call).and_then(last),
            Self::Method(call) => Some(&call.method),
        }
    }

    /// The arguments, without the receiver.
    pub fn arguments(self) -> &'a Punctuated<Expr, Token![,]> {
        match self {
            Self::Function(call) => &call.args,
            Self::Method(call) => &call.args,
        }
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call of {:?}", self.name().map(ToString::to_string))
    }
}

/// What runs a call once for each item.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Iteration<'a> {
    /// A closure of an iterator adapter: `ids.iter().map(|id| ..)`.
    Closure(&'a ExprMethodCall),
    /// A `for` loop.
    For(&'a ExprForLoop),
    /// A `while let` over rows as they come: `while let Some(row) = rows.try_next().await?`; or over
    /// what a list has: `while let Some(id) = ids.pop()`.
    Stream(&'a ExprWhile),
}

impl<'a> Iteration<'a> {
    /// What it runs over: the receiver of the adapter, or what stands in the loop's head.
    pub fn head(self) -> &'a Expr {
        match self {
            Self::Closure(call) => &call.receiver,
            Self::For(it) => &it.expr,
            Self::Stream(it) => &it.cond,
        }
    }

    /// The one token to point at: `for`, `while` or the adapter's name.
    pub fn span(self) -> Span {
        match self {
            Self::Closure(call) => call.method.span(),
            Self::For(it) => it.for_token.span,
            Self::Stream(it) => it.while_token.span,
        }
    }

    /// What it is called in a message.
    pub fn describe(self) -> String {
        match self {
            Self::Closure(call) => format!("closure of `.{}(..)`", call.method),
            Self::For(_) => "`for` loop".to_owned(),
            Self::Stream(_) => "`while let` loop over rows".to_owned(),
        }
    }
}

impl fmt::Debug for Iteration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
