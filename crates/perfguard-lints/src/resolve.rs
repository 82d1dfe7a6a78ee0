//! Which functions a call may run, by names.

use std::collections::HashMap;

use crate::function::{Called, Function, Target};
use crate::imports::Imports;

/// A file, as names are looked up in it.
pub(crate) struct Scope {
    pub(crate) imports: Imports,
    /// The folders and the name of the file: `["repo", "posts"]`.
    pub(crate) modules: Vec<String>,
}

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
pub(crate) struct Resolver<'a> {
    functions: &'a [Function],
    scopes: &'a [Scope],
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn of(functions: &'a [Function], scopes: &'a [Scope]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, function) in functions.iter().enumerate() {
            by_name.entry(&function.name).or_default().push(number);
        }
        Self {
            functions,
            scopes,
            by_name,
        }
    }

    /// The functions that a call may run; none if nobody can tell.
    pub(crate) fn candidates(&self, caller: &Function, call: &Called) -> Vec<usize> {
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
                    _ if !call.hands_connection
                        && (call.arity == 0 || COMMON.contains(&call.name.as_str())) =>
                    {
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

    /// Whether any function of the workspace has the name of a call.
    pub(crate) fn is_known(&self, caller: &Function, call: &Called) -> bool {
        self.by_name.contains_key(self.name_of(caller, call))
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
