//! Who calls whom, by names, and which functions ask a database.
//!
//! A call is resolved only where its name leaves no doubt: if several functions may be meant, all
//! of them have to ask a database. What a spawned task asks, its spawner does not wait for.

use std::collections::HashMap;

use crate::function::{Called, Function, Target};
use crate::imports::Imports;

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

/// A file, as names are looked up in it.
pub(crate) struct Scope {
    pub(crate) imports: Imports,
    /// The folders and the name of the file: `["repo", "posts"]`.
    pub(crate) modules: Vec<String>,
}

/// How deep below a call a query is looked for.
const DEPTH: usize = 6;

/// Names that types of the standard library and of ORMs have: they tell nothing of a receiver.
const COMMON: &[&str] = &[
    "all",
    "any",
    "as_ref",
    "as_str",
    "borrow",
    "build",
    "clear",
    "clone",
    "cmp",
    "collect",
    "contains",
    "count",
    "default",
    "delete",
    "deref",
    "drop",
    "eq",
    "execute",
    "exists",
    "extend",
    "filter",
    "find",
    "first",
    "flush",
    "fmt",
    "from",
    "get",
    "get_mut",
    "hash",
    "init",
    "insert",
    "into",
    "is_empty",
    "iter",
    "join",
    "last",
    "len",
    "load",
    "lock",
    "map",
    "new",
    "next",
    "one",
    "open",
    "parse",
    "pop",
    "process",
    "push",
    "read",
    "recv",
    "remove",
    "run",
    "save",
    "send",
    "set",
    "skip",
    "sort",
    "start",
    "take",
    "to_string",
    "update",
    "wait",
    "write",
];

