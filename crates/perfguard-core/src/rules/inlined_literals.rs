//! `inlined-literals`: values that are written into the text of a statement.
//!
//! Claims that one place sent one statement with changing values in its text,
//! where it compares with them or writes them. Each text is a statement of its
//! own to the caches of drivers and servers, and a value that a user can choose
//! may become SQL (OWASP's first defence is the prepared statement; QuickPerf
//! has a ban of statements without bind parameters). Threshold: as many
//! different values as repeats count, see [`Facts::threshold`].
//!
//! Silent: a value that does not change, as the name of a state; the same
//! statement with another constant on another line; NULL, TRUE, FALSE; the
//! numbers of LIMIT and OFFSET; paths into JSON and what is computed with.

use super::{Facts, RuleId, fix};
use crate::finding::{Finding, Place, Severity};
use crate::ledger::{Group, Tally};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        findings.extend(places(facts, tally));
    }
}

fn places<'a>(facts: &'a Facts<'a>, tally: &'a Tally) -> impl Iterator<Item = Finding> + 'a {
    // As for loops: those without a place belong to the only one there is.
    let unplaced = tally.groups.iter().find(|group| group.site.is_none());
    let sites = tally.groups.iter().filter(|group| group.site.is_some());
    let unplaced = unplaced.filter(|_| sites.clone().count() == 1);
    sites.filter_map(move |group| {
        let values = group.distinct_pasted(unplaced);
        if values.count < facts.threshold() {
            return None;
        }
        let count = group.count + unplaced.map_or(0, |unplaced: &Group| unplaced.count);
        let mut finding = Finding::new(RuleId::InlinedLiterals, Severity::Error, count);
        let is_exact = values.is_exact && tally.unread() == 0;
        let at_least = if is_exact { "" } else { "at least " };
        finding.explanation = Some(format!(
            "{at_least}{} different values stand in the text itself: no cache knows it again, and a value that a user chooses can become SQL",
            values.count
        ));
        finding.fix = fix::inlined_literals(tally.orm);
        finding.statement = Some(tally.statement.clone());
        finding.orm = tally.orm;
        finding.place = Place::new(group.chain.clone());
        finding.site = group.site.filter(|_| unplaced.is_none());
        Some(finding)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, in_production, opaque, query, under_test};
    use crate::adapter::{self, Binds};
    use crate::report::Report;

    const RULE: &str = "inlined-literals";

    fn send(sql: &str) {
        adapter::record(&query(sql).binds(Binds::Unknown));
    }

    /// Sends `sql` from one place, with the values in place of `{}`.
    fn with(sql: &str, values: &[&str]) -> Report {
        under_test(|| {
            for value in opaque(values) {
                send(&sql.replace("{}", value));
            }
        })
    }

    #[test]
    fn changing_values_in_the_text_are_found() {
        for sql in [
            "SELECT name FROM authors WHERE id = {}",
            "SELECT name FROM authors WHERE name = '{}'",
            "SELECT name FROM authors WHERE id IN ({}, 7)",
            "SELECT name FROM authors WHERE id BETWEEN 1 AND {}",
            "SELECT name FROM authors WHERE blog_id = $1 AND id = {}",
            "SELECT name FROM authors WHERE name LIKE '{}%'",
            "SELECT name FROM authors JOIN posts ON posts.id = {} AND posts.author_id = authors.id",
            "SELECT name FROM authors WHERE id IN (SELECT author_id FROM posts WHERE id = {})",
            "UPDATE authors SET name = '{}' WHERE id = $1",
            "DELETE FROM authors WHERE id = {}",
            "INSERT INTO authors (id, name) VALUES ({}, $1)",
        ] {
            assert_eq!(found(&with(sql, &["1", "2", "2"]), RULE), [3], "{sql}");
        }
    }

    #[test]
    fn what_does_not_change_or_is_no_value_is_silent() {
        for sql in [
            "SELECT name FROM authors WHERE state = 'open' AND id = $1 LIMIT {}",
            "SELECT name FROM authors WHERE id = $1 LIMIT 20 OFFSET {}",
            "SELECT name, {} AS rank FROM authors WHERE id = $1",
            "SELECT name FROM authors WHERE id = $1 ORDER BY {}",
            "SELECT name FROM authors WHERE data->>'k{}' = $1",
            "SELECT name FROM authors WHERE id = $1 /* {} */",
            "SELECT name FROM authors WHERE views > $1 * {}",
            "UPDATE authors SET views = views + {} WHERE id = $1",
            "CREATE INDEX open_{} ON authors (id) WHERE state = {}",
        ] {
            assert_eq!(found(&with(sql, &["1", "2", "3"]), RULE), [], "{sql}");
        }
        for values in [["NULL", "TRUE", "FALSE"], ["'open'", "'open'", "'open'"]] {
            let report = with("UPDATE authors SET state = {} WHERE id = $1", &values);
            assert_eq!(found(&report, RULE), []);
        }
    }

    #[test]
    fn constants_on_lines_of_their_own_are_silent() {
        let report = under_test(|| {
            send("SELECT name FROM authors WHERE state = 'open' LIMIT 5");
            send("SELECT name FROM authors WHERE state = 'closed' LIMIT 5");
        });
        assert_eq!(found(&report, RULE), []);
    }

    #[test]
    fn production_takes_five() {
        let times = |times: u64| {
            in_production(|| {
                for id in 0..opaque(times) {
                    send(&format!("SELECT name FROM authors WHERE id = {id}"));
                }
            })
        };
        assert_eq!(found(&times(4), RULE), []);
        assert_eq!(found(&times(6), RULE), [6]);
    }

    #[test]
    fn no_report_shows_the_values() {
        let report = with(
            "SELECT name FROM authors WHERE name = '{}'",
            &["s3cret", "t0p"],
        );
        assert_eq!(found(&report, RULE), [2]);
        let text = format!("{report} {report:?}");
        assert!(!text.contains("s3cret") && !text.contains("t0p"), "{text}");
    }
}
