//! Names of scopes that are told apart.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use metrics::SharedString;

/// Names that are told apart: more than most services have routes, and few
/// enough that all their time series fit in a page of a database. Where there
/// are more, the first ones keep their names.
pub const MAX_ROUTES: usize = 200;

/// Bytes of a name. Routes and paths of functions are shorter; what is longer
/// was probably made of a request.
const MAX_BYTES: usize = 256;

/// All that is not told apart.
const OTHER: &str = "__other__";

/// The names that were met first.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    known: RwLock<HashSet<Arc<str>>>,
}

impl Routes {
    /// The value of the label `route` for a scope of this name.
    pub(crate) fn label(&self, name: &str) -> SharedString {
        let other = SharedString::const_str(OTHER);
        if name.len() > MAX_BYTES {
            return other;
        }
        // Whoever panicked with the lock left a set of names behind all the
        // same.
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (label, is_full) = (known.get(name).cloned(), known.len() >= MAX_ROUTES);
        drop(known);
        match label {
            Some(label) => label.into(),
            None if is_full => other,
            None => self.learn(name).map_or(other, Into::into),
        }
    }

    fn learn(&self, name: &str) -> Option<Arc<str>> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have filled it since, or learned this one.
        if let Some(label) = known.get(name) {
            return Some(Arc::clone(label));
        }
        if known.len() >= MAX_ROUTES {
            return None;
        }
        let label: Arc<str> = name.into();
        known.insert(Arc::clone(&label));
        Some(label)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{MAX_BYTES, MAX_ROUTES, OTHER, Routes};

    #[test]
    fn a_million_names_are_two_hundred_and_one_labels() {
        let routes = Routes::default();
        let labels = (0..1_000_000).map(|number| routes.label(&format!("GET /{number}")));
        let labels: HashSet<_> = labels.collect();
        assert_eq!(labels.len(), MAX_ROUTES + 1);
        assert!(labels.contains(OTHER));
        // Those that came first are told apart for as long as the process runs.
        assert_eq!(&*routes.label("GET /0"), "GET /0");
        assert_eq!(&*routes.label("GET /200"), OTHER);
    }

    #[test]
    fn threads_that_meet_names_at_once_learn_no_more_of_them() {
        let routes = Routes::default();
        let meet = |thread: usize| {
            let names = (0..1_000).map(|number| (number * 7 + thread) % 1_000);
            let labels = names.map(|name| routes.label(&name.to_string()));
            labels.collect::<HashSet<_>>()
        };
        let labels: HashSet<_> = std::thread::scope(|threads| {
            let met: Vec<_> = (0..4)
                .map(|thread| threads.spawn(move || meet(thread)))
                .collect();
            met.into_iter().flat_map(|it| it.join()).flatten().collect()
        });
        assert_eq!(labels.len(), MAX_ROUTES + 1);
    }

    #[test]
    fn a_name_that_is_too_long_takes_no_place() {
        let routes = Routes::default();
        assert_eq!(&*routes.label(&"x".repeat(MAX_BYTES + 1)), OTHER);
        let longest = "x".repeat(MAX_BYTES);
        assert_eq!(&*routes.label(&longest), longest.as_str());
    }
}
