//! Each format beside the file that says how it looks.

use std::fs;

use crate::{formats, run, shown};

/// Set, the files are written anew; read what changed before you commit it.
const OVERWRITE: &str = "PERFGUARD_OVERWRITE_SHOWN";

/// Asserts that a text is what the file says.
pub(crate) fn assert_shown(name: &str, text: &str) {
    let path = shown(name);
    if std::env::var_os(OVERWRITE).is_some() {
        fs::write(&path, text).unwrap();
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    let pairs = before.lines().zip(text.lines());
    let at = pairs.take_while(|(before, now)| before == now).count();
    assert!(
        before == text,
        "{name} is not what is shown, from line {}.\n\
         in the file: {:?}\n\
         now:         {:?}\n\
         If it should be, run the test with {OVERWRITE}=1.",
        at + 1,
        before.lines().nth(at),
        text.lines().nth(at),
    );
}

#[test]
fn a_run_looks_like_this() {
    for (format, text) in formats(&run("blog")) {
        assert_shown(&format!("blog.{format}"), &text);
    }
}

#[test]
fn a_run_without_handlers_says_so() {
    let run = perfguard_report::Run::default();
    for (format, text) in formats(&run) {
        assert_shown(&format!("empty.{format}"), &text);
    }
}

/// The plans of a missing index, and what could not be explained.
#[test]
fn a_run_with_plans_looks_like_this() {
    for (format, text) in formats(&run("plans")) {
        assert_shown(&format!("plans.{format}"), &text);
        let has_plan = text.contains("posts_author_id_slug_idx on posts  Index Cond: ((author_id");
        // An annotation has no room for plans, Markdown writes them as references.
        let is_elsewhere = ["github", "md", "human.ansi", "human.txt"].contains(&format);
        assert!(has_plan || is_elsewhere, "{format}: {text}");
        let says_so = text.contains("explained") && text.contains("data type of parameter");
        assert!(says_so || format == "github", "{format}: {text}");
    }
}
