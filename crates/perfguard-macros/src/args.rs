//! The arguments of `#[query_budget(..)]`.

mod allow;
mod checked;
mod expires;
mod export;
mod lints;
mod max;
mod profile;
mod scales;
mod table;
mod test;
mod time;

use std::time::Duration;

use perfguard_lints::{Level, Lint};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Ident, Lit, LitInt, LitStr, Result, Token, token};

pub(crate) use self::allow::{Allow, AllowArgs};
pub(crate) use self::checked::Checked;
pub(crate) use self::export::{Export, ExportKind};
use self::lints::Stated;
pub(crate) use self::max::{Limit, Max};
pub(crate) use self::table::TableMax;
pub(crate) use self::test::TestArgs;
use crate::errors::{Errors, arguments, rest_of_argument};

/// What a user asked for, free of mistakes.
pub(crate) struct BudgetArgs {
    pub(crate) max: Max,
    pub(crate) max_reads: Option<Max>,
    pub(crate) max_writes: Option<Max>,
    /// One entry for each table.
    pub(crate) max_tables: Vec<TableMax>,
    pub(crate) max_calls: Option<Max>,
    pub(crate) max_rows: Option<Max>,
    pub(crate) max_time: Option<Duration>,
    /// What guarded connections enforce.
    pub(crate) hard_max: Option<Max>,
    pub(crate) hard_max_rows: Option<Max>,
    pub(crate) hard_max_time: Option<Duration>,
    /// One entry for each rule.
    pub(crate) allows: Vec<Allow>,
    pub(crate) allow_empty: bool,
    /// Judged as a job, wherever it runs.
    pub(crate) is_job: bool,
    /// How many statements each item more may cost, for a proof.
    pub(crate) scales: Option<f64>,
    pub(crate) levels: Vec<(&'static Lint, Level)>,
    pub(crate) name: Option<LitStr>,
    /// Whether callers can find the budget.
    pub(crate) export: Option<Export>,
    /// Whether the callees' budgets are added up.
    pub(crate) checked: Option<Checked>,
}

impl Parse for BudgetArgs {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut errors = Errors::default();
        let mut draft = Draft::default();
        arguments(input, &mut errors, |input, errors| {
            draft.argument(input, errors)
        });

        // An argument with a mistake may well have been the limit: no word about a missing one then.
        errors.finish()?;
        let Some(max) = draft.max.take() else {
            return Err(Error::new(
                Span::call_site(),
                "expected `max`, such as `max = 3`: the largest number of statements that one call may run, which no other limit replaces",
            ));
        };
        if let Some(hard_max) = &draft.hard_max {
            hard_max.check_not_below(&max)?;
        }
        Ok(draft.with_max(max))
    }
}

/// The arguments read so far.
#[derive(Default)]
struct Draft {
    seen: Vec<Ident>,
    max: Option<Max>,
    max_reads: Option<Max>,
    max_writes: Option<Max>,
    max_tables: Vec<TableMax>,
    max_calls: Option<Max>,
    max_rows: Option<Max>,
    max_time: Option<Duration>,
    hard_max: Option<Max>,
    hard_max_rows: Option<Max>,
    hard_max_time: Option<Duration>,
    allows: Vec<Allow>,
    allow_empty: bool,
    is_job: bool,
    scales: Option<f64>,
    levels: Vec<Stated>,
    name: Option<LitStr>,
    export: Option<Export>,
    checked: Option<Checked>,
}

