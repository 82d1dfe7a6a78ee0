//! The same declaration outside a test: the answer is unchanged, and one
//! warning is written per violating scope.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The service, stopped at the end.
struct Service {
    child: Child,
    address: String,
    /// What it printed before it served.
    said: String,
}

impl Service {
    fn start(setting: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_production"))
            .arg(setting)
            .env_remove("PERFGUARD")
            .env_remove("RUST_LOG")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !address.starts_with("127.0.0.1:") {
            said += &std::mem::take(&mut address);
            assert_ne!(output.read_line(&mut address).unwrap(), 0, "it ended");
        }
        child.stdout = Some(output.into_inner());
        Self {
            child,
            address: address.trim().to_owned(),
            said,
        }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn log(mut self) -> String {
        self.child.kill().unwrap();
        let mut log = std::mem::take(&mut self.said);
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        self.child.wait().unwrap();
        log
    }
}

fn authors() -> String {
    (1..=20)
        .rev()
        .map(|id| format!("author {id}"))
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn production_answers_unchanged_and_warns_once_per_scope() {
    let service = Service::start("", &[]);
    for path in ["/diesel", "/sea-orm"] {
        let answer = service.get(path);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with(&authors()), "{answer}");
    }
    assert!(service.get("/good").ends_with("20"));
    let log = service.log();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("WARN perfguard"))
        .collect();
    assert_eq!(warnings.len(), 2, "{log}");
    for (warning, handler) in [
        (warnings[0], "diesel_posts"),
        (warnings[1], "sea_orm_posts"),
    ] {
        let source = include_str!("../../src/bin/production.rs");
        let line = 1 + source
            .lines()
            .position(|line| line.contains(&format!("fn {handler}(")))
            .unwrap();
        for field in [
            &format!("scope=\"production::{handler}\""),
            "rule=\"n-plus-one\"",
            "count=20",
            "max=3",
            "queries=21",
            "rules=\"n-plus-one,query-budget\"",
            "db.query.summary=\"SELECT ",
            "db.query.text=\"select \\\"authors\\\".\\\"id\\\"",
            "db.system.name=\"sqlite\"",
            "code.file.path=\"tests/src/bin/production.rs\"",
            &format!("code.line.number={line}"),
        ] {
            assert!(warning.contains(field), "no `{field}` in {warning}");
        }
    }
}

#[test]
fn what_an_inner_scope_said_the_outer_one_does_not_say_again() {
    let service = Service::start("", &[]);
    assert!(service.get("/outer").ends_with(&authors()));
    let log = service.log();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("WARN perfguard"))
        .collect();
    assert_eq!(warnings.len(), 2, "{log}");
    assert!(
        warnings[0].contains("scope=\"production::sea_orm_posts\""),
        "{log}"
    );
    assert!(
        warnings[0].contains("rules=\"n-plus-one,query-budget\""),
        "{log}"
    );
    assert!(warnings[1].contains("scope=\"production::outer\""), "{log}");
    assert!(warnings[1].contains("rules=\"query-budget\""), "{log}");
}

#[test]
fn switched_off_it_says_nothing() {
    let service = Service::start("", &[("PERFGUARD", "off")]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    let log = service.log();
    assert!(!log.contains("perfguard"), "{log}");
}

#[test]
fn a_wrong_setting_is_said_and_breaks_nothing() {
    let service = Service::start("", &[("PERFGUARD", "fial")]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    let log = service.log();
    assert!(
        log.contains(
            "the environment variable PERFGUARD is `fial`: accepted are `fail`, `warn` and `off`"
        ),
        "{log}"
    );
    assert!(log.contains("rule=\"n-plus-one\""), "{log}");
}

#[test]
fn an_application_may_ask_for_the_place_of_the_query() {
    let service = Service::start("resolve", &[]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    let log = service.log();
    assert!(
        log.contains("code.file.path=\"tests/src/sea_orm_blog.rs\""),
        "{log}"
    );
}

#[test]
fn an_application_may_switch_it_off_and_the_environment_wins() {
    let service = Service::start("off", &[]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(!service.log().contains("rule="));
    let service = Service::start("off", &[("PERFGUARD", "warn")]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(service.log().contains("rule=\"n-plus-one\""));
    let service = Service::start("off", &[("PERFGUARD", "")]);
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(
        !service.log().contains("rule="),
        "an empty variable is none"
    );
}
