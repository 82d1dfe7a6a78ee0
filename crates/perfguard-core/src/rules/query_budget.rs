//! `query-budget`: more statements than the attribute allows.
//!
//! Claims numbers: of all statements, of those that read or write, of those on
//! a table at any depth, and of outgoing calls. Transaction control, savepoints, pool pings, catalog
//! look-ups and the set-up of connections are not statements of the handler.
//! What a guarded connection refused to send was wanted, and counts.
//! Statements beyond the bound of a ledger count as such, but of them nobody
//! knows what they do.

use std::collections::BTreeSet;

use super::{Facts, RuleId, expanded};
use crate::finding::{Finding, Severity};
use crate::ledger::Tally;
use crate::small_tables::is_named;
use crate::statement::Kind;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(budget) = facts.budget else {
        return;
    };
    let refused = facts.ledger.refused();
    let wanted = facts.queries + refused;
    let is_over = wanted > budget.max();
    let mut keys: Vec<_> = is_over.then_some("max").into_iter().collect();
    let mut parts = Vec::new();
    let mut check = |max: u64, key: &'static str, what: &str, is_such: &dyn Fn(&Tally) -> bool| {
        let count = count(&facts.tallies, is_such);
        if count > max {
            parts.push(format!("{count} {what}, at most {max} allowed"));
            keys.push(key);
        }
    };
    if let Some(max) = budget.max_reads {
        check(max, "max_reads", "that read", &is_read);
    }
    if let Some(max) = budget.max_writes {
        check(max, "max_writes", "that write", &is_write);
    }
    for (table, max) in budget.max_of_tables {
        check(*max, "max_table", &format!("on {table}"), &|tally| {
            is_on(tally, table)
        });
    }
    let calls = facts.ledger.calls().count();
    if let Some(max) = budget.max_calls.filter(|max| calls > *max) {
        parts.push(format!("{calls} outgoing calls, at most {max} allowed"));
        keys.push("max_calls");
    }
    if refused > 0 {
        parts.push(format!("{refused} refused before they were sent"));
        keys.push("hard_max`, `hard_max_rows");
    }
    if keys.is_empty() {
        return;
    }
    if is_over && !parts.is_empty() {
        let max = budget.max();
        parts.insert(0, format!("{wanted} statements, at most {max} allowed"));
    }
    let mut finding = Finding::new(RuleId::QueryBudget, Severity::Error, wanted);
    finding.explanation = (!parts.is_empty()).then(|| parts.join("; "));
    keys.dedup();
    let what = match keys.as_slice() {
        ["max_calls"] => "make fewer calls",
        [.., "max_calls"] => "run fewer statements, make fewer calls",
        _ => "run fewer statements",
    };
    finding.fix = format!(
        "{what}, or raise `{}` if each of them is needed",
        keys.join("`, `")
    );
    findings.push(finding);
}

fn is_read(tally: &Tally) -> bool {
    tally.statement.shape().kind() == Kind::Select
}

fn is_write(tally: &Tally) -> bool {
    !matches!(tally.statement.shape().kind(), Kind::Other | Kind::Select)
}

/// How many statements are such, an ORM's expansions of one call counted as
/// one.
fn count(tallies: &[&Tally], is_such: impl Fn(&Tally) -> bool) -> u64 {
    let tallies = tallies.iter().copied();
    let such: Vec<_> = tallies.filter(|tally| is_such(tally)).collect();
    let count: u64 = such.iter().map(|tally| tally.count()).sum();
    count.saturating_sub(expanded(&such))
}

/// How many statements are of each kind, as a budget counts them.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) tables: Vec<(String, u64)>,
}

impl Counts {
    pub(crate) fn of(tallies: &[&Tally]) -> Self {
        let shapes = tallies.iter().map(|tally| tally.statement.shape());
        let tables: BTreeSet<_> = shapes.flat_map(|shape| shape.tables()).collect();
        let on = |table: &String| {
            let is_on = |tally: &Tally| tally.statement.shape().tables().contains(table);
            (table.clone(), count(tallies, is_on))
        };
        Self {
            reads: count(tallies, is_read),
            writes: count(tallies, is_write),
            tables: tables.into_iter().map(on).collect(),
        }
    }
}

