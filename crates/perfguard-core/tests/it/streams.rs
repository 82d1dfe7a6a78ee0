//! Ten thousand random streams of events: no rule panics, and the order in
//! which the executions of one statement from one place arrive changes nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use perfguard_core::Scope;
use perfguard_core::adapter::{
    self, Adapter, BindHasher, Binds, CallSiteKey, Completion, Connection, Event, Orm, Query,
};
use perfguard_core::generated::{Budget, Site, observe_sync, run_sync};
use perfguard_core::statement::Dialect;
use proptest::prelude::*;

static DRIVER: Adapter = Adapter::new("random").source(file!());
static SITE: Site = Site::new(file!(), line!(), Budget::new(3).rows(50).reads(2));

/// Statements, each with the texts that are one to perfguard.
const STATEMENTS: &[(Orm, Dialect, &[&str])] = &[
    (
        Orm::Diesel,
        Dialect::Postgres,
        &["SELECT name FROM authors WHERE id = $1"],
    ),
    (
        Orm::SeaOrm,
        Dialect::Postgres,
        &["SELECT * FROM posts ORDER BY id"],
    ),
    (
        Orm::Other,
        Dialect::Postgres,
        &[
            "SELECT id FROM posts WHERE id IN ($1)",
            "SELECT id FROM posts WHERE id IN ($1, $2)",
        ],
    ),
    (
        Orm::Other,
        Dialect::MySql,
        &[
            "SELECT id FROM posts WHERE author_id = 1",
            "SELECT id FROM posts WHERE author_id = 2",
            "SELECT id FROM posts WHERE author_id = 3",
        ],
    ),
    (
        Orm::Diesel,
        Dialect::Sqlite,
        &[
            "SELECT id FROM posts WHERE title LIKE 'a%' LIMIT 20 OFFSET 20",
            "SELECT id FROM posts WHERE title LIKE '%a' LIMIT 5000 OFFSET 40",
            "SELECT id FROM posts WHERE title LIKE 'b%' LIMIT 10 OFFSET 50000",
        ],
    ),
    (
        Orm::SeaOrm,
        Dialect::Sqlite,
        &["SELECT id FROM posts WHERE title LIKE ? LIMIT ?"],
    ),
    (
        Orm::Diesel,
        Dialect::Sqlite,
        &[
            "INSERT INTO tags (name) VALUES (?)",
            "INSERT INTO tags (name) VALUES (?), (?)",
        ],
    ),
    (
        Orm::SeaOrm,
        Dialect::Sqlite,
        &["UPDATE posts SET title = ? WHERE id = ?"],
    ),
    (Orm::Other, Dialect::Postgres, &["DELETE FROM posts"]),
    (Orm::Other, Dialect::Postgres, &["SELECT 1"]),
    (
        Orm::Other,
        Dialect::Postgres,
        &["SELECT FROM WHERE 'no end"],
    ),
];

/// The first of them that writes.
const FIRST_WRITE: usize = 6;
const LAST_WRITE: usize = 8;

#[derive(Clone, Debug)]
enum Happening {
    Ran(Execution),
    Begin(usize),
    Commit(usize),
    Rollback(usize),
    Establish(usize),
    CheckOut(usize),
    CheckIn(usize),
    Close(usize),
    /// A scope opens, with a budget or without, for so many of what follows.
    Nested(bool, usize),
}

#[derive(Clone, Debug)]
struct Execution {
    statement: usize,
    /// By its key; 0 is read from the stack.
    place: u8,
    connection: Option<usize>,
    told: Told,
}

/// What may differ between the executions of one statement from one place.
#[derive(Clone, Debug)]
struct Told {
    text: usize,
    binds: Option<Option<u8>>,
    rows: Option<u64>,
    affected: Option<u64>,
    milliseconds: Option<u64>,
    failed: bool,
    /// The outcome comes later.
    is_late: bool,
}

const CONNECTIONS: usize = 3;

fn rows() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![
        2 => Just(None),
        6 => (0..8_u64).prop_map(Some),
        2 => (90..2_000_u64).prop_map(Some),
        1 => Just(Some(u64::MAX)),
    ]
}

fn execution() -> impl Strategy<Value = Execution> {
    let told = (
        0..3_usize,
        prop_oneof![1 => Just(None), 1 => Just(Some(None)), 6 => (0..4_u8).prop_map(|it| Some(Some(it)))],
        rows(),
        rows(),
        prop_oneof![4 => Just(None), 4 => (0..900_u64).prop_map(Some), 1 => Just(Some(u64::MAX))],
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    let told = told.prop_map(
        |(text, binds, rows, affected, milliseconds, failed, is_late)| Told {
            text,
            binds,
            rows,
            affected,
            milliseconds,
            failed,
            is_late,
        },
    );
    let place = prop_oneof![1 => Just(0_u8), 200 => 1..4_u8];
    let connection = prop::option::of(0..CONNECTIONS);
    (0..STATEMENTS.len(), place, connection, told).prop_map(
        |(statement, place, connection, told)| Execution {
            statement,
            place,
            connection,
            told,
        },
    )
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        60 => execution().prop_map(Happening::Ran),
        2 => (0..CONNECTIONS).prop_map(Happening::Begin),
        2 => (0..CONNECTIONS).prop_map(Happening::Commit),
        1 => (0..CONNECTIONS).prop_map(Happening::Rollback),
        1 => (0..CONNECTIONS).prop_map(Happening::Establish),
        1 => (0..CONNECTIONS).prop_map(Happening::CheckOut),
        1 => (0..CONNECTIONS).prop_map(Happening::CheckIn),
        1 => (0..CONNECTIONS).prop_map(Happening::Close),
        1 => (any::<bool>(), 0..12_usize).prop_map(|(judged, length)| Happening::Nested(judged, length)),
    ]
}

