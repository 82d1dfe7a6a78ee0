//! What a body calls, in the shape in which the budgets are added up.

use std::fmt::{self, Display};

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Path, PathArguments, spanned::Spanned};

use super::method_constant;
use crate::args::{Limit, Max};
use crate::budget::number;

/// Calls, and how often each may run.
#[derive(Clone)]
pub(super) enum Tree {
    Call(Call),
    /// One of several branches.
    Largest(Vec<Tree>),
    /// One after another.
    Sum(Vec<Tree>),
    /// So many times.
    Times(Factor, Box<Tree>),
}

/// A callee that may have a budget.
#[derive(Clone)]
pub(super) enum Call {
    /// Listed by the user: it has to have one.
    Listed(Path),
    /// Called by its name alone.
    Simple(Ident),
}

#[derive(Clone)]
pub(super) enum Factor {
    Number(u64),
    /// As many as a range with a constant in it.
    Range(Range),
    Written(Max),
}

#[derive(Clone)]
pub(super) struct Range {
    pub(super) start: End,
    pub(super) end: End,
    pub(super) is_closed: bool,
}

#[derive(Clone)]
pub(super) enum End {
    /// What the module may have by this name.
    Constant(Ident),
    Number(i128),
}

impl Tree {
    pub(super) fn sum(parts: Vec<Tree>) -> Self {
        Self::joined(parts, Self::Sum)
    }

    pub(super) fn largest(branches: Vec<Tree>) -> Self {
        Self::joined(branches, Self::Largest)
    }

