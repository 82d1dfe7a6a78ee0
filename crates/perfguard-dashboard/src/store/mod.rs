//! The last scopes, and what is known of those that are still open.
//!
//! Bounded in number, in time and in bytes, whatever the application does:
//! what is forgotten is counted.

mod cut;
mod entry;
mod found;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use entry::{Course, Entry, Ran, Step};
pub(crate) use found::Found;
#[cfg(test)]
pub(crate) use found::Place;

/// Outermost scopes that are kept.
pub(crate) const MAX_ENTRIES: usize = 50;
/// How long they are kept.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(10 * 60);
/// What they take together, about.
pub(crate) const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Outermost scopes that are still open, of which something is known already.
const MAX_OPEN: usize = 256;
/// What that takes together, about.
const MAX_OPEN_BYTES: usize = MAX_BYTES / 4;
/// Requests for the view itself that have not ended yet.
const MAX_OWN: usize = 64;

#[derive(Debug)]
pub(crate) struct Store {
    /// In the order in which they ended.
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    /// What ended inside scopes that are open.
    open: VecDeque<Open>,
    open_bytes: usize,
    /// The root scopes of requests for the view itself.
    own: VecDeque<u64>,
    seen: u64,
    /// Forgotten before their time, for want of room.
    crowded_out: u64,
    /// Scopes inside others that were forgotten before those ended.
    inside_lost: u64,
}

#[derive(Debug)]
struct Open {
    root: u64,
    at: Instant,
    ran: Vec<Ran>,
    lost: u64,
    bytes: usize,
}

/// What there is to show.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The latest first.
    pub(crate) entries: Vec<Arc<Entry>>,
    /// Outermost scopes that have ended since the process began.
    pub(crate) seen: u64,
    pub(crate) crowded_out: u64,
    pub(crate) inside_lost: u64,
    pub(crate) now: Instant,
}

impl Store {
    pub(crate) const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            open: VecDeque::new(),
            open_bytes: 0,
            own: VecDeque::new(),
            seen: 0,
            crowded_out: 0,
            inside_lost: 0,
        }
    }

    /// Notes that the root scope of this number is a request for the view.
    pub(crate) fn disown(&mut self, root: u64) {
        if self.own.len() >= MAX_OWN {
            self.own.pop_front();
        }
        self.own.push_back(root);
    }

    /// Takes an outermost scope that has ended.
    pub(crate) fn end(&mut self, mut entry: Entry, now: Instant) {
        let inside = self.take_open(entry.root);
        let own = self.own.iter().position(|root| *root == entry.root);
        if let Some(own) = own {
            self.own.remove(own);
            return;
        }
        if let Some(inside) = inside {
            entry.inside_lost += inside.lost;
            inside.ran.into_iter().for_each(|ran| entry.add(ran));
        }
        self.seen += 1;
        self.bytes += entry.bytes();
        self.entries.push_back(Arc::new(entry));
        self.forget(now);
    }

    /// Takes a scope that has ended inside another one.
    pub(crate) fn end_inside(&mut self, root: u64, ran: Ran, now: Instant) {
        // A task may outlive the request that started it.
        let ended = self.entries.iter_mut().rev().find(|it| it.root == root);
        if let Some(ended) = ended {
            // Copied if somebody is looking at it.
            let ended = Arc::make_mut(ended);
            self.bytes -= ended.bytes();
            ended.add(ran);
            self.bytes += ended.bytes();
            return self.forget(now);
        }
        let known = self.open.iter().position(|it| it.root == root);
        let known = known.unwrap_or_else(|| {
            self.open.push_back(Open {
                root,
                at: now,
                ran: Vec::new(),
                lost: 0,
                bytes: 0,
            });
            self.open.len() - 1
        });
        if let Some(open) = self.open.get_mut(known) {
            if open.ran.len() < entry::MAX_INSIDE {
                open.bytes += ran.bytes();
                self.open_bytes += ran.bytes();
                open.ran.push(ran);
            } else {
                open.lost += 1;
            }
        }
        self.forget_open(now);
    }

    /// What there is, as it is now.
    pub(crate) fn shown(&mut self, now: Instant) -> Shown {
        self.forget(now);
        Shown {
            entries: self.entries.iter().rev().cloned().collect(),
            seen: self.seen,
            crowded_out: self.crowded_out,
            inside_lost: self.inside_lost,
            now,
        }
    }

    fn take_open(&mut self, root: u64) -> Option<Open> {
        let place = self.open.iter().position(|it| it.root == root)?;
        let open = self.open.remove(place)?;
        self.open_bytes -= open.bytes;
        Some(open)
    }

    fn forget(&mut self, now: Instant) {
        while let Some(first) = self.entries.front() {
            let is_old = now.saturating_duration_since(first.at) > MAX_AGE;
            let is_too_large = self.bytes > MAX_BYTES;
            if !is_old && !is_too_large && self.entries.len() <= MAX_ENTRIES {
                break;
            }
            // That only fifty are kept is no news.
            self.crowded_out += u64::from(is_too_large && !is_old);
            self.bytes -= first.bytes();
            self.entries.pop_front();
        }
    }

    fn forget_open(&mut self, now: Instant) {
        while let Some(first) = self.open.front() {
            let is_old = now.saturating_duration_since(first.at) > MAX_AGE;
            let is_full = self.open.len() > MAX_OPEN || self.open_bytes > MAX_OPEN_BYTES;
            if !is_old && !is_full {
                break;
            }
            self.inside_lost += first.ran.len() as u64 + first.lost;
            self.open_bytes -= first.bytes;
            self.open.pop_front();
        }
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize, usize, usize) {
        let (entries, open) = (self.entries.len(), self.open.len());
        (entries, self.bytes, open, self.open_bytes)
    }
}
