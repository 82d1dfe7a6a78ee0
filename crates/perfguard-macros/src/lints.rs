//! What can be seen in the source of one function, while it is compiled.
//!
//! `perfguard-lints` finds it; this module says it to the compiler, which has no interface for
//! warnings on stable: a warning is the use of something deprecated, at the user's token.
//!
//! - Which lints are allowed, warned of or denied, the attribute says, `perfguard.toml` (`file`), or
//!   nobody.
//! - `probes` writes the questions that only types can answer: whether a `place` that is passed to
//!   a call is a database connection; `variables` knows whose type is decided.
//! - `strict` says the rest, which syntax alone decides.

mod file;
mod place;
mod probes;
mod strict;
mod variables;

use perfguard_lints::{Level, Levels, Lint};
use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Block, Result, Signature};

use crate::args::AllowArgs;
use crate::function::Function;
use crate::statements;

/// Looks through a function: writes probes into its body, and gives what else is to be said, as
/// items for its start.
pub(crate) fn check(
    function: &mut Function,
    stated: &[(&'static Lint, Level)],
) -> Result<TokenStream> {
    let file = file::of_this_package();
    let mut levels = file.levels.clone();
    for (lint, level) in stated.iter().copied().chain(allowed_below(function)) {
        levels.set(lint, level);
    }
    let mut words = words_of_file(&file);
    if levels.all_allowed() {
        return Ok(words);
    }
    // Syntax that this crate does not know is left to the compiler.
    let Ok(block) = syn::parse2::<Block>(function.written.to_token_stream()) else {
        return Ok(words);
    };
    let mut opened = block.clone();
    perfguard_lints::open_macros(&mut opened);
    words.extend(strict::words(&function.sig, &block, &opened, &levels));
    if let Some(probed) = probed(&function.sig, block, &opened, &function.written, &levels) {
        function.body = statements::rewrite(probed)?;
    }
    Ok(words)
}

/// The lints that an allow below the attribute names.
fn allowed_below(function: &Function) -> Vec<(&'static Lint, Level)> {
    let allows = function.attrs.iter();
    allows
        .filter(|attr| statements::is_allow(attr.path()))
        // Its mistakes are its own to tell.
        .filter_map(|attr| attr.parse_args::<AllowArgs>().ok())
        .flat_map(|args| args.lints)
        .filter_map(|allow| Some((allow.lint()?, Level::Allow)))
        .collect()
}

/// The body with its probes, if there are any. `opened` is the body with its macros open.
fn probed(
    sig: &Signature,
    mut block: Block,
    opened: &Block,
    written: &Group,
    levels: &Levels,
) -> Option<Group> {
    if !probes::insert(sig, &mut block, opened, levels) {
        return None;
    }
    let mut tokens = TokenStream::new();
    for statement in &block.stmts {
        statement.to_tokens(&mut tokens);
    }
    let mut probed = Group::new(written.delimiter(), tokens);
    probed.set_span(written.span());
    Some(probed)
}

/// What the compiler has to know of `perfguard.toml`: that its changes count, and its mistake.
fn words_of_file(file: &file::LintsFile) -> TokenStream {
    let here = Span::mixed_site();
    let tracked = file.path.as_deref().and_then(|path| path.to_str());
    let tracked = tracked.map(|path| {
        quote_spanned!(here=> const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);)
    });
    let mistake = file
        .mistake
        .as_deref()
        .map(|mistake| quote_spanned!(here=> ::core::compile_error! { #mistake }));
    quote_spanned!(here=> #tracked #mistake)
}
