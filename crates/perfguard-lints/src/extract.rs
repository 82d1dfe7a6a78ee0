//! Reads a file: its functions for the call graph, and what lints of one function find.

use syn::parse::Parser;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, File, ImplItemFn, ItemFn, ItemImpl, ItemMacro, ItemMod, ItemTrait, Meta,
    Signature, TraitItemFn,
};

use crate::connection::Aliases;
use crate::function::{Called, Each, Function, Runs, Sent, Target};
use crate::loops::{Call, Iteration};
use crate::macros::open_macros_of_file;
use crate::names::{is_apart, is_function_apart};
use crate::orm::Orms;
use crate::outgoing;
use crate::pedantic;
use crate::query::{Known, sql_of};
use crate::strict::{self, Finding, FunctionView};
use crate::syntax::{callee, chain, last, peel, spoken_name, type_name, variable};
use crate::walk::{self, Site};

/// What a file tells.
#[derive(Default)]
pub(crate) struct Extract {
    pub(crate) functions: Vec<Function>,
    /// What lints of one function find, with the name of that function.
    pub(crate) findings: Vec<(Finding, String)>,
}

/// Reads a file whose macros are open.
pub(crate) fn extract(
    number: usize,
    file: &File,
    orms: Orms,
    aliases: &Aliases,
    is_pedantic: bool,
) -> Extract {
    let mut reading = Reading {
        number,
        orms,
        aliases: aliases.clone(),
        is_pedantic,
        owner: None,
        of_trait: None,
        is_apart: false,
        extract: Extract::default(),
    };
    reading.visit_file(file);
    if is_pedantic {
        let caches = pedantic::growing_caches(file).into_iter();
        reading
            .extract
            .findings
            .extend(caches.map(|it| (it, String::new())));
    }
    reading.extract
}

struct Reading {
    number: usize,
    orms: Orms,
    aliases: Aliases,
    is_pedantic: bool,
    owner: Option<String>,
    of_trait: Option<String>,
    is_apart: bool,
    extract: Extract,
}

impl Reading {
    fn function(&mut self, attrs: &[Attribute], signature: &Signature, body: &Block) {
        let name = signature.ident.to_string();
        let is_apart = self.is_apart || is_for_tests(attrs) || is_function_apart(&name);
        let known = Known::of(
            &signature.inputs,
            Some(&signature.generics),
            body,
            self.orms,
            &self.aliases,
        );
        let sites = walk::sites(&signature.inputs, body, walk::Sight::Names);
        let mut function = Function {
            file: self.number,
            name,
            owner: self.owner.clone(),
            of_trait: self.of_trait.clone(),
            has_self: signature.receiver().is_some(),
            arity: signature.inputs.len() - usize::from(signature.receiver().is_some()),
            is_apart,
            queries: Vec::new(),
            calls: Vec::new(),
        };
        for site in &sites {
            self.site(&mut function, &known, site);
        }
        if self.is_pedantic && !is_apart {
            let view = FunctionView::new(signature.asyncness, body).signature(signature);
            let mut found = strict::strict_lints(view);
            if !is_handler(attrs, signature) {
                // Set-up has to connect.
                found.retain(|it| *it.lint != crate::catalog::CONNECT_IN_HANDLER);
            }
            found.extend(pedantic::find(&known, &sites, signature, body));
            let path = function.path();
            let findings = found.into_iter().map(|it| (it, path.clone()));
            self.extract.findings.extend(findings);
        }
        self.extract.functions.push(function);
    }

    fn site(&self, function: &mut Function, known: &Known<'_>, site: &Site<'_>) {
        let Some(name) = site.call.name() else {
            return;
        };
        let runs = || Runs {
            span: name.span(),
            each: site
                .iteration
                .filter(|_| site.depends && !site.is_on_items_own)
                .map(each),
            is_spawned: site.is_spawned,
            is_spawned_in_loop: site.is_spawned_in_loop,
            decides: site.decides,
        };
        if let Call::Method(call) = site.call
            && let Some(mut query) = known.query(call)
        {
            query.is_raw |= is_statement_itself(call, site.iteration);
            function.queries.push(Sent {
                query,
                method: name.to_string(),
                at: runs(),
            });
            return;
        }
        let target = match site.call {
            Call::Function(call) => {
                let Some(path) = callee(call) else {
                    return;
                };
                let before = path.segments.iter().rev().skip(1);
                let mut before: Vec<String> = before.map(|it| it.ident.to_string()).collect();
                before.reverse();
                if let (Some(of), Some(owner)) = (before.last_mut(), &self.owner)
                    && of == "Self"
                {
                    of.clone_from(owner);
                }
                Target::Path(before)
            }
            Call::Method(call) if variable(&call.receiver).is_some_and(|it| it == "self") => {
                Target::SelfMethod
            }
            Call::Method(call) => Target::Method {
                receiver: spoken_name(&call.receiver).map(ToString::to_string),
                is_on_item: matches!(
                    (site.iteration, variable(&call.receiver)),
                    (Some(Iteration::For(it)), Some(name)) if crate::syntax::bound(&it.pat).contains(&name)
                ) || matches!(
                    (site.iteration, variable(&call.receiver)),
                    (Some(Iteration::Closure(it)), Some(name)) if it.args.iter().any(|it| is_parameter(it, name))
                ),
            },
        };
        let arguments = site.call.arguments();
        function.calls.push(Called {
            name: name.to_string(),
            target,
            arity: arguments.len(),
            hands_connection: arguments.iter().any(|it| known.connections.has(it)),
            may_leave: outgoing::may_leave(site, &known.connections),
            within: site.within.iter().map(|it| start(*it)).collect(),
            at: runs(),
        });
    }
}

