//! The executions of one statement.

use std::sync::Arc;
use std::time::Duration;

use super::group::RanInside;
use super::{Echoed, Group, Key, MAX_JOINED, NO_BINDS};
use crate::callsite::SiteId;
use crate::identity::FewMap;
use crate::query::{Binds, Completion, Orm};
use crate::statement::{Dialect, Kind, Statement};

/// All executions of one statement.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) statement: Arc<Statement>,
    pub(crate) orm: Orm,
    pub(crate) groups: Vec<Group>,
    count: u64,
    /// Those of them that were recognised, and stand in no group yet.
    recognised: u64,
    /// In which judged scopes inside this one they ran.
    recognised_inside: RanInside,
    repeats: FewMap<Repeat>,
    /// Executions whose rows are known, and the rows that were sent for them.
    with_rows: u64,
    rows_transferred: u64,
    /// The most rows that one of them changed, if that is known of any.
    pub(crate) most_affected: Option<u64>,
    /// The most rows of one of them that were in memory at once, if that is
    /// known of any.
    pub(crate) most_collected: Option<u64>,
    /// The longest that one of them took, if that is known of any.
    pub(crate) slowest: Option<Duration>,
    /// Executions whose time is known, and their time.
    with_elapsed: u64,
    elapsed: Duration,
    /// One of the values that were bound starts with `%`.
    pub(crate) has_wildcard: bool,
}

/// Executions with one bind identity and nothing written in between.
#[derive(Clone, Copy, Debug, Default)]
struct Repeat {
    epoch: u64,
    count: u64,
    /// The most that there were before the last write.
    most: u64,
}

impl Tally {
    pub(super) fn new(statement: &Arc<Statement>, orm: Orm) -> Self {
        Self {
            statement: Arc::clone(statement),
            orm,
            // Most statements have one place; a `Group` is large.
            groups: Vec::with_capacity(1),
            count: 0,
            recognised: 0,
            recognised_inside: RanInside::default(),
            repeats: FewMap::default(),
            with_rows: 0,
            rows_transferred: 0,
            most_affected: None,
            most_collected: None,
            slowest: None,
            with_elapsed: 0,
            elapsed: Duration::ZERO,
            has_wildcard: false,
        }
    }

