//! `truncate_in_memory` and `count_in_memory`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, ExprIndex, ExprMethodCall, ExprPath, Item, Local, Macro, Pat, Stmt,
};

use crate::catalog::{COUNT_IN_MEMORY, Lint, TRUNCATE_IN_MEMORY};
use crate::macros;
use crate::query::Known;
use crate::strict::Finding;
use crate::syntax::{bound, has_word, is_one_of, peel, placeholders, text, variable};

pub(super) fn find(known: &Known<'_>, body: &Block) -> Vec<Finding> {
    let mut lists = Lists {
        known,
        after: Vec::new(),
        found: Vec::new(),
    };
    lists.visit_block(body);
    lists.found
}

struct Lists<'k, 'a> {
    known: &'k Known<'a>,
    /// The methods that the value is handed to, innermost last.
    after: Vec<&'a Ident>,
    found: Vec<Finding>,
}

/// Methods that leave a list as it is.
const PASSES: &[&str] = &[
    "context",
    "expect",
    "map_err",
    "unwrap",
    "unwrap_or_default",
    "wrap_err",
    "with_context",
];

impl<'a> Lists<'_, 'a> {
    /// Whether a call loads a list that nothing has limited.
    fn loads_whole(&self, call: &ExprMethodCall) -> bool {
        let is_list = self
            .known
            .query(call)
            .is_some_and(|it| it.gives_many && !it.writes);
        is_list && {
            let (_, methods) = self.known.built(&call.receiver);
            let limits = |it: &Ident| {
                has_word(
                    it,
                    &["limit", "page", "paged", "paginate", "paginated", "cursor"],
                )
            };
            !methods.iter().any(|it| limits(&it.method))
        }
    }

    /// What a list is used for at once: `posts.load(conn)?.len()`.
    fn note_direct(&mut self) {
        let mut after = self.after.iter().rev().filter(|it| !is_one_of(it, PASSES));
        let (Some(first), second) = (after.next(), after.next()) else {
            return;
        };
        if is_one_of(first, &["is_empty", "len"]) {
            self.found
                .push(finding(&COUNT_IN_MEMORY, first.span(), None));
        } else if is_one_of(first, &["into_iter", "iter"])
            && let Some(second) = second
        {
            if *second == "take" {
                self.found
                    .push(finding(&TRUNCATE_IN_MEMORY, second.span(), None));
            } else if *second == "count" {
                self.found
                    .push(finding(&COUNT_IN_MEMORY, second.span(), None));
            }
        }
    }

    /// What the list that a statement binds is used for in those that follow.
    fn note_uses(&mut self, local: &'a Local, rest: &'a [Stmt]) {
        let names = bound(&local.pat);
        let ([name], Some(init)) = (names.as_slice(), &local.init) else {
            return;
        };
        let is_plain = match &local.pat {
            Pat::Ident(_) => true,
            Pat::Type(it) => matches!(*it.pat, Pat::Ident(_)),
            _ => false,
        };
        if !is_plain || !self.binds_whole(&init.expr) {
            return;
        }
        let mut uses = Uses {
            name,
            after: Vec::new(),
            uses: Vec::new(),
        };
        for statement in rest {
            uses.visit_stmt(statement);
        }
        let uses = uses.uses;
        if !uses.is_empty() && uses.iter().all(|it| matches!(it, Use::Count(_))) {
            if let Some(Use::Count(span)) = uses.first() {
                self.found
                    .push(finding(&COUNT_IN_MEMORY, *span, Some(name)));
            }
            return;
        }
        match uses.as_slice() {
            [Use::Take(span)] | [Use::Truncate(span), ..] => {
                self.found
                    .push(finding(&TRUNCATE_IN_MEMORY, *span, Some(name)));
            }
            _ => {}
        }
    }

    fn binds_whole(&self, init: &Expr) -> bool {
        match peel(init) {
            Expr::MethodCall(it) if is_one_of(&it.method, PASSES) => self.binds_whole(&it.receiver),
            Expr::MethodCall(it) => self.loads_whole(it),
            _ => false,
        }
    }
}

fn finding(lint: &'static Lint, span: Span, name: Option<&Ident>) -> Finding {
    let list = name.map_or_else(|| "the list".to_owned(), |it| format!("`{it}`"));
    let message = if *lint == COUNT_IN_MEMORY {
        format!(
            "{list} is loaded only to be counted: count in the query, or ask whether a row exists"
        )
    } else {
        format!(
            "{list} is loaded whole, and only the first of it are kept: add `.limit(..)` to the query"
        )
    };
    Finding {
        lint,
        span,
        message,
    }
}

