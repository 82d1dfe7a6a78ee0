//! What a loop does in steps for each item: it asks another service, and writes what came of it; or
//! it writes until one works.
//!
//! Such a write cannot be done for all items at once, nor a read that sees it. A read before it can.

use std::collections::{HashMap, HashSet};

use crate::function::{Called, Function, Runs};
use crate::graph::Graph;

/// The loops of a function that do their work in steps.
pub(crate) struct Steps {
    /// Where the loops begin that leave the program for each item, or end as soon as a write worked.
    leaving: HashSet<usize>,
    /// Where such a loop writes for the first time.
    written: HashMap<usize, usize>,
}

impl Steps {
    pub(crate) fn of(function: &Function, graph: &Graph<'_>) -> Self {
        let calls = function.calls.iter();
        let leaving = calls.filter(|it| !it.within.is_empty() && graph.leaves(function, it));
        let leaving = leaving.flat_map(|it| it.within.iter().copied());
        let deciding = function
            .queries
            .iter()
            .filter(|it| it.query.writes && it.at.decides);
        let deciding = deciding.filter_map(|it| Some(it.at.each.as_ref()?.start));
        let leaving = leaving.chain(deciding).collect();
        let mut steps = Self {
            leaving,
            written: HashMap::new(),
        };
        if !steps.leaving.is_empty() {
            let sent = function.queries.iter().filter(|it| it.query.writes);
            let calls = function.calls.iter().filter(|it| {
                let asked = graph.asked_by(function, it);
                asked.is_some_and(|asked| writes(graph, asked, it))
            });
            let places = sent.map(|it| &it.at).chain(calls.map(|it| &it.at));
            for (each, at) in places.filter_map(start) {
                let first = steps.written.entry(each).or_insert(at);
                *first = at.min(*first);
            }
        }
        steps
    }

    /// Whether what runs for each item of a loop is a step of its work.
    pub(crate) fn have(&self, at: &Runs, writes: bool) -> bool {
        let Some((each, at)) = start(at).filter(|(each, _)| self.leaving.contains(each)) else {
            return false;
        };
        writes || self.written.get(&each).is_some_and(|first| *first < at)
    }
}

/// Where the loop begins, and where it stands itself.
fn start(at: &Runs) -> Option<(usize, usize)> {
    Some((at.each.as_ref()?.start, at.span.byte_range().start))
}

/// Whether a call of a function that asks a database writes to it. `UPDATE .. RETURNING` is asked
/// as a query is: there the name tells.
pub(crate) fn writes(graph: &Graph<'_>, asked: usize, call: &Called) -> bool {
    const VERBS: &[&str] = &[
        "add", "claim", "clear", "close", "create", "delete", "insert", "mark", "record", "remove",
        "replace", "save", "set", "store", "update", "upsert", "write",
    ];
    let verb = call.name.split('_').next().unwrap_or_default();
    graph.writes(asked) || VERBS.contains(&verb)
}

/// Whether a call hands on many items, by its name: the loop is over groups of them.
pub(crate) fn hands_on_many(call: &Called) -> bool {
    let mut words = call.name.split('_');
    words.any(|it| matches!(it, "batch" | "bulk" | "many"))
}