/// Whether a statement reads or writes a table, whose schema may be left out.
fn is_on(tally: &Tally, table: &str) -> bool {
    let mut tables = tally.statement.shape().tables().iter();
    tables.any(|known| is_named(known, table))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bind, judged, run};
    use crate::adapter::{self, Connection, Query};
    use crate::budget::{Budget, Site};
    use crate::query::Transaction;
    use crate::report::Report;
    use crate::statement::Dialect;

    const READ: &str = "SELECT id FROM posts WHERE id = $1";
    const JOIN: &str =
        "SELECT a.id FROM authors a JOIN blog.posts p ON p.author_id = a.id WHERE a.id = $1";
    const WRITE: &str = "UPDATE posts SET title = $1 WHERE id = $2";

    fn broken(site: &'static Site, statements: &[&str]) -> Vec<(u64, Option<String>)> {
        let report = judged(site, || {
            statements.iter().for_each(|statement| run(statement, 1));
        });
        let budgets = report.findings().iter();
        let budgets = budgets.filter(|finding| finding.rule() == "query-budget");
        budgets
            .map(|it| (it.count, it.explanation.clone()))
            .collect()
    }

    fn says(report: &Report, text: &str) -> bool {
        report.to_string().contains(text)
    }

    #[test]
    fn all_statements_count() {
        static SITE: Site = Site::new(file!(), line!(), Budget::new(1));
        assert_eq!(broken(&SITE, &[READ]), []);
        assert_eq!(broken(&SITE, &[READ, WRITE]), [(2, None)]);
        assert_eq!(broken(&SITE, &[READ, "COMMIT", "SELECT 1"]), []);
    }

    #[test]
    fn reads_and_writes_count_by_themselves() {
        static SITE: Site = Site::new(file!(), line!(), Budget::new(9).reads(1).writes(1));
        assert_eq!(broken(&SITE, &[READ, WRITE]), []);
        let reads = "2 that read, at most 1 allowed".to_owned();
        assert_eq!(broken(&SITE, &[READ, JOIN, WRITE]), [(3, Some(reads))]);
        let writes = "2 that write, at most 1 allowed".to_owned();
        let delete = "DELETE FROM posts WHERE id = $1";
        assert_eq!(broken(&SITE, &[WRITE, delete]), [(2, Some(writes))]);
    }

    #[test]
    fn tables_count_at_any_depth_with_or_without_their_schema() {
        static SITE: Site = Site::new(
            file!(),
            line!(),
            Budget::new(9).tables(&[("posts", 1), ("authors", 2)]),
        );
        assert_eq!(
            broken(&SITE, &[JOIN, "SELECT id FROM blogposts WHERE id = $1"]),
            []
        );
        let posts = "2 on posts, at most 1 allowed".to_owned();
        assert_eq!(broken(&SITE, &[JOIN, READ]), [(2, Some(posts))]);
    }

    #[test]
    fn outgoing_calls_count_by_themselves() {
        static SITE: Site = Site::new(file!(), line!(), Budget::new(1).calls(1));
        let report = |calls: u64| {
            judged(&SITE, || {
                run(READ, 1);
                (0..calls).for_each(|_| crate::call_sync("payment", || {}));
            })
        };
        assert!(!says(&report(1), "query-budget"));
        let over = report(3);
        assert_eq!((over.calls(), over.calls_of("payment")), (3, 3));
        assert!(
            says(&over, "3 outgoing calls, at most 1 allowed")
                && says(&over, "make fewer calls, or raise `max_calls` if")
                && says(&over, "    3 x call of payment"),
            "{over}"
        );
    }

    #[test]
    fn what_an_orm_makes_of_one_call_is_one_write() {
        static SITE: Site = Site::new(
            file!(),
            line!(),
            Budget::new(1).writes(1).tables(&[("tags", 1)]),
        );
        let inserts = |connect: fn() -> Connection| {
            judged(&SITE, || {
                let connection = &connect();
                for value in 0..3 {
                    let insert = "INSERT INTO tags (name) VALUES (?)";
                    let insert = Query::new(insert, Dialect::Sqlite).binds(bind(value));
                    adapter::record(&insert.connection(connection));
                }
            })
        };
        let each = inserts(|| Connection::new(Dialect::Sqlite));
        assert!(
            says(&each, "3 that write, at most 1 allowed; 3 on tags"),
            "{each}"
        );
        let batch = inserts(|| Connection::in_transaction(Transaction::begin()));
        assert!(!says(&batch, "query-budget"), "{batch}");
        // A test's own transaction around it makes no batch of a loop.
        let around = Connection::in_transaction(Transaction::begin());
        let around = judged(&SITE, || {
            for value in 0..3 {
                let insert = Query::new("INSERT INTO tags (name) VALUES (?)", Dialect::Sqlite);
                adapter::record(&insert.binds(bind(value)).connection(&around));
            }
        });
        assert!(says(&around, "3 that write"), "{around}");
    }

    #[test]
    fn what_to_raise_is_named() {
        static SITE: Site = Site::new(file!(), line!(), Budget::new(1).reads(0));
        let report = judged(&SITE, || {
            run(READ, 1);
            run(WRITE, 1);
        });
        assert!(says(&report, "raise `max`, `max_reads` if"), "{report}");
    }
}
