//! The arguments of `#[perfguard::test(..)]`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Result, parse_quote};

use super::{BudgetArgs, Draft, Max, flag};
use crate::errors::{Errors, arguments};

syn::custom_keyword!(explain);

/// What is said of a test, which may be nothing.
#[derive(Default)]
pub(crate) struct TestArgs {
    pub(crate) budget: Option<BudgetArgs>,
    /// Whether the plans of its statements are looked at.
    pub(crate) explains: bool,
}

/// The arguments of a budget that a test has as well.
const KNOWN: &[&str] = &[
    "allow",
    "allow_empty",
    "explain",
    "max",
    "max_calls",
    "max_reads",
    "max_rows",
    "max_table",
    "max_writes",
    "profile",
];

impl Parse for TestArgs {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self::default());
        }
        let mut errors = Errors::default();
        let mut draft = Draft::default();
        let mut explains = false;
        arguments(input, &mut errors, |input, errors| {
            check_key(input)?;
            if input.peek(explain) {
                let key = input.call(Ident::parse_any)?;
                flag(&key, input)?;
                draft.once(&key, errors);
                explains = true;
                return Ok(());
            }
            draft.argument(input, errors)
        });
        if let Some(stated) = draft.levels.first() {
            let message = format!("`{}` is a lint, and no lint looks at a test", stated.name);
            errors.at(&stated.name, message);
        }
        errors.finish()?;
        let states_nothing = draft.seen.len() == 1 && draft.allows.is_empty();
        if explains && states_nothing {
            return Ok(Self {
                budget: None,
                explains,
            });
        }
        // Where none is stated, no number of statements is too large.
        let max = draft
            .max
            .take()
            .unwrap_or_else(|| Max::Constant(parse_quote!(::core::primitive::u64::MAX)));
        Ok(Self {
            budget: Some(draft.with_max(max)),
            explains,
        })
    }
}

fn check_key(input: ParseStream<'_>) -> Result<()> {
    let Ok(key) = input.fork().call(Ident::parse_any) else {
        return Ok(());
    };
    let known: Vec<_> = KNOWN.iter().map(|known| format!("`{known}`")).collect();
    if KNOWN.iter().any(|known| key == known) {
        return Ok(());
    }
    let message = format!(
        "`{key}` is no argument of a test: expected {}",
        known.join(", ")
    );
    Err(Error::new_spanned(key, message))
}
