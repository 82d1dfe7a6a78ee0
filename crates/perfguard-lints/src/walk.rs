//! Goes through the body of one function, and says of each call what it runs for.
//!
//! The walk keeps a stack of loops. A loop that does not count, because it is bounded or goes
//! over batches, stays on the stack: a loop around it may count. Each loop knows the variables
//! that come from its item: those of its pattern, and what is bound from them by `let`, `match`,
//! `if let`, an assignment or the parameters of a closure.

use std::collections::HashMap;
use std::ops::Range;
use std::{mem, ptr};

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    Arm, BinOp, Block, Expr, ExprAssign, ExprAsync, ExprAwait, ExprBinary, ExprBreak, ExprCall,
    ExprClosure, ExprContinue, ExprForLoop, ExprIf, ExprLet, ExprLoop, ExprMatch, ExprMethodCall,
    ExprReference, ExprReturn, ExprWhile, FnArg, Item, Local, Pat, PatTupleStruct, Stmt,
};

use crate::heads::{self, TAKERS};
use crate::loops::{Call, Iteration};
use crate::macros;
use crate::syntax::{
    bound, call_mentions, callee, is_few, is_one_of, is_type_name, last, mentions, method_mentions,
    peel, spoken_name, variable,
};

/// Which loops count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Those of which names alone tell that they ask a database for each item.
    #[default]
    Names,
    /// Also those that empty a list, over pages that have an id, and calls with what was added up
    /// of the items: types tell what asks a database there.
    Types,
}

/// A call, and what it runs for.
pub(crate) struct Site<'a> {
    pub(crate) call: Call<'a>,
    /// The innermost loop that counts and that the call depends on, else the innermost that counts.
    pub(crate) iteration: Option<Iteration<'a>>,
    /// Whether it depends on that loop's item.
    pub(crate) depends: bool,
    /// Whether nobody waits for it here: it stands in a task that is spawned.
    pub(crate) is_spawned: bool,
    /// Whether its loop does not wait for it: the task is spawned for each item.
    pub(crate) is_spawned_in_loop: bool,
    /// Whether it is what an `.await` waits for.
    pub(crate) is_awaited: bool,
    /// All loops that count and that it depends on.
    pub(crate) within: Vec<Iteration<'a>>,
    /// Whether each item has a database of its own, which is what is asked.
    pub(crate) is_on_items_own: bool,
    /// Whether the loop ends because of its answer.
    pub(crate) decides: bool,
}

/// All calls of the body of a function with these parameters, without those of constructors and of
/// functions that are written in it.
pub(crate) fn sites<'a>(
    inputs: impl IntoIterator<Item = &'a FnArg>,
    body: &'a Block,
    sight: Sight,
) -> Vec<Site<'a>> {
    let mut walk = Walk {
        sight,
        tasks: tasks(body),
        ..Walk::default()
    };
    for input in inputs {
        if let FnArg::Typed(it) = input
            && is_few(&it.ty)
        {
            walk.know(&it.pat, true);
        }
    }
    walk.visit_block(body);
    walk.sites
}

struct Frame<'a> {
    /// `None` for `loop` and `while`, which say nothing of items.
    iteration: Option<Iteration<'a>>,
    counts: bool,
    variables: Vec<&'a Ident>,
    /// What is added up of the items.
    sums: Vec<&'a Ident>,
    /// In how many conditions it stands.
    conditions: usize,
    /// In how many spawned tasks it stands.
    spawned: usize,
}

#[derive(Default)]
struct Walk<'a> {
    sight: Sight,
    conditions: usize,
    sites: Vec<Site<'a>>,
    frames: Vec<Frame<'a>>,
    /// How many frames stand outside of the closure or task that is walked: `return` ends no
    /// loop among them.
    outside: usize,
    /// What the value of the expression is handed to, innermost last.
    after: Vec<&'a Ident>,
    /// Variables that were bound to lists of known length, and those that were not.
    bounded: HashMap<String, bool>,
    /// Variables that were bound to streams of rows.
    streams: Vec<&'a Ident>,
    /// Variables that were bound to lists of known length, and may grow.
    short: Vec<&'a Ident>,
    /// Variables that were bound to iterators of lists.
    iterators: Vec<&'a Ident>,
    /// Variables that are spawned somewhere.
    tasks: Vec<&'a Ident>,
    spawned: usize,
    /// The calls that somebody awaits, until they are walked.
    awaited: Vec<&'a Expr>,
    /// Variables, and the calls that they were made of.
    answers: Vec<(&'a Ident, Range<usize>)>,
}