struct Player {
    connections: Vec<Connection>,
    /// A clock of its own: the report of a stream has its times.
    now: Instant,
}

impl Player {
    fn new() -> Self {
        DRIVER.installed();
        Self {
            connections: (0..CONNECTIONS).map(|_| connect()).collect(),
            now: Instant::now(),
        }
    }

    fn play(&mut self, mut stream: &[Happening]) {
        while let Some((first, rest)) = stream.split_first() {
            stream = rest;
            self.now += Duration::from_millis(300);
            match first {
                Happening::Ran(execution) => self.run(execution),
                Happening::Begin(at) => self.tell(*at, Event::begin()),
                Happening::Commit(at) => self.tell(*at, Event::commit()),
                Happening::Rollback(at) => self.tell(*at, Event::rollback()),
                Happening::Establish(at) => self.connections[*at].established(None),
                Happening::CheckOut(at) => self.connections[*at].checked_out(),
                Happening::CheckIn(at) => self.connections[*at].checked_in(),
                Happening::Close(at) => self.connections[*at] = connect(),
                Happening::Nested(is_judged, length) => {
                    let (inside, after) = rest.split_at(rest.len().min(*length));
                    stream = after;
                    if *is_judged {
                        let ((), outcome) = run_sync(&SITE, "judged", || self.play(inside));
                        outcome.enforce();
                    } else {
                        let scope = Scope::new("nested");
                        scope.in_scope(|| self.play(inside));
                        let _ = scope.close();
                    }
                }
            }
        }
    }

    fn tell(&mut self, at: usize, event: Event) {
        self.connections[at].tell(event.at(self.now));
    }

    fn run(&self, execution: &Execution) {
        let (orm, dialect, texts) = STATEMENTS[execution.statement];
        let told = &execution.told;
        let mut query = Query::new(texts[told.text % texts.len()], dialect).orm(orm);
        query = query.binds(match told.binds {
            None => Binds::Unknown,
            Some(None) => Binds::None,
            Some(Some(value)) => {
                let mut hasher = BindHasher::new();
                let sign = if value == 3 { "%" } else { "" };
                hasher.write_debug(&format!("{sign}{value}"));
                hasher.finish()
            }
        });
        if let Some(at) = execution.connection {
            query = query.connection(&self.connections[at]);
        }
        if execution.place > 0 {
            query = query.call_site(CallSiteKey::new(&execution.place));
        }
        let mut completion = Completion::new().failed(told.failed);
        if let Some(rows) = told.rows {
            completion = completion.rows(rows).rows_transferred(rows);
        }
        if let Some(rows) = told.affected {
            completion = completion.rows_affected(rows);
        }
        if let Some(milliseconds) = told.milliseconds {
            completion = completion.elapsed(Duration::from_millis(milliseconds));
        }
        if told.is_late {
            adapter::record(&query).complete(completion);
        } else {
            adapter::record(&query.completion(completion));
        }
    }
}

fn connect() -> Connection {
    DRIVER.connect(Dialect::Sqlite)
}

fn report(stream: &[Happening]) -> perfguard_core::Report {
    observe_sync(|| Player::new().play(stream)).1
}

/// The same stream, in which the executions of a statement from one place, on
/// one connection, have changed places with each other: only with those that no
/// write, transaction or scope comes between, where they read.
fn shuffled(stream: &[Happening], mut seed: u64) -> Vec<Happening> {
    let mut stream = stream.to_vec();
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let (mut stretch, mut epoch) = (0, 0);
    let mut nested = Vec::new();
    for (at, happening) in stream.iter().enumerate() {
        nested.retain(|end| {
            let is_open = at < *end;
            stretch += usize::from(!is_open);
            is_open
        });
        let Happening::Ran(execution) = happening else {
            stretch += 1;
            if let Happening::Nested(_, length) = happening {
                nested.push(at + 1 + length);
            }
            continue;
        };
        let is_write = (FIRST_WRITE..=LAST_WRITE).contains(&execution.statement);
        epoch += usize::from(is_write);
        let segment = (stretch, if is_write { 0 } else { epoch });
        let Execution {
            statement,
            place,
            connection,
            ..
        } = execution;
        let group = (segment, *statement, *place, *connection);
        groups.entry(group).or_default().push(at);
    }
    for group in groups.into_values() {
        for index in (1..group.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = (seed >> 33) as usize % (index + 1);
            stream.swap(group[index], group[other]);
        }
    }
    stream
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_rule_panics_and_order_within_a_group_changes_nothing(
        stream in prop::collection::vec(happening(), 0..20),
        seed in any::<u64>(),
    ) {
        let one = report(&stream);
        let other = report(&shuffled(&stream, seed));
        // In a build of the whole workspace the feature is on.
        #[cfg(feature = "json")]
        prop_assert_eq!(one.to_json(), other.to_json());
        #[cfg(not(feature = "json"))]
        prop_assert_eq!(one.to_string(), other.to_string());
    }
}
