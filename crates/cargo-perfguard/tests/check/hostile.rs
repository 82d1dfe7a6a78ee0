//! Names and source that others wrote, in each format.

use cargo_metadata::Message;

use super::{LOOP, check, package};

/// A name that would clear a screen, begin a command and turn text round.
const NAME: &str = "src/a\u{1b}[2J\n::error::b,c%\u{202e}\u{9b}.rs";

fn files() -> String {
    LOOP.replace(
        "(conn)?;",
        "(conn)?; // \u{1b}[2J \u{202e} \u{9b} \u{200b} ::error::x",
    )
}

/// Nothing but line breaks and tabs, and what colours are made of if they are wanted.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|sign| {
        (!sign.is_control() || matches!(sign, '\n' | '\t'))
            && !matches!(sign, '\u{202e}' | '\u{200b}' | '\u{9b}')
    })
}

#[test]
#[cfg(unix)]
fn no_format_lets_it_through() {
    let source = files();
    let package = package(&[(NAME, &source), ("src/broken\u{1b}[2J\n.rs", "fn")]);
    for format in ["human", "json", "github", "sarif"] {
        let ended = check(package.path(), &["--format", format]);
        assert_eq!(ended.code, Some(100), "{format}: {}", ended.err);
        assert!(is_harmless(&ended.out), "{format}: {:?}", ended.out);
        assert!(is_harmless(&ended.err), "{format}: {:?}", ended.err);
        // Ours is that of the broken file.
        let errors = ended.out.lines().filter(|it| it.starts_with("::error"));
        assert_eq!(
            errors.count(),
            usize::from(format == "github"),
            "{format}: {}",
            ended.out
        );
        assert!(
            !ended.err.lines().any(|it| it.starts_with("::error")),
            "{format}: {}",
            ended.err
        );
    }
    let github = check(package.path(), &["--format", "github"]).out;
    assert!(
        github.starts_with(
            "::warning file=src/a\\u{1b}[2J%0A%3A%3Aerror%3A%3Ab%2Cc%25\\u{202e}\\u{9b}.rs,line=5,"
        ),
        "{github}"
    );
    let broken = "::error file=src/broken\\u{1b}[2J%0A.rs,line=1,";
    assert!(
        github.lines().nth(1).unwrap().starts_with(broken),
        "{github}"
    );
    assert_eq!(github.lines().count(), 2);

    // What a program reads has the true name.
    let json = check(package.path(), &["--format", "json"]).out;
    let first = Message::parse_stream(json.as_bytes())
        .next()
        .unwrap()
        .unwrap();
    let Message::CompilerMessage(message) = first else {
        panic!("{first:?}");
    };
    assert_eq!(message.message.spans.first().unwrap().file_name, NAME);
    let known = check(
        package.path(),
        &["--baseline", "known", "--update-baseline"],
    );
    assert_eq!(known.code, Some(1), "a file is broken");
    let text = std::fs::read_to_string(package.path().join("known")).unwrap();
    assert_eq!(text.lines().count(), 2, "{text:?}");
}
