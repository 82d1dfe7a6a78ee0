//! Text that others wrote, in each format.

use perfguard_report::Summary;

use crate::shown::assert_shown;
use crate::{formats, payloads, run};

/// What no text may hold: it would move a cursor, hide or turn text.
fn is_harmless(sign: char) -> bool {
    sign == '\n' || perfguard_report::escape::is_harmless(sign)
}

#[test]
fn no_format_lets_it_through() {
    for (format, text) in formats(&run("hostile")) {
        assert_shown(&format!("hostile.{format}"), &text);
    }
    for run in [run("hostile"), payloads::run()] {
        for (format, text) in formats(&run) {
            if format != "human.ansi" {
                let harm = text.chars().find(|sign| !is_harmless(*sign));
                assert_eq!(harm, None, "{format}: {text:?}");
            }
            let mut commands = text.lines().filter(|it| it.trim_start().starts_with("::"));
            let is_ours = |it: &str| {
                format == "github" && (it.starts_with("::error ") || it.starts_with("::notice "))
            };
            assert!(commands.all(is_ours), "{format}: {text}");
        }
    }
}

#[test]
fn markdown_has_no_markup_but_its_own() {
    for run in [run("blog"), run("hostile"), payloads::run()] {
        let text = perfguard_report::markdown(&Summary::of(&run));
        let tags = text.split('<').skip(1);
        for tag in tags.map(|it| it.split('>').next().unwrap()) {
            let name = tag.trim_start_matches('/');
            assert!(
                ["code", "details", "pre", "summary"].contains(&name),
                "{tag}"
            );
        }
        // Nothing is a link, a mention or a command of Markdown.
        assert!(!text.contains(['`', '[', '@', '*', '\\']), "{text}");
        let cells = text.lines().filter(|it| it.starts_with('|'));
        let cells: Vec<usize> = cells.map(|it| it.matches('|').count()).collect();
        assert!(cells.iter().all(|it| *it == 9), "{cells:?}");
    }
}

#[test]
fn junit_is_xml_and_has_what_was_written() {
    for run in [run("blog"), run("hostile"), payloads::run()] {
        let text = perfguard_report::junit(&Summary::of(&run)).unwrap();
        let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!(read.to_string().unwrap(), text);
        let is_legal =
            |sign| !matches!(sign, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        assert!(text.chars().all(is_legal), "{text:?}");
    }
}

#[test]
fn a_program_reads_the_true_names() {
    let run = run("hostile");
    let summary = Summary::of(&run);
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
