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
        self.ask("GET", path)
    }

    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n");
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

/// Also where nobody wants its log, or a test fails.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
        let source = include_str!("../../src/bin/production/main.rs");
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
            "code.file.path=\"tests/src/bin/production/main.rs\"",
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

/// Lines of the log that warn of a scope.
fn warnings<'a>(log: &'a str, scope: &str) -> Vec<&'a str> {
    let scope = format!("scope=\"{scope}\"");
    log.lines()
        .filter(|line| line.contains("WARN perfguard") && line.contains(&scope))
        .collect()
}

#[test]
fn a_scope_is_warned_of_once_in_a_while() {
    let service = Service::start("", &[]);
    for _ in 0..5 {
        assert!(service.get("/sea-orm").ends_with(&authors()));
    }
    assert!(service.get("/outer").ends_with(&authors()));
    let log = service.log();
    assert_eq!(
        warnings(&log, "production::sea_orm_posts").len(),
        1,
        "{log}"
    );
    assert_eq!(warnings(&log, "production::outer").len(), 1, "{log}");
}

#[test]
fn the_next_warning_says_how_many_were_suppressed() {
    let service = Service::start("often", &[]);
    for _ in 0..4 {
        service.get("/sea-orm");
    }
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    service.get("/sea-orm");
    let log = service.log();
    let warnings = warnings(&log, "production::sea_orm_posts");
    assert!(warnings.len() >= 2, "{log}");
    assert!(!warnings[0].contains("suppressed="), "{log}");
    // Two rules each, in all that were not written.
    let suppressed = 2 * (5 - warnings.len());
    let said: usize = warnings
        .iter()
        .filter_map(|line| line.split("suppressed=").nth(1)?.split(' ').next())
        .map(|number| number.parse::<usize>().unwrap())
        .sum();
    assert_eq!(said, suppressed, "{log}");
}

#[test]
fn an_application_may_want_each_warning() {
    let service = Service::start("every", &[]);
    for _ in 0..3 {
        service.get("/sea-orm");
    }
    let log = service.log();
    assert_eq!(
        warnings(&log, "production::sea_orm_posts").len(),
        3,
        "{log}"
    );
}

#[test]
fn scopes_are_summed_up_where_that_is_wanted() {
    let service = Service::start("summaries", &[]);
    service.get("/good");
    service.get("/outer");
    let log = service.log();
    let summaries: Vec<_> = log
        .lines()
        .filter(|line| line.contains("INFO perfguard"))
        .collect();
    // The outermost scopes only.
    assert_eq!(summaries.len(), 2, "{log}");
    for field in [
        "scope ended",
        "scope=\"production::good\"",
        "outcome=\"completed\"",
        "queries=1",
        "db_time=",
        "findings=0",
    ] {
        assert!(summaries[0].contains(field), "no `{field}` in {log}");
    }
    assert!(
        summaries[1].contains("scope=\"production::outer\""),
        "{log}"
    );
    assert!(summaries[1].contains("queries=21"), "{log}");
}

#[test]
fn a_warning_is_one_line_of_json_with_the_same_names() {
    let service = Service::start("json", &[]);
    service.get("/sea-orm");
    let log = service.log();
    let event = log
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|event| event["target"] == "perfguard")
        .unwrap_or_else(|| panic!("{log}"));
    assert_eq!(event["level"], "WARN");
    let fields = &event["fields"];
    assert_eq!(fields["scope"], "production::sea_orm_posts");
    assert_eq!(fields["rule"], "n-plus-one");
    assert_eq!(fields["count"], 20);
    assert_eq!(fields["max"], 3);
    assert_eq!(fields["queries"], 21);
    assert_eq!(fields["db.system.name"], "sqlite");
    assert_eq!(fields["code.file.path"], "tests/src/bin/production/main.rs");
}

#[test]
fn settings_change_while_it_runs() {
    let service = Service::start("every", &[]);
    let reload = |what: &str| service.get(&format!("/reload/{what}"));
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(reload("off").ends_with("reloaded"));
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(service.get("/diesel").ends_with(&authors()));
    assert!(reload("off-there").ends_with("reloaded"));
    assert!(service.get("/sea-orm").ends_with(&authors()));
    assert!(service.get("/diesel").ends_with(&authors()));
    assert!(reload("on").ends_with("reloaded"));
    assert!(service.get("/sea-orm").ends_with(&authors()));
    let log = service.log();
    assert_eq!(
        warnings(&log, "production::sea_orm_posts").len(),
        2,
        "{log}"
    );
    assert_eq!(warnings(&log, "production::diesel_posts").len(), 1, "{log}");
}

#[test]
fn a_limit_of_a_route_refuses_from_then_on() {
    let service = Service::start("", &[]);
    assert!(service.get("/guarded").ends_with("author 20"));
    assert!(service.get("/guarded-diesel").ends_with("3000 answers"));
    service.get("/reload/hard-max");
    let refused = service.get("/guarded");
    assert!(
        refused.contains(
            "scope `production::guarded_posts` has run 5 statements, and its hard_max is 5"
        ),
        "{refused}"
    );
    service.get("/reload/hard-max-time");
    let refused = service.get("/guarded");
    assert!(refused.contains("its hard_max_time is 1ns"), "{refused}");
    let refused = service.get("/guarded-diesel");
    assert!(refused.contains("its hard_max_time is 5ms"), "{refused}");
    service.get("/reload/on");
    assert!(service.get("/guarded").ends_with("author 20"));
}