impl Draft {
    fn with_max(self, max: Max) -> BudgetArgs {
        BudgetArgs {
            max,
            max_reads: self.max_reads,
            max_writes: self.max_writes,
            max_tables: self.max_tables,
            max_calls: self.max_calls,
            max_rows: self.max_rows,
            max_time: self.max_time,
            hard_max: self.hard_max,
            hard_max_rows: self.hard_max_rows,
            hard_max_time: self.hard_max_time,
            allows: self.allows,
            allow_empty: self.allow_empty,
            is_job: self.is_job,
            scales: self.scales,
            levels: self.levels.iter().map(|it| (it.lint, it.level)).collect(),
            name: self.name,
            export: self.export,
            checked: self.checked,
        }
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(no_key(input));
        }
        let key = input.call(Ident::parse_any)?;
        match key.to_string().as_str() {
            "allow" => {
                for allow in Allow::parse(&key, input, errors)? {
                    self.allow(allow, errors);
                }
            }
            "allow_empty" => {
                flag(&key, input)?;
                self.once(&key, errors);
                self.allow_empty = true;
            }
            "checked" => {
                self.once(&key, errors);
                let checked = checked::parse(&key, input, errors)?;
                self.checked.get_or_insert(checked);
            }
            "deny" => {
                for stated in lints::parse(&key, Level::Deny, input, errors)? {
                    self.level(stated, errors);
                }
            }
            "export" => {
                self.once(&key, errors);
                let export = export::parse(&key, input)?;
                self.export.get_or_insert(export);
            }
            "hard_max" => {
                let max = self.limit(Limit::HardMax, &key, input, errors)?;
                self.hard_max.get_or_insert(max);
            }
            "hard_max_rows" => {
                let max = self.limit(Limit::HardMaxRows, &key, input, errors)?;
                self.hard_max_rows.get_or_insert(max);
            }
            "hard_max_time" => {
                let max = self.time(&key, input, errors)?;
                self.hard_max_time.get_or_insert(max);
            }
            "max" => {
                let max = self.limit(Limit::Max, &key, input, errors)?;
                self.max.get_or_insert(max);
            }
            "max_calls" => {
                let max = self.limit(Limit::MaxCalls, &key, input, errors)?;
                self.max_calls.get_or_insert(max);
            }
            "max_reads" => {
                let max = self.limit(Limit::MaxReads, &key, input, errors)?;
                self.max_reads.get_or_insert(max);
            }
            "max_rows" => {
                let max = self.limit(Limit::MaxRows, &key, input, errors)?;
                self.max_rows.get_or_insert(max);
            }
            "max_table" => {
                self.once(&key, errors);
                self.max_tables.extend(table::parse(&key, input, errors)?);
            }
            "max_time" => {
                let max = self.time(&key, input, errors)?;
                self.max_time.get_or_insert(max);
            }
            "max_writes" => {
                let max = self.limit(Limit::MaxWrites, &key, input, errors)?;
                self.max_writes.get_or_insert(max);
            }
            "name" => {
                self.once(&key, errors);
                let name = name(value(&key, input, "name = \"checkout\"")?)?;
                self.name.get_or_insert(name);
            }
            "profile" => {
                self.once(&key, errors);
                profile::check(&value(&key, input, profile::EXAMPLE)?)?;
                self.is_job = true;
            }
            "scales" => {
                self.once(&key, errors);
                let slope = scales::check(&value(&key, input, scales::EXAMPLE)?)?;
                self.scales.get_or_insert(slope);
            }
            "warn" => {
                for stated in lints::parse(&key, Level::Warn, input, errors)? {
                    self.level(stated, errors);
                }
            }
            unknown => {
                let message = format!(
                    "unknown argument `{unknown}`: expected `max`, `max_reads`, `max_writes`, `max_table(..)`, `max_calls`, `max_rows`, `max_time`, `hard_max`, `hard_max_rows`, `hard_max_time`, `allow(..)`, `warn(..)`, `deny(..)`, `allow_empty`, `profile`, `scales`, `export`, `checked` or `name`"
                );
                return Err(Error::new_spanned(&key, message));
            }
        }
        Ok(())
    }

    /// The number after a limit's key.
    fn limit(
        &mut self,
        limit: Limit,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Result<Max> {
        self.once(key, errors);
        Max::check(limit, value(key, input, limit.example())?)
    }

    /// The time after a limit's key.
    fn time(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Result<Duration> {
        self.once(key, errors);
        let key_text = key.to_string();
        time::check(&key_text, &value(key, input, &time::example(&key_text))?)
    }

    fn level(&mut self, stated: Stated, errors: &mut Errors) {
        let name = &stated.name;
        if self.levels.iter().any(|known| known.lint == stated.lint) {
            errors.at(name, format!("`{name}` is given twice: keep one of them"));
        } else {
            self.levels.push(stated);
        }
    }

    fn allow(&mut self, allow: Allow, errors: &mut Errors) {
        if let Some(lint) = allow.lint() {
            let stated = Stated {
                name: allow.rule,
                lint,
                level: Level::Allow,
            };
            return self.level(stated, errors);
        }
        let rule = &allow.rule;
        if self.allows.iter().any(|known| known.rule == *rule) {
            errors.at(rule, format!("`{rule}` is allowed twice: keep one of them"));
        } else {
            self.allows.push(allow);
        }
    }

    /// Notes that `key` was given; the second time is a mistake.
    fn once(&mut self, key: &Ident, errors: &mut Errors) {
        if self.seen.contains(key) {
            errors.at(key, format!("`{key}` is given twice: keep one of them"));
        } else {
            self.seen.push(key.clone());
        }
    }
}

/// The mistake of an argument that does not start with a word.
fn no_key(input: ParseStream<'_>) -> Error {
    let rest = rest_of_argument(input);
    if let Ok(limit) = syn::parse2::<LitInt>(rest.clone()) {
        return Error::new_spanned(rest, format!("expected `max = {limit}`"));
    }
    if rest.is_empty() {
        return input.error("expected an argument before this `,`");
    }
    Error::new_spanned(
        rest,
        "expected `max = 3`, `allow(..)`, `allow_empty` or `name = \"..\"`",
    )
}

/// The expression after `key =`.
fn value(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<Expr> {
    if !input.peek(Token![=]) {
        return Err(Error::new_spanned(
            key,
            format!("`{key}` needs a value: write `{example}`"),
        ));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new_spanned(
            equals,
            format!("expected a value after `=`, as in `{example}`"),
        ));
    }
    input.parse()
}

/// Checks that nothing stands after a word that is an argument by itself.
fn flag(key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) || input.peek(token::Paren) {
        let message = format!("`{key}` takes no value: write it alone, or leave it out");
        return Err(Error::new_spanned(rest_of_argument(input), message));
    }
    Ok(())
}

fn name(value: Expr) -> Result<LitStr> {
    match peel(&value) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        }) if is_blank(name) => Err(Error::new_spanned(
            name,
            "the name is empty: leave it out to use the function's path",
        )),
        Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        }) => Ok(name.clone()),
        _ => Err(Error::new_spanned(
            value,
            "the name is a string literal, as in `name = \"checkout\"`",
        )),
    }
}

fn is_blank(text: &LitStr) -> bool {
    text.value().trim().is_empty()
}

/// The expression itself, without the invisible groups of `macro_rules` fragments.
fn peel(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => peel(&group.expr),
        expr => expr,
    }
}

#[cfg(test)]
mod tests;
