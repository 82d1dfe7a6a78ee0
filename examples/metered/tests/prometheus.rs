//! What is shipped in `monitoring`, asked of a real Prometheus that scrapes
//! this service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use perfguard_test_tools::{program, runs};
use serde_json::Value;

/// Names the Prometheus to use; `promtool` stands beside it.
const PROMETHEUS: &str = "PERFGUARD_PROMETHEUS";

/// For what another process does in its own time.
const PATIENCE: Duration = Duration::from_secs(60);

const DASHBOARD: &str = include_str!("../../../monitoring/grafana-dashboard.json");
const RULES: &str = include_str!("../../../monitoring/prometheus-rules.yml");

/// Requests of one round, and the statements of each.
const ROUND: [(&str, &str, u64); 4] = [
    ("/posts", "GET /posts", 2),
    ("/bad/posts", "GET /bad/posts", 21),
    ("/bad/archive?page=2", "GET /bad/archive", 1),
    ("/authors/7/comments", "GET /authors/{id}/comments", 2),
];

fn monitoring() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../monitoring")
}

fn prometheus() -> Option<OsString> {
    program(PROMETHEUS, &["prometheus"])
}

/// What checks rules, which stands beside it.
fn promtool() -> Option<OsString> {
    let promtool = Path::new(&prometheus()?).with_file_name("promtool").into();
    assert!(runs(&promtool), "promtool stands beside Prometheus");
    Some(promtool)
}

/// A program that serves, stopped at the end.
struct Served<Output> {
    child: Child,
    address: String,
    /// Open for as long as it may write to it.
    _output: BufReader<Output>,
}

impl<Output> Drop for Served<Output> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<Output: Read> Served<Output> {
    /// Waits for the line that names the address.
    fn new(child: Child, output: Output, before: &str) -> Self {
        let mut output = BufReader::new(output);
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended: {said}");
            if let Some((_, address)) = line.split_once(before) {
                let end =
                    address.find(|sign: char| !(sign.is_ascii_digit() || ".:".contains(sign)));
                break address[..end.unwrap_or(address.len())].to_owned();
            }
            said += &line;
        };
        Self {
            child,
            address,
            _output: output,
        }
    }

    /// The head and the body of an answer.
    fn answer(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // HTTP/1.0 has no chunks.
        write!(stream, "GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// The body of an answer with status 200.
    fn get(&self, path: &str) -> String {
        let (head, body) = self.answer(path);
        assert!(head.contains(" 200 OK"), "{path}: {head} {body}");
        body
    }
}

fn start_service() -> Served<std::process::ChildStdout> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_metered"))
        .arg("0")
        .env_remove("PERFGUARD")
        .env_remove("PERFGUARD_CONFIG")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    Served::new(child, output, "curl 'http://")
}

/// Asks for each path once.
fn ask(service: &Served<impl Read>) {
    for (path, ..) in ROUND {
        service.get(path);
    }
}

type Prometheus = Served<std::process::ChildStderr>;

/// A Prometheus that scrapes the service each second, with the shipped rules.
fn start_prometheus(program: &OsString, folder: &Path, service: &str) -> Prometheus {
    let rules = monitoring().join("prometheus-rules.yml");
    let configuration = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: ['{}']\n\
         scrape_configs: [{{ job_name: blog, static_configs: [{{ targets: ['{service}'] }}] }}]\n",
        rules.display()
    );
    let file = folder.join("prometheus.yml");
    std::fs::write(&file, configuration).unwrap();
    let mut child = Command::new(program)
        .arg(format!("--config.file={}", file.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.join("data").display()
        ))
        .arg("--web.listen-address=127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stderr.take().unwrap();
    let prometheus = Served::new(child, output, "msg=\"Listening on\" address=");
    // It listens before it answers.
    prometheus.await_that("it is ready", || {
        prometheus.answer("/-/ready").0.contains(" 200 OK")
    });
    prometheus
}

