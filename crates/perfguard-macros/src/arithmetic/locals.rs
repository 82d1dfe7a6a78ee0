//! What the names mean that a body binds.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprClosure, ExprMethodCall, Item, Pat, PatIdent, Path, Type};

use super::repeat;
use super::tree::{Factor, Tree};

/// The names that are something else here than in the module.
#[derive(Default)]
pub(super) struct Locals {
    names: Vec<(String, Meaning)>,
    /// Whether a `static mut` may be read, which no constant may mention.
    pub(super) is_unsafe: bool,
}

#[derive(Clone)]
pub(super) enum Meaning {
    /// A closure, and what one call of it costs.
    Closure(Tree),
    /// A function of the module: `let f = load;`.
    Function(Path),
    /// A list or an iterator, and how many items it has at most.
    Items(Option<Factor>),
    Unknown,
}

impl Locals {
    pub(super) fn add(&mut self, name: &Ident, meaning: Meaning) {
        self.names.push((name.unraw().to_string(), meaning));
    }

    pub(super) fn get(&self, name: &Ident) -> Option<&Meaning> {
        let name = name.unraw().to_string();
        let mut names = self.names.iter().rev();
        names.find(|(it, _)| *it == name).map(|(_, it)| it)
    }

    /// What a path of one name means.
    pub(super) fn of(&self, path: &Path) -> Option<&Meaning> {
        self.get(path.get_ident()?)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.names.truncate(length);
    }

    /// What a name means that is bound to a value, where that is neither a closure nor a function.
    pub(super) fn meaning(&self, bound: &Bound<'_>, value: Option<&Expr>) -> Meaning {
        if let Some(meaning) = bound.ty.and_then(|ty| self.of_type(ty)) {
            return meaning;
        }
        let Some(value) = value else {
            return Meaning::Unknown;
        };
        if let Expr::Path(path) = value
            && let Some(meaning) = self.of(&path.path)
            // Other items may be assigned.
            && !(bound.is_mutable && matches!(meaning, Meaning::Items(_)))
        {
            return meaning.clone();
        }
        match repeat::bound(value, self) {
            Some(items) if !bound.is_mutable => Meaning::Items(Some(items)),
            _ if repeat::is_iterator(value, self) => Meaning::Items(None),
            _ => Meaning::Unknown,
        }
    }

    /// What a written type says.
    pub(super) fn of_type(&self, ty: &Type) -> Option<Meaning> {
        const ITERATORS: [&str; 2] = ["Iterator", "Stream"];
        match ty {
            Type::Array(array) => {
                repeat::count(&array.len, self).map(|it| Meaning::Items(Some(it)))
            }
            Type::Group(group) => self.of_type(&group.elem),
            Type::ImplTrait(it) => {
                let is_iterator = it.bounds.iter().any(|bound| match bound {
                    syn::TypeParamBound::Trait(it) => {
                        let last = it.path.segments.last();
                        last.is_some_and(|it| ITERATORS.iter().any(|name| it.ident == name))
                    }
                    _ => false,
                });
                is_iterator.then_some(Meaning::Items(None))
            }
            Type::Paren(paren) => self.of_type(&paren.elem),
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                (last.ident == "Option").then_some(Meaning::Items(Some(Factor::Number(1))))
            }
            Type::Reference(reference) => self.of_type(&reference.elem),
            _ => None,
        }
    }
}

/// A pattern that is one name.
pub(super) struct Bound<'a> {
    pub(super) name: &'a Ident,
    is_mutable: bool,
    pub(super) ty: Option<&'a Type>,
}

impl<'a> Bound<'a> {
    pub(super) fn of(pattern: &'a Pat) -> Option<Self> {
        match pattern {
            Pat::Ident(it) if it.subpat.is_none() && it.by_ref.is_none() => Some(Self {
                name: &it.ident,
                is_mutable: it.mutability.is_some(),
                ty: None,
            }),
            Pat::Type(typed) => Some(Self {
                ty: Some(&typed.ty),
                ..Self::of(&typed.pat)?
            }),
            _ => None,
        }
    }
}

/// The closure that a value is, or refers to.
pub(super) fn closure(value: &mut Expr) -> Option<&mut ExprClosure> {
    match value {
        Expr::Closure(closure) => Some(closure),
        Expr::Group(group) => closure(&mut group.expr),
        Expr::Paren(paren) => closure(&mut paren.expr),
        Expr::Reference(reference) => closure(&mut reference.expr),
        _ => None,
    }
}

/// The path that an expression is, or refers to.
pub(super) fn path(expr: &Expr) -> Option<&Path> {
    match expr {
        Expr::Group(group) => path(&group.expr),
        Expr::Paren(paren) => path(&paren.expr),
        Expr::Path(path) if path.qself.is_none() => Some(&path.path),
        Expr::Reference(reference) => path(&reference.expr),
        _ => None,
    }
}

/// The names that stand for one variable of the body, which it uses as an iterator or a stream.
pub(super) fn iterated(body: &Block) -> Vec<String> {
    #[derive(Default)]
    struct Names {
        bound: Vec<String>,
        iterated: Vec<String>,
    }
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
            self.bound.push(pat.ident.unraw().to_string());
            visit::visit_pat_ident(self, pat);
        }

        fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
            if let Some(name) = path(&call.receiver).and_then(Path::get_ident)
                && repeat::collects(call, false)
            {
                self.iterated.push(name.unraw().to_string());
            }
            visit::visit_expr_method_call(self, call);
        }

        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut names = Names::default();
    names.visit_block(body);
    let Names { bound, iterated } = names;
    let is_one = |name: &String| bound.iter().filter(|it| *it == name).count() == 1;
    iterated.into_iter().filter(is_one).collect()
}
