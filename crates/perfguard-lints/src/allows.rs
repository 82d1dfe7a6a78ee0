//! What the source says of lints: `#[perfguard::allow(..)]`, and `allow(..)`, `warn(..)` and
//! `deny(..)` of `#[query_budget(..)]`.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Expr, File, ForeignItem, Ident, ImplItem, Item, Lit, Meta, Path, Stmt, Token,
    TraitItem,
};

use crate::catalog::{Level, Lint, QUERY_IN_LOOP};
use crate::place::Place;
use crate::syntax::{callee, ends_with, last, text, variable};

/// An allow of one lint, and what it covers.
pub(crate) struct Allow {
    pub(crate) lint: &'static Lint,
    /// `None` where it says none: then it has no effect.
    pub(crate) reason: Option<String>,
    /// Where the lint's name stands.
    pub(crate) place: Place,
    covers: std::ops::Range<usize>,
}

impl Allow {
    pub(crate) fn covers(&self, span: Span) -> bool {
        self.covers.contains(&span.byte_range().start)
    }
}

/// A level that a function states of one lint.
pub(crate) struct StatedLevel {
    pub(crate) lint: &'static Lint,
    pub(crate) level: Level,
    covers: std::ops::Range<usize>,
}

/// What a file says of lints.
#[derive(Default)]
pub(crate) struct Stated {
    pub(crate) allows: Vec<Allow>,
    levels: Vec<StatedLevel>,
}

impl Stated {
    /// What is said.
    pub(crate) fn of(file: &File) -> Self {
        let mut finding = Finding {
            nodes: Vec::new(),
            stated: Self::default(),
        };
        finding.visit_file(file);
        finding.stated
    }

    /// Whether a lint is asked for that reads functions one by one.
    pub(crate) fn wants_more_than_loops(&self) -> bool {
        self.levels.iter().any(|it| *it.lint != QUERY_IN_LOOP)
    }

    /// The level of a lint at a place, if it is stated. Of two the stricter one counts, as `deny`
    /// does over `warn` in one attribute.
    pub(crate) fn level(&self, lint: &Lint, span: Span) -> Option<Level> {
        let at = span.byte_range().start;
        let here = self.levels.iter().filter(|it| it.covers.contains(&at));
        here.filter(|it| it.lint == lint).map(|it| it.level).max()
    }
}

