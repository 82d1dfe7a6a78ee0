//! `#[perfguard::allow(..)]` and `#[query_budget(allow(..))]` in the source.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Expr, File, ForeignItem, Ident, ImplItem, Item, Lit, Meta, Stmt, Token,
    TraitItem,
};

use crate::catalog::Lint;
use crate::place::Place;
use crate::syntax::{ends_with, last};

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

/// The allows of a file.
pub(crate) fn find(file: &File) -> Vec<Allow> {
    let mut finding = Finding {
        nodes: Vec::new(),
        allows: Vec::new(),
    };
    finding.visit_file(file);
    finding.allows
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
    allows: Vec<Allow>,
}

impl<'a> Finding<'a> {
    fn within(&mut self, node: Node<'a>, walk: impl FnOnce(&mut Self)) {
        self.nodes.push(node);
        walk(self);
        self.nodes.pop();
    }

    fn add(&mut self, list: AllowList) {
        let Some(covers) = self.nodes.last().map(Node::range) else {
            return;
        };
        for name in list.names {
            // A rule of the run time, or a mistake that the attribute reports.
            if let Some(lint) = Lint::named(&name.to_string()) {
                self.allows.push(Allow {
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

/// The arguments of `#[query_budget(..)]`, of which only `allow(..)` matters.
struct BudgetArguments(Vec<AllowList>);

impl Parse for BudgetArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut lists = Vec::new();
        for argument in Punctuated::<Expr, Token![,]>::parse_terminated(input)? {
            if let Expr::Call(call) = argument
                && matches!(&*call.func, Expr::Path(it) if it.path.is_ident("allow"))
            {
                let mut list = AllowList {
                    names: Vec::new(),
                    reason: None,
                };
                for argument in &call.args {
                    match argument {
                        Expr::Path(it) => list.names.extend(last(&it.path).cloned()),
                        Expr::Assign(it)
                            if crate::syntax::variable(&it.left)
                                .is_some_and(|it| it == "reason") =>
                        {
                            let text = crate::syntax::text(&it.right).map(syn::LitStr::value);
                            list.reason = text.filter(|it| !it.trim().is_empty());
                        }
                        _ => {}
                    }
                }
                lists.push(list);
            }
        }
        Ok(Self(lists))
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
            && let Ok(BudgetArguments(lists)) = it.parse_args()
        {
            for list in lists {
                self.add(list);
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
