//! `cargo perfguard check` on workspaces that are made for it.

mod hostile;
mod known;

use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_metadata::Message;
use tempfile::TempDir;

const LOOP: &str = "\
use diesel::prelude::*;

fn list(posts: &[Post], conn: &mut PgConnection) -> QueryResult<()> {
    for post in posts {
        authors::table.find(post.author_id).first::<Author>(conn)?;
    }
    Ok(())
}
";

/// A package that depends on Diesel, with these files.
fn package(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"blog\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ndiesel = \"2\"\n";
    write(folder.path(), "Cargo.toml", manifest);
    write(folder.path(), "src/lib.rs", "");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn check(folder: &Path, arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-perfguard"))
        .args(["perfguard", "check"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_clean_workspace_is_said_to_be_clean() {
    let ended = check(package(&[]).path(), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ended.out, "perfguard: nothing found in 1 files\n");
    assert_eq!(ended.err, "");
}

#[test]
fn a_finding_is_shown_in_its_source() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let ended = check(package.path(), &[]);
    assert_eq!(ended.code, Some(100));
    assert_eq!(
        ended.out,
        "\
warning[perfguard::query_in_loop]: `.first(..)` asks the database once for each item of the `for` loop
 --> src/posts.rs:5:45
  |
4 |     for post in posts {
  |     --- the loop
5 |         authors::table.find(post.author_id).first::<Author>(conn)?;
  |                                             ^^^^^
  |
  = help: collect the ids before the loop and load all of them at once: `.filter(id.eq_any(&ids))`

perfguard: 1 finding in 2 files
"
    );
    let colored = check(
        package.path(),
        &["--color", "always", "-D", "query_in_loop"],
    );
    assert!(colored.out.contains("\u{1b}["), "{}", colored.out);
    assert!(colored.out.contains("error"), "{}", colored.out);
}

#[test]
fn a_query_in_another_package_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "Cargo.toml",
        "[workspace]\nmembers = [\"*-*\"]\nresolver = \"3\"\n",
    );
    for (name, dependency) in [
        ("blog-db", "sqlx = \"0.8\""),
        ("blog-api", "blog-db = { path = \"../blog-db\" }"),
        ("blog-tests", ""),
    ] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependency}\n"
        );
        write(folder.path(), &format!("{name}/Cargo.toml"), &manifest);
    }
    let load = "pub async fn load_author(id: i64, pool: &PgPool) -> Author {\n    sqlx::query_as(\"SELECT 1\").bind(id).fetch_one(pool).await\n}\n";
    write(folder.path(), "blog-db/src/lib.rs", load);
    let list = "use blog_db::load_author;\nasync fn list(ids: Vec<i64>, pool: &PgPool) {\n    for id in ids { load_author(id, pool).await; }\n}\n";
    write(folder.path(), "blog-api/src/main.rs", list);
    write(
        folder.path(),
        "blog-tests/src/lib.rs",
        &list.replace("list", "also"),
    );

    let ended = check(folder.path(), &[]);
    assert_eq!(ended.code, Some(100), "{}", ended.err);
    assert!(
        ended.out.contains("blog-api/src/main.rs:3:21"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("the query, in `load_author`"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("blog-db/src/lib.rs:2:41"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("`WHERE id = ANY($1)`"), "{}", ended.out);
    assert!(ended.out.contains("1 finding in 3 files"), "{}", ended.out);
    assert!(
        ended
            .err
            .contains("left out, because their names say that they are for tests: blog-tests"),
        "{}",
        ended.err
    );

    assert_eq!(check(folder.path(), &["-p", "blog-db"]).code, Some(0));
    assert_eq!(
        check(folder.path(), &["-p", "blog-db", "-p", "blog-api"]).code,
        Some(100)
    );
    let tests = check(folder.path(), &["-p", "blog-tests"]);
    assert!(
        tests.out.contains("blog-tests/src/lib.rs:3:21"),
        "{}",
        tests.out
    );
    let none = check(folder.path(), &["-p", "blog"]);
    assert_eq!(none.code, Some(102));
    assert!(
        none.err
            .contains("its members are blog-api, blog-db, blog-tests"),
        "{}",
        none.err
    );
}

#[test]
fn a_broken_file_is_told_and_the_rest_is_checked() {
    let package = package(&[("src/broken.rs", "fn broken( {\n"), ("src/posts.rs", LOOP)]);
    let ended = check(package.path(), &[]);
    assert_eq!(ended.code, Some(100));
    assert!(ended.err.contains("src/broken.rs:1:12: "), "{}", ended.err);
    assert!(
        ended.err.contains("this file was left out"),
        "{}",
        ended.err
    );
    assert!(ended.out.contains("src/posts.rs:5:45"), "{}", ended.out);
    assert!(
        ended.out.ends_with("1 finding in 2 files\n"),
        "{}",
        ended.out
    );
    fs::remove_file(package.path().join("src/posts.rs")).unwrap();
    let ended = check(package.path(), &[]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.out, "perfguard: nothing found in 1 files\n");
}

#[test]
fn each_format_tells_of_a_broken_file() {
    let package = package(&[("src/broken.rs", "\nfn broken( {\n")]);
    let out = |format: &str| {
        let ended = check(package.path(), &["--format", format]);
        assert_eq!(ended.code, Some(1), "{format}: {}", ended.err);
        ended.out
    };
    assert_eq!(
        out("json"),
        "{\"reason\":\"build-finished\",\"success\":false}\n"
    );
    let github = out("github");
    assert!(
        github.starts_with(
            "::error file=src/broken.rs,line=2,endLine=2,col=12,endColumn=12,title=perfguard::"
        ),
        "{github}"
    );
    assert!(github.ends_with(": this file was left out\n"), "{github}");
    assert_eq!(github.lines().count(), 1, "{github}");

    let log: serde_json::Value = serde_json::from_str(&out("sarif")).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["level"], "error");
    assert!(
        told[0]["message"]["text"]
            .as_str()
            .unwrap()
            .ends_with(": this file was left out")
    );
    let location = &told[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "src/broken.rs");
    assert_eq!(location["region"]["startLine"], 2);
}

#[test]
fn each_kind_of_failure_has_its_code() {
    let empty = tempfile::tempdir().unwrap();
    let ended = check(empty.path(), &[]);
    assert_eq!(ended.code, Some(102));
    assert!(
        ended.err.contains("could not find `Cargo.toml`"),
        "{}",
        ended.err
    );
    assert_eq!(
        check(empty.path(), &["--manifest-path", "no/Cargo.toml"]).code,
        Some(102)
    );
    let package = package(&[]);
    let unknown = check(package.path(), &["--pedantry"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("--pedantry"), "{}", unknown.err);
    let unknown = check(package.path(), &["-W", "query_in_lop"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("query_in_loop"), "{}", unknown.err);
    write(
        package.path(),
        "perfguard.toml",
        "[lints]\nquery_in_loop = 3\n",
    );
    let refused = check(package.path(), &[]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .err
            .contains("perfguard.toml:2: the value of `lints.query_in_loop`"),
        "{}",
        refused.err
    );
    write(package.path(), "perfguard.toml", "[lints");
    let refused = check(package.path(), &[]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .err
            .contains("perfguard.toml:1: this is no TOML: expected a right bracket, found "),
        "{}",
        refused.err
    );
    let help = check(package.path(), &["--help"]);
    assert_eq!(help.code, Some(0));
    for code in [
        "0 nothing",
        "100 something",
        "1 a file",
        "2 wrong",
        "102 no workspace",
    ] {
        assert!(help.out.contains(code), "{code}: {}", help.out);
    }
}

#[test]
fn levels_come_from_the_file_and_the_options() {
    let sleeping = "async fn wait() {\n    std::thread::sleep(DELAY);\n}\n";
    let package = package(&[("src/posts.rs", LOOP), ("src/wait.rs", sleeping)]);
    assert!(!check(package.path(), &[]).out.contains("blocking_in_async"));
    assert!(
        check(package.path(), &["--pedantic"])
            .out
            .contains("2 findings")
    );
    assert!(
        check(package.path(), &["-W", "blocking_in_async"])
            .out
            .contains("2 findings")
    );
    assert_eq!(
        check(package.path(), &["-A", "query_in_loop"]).code,
        Some(0)
    );
    write(
        package.path(),
        ".config/perfguard.toml",
        "slow_query = \"1s\"\n[lints]\nquery_in_loop = \"allow\"\nblocking_in_async = \"deny\"\nblocking_in_asink = \"warn\"\n",
    );
    let ended = check(package.path(), &[]);
    assert!(
        ended.out.starts_with("error[perfguard::blocking_in_async]"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("1 finding in"), "{}", ended.out);
    assert!(
        ended.err.starts_with(
            "warning: .config/perfguard.toml:5: nobody knows the key `lints.blocking_in_asink`: known are `"
        ),
        "{}",
        ended.err
    );
    assert!(
        ended.err.ends_with("`; it has no effect\n"),
        "{}",
        ended.err
    );
    let ended = check(
        package.path(),
        &["-A", "blocking_in_async", "-W", "query_in_loop"],
    );
    assert!(
        ended.out.starts_with("warning[perfguard::query_in_loop]"),
        "{}",
        ended.out
    );
}

#[test]
fn allows_in_the_source_count_where_they_have_a_reason() {
    let allowed = LOOP.replace(
        "fn list",
        "#[perfguard::allow(query_in_loop, reason = \"three posts\")]\nfn list",
    );
    let without = LOOP.replace("fn list", "#[perfguard::allow(query_in_loop)]\nfn list");
    let stale = "#[perfguard::query_budget(max = 1, allow(query_in_loop, reason = \"was slow\"))]\nfn repaired() {}\n";
    let allowed = package(&[("src/allowed.rs", &allowed), ("src/stale.rs", stale)]);
    let ended = check(allowed.path(), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(ended.out.contains("1 allowed"), "{}", ended.out);
    assert_eq!(
        ended.err,
        "warning: src/stale.rs:1:42: an allow of query_in_loop matches nothing here (\"was slow\")\n"
    );
    let ended = check(package(&[("src/without.rs", &without)]).path(), &[]);
    assert_eq!(ended.code, Some(100));
    assert!(
        ended
            .err
            .contains("src/without.rs:3:20: an allow of query_in_loop has no effect"),
        "{}",
        ended.err
    );
}

#[test]
fn cargo_metadata_reads_the_json() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let ended = check(package.path(), &["--format", "json"]);
    assert_eq!(ended.code, Some(100));
    let messages: Vec<Message> = Message::parse_stream(ended.out.as_bytes())
        .map(Result::unwrap)
        .collect();
    let [
        Message::CompilerMessage(message),
        Message::BuildFinished(finished),
    ] = messages.as_slice()
    else {
        panic!("{messages:?}");
    };
    assert!(finished.success);
    assert_eq!(message.target.name, "blog");
    assert!(
        message.package_id.repr.contains("blog"),
        "{}",
        message.package_id
    );
    let diagnostic = &message.message;
    assert_eq!(
        diagnostic.code.as_ref().unwrap().code,
        "perfguard::query_in_loop"
    );
    assert_eq!(
        diagnostic.level,
        cargo_metadata::diagnostic::DiagnosticLevel::Warning
    );
    let span = diagnostic.spans.first().unwrap();
    assert_eq!(
        (span.file_name.as_str(), span.line_start, span.column_start),
        ("src/posts.rs", 5, 45)
    );
    assert_eq!(
        LOOP.get(span.byte_start as usize..span.byte_end as usize),
        Some("first")
    );
    let notes: Vec<_> = diagnostic
        .children
        .iter()
        .map(|it| (it.message.as_str(), it.spans.len()))
        .collect();
    assert_eq!(notes.first(), Some(&("the loop", 1)));
    assert!(
        diagnostic
            .rendered
            .as_ref()
            .unwrap()
            .starts_with("warning[perfguard::query_in_loop]: ")
    );
}

#[test]
fn github_is_told_in_commands() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let ended = check(package.path(), &["--format", "github"]);
    assert_eq!(
        ended.out,
        "::warning file=src/posts.rs,line=5,endLine=5,col=45,endColumn=50,title=perfguard%3A%3Aquery_in_loop::\
         `.first(..)` asks the database once for each item of the `for` loop%0Acollect the ids before the loop and \
         load all of them at once: `.filter(id.eq_any(&ids))`\n"
    );
}

#[test]
fn sarif_has_what_the_schema_requires() {
    let package = package(&[("src/posts.rs", LOOP)]);
    let sarif = |package: &Path| -> serde_json::Value {
        serde_json::from_str(&check(package, &["--format", "sarif"]).out).unwrap()
    };
    let log = sarif(package.path());
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-2.1.0.json")
    );
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "perfguard");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let result = &results[0];
    let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!(result["ruleId"], rule["id"]);
    assert_eq!(result["ruleId"], "query_in_loop");
    assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .contains("once for each item")
    );
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "src/posts.rs");
    assert_eq!(location["region"]["startLine"], 5);
    assert_eq!(location["region"]["endColumn"], 50);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "the loop");

    // Lines that are added above move the finding, and leave its fingerprint.
    write(
        package.path(),
        "src/posts.rs",
        &format!("\n\n// more\n{LOOP}"),
    );
    let moved = &sarif(package.path())["runs"][0]["results"][0];
    assert_eq!(
        moved["locations"][0]["physicalLocation"]["region"]["startLine"],
        8
    );
    assert_eq!(moved["partialFingerprints"], result["partialFingerprints"]);
    assert!(
        moved["partialFingerprints"]["perfguard/v1"]
            .as_str()
            .unwrap()
            .contains("query_in_loop")
    );
}
