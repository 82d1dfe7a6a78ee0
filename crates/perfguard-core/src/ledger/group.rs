//! The executions of one statement from one place.

use smallvec::SmallVec;

use super::{Execution, MAX_INSIDE, MAX_TRANSACTIONS};
use crate::callsite::{Chain, SiteId, is_same_place};
use crate::identity::FewSet;
use crate::query::Binds;
use crate::statement::Fingerprint;

/// Different values pasted into texts that a group tells apart.
const MAX_PASTED: usize = 64;

/// All executions of one statement from one call site, or those whose call
/// site was not captured.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) site: Option<SiteId>,
    pub(crate) chain: Option<Chain>,
    pub(crate) count: u64,
    /// Its place in the order of events: the number of its first execution.
    pub(crate) first: u64,
    pub(crate) unknown_binds: u64,
    /// Executions whose values nobody looked at.
    pub(crate) unread: u64,
    /// Executions that came right after a write to the same table: an ORM
    /// reads back what it wrote where the database does not return it.
    pub(crate) read_back: u64,
    /// Executions that failed, and UPDATEs that changed nothing: the next one
    /// may be another attempt.
    pub(crate) in_vain: u64,
    pub(crate) rows: Option<u64>,
    /// The read that came before its first execution.
    pub(crate) preceded_by: Option<(Fingerprint, Option<SiteId>)>,
    pub(crate) batches: Batches,
    /// What was pasted into the texts, `MAX_PASTED` at most.
    pasted: FewSet,
    binds: FewSet,
    binds_dropped: bool,
    /// How many ran in which judged scope inside this one.
    pub(super) inside: RanInside,
    /// The sites of groups that turned out to be this one's place.
    joined: Vec<SiteId>,
}

/// How many executions ran in which judged scope inside the ledger's own, for
/// [`MAX_INSIDE`] of those.
#[derive(Clone, Debug, Default)]
pub(super) struct RanInside(SmallVec<[(u64, u64); 1]>);

impl RanInside {
    #[inline]
    pub(super) fn note(&mut self, below: Option<u64>, executions: u64) {
        let Some(below) = below else { return };
        let is_full = self.0.len() >= MAX_INSIDE;
        match self.0.iter_mut().find(|(id, _)| *id == below) {
            Some((_, count)) => *count += executions,
            None if is_full => {}
            None => self.0.push((below, executions)),
        }
    }

    fn join(&mut self, other: &Self) {
        for (below, count) in &other.0 {
            self.note(Some(*below), *count);
        }
    }

    pub(super) fn scopes(&self) -> &[(u64, u64)] {
        &self.0
    }
}

/// The executions of a group that ran in transactions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batches {
    pub(crate) executions: u64,
    pub(crate) transactions: SmallVec<[u64; 2]>,
    /// How often the next execution ran in another transaction: how many there
    /// were, if they did not run at once.
    pub(crate) changes: u64,
    last: Option<u64>,
    /// Where the transactions began, if that was captured.
    pub(crate) begun: Option<(SiteId, Chain)>,
    /// They began in different places, or there were too many to tell.
    pub(crate) mixed: bool,
}

/// What became of a bind identity.
pub(super) enum Noted {
    Dropped,
    Kept,
    Known,
}

impl Group {
    pub(super) fn new(
        place: Option<&(SiteId, Chain)>,
        first: u64,
        preceded_by: Option<(Fingerprint, Option<SiteId>)>,
    ) -> Self {
        Self {
            site: place.map(|(site, _)| *site),
            chain: place.map(|(_, chain)| chain.clone()),
            count: 0,
            first,
            unknown_binds: 0,
            unread: 0,
            read_back: 0,
            in_vain: 0,
            rows: None,
            preceded_by,
            batches: Batches::default(),
            pasted: FewSet::default(),
            binds: FewSet::default(),
            binds_dropped: false,
            inside: RanInside::default(),
            joined: Vec::new(),
        }
    }

