//! Canaries: statements that each hold a secret of their own, in a bound value,
//! a literal, a comment, a connection's password or what the database says of
//! an error. They run through every adapter, and no output has one.
//!
//! Settings, sinks and the run's folder belong to a process: two of them sow
//! the secrets and leave what they show in a folder, which is searched here.

mod adapters;
mod children;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use perfguard_report::{Diff, Run, Summary};
use secrets::traces_in;

/// Names the folder that a child leaves its outputs in.
const FOLDER: &str = "PERFGUARD_CANARIES";

/// What this process has shown so far, by output.
static SHOWN: Mutex<BTreeMap<&'static str, String>> = Mutex::new(BTreeMap::new());

/// Adds to an output.
fn show(output: &'static str, text: &str) {
    let mut shown = SHOWN.lock().unwrap();
    let shown = shown.entry(output).or_default();
    shown.push_str(text);
    shown.push('\n');
}

/// Leaves all outputs, and the number of secrets, in the folder.
fn leave(child: &str) {
    let folder = std::env::var_os(FOLDER).expect("started by the test of canaries");
    let write = |name: &str, text: &str| {
        std::fs::write(Path::new(&folder).join(format!("{child}.{name}")), text).unwrap();
    };
    for (name, text) in &*SHOWN.lock().unwrap() {
        write(name, text);
    }
    write("sown", &secrets::sown().to_string());
}

/// Starts the ignored tests of a module of `children`.
fn start(child: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            &format!("canaries::children::{child}::"),
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env_remove("CI")
        .env_remove("PERFGUARD")
        .env_remove("RUST_LOG")
        .env("PERFGUARD_BASELINE", "new")
        .env("PERFGUARD_RUN_DIR", folder.join("run"))
        // Where baselines are written.
        .env("CARGO_MANIFEST_DIR", folder)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every file in a folder and those in it, as text.
fn files(folder: &Path, outputs: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, outputs);
        } else {
            let text = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&text).into_owned();
            outputs.insert(path.display().to_string(), text);
        }
    }
}

/// What `cargo perfguard` makes of a run.
fn rendered(run: &Run) -> Vec<(&'static str, String)> {
    let summary = Summary::of(run);
    let empty = Run::default();
    let nothing = Summary::of(&empty);
    let diff = Diff::between(&nothing, &summary).unwrap();
    vec![
        ("report.human", perfguard_report::human(&summary, 200)),
        ("report.json", perfguard_report::json(&summary)),
        ("report.sarif", perfguard_report::sarif(&summary)),
        ("report.junit", perfguard_report::junit(&summary).unwrap()),
        ("report.github", perfguard_report::github(&summary)),
        ("report.markdown", perfguard_report::markdown(&summary)),
        ("report.html", perfguard_report::html(&summary, "")),
        ("diff.human", diff.human(200)),
        ("diff.json", diff.json()),
        ("diff.markdown", diff.markdown()),
        ("run.debug", format!("{run:?} {summary:?} {diff:?}")),
    ]
}

#[test]
fn ten_thousand_secrets_are_in_no_output() {
    let folder = tempfile::tempdir().unwrap();
    // That of the test with a baseline, which stands beside its source.
    let source = folder.path().join(children::SOURCE);
    std::fs::create_dir_all(source.parent().unwrap()).unwrap();
    std::fs::write(source, "").unwrap();
    let children = ["under_test", "in_production"];
    let started = children.map(|child| (child, start(child, folder.path())));
    let mut outputs = BTreeMap::new();
    for (child, started) in started {
        let ended = started.wait_with_output().unwrap();
        for (stream, bytes) in [("stdout", ended.stdout), ("stderr", ended.stderr)] {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            outputs.insert(format!("{child}.{stream}"), text);
        }
    }
    files(folder.path(), &mut outputs);
    let output = |name: &str| {
        let found = outputs.iter().find(|(path, _)| path.ends_with(name));
        found.map_or("", |(_, text)| text.as_str())
    };
    let said = children.map(|child| {
        let said = |stream| output(&format!("{child}.{stream}"));
        said("stdout").to_owned() + said("stderr")
    });
    for left in ["under_test.sown", "in_production.sown"] {
        assert!(!output(left).is_empty(), "no {left}: {}", said.concat());
    }
    let sown: u64 = children
        .map(|child| output(&format!("{child}.sown")).parse::<u64>().unwrap())
        .iter()
        .sum();
    assert!(sown >= 10_000, "{sown} secrets");

    let run = Run::read(&folder.path().join("run")).unwrap();
    assert_eq!(run.unread, 0);
    let mut all = outputs.clone();
    all.extend(
        rendered(&run)
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text)),
    );
    let mut leaks = String::new();
    for (name, text) in &all {
        for trace in traces_in(text) {
            leaks += &format!("{name}: ..{trace}..\n\n");
        }
    }
    assert!(leaks.is_empty(), "{leaks}");
    assert_shown(&all);
}

