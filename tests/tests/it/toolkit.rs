//! What tests are written with: what a test states of itself, the part that it
//! is about, proofs of how a number grows, and baselines.

use perfguard::query_budget;
use perfguard::testing::{act, act_sync, observe_sync, prove, scaling, scaling_sync};

use crate::driver::{AUTHOR, COMMENTS, POSTS, run};
use crate::support::{opaque, panic_of, panic_of_sync};

/// What a test prepares: it reads and writes as it likes.
fn set_up() {
    for id in 0..opaque(5) {
        run("INSERT INTO authors (id) VALUES (?)", Some(id), None);
    }
}

fn look_up(ids: u64) {
    for id in 0..opaque(ids) {
        run(AUTHOR, Some(id), Some(1));
    }
}

#[perfguard::test(max = 5)]
fn a_test_may_run_as_many_statements_as_it_states() {
    look_up(5);
}

#[perfguard::test(max = 5)]
#[should_panic(expected = "6 statements")]
fn and_no_more() {
    set_up();
    look_up(1);
}

#[perfguard::test(max_writes = 5, max_table(authors = 6))]
#[should_panic(expected = "7 on authors, at most 6 allowed")]
fn numbers_of_kinds_and_tables_are_stated_without_one_of_all() {
    set_up();
    look_up(2);
}

#[perfguard::test(max = 1)]
fn set_up_is_left_out_where_a_test_says_what_it_is_about() {
    set_up();
    assert_eq!(
        act_sync(|| {
            run(POSTS, None, Some(20));
            7
        }),
        7
    );
    look_up(3);
    // Each time has the whole budget.
    act_sync(|| look_up(1));
}

#[perfguard::test(max = 1)]
#[should_panic(expected = "2 statements, at most 1 allowed")]
fn what_a_test_is_about_is_held_against_what_it_states() {
    act_sync(|| {
        run(POSTS, None, Some(20));
        look_up(1);
    });
}

#[perfguard::test]
#[should_panic(expected = "n-plus-one")]
#[tokio::test]
async fn what_a_test_is_about_is_judged_as_a_function_is() {
    set_up();
    act(async { look_up(3) }).await;
}

#[perfguard::test(allow(n_plus_one, reason = "it is what this test is about"))]
#[tokio::test]
async fn a_test_allows_what_is_known() {
    act(async { look_up(3) }).await;
}

#[test]
fn what_a_test_is_about_fails_at_once_where_no_attribute_collects() {
    let said = panic_of_sync(|| act_sync(|| look_up(3)));
    assert!(
        said.starts_with("act\n") && said.contains("n-plus-one: 3 times"),
        "{said}"
    );
    assert_eq!(act_sync(|| 7), 7);
}

#[perfguard::test(profile = "job")]
#[should_panic(expected = "n-plus-one")]
fn a_test_that_is_a_job_is_judged_as_one() {
    look_up(3);
}

#[perfguard::test(profile = "job")]
fn a_job_reads_whole_tables() {
    run("SELECT id FROM posts", None, Some(5_000));
}

mod seen {
    use super::*;

    /// Of a process that knows no connection, a budgeted scope that sees
    /// nothing fails: see `processes.rs`. Here statements ran in no scope.
    #[query_budget(max = 3)]
    fn on_another_thread() {
        std::thread::spawn(|| look_up(1)).join().unwrap();
    }

    #[perfguard::test]
    #[should_panic(expected = "not-connected")]
    fn a_function_that_saw_nothing_fails() {
        on_another_thread();
    }

    #[perfguard::test(allow_empty)]
    fn unless_its_test_says_that_none_is_expected() {
        on_another_thread();
    }

    #[perfguard::test(max = 3)]
    #[should_panic(expected = "not-connected")]
    fn a_test_that_states_a_number_and_saw_nothing_fails() {
        std::thread::spawn(|| look_up(1)).join().unwrap();
    }
}

mod proofs {
    use super::*;

    /// One list, and the authors: at once, or one by one.
    fn page(posts: u64, is_loop: bool) {
        run(POSTS, None, Some(posts));
        if is_loop {
            look_up(posts);
        } else {
            run(
                "SELECT name FROM authors WHERE id IN (?)",
                None,
                Some(posts),
            );
        }
    }