/// What an attribute may stand on. Its whole range is asked for only where there is an allow.
enum Node<'a> {
    Arm(&'a Arm),
    Expr(&'a Expr),
    ImplItem(&'a ImplItem),
    Item(&'a Item),
    Stmt(&'a Stmt),
    TraitItem(&'a TraitItem),
}

impl Node<'_> {
    fn range(&self) -> std::ops::Range<usize> {
        let span = match self {
            Self::Arm(it) => it.span(),
            Self::Expr(it) => it.span(),
            Self::ImplItem(it) => it.span(),
            Self::Item(it) => it.span(),
            Self::Stmt(it) => it.span(),
            Self::TraitItem(it) => it.span(),
        };
        span.byte_range()
    }
}

struct Finding<'a> {
    nodes: Vec<Node<'a>>,
    stated: Stated,
}

impl<'a> Finding<'a> {
    fn within(&mut self, node: Node<'a>, walk: impl FnOnce(&mut Self)) {
        self.nodes.push(node);
        walk(self);
        self.nodes.pop();
    }

    fn add_levels(&mut self, level: Level, names: &[Ident]) {
        let Some(covers) = self.nodes.last().map(Node::range) else {
            return;
        };
        let lints = names.iter().filter_map(|it| Lint::named(&it.to_string()));
        self.stated.levels.extend(lints.map(|lint| StatedLevel {
            lint,
            level,
            covers: covers.clone(),
        }));
    }

    fn add(&mut self, list: AllowList) {
        let Some(covers) = self.nodes.last().map(Node::range) else {
            return;
        };
        for name in list.names {
            // A rule of the run time, or a mistake that the attribute reports.
            if let Some(lint) = Lint::named(&name.to_string()) {
                self.stated.allows.push(Allow {
                    lint,
                    reason: list.reason.clone(),
                    place: Place::of(name.span()),
                    covers: covers.clone(),
                });
            }
        }
    }
}

/// `query_in_loop, reason = ".."`
struct AllowList {
    names: Vec<Ident>,
    reason: Option<String>,
}

impl Parse for AllowList {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut list = Self {
            names: Vec::new(),
            reason: None,
        };
        for meta in Punctuated::<Meta, Token![,]>::parse_terminated(input)? {
            match meta {
                Meta::Path(path) => list.names.extend(last(&path).cloned()),
                Meta::NameValue(it) if it.path.is_ident("reason") => {
                    if let Expr::Lit(it) = &it.value
                        && let Lit::Str(text) = &it.lit
                        && !text.value().trim().is_empty()
                    {
                        list.reason = Some(text.value());
                    }
                }
                _ => {}
            }
        }
        Ok(list)
    }
}

/// The arguments of `#[query_budget(..)]`, of which only `allow(..)`, `warn(..)` and `deny(..)`
/// matter.
#[derive(Default)]
struct BudgetArguments {
    allows: Vec<AllowList>,
    levels: Vec<(Level, Vec<Ident>)>,
}

impl Parse for BudgetArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut arguments = Self::default();
        for argument in Punctuated::<Expr, Token![,]>::parse_terminated(input)? {
            let Expr::Call(call) = argument else {
                continue;
            };
            let level = callee(&call)
                .and_then(Path::get_ident)
                .and_then(|it| Level::parse(&it.to_string()));
            let Some(level) = level else {
                continue;
            };
            let mut list = AllowList {
                names: Vec::new(),
                reason: None,
            };
            for argument in &call.args {
                match argument {
                    Expr::Path(it) => list.names.extend(last(&it.path).cloned()),
                    Expr::Assign(it) if variable(&it.left).is_some_and(|it| it == "reason") => {
                        let text = text(&it.right).map(syn::LitStr::value);
                        list.reason = text.filter(|it| !it.trim().is_empty());
                    }
                    _ => {}
                }
            }
            match level {
                Level::Allow => arguments.allows.push(list),
                Level::Deny | Level::Warn => arguments.levels.push((level, list.names)),
            }
        }
        Ok(arguments)
    }
}

impl<'a> Visit<'a> for Finding<'a> {
    fn visit_attribute(&mut self, it: &'a Attribute) {
        let path = it.path();
        if ends_with(path, &["perfguard", "allow"]) {
            if let Ok(list) = it.parse_args() {
                self.add(list);
            }
        } else if ends_with(path, &["query_budget"])
            && let Ok(BudgetArguments { allows, levels }) = it.parse_args()
        {
            for list in allows {
                self.add(list);
            }
            for (level, names) in levels {
                self.add_levels(level, &names);
            }
        }
    }

    fn visit_arm(&mut self, it: &'a Arm) {
        self.within(Node::Arm(it), |walk| visit::visit_arm(walk, it));
    }

    fn visit_expr(&mut self, it: &'a Expr) {
        self.within(Node::Expr(it), |walk| visit::visit_expr(walk, it));
    }

    fn visit_foreign_item(&mut self, _: &'a ForeignItem) {}

    fn visit_impl_item(&mut self, it: &'a ImplItem) {
        self.within(Node::ImplItem(it), |walk| visit::visit_impl_item(walk, it));
    }

    fn visit_item(&mut self, it: &'a Item) {
        self.within(Node::Item(it), |walk| visit::visit_item(walk, it));
    }

    fn visit_stmt(&mut self, it: &'a Stmt) {
        self.within(Node::Stmt(it), |walk| visit::visit_stmt(walk, it));
    }

    fn visit_trait_item(&mut self, it: &'a TraitItem) {
        self.within(Node::TraitItem(it), |walk| {
            visit::visit_trait_item(walk, it)
        });
    }
}
