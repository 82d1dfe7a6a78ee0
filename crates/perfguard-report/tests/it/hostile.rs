//! Text that others wrote, in each format.

use crate::shown::assert_shown;
use crate::{formats, run};

/// What no text may hold: it would move a cursor, hide or turn text.
fn is_harmless(sign: char) -> bool {
    sign == '\n' || perfguard_report::escape::is_harmless(sign)
}

#[test]
fn no_format_lets_it_through() {
    for (format, text) in formats(&run("hostile")) {
        assert_shown(&format!("hostile.{format}"), &text);
        if format != "human.ansi" {
            let harm = text.chars().find(|sign| !is_harmless(*sign));
            assert_eq!(harm, None, "{format}: {text:?}");
        }
        let commands = text.lines().filter(|it| it.trim_start().starts_with("::"));
        let foreign = commands.filter(|_| format != "github").count();
        assert_eq!(foreign, 0, "{format}: {text}");
    }
}

#[test]
fn a_program_reads_the_true_names() {
    let run = run("hostile");
    let summary = perfguard_report::Summary::of(&run);
    let json = perfguard_report::json(&summary);
    assert!(json.is_ascii());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let name = json.pointer("/handlers/0/scope").unwrap().as_str().unwrap();
    let told = summary.handlers.first().unwrap().name;
    assert_eq!(name, told);
    assert!(
        name.contains('\u{1b}') && name.contains('\u{202e}'),
        "{name:?}"
    );
}