impl<'a> Walk<'a> {
    fn note(&mut self, call: Call<'a>) {
        let counting = || self.frames.iter().rev().filter(|it| it.counts);
        let has_one_of = |variables: &[&Ident]| match call {
            Call::Function(it) => call_mentions(it, variables),
            Call::Method(it) => method_mentions(it, variables),
        };
        // Under a condition a sum tells how much has come together, for all items before.
        let depends = |frame: &&Frame<'a>| {
            has_one_of(&frame.variables)
                || (frame.conditions == self.conditions && has_one_of(&frame.sums))
        };
        let on: Vec<&Frame<'a>> = counting().filter(depends).collect();
        let frame = on.first().copied().or_else(|| counting().next());
        let is_awaited = self.awaited.iter().any(|it| match (it, call) {
            (Expr::Call(it), Call::Function(call)) => ptr::eq(it, call),
            (Expr::MethodCall(it), Call::Method(call)) => ptr::eq(it, call),
            _ => false,
        });
        self.sites.push(Site {
            call,
            iteration: frame.and_then(|it| it.iteration),
            depends: !on.is_empty(),
            is_spawned: self.spawned > 0,
            is_spawned_in_loop: frame.is_some_and(|it| self.spawned > it.spawned),
            is_awaited,
            within: on.iter().filter_map(|it| it.iteration).collect(),
            is_on_items_own: on
                .first()
                .is_some_and(|it| asks_items_own(call, &it.variables)),
            decides: false,
        });
    }

    /// Notes whether variables are lists of known length.
    fn know(&mut self, pattern: &Pat, is_bounded: bool) {
        let names = bound(pattern).into_iter().map(ToString::to_string);
        self.bounded.extend(names.map(|it| (it, is_bounded)));
    }

    /// Walks where an item has a name, which may be a list's outside.
    fn naming(&mut self, patterns: &[&'a Pat], walk: impl FnOnce(&mut Self)) {
        let names = patterns.iter().flat_map(|it| bound(it));
        let hidden: Vec<(String, bool)> = names
            .filter_map(|it| self.bounded.remove_entry(&it.to_string()))
            .collect();
        walk(self);
        self.bounded.extend(hidden);
    }

    /// Notes that the loop ends if the calls that a condition was made of say so.
    fn decide(&mut self, condition: &Expr) {
        let mentioned = |it: &&(&'a Ident, Range<usize>)| mentions(condition, &[it.0]);
        // The last variable of a name is the one that is meant.
        let calls = self.answers.iter().rev().find(mentioned);
        let calls = calls.map(|(_, calls)| calls.clone()).unwrap_or_default();
        for site in self.sites.get_mut(calls).into_iter().flatten() {
            site.decides = true;
        }
    }

    /// What was bound from an item comes from it too.
    fn bind(&mut self, patterns: &[&'a Pat], from: &Expr) {
        for frame in &mut self.frames {
            if mentions(from, &frame.variables) {
                frame
                    .variables
                    .extend(patterns.iter().flat_map(|it| bound(it)));
            }
        }
    }

    fn within(&mut self, frame: Frame<'a>, walk: impl FnOnce(&mut Self)) {
        self.frames.push(frame);
        walk(self);
        self.frames.pop();
    }

    /// The frame of a loop over `head`.
    fn frame(
        &mut self,
        iteration: Iteration<'a>,
        head: &Expr,
        patterns: &[&'a Pat],
        body: &[Stmt],
    ) -> Frame<'a> {
        self.bind(patterns, head);
        let is_bounded = |name: &Ident| self.bounded.get(&name.to_string()) == Some(&true);
        Frame {
            iteration: Some(iteration),
            counts: !heads::is_exempt(head, patterns, is_bounded)
                || (self.sight == Sight::Types && heads::is_over_pages(head, patterns, body)),
            variables: patterns.iter().flat_map(|it| bound(it)).collect(),
            sums: Vec::new(),
            conditions: self.conditions,
            spawned: self.spawned,
        }
    }

    /// Whether a `while let` takes one item after the other out of a list or an iterator that
    /// nothing comes into.
    fn empties(&self, next: &ExprLet, body: &Block) -> bool {
        const TAKES: &[&str] = &["pop", "pop_back", "pop_first", "pop_front", "pop_last"];
        let Expr::MethodCall(taken) = &*next.expr else {
            return false;
        };
        let Some(list) = variable(&taken.receiver) else {
            return false;
        };
        let takes = is_one_of(&taken.method, TAKES)
            || (taken.method == "next" && self.iterators.contains(&list));
        let comes_to_an_end = !heads::is_queue(list) && !grows(body, list);
        takes && taken.args.is_empty() && comes_to_an_end && !self.short.contains(&list)
    }

    /// Walks what ends loops: there a call runs once for the loop, not for each item.
    fn leaving(&mut self, frames: Range<usize>, walk: impl FnOnce(&mut Self)) {
        let mut counted = Vec::new();
        for (at, frame) in self.frames.iter_mut().enumerate() {
            if frames.contains(&at) {
                counted.push((at, mem::replace(&mut frame.counts, false)));
            }
        }
        walk(self);
        for (at, counts) in counted {
            if let Some(frame) = self.frames.get_mut(at) {
                frame.counts = counts;
            }
        }
    }

    /// The loops that an expression ends, if it is one that ends loops.
    fn left_by(&self, expr: &Expr) -> Option<Range<usize>> {
        let all = self.frames.len();
        match expr {
            Expr::Return(_) => Some(self.outside..all),
            Expr::Break(it) if it.label.is_none() => {
                Some(all.saturating_sub(1).max(self.outside)..all)
            }
            Expr::Call(it) if macros::is_opened_as(it, &["bail", "panic", "unreachable"]) => {
                Some(self.outside..all)
            }
            _ => None,
        }
    }

    /// Walks what runs where something has failed: that is no item's usual way.
    fn failing(&mut self, walk: impl FnOnce(&mut Self)) {
        self.leaving(0..self.frames.len(), walk);
    }

    /// A closure or a task: it has an `after` and a `return` of its own.
    fn apart(&mut self, walk: impl FnOnce(&mut Self)) {
        let after = mem::take(&mut self.after);
        let outside = mem::replace(&mut self.outside, self.frames.len());
        walk(self);
        self.outside = outside;
        self.after = after;
    }

    fn spawning(&mut self, spawns: bool, walk: impl FnOnce(&mut Self)) {
        self.spawned += usize::from(spawns);
        walk(self);
        self.spawned -= usize::from(spawns);
    }
}

const SPAWNS: &[&str] = &["spawn", "spawn_local", "spawn_on"];

impl<'a> Visit<'a> for Walk<'a> {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_block(&mut self, block: &'a Block) {
        let ends = match block.stmts.last() {
            Some(Stmt::Expr(it, _)) => self.left_by(it),
            _ => None,
        };
        match ends.filter(|_| !goes_on(block)) {
            Some(frames) => self.leaving(frames, |walk| visit::visit_block(walk, block)),
            None => visit::visit_block(self, block),
        }
    }

    fn visit_local(&mut self, local: &'a Local) {
        let before = self.sites.len();
        if let Some(init) = &local.init {
            let is_task = bound(&local.pat).iter().any(|it| self.tasks.contains(it));
            self.spawning(is_task, |walk| walk.visit_expr(&init.expr));
            if let Some((_, otherwise)) = &init.diverge {
                self.failing(|walk| walk.visit_expr(otherwise));
            }
        }
        let Some(init) = &local.init else { return };
        self.bind(&[&local.pat], &init.expr);
        let names = bound(&local.pat);
        let calls = before..self.sites.len();
        self.answers
            .extend(names.iter().map(|it| (*it, calls.clone())));
        if let [name] = names.as_slice() {
            let is_bounded = |name: &Ident| self.bounded.get(&name.to_string()) == Some(&true);
            let is_bounded = heads::is_bounded_head(&init.expr, &is_bounded)
                && !matches!(peel(&init.expr), Expr::Lit(_));
            // A list that grows later is none of known length.
            let may_grow = matches!(&local.pat, Pat::Ident(it) if it.mutability.is_some());
            let is_few = matches!(&local.pat, Pat::Type(it) if is_few(&it.ty));
            self.know(&local.pat, is_few || (is_bounded && !may_grow));
            self.short.retain(|it| it != name);
            if is_few || is_bounded {
                self.short.push(name);
            }
            self.streams.retain(|it| it != name);
            if heads::is_row_stream(&init.expr) {
                self.streams.push(name);
            }
            self.iterators.retain(|it| it != name);
            if heads::is_of_list(&init.expr) {
                self.iterators.push(name);
            }
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Group(_) | Expr::MethodCall(_) | Expr::Paren(_) | Expr::Reference(_) => {
                visit::visit_expr(self, expr);
            }
            Expr::Call(_) => visit::visit_expr(self, expr),
            _ => {
                let after = mem::take(&mut self.after);
                visit::visit_expr(self, expr);
                self.after = after;
            }
        }
    }

    fn visit_expr_assign(&mut self, it: &'a ExprAssign) {
        visit::visit_expr_assign(self, it);
        if let Some(name) = variable(&it.left) {
            for frame in &mut self.frames {
                if mentions(&it.right, &frame.variables) {
                    frame.variables.push(name);
                }
            }
        }
    }

    fn visit_expr_binary(&mut self, it: &'a ExprBinary) {
        visit::visit_expr_binary(self, it);
        if self.sight == Sight::Types
            && matches!(it.op, BinOp::AddAssign(_))
            && let Some(name) = variable(&it.left)
        {
            for frame in &mut self.frames {
                if mentions(&it.right, &frame.variables) {
                    frame.sums.push(name);
                }
            }
        }
    }

    fn visit_arm(&mut self, it: &'a Arm) {
        self.conditions += 1;
        if is_failure(&it.pat) {
            self.failing(|walk| visit::visit_arm(walk, it));
        } else {
            visit::visit_arm(self, it);
        }
        self.conditions -= 1;
    }

    fn visit_expr_if(&mut self, it: &'a ExprIf) {
        // The first that works ends the loop.
        let ends = match it.then_branch.stmts.last() {
            Some(Stmt::Expr(last, _)) if is_success(&it.cond) => self.left_by(last),
            _ => None,
        };
        match ends {
            Some(frames) => self.leaving(frames, |walk| walk.visit_expr(&it.cond)),
            None => self.visit_expr(&it.cond),
        }
        if ends_well(&it.then_branch) && !self.frames.is_empty() {
            self.decide(&it.cond);
        }
        self.conditions += 1;
        match &*it.cond {
            Expr::Let(of) if is_failure(&of.pat) => {
                self.failing(|walk| walk.visit_block(&it.then_branch));
            }
            _ => self.visit_block(&it.then_branch),
        }
        if let Some((_, otherwise)) = &it.else_branch {
            self.visit_expr(otherwise);
        }
        self.conditions -= 1;
    }

    fn visit_expr_let(&mut self, it: &'a ExprLet) {
        self.bind(&[&it.pat], &it.expr);
        visit::visit_expr_let(self, it);
    }

    fn visit_expr_match(&mut self, it: &'a ExprMatch) {
        let patterns: Vec<&Pat> = it.arms.iter().map(|arm| &arm.pat).collect();
        self.bind(&patterns, &it.expr);
        visit::visit_expr_match(self, it);
    }

    fn visit_expr_return(&mut self, it: &'a ExprReturn) {
        let frames = self.outside..self.frames.len();
        self.leaving(frames, |walk| visit::visit_expr_return(walk, it));
    }

    fn visit_expr_break(&mut self, it: &'a ExprBreak) {
        let last = self.frames.len().saturating_sub(1).max(self.outside);
        self.leaving(last..self.frames.len(), |walk| {
            visit::visit_expr_break(walk, it)
        });
    }

    fn visit_expr_for_loop(&mut self, it: &'a ExprForLoop) {
        self.visit_expr(&it.expr);
        let frame = self.frame(Iteration::For(it), &it.expr, &[&it.pat], &it.body.stmts);
        self.naming(&[&it.pat], |walk| {
            walk.within(frame, |walk| walk.visit_block(&it.body));
        });
    }

    fn visit_expr_while(&mut self, it: &'a ExprWhile) {
        let over_rows = match &*it.cond {
            Expr::Let(next) => {
                let (root, is_next) = asked_for_next(&next.expr);
                let is_stream = variable(root).is_some_and(|it| self.streams.contains(&it))
                    || heads::is_row_stream(root);
                let is_emptied = self.sight == Sight::Types && self.empties(next, &it.body);
                ((is_next && is_stream) || is_emptied).then_some(next)
            }
            _ => None,
        };
        self.visit_expr(&it.cond);
        let frame = match over_rows {
            Some(next) => self.frame(Iteration::Stream(it), &next.expr, &[&next.pat], &[]),
            None => Frame {
                iteration: None,
                counts: false,
                variables: Vec::new(),
                sums: Vec::new(),
                conditions: self.conditions,
                spawned: self.spawned,
            },
        };
        self.within(frame, |walk| walk.visit_block(&it.body));
    }

    fn visit_expr_loop(&mut self, it: &'a ExprLoop) {
        let frame = Frame {
            iteration: None,
            counts: false,
            variables: Vec::new(),
            sums: Vec::new(),
            conditions: self.conditions,
            spawned: self.spawned,
        };
        self.within(frame, |walk| walk.visit_block(&it.body));
    }

    fn visit_expr_async(&mut self, it: &'a ExprAsync) {
        self.apart(|walk| visit::visit_expr_async(walk, it));
    }

    fn visit_expr_closure(&mut self, it: &'a ExprClosure) {
        self.apart(|walk| visit::visit_expr_closure(walk, it));
    }

    fn visit_expr_await(&mut self, it: &'a ExprAwait) {
        let awaited = self.awaited.len();
        self.awaited.extend(waited_for(&it.base));
        visit::visit_expr_await(self, it);
        self.awaited.truncate(awaited);
    }

    fn visit_expr_call(&mut self, it: &'a ExprCall) {
        let name = callee(it).and_then(last);
        let awaited = self.awaited.len();
        if macros::is_opened_as(it, &["join", "try_join"]) {
            self.awaited.extend(it.args.iter().filter_map(waited_for));
        }
        if name.is_some_and(|it| !is_type_name(it)) {
            self.note(Call::Function(it));
        }
        let after = mem::take(&mut self.after);
        self.visit_expr(&it.func);
        self.after.extend(name.filter(|it| is_one_of(it, TAKERS)));
        self.spawning(spawns(it), |walk| {
            for argument in &it.args {
                walk.visit_expr(argument);
            }
        });
        self.awaited.truncate(awaited);
        self.after = after;
    }

    fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
        self.note(Call::Method(it));
        let iterates = heads::iterates(it, &self.after);
        self.after.push(&it.method);
        self.visit_expr(&it.receiver);
        self.after.pop();
        let after = mem::take(&mut self.after);
        self.spawning(is_one_of(&it.method, SPAWNS), |walk| {
            for argument in &it.args {
                let Expr::Closure(closure) = argument else {
                    walk.visit_expr(argument);
                    continue;
                };
                let patterns: Vec<&Pat> = closure.inputs.iter().collect();
                if takes_error(it, closure) {
                    walk.failing(|walk| walk.visit_expr_closure(closure));
                } else if iterates {
                    let frame = walk.frame(Iteration::Closure(it), &it.receiver, &patterns, &[]);
                    walk.naming(&patterns, |walk| {
                        walk.within(frame, |walk| {
                            walk.apart(|walk| walk.visit_expr(&closure.body))
                        });
                    });
                } else {
                    // `author_id.map(|id| ..)`
                    walk.bind(&patterns, &it.receiver);
                    walk.visit_expr_closure(closure);
                }
            }
        });
        self.after = after;
    }
}