/// `for statement in statements { query(statement).execute(pool) }`
fn is_statement_itself(call: &syn::ExprMethodCall, iteration: Option<Iteration<'_>>) -> bool {
    let (Some(Iteration::For(it)), Some(sql)) = (iteration, sql_of(&call.receiver)) else {
        return false;
    };
    variable(chain(sql).0).is_some_and(|name| crate::syntax::bound(&it.pat).contains(&name))
}

fn is_parameter(closure: &syn::Expr, name: &syn::Ident) -> bool {
    match peel(closure) {
        syn::Expr::Closure(it) => it
            .inputs
            .iter()
            .any(|it| crate::syntax::bound(it).contains(&name)),
        _ => false,
    }
}

fn each(iteration: Iteration<'_>) -> Each {
    Each {
        span: iteration.span(),
        start: start(iteration),
        describe: iteration.describe(),
    }
}

fn start(iteration: Iteration<'_>) -> usize {
    iteration.span().byte_range().start
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]` and the like.
fn is_for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|it| {
        let path = it.path();
        if path.is_ident("cfg") {
            return match &it.meta {
                Meta::List(list) => mentions_test(list.tokens.clone()),
                _ => false,
            };
        }
        last(path).is_some_and(|it| {
            let name = it.to_string();
            name == "test" || name == "rstest" || name == "bench" || name.starts_with("test_")
        })
    })
}

/// `test`, `all(test, ..)`, `feature = "testing"`; but not `not(test)`.
fn mentions_test(tokens: proc_macro2::TokenStream) -> bool {
    let mut was_not = false;
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(it) if it == "test" => return true,
            proc_macro2::TokenTree::Ident(it) => was_not = it == "not",
            proc_macro2::TokenTree::Group(it) if !was_not && mentions_test(it.stream()) => {
                return true;
            }
            proc_macro2::TokenTree::Literal(it) if is_apart(&it.to_string()) => return true,
            _ => {}
        }
    }
    false
}

/// What a framework calls for each request, as far as its attributes and parameters say so.
fn is_handler(attrs: &[Attribute], signature: &Signature) -> bool {
    const ROUTES: &[&str] = &[
        "delete",
        "get",
        "handler",
        "head",
        "patch",
        "post",
        "put",
        "query_budget",
        "route",
    ];
    const EXTRACTORS: &[&str] = &[
        "Extension",
        "Form",
        "Json",
        "Multipart",
        "Path",
        "Query",
        "State",
    ];
    let is_one = |it: &syn::Ident, names: &[&str]| names.iter().any(|name| it == name);
    attrs
        .iter()
        .any(|it| last(it.path()).is_some_and(|it| is_one(it, ROUTES)))
        || signature.inputs.iter().any(|it| match it {
            syn::FnArg::Typed(it) => type_name(&it.ty).is_some_and(|it| is_one(it, EXTRACTORS)),
            syn::FnArg::Receiver(_) => false,
        })
}

impl<'a> Visit<'a> for Reading {
    fn visit_item_fn(&mut self, it: &'a ItemFn) {
        let owner = self.owner.take();
        let of_trait = self.of_trait.take();
        self.function(&it.attrs, &it.sig, &it.block);
        visit::visit_item_fn(self, it);
        self.owner = owner;
        self.of_trait = of_trait;
    }

    fn visit_impl_item_fn(&mut self, it: &'a ImplItemFn) {
        self.function(&it.attrs, &it.sig, &it.block);
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_trait_item_fn(&mut self, it: &'a TraitItemFn) {
        if let Some(body) = &it.default {
            self.function(&it.attrs, &it.sig, body);
        }
        visit::visit_trait_item_fn(self, it);
    }

    fn visit_item_impl(&mut self, it: &'a ItemImpl) {
        let of_trait = it.trait_.as_ref().and_then(|(path, _)| last(path));
        let of_trait = of_trait.map(ToString::to_string);
        let is_migration = of_trait.as_deref() == Some("MigrationTrait");
        let was_apart = self.is_apart;
        self.is_apart |= is_for_tests(&it.attrs) || is_migration;
        let owner = std::mem::replace(
            &mut self.owner,
            type_name(&it.self_ty).map(ToString::to_string),
        );
        let outer_trait = std::mem::replace(&mut self.of_trait, of_trait);
        visit::visit_item_impl(self, it);
        self.of_trait = outer_trait;
        self.owner = owner;
        self.is_apart = was_apart;
    }

    fn visit_item_trait(&mut self, it: &'a ItemTrait) {
        let owner = self.owner.replace(it.ident.to_string());
        let of_trait = self.of_trait.replace(it.ident.to_string());
        visit::visit_item_trait(self, it);
        self.of_trait = of_trait;
        self.owner = owner;
    }

    fn visit_item_mod(&mut self, it: &'a ItemMod) {
        let was_apart = self.is_apart;
        self.is_apart |= is_for_tests(&it.attrs) || is_apart(&it.ident.to_string());
        visit::visit_item_mod(self, it);
        self.is_apart = was_apart;
    }

    // `db_object! { impl Post { .. } }`
    fn visit_item_macro(&mut self, it: &'a ItemMacro) {
        if it.ident.is_some() || it.mac.path.is_ident("macro_rules") {
            return;
        }
        let parse = |input: syn::parse::ParseStream<'_>| input.parse::<File>();
        if let Ok(mut inside) = parse.parse2(it.mac.tokens.clone()) {
            open_macros_of_file(&mut inside);
            for item in &inside.items {
                self.visit_item(item);
            }
        }
    }
}