    #[query_budget(
        max = 1_000,
        scales = "constant",
        allow(n_plus_one, reason = "it is what is proven")
    )]
    async fn front_page(posts: u64, is_loop: bool) {
        page(posts, is_loop);
    }

    #[query_budget(
        max = 1_000,
        scales = 0.5,
        allow(n_plus_one, reason = "it is what is proven")
    )]
    fn archive(posts: u64) {
        page(posts / 2, true);
    }

    #[query_budget(max = 1_000)]
    fn silent_about_it() {
        run(POSTS, None, Some(1));
    }

    #[test]
    fn a_constant_number_is_proven() {
        let mut sizes = Vec::new();
        scaling_sync(
            [2, 20, 200],
            |n| {
                set_up();
                n
            },
            |n| {
                sizes.push(*n);
                page(*n, false)
            },
        )
        .run();
        assert_eq!(sizes, [2, 2, 20, 200], "a warm-up comes first");
    }

    #[test]
    fn a_growing_number_is_shown_size_by_size() {
        let line = line!() + 1;
        let said = panic_of_sync(|| scaling_sync([200u64, 2, 20], |n| n, |n| page(*n, true)).run());
        for part in [
            "the number of statements grows: 3 with n = 2, 21 with n = 20, 201 with n = 200; a constant number expected",
            &format!("toolkit.rs:{line})"),
            "  n = 2  n = 20  n = 200",
            "      2      20      200  grows: select name from authors where id = ? at ",
            "      1       1        1         SELECT .. FROM posts",
            "      2      20      200  on authors",
            "n-plus-one: ",
        ] {
            assert!(said.contains(part), "{part}\nin {said}");
        }
    }

    #[test]
    fn some_growth_may_be_allowed() {
        scaling_sync([2u32, 20], u64::from, |n| page(*n, true))
            .linear(1.0)
            .run();
        let said = panic_of_sync(|| {
            scaling_sync([2, 20], |n| n, |n| page(*n, true))
                .linear(0.5)
                .run()
        });
        assert!(
            said.contains("at most 0.5 for each item more expected"),
            "{said}"
        );
    }

    #[test]
    fn rows_are_held_against_the_size_if_they_are_asked_for() {
        scaling_sync([2, 20], |n| n, |n| page(*n, false))
            .rows(2.0)
            .run();
        let said = panic_of_sync(|| {
            scaling_sync([2, 20], |n| n, |n| page(*n, false))
                .rows(1.0)
                .run()
        });
        assert!(
            said.contains("the number of rows grows: 4 with n = 2, 40 with n = 20"),
            "{said}"
        );
        let unknown = || {
            scaling_sync([2, 20], |n: u64| n, |_| run(POSTS, None, None))
                .rows(1.0)
                .run()
        };
        assert!(panic_of_sync(unknown).contains("rows is unknown"));
        let untimed = scaling_sync([2, 20], |n: u64| n, |_| run(POSTS, None, None))
            .max_time(std::time::Duration::from_secs(1));
        assert!(panic_of_sync(|| untimed.run()).contains("time of a statement is unknown"));
    }

    #[test]
    fn what_cannot_run_twice_runs_once() {
        let mut runs = 0;
        scaling_sync(
            [1, 2],
            |n: u8| n,
            |_| {
                runs += 1;
                page(1, false)
            },
        )
        .without_warm_up()
        .run();
        assert_eq!(runs, 2);
    }

    #[test]
    fn mistakes_are_told() {
        let one = panic_of_sync(|| scaling_sync([2, 2], |n: i32| n, |_| page(1, false)).run());
        assert!(one.contains("needs two different sizes"), "{one}");
        let negative =
            panic_of_sync(|| scaling_sync([-2, 2], |n: i32| n, |_| page(1, false)).run());
        assert!(negative.contains("none of them negative"), "{negative}");
        let nothing = panic_of_sync(|| scaling_sync([2, 20], |n: i32| n, |_| ()).run());
        assert!(
            nothing.contains("saw no statement at any size"),
            "{nothing}"
        );
    }

    #[test]
    fn a_budget_that_breaks_inside_fails_the_proof() {
        #[query_budget(max = 1)]
        fn small() {
            page(1, false);
        }
        let said = panic_of_sync(|| scaling_sync([2, 20], |n: i32| n, |_| small()).run());
        assert!(
            said.starts_with("with n = 20:") && said.contains("2 statements, at most 1 allowed"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn futures_are_proven() {
        scaling(
            [2, 20],
            async |n: u64| n,
            async |n| front_page(*n, false).await,
        )
        .run()
        .await;
        let grows = async {
            let proof = scaling(
                [2, 20],
                async |n: u64| n,
                async |n| front_page(*n, true).await,
            );
            proof.run().await;
        };
        let said = panic_of(grows).await;
        assert!(said.contains("3 with n = 2, 21 with n = 20"), "{said}");
    }

    #[tokio::test]
    async fn a_function_says_how_it_scales_and_a_proof_proves_it() {
        let noisy = async |n: &mut u64| {
            look_up(*n);
            front_page(*n, false).await;
        };
        prove("front_page", [2, 20], async |n: u64| n, noisy)
            .run()
            .await;
        prove(
            "toolkit::proofs::front_page",
            [2, 20],
            async |n: u64| n,
            noisy,
        )
        .run()
        .await;
        let grows = async {
            let proof = prove(
                "front_page",
                [2, 20],
                async |n: u64| n,
                async |n| front_page(*n, true).await,
            );
            proof.run().await;
        };
        let said = panic_of(grows).await;
        assert!(
            said.contains("scaling proof of it::toolkit::proofs::front_page"),
            "{said}"
        );
        perfguard::testing::prove_sync("archive", [2, 20], |n| n, |n| archive(*n)).run();
    }

    #[test]
    fn a_proof_of_a_function_that_did_not_run_is_told() {
        let other =
            || perfguard::testing::prove_sync("page", [1, 2], |n: u64| n, |n| archive(*n)).run();
        let said = panic_of_sync(other);
        assert!(
            said.contains("`page`, which did not run: what ran is it::toolkit::proofs::archive"),
            "{said}"
        );
        let silent = || {
            perfguard::testing::prove_sync(
                "silent_about_it",
                [1, 2],
                |n: u64| n,
                |_| silent_about_it(),
            )
            .run()
        };
        let said = panic_of_sync(silent);
        assert!(said.contains("does not say how it scales"), "{said}");
    }
}

#[test]
fn a_summary_has_a_line_for_each_statement() {
    let ((), report) = observe_sync(|| {
        look_up(2);
        run(POSTS, None, Some(20));
        run(COMMENTS, Some(1), Some(0));
    });
    assert_eq!(
        report.summary(),
        "1 select * from comments where post_id = ? limit ?\n\
         1 select * from posts where blog_id = ? limit ?\n\
         2 select name from authors where id = ?\n"
    );
}

/// What only shows in a process of its own, because the environment says it.
mod children {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::*;

    /// Runs one ignored test of this file.
    fn child(test: &str, variables: &[(&str, &str)]) -> (bool, String) {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                &format!("toolkit::children::{test}"),
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env_remove("CI")
            .env_remove("PERFGUARD_BASELINE")
            .env_remove("PERFGUARD_RUN_DIR")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.success(),
            text(&output.stdout) + &text(&output.stderr),
        )
    }

    fn ids() -> u64 {
        std::env::var("IDS").map_or(2, |ids| ids.parse().unwrap())
    }

    #[perfguard::test(allow(n_plus_one, reason = "it is what is recorded"))]
    #[ignore = "run by the test of baselines"]
    fn recorded() {
        set_up();
        act_sync(|| {
            run(POSTS, None, Some(20));
            look_up(ids());
        });
        perfguard::testing::baseline();
        act_sync(|| run(COMMENTS, Some(1), Some(0)));
        perfguard::testing::baseline();
    }

    #[test]
    #[ignore = "run by the test of baselines"]
    fn unrecorded() {
        perfguard::testing::baseline();
    }

    /// A folder that holds a source of the name of this one.
    fn workspace(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let source = folder.join(file!());
        std::fs::create_dir_all(source.parent().unwrap()).unwrap();
        std::fs::write(source, "").unwrap();
        folder
    }

    #[test]
    fn a_baseline_is_recorded_checked_and_goes_down_only() {
        let folder = workspace("baselines");
        let folder_text = folder.to_string_lossy().into_owned();
        let run = |mode: &str, ids: &str| {
            let mode = match mode {
                "" => ("IDS", ids),
                "ci" => ("CI", "true"),
                mode => ("PERFGUARD_BASELINE", mode),
            };
            child(
                "recorded",
                &[("CARGO_MANIFEST_DIR", &folder_text), ("IDS", ids), mode],
            )
        };
        let file =
            folder.join("tests/tests/it/baselines/toolkit.toolkit.children.recorded.baseline");
        let second = file.with_file_name("toolkit.toolkit.children.recorded-2.baseline");
        let proposal = file.with_extension("baseline.new");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();

        // A CI writes nothing.
        let (passed, said) = run("ci", "2");
        assert!(
            !passed && said.contains("nothing is recorded in "),
            "{said}"
        );
        assert!(!file.exists());
        // Elsewhere the first run records.
        let (passed, said) = run("", "2");
        assert!(passed && said.contains("perfguard: recorded "), "{said}");
        let first = read(&file);
        let (head, lines) = first.split_once('\n').unwrap();
        assert!(
            head.starts_with("# perfguard baseline 1, statements "),
            "{first}"
        );
        assert_eq!(
            lines,
            "1 select * from posts where blog_id = ? limit ?\n2 select name from authors where id = ?\n"
        );
        assert!(
            read(&second).contains("1 select * from comments"),
            "{}",
            read(&second)
        );
        assert!(run("ci", "2").0);

        // More fails, and leaves a proposal where it may write.
        let (passed, said) = run("ci", "3");
        assert!(!passed && !proposal.exists(), "{said}");
        assert!(
            said.contains("- 2 select name from authors where id = ?\n+ 3 select name"),
            "{said}"
        );
        let (passed, said) = run("", "3");
        assert!(!passed && said.contains("cargo perfguard review"), "{said}");
        assert!(
            read(&proposal).contains("3 select name from authors"),
            "{}",
            read(&proposal)
        );
        assert_eq!(read(&file), first);

        // What is as recorded takes the proposal back.
        assert!(run("", "2").0 && !proposal.exists());

        // Less passes, and proposes the lower number.
        let (passed, said) = run("check", "1");
        assert!(
            passed && said.contains("fewer statements ran") && !proposal.exists(),
            "{said}"
        );
        let (passed, said) = run("new", "1");
        assert!(
            passed && said.contains("fewer statements ran") && proposal.exists(),
            "{said}"
        );
        let (passed, said) = run("write", "1");
        assert!(passed && !proposal.exists(), "{said}");
        assert!(
            read(&file).contains("\n1 select name from authors"),
            "{}",
            read(&file)
        );

        let (passed, said) = run("sometimes", "1");
        assert!(
            !passed && said.contains("accepted are `check`, `new` and `write`"),
            "{said}"
        );
        std::fs::write(&file, read(&file) + "<<<<<<< ours\n").unwrap();
        let (passed, said) = run("check", "1");
        assert!(
            !passed && said.contains(".baseline:4: two versions were merged"),
            "{said}"
        );
        let (_, said) = child("unrecorded", &[]);
        assert!(
            said.contains("there is no `#[perfguard::test]` around"),
            "{said}"
        );
    }

    #[query_budget(max = 2)]
    fn small(ids: u64) {
        run(POSTS, None, Some(20));
        for id in 0..ids {
            run(AUTHOR, Some(id), Some(1));
        }
    }

    #[perfguard::test]
    #[ignore = "run by the test of run files"]
    fn told() {
        set_up();
        small(1);
        let carried = perfguard::in_current_scope(|| small(opaque(3)));
        let _ = std::thread::Builder::new()
            .name("worker-1".to_owned())
            .spawn(carried)
            .unwrap()
            .join();
        let ((), _report) = observe_sync(|| run(COMMENTS, Some(1), None));
    }

    #[test]
    #[ignore = "run by the test of run files"]
    fn told_nowhere() {
        let worker = std::thread::Builder::new().name("worker-1".to_owned());
        let _ = worker.spawn(|| small(opaque(3))).unwrap().join();
    }

    #[test]
    #[ignore = "run by the test of run files"]
    fn told_by_a_panic() {
        small(opaque(3));
    }

    #[test]
    #[ignore = "run by the test of run files"]
    fn told_as_a_curve() {
        scaling_sync([2, 20], |n: u64| n, |n| look_up(*n))
            .linear(1.0)
            .run();
    }

    /// The lines of a run of one test that are of this event.
    fn lines(test: &str, event: &str) -> (bool, Vec<serde_json::Value>) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("runs")
            .join(test);
        let _ = std::fs::remove_dir_all(&folder);
        let (passed, said) = child(test, &[("PERFGUARD_RUN_DIR", &folder.to_string_lossy())]);
        let mut files = std::fs::read_dir(&folder)
            .expect(&said)
            .map(|file| file.unwrap().path());
        let (Some(file), None) = (files.next(), files.next()) else {
            panic!("one process, one file: {said}");
        };
        let run = perfguard_report::Run::read(&folder).unwrap();
        assert_eq!((run.processes.len(), run.unread), (1, 0));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.ends_with('\n'));
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let lines = lines.filter(|line: &serde_json::Value| line["event"] == event);
        (passed, lines.collect())
    }

    #[test]
    fn a_run_tells_of_each_scope_and_what_became_of_it() {
        let (passed, scopes) = lines("told", "scope");
        assert!(!passed);
        let told: Vec<_> = scopes
            .iter()
            .map(|scope| {
                let text = |key: &str| scope[key].as_str().unwrap_or_default().to_owned();
                (
                    text("kind"),
                    text("verdict"),
                    scope["scope"]["queries"].as_u64().unwrap(),
                )
            })
            .collect();
        let expected = [
            ("function", "passed", 2),
            ("function", "failed", 4),
            ("observed", "observed", 1),
            ("test", "failed", 12),
        ];
        let expected =
            expected.map(|(kind, verdict, queries)| (kind.to_owned(), verdict.to_owned(), queries));
        assert_eq!(told, expected);
        for scope in &scopes {
            assert_eq!(scope["format"], 1);
            assert_eq!(scope["test"], "it::toolkit::children::told");
        }
        let test = &scopes[3];
        assert_eq!(
            (&test["inside"], &test["scope"]["max"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
        let broken = &scopes[1];
        assert_eq!(broken["inside"], test["number"]);
        assert_eq!(broken["scope"]["max"], 2);
        assert_eq!(broken["findings"][0]["rule"], "n-plus-one");
        assert_eq!(broken["findings"][0]["scope"], 0);
        let statements = &broken["scope"]["statements"];
        let author = &statements[0];
        assert_eq!(
            author["db"]["db.query.text"],
            "select name from authors where id = ?"
        );
        assert_eq!(
            (&author["count"], &author["first"], &author["rows"]),
            (&3.into(), &2.into(), &3.into())
        );
        assert!(author["elapsed_seconds"].is_null(), "nobody told the time");
        let place = &author["places"][0];
        assert_eq!((&place["count"], &place["first"]), (&3.into(), &2.into()));
        assert!(place["code"]["code.line.number"].is_u64(), "{place}");
        assert!(test["findings"].as_array().unwrap().is_empty(), "{test}");
    }

    #[test]
    fn a_broken_budget_that_no_test_can_fail_for_is_told() {
        let (passed, scopes) = lines("told_nowhere", "scope");
        assert!(passed);
        assert_eq!(
            (scopes.len(), &scopes[0]["verdict"]),
            (1, &"unclaimed".into())
        );
        let (passed, scopes) = lines("told_by_a_panic", "scope");
        assert!(!passed);
        assert_eq!((scopes.len(), &scopes[0]["verdict"]), (1, &"failed".into()));
        assert_eq!(scopes[0]["test"], "toolkit::children::told_by_a_panic");
    }

    #[test]
    fn a_run_tells_of_proofs() {
        let (passed, curves) = lines("told_as_a_curve", "curve");
        assert!(passed);
        let [curve] = curves.as_slice() else {
            panic!("{curves:?}");
        };
        assert_eq!(curve["points"][1]["queries"], 20);
        assert_eq!(curve["points"][1]["rows"], 20);
        assert_eq!(curve["statements"][0]["counts"], serde_json::json!([2, 20]));
        assert_eq!(
            (&curve["verdict"], &curve["allowed"]),
            (&"passed".into(), &1.0.into())
        );
        assert!(
            curve["name"].as_str().unwrap().contains("toolkit.rs:"),
            "{curve}"
        );
    }
}