    /// Counts one execution; a new bind identity only if there is room.
    pub(super) fn enter(
        &mut self,
        execution: &Execution<'_>,
        is_read_back: bool,
        has_room: bool,
    ) -> Noted {
        self.count += 1;
        self.inside.note(execution.inside, 1);
        self.read_back += u64::from(is_read_back);
        if let Some((id, begun)) = &execution.transaction {
            self.batches.enter(*id, begun.as_ref());
        }
        if let Some(pasted) = execution.statement.shape().pasted()
            && self.pasted.len() < MAX_PASTED
        {
            self.pasted.insert(pasted.identity());
        }
        if !execution.is_read {
            self.unread += 1;
            return Noted::Known;
        }
        match execution.binds {
            Binds::Identity(binds) | Binds::Wildcard(binds) if self.binds.contains(binds) => {
                Noted::Known
            }
            Binds::Identity(binds) | Binds::Wildcard(binds) if has_room => {
                self.binds.insert(binds);
                Noted::Kept
            }
            Binds::Identity(_) | Binds::Wildcard(_) => {
                self.binds_dropped = true;
                Noted::Dropped
            }
            Binds::None => Noted::Known,
            Binds::Unknown => {
                self.unknown_binds += 1;
                Noted::Known
            }
        }
    }

    /// Counts executions that were recognised and not read.
    pub(super) fn enter_unread(&mut self, count: u64, inside: &RanInside) {
        self.count += count;
        self.unread += count;
        self.inside.join(inside);
    }

    /// Counts executions of which nothing is known but that they happened.
    pub(super) fn enter_unknown(&mut self, count: u64) {
        self.count += count;
        self.unknown_binds += count;
    }

    /// True for the site of this group, or of one that was joined to it.
    pub(crate) fn is_at(&self, site: Option<SiteId>) -> bool {
        self.site == site || site.is_some_and(|site| self.joined.contains(&site))
    }

    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        match (&self.chain, &other.chain) {
            (Some(one), Some(other)) => is_same_place(one, other),
            _ => false,
        }
    }

    /// The judged scopes inside this one that some of them ran in.
    pub(crate) fn inside(&self) -> &[(u64, u64)] {
        self.inside.scopes()
    }

    /// Takes over a later group.
    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.unknown_binds += other.unknown_binds;
        self.unread += other.unread;
        self.read_back += other.read_back;
        self.in_vain += other.in_vain;
        self.pasted.extend(&other.pasted);
        self.binds.extend(&other.binds);
        self.binds_dropped |= other.binds_dropped;
        self.rows = match (self.rows, other.rows) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            _ => None,
        };
        self.joined.extend(other.site);
        self.inside.join(&other.inside);
        self.batches.join(other.batches);
    }

    /// How many different values were pasted into the texts of this group and of
    /// `others`.
    pub(crate) fn distinct_pasted(&self, others: Option<&Self>) -> Distinct {
        let count = match others {
            Some(others) => self.pasted.union_len(&others.pasted),
            None => self.pasted.len(),
        };
        Distinct {
            count: count as u64,
            is_exact: count < MAX_PASTED,
        }
    }

    /// The different bind identities of this group and of `others`.
    pub(crate) fn distinct_binds(&self, others: Option<&Self>) -> Distinct {
        let count = match others {
            Some(others) => self.binds.union_len(&others.binds),
            None => self.binds.len(),
        };
        Distinct {
            count: count as u64,
            is_exact: !self.binds_dropped && !others.is_some_and(|others| others.binds_dropped),
        }
    }
}

/// A number of different values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distinct {
    pub(crate) count: u64,
    pub(crate) is_exact: bool,
}

impl Batches {
    fn enter(&mut self, id: u64, begun: Option<&(SiteId, Chain)>) {
        self.executions += 1;
        self.changes += u64::from(self.last.replace(id) != Some(id));
        if !self.transactions.contains(&id) {
            if self.transactions.len() >= MAX_TRANSACTIONS {
                self.mixed = true;
                return;
            }
            self.transactions.push(id);
        }
        if let Some((site, chain)) = begun {
            match &self.begun {
                Some((known, _)) if known != site => self.mixed = true,
                Some(_) => {}
                None => self.begun = Some((*site, chain.clone())),
            }
        }
    }

    /// Takes over those of a later group that is the same place.
    fn join(&mut self, other: Self) {
        self.executions += other.executions;
        self.changes += other.changes;
        self.mixed |= other.mixed;
        for id in other.transactions {
            if self.transactions.contains(&id) {
                // It went on in the other group.
                self.changes = self.changes.saturating_sub(1);
            } else {
                self.transactions.push(id);
            }
        }
        self.begun = self.begun.take().or(other.begun);
    }
}
