//! `allow(<rule>, .., reason = "..")`.

use perfguard_lints::{LINTS, Lint};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result, Token, parenthesized, token};

use super::expires::{self, Day};
use super::{is_blank, peel, value};
use crate::errors::{Errors, arguments, rest_of_argument};
use crate::rules::ALLOWABLE;

/// One allowed rule or lint.
pub(crate) struct Allow {
    pub(crate) rule: Ident,
    pub(crate) reason: LitStr,
    pub(crate) expires: Option<Day>,
}

/// The arguments of `#[perfguard::allow(..)]`.
pub(crate) struct AllowArgs {
    /// One entry for each rule.
    pub(crate) allows: Vec<Allow>,
    /// One entry for each lint.
    pub(crate) lints: Vec<Allow>,
}

impl AllowArgs {
    /// The mistake of an attribute without arguments.
    pub(crate) fn missing(written: &impl ToTokens) -> Result<Self> {
        let message = format!("expected a rule and a reason: {FORM}");
        Err(Error::new_spanned(written, message))
    }
}

impl Parse for AllowArgs {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Self::missing(&proc_macro2::TokenStream::new());
        }
        let written = input.fork().parse::<TokenStream>()?;
        let mut errors = Errors::default();
        let mut draft = Draft::default();
        arguments(input, &mut errors, |input, errors| {
            draft.argument(input, errors)
        });
        let allows = draft.finish(&written, &mut errors);
        for (index, Allow { rule, .. }) in allows.iter().enumerate() {
            if allows.iter().take(index).any(|known| known.rule == *rule) {
                errors.at(rule, format!("`{rule}` is allowed twice: keep one of them"));
            }
        }
        errors.finish()?;
        let (lints, allows) = allows.into_iter().partition(|it| it.lint().is_some());
        Ok(Self { allows, lints })
    }
}

impl Allow {
    /// The lint, if it is one: the compiler hears of it, and not a run.
    pub(crate) fn lint(&self) -> Option<&'static Lint> {
        Lint::named(&self.rule.to_string())
    }

    /// Reads what follows the word `allow`: an entry for each rule that it names.
    pub(super) fn parse(
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Result<Vec<Self>> {
        if !input.peek(token::Paren) {
            let message = format!("expected a rule and a reason: {FORM}");
            return Err(Error::new_spanned(key, message));
        }
        let mut written = key.to_token_stream();
        written.extend(rest_of_argument(input));
        let content;
        parenthesized!(content in input);

        let mut draft = Draft::default();
        arguments(&content, errors, |content, errors| {
            draft.argument(content, errors)
        });
        Ok(draft.finish(&written, errors))
    }
}

const FORM: &str = "write `allow(n_plus_one, reason = \"why it is expected here\")`";

/// What was read between the parentheses so far.
#[derive(Default)]
struct Draft {
    rules: Vec<Ident>,
    /// Whether something was written that was meant as a rule.
    names_rule: bool,
    reason: Reason,
    expires: Option<Day>,
    has_expires: bool,
}

#[derive(Default)]
enum Reason {
    #[default]
    Missing,
    /// Already reported.
    Mistaken,
    Given(LitStr),
}

impl Reason {
    fn mistake(&mut self) {
        if matches!(self, Self::Missing) {
            *self = Self::Mistaken;
        }
    }
}

impl Draft {
    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        if input.peek(LitStr) {
            self.names_rule = true;
            let text = input.parse::<LitStr>()?;
            return known(&text.value(), &text);
        }
        if !input.peek(Ident::peek_any) {
            let message = format!("expected a rule or a reason: {FORM}");
            return Err(Error::new_spanned(rest_of_argument(input), message));
        }
        let mut written = rest_of_argument(input);
        let word = input.call(Ident::parse_any)?;
        if word == "reason" {
            return self.reason(&word, input, errors);
        }
        if word == "expires" {
            if self.has_expires {
                errors.at(&word, "`expires` is given twice: keep one of them");
            }
            self.has_expires = true;
            self.expires = Some(expires::check(&value(&word, input, expires::EXAMPLE)?)?);
            return Ok(());
        }
        if input.peek(Token![=]) {
            // Meant as the reason, most likely: no word about a missing one then.
            self.reason.mistake();
            let message = format!(
                "unknown argument `{word}`: `allow` takes rules, `reason = \"..\"` and `expires = \"..\"`"
            );
            return Err(Error::new_spanned(&word, message));
        }

        self.names_rule = true;
        let mut name = word.to_string();
        while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
            input.parse::<Token![-]>()?;
            name = format!("{name}-{}", input.call(Ident::parse_any)?);
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            // Only the name is at fault, not what follows it by mistake.
            written = word.to_token_stream();
        }
        known(&name, &written)?;
        self.rules.push(word);
        Ok(())
    }

    fn reason(&mut self, key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        if !matches!(self.reason, Reason::Missing) {
            errors.at(key, "`reason` is given twice: keep one of them");
        }
        self.reason.mistake();
        let value = value(key, input, "reason = \"why it is expected here\"")?;
        match peel(&value) {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if is_blank(text) => {
                let message = format!("the reason is empty: {FORM}");
                Err(Error::new_spanned(text, message))
            }
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                self.reason = Reason::Given(text.clone());
                Ok(())
            }
            _ => {
                let message = format!("the reason is a string literal: {FORM}");
                Err(Error::new_spanned(&value, message))
            }
        }
    }

    fn finish(self, written: &TokenStream, errors: &mut Errors) -> Vec<Allow> {
        match (&self.reason, self.names_rule) {
            (Reason::Missing, _) => errors.at(written, format!("a reason is missing: {FORM}")),
            (_, false) => errors.at(written, format!("a rule is missing: {FORM}")),
            _ => {}
        }
        let Reason::Given(reason) = self.reason else {
            return Vec::new();
        };
        let allow = |rule| Allow {
            rule,
            reason: reason.clone(),
            expires: self.expires,
        };
        let allows: Vec<_> = self.rules.into_iter().map(allow).collect();
        for allow in allows
            .iter()
            .filter(|it| self.has_expires && it.lint().is_some())
        {
            let message = format!(
                "`{}` is a lint, and `expires` goes with rules alone: what compiles must not depend on the day",
                allow.rule
            );
            errors.at(&allow.rule, message);
        }
        allows
    }
}

/// Checks the name of a rule, written as `tokens`.
fn known(name: &str, tokens: &impl ToTokens) -> Result<()> {
    let rule = name.replace('-', "_").to_lowercase();
    let raised = match rule.as_str() {
        "query_budget" => Some("max"),
        "row_budget" => Some("max_rows"),
        "time_budget" => Some("max_time"),
        _ => None,
    };
    let message = if let Some(key) = raised {
        format!("the budget itself cannot be allowed: raise `{key}` instead")
    } else if !ALLOWABLE.contains(&rule.as_str()) && Lint::named(&rule).is_none() {
        let rules = ALLOWABLE.map(|rule| format!("`{rule}`")).join(", ");
        let lints: Vec<_> = LINTS
            .iter()
            .map(|lint| format!("`{}`", lint.name))
            .collect();
        let lints = lints.join(", ");
        format!("unknown rule `{name}`: expected one of {rules}, or one of the lints {lints}")
    } else if rule != name || syn::parse2::<Ident>(tokens.to_token_stream()).is_err() {
        format!("a rule is written as a Rust name: did you mean `{rule}`?")
    } else {
        return Ok(());
    };
    Err(Error::new_spanned(tokens, message))
}
