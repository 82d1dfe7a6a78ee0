//! The cases of other tools' suites, and of what Diesel and SeaORM write.

use std::collections::HashMap;

use perfguard_core::statement::{Dialect, Options, Statement};
use serde_json::Value;

use crate::support::{canonical, dialect, json_lines, string};

const CASES: &str = include_str!("../data/fingerprint-cases.jsonl");
const SUMMARIES: &str = include_str!("../data/summaries.jsonl");

/// Texts for a MySQL with ANSI_QUOTES in its SQL mode.
const ANSI_QUOTES: [u32; 7] = [398, 425, 426, 469, 473, 480, 485];

const BRACKETS: &str = "[x] is a name in MSSQL and SQLite only";
const HQL: &str = "a query that starts with FROM is Hibernate's, not SQL";

/// Summaries of the suite that perfguard does not write, and why.
const OTHER_SUMMARIES: [(u32, &str); 12] = [
    (340, BRACKETS),
    (342, BRACKETS),
    (421, HQL),
    (
        440,
        "a broken UNION in parentheses; the suite misses the table after them",
    ),
    (461, HQL),
    (462, HQL),
    (463, HQL),
    (
        482,
        "Hibernate's CALL NEXT VALUE FOR: NEXT is taken for a procedure",
    ),
    (500, BRACKETS),
    (501, BRACKETS),
    (502, BRACKETS),
    (506, "MySQL needs white space after -- to start a comment"),
];

/// The canonical texts of a case's `sqls`, for all of which `dialect_of` names
/// the dialect and the text.
fn texts<'a>(
    case: &'a Value,
    dialect_of: impl Fn(&'a Value) -> (Dialect, &'a Value),
) -> Vec<String> {
    let sqls = case["sqls"].as_array().unwrap();
    assert!(sqls.len() > 1, "{case}");
    sqls.iter()
        .map(|sql| {
            let (dialect, sql) = dialect_of(sql);
            canonical(sql.as_str().unwrap(), dialect)
        })
        .collect()
}

/// What is wrong with a case, or nothing.
fn complaint(case: &Value) -> Option<String> {
    let read = || dialect(string(case, "dialect"));
    let texts = match string(case, "kind") {
        "differ" => {
            let text = canonical(string(case, "a"), read());
            return (text == canonical(string(case, "b"), read()))
                .then(|| format!("{} became one:\n  {text}", case["id"]));
        }
        "same" => texts(case, |sql| (read(), sql)),
        "same-cross-dialect" => texts(case, |sql| (dialect(sql[0].as_str().unwrap()), &sql[1])),
        other => panic!("a case of an unknown kind: {other}"),
    };
    texts
        .iter()
        .any(|text| *text != texts[0])
        .then(|| format!("{} was split:\n  {}", case["id"], texts.join("\n  ")))
}

#[test]
fn cases_of_other_suites_hold() {
    let cases = json_lines(CASES);
    let mut kinds: HashMap<&str, usize> = HashMap::new();
    for case in &cases {
        *kinds.entry(string(case, "kind")).or_default() += 1;
    }
    let expected = [("differ", 73), ("same", 403), ("same-cross-dialect", 3)];
    assert_eq!(kinds, HashMap::from(expected));
    let complaints: Vec<_> = cases.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn summaries_are_those_of_opentelemetry() {
    let mut wrong = Vec::new();
    let mut exempt = Vec::new();
    for case in json_lines(SUMMARIES) {
        let (_, number) = string(&case, "id").split_once('#').unwrap();
        let number: u32 = number.parse().unwrap();
        let input = string(&case, "input");
        let mut options = Options::new();
        if ANSI_QUOTES.contains(&number) {
            options = options.ansi_quotes();
        }
        let dialect = dialect(string(&case, "dialect"));
        let statement = Statement::with_options(input, dialect, options);
        let (summary, expected) = (statement.summary(), string(&case, "summary"));
        if summary == expected {
            continue;
        }
        if OTHER_SUMMARIES.iter().any(|(other, _)| *other == number) {
            exempt.push(number);
        } else {
            wrong.push(format!("{input}\n  {summary}\n  not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // An exception that is none any more has to go.
    assert_eq!(exempt, OTHER_SUMMARIES.map(|(number, _)| number));
}

#[test]
fn copied_cases_say_where_they_are_from() {
    for case in json_lines(CASES).iter().chain(&json_lines(SUMMARIES)) {
        let is_own = ["diesel 2.3", "sea-orm 2.0"].contains(&string(case, "source"));
        let licence = case["licence"].as_str();
        assert_eq!(licence.is_none(), is_own, "{case}");
    }
}
