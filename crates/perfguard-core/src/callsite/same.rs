//! When two chains are one place after all.
//!
//! The standard library calls a closure of the user's from several lines of
//! its own: collecting into a `Result<Vec<_>, _>` takes the first item before
//! the loop, an inclusive range gives its last item apart. To the user that is
//! one loop. So two chains are one place if they differ in such plumbing only:
//! the user's own calls are the same, in the same order.
//!
//! The user's calls are the same if they are at the same address. Beside
//! plumbing the same line and column will do, because an optimising build
//! duplicates the user's code together with the plumbing that calls it. It
//! will not do elsewhere: both arms of a `join!` have one line.
//!
//! Other libraries keep their addresses: `futures::future::join` polls two
//! futures from two lines, and those are two places.

use super::Chain;
use super::resolve::{Frame, Owner, symbols};

/// True if both chains are one place in the user's code.
///
/// Resolves the symbols of the addresses in which they differ: for the end of
/// a test, not for a request's path.
pub(crate) fn is_same_place(one: &Chain, other: &Chain) -> bool {
    if one.key.is_some() || other.key.is_some() {
        return one.key == other.key;
    }
    let is_same_origin = match (&one.origin, &other.origin) {
        (None, None) => true,
        (Some(one), Some(other)) => is_same_place(one, other),
        _ => false,
    };
    if !is_same_origin {
        return false;
    }
    let (one, other) = (one.addresses(), other.addresses());
    if one == other {
        return true;
    }
    let common = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count();
    let one = calls(one.get(common..).unwrap_or_default());
    let other = calls(other.get(common..).unwrap_or_default());
    // Without the user's frames nobody can say which code is the user's.
    let is_known = |calls: &[Call]| calls.iter().any(|call| call.frame.is_some());
    is_known(&one)
        && one.len() == other.len()
        && one
            .iter()
            .zip(&other)
            .all(|(one, other)| one.is_same(other))
}

/// One call on the way from the scope to the query, plumbing left out.
struct Call {
    address: usize,
    frame: Option<Frame>,
    is_beside_plumbing: bool,
}

impl Call {
    fn is_same(&self, other: &Self) -> bool {
        if self.address == other.address {
            return true;
        }
        match (&self.frame, &other.frame) {
            (Some(one), Some(two)) => {
                (self.is_beside_plumbing || other.is_beside_plumbing)
                    && (one.file(), one.line(), one.column())
                        == (two.file(), two.line(), two.column())
            }
            _ => false,
        }
    }
}

/// The calls at `addresses`, innermost first.
fn calls(addresses: &[usize]) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut callee_is_plumbing = false;
    for address in addresses {
        let symbols = symbols(*address);
        // Without symbols there is only the address.
        if symbols.is_empty() {
            calls.push(Call {
                address: *address,
                frame: None,
                is_beside_plumbing: false,
            });
        }
        // What is inlined into the user's line (an ORM) does not matter, what
        // calls the line does.
        let users = symbols
            .iter()
            .position(|symbol| symbol.owner == Owner::User);
        for (index, symbol) in symbols.iter().enumerate().skip(users.unwrap_or(0)) {
            // Up to the next library: plumbing beyond it calls the library.
            let mut callers = symbols
                .iter()
                .skip(index + 1)
                .take_while(|caller| caller.owner != Owner::Library);
            let is_plumbing = symbol.owner == Owner::Plumbing;
            if !is_plumbing {
                calls.push(Call {
                    address: *address,
                    frame: symbol.frame.clone().filter(|_| !symbol.is_expansion),
                    is_beside_plumbing: callee_is_plumbing
                        || callers.any(|caller| caller.owner == Owner::Plumbing),
                });
            } else if let Some(callee) = calls.last_mut() {
                callee.is_beside_plumbing = true;
            }
            callee_is_plumbing = is_plumbing;
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::{Chain, is_same_place};
    use crate::callsite::{CallSiteKey, Trace};

    #[test]
    fn without_symbols_only_equal_addresses_are_one_place() {
        let one = Chain::of(&[16, 32, 48]);
        assert!(is_same_place(&one, &one.clone()));
        assert!(!is_same_place(&one, &Chain::of(&[16, 33, 48])));
        assert!(!is_same_place(&one, &Chain::of(&[16, 48])));
        assert!(!is_same_place(&one, &Chain::of(&[])));
    }

    #[test]
    fn named_places_are_one_if_they_have_one_name() {
        let named = |key| Trace::named(CallSiteKey::new(key)).place(1).map(|it| it.1);
        let (Some(one), Some(other)) = (named("one"), named("other")) else {
            unreachable!("a named place is one for every scope");
        };
        assert!(is_same_place(&one, &one.clone()));
        assert!(!is_same_place(&one, &other));
        assert!(!is_same_place(&one, &Chain::of(&[])));
    }
}
