//! Files that are accepted, and files that are not.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

use std::time::Duration;

use super::parse;
use crate::rules::{Level, RuleId};
use crate::thresholds::Profile;

fn error(text: &str) -> String {
    parse("perfguard.toml", text, None)
        .map(|(settings, _)| format!("{settings:?}"))
        .map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_whole_file_is_read() {
    let text = r#"
        enforcement = "warn"
        slow_query = "200ms"
        long_transaction = "2s"
        blocking_poll = "50ms"
        costly_query = "300ms"
        resolve_call_sites = true
        library_paths = ["vendor/"]
        own_paths = ["vendor/our-fork"]

        repeats = 7
        page = 51
        page_cap = 501
        transaction_statements = 201

        warn_every = "61s"
        summaries = 0.25
        hard_max = 5001
        hard_max_time = "6s"
        small_rows = 301
        table_rows = "perfguard-rows.toml"

        [rules]
        leading-wildcard = "off"

        [profile.job]
        slow_query = "31s"
        rules = { buffered-export = "error" }

        [route."GET /search"]
        enforcement = "off"
        hard_max = 501
        hard_max_rows = 10_001

        [small_tables]
        countries = "ISO list, 249 rows"
        "shop.currencies" = "ten of them"

        [[allow]]
        rule = "n-plus-one"
        module = "shop::reports"
        reason = "twelve months"
        expires = 2099-12-31

        [[allow]]
        rule = "wide-select"
        scope = "GET /export"
        fingerprint = "0123456789abcdef"
        reason = "all of it"

        [lints]
        query_in_loop = "deny"
    "#;
    let (settings, unknown) = parse("perfguard.toml", text, None).unwrap();
    assert!(unknown.is_empty(), "{unknown:?}");
    let written = format!("{settings:?}");
    for part in [
        "Warn",
        "200ms",
        "2s",
        "50ms",
        "300ms",
        "countries",
        "shop.currencies",
        "repeats: Some(7)",
        "page: Some(51)",
        "page_cap: Some(501)",
        "transaction_statements: Some(201)",
        "(LeadingWildcard, Off)",
        "warn_every: Some(61s)",
        "summaries: 0.25",
        "statements: Some(5001), rows: None, time: Some(6s)",
        "\"GET /search\": Route { enforcement: Some(Off)",
        "statements: Some(501), rows: Some(10001), time: None",
        "31s",
        "(BufferedExport, Error)",
        "shop::reports",
        "2099-12-31",
        "GET /export",
        "0123456789abcdef",
        "line: 40",
        "small: Some(301)",
        "libraries: [\"vendor\"]",
        "own: [\"vendor/our-fork\"]",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }
}

#[test]
fn an_unknown_key_is_warned_of_with_its_line() {
    let (_, unknown) = parse("perfguard.toml", "slow_query = \"1s\"\nslow = 3\n", None).unwrap();
    let [unknown] = unknown.as_slice() else {
        panic!("{unknown:?}");
    };
    assert!(unknown.starts_with("perfguard.toml:2: "), "{unknown}");
    assert!(unknown.contains("`slow`"), "{unknown}");
    let text = "[profile.jobs]\npage = 3\n[profile.test]\nenforcement = \"fail\"\n[[allow]]\nrule = \"n-plus-one\"\nreason = \"x\"\nmodule = \"m\"\nroute = \"/\"";
    let (_, unknown) = parse("perfguard.toml", text, None).unwrap();
    for (unknown, part) in unknown.iter().zip([
        "perfguard.toml:9: nobody knows the key `allow.route`",
        "perfguard.toml:1: nobody knows the key `profile.jobs`",
        "perfguard.toml:4: nobody knows the key `profile.test.enforcement`",
    ]) {
        assert!(unknown.starts_with(part), "{unknown}");
    }
    assert_eq!(unknown.len(), 3);
}

#[test]
fn a_bad_value_fails_with_its_line_and_what_is_accepted() {
    for (text, parts) in [
        (
            "\nenforcement = \"no\"",
            ["perfguard.toml:2: ", "`fail`, `warn` and `off`"],
        ),
        (
            "slow_query = 3",
            ["perfguard.toml:1: ", "as in `\"200ms\"`"],
        ),
        (
            "slow_query = \"0ms\"",
            ["`slow_query`", "as in `\"200ms\"`"],
        ),
        (
            "[small_tables]\na = \"\"",
            ["perfguard.toml:2: ", "`small_tables.a`"],
        ),
        (
            "small_tables = [\"a\"]",
            ["perfguard.toml:1: ", "`small_tables`"],
        ),
        ("small_rows = -1", ["`small_rows`", "whole numbers from 0"]),
        (
            "\ntable_rows = 3",
            ["perfguard.toml:2: ", "`cargo perfguard stats` has made"],
        ),
        (
            "table_rows = \"\"",
            ["`table_rows`", "`\"perfguard-rows.toml\"`"],
        ),
        ("[small_tables]\n\na = ", ["perfguard.toml:3: ", ""]),
        ("page = 0", ["`page`", "whole numbers from 1"]),
        ("page = 1.5", ["`page`", "whole numbers from 1"]),
        ("repeats = 1", ["`repeats`", "whole numbers from 2"]),
        ("profile = 3", ["perfguard.toml:1: ", "`[profile.job]`"]),
        (
            "[profile.job]\npage = -1",
            ["perfguard.toml:2: ", "`profile.job.page`"],
        ),
        (
            "profile.job = 3",
            ["`profile.job`", "a table of thresholds"],
        ),
        (
            "[rules]\nn-plus-two = \"off\"",
            ["perfguard.toml:2: ", "no rule `n-plus-two`"],
        ),
        ("rules = 3", ["`rules`", "`leading-wildcard"]),
        (
            "[profile.test.rules]\nn-plus-one = \"no\"",
            ["perfguard.toml:2: ", "`profile.test.rules.n-plus-one`"],
        ),
        (
            "[profile.job]\ninherits = \"jobs\"",
            ["`profile.job.inherits`", "`job`, `production`"],
        ),
        (
            "[profile.job]\ninherits = \"test\"\n[profile.test]\ninherits = \"job\"",
            ["perfguard.toml:4: ", "`profile.test.inherits` ends"],
        ),
        (
            "own_paths = \"vendor\"",
            ["`own_paths`", "as in `[\"vendor/\"]`"],
        ),
        (
            "\nlibrary_paths = [\"a\", \"\"]",
            ["perfguard.toml:2: ", "`library_paths`"],
        ),
        ("allow = 3", ["`allow`", "`[[allow]]`"]),
        ("route = 3", ["`route`", "as in `[route.\"GET /search\"]`"]),
        (
            "[route.\"GET /\"]\nhard_max = -1",
            ["perfguard.toml:2: ", "`route.\"GET /\".hard_max`"],
        ),
        (
            "[route.\"GET /\"]\nenforcement = \"no\"",
            ["`route.\"GET /\".enforcement`", "`fail`, `warn` and `off`"],
        ),
        (
            "hard_max_time = 3",
            ["`hard_max_time`", "as in `\"200ms\"`"],
        ),
        ("summaries = 2", ["`summaries`", "numbers from 0 to 1"]),
        ("summaries = nan", ["`summaries`", "numbers from 0 to 1"]),
        (
            "[[allow]]\nreason = \"x\"",
            ["perfguard.toml:2: ", "has no `rule`"],
        ),
        (
            "[[allow]]\nrule = \"n-plus-one\"",
            ["perfguard.toml:2: ", "has no `reason`"],
        ),
        (
            "\n[[allow]]\nrule = \"n-plus-one\"\nreason = \"x\"",
            ["perfguard.toml:3: ", "holds everywhere"],
        ),
        (
            "[[allow]]\nrule = \"n-plus-one\"\nreason = 3",
            ["perfguard.toml:3: ", "`allow.reason`"],
        ),
    ] {
        let error = error(text);
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}

#[test]
fn a_profile_says_what_it_inherits_and_does_not_say_itself() {
    let text = r#"
        page = 10
        [profile.request]
        inherits = "job"
        page = 30
        [profile.job]
        inherits = "test"
        slow_query = "30s"
        rules.wide-select = "off"
        [profile.test]
        slow_query = "9s"
        repeats = 4
        rules.wide-select = "error"
    "#;
    let (settings, unknown) = parse("perfguard.toml", text, None).unwrap();
    assert!(unknown.is_empty(), "{unknown:?}");
    let policy = |profile| settings.at_start().policy(Some(profile));
    let request = policy(Profile::Request);
    assert_eq!((request.page(), request.repeats()), (30, Some(4)));
    assert_eq!(request.slow(), Some(Duration::from_secs(30)));
    assert_eq!(request.level(RuleId::WideSelect), Some(Level::Off));
    assert_eq!(policy(Profile::Job).page(), 10, "that of all");
    assert_eq!(policy(Profile::Test).slow(), Some(Duration::from_secs(9)));
    assert_eq!(policy(Profile::Production).repeats(), None);
}

#[test]
fn a_folder_has_its_file_in_one_of_two_places() {
    let folder = std::env::temp_dir().join(format!("perfguard-config-{}", std::process::id()));
    let unknown = || super::read(&folder).unwrap().1.concat();
    std::fs::create_dir_all(folder.join(".config")).unwrap();
    let error = super::load(&folder).unwrap_err().to_string();
    assert!(error.contains("perfguard.toml"), "{error}");
    std::fs::write(folder.join(".config/perfguard.toml"), "second = 1").unwrap();
    assert!(unknown().contains("perfguard.toml:1: nobody knows the key `second`"));
    std::fs::write(folder.join("perfguard.toml"), "first = 1").unwrap();
    assert!(unknown().contains("`first`"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = super::load("no/such/perfguard.toml").unwrap_err();
    assert!(error.is_settings());
    assert!(error.to_string().contains("no/such/perfguard.toml"));
}

/// A folder with files of these names.
fn folder(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
    let name = format!("perfguard-config-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(folder.join(".config")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[test]
fn rows_of_tables_lie_beside_the_file() {
    let rows = "# Made.\nformat = 1\n\n[rows]\ntags = 12\n\"shop.orders\" = 1_204_332\n";
    let names = "table_rows = \"rows/perfguard-rows.toml\"";
    for file in ["perfguard.toml", ".config/perfguard.toml"] {
        let folder = folder(&file.replace('/', "-"), &[(file, names)]);
        std::fs::create_dir_all(folder.join("rows")).unwrap();
        let path = folder.join("rows/perfguard-rows.toml");
        std::fs::write(&path, rows).unwrap();
        for named in [folder.clone(), folder.join(file)] {
            let (settings, unknown) = super::read(&named).unwrap();
            assert_eq!(unknown, [""; 0]);
            let small = settings.at_start().small();
            assert!(small.needs_no_index("tags"), "{file}");
            assert!(!small.needs_no_index("shop.orders"), "{file}");
        }
        assert_eq!(
            super::table_rows(&path).unwrap(),
            [
                ("shop.orders".to_owned(), 1_204_332),
                ("tags".to_owned(), 12)
            ]
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn rows_that_cannot_be_used_are_refused_with_their_place() {
    for (text, parts) in [
        ("format = 1\n[rows]\na = -1", ["rows.toml:3: ", "`rows.a`"]),
        (
            "format = 1\n[rows]\na = 1.5",
            ["whole numbers from 0", "`rows.a`"],
        ),
        (
            "format = 1\n[rows]\nshop.a = 1",
            ["rows.toml:3: ", "`rows.shop`"],
        ),
        (
            "format = 1\nrows = 3",
            ["rows.toml:2: ", "`countries = 249`"],
        ),
        (
            "format = 1\n[row]\na = 1",
            ["rows.toml:2: ", "nobody knows the key `row`"],
        ),
        (
            "format = 2\n[rows]\na = 1",
            ["rows.toml:1: ", "expected `1`"],
        ),
        ("[rows]\na = 1", ["rows.toml:1: ", "no `format = 1`"]),
        ("format = 1\n\na = ", ["rows.toml:3: ", ""]),
    ] {
        let named = "page = 3\ntable_rows = \"rows.toml\"";
        let files = [("perfguard.toml", named), ("rows.toml", text)];
        let folder = folder("refused", &files);
        let error = super::load(&folder).unwrap_err();
        assert!(error.is_settings());
        let error = error.to_string();
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
        std::fs::remove_file(folder.join("rows.toml")).unwrap();
        let error = super::load(&folder).unwrap_err().to_string();
        for part in [
            "perfguard.toml:2: ",
            "rows.toml: ",
            "`cargo perfguard stats` makes",
        ] {
            assert!(error.contains(part), "{error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