/// All functions, by the names that calls give.
pub(crate) struct Graph<'a> {
    functions: &'a [Function],
    scopes: &'a [Scope],
    by_name: HashMap<&'a str, Vec<usize>>,
    /// How each function asks a database, if it does.
    pub(crate) asks: Vec<Option<Asks>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(functions: &'a [Function], scopes: &'a [Scope]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, function) in functions.iter().enumerate() {
            by_name.entry(&function.name).or_default().push(number);
        }
        let itself = |function: &Function| {
            let own = function
                .queries
                .iter()
                .position(|it| !(it.at.is_spawned || it.query.is_raw && it.query.writes));
            own.map(Asks::Itself)
        };
        let mut graph = Self {
            functions,
            scopes,
            by_name,
            asks: functions.iter().map(itself).collect(),
        };
        graph.spread();
        graph
    }

    /// From each function that asks to those that call it, one depth after the other.
    fn spread(&mut self) {
        let resolved: Vec<Vec<(usize, Vec<usize>)>> = self
            .functions
            .iter()
            .map(|function| {
                let calls = function
                    .calls
                    .iter()
                    .enumerate()
                    .filter(|(_, it)| !it.at.is_spawned);
                let resolved =
                    calls.map(|(number, call)| (number, self.candidates(function, call)));
                resolved
                    .filter(|(_, candidates)| !candidates.is_empty())
                    .collect()
            })
            .collect();
        for depth in 1..=DEPTH {
            let mut found = Vec::new();
            for (number, calls) in resolved.iter().enumerate() {
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
        self.all_ask(&self.candidates(function, call))
    }

    /// The functions that a call may run; none if nobody can tell.
    fn candidates(&self, caller: &Function, call: &Called) -> Vec<usize> {
        let name = self.name_of(caller, call);
        let Some(named) = self.by_name.get(name) else {
            return Vec::new();
        };
        let all = named
            .iter()
            .filter_map(|it| Some((*it, self.functions.get(*it)?)));
        match &call.target {
            Target::SelfMethod => {
                let of_type = |it: &Function| {
                    it.has_self && it.owner == caller.owner && it.arity == call.arity
                };
                numbers(all.filter(|(_, it)| of_type(it)))
            }
            Target::Method { receiver, .. } => {
                let fits: Vec<_> = all
                    .filter(|(_, it)| it.has_self && it.arity == call.arity)
                    .collect();
                let hinted = receiver.as_deref().map(|name| {
                    let of_name = |it: &Function| {
                        it.owner
                            .as_deref()
                            .is_some_and(|owner| is_named_after(name, owner))
                    };
                    numbers(fits.iter().copied().filter(|(_, it)| of_name(it)))
                });
                match hinted {
                    Some(hinted) if !hinted.is_empty() => hinted,
                    _ if COMMON.contains(&call.name.as_str()) && !call.hands_connection => {
                        Vec::new()
                    }
                    _ => numbers(fits.into_iter()),
                }
            }
            Target::Path(before) => {
                let fits: Vec<_> = all
                    .filter(|(_, it)| it.arity + usize::from(it.has_self) == call.arity)
                    .collect();
                self.by_path(caller, call, before, &fits)
            }
        }
    }

    /// The name that a function has where it is written: `use repo::load as load_post`.
    fn name_of<'n>(&'n self, caller: &Function, call: &'n Called) -> &'n str {
        match &call.target {
            Target::Path(before) if before.is_empty() => {
                let scope = self.scopes.get(caller.file);
                let path = scope.and_then(|it| it.imports.path(&call.name));
                path.and_then(<[String]>::last).unwrap_or(&call.name)
            }
            _ => &call.name,
        }
    }

    fn by_path(
        &self,
        caller: &Function,
        call: &Called,
        before: &[String],
        fits: &[(usize, &Function)],
    ) -> Vec<usize> {
        let scope = self.scopes.get(caller.file);
        let free = || fits.iter().copied().filter(|(_, it)| it.owner.is_none());
        let Some(of) = before.last() else {
            let same_file = numbers(free().filter(|(_, it)| it.file == caller.file));
            return match scope.and_then(|it| it.imports.path(&call.name)) {
                Some(path) => {
                    let module = path.iter().rev().nth(1);
                    self.in_module(free(), module.map(String::as_str))
                }
                None if !same_file.is_empty() => same_file,
                None if scope.is_some_and(|it| it.imports.has_globs) => numbers(free()),
                None => Vec::new(),
            };
        };
        if of.starts_with(char::is_uppercase) {
            // `use models::Post as Model;`
            let imported = scope
                .and_then(|it| it.imports.path(of))
                .and_then(<[String]>::last);
            let owner = imported.unwrap_or(of);
            return numbers(fits.iter().copied().filter(|(_, it)| {
                it.owner.as_ref() == Some(owner) || it.of_trait.as_ref() == Some(owner)
            }));
        }
        self.in_module(free(), Some(of))
    }

    /// Of several functions those in a module of this name.
    fn in_module<'f>(
        &self,
        functions: impl Iterator<Item = (usize, &'f Function)>,
        module: Option<&str>,
    ) -> Vec<usize> {
        match module {
            None | Some("crate" | "self" | "super") => numbers(functions),
            Some(module) => numbers(functions.filter(|(_, it)| {
                let scope = self.scopes.get(it.file);
                scope.is_some_and(|it| it.modules.iter().any(|it| it == module))
            })),
        }
    }

    /// Whether a function that writes is a process of its own: it hands the writing on, or sends
    /// several queries. What is done in steps for one item cannot be done at once for all.
    pub(crate) fn is_process(&self, number: usize) -> bool {
        let Some(function) = self.functions.get(number) else {
            return false;
        };
        match self.asks.get(number).copied().flatten() {
            Some(Asks::Itself(_)) => {
                let asks =
                    |it: &&Called| !it.at.is_spawned && self.asked_by(function, it).is_some();
                function.queries.len() + function.calls.iter().filter(asks).count() > 2
            }
            Some(Asks::Through { .. }) => true,
            None => false,
        }
    }

    /// Whether a call on the item of a loop is a dispatch: several types implement it.
    pub(crate) fn is_dispatch(&self, caller: &Function, call: &Called) -> bool {
        let Target::Method {
            is_on_item: true, ..
        } = call.target
        else {
            return false;
        };
        let candidates = self.candidates(caller, call);
        let of_traits = candidates
            .iter()
            .filter_map(|it| self.functions.get(*it)?.of_trait.as_ref());
        of_traits.count() > 1
    }
}

fn numbers<'f>(functions: impl Iterator<Item = (usize, &'f Function)>) -> Vec<usize> {
    functions.map(|(number, _)| number).collect()
}

/// `post_repo` and `repo` of `PostRepo`.
fn is_named_after(name: &str, owner: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let (name, owner) = (plain(name), plain(owner));
    name == owner || (name.len() >= 4 && owner.ends_with(&name))
}