/// Whether the connection that a call asks is the item's: `shard.db.load(id)`, `query.all(&store.pool)`.
fn asks_items_own(call: Call<'_>, variables: &[&Ident]) -> bool {
    // `pool_id` is none.
    let is_connection = |name: &Ident| {
        let name = name.to_string();
        let last = name.rsplit('_').next().unwrap_or_default();
        matches!(last, "conn" | "db" | "pool" | "store")
    };
    let is_own = |it: &Expr| {
        matches!(peel(it), Expr::Field(_) | Expr::Path(_))
            && spoken_name(it).is_some_and(is_connection)
            && mentions(it, variables)
    };
    match call {
        Call::Function(it) => it.args.iter().any(is_own),
        Call::Method(it) => is_own(&it.receiver) || it.args.iter().any(is_own),
    }
}

/// Whether a block ends its loop, and not because something has failed.
fn ends_well(block: &Block) -> bool {
    let fails = |it: &Expr| match peel(it) {
        Expr::Call(it) => {
            callee(it).and_then(last).is_some_and(|it| it == "Err") || macros::opened(it).is_some()
        }
        _ => false,
    };
    match block.stmts.last() {
        Some(Stmt::Expr(Expr::Break(_), _)) => true,
        Some(Stmt::Expr(Expr::Return(it), _)) => !it.expr.as_deref().is_some_and(fails),
        _ => false,
    }
}

