//! Filters that drop most of the rows that an index finds.
//!
//! An index on `user_id` serves `user_id = ? and status = ?`, and reads all rows
//! of one user. Whether that is many, no plan of a test knows: the planner is
//! shown copies. So the rows that the test's database has are counted, in the
//! database, where the values stay; and an index is worth it only if one key
//! finds so many that reading a table of them would be a finding too, of which
//! the filter drops nearly all, whatever value it compares with.

use perfguard_core::planned;

use crate::plan::{Access, Plan};
use crate::schema::{Index, Table, TableColumn};
use crate::sql::{Source, Token};
use crate::wanted::{Asked, Wishes};

/// Rows that one key of an index has to find: twice what dexter and pghero ask
/// a table to have, because they are found by an index already.
const MANY: u64 = 1_000;

/// How many in a hundred of them the filter has to drop. dexter asks for half
/// of the costs; what is found by an index already may cost more to spare.
const DROPPED: u64 = 90;

/// An index that finds the rows of a table, and the columns that only filter
/// them.
pub(crate) struct Filter<'a> {
    pub(crate) index: &'a Index,
    pub(crate) found_by: Vec<&'a TableColumn>,
    pub(crate) filtered: Vec<&'a TableColumn>,
    /// The first rows that are left may be all that is read.
    may_stop: bool,
}

/// Of the key that finds the most rows: how many these are, and how many of them
/// the most frequent values of the filter leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) found: u64,
    pub(crate) left: u64,
}

impl Counted {
    /// How many in a hundred are dropped, at least.
    pub(crate) fn dropped(self) -> u64 {
        self.found.saturating_sub(self.left) * 100 / self.found.max(1)
    }

    /// Whether it is much that is read in vain, for who has declared so many
    /// rows few.
    fn is_much(self, may_stop: bool, small_rows: u64) -> bool {
        // Who takes the first that is left has read as many as come to one.
        let read = match may_stop {
            true => self.found / self.left.max(1),
            false => self.found,
        };
        read >= MANY.max(small_rows) && self.dropped() >= DROPPED
    }
}

impl<'a> Filter<'a> {
    /// What a plan finds by an index and then filters, if that can be told.
    pub(crate) fn of(
        asked: &Asked<'a>,
        (source, table): (&'a Source, &'a Table),
        plan: &Plan,
        may_stop: bool,
    ) -> Option<Self> {
        let wishes = asked.wishes(source);
        let access = plan.only(source.called())?;
        let index = table.index(access.index()?)?;
        let found_by = found_by(access, table, &wishes)?;
        let left = wishes.equal.iter().filter(|it| !access.is_by(&it.name));
        let filtered: Vec<_> = left.copied().collect();
        let is_clear = !filtered.is_empty()
            && !index.is_partial()
            && !table.needs_no_index()
            && !table.is_temporary()
            && !asked.is_pinned(source, table)
            && !has_more(index, access, &wishes)
            && !has_other(asked, table, index, &wishes);
        is_clear.then_some(Self {
            index,
            found_by,
            filtered,
            may_stop,
        })
    }

    /// Whether an index is worth it that the filter is part of.
    pub(crate) fn is_worth(&self, counted: Counted) -> bool {
        counted.is_much(self.may_stop, planned::small_rows())
    }

    /// Whether a plan finds by this index what the filter was for.
    pub(crate) fn is_spared_by(&self, index: &str, source: &Source, plan: &Plan) -> bool {
        let mut columns = self.found_by.iter().chain(&self.filtered);
        plan.only(source.called()).is_some_and(|access| {
            access.index() == Some(index) && columns.all(|it| access.is_by(&it.name))
        })
    }
}

/// Whether a statement may end before all rows are read that a plan finds.
pub(crate) fn may_stop(tokens: &[Token], blocks: &[Asked<'_>], plan: &Plan) -> bool {
    let [block] = blocks else {
        return true;
    };
    let is_sorted = block.is_page() && plan.sorts;
    let words = ["exists", "fetch", "limit", "max", "min"];
    !is_sorted && tokens.iter().any(|it| it.is_any(&words))
}

/// The columns that an index is searched by, if each has one value at a time:
/// how many rows a range finds, its ends decide.
fn found_by<'a>(
    access: &Access,
    table: &'a Table,
    wishes: &Wishes<'_>,
) -> Option<Vec<&'a TableColumn>> {
    let joined = wishes.joined.iter().flat_map(|(_, columns)| columns);
    let valued: Vec<_> = wishes
        .equal
        .iter()
        .chain(&wishes.listed)
        .chain(joined)
        .collect();
    let columns = access.by.iter().map(|name| {
        let column = table.column(name)?;
        let has = |columns: &[&TableColumn]| columns.iter().any(|it| it.name == column.name);
        let is_valued = valued.iter().any(|it| it.name == column.name);
        (is_valued && !has(&wishes.ranges)).then_some(column)
    });
    let columns: Vec<_> = columns.collect::<Option<_>>()?;
    (!columns.is_empty()).then_some(columns)
}

/// Whether the index has another column that is asked for: it filters before a
/// row is read.
fn has_more(index: &Index, access: &Access, wishes: &Wishes<'_>) -> bool {
    let more = index.columns.iter().flatten();
    let mut more = more.filter(|it| !access.is_by(it));
    more.any(|it| wishes.asks_for(it))
}

/// Whether another index starts with what is asked for: which of the two is
/// searched, the rows decide.
fn has_other(asked: &Asked<'_>, table: &Table, index: &Index, wishes: &Wishes<'_>) -> bool {
    let others = table.indexes.iter().filter(|it| it.name != index.name);
    let mut leading = others.filter_map(Index::leading);
    let joined = wishes.joined.iter().filter(|(partner, _)| {
        // From a whole table nobody starts to find these rows.
        partner.is_none_or(|partner| asked.is_searched(partner))
    });
    let joined: Vec<_> = joined.flat_map(|(_, columns)| columns).collect();
    leading.any(|leading| {
        let is_joined = joined
            .iter()
            .any(|it| it.name.eq_ignore_ascii_case(leading));
        is_joined || wishes.asks_for(leading)
    })
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn much_is_a_thousand_rows_of_which_nine_tenths_are_dropped() {
        for (found, left, small_rows, all, first) in [
            (1_000, 100, 500, true, false),
            (1_000, 101, 500, false, false),
            (999, 1, 500, false, false),
            (1_000, 1, 500, true, true),
            (1_000, 0, 500, true, true),
            (1_999, 2, 500, true, false),
            (4_000, 4, 5_000, false, false),
            (5_000, 4, 5_000, true, false),
            (999, 1, 0, false, false),
            (0, 0, 500, false, false),
        ] {
            let counted = Counted { found, left };
            assert_eq!(counted.is_much(false, small_rows), all, "{counted:?}");
            assert_eq!(counted.is_much(true, small_rows), first, "{counted:?}");
        }
    }
}