    /// One that nobody but a second source has reported.
    pub(super) fn heard(echoed: Echoed) -> Self {
        Self {
            count: echoed.count(),
            groups: echoed.groups,
            ..Self::new(&echoed.statement, echoed.orm)
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Counts an execution that is entered into a group.
    pub(super) fn note(&mut self) {
        self.count += 1;
    }

    /// Counts those that were recognised and not read.
    #[inline]
    pub(super) fn note_recognised(&mut self, executions: u64, inside: Option<u64>) {
        self.count += executions;
        self.recognised += executions;
        self.recognised_inside.note(inside, executions);
    }

    /// Executions whose values nobody looked at.
    pub(crate) fn unread(&self) -> u64 {
        self.groups.iter().map(|group| group.unread).sum()
    }

    pub(super) fn first(&self) -> u64 {
        self.groups
            .iter()
            .map(|group| group.first)
            .min()
            .unwrap_or(0)
    }

    /// Executions that had the binds of an earlier one, the earlier included.
    pub(crate) fn duplicates(&self) -> u64 {
        self.repeats
            .values()
            .map(|repeat| repeat.most.max(repeat.count))
            .filter(|most| *most > 1)
            .sum()
    }

    /// True if all executions that were read had the same values.
    pub(crate) fn has_one_value(&self) -> bool {
        self.repeats.len() == 1
    }

    /// The identity of the values that all executions had; `None` if it is
    /// unknown of any, or if they differ.
    pub(crate) fn only_value(&self) -> Option<u64> {
        // A text without a place for a value has the same ones each time, also
        // where nobody looked.
        if !self.statement.text().contains('?') {
            return Some(NO_BINDS);
        }
        let is_known = |group: &Group| group.unread == 0 && group.unknown_binds == 0;
        let mut values = self.repeats.keys();
        let only = values.next();
        only.filter(|_| values.next().is_none() && self.groups.iter().all(is_known))
    }

    /// The rows that all executions took and those that were sent for them, if
    /// that is known of each.
    pub(crate) fn rows(&self) -> Option<(u64, u64)> {
        let add = |sum: u64, group: &Group| Some(sum.saturating_add(group.rows?));
        let taken = self.groups.iter().try_fold(0, add);
        // A second source tells of rows, but not of executions with rows.
        let sent = |taken: u64| {
            let is_known = self.with_rows >= self.count;
            if is_known {
                self.rows_transferred
            } else {
                taken
            }
        };
        taken.map(|taken| (taken, sent(taken)))
    }

    pub(super) fn note_repeat(&mut self, binds: u64, epoch: u64, may_grow: bool) {
        if !may_grow && !self.repeats.contains(binds) {
            return;
        }
        let repeat = self.repeats.entry(binds);
        if repeat.epoch != epoch {
            repeat.epoch = epoch;
            repeat.most = repeat.most.max(repeat.count);
            repeat.count = 0;
        }
        repeat.count += 1;
    }

    /// A retry after an error is no duplicate.
    fn forget_repeat(&mut self, binds: u64) {
        if let Some(repeat) = self.repeats.get_mut(binds) {
            repeat.count = repeat.count.saturating_sub(1);
        }
    }

    /// Adds what became known at the end of an execution.
    #[inline]
    pub(super) fn complete(&mut self, key: &Key, completion: &Completion) {
        if let Some(rows) = completion.rows {
            self.note_rows(1, completion.rows_transferred.unwrap_or(rows));
            if completion.is_collected {
                self.most_collected = self.most_collected.max(Some(rows));
            }
            self.note_rows_at(key.site, 1, rows);
        }
        if let Some(elapsed) = completion.elapsed {
            self.note_elapsed(1, elapsed);
            self.slowest = self.slowest.max(completion.elapsed);
        }
        self.most_affected = self.most_affected.max(completion.rows_affected);
        // An UPDATE that found its row changed by somebody else tries again.
        let is_vain = completion.failed
            || completion.rows_affected == Some(0) && self.statement.shape().kind() == Kind::Update;
        if is_vain {
            self.note_vain(key, completion.failed);
        }
    }

    #[cold]
    fn note_vain(&mut self, key: &Key, failed: bool) {
        let repeated = match key.binds {
            Binds::None => Some(NO_BINDS),
            binds => binds.identity(),
        };
        if let Some(binds) = repeated.filter(|_| failed) {
            self.forget_repeat(binds);
        }
        if let Some(group) = self.groups.iter_mut().find(|it| it.site == key.site) {
            group.in_vain += 1;
        }
    }

    /// The time that all executions took, if that is known of each.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        (self.with_elapsed >= self.count).then_some(self.elapsed)
    }

    /// Notes the time that so many executions took.
    pub(super) fn note_elapsed(&mut self, executions: u64, elapsed: Duration) {
        self.with_elapsed += executions;
        self.elapsed = self.elapsed.saturating_add(elapsed);
    }

    /// Notes the rows that the database sent for so many executions.
    pub(super) fn note_rows(&mut self, executions: u64, transferred: u64) {
        self.with_rows += executions;
        self.rows_transferred = self.rows_transferred.saturating_add(transferred);
    }

    /// Notes the rows that so many executions from one place returned.
    pub(super) fn note_rows_at(&mut self, site: Option<SiteId>, executions: u64, rows: u64) {
        let group = self.groups.iter_mut().find(|group| group.site == site);
        if let Some(group) = group.filter(|_| executions > 0) {
            group.rows = Some(group.rows.unwrap_or(0).saturating_add(rows));
        }
    }

    /// Enters those that were recognised into a group.
    pub(super) fn place_recognised(&mut self, last: u64) {
        let recognised = std::mem::take(&mut self.recognised);
        if recognised > 0 {
            let inside = std::mem::take(&mut self.recognised_inside);
            self.unplaced(last).enter_unread(recognised, &inside);
        }
    }

    /// What the echoes add to the executions: how many nobody else has
    /// reported, and the rows of those that nobody else has counted.
    pub(super) fn settle(&mut self, echoed: &Echoed, last: u64) -> Settled {
        let reported = self.count();
        let missed = echoed.count().saturating_sub(reported);
        let untold = reported.saturating_sub(self.with_rows);
        // The rows of fewer executions than there were are not those of all.
        let is_whole = echoed.count() >= reported && untold + missed > 0;
        let rows = echoed.rows().filter(|_| is_whole);
        let rows = rows.map(|rows| rows.saturating_sub(self.rows_transferred));
        if missed > 0 {
            self.unplaced(last).enter_unknown(missed);
            self.count += missed;
        }
        // Which place's rows are whose is only known if there is one.
        if let ([group], Some(rows)) = (self.groups.as_mut_slice(), rows) {
            group.rows = Some(group.rows.unwrap_or(0).saturating_add(rows));
        }
        Settled {
            missed,
            rows: rows.map(|rows| (untold + missed, rows)),
        }
    }

    /// The group of those without a place.
    fn unplaced(&mut self, last: u64) -> &mut Group {
        let known = self.groups.iter().position(|group| group.site.is_none());
        let index = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.groups.push(Group::new(None, last, None));
        }
        // Just looked up, or pushed.
        #[expect(clippy::indexing_slicing, reason = "an index of this list")]
        &mut self.groups[index]
    }

    pub(super) fn join_places(&mut self) {
        if self.groups.len() > MAX_JOINED {
            return;
        }
        // In the order of events, so that a loop keeps what came before it.
        self.groups.sort_by_key(|group| group.first);
        let mut joined: Vec<Group> = Vec::new();
        for group in self.groups.drain(..) {
            match joined.iter_mut().find(|known| known.is_same_place(&group)) {
                Some(known) => known.join(group),
                None => joined.push(group),
            }
        }
        self.groups = joined;
    }

    pub(crate) fn is_insert_on_sqlite(&self) -> bool {
        self.statement.shape().kind() == Kind::Insert && self.statement.dialect() == Dialect::Sqlite
    }
}

/// What the echoes of one statement add.
#[derive(Default)]
pub(super) struct Settled {
    /// Executions that only the second source saw.
    pub(super) missed: u64,
    /// How many executions returned how many rows in all.
    pub(super) rows: Option<(u64, u64)>,
}