impl Prometheus {
    fn api(&self, path: &str) -> Value {
        let answer: Value = serde_json::from_str(&self.get(path)).unwrap();
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// The values that an expression has now.
    fn query(&self, expression: &str) -> Vec<f64> {
        let encoded: String = expression
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        let data = self.api(&format!("/api/v1/query?query={encoded}"));
        let samples = data["result"].as_array().unwrap().iter();
        let values = samples.map(|sample| sample["value"][1].as_str().unwrap().parse());
        values.map(Result::unwrap).collect()
    }

    fn rules(&self) -> Vec<Value> {
        let data = self.api("/api/v1/rules");
        data["groups"][0]["rules"].as_array().unwrap().clone()
    }

    /// Waits until it says so.
    fn await_that(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "not in time: {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Each expression of the dashboard, with its variables filled in.
fn expressions() -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|it| collect(it, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("expr", Value::String(expression)) => {
                            found.insert(expression.clone());
                        }
                        ("definition", Value::String(variable)) => {
                            let arguments = variable.strip_prefix("label_values(").unwrap();
                            let (of, label) = arguments.rsplit_once(", ").unwrap();
                            found.insert(format!("count by ({label} ({of})"));
                        }
                        _ => collect(value, found),
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(&serde_json::from_str(DASHBOARD).unwrap(), &mut found);
    let filled = found.iter().map(|expression| {
        let variables = [
            ("$__rate_interval", "30s"),
            ("$__range", "1m"),
            ("$job", ".*"),
            ("$route", ".*"),
        ];
        variables
            .iter()
            .fold(expression.clone(), |filled, (variable, value)| {
                filled.replace(variable, value)
            })
    });
    filled.collect()
}

#[test]
fn prometheus_answers_the_dashboard_and_the_rules() {
    let Some(program) = prometheus() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = start_service();
    let prometheus = start_prometheus(&program, folder.path(), &service.address);

    // A rate needs two scrapes, with something between them.
    let expressions = expressions();
    assert!(expressions.len() > 20, "{expressions:#?}");
    let start = Instant::now();
    let mut rounds = 0;
    loop {
        ask(&service);
        rounds += 1;
        let has_value = |expression: &&String| {
            let values = prometheus.query(expression);
            values.iter().any(|value| value.is_finite())
        };
        let silent: Vec<_> = expressions.iter().filter(|it| !has_value(it)).collect();
        if silent.is_empty() {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "no answer: {silent:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }

    // Nothing is lost on the way, and nothing counts twice.
    for (_, route, queries) in ROUND {
        let sum = format!("sum(perfguard_scope_queries_sum{{route=\"{route}\"}})");
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let expected = (rounds * queries) as f64;
        prometheus.await_that(&format!("{sum} is {expected}"), || {
            prometheus.query(&sum) == [expected]
        });
    }

    // Each rule is evaluated, whether or not it fires.
    prometheus.await_that("all rules are evaluated", || {
        let rules = prometheus.rules();
        rules.iter().all(|rule| rule["health"] == "ok")
    });
    let rules = prometheus.rules();
    assert_eq!(rules.len(), RULES.matches("expr:").count());
    for rule in &rules {
        prometheus.query(rule["query"].as_str().unwrap());
    }
    let state = |alert: &str| {
        let rules = prometheus.rules();
        let rule = rules.iter().find(|rule| rule["name"] == alert);
        rule.unwrap()["state"].clone()
    };
    // It has to last before it fires.
    prometheus.await_that("the n+1 is noticed", || {
        state("PerfguardNPlusOne") == "pending"
    });
    assert_eq!(state("PerfguardInternalErrors"), "inactive");
    let mean = "job_route:perfguard_scope_queries:mean1h{route=\"GET /bad/posts\"}";
    prometheus.await_that("the mean is recorded", || prometheus.query(mean) == [21.0]);
}

#[test]
fn promtool_accepts_the_rules_and_their_tests() {
    let Some(promtool) = promtool() else {
        return;
    };
    for (verb, file) in [
        ("check", "prometheus-rules.yml"),
        ("test", "prometheus-rules.test.yml"),
    ] {
        let mut command = Command::new(&promtool);
        command.args([verb, "rules", file]);
        let output = command.current_dir(monitoring()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{said}");
    }
}

/// Names of metrics in a text, as Prometheus has them, without what it adds to
/// those of histograms.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || "_:".contains(sign)));
    let metrics = words.filter(|word| word.starts_with("perfguard_"));
    let plain = metrics.map(|name| {
        let parts = ["_bucket", "_count", "_sum"];
        let plain = parts.iter().find_map(|part| name.strip_suffix(part));
        plain.unwrap_or(name)
    });
    plain.collect()
}

#[test]
fn dashboard_and_rules_name_what_the_service_exports() {
    let service = start_service();
    ask(&service);
    let exported = service.get("/metrics");
    let types = exported
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let exported: BTreeSet<_> = types.map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(exported.len(), 7);
    assert_eq!(metrics_in(DASHBOARD), exported, "each of them is shown");
    let rules = metrics_in(RULES);
    assert!(rules.is_subset(&exported), "{rules:?}");
}

#[test]
fn panels_lie_side_by_side() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), panels.len());
    let mut cells = BTreeSet::new();
    for panel in panels {
        let place = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{panel}");
        for x in 0..place("w") {
            for y in 0..place("h") {
                let cell = (place("x") + x, place("y") + y);
                assert!(cells.insert(cell), "{panel}");
            }
        }
    }
}
