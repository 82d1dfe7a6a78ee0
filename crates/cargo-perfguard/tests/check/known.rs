//! The baseline.

use std::fs;

use super::{LOOP, check, package, write};

#[test]
fn known_findings_are_not_told_and_new_ones_are() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let folder = package.path();
    let missing = check(folder, &["--baseline", "known"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.err.contains("`--update-baseline` writes it"),
        "{}",
        missing.err
    );

    let written = check(folder, &["--baseline", "known", "--update-baseline"]);
    assert_eq!(written.code, Some(0), "{}", written.err);
    assert_eq!(
        written.err,
        "perfguard: known knows 1 findings: 1 are new, 0 are gone\n"
    );
    let ended = check(folder, &["--baseline", "known"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(
        ended.out.contains("1 known to the baseline"),
        "{}",
        ended.out
    );

    // It is known by what stands there, not by its line.
    write(folder, "src/posts.rs", &format!("// more\n\n{LOOP}"));
    assert_eq!(check(folder, &["--baseline", "known"]).code, Some(0));
    write(
        folder,
        "src/posts.rs",
        &format!("{LOOP}{}", LOOP.replace("list", "other")),
    );
    let new = check(folder, &["--baseline", "known"]);
    assert_eq!(new.code, Some(100));
    assert!(new.out.contains("src/posts.rs:13:45"), "{}", new.out);
    assert!(
        new.out
            .contains("1 finding in 2 files, 1 known to the baseline"),
        "{}",
        new.out
    );
}

#[test]
fn what_is_gone_is_told_and_dropped() {
    let package = package(&[("src/posts.rs", LOOP), ("src/tags.rs", LOOP)]);
    let folder = package.path();
    check(folder, &["--baseline", "known", "--update-baseline"]);
    let before = fs::read_to_string(folder.join("known")).unwrap();
    assert_eq!(before.lines().count(), 3);

    fs::remove_file(folder.join("src/tags.rs")).unwrap();
    let ended = check(folder, &["--baseline", "known"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains(
            "the baseline knows a finding that is gone: query_in_loop in src/tags.rs, `list`"
        ),
        "{}",
        ended.err
    );
    // What was not looked for is not gone.
    let other = check(folder, &["--baseline", "known", "-A", "query_in_loop"]);
    assert_eq!(other.err, "");
    let dropped = check(folder, &["--baseline", "known", "--update-baseline"]);
    assert_eq!(
        dropped.err,
        "perfguard: known knows 1 findings: 0 are new, 1 are gone\n"
    );
    let after = fs::read_to_string(folder.join("known")).unwrap();
    let kept: Vec<&str> = before.lines().filter(|it| !it.contains("tags")).collect();
    assert_eq!(after.lines().collect::<Vec<_>>(), kept);
    assert_eq!(check(folder, &["--baseline", "known"]).err, "");
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_and_stays() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let folder = package.path();
    for (text, part) in [
        ("{\"perfguard_baseline\":2}\n", "newer than this command"),
        (
            "{\"perfguard_baseline\":1}\n<<<<<<< HEAD\n",
            "conflict of a merge",
        ),
        ("query_in_loop\n", "does not begin as the baseline"),
    ] {
        write(folder, "known", text);
        for arguments in [
            &["--baseline", "known"][..],
            &["--baseline", "known", "--update-baseline"],
        ] {
            let ended = check(folder, arguments);
            assert_eq!(ended.code, Some(1), "{text}");
            assert!(ended.err.contains(part), "{}", ended.err);
        }
        assert_eq!(fs::read_to_string(folder.join("known")).unwrap(), text);
    }
    assert_eq!(check(folder, &["--update-baseline"]).code, Some(2));
}