/// The call that a future is of: `send(post)` of `timeout(limit, send(post).map_err(Error::from))`.
fn waited_for(future: &Expr) -> Option<&Expr> {
    const PASSES: &[&str] = &[
        "and_then",
        "boxed",
        "context",
        "err_into",
        "fuse",
        "in_current_span",
        "instrument",
        "into_future",
        "map",
        "map_err",
        "map_ok",
        "ok_into",
        "or_else",
        "then",
        "timeout",
        "unwrap_or_else",
        "with_context",
    ];
    const WRAPPERS: &[&str] = &["pin", "timeout", "timeout_at"];
    let future = peel(future);
    match future {
        Expr::MethodCall(it) if is_one_of(&it.method, PASSES) => waited_for(&it.receiver),
        Expr::Call(it)
            if callee(it)
                .and_then(last)
                .is_some_and(|it| is_one_of(it, WRAPPERS)) =>
        {
            it.args.last().and_then(waited_for)
        }
        Expr::Call(_) | Expr::MethodCall(_) => Some(future),
        _ => None,
    }
}

/// `Err(..)`, `Ok(Err(..))`
fn is_failure(pattern: &Pat) -> bool {
    has_variant(pattern, "Err")
}

/// `x.is_ok()`, `let Ok(..) = x`
fn is_success(condition: &Expr) -> bool {
    match condition {
        Expr::Let(it) => has_variant(&it.pat, "Ok"),
        Expr::MethodCall(it) => it.method == "is_ok",
        _ => false,
    }
}