impl<'a> Visit<'a> for Lists<'_, 'a> {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_block(&mut self, block: &'a Block) {
        for (at, statement) in block.stmts.iter().enumerate() {
            if let Stmt::Local(local) = statement {
                self.note_uses(local, block.stmts.get(at + 1..).unwrap_or_default());
            }
            self.visit_stmt(statement);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Await(_)
            | Expr::Group(_)
            | Expr::MethodCall(_)
            | Expr::Paren(_)
            | Expr::Try(_) => {
                visit::visit_expr(self, expr);
            }
            _ => {
                let after = std::mem::take(&mut self.after);
                visit::visit_expr(self, expr);
                self.after = after;
            }
        }
    }

    fn visit_expr_index(&mut self, it: &'a ExprIndex) {
        if let Some(span) = start_of_slice(it)
            && self.binds_whole(&it.expr)
        {
            self.found.push(finding(&TRUNCATE_IN_MEMORY, span, None));
        }
        visit::visit_expr_index(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
        if !self.after.is_empty() && self.loads_whole(it) {
            self.note_direct();
        }
        self.after.push(&it.method);
        self.visit_expr(&it.receiver);
        self.after.pop();
        let after = std::mem::take(&mut self.after);
        for argument in &it.args {
            self.visit_expr(argument);
        }
        self.after = after;
    }
}

/// The brackets of `list[..n]`.
fn start_of_slice(index: &ExprIndex) -> Option<Span> {
    match &*index.index {
        Expr::Range(it) if it.start.is_none() && it.end.is_some() => {
            Some(index.bracket_token.span.open())
        }
        _ => None,
    }
}

/// How a list is used.
enum Use {
    Count(Span),
    Other,
    Take(Span),
    Truncate(Span),
}

struct Uses<'a> {
    name: &'a Ident,
    after: Vec<&'a Ident>,
    uses: Vec<Use>,
}

impl Uses<'_> {
    fn look_into(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(it) if it == *self.name => self.uses.push(Use::Other),
                TokenTree::Group(it) => self.look_into(it.stream()),
                _ => {}
            }
        }
    }

    fn kind(&self) -> Use {
        let mut after = self.after.iter().rev();
        let (Some(first), second) = (after.next(), after.next()) else {
            return Use::Other;
        };
        if is_one_of(first, &["is_empty", "len"]) {
            return Use::Count(first.span());
        }
        if *first == "truncate" {
            return Use::Truncate(first.span());
        }
        match second {
            Some(it) if is_one_of(first, &["into_iter", "iter"]) && **it == "take" => {
                Use::Take(it.span())
            }
            Some(it) if is_one_of(first, &["into_iter", "iter"]) && **it == "count" => {
                Use::Count(it.span())
            }
            _ => Use::Other,
        }
    }
}

impl<'a> Visit<'a> for Uses<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Group(_) | Expr::MethodCall(_) | Expr::Paren(_) | Expr::Path(_) => {
                visit::visit_expr(self, expr)
            }
            _ => {
                let after = std::mem::take(&mut self.after);
                visit::visit_expr(self, expr);
                self.after = after;
            }
        }
    }

    fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
        self.after.push(&it.method);
        self.visit_expr(&it.receiver);
        self.after.pop();
        let after = std::mem::take(&mut self.after);
        for argument in &it.args {
            self.visit_expr(argument);
        }
        self.after = after;
    }

    fn visit_expr_index(&mut self, it: &'a ExprIndex) {
        if let Some(span) = start_of_slice(it)
            && variable(&it.expr) == Some(self.name)
        {
            self.uses.push(Use::Take(span));
            self.visit_expr(&it.index);
            return;
        }
        visit::visit_expr_index(self, it);
    }

    fn visit_expr_path(&mut self, it: &'a ExprPath) {
        if it.path.is_ident(&self.name.to_string()) {
            let kind = self.kind();
            self.uses.push(kind);
        }
    }

    fn visit_expr_call(&mut self, it: &'a ExprCall) {
        if macros::opened(it).is_some() {
            for text in it.args.iter().filter_map(text) {
                if placeholders(&text.value()).any(|it| *self.name == it.name) {
                    self.uses.push(Use::Other);
                }
            }
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_macro(&mut self, it: &'a Macro) {
        self.look_into(it.tokens.clone());
    }
}
