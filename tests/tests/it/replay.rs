//! A recorded stream of events, replayed through the public interface, gives
//! the report that it gave when it happened: whatever the clock, the process
//! and the stack.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use perfguard::Report;
use perfguard::adapter::{self, BindHasher, Binds, CallSiteKey, Completion, Connection, Event};
use perfguard::testing::observe_sync;
use serde_json::Value;

use crate::driver;

const RECORDED: &str = include_str!("../../data/replay.jsonl");

/// What stays of one event in a recording.
struct Line(Value);

impl Line {
    fn number(&self, key: &str) -> Option<u64> {
        self.0[key].as_u64()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0[key].as_str()
    }

    /// Milliseconds, as a time after `start`.
    fn at(&self, start: Instant) -> Instant {
        start + Duration::from_millis(self.number("at").unwrap())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.number("ms").unwrap())
    }

    /// The bound values stand in the recording as a number that is theirs; 0
    /// is none, and where it is missing they are unknown.
    fn binds(&self) -> Binds {
        match self.number("binds") {
            None => Binds::Unknown,
            Some(0) => Binds::None,
            Some(identity) => {
                let mut hasher = BindHasher::new();
                hasher.write(&identity);
                hasher.finish()
            }
        }
    }
}

fn replay(recorded: &str, start: Instant) -> Report {
    let ((), report) = observe_sync(|| {
        let mut connections: BTreeMap<u64, Connection> = BTreeMap::new();
        for line in recorded.lines() {
            let line = Line(serde_json::from_str(line).unwrap());
            let id = line.number("connection").unwrap();
            let connection = connections.entry(id).or_insert_with(driver::connect);
            let at = line.at(start);
            match line.text("event").unwrap() {
                "begin" => connection.tell(Event::begin().at(at)),
                "checked_in" => connection.tell(Event::checked_in().at(at)),
                "checked_out" => connection.tell(Event::checked_out().at(at)),
                "closed" => drop(connections.remove(&id)),
                "commit" => connection.tell(Event::commit().at(at)),
                "established" => {
                    connection.tell(Event::established().at(at).elapsed(line.elapsed()));
                }
                "query" => query(connection, &line, at),
                "rollback" => connection.tell(Event::rollback().at(at)),
                other => panic!("unknown event {other}"),
            }
        }
    });
    report
}

/// Told as most drivers tell it: first that it starts, then how it ended.
fn query(connection: &Connection, line: &Line, at: Instant) {
    let query = connection
        .query(line.text("sql").unwrap())
        .binds(line.binds())
        .started(at);
    let query = match line.text("site") {
        Some(site) => query.call_site(CallSiteKey::new(site)),
        None => query,
    };
    let mut completion = Completion::new()
        .ended(at + line.elapsed())
        .failed(line.0["failed"] == true);
    if let Some(rows) = line.number("rows") {
        completion = completion.rows(rows);
    }
    if let Some(rows) = line.number("affected") {
        completion = completion.rows_affected(rows);
    }
    adapter::record(&query).complete(completion);
}

#[test]
fn a_recording_gives_the_report_that_it_gave() {
    let report = replay(RECORDED, Instant::now());
    assert_eq!(report.queries(), 11);
    assert_eq!(report.rows(), None, "one read failed and told no rows");
    assert_eq!(report.rows_affected(), Some(2));
    assert_eq!(report.elapsed(), Some(Duration::from_millis(13)));

    let connections = report.connections().unwrap();
    assert_eq!(connections.established(), 2);
    let time = connections.establish_time();
    assert_eq!(time, Some(Duration::from_millis(7)));
    assert_eq!(connections.most_held(), Some(2));

    let transactions = report.transactions().unwrap();
    assert_eq!(transactions.count(), 2);
    assert_eq!(
        (transactions.committed(), transactions.rolled_back()),
        (1, 1)
    );
    assert_eq!(transactions.open(), 0);
    assert_eq!(transactions.most_statements(), 2);
    assert_eq!(transactions.longest(), Some(Duration::from_millis(11)));

    assert_eq!(report.to_string(), include_str!("../../data/replay.txt"));
}

#[test]
fn a_recording_gives_the_same_report_twice_and_at_any_time() {
    let start = Instant::now();
    let one = replay(RECORDED, start);
    let other = replay(RECORDED, start + Duration::from_secs(3_600));
    assert_eq!(one.to_string(), other.to_string());
    assert_eq!(one.to_json(), other.to_json());
}

#[test]
fn json_has_the_times_of_a_recording_and_none_of_its_values() {
    let text = replay(RECORDED, Instant::now()).to_json();
    assert!(!text.contains("secret title"), "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    let scope = &json["scopes"][0];
    assert_eq!(scope["elapsed_seconds"], 0.013);
    assert_eq!(scope["connections"]["established"], 2);
    assert_eq!(scope["connections"]["establish_seconds"], 0.007);
    assert_eq!(scope["connections"]["most_held"], 2);
    assert_eq!(scope["transactions"]["count"], 2);
    assert_eq!(scope["transactions"]["longest_seconds"], 0.011);
    assert_eq!(scope["transactions"]["rolled_back"], 1);
}

#[test]
fn what_a_recording_does_not_hold_is_unknown() {
    let recorded = r#"{"at":0,"connection":1,"event":"query","sql":"SELECT a FROM t WHERE id = ?","ms":1,"site":"a"}"#;
    let report = replay(recorded, Instant::now());
    assert_eq!(report.rows(), None);
    let connections = report.connections().unwrap();
    assert_eq!(connections.most_held(), None);
    assert_eq!(connections.establish_time(), None);
    assert_eq!(report.transactions().unwrap().longest(), None);
}
