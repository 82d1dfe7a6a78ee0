//! `static_cache`: a static map that is written to and that nothing is ever removed from.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{File, ItemStatic, Local, PathSegment, Type, Visibility};

use crate::catalog::STATIC_CACHE;
use crate::strict::Finding;
use crate::syntax::{bound, chain, is_one_of, variable};

/// The maps of a file that only grow.
pub(crate) fn growing_caches(file: &File) -> Vec<Finding> {
    let mut statics = Statics(Vec::new());
    statics.visit_file(file);
    if statics.0.is_empty() {
        return Vec::new();
    }
    let mut uses = Uses {
        aliases: statics
            .0
            .iter()
            .map(|it| (it.to_string(), it.to_string()))
            .collect(),
        called: HashMap::new(),
    };
    uses.visit_file(file);
    let grows = |it: &Ident| {
        uses.called.get(&it.to_string()).is_some_and(|methods| {
            let has = |names: &[&str]| names.iter().any(|it| methods.contains(*it));
            has(&["entry", "insert"])
                && !has(&[
                    "clear",
                    "drain",
                    "pop",
                    "pop_first",
                    "pop_last",
                    "remove",
                    "remove_entry",
                    "remove_if",
                    "retain",
                    "shift_remove",
                    "swap_remove",
                    "take",
                ])
        })
    };
    let growing = statics.0.iter().filter(|it| grows(it));
    growing
        .map(|it| Finding {
            lint: &STATIC_CACHE,
            span: it.span(),
            message: format!("`{it}` grows with each new key, and nothing is ever removed: use a cache with a bound"),
        })
        .collect()
}

/// The private static maps of a file: what others do with public ones is not seen here.
struct Statics<'a>(Vec<&'a Ident>);

impl<'a> Visit<'a> for Statics<'a> {
    fn visit_item_static(&mut self, it: &'a ItemStatic) {
        if matches!(it.vis, Visibility::Inherited) && is_map(&it.ty) {
            self.0.push(&it.ident);
        }
    }
}

fn is_map(ty: &Type) -> bool {
    struct Maps(bool);
    impl<'a> Visit<'a> for Maps {
        fn visit_path_segment(&mut self, it: &'a PathSegment) {
            self.0 |= is_one_of(&it.ident, &["BTreeMap", "DashMap", "HashMap"]);
            visit::visit_path_segment(self, it);
        }
    }
    let mut maps = Maps(false);
    maps.visit_type(ty);
    maps.0
}

struct Uses {
    /// Variables that stand for a static: its guards.
    aliases: HashMap<String, String>,
    /// The methods that each static is asked for.
    called: HashMap<String, HashSet<String>>,
}

impl<'a> Visit<'a> for Uses {
    fn visit_local(&mut self, it: &'a Local) {
        if let (Some(init), [name]) = (&it.init, bound(&it.pat).as_slice()) {
            let of = variable(chain(&init.expr).0).and_then(|it| self.aliases.get(&it.to_string()));
            if let Some(of) = of.cloned() {
                self.aliases.insert(name.to_string(), of);
            }
        }
        visit::visit_local(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'a syn::ExprMethodCall) {
        let of = variable(chain(&it.receiver).0).and_then(|it| self.aliases.get(&it.to_string()));
        if let Some(of) = of.cloned() {
            self.called
                .entry(of)
                .or_default()
                .insert(it.method.to_string());
        }
        visit::visit_expr_method_call(self, it);
    }
}