    /// What counts something of several parts.
    fn joined(parts: Vec<Tree>, join: fn(Vec<Tree>) -> Self) -> Self {
        let mut parts: Vec<Tree> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                join(parts)
            }
            None => join(parts),
        }
    }

    pub(super) fn times(factor: Factor, part: Self) -> Self {
        match factor {
            Factor::Number(1) => part,
            factor => Self::Times(factor, Box::new(part)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Call(_) => false,
            Self::Largest(parts) | Self::Sum(parts) => parts.is_empty(),
            Self::Times(_, part) => part.is_empty(),
        }
    }

    pub(super) fn calls(&self) -> Vec<&Call> {
        match self {
            Self::Call(call) => vec![call],
            Self::Largest(parts) | Self::Sum(parts) => {
                parts.iter().flat_map(|part| part.calls()).collect()
            }
            Self::Times(_, part) => part.calls(),
        }
    }

    /// The ranges in it, with the calls that run so often.
    pub(super) fn ranges(&self) -> Vec<(&Range, Vec<&Call>)> {
        match self {
            Self::Call(_) => Vec::new(),
            Self::Largest(parts) | Self::Sum(parts) => {
                parts.iter().flat_map(|part| part.ranges()).collect()
            }
            Self::Times(factor, part) => {
                let mut ranges = part.ranges();
                if let Factor::Range(range) = factor {
                    ranges.push((range, part.calls()));
                }
                ranges
            }
        }
    }

    /// The constants that it refers to, and a `Cost` of the engine.
    pub(super) fn tokens(&self) -> (Vec<TokenStream>, TokenStream) {
        let mut factors = Vec::new();
        let cost = self.cost(&mut factors);
        (factors, cost)
    }

    fn cost(&self, factors: &mut Vec<TokenStream>) -> TokenStream {
        let here = Span::mixed_site();
        let mut list = |parts: &[Tree]| {
            let parts = parts.iter().map(|part| part.cost(factors));
            quote_spanned!(here=> &[#(#parts),*])
        };
        match self {
            Self::Call(call) => {
                let (name, max) = (call.to_string(), call.max());
                quote_spanned!(here=> ::perfguard::__private::Cost::Call(#name, #max))
            }
            Self::Largest(branches) => {
                let branches = list(branches);
                quote_spanned!(here=> ::perfguard::__private::Cost::Largest(#branches))
            }
            Self::Sum(parts) => {
                let parts = list(parts);
                quote_spanned!(here=> ::perfguard::__private::Cost::Sum(#parts))
            }
            Self::Times(factor, part) => {
                let times = factor.tokens(factors);
                let part = part.cost(factors);
                quote_spanned!(here=> ::perfguard::__private::Cost::Times(#times, &#part))
            }
        }
    }
}

/// As a formula of names.
impl Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separated = |f: &mut fmt::Formatter<'_>, parts: &[Tree], separator| {
            for (index, part) in parts.iter().enumerate() {
                let before = if index == 0 { "" } else { separator };
                write!(f, "{before}{part}")?;
            }
            Ok(())
        };
        match self {
            Self::Call(call) => write!(f, "{call}"),
            Self::Largest(branches) => {
                f.write_str("max(")?;
                separated(f, branches, ", ")?;
                f.write_str(")")
            }
            Self::Sum(parts) => separated(f, parts, " + "),
            Self::Times(factor, part) if matches!(**part, Self::Sum(_)) => {
                write!(f, "{factor} x ({part})")
            }
            Self::Times(factor, part) => write!(f, "{factor} x {part}"),
        }
    }
}

impl Factor {
    fn tokens(&self, factors: &mut Vec<TokenStream>) -> TokenStream {
        match self {
            Self::Number(times) | Self::Written(Max::Literal(times, _)) => {
                let times = Literal::u64_suffixed(*times);
                quote_spanned!(Span::mixed_site()=> #times)
            }
            Self::Range(range) => {
                let length = range.length();
                factor(
                    factors,
                    quote_spanned!(Span::mixed_site()=> ::perfguard::__private::counted(#length)),
                )
            }
            Self::Written(max) => factor(factors, number(Limit::Times, max)),
        }
    }
}

/// Declares a factor. A reference to a constant lives as long as the program, one to what it is
/// calculated from does not.
fn factor(factors: &mut Vec<TokenStream>, times: TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let name = Ident::new(&format!("__PERFGUARD_TIMES_{}", factors.len()), here);
    factors.push(quote_spanned!(here=> const #name: u64 = #times;));
    quote_spanned!(here=> #name)
}

impl Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(times) | Self::Written(Max::Literal(times, _)) => write!(f, "{times}"),
            Self::Range(range) => write!(f, "{range}"),
            Self::Written(Max::Constant(expr)) => {
                write!(f, "{}", quote::ToTokens::to_token_stream(expr))
            }
        }
    }
}

impl Range {
    pub(super) fn constants(&self) -> impl Iterator<Item = &Ident> {
        [&self.start, &self.end]
            .into_iter()
            .filter_map(|end| match end {
                End::Constant(name) => Some(name),
                End::Number(_) => None,
            })
    }

    /// How many items it has.
    fn length(&self) -> TokenStream {
        let (start, end, is_closed) = (self.start.tokens(), self.end.tokens(), self.is_closed);
        quote_spanned! {Span::mixed_site()=>
            ::perfguard::__private::length(#start, #end, #is_closed)
        }
    }

    /// The error of a call in a loop over it, if nobody knows the constant.
    pub(super) fn refusal(&self, call: &Call) -> TokenStream {
        let length = self.length();
        let there = call.span();
        let (name, max) = (call.to_string(), call.max());
        quote_spanned! {there=>
            const _: () = ::perfguard::__private::refuse_length(#name, #max, #length);
        }
    }
}

impl End {
    fn tokens(&self) -> TokenStream {
        let here = Span::mixed_site();
        match self {
            Self::Constant(name) => {
                let mut name = name.clone();
                name.set_span(here.located_at(name.span()));
                quote_spanned!(here=> (#name as i128))
            }
            Self::Number(number) => {
                let absolute = Literal::u128_unsuffixed(number.unsigned_abs());
                let minus = (*number < 0).then(|| quote_spanned!(here=> -));
                quote_spanned!(here=> (#minus #absolute))
            }
        }
    }
}

impl Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dots = if self.is_closed { "..=" } else { ".." };
        match (&self.start, self.is_closed) {
            (End::Number(0), false) => write!(f, "{}", self.end),
            (start, _) => write!(f, "({start}{dots}{})", self.end),
        }
    }
}

impl Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(name) => write!(f, "{name}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Call {
    /// The same, called from another place.
    pub(super) fn at(mut self, span: Span) -> Self {
        match &mut self {
            Self::Listed(path) => {
                for segment in &mut path.segments {
                    segment.ident.set_span(span);
                }
            }
            Self::Simple(name) => name.set_span(span),
        }
        self
    }

    pub(super) fn simple_name(&self) -> Option<&Ident> {
        match self {
            Self::Listed(_) => None,
            Self::Simple(name) => Some(name),
        }
    }

    fn span(&self) -> Span {
        let span = match self {
            Self::Listed(path) => path.segments.last().map_or(path.span(), |it| it.span()),
            Self::Simple(name) => name.span(),
        };
        Span::mixed_site().located_at(span)
    }

    /// The budget.
    fn max(&self) -> TokenStream {
        let there = self.span();
        match self {
            Self::Listed(path) => listed_max(path),
            Self::Simple(name) => {
                let mut name = name.clone();
                name.set_span(there);
                quote_spanned!(there=> #name::__PERFGUARD_MAX as u64)
            }
        }
    }

    /// The error of a call in a loop without a bound.
    pub(super) fn refusal(&self) -> TokenStream {
        let there = self.span();
        let max = self.max();
        let name = self.to_string();
        quote_spanned! {there=>
            const _: () = ::perfguard::__private::refuse_loop(#name, #max);
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(path) => {
                let names = path.segments.iter();
                let names: Vec<String> = names.map(|it| it.ident.unraw().to_string()).collect();
                f.write_str(&names.join("::"))
            }
            Self::Simple(name) => write!(f, "{}", name.unraw()),
        }
    }
}

/// The budget of what a path names: a type's function where the segment before the last one is
/// written like a type.
fn listed_max(path: &Path) -> TokenStream {
    let mut path = path.clone();
    for segment in &mut path.segments {
        let there = Span::mixed_site().located_at(segment.ident.span());
        segment.ident.set_span(there);
    }
    let is_method = path.segments.iter().rev().nth(1).is_some_and(|owner| {
        let name = owner.ident.unraw().to_string();
        name.starts_with(char::is_uppercase)
    });
    if let Some(function) = path.segments.last_mut() {
        function.arguments = PathArguments::None;
        if is_method {
            function.ident = method_constant(&function.ident, function.ident.span());
        }
    }
    let there = Span::mixed_site().located_at(path.span());
    if is_method {
        quote_spanned!(there=> #path)
    } else {
        quote_spanned!(there=> #path::__PERFGUARD_MAX as u64)
    }
}