fn has_variant(pattern: &Pat, name: &str) -> bool {
    struct Variants<'n>(&'n str, bool);
    impl<'a> Visit<'a> for Variants<'_> {
        fn visit_pat_tuple_struct(&mut self, it: &'a PatTupleStruct) {
            self.1 |= last(&it.path).is_some_and(|it| it == self.0);
            visit::visit_pat_tuple_struct(self, it);
        }
    }
    let mut variants = Variants(name, false);
    variants.visit_pat(pattern);
    variants.1
}

/// Whether a closure is called with the error of a result.
fn takes_error(call: &ExprMethodCall, closure: &ExprClosure) -> bool {
    is_one_of(&call.method, &["inspect_err", "map_err"])
        || (is_one_of(&call.method, &["or_else", "unwrap_or_else"]) && closure.inputs.len() == 1)
}

/// `tokio::spawn(task)`, `spawn_named(name, async { .. })`, `spawn_task!(async { .. })`; but not
/// `spawn_blocking(|| ..)`, which is waited for.
fn spawns(call: &ExprCall) -> bool {
    let opened = macros::opened(call).and_then(|it| last(&it.path));
    let Some(name) = opened.or_else(|| callee(call).and_then(last)) else {
        return false;
    };
    let is_async = |it: &Expr| matches!(it, Expr::Async(_));
    is_one_of(name, SPAWNS)
        || (name.to_string().starts_with("spawn") && call.args.iter().any(is_async))
}