/// The aliases of statements in a text.
fn tags(text: &str) -> BTreeSet<&str> {
    let words = text.split(|sign: char| sign != '_' && !sign.is_ascii_alphanumeric());
    words.filter(|word| word.starts_with("seen_")).collect()
}

/// Outputs that show each statement, those that show many of them, and others
/// with what stands in them.
const WHOLE: [&str; 8] = [
    ".jsonl",
    "in_production.report.debug",
    "in_production.report.summary",
    "in_production.report.to_json",
    "report.json",
    "run.debug",
    "under_test.report.debug",
    "under_test.report.to_json",
];
const MANY: [&str; 10] = [
    "dashboard.json",
    "dashboard.scope",
    "events.json",
    "events.text",
    "in_production.finding.debug",
    "in_production.report.text",
    "timeline.debug",
    "under_test.finding.debug",
    "under_test.finding.text",
    "under_test.report.text",
];
const OTHERS: [(&str, &str); 23] = [
    (".baseline", "select name as seen_panicking from canaries"),
    ("adapter", "seen_raw_"),
    ("bounded", "canaries"),
    ("dashboard.page", "a scope of"),
    ("diff.human", "budgeted"),
    ("diff.json", "budgeted"),
    ("diff.markdown", "budgeted"),
    ("explain.debug", "seen_explained"),
    ("explain.plans", "seen_through_a_view"),
    ("explain.reasons", "seen_and_refused"),
    ("explain.text", "seen_explained"),
    ("guarded.debug", "Guarded"),
    ("metrics", "perfguard_scope_queries"),
    ("panics", "seen_panicking"),
    ("refusals", "seen_refused"),
    ("report.github", "seen_"),
    ("report.html", "seen_"),
    ("report.human", "seen_"),
    ("report.junit", "seen_"),
    ("report.markdown", "seen&#95;panicking"),
    ("report.sarif", "seen_"),
    ("response.headers", "server-timing"),
    ("under_test.stderr", "seen_panicking"),
];

/// That outputs show the statements, which alone makes what they do not show
/// worth a test.
fn assert_shown(all: &BTreeMap<String, String>) {
    let output = |name: &str| {
        let found = all.iter().find(|(path, _)| path.ends_with(name));
        found.map_or("", |(_, text)| text.as_str())
    };
    for child in ["under_test", "in_production"] {
        let expected = tags(output(&format!("{child}.expected")));
        let of_both = |name: &str| {
            !["under_test.", "in_production."]
                .iter()
                .any(|it| name.starts_with(it))
        };
        for (names, least) in [
            (&WHOLE[..], expected.len()),
            (&MANY[..], expected.len() / 3),
        ] {
            for name in names
                .iter()
                .filter(|name| of_both(name) || name.starts_with(child))
            {
                let shown = tags(output(name));
                let missing: Vec<_> = expected.difference(&shown).collect();
                let shown = expected.len() - missing.len();
                assert!(shown >= least, "{name} shows {shown}, and not {missing:?}");
            }
        }
    }
    for (name, part) in OTHERS {
        let text = output(name);
        assert!(text.contains(part), "no {part} in {name}: {text:.2000}");
    }
}