#[test]
fn what_cannot_be_changed_is_said_and_changes_nothing() {
    let service = Service::start("every", &[]);
    let said = service.get("/reload/call-sites");
    assert!(
        said.contains("`call_sites` is fixed when the process starts"),
        "{said}"
    );
    let said = service.get("/reload/nonsense");
    assert!(said.contains("expected a number from 0 to 1"), "{said}");
    service.get("/sea-orm");
    service.get("/sea-orm");
    let log = service.log();
    assert_eq!(
        warnings(&log, "production::sea_orm_posts").len(),
        2,
        "{log}"
    );
}

#[test]
fn the_environment_wins_over_what_is_reloaded() {
    let service = Service::start("", &[("PERFGUARD", "off")]);
    assert!(service.get("/reload/on").ends_with("reloaded"));
    service.get("/sea-orm");
    let log = service.log();
    assert!(!log.contains("rule="), "{log}");
}

/// What a process said whose requests were answered while something was out of
/// order.
fn with_fault(kind: &str, variables: &[(&str, &str)]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_production"))
        .args(["faults", kind])
        .env_remove("PERFGUARD")
        .env_remove("RUST_LOG")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (said, log) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{kind}: {log}");
    assert_eq!(said, "125 of 125 the same\n", "{kind}: {log}");
    (said, log)
}

#[test]
fn clients_get_the_same_bytes_whatever_is_out_of_order() {
    for kind in ["sink-panics", "sink-panics-with-its-name"] {
        let (_, log) = with_fault(kind, &[]);
        let switched_off = log.matches("panicked and is switched off").count();
        assert_eq!(switched_off, 1, "{kind}: {log}");
    }
    let (_, log) = with_fault("subscriber-panics", &[]);
    let switched_off = log.matches("no more events are written").count();
    assert_eq!(switched_off, 1, "{log}");
    for kind in [
        "sink-blocks",
        "sink-calls-back",
        "subscriber-blocks",
        "clock",
    ] {
        let (_, log) = with_fault(kind, &[]);
        assert!(!log.contains("switched off"), "{kind}: {log}");
    }
}

#[test]
fn clients_get_the_same_bytes_whatever_settings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("text"), "enforcement = \"no\"").unwrap();
    std::fs::write(file("bytes"), [0xff; 64]).unwrap();
    // Nobody writes to it: who reads it waits.
    let made = Command::new("mkfifo").arg(file("pipe")).status();
    assert!(made.unwrap().success());
    for (name, said) in [
        ("text", "`fail`, `warn` and `off`"),
        ("bytes", "failed to read"),
        ("pipe", "neither a file nor a folder"),
        ("missing", "failed to read"),
    ] {
        let (_, log) = with_fault("settings", &[("PERFGUARD_CONFIG", &file(name))]);
        assert_eq!(log.matches(said).count(), 1, "{name}: {log}");
    }
}

#[test]
fn behind_the_layer_answers_are_the_same_bytes() {
    let (bare, layered) = (Service::start("", &[]), Service::start("layered", &[]));
    let asked = |service: &Service, method: &str, path: &str| {
        let answer = service.ask(method, path);
        let lines = answer.split_inclusive("\r\n");
        let lines = lines.filter(|line| !line.starts_with("date: "));
        lines.collect::<String>()
    };
    for path in [
        "/diesel", "/sea-orm", "/outer", "/good", "/plain", "/stream", "/nothing",
    ] {
        for method in ["GET", "HEAD", "POST", "BREW"] {
            let answer = asked(&layered, method, path);
            assert_eq!(answer, asked(&bare, method, path), "{method} {path}");
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        }
    }
}

#[test]
fn the_warning_of_a_request_stands_in_its_span() {
    let service = Service::start("layered", &[]);
    assert!(service.get("/plain").ends_with("10 of 20"));
    assert!(service.get("/stream").contains("author 20"));
    assert!(service.get("/sea-orm").ends_with(&authors()));
    let log = service.log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN ")).collect();
    assert_eq!(warnings.len(), 3, "{log}");
    for (warning, path, said) in [
        (warnings[0], "/plain", "rules=\"query-budget\""),
        // Its body is polled outside the span.
        (warnings[1], "/stream", "rules=\"n-plus-one,query-budget\""),
        (
            warnings[2],
            "/sea-orm",
            "scope=\"production::sea_orm_posts\"",
        ),
    ] {
        let span = format!("WARN request{{path=\"{path}\"}}: perfguard: query budget broken: ");
        assert!(warning.contains(&span), "{warning}");
        assert!(warning.contains(said), "{warning}");
    }
    assert!(warnings[0].contains("scope=\"GET /plain\""), "{log}");
    assert!(warnings[0].contains("max=1 queries=2"), "{log}");
    assert!(warnings[1].contains("scope=\"GET /stream\""), "{log}");
}
