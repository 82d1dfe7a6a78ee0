//! `unbounded-result`: a SELECT that returns as many rows as the table has.
//!
//! Claims that nothing in the statement bounds the result: no LIMIT, no lookup
//! by `id`, no list of values, and not one row of aggregates; what subqueries
//! and functions in place of a table return is not known. A whole table
//! (no WHERE) is an error; a filtered, grouped or DISTINCT result is a note until the rows seen
//! pass a page of [`PAGE`](super::PAGE) (NHibernate Profiler's "unbounded result set" and
//! db-query-matchers' `unscoped` draw the same line).

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::ledger::Tally;
use crate::statement::{Kind, Limit, List, Shape};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if !is_list(shape) || facts.small.are_all_of(shape) {
            continue;
        }
        let is_condensed = shape.has_group_by() || shape.is_distinct();
        let is_whole_table = !shape.has_where() && !is_condensed;
        let severity =
            if is_whole_table || most_rows(tally).is_some_and(|rows| rows > facts.policy.page()) {
                Severity::Error
            } else {
                Severity::Note
            };
        let mut finding = about(RuleId::UnboundedResult, severity, tally);
        finding.explanation = Some(if is_whole_table {
            "reads the whole table".to_owned()
        } else {
            "nothing bounds the number of rows".to_owned()
        });
        finding.fix = fix::unbounded_result(tally.orm, shape);
        findings.push(finding);
    }
}

/// True for a SELECT whose number of rows nothing in the text bounds.
pub(super) fn is_list(shape: &Shape) -> bool {
    shape.kind() == Kind::Select
        && shape.is_complete()
        && shape.has_from()
        && !shape.tables().is_empty()
        && !shape.reads_derived()
        && !shape.is_aggregate()
        && shape.limit() == Limit::Absent
        && shape.list() == List::Absent
        && !is_lookup(shape)
}

/// One table, by its `id`.
pub(super) fn is_lookup(shape: &Shape) -> bool {
    shape.tables().len() == 1
        && shape
            .equalities()
            .iter()
            .any(|column| column.name() == "id")
}

/// The largest number of rows per execution from one call site, if known.
pub(super) fn most_rows(tally: &Tally) -> Option<u64> {
    tally
        .groups
        .iter()
        .filter_map(|group| group.rows.map(|rows| rows / group.count.max(1)))
        .max()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, query};
    use super::super::{Facts, missing_pagination, wide_select};
    use crate::finding::Finding;
    use crate::ledger::{Execution, Ledger};
    use crate::query::{Binds, Completion, Orm};
    use crate::scope::Kind;
    use crate::small_tables::SmallTables;

    /// How many findings of the three rules about lists there are.
    fn findings(sql: &str) -> usize {
        let mut small = SmallTables::default();
        small.declare("countries", "ISO list, 249 rows");
        let mut ledger = Ledger::default();
        let query = query(sql);
        ledger.record(&Execution {
            statement: &crate::adapter::statement(query.sql, query.dialect),
            orm: Orm::Diesel,
            binds: Binds::None,
            place: None,
            transaction: None,
            connection: None,
            completion: Completion::new().rows(249),
            inside: None,
            is_read: true,
            allows: &[],
        });
        let facts = Facts {
            small: &small,
            ..facts(&ledger, Kind::Handler)
        };
        let mut findings: Vec<Finding> = Vec::new();
        super::judge(&facts, &mut findings);
        missing_pagination::judge(&facts, &mut findings);
        wide_select::judge(&facts, &mut findings);
        findings.len()
    }

    #[test]
    fn small_tables_may_be_read_as_a_whole() {
        assert_eq!(findings("SELECT * FROM countries ORDER BY name"), 0);
        assert_eq!(findings("SELECT * FROM cities ORDER BY name"), 3);
        let join = "SELECT * FROM countries c JOIN cities i ON i.country_id = c.id ORDER BY i.name";
        assert_eq!(findings(join), 3);
    }
}
