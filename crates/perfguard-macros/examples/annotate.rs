//! Puts `#[query_budget]` on every function of a crate, to see that what compiled still compiles.
//!
//! ```text
//! cargo run -p perfguard-macros --example annotate -- some-crate/src
//! ```
//!
//! Files are changed in place. A `const fn` and a function without a body are left alone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, Signature, TraitItemFn, Visibility};

const ATTRIBUTE: &str = "#[::perfguard::query_budget(max = 1_000_000, allow_empty)] ";

fn main() -> io::Result<()> {
    let mut sum = (0, 0);
    for folder in env::args_os().skip(1) {
        for file in files(Path::new(&folder))? {
            let text = fs::read_to_string(&file)?;
            let Ok(parsed) = syn::parse_file(&text) else {
                continue;
            };
            let mut places = Places(Vec::new());
            places.visit_file(&parsed);
            sum = (sum.0 + places.0.len(), sum.1 + text.lines().count());
            fs::write(&file, annotated(&text, places.0))?;
        }
    }
    let mut out = io::stdout();
    writeln!(out, "{} functions in {} lines", sum.0, sum.1)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The text with the attribute at each place.
fn annotated(text: &str, mut places: Vec<LineColumn>) -> String {
    places.sort_unstable_by_key(|at| (at.line, at.column));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for at in places.iter().rev() {
        if let Some(line) = lines.get_mut(at.line - 1) {
            let column = line
                .char_indices()
                .nth(at.column)
                .map_or(line.len(), |(index, _)| index);
            line.insert_str(column, ATTRIBUTE);
        }
    }
    lines.join("\n") + "\n"
}

/// Where functions start, behind their attributes.
struct Places(Vec<LineColumn>);

impl Places {
    fn add(&mut self, attrs: &[Attribute], vis: Option<&Visibility>, sig: &Signature) {
        let is_macro = attrs.iter().any(|attr| {
            attr.path().is_ident("proc_macro") || attr.path().is_ident("panic_handler")
        });
        if sig.constness.is_some() || is_macro {
            return;
        }
        let start = match vis {
            Some(vis) if !matches!(vis, Visibility::Inherited) => vis.span(),
            _ => sig.span(),
        };
        self.0.push(start.start());
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.attrs, Some(&function.vis), &function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.add(&function.attrs, Some(&function.vis), &function.sig);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if function.default.is_some() {
            self.add(&function.attrs, None, &function.sig);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
