//! `connection-per-request`: a connection is made for one piece of work.
//!
//! Claims that a connection was established in the scope, ran statements of it
//! and was closed in it: a handshake with the server, and on PostgreSQL a
//! process, for each request (HikariCP's and PostgreSQL's documentation say to
//! pool). Needs a driver that tells of connections, as Diesel does.
//!
//! Silent: a pool that makes a connection because it has none left, which it
//! keeps; one that a driver says was taken from a pool; one that ran nothing.

use super::{Facts, RuleId, fix};
use crate::finding::{Finding, Place, Severity};
use crate::query::Orm;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let used_up = facts.ledger.used_up();
    if used_up.count == 0 {
        return;
    }
    let orm = facts.tallies.first().map_or(Orm::Other, |tally| tally.orm);
    let rule = RuleId::ConnectionPerRequest;
    let mut finding = Finding::new(rule, Severity::Error, used_up.count);
    finding.explanation = Some("established and closed again in this scope".to_owned());
    finding.fix = fix::connection_per_request(orm).to_owned();
    finding.orm = orm;
    finding.place = Place::new(used_up.place.as_ref().map(|(_, chain)| chain.clone()));
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, in_production, judged, under_test};
    use crate::adapter::{self, Adapter, Connection};
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::scope::Scope;
    use crate::statement::Dialect;

    const RULE: &str = "connection-per-request";
    static ADAPTER: Adapter = Adapter::new("the tests");
    static SITE: Site = Site::new(file!(), line!(), Budget::new(9));

    fn establish() -> Connection {
        ADAPTER.installed();
        let mut connection = ADAPTER.connect(Dialect::Postgres);
        connection.established(None);
        connection
    }

    fn run(connection: &Connection) {
        adapter::record(&connection.query("SELECT name FROM authors WHERE id = $1"));
    }

    #[test]
    fn a_connection_of_its_own_is_found() {
        let report = judged(&SITE, || {
            run(&establish());
        });
        assert_eq!(found(&report, RULE), [1], "{report}");
        let text = report.to_string();
        assert!(text.contains("connection-per-request: 1 time"), "{text}");
    }

    #[test]
    fn each_connection_counts() {
        let report = judged(&SITE, || (0..3).for_each(|_| run(&establish())));
        assert_eq!(found(&report, RULE), [3], "{report}");
    }

    #[test]
    fn the_scope_that_made_it_says_it_and_no_other() {
        let report = judged(&SITE, || {
            let ((), outcome) = generated::run_sync(&SITE, "a helper", || run(&establish()));
            outcome.enforce();
        });
        assert_eq!(found(&report, RULE), [1], "{report}");
    }

    #[test]
    fn what_a_pool_keeps_is_silent() {
        let mut pool = Vec::new();
        let report = judged(&SITE, || {
            pool.push(establish());
            pool.iter().for_each(run);
        });
        assert_eq!(found(&report, RULE), []);
        let report = judged(&SITE, || {
            let connection = pool.pop();
            connection.iter().for_each(run);
        });
        assert_eq!(found(&report, RULE), [], "it was made before");
    }

    #[test]
    fn what_is_taken_from_a_pool_is_silent() {
        let report = judged(&SITE, || {
            let mut connection = establish();
            connection.checked_out();
            run(&connection);
        });
        assert_eq!(found(&report, RULE), []);
    }

    #[test]
    fn one_that_ran_nothing_is_silent() {
        assert_eq!(found(&judged(&SITE, || drop(establish())), RULE), []);
    }

    #[test]
    fn a_job_may_have_its_own() {
        let job = || run(&establish());
        assert_eq!(found(&in_production(job), RULE), []);
        let report = under_test(|| Scope::new("a job").in_scope(job));
        assert!(!report.has_nothing_to_say() || found(&report, RULE) == []);
    }

    #[test]
    fn connections_without_end_are_bounded() {
        let report = judged(&SITE, || {
            let connections: Vec<_> = (0..1_000).map(|_| establish()).collect();
            connections.iter().for_each(run);
        });
        assert_eq!(found(&report, RULE), [64]);
        assert!(report.to_string().contains("details were dropped"));
    }
}
