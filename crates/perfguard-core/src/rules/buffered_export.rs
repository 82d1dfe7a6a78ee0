//! `buffered-export`: a long result, all of it in memory at once.
//!
//! Claims that more than [`EXPORT`] rows of one statement were collected where
//! a stream would hold one at a time. Elasticsearch draws the line there for
//! what one answer may hold (`index.max_result_window`).
//!
//! Needs rows, and to know that they were collected: a guarded SeaORM
//! connection tells `all` from `stream`; where the function answers as many
//! items as there were rows, they were in memory whoever read them. Diesel's
//! `load` and `load_iter` cannot be told apart otherwise, and are silent.

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::Kind;

/// The most rows that one statement collects.
pub(super) const EXPORT: u64 = 10_000;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        if tally.statement.shape().kind() != Kind::Select {
            continue;
        }
        // Of one execution: pages are none of it, however many there are.
        let single = tally.rows().filter(|_| tally.count() == 1);
        let answered = single
            .map(|(taken, _)| taken)
            .filter(|taken| facts.answered == Some(*taken));
        let Some(rows) = tally.most_collected.max(answered) else {
            continue;
        };
        if rows <= EXPORT {
            continue;
        }
        let mut finding = about(RuleId::BufferedExport, Severity::Error, tally);
        finding.explanation = Some(format!(
            "{rows} rows were in memory at once, {EXPORT} are many"
        ));
        finding.fix = fix::buffered_export(tally.orm);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bind, found, in_production, opaque, query, read, under_test};
    use super::EXPORT;
    use crate::adapter::{self, Completion};
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::report::Report;

    const RULE: &str = "buffered-export";
    const USERS: &str = "SELECT id, name FROM users WHERE tenant_id = $1";

    static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(99));

    fn answering(items: u64, body: impl FnOnce()) -> Report {
        under_test(|| {
            let body = generated::answering_sync(
                |items| Some(*items),
                || {
                    body();
                    items
                },
            );
            let (_, outcome) = generated::run_sync(&SITE, "the handler", body);
            outcome.enforce();
        })
    }

    fn collect(sql: &str, value: u64, rows: u64) {
        let completion = Completion::new().rows(rows).collected();
        adapter::record(&query(sql).binds(bind(value)).completion(completion));
    }

    #[test]
    fn many_rows_that_were_collected_are_found() {
        let report = under_test(|| collect(USERS, 1, EXPORT + 1));
        assert_eq!(found(&report, RULE), [1], "{report}");
        assert!(
            report
                .to_string()
                .contains("10001 rows were in memory at once"),
            "{report}"
        );
    }

    #[test]
    fn as_many_items_as_rows_were_in_memory() {
        let report = answering(50_000, || read(USERS, 1, 50_000));
        assert_eq!(found(&report, RULE), [1], "{report}");
    }

    #[test]
    fn streams_few_rows_and_pages_are_silent() {
        let stream = under_test(|| read(USERS, 1, 50_000));
        assert_eq!(found(&stream, RULE), []);
        let few = under_test(|| collect(USERS, 1, EXPORT));
        assert_eq!(found(&few, RULE), []);
        let other = answering(49_999, || read(USERS, 1, 50_000));
        assert_eq!(found(&other, RULE), []);
        let pages = answering(50_000, || {
            for page in 0..opaque(50) {
                collect(
                    "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 1000",
                    page,
                    1_000,
                );
            }
        });
        assert_eq!(found(&pages, RULE), []);
    }

    #[test]
    fn a_job_that_must_may() {
        let report = in_production(|| collect(USERS, 1, 50_000));
        assert_eq!(found(&report, RULE), []);
    }
}
