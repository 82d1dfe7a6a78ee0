//! Source with the findings that it shall have, in `cases/`.
//!
//! `//~ name` at the end of a line says that `name` is found there, and nothing where it does not
//! stand.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{File, ItemFn};

use crate::{FunctionView, calls_in_loops, open_macros_of_file, strict_lints};

type Found = BTreeSet<(usize, String)>;

fn expected(text: &str) -> Found {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| Some((at, line.split_once("//~")?.1)))
        .flat_map(|(at, names)| {
            let names = names.split(',');
            names.map(move |name| (at + 1, name.trim().to_owned()))
        })
        .collect()
}

/// Each function of a file, with what `look` finds in it.
fn found(text: &str, look: fn(&ItemFn) -> Found) -> Found {
    struct Functions(fn(&ItemFn) -> Found, Found);
    impl<'a> Visit<'a> for Functions {
        fn visit_item_fn(&mut self, it: &'a ItemFn) {
            self.1.extend((self.0)(it));
            visit::visit_item_fn(self, it);
        }
    }
    let mut file: File = syn::parse_str(text).unwrap();
    open_macros_of_file(&mut file);
    let mut functions = Functions(look, Found::new());
    functions.visit_file(&file);
    functions.1
}

#[test]
fn calls_that_run_once_for_each_item_are_found() {
    let text = include_str!("../cases/loops.rs");
    let found = found(text, |it| {
        let calls = calls_in_loops(&it.block).into_iter();
        let named = calls.filter_map(|it| Some((it.call.name()?, it.depends)));
        let asked = named.filter(|(name, _)| *name == "ask");
        asked
            .map(|(name, depends)| {
                let kind = if depends { "each" } else { "again" };
                (name.span().start().line, kind.to_owned())
            })
            .collect()
    });
    assert_eq!(found, expected(text));
}

#[test]
fn strict_lints_find_what_they_shall() {
    let text = include_str!("../cases/strict.rs");
    let found = found(text, |it| {
        let view = FunctionView::new(it.sig.asyncness, &it.block).signature(&it.sig);
        let found = strict_lints(view).into_iter();
        found
            .map(|it| (it.span.start().line, it.lint.name.to_owned()))
            .collect()
    });
    assert_eq!(found, expected(text));
}
