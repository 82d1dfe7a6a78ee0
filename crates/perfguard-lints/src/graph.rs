//! Who calls whom, by names, and which functions ask a database.
//!
//! A call is resolved only where its name leaves no doubt: if several functions may be meant, all
//! of them have to ask a database. What a spawned task asks, its spawner does not wait for.

use crate::function::{Called, Function, Target};
use crate::resolve::{Resolver, Scope};

/// A function that asks a database, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// By a query of its own: the index in `queries`.
    Itself(usize),
    /// By a call: the index in `calls`, the function that is called, and how deep the query is.
    Through {
        call: usize,
        function: usize,
        depth: usize,
    },
}

impl Asks {
    const fn depth(self) -> usize {
        match self {
            Self::Itself(_) => 0,
            Self::Through { depth, .. } => depth,
        }
    }
}

/// How deep below a call a query is looked for.
const DEPTH: usize = 6;

/// Which functions ask a database.
pub(crate) struct Graph<'a> {
    functions: &'a [Function],
    resolver: Resolver<'a>,
    /// The calls of each function that are waited for, with the functions that they may run.
    resolved: Vec<Vec<(usize, Vec<usize>)>>,
    /// How each function asks a database, if it does.
    pub(crate) asks: Vec<Option<Asks>>,
    /// Whether it writes to it, at any depth.
    writes: Vec<bool>,
    /// Whether it leaves the program for something that is no database, at any depth.
    leaves: Vec<bool>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(functions: &'a [Function], scopes: &'a [Scope]) -> Self {
        let resolver = Resolver::of(functions, scopes);
        let calls = |function: &Function| -> Vec<(usize, Vec<usize>)> {
            let waited_for = function
                .calls
                .iter()
                .enumerate()
                .filter(|(_, it)| !it.at.is_spawned);
            let resolved =
                waited_for.map(|(number, call)| (number, resolver.candidates(function, call)));
            resolved
                .filter(|(_, candidates)| !candidates.is_empty())
                .collect()
        };
        let resolved = functions.iter().map(calls).collect();
        let asks = functions
            .iter()
            .map(|it| own_query(it).map(Asks::Itself))
            .collect();
        let writes_itself = |it: &Function| {
            it.queries
                .iter()
                .any(|it| !it.at.is_spawned && it.query.writes)
        };
        let mut graph = Self {
            functions,
            resolver,
            resolved,
            asks,
            writes: functions.iter().map(writes_itself).collect(),
            leaves: vec![false; functions.len()],
        };
        graph.spread();
        graph.spread_writes();
        graph.spread_leaves();
        graph
    }

    /// From each function that asks to those that call it, one depth after the other.
    fn spread(&mut self) {
        for depth in 1..=DEPTH {
            let mut found = Vec::new();
            for (number, calls) in self.resolved.iter().enumerate() {
                if self.asks.get(number).is_some_and(Option::is_none) {
                    let asks = calls.iter().find_map(|(call, candidates)| {
                        self.all_ask(candidates).map(|function| Asks::Through {
                            call: *call,
                            function,
                            depth,
                        })
                    });
                    found.extend(asks.map(|it| (number, it)));
                }
            }
            if found.is_empty() {
                break;
            }
            for (number, asks) in found {
                if let Some(it) = self.asks.get_mut(number) {
                    *it = Some(asks);
                }
            }
        }
    }

    fn spread_writes(&mut self) {
        for _ in 1..=DEPTH {
            let writes = |candidates: &Vec<usize>| {
                let asked = self.all_ask(candidates);
                asked.is_some_and(|it| self.writes.get(it) == Some(&true))
            };
            let hands_on = self
                .resolved
                .iter()
                .map(|calls| calls.iter().any(|(_, it)| writes(it)));
            let hands_on: Vec<bool> = hands_on.collect();
            for (it, hands_on) in self.writes.iter_mut().zip(hands_on) {
                *it |= hands_on;
            }
        }
    }

    fn spread_leaves(&mut self) {
        let leaves_itself = |it: &Function| {
            let mut waited_for = it.calls.iter().filter(|it| !it.at.is_spawned);
            waited_for.any(|call| self.is_request(it, call))
        };
        self.leaves = self.functions.iter().map(leaves_itself).collect();
        for _ in 1..=DEPTH {
            let hands_on = self.resolved.iter().map(|calls| {
                let mut candidates = calls.iter().flat_map(|(_, it)| it);
                candidates.any(|it| self.function_leaves(*it))
            });
            let hands_on: Vec<bool> = hands_on.collect();
            for (it, hands_on) in self.leaves.iter_mut().zip(hands_on) {
                *it |= hands_on;
            }
        }
    }

    /// Whether a call leaves the program itself: nothing in the workspace has its name. What is
    /// called on `self` or found in `crate` is of the workspace all the same, made by a macro.
    fn is_request(&self, caller: &Function, call: &Called) -> bool {
        let is_own = match &call.target {
            Target::SelfMethod => true,
            Target::Path(before) => before.first().is_some_and(|it| {
                matches!(it.as_str(), "Self" | "crate" | "self" | "super")
                    || caller.owner.as_ref() == Some(it)
            }),
            Target::Method { .. } => false,
        };
        call.may_leave && !is_own && !self.resolver.is_known(caller, call)
    }

    fn function_leaves(&self, number: usize) -> bool {
        let is_apart = self.functions.get(number).is_none_or(|it| it.is_apart);
        !is_apart && self.leaves.get(number) == Some(&true)
    }

    /// Whether a call leaves the program for something that is no database, at any depth.
    pub(crate) fn leaves(&self, caller: &Function, call: &Called) -> bool {
        if call.at.is_spawned_in_loop {
            return false;
        }
        let candidates = self.resolver.candidates(caller, call);
        self.is_request(caller, call) || candidates.iter().any(|it| self.function_leaves(*it))
    }

    /// Whether a function writes to a database, at any depth.
    pub(crate) fn writes(&self, number: usize) -> bool {
        self.writes.get(number) == Some(&true)
    }

    /// The candidate that asks least deep, if all of them ask.
    fn all_ask(&self, candidates: &[usize]) -> Option<usize> {
        let asking = candidates
            .iter()
            .map(|it| self.asks.get(*it).copied().flatten());
        let depths: Option<Vec<usize>> = asking.map(|it| it.map(Asks::depth)).collect();
        let least = depths?
            .into_iter()
            .enumerate()
            .min_by_key(|(_, depth)| *depth)?
            .0;
        candidates.get(least).copied()
    }

    /// The function that a call runs, if it asks a database for certain.
    pub(crate) fn asked_by(&self, function: &Function, call: &Called) -> Option<usize> {
        self.all_ask(&self.resolver.candidates(function, call))
    }

    /// Whether a function that writes is a process of its own: it hands the writing on, leaves the
    /// program, or sends several queries. What is done in steps for one item cannot be done at once for all.
    pub(crate) fn is_process(&self, number: usize) -> bool {
        let Some(function) = self.functions.get(number).filter(|_| self.writes(number)) else {
            return false;
        };
        let calls = self.resolved.get(number).into_iter().flatten();
        let asking = calls.filter(|(_, it)| self.all_ask(it).is_some()).count();
        let writes_itself = function.queries.iter().any(|it| it.query.writes);
        !writes_itself || self.function_leaves(number) || function.queries.len() + asking > 2
    }

    /// Whether a call on the item of a loop is a dispatch: several types implement it.
    pub(crate) fn is_dispatch(&self, caller: &Function, call: &Called) -> bool {
        let Target::Method {
            is_on_item: true, ..
        } = call.target
        else {
            return false;
        };
        let candidates = self.resolver.candidates(caller, call);
        let of_traits = candidates
            .iter()
            .filter_map(|it| self.functions.get(*it)?.of_trait.as_ref());
        of_traits.count() > 1
    }
}

/// A query that a function sends itself; but raw statements are settings and schemas.
fn own_query(function: &Function) -> Option<usize> {
    let mut queries = function.queries.iter();
    queries.position(|it| !(it.at.is_spawned || it.query.is_raw && it.query.writes))
}