/// The variables that are handed to a function that spawns.
fn tasks(body: &Block) -> Vec<&Ident> {
    #[derive(Default)]
    struct Tasks<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Tasks<'a> {
        fn visit_item(&mut self, _: &'a Item) {}
        fn visit_expr_call(&mut self, it: &'a ExprCall) {
            if callee(it)
                .and_then(last)
                .is_some_and(|it| is_one_of(it, SPAWNS))
            {
                self.0.extend(it.args.iter().filter_map(variable));
            }
            visit::visit_expr_call(self, it);
        }
        fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
            if is_one_of(&it.method, SPAWNS) {
                self.0.extend(it.args.iter().filter_map(variable));
            }
            visit::visit_expr_method_call(self, it);
        }
    }
    let mut tasks = Tasks::default();
    tasks.visit_block(body);
    tasks.0
}

/// What `next` is asked of, and whether it is.
fn asked_for_next(expr: &Expr) -> (&Expr, bool) {
    match peel(expr) {
        Expr::MethodCall(it) if is_one_of(&it.method, &["next", "try_next"]) => {
            (peel(&it.receiver), true)
        }
        Expr::MethodCall(it) => asked_for_next(&it.receiver),
        other => (other, false),
    }
}

/// Whether a list is mentioned in a block as something that items come into: `list.push(item)`,
/// `fill(&mut list)`.
fn grows(body: &Block, list: &Ident) -> bool {
    struct Grows<'l>(&'l Ident, bool);
    impl<'a> Visit<'a> for Grows<'_> {
        fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
            const READS: &[&str] = &["contains", "is_empty", "iter", "len"];
            let is_list = variable(&it.receiver).is_some_and(|it| it == self.0);
            self.1 |= is_list && !is_one_of(&it.method, READS);
            visit::visit_expr_method_call(self, it);
        }
        fn visit_expr_reference(&mut self, it: &'a ExprReference) {
            let is_list = variable(&it.expr).is_some_and(|it| it == self.0);
            self.1 |= it.mutability.is_some() && is_list;
            visit::visit_expr_reference(self, it);
        }
        fn visit_expr_assign(&mut self, it: &'a ExprAssign) {
            self.1 |= variable(&it.left).is_some_and(|it| it == self.0);
            visit::visit_expr_assign(self, it);
        }
        fn visit_item(&mut self, _: &'a Item) {}
    }
    let mut grows = Grows(list, false);
    grows.visit_block(body);
    grows.1
}

/// Whether a loop may go on to its next item from within a block.
fn goes_on(block: &Block) -> bool {
    struct Continues(bool);
    impl<'a> Visit<'a> for Continues {
        fn visit_expr_continue(&mut self, _: &'a ExprContinue) {
            self.0 = true;
        }
        fn visit_expr_closure(&mut self, _: &'a ExprClosure) {}
        fn visit_item(&mut self, _: &'a Item) {}
    }
    let mut continues = Continues(false);
    continues.visit_block(block);
    continues.0
}
