//! `long-transaction`: a transaction that was open for too long.
//!
//! Claims that a transaction of the scope took longer from its beginning to
//! its end than [`Settings::long_transaction`](crate::Settings::long_transaction)
//! says, or than [`LONG`], or that it waited for an outgoing call, however
//! short that was this time: it holds a connection and its locks for as long.
//! Also that it ran more statements than the application wants of one, if it
//! says how many ([`Thresholds`](crate::Thresholds)).
//! Needs a driver that tells of transactions. A note under test, where the
//! machine decides as much as the code does, and in jobs.
//!
//! Silent: one that nobody saw end (unless it waited for a call); one that a
//! test opened around the scope; one that runs statements during the call, and
//! so belongs to another task.

use std::time::Duration;

use super::{Facts, RuleId, fix};
use crate::finding::{Finding, Place, Severity};
use crate::query::Orm;

/// From when on a transaction is long, where nobody says otherwise: Prisma
/// ends its interactive transactions then.
pub(super) const LONG: Duration = Duration::from_secs(5);

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let limit = facts.policy.long().unwrap_or(LONG);
    let longest = facts.ledger.longest_transaction();
    let longest = longest.filter(|longest| longest.elapsed > limit);
    let held = facts.ledger.held_over();
    let open = longest.map(|longest| {
        format!(
            "open for {} ms, statements in it: {}, long is more than {limit:?}",
            longest.elapsed.as_millis(),
            longest.statements,
        )
    });
    let waited = held.map(|held| {
        let name = held.call;
        match held.calls {
            1 => format!("held over an outgoing call: {name}"),
            calls => format!("held over {calls} outgoing calls, the first of them: {name}"),
        }
    });
    let most = facts.policy.transaction_statements();
    let ran = facts
        .ledger
        .transactions()
        .map_or(0, |it| it.most_statements());
    let many = most
        .filter(|most| ran > *most)
        .map(|most| format!("statements in one of them: {ran}, at most {most} are wanted"));
    let explanation: Vec<_> = waited.into_iter().chain(open).chain(many).collect();
    if explanation.is_empty() {
        return;
    }
    let count = held.map_or(1, |held| held.calls);
    let mut finding = Finding::new(RuleId::LongTransaction, Severity::Error, count);
    finding.explanation = Some(explanation.join("; "));
    finding.fix = fix::long_transaction().to_owned();
    finding.orm = facts.tallies.first().map_or(Orm::Other, |tally| tally.orm);
    let place = held.map_or_else(
        || longest.and_then(|longest| longest.place.as_ref()),
        |held| held.place.as_ref(),
    );
    finding.place = Place::new(place.map(|(_, chain)| chain.clone()));
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::testing::{facts, found, in_production, noted, under_test};
    use super::judge;
    use crate::adapter::{self, Adapter, Connection, Event};
    use crate::call_sync;
    use crate::ledger::Ledger;
    use crate::scope::{Kind, Scope, State};
    use crate::statement::Dialect;
    use crate::thresholds::Thresholds;

    const RULE: &str = "long-transaction";
    static ADAPTER: Adapter = Adapter::new("the tests");

    fn connect() -> Connection {
        ADAPTER.installed();
        ADAPTER.connect(Dialect::Postgres)
    }

    /// A transaction that took so many milliseconds.
    fn transaction(connection: &mut Connection, milliseconds: u64) {
        let start = Instant::now();
        connection.tell(Event::begin().at(start));
        adapter::record(&connection.query("UPDATE posts SET title = $1 WHERE id = $2"));
        let end = start + Duration::from_millis(milliseconds);
        connection.tell(Event::commit().at(end));
    }

    #[test]
    fn the_longest_counts_and_is_a_note_under_test() {
        let report = under_test(|| {
            let mut connection = connect();
            for milliseconds in [6_000, 9_000, 7_000] {
                transaction(&mut connection, milliseconds);
            }
        });
        assert_eq!(noted(&report, RULE), [1]);
        let text = report.to_string();
        let said = "open for 9000 ms, statements in it: 1, long is more than 5s";
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn many_statements_count_where_the_application_says_how_many() {
        let state = State::open_in_production();
        Scope::of(state.clone()).in_scope(|| {
            let mut connection = connect();
            connection.tell(Event::begin().at(Instant::now()));
            for _ in 0..3 {
                adapter::record(&connection.query("UPDATE posts SET title = $1 WHERE id = $2"));
            }
            connection.tell(Event::commit().at(Instant::now()));
            (0..9).for_each(|_| transaction(&mut connection, 1));
        });
        let ledger = state.close();
        let judged = |most: Option<u64>| {
            let mut findings = Vec::new();
            let mut facts = facts(&ledger, Kind::Handler);
            let said = most.map(|most| Thresholds::new().transaction_statements(most));
            facts.policy.own = said.as_ref();
            judge(&facts, &mut findings);
            findings.len()
        };
        assert_eq!([None, Some(3), Some(2)].map(judged), [0, 0, 1]);
    }

    #[test]
    fn short_ones_are_silent_however_many() {
        let report = under_test(|| {
            let mut connection = connect();
            (0..100).for_each(|_| transaction(&mut connection, 5_000));
        });
        assert_eq!(noted(&report, RULE), []);
        assert_eq!(found(&report, RULE), []);
    }

    #[test]
    fn one_around_the_scope_or_without_an_end_is_silent() {
        let mut around = connect();
        around.tell(Event::begin().at(Instant::now()));
        let report = under_test(|| transaction(&mut around, 1));
        assert_eq!(noted(&report, RULE), []);
        let mut open = connect();
        let report = under_test(|| open.begin());
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn one_that_waits_for_another_service_is_found_however_short_it_is() {
        let report = under_test(|| {
            let mut connection = connect();
            connection.begin();
            adapter::record(&connection.query("UPDATE posts SET title = $1 WHERE id = $2"));
            call_sync("payment", || {});
            call_sync("mail", || {});
            connection.commit();
        });
        assert_eq!(noted(&report, RULE), [2]);
        let text = report.to_string();
        let said = "held over 2 outgoing calls, the first of them: payment";
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn a_call_before_or_after_it_or_beside_it_is_silent() {
        let report = under_test(|| {
            let mut connection = connect();
            call_sync("payment", || {});
            transaction(&mut connection, 1);
            call_sync("payment", || {});
            // Another task's.
            connection.begin();
            call_sync("payment", || {
                adapter::record(&connection.query("UPDATE posts SET title = $1 WHERE id = $2"));
            });
            connection.commit();
        });
        assert_eq!(noted(&report, RULE), []);
        assert_eq!(report.calls(), 3);
    }

    #[test]
    fn a_transaction_around_the_scope_is_not_held_by_it() {
        let mut around = connect();
        around.begin();
        let report = under_test(|| call_sync("payment", || {}));
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn a_job_takes_its_time() {
        let report = in_production(|| transaction(&mut connect(), 60_000));
        assert_eq!(noted(&report, RULE), [1]);
        assert_eq!(found(&report, RULE), []);
    }

    #[test]
    fn the_application_says_what_long_is() {
        let mut ledger = Ledger::default();
        let ended = crate::ledger::SessionEvent::Ended {
            transaction: 1,
            ending: crate::ledger::Ending::Committed,
            elapsed: Some(Duration::from_millis(300)),
        };
        ledger.note_session(ended, &[]);
        let mut facts = facts(&ledger, Kind::Handler);
        let mut findings = Vec::new();
        judge(&facts, &mut findings);
        assert!(findings.is_empty());
        let said = Thresholds::new().long_transaction(Duration::from_millis(200));
        facts.policy.own = Some(&said);
        judge(&facts, &mut findings);
        assert_eq!(findings.len(), 1);
    }
}
