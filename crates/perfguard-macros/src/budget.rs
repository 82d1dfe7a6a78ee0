//! `#[query_budget]`: from checked arguments to the site that the body is run under.

use std::time::Duration;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Result, spanned::Spanned};

use crate::allow::list as allow_list;
use crate::args::{BudgetArgs, Limit, Max, TableMax};
use crate::arithmetic;
use crate::errors::both;
use crate::expand::{self, Scope};
use crate::function::Function;
use crate::lints;

/// Expands the attribute on `item`.
pub(crate) fn attribute(args: TokenStream, item: &TokenStream) -> Result<TokenStream> {
    let (args, mut function) = both(
        syn::parse2::<BudgetArgs>(args),
        Function::parse("query_budget", item),
    )?;
    let exported = arithmetic::export(&function, &args);
    let words = lints::check(&mut function, &args.levels)?;
    // Of the body with its probes: it takes attributes out.
    let checks = arithmetic::check(&mut function, &args)?;
    let mut scope = scope(&function, &args, &words);
    scope.items.extend(checks);
    let function = expand::function(&function, &scope);
    Ok(quote!(#exported #function))
}

fn scope(function: &Function, args: &BudgetArgs, words: &TokenStream) -> Scope {
    let here = Span::mixed_site();
    let place = expand::place(function);
    let budget = budget(args);
    let path = expand::path(function);
    let name = match &args.name {
        Some(name) => quote_spanned!(here=> #name),
        None => expand::name(function),
    };
    Scope {
        items: quote_spanned! {here=>
            #words
            static __PERFGUARD_SITE: ::perfguard::__private::Site =
                ::perfguard::__private::Site::new(#place, #budget).at(#path);
        },
        run_async: quote_spanned!(here=> run_async),
        run_sync: quote_spanned!(here=> run_sync),
        arguments: quote_spanned!(here=> &__PERFGUARD_SITE, #name),
        counts_items: true,
    }
}

/// The budget that the arguments state.
pub(crate) fn budget(args: &BudgetArgs) -> TokenStream {
    let here = Span::mixed_site();
    let max = number(Limit::Max, &args.max);
    let allows = allow_list(&args.allows);
    // A static needs a slice that lives as long; a call in it is promoted only in a block of its own.
    let allow =
        (!args.allows.is_empty()).then(|| quote_spanned!(here=> .allow(const { &[#allows] })));
    let allow_empty = args
        .allow_empty
        .then(|| quote_spanned!(here=> .allow_empty()));
    let profile = args
        .is_job
        .then(|| quote_spanned!(here=> .profile(::perfguard::__private::Profile::Job)));
    let scales = args
        .scales
        .map(|slope| quote_spanned!(here=> .scales_by(#slope)));
    let parts = parts(args);
    let limits = limits(args);
    quote_spanned! {here=>
        ::perfguard::__private::Budget::new(#max) #parts #allow #allow_empty #profile #scales #limits
    }
}

/// What is stated beside `max`: of kinds of statements, of tables, of calls, of rows and of time.
fn parts(args: &BudgetArgs) -> TokenStream {
    let here = Span::mixed_site();
    let part = |limit: Limit, max: &Option<Max>, method: TokenStream| {
        max.as_ref().map(|max| {
            let max = number(limit, max);
            quote_spanned!(here=> .#method(#max))
        })
    };
    let reads = part(
        Limit::MaxReads,
        &args.max_reads,
        quote_spanned!(here=> reads),
    );
    let writes = part(
        Limit::MaxWrites,
        &args.max_writes,
        quote_spanned!(here=> writes),
    );
    let calls = part(
        Limit::MaxCalls,
        &args.max_calls,
        quote_spanned!(here=> calls),
    );
    let rows = part(Limit::MaxRows, &args.max_rows, quote_spanned!(here=> rows));
    let tables = args.max_tables.iter().map(|TableMax { table, max }| {
        let max = number(Limit::MaxTable, max);
        quote_spanned!(here=> (#table, #max))
    });
    let tables = (!args.max_tables.is_empty())
        .then(|| quote_spanned!(here=> .tables(const { &[#(#tables),*] })));
    let time = args.max_time.map(|max| {
        let max = duration(max);
        quote_spanned!(here=> .time(#max))
    });
    quote_spanned!(here=> #reads #writes #tables #calls #rows #time)
}

/// What guarded connections enforce, if anything.
fn limits(args: &BudgetArgs) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let statements = args.hard_max.as_ref().map(|max| {
        let max = number(Limit::HardMax, max);
        quote_spanned!(here=> .hard_max(#max))
    });
    let rows = args.hard_max_rows.as_ref().map(|max| {
        let max = number(Limit::HardMaxRows, max);
        quote_spanned!(here=> .hard_max_rows(#max))
    });
    let time = args.hard_max_time.map(|max| {
        let max = duration(max);
        quote_spanned!(here=> .hard_max_time(#max))
    });
    (statements.is_some() || rows.is_some() || time.is_some()).then(|| {
        quote_spanned! {here=>
            .limits(::perfguard::__private::Limits::new() #statements #rows #time)
        }
    })
}

fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote_spanned!(Span::mixed_site()=> ::core::time::Duration::new(#seconds, #nanoseconds))
}

/// A limit as a `u64`.
///
/// A constant may be of any integer type. The pattern, and not a cast alone, refuses what is no
/// integer, with the compiler's own words at the user's expression, and a negative one.
pub(crate) fn number(limit: Limit, max: &Max) -> TokenStream {
    match max {
        Max::Literal(number, written) => {
            let mut number = Literal::u64_suffixed(*number);
            number.set_span(written.span());
            quote_spanned!(written.span()=> #number)
        }
        Max::Constant(expr) => {
            let there = Span::mixed_site().located_at(expr.span());
            let negative = format!(
                "`{}` is negative: it is a number of {}, 0 or more",
                limit.key(),
                limit.counts()
            );
            quote_spanned! {there=>
                match (#expr) {
                    max @ 0.. => max as u64,
                    _ => ::core::panic!(#negative),
                }
            }
        }
    }
}
