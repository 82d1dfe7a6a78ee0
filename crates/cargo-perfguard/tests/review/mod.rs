//! `cargo perfguard review` on workspaces that are made for it, without a terminal.

use std::fs;

use tempfile::TempDir;

use crate::check::write;
use crate::report::{package, run};

const HEAD: &str = "# perfguard baseline 1, statements 1\n";

/// A workspace of the package `blog` and, in its folder, `shop`: each with a proposal.
fn workspace() -> TempDir {
    let package = package();
    let manifest = fs::read_to_string(package.path().join("Cargo.toml")).unwrap();
    let root = format!("{manifest}[workspace]\nmembers = [\"shop\"]\n");
    write(package.path(), "Cargo.toml", &root);
    write(
        package.path(),
        "shop/Cargo.toml",
        &manifest.replace("blog", "shop"),
    );
    write(package.path(), "shop/src/lib.rs", "");
    for (name, text) in [
        (
            "tests/baselines/it.posts.baseline",
            "2 select a from posts\n1 select b from tags\n",
        ),
        (
            "tests/baselines/it.posts.baseline.new",
            "5 select a from posts\n1 select b from tags\n",
        ),
        (
            "shop/src/baselines/shop.cart.baseline.new",
            "1 select \u{1b}[2J from carts\n",
        ),
        // None of them is one of a test of these packages.
        ("target/baselines/a.baseline.new", "1 a\n"),
        (".hidden/baselines/a.baseline.new", "1 a\n"),
        ("tests/a.baseline.new", "1 a\n"),
    ] {
        write(package.path(), name, &format!("{HEAD}{text}"));
    }
    package
}

const POSTS: &str = "\
it::posts
in tests/baselines/it.posts.baseline
- 2 select a from posts
+ 5 select a from posts

";

#[test]
fn what_waits_is_listed_where_nobody_can_be_asked() {
    let workspace = workspace();
    let (code, out, err) = run(workspace.path(), &["review"]);
    assert_eq!(code, Some(100), "{err}");
    assert_eq!(
        out,
        format!(
            "shop::cart\nin shop/src/baselines/shop.cart.baseline, where nothing is recorded\n\
             + 1 select \\u{{1b}}[2J from carts\n\n{POSTS}"
        )
    );
    assert!(
        err.starts_with("error: 2 baselines wait for a review: "),
        "{err}"
    );
    let (code, out, _) = run(workspace.path(), &["review", "-p", "blog"]);
    assert_eq!((code, out.as_str()), (Some(100), POSTS));
    let (code, _, err) = run(workspace.path(), &["review", "-p", "shops"]);
    assert_eq!(code, Some(102));
    assert!(err.contains("its members are blog, shop"), "{err}");
    let (code, ..) = run(workspace.path(), &["review", "--accept", "--reject"]);
    assert_eq!(code, Some(2));
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(run(elsewhere.path(), &["review"]).0, Some(102));
    let manifest = workspace.path().join("Cargo.toml");
    let named = ["review", "--manifest-path", manifest.to_str().unwrap()];
    assert_eq!(run(elsewhere.path(), &named).0, Some(100));
}

#[test]
fn accepting_renames_and_rejecting_removes() {
    let workspace = workspace();
    let at = |name: &str| workspace.path().join(name);
    let (code, out, err) = run(workspace.path(), &["review", "--accept", "-p", "blog"]);
    assert_eq!((code, out.as_str()), (Some(0), POSTS), "{err}");
    assert_eq!(
        err,
        "perfguard: 1 accepted, 0 rejected, 0 left as they are\n"
    );
    let recorded = fs::read_to_string(at("tests/baselines/it.posts.baseline")).unwrap();
    assert!(recorded.contains("5 select a"), "{recorded}");
    assert!(!at("tests/baselines/it.posts.baseline.new").exists());

    let (code, _, err) = run(workspace.path(), &["review", "--reject"]);
    assert_eq!(code, Some(0), "{err}");
    let folder = fs::read_dir(at("shop/src/baselines")).unwrap();
    assert_eq!(folder.count(), 0);
    let (code, out, err) = run(workspace.path(), &["review"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(err, "perfguard: no baseline waits for a review\n");
}

#[test]
fn what_is_no_baseline_is_told_and_left() {
    let package = package();
    let good = format!("{HEAD}1 select a\n");
    let new = |name: &str, text: &str| {
        write(
            package.path(),
            &format!("tests/baselines/{name}.baseline.new"),
            text,
        );
    };
    new("good", &good);
    new("merged", &format!("{HEAD}<<<<<<< ours\n1 select a\n"));
    new("huge", &format!("{HEAD}{}", "\n".repeat(5 << 20)));
    new("beside", &good);
    let folder = package.path().join("tests/baselines");
    fs::write(folder.join("beside.baseline"), "<<<<<<< ours\n").unwrap();
    fs::write(folder.join("bytes.baseline.new"), b"1 \xff\n").unwrap();
    let mut told = vec![
        "beside.baseline: line 1: two versions were merged into it",
        "bytes.baseline.new: it is not UTF-8",
        "huge.baseline.new: it is larger than 4 MiB",
        "merged.baseline.new: line 2: two versions were merged into it",
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", folder.join("linked.baseline.new")).unwrap();
        told.insert(
            3,
            "linked.baseline.new: it is no file, but a link or something else",
        );
    }
    let lines: Vec<_> = told
        .iter()
        .map(|it| format!("error: tests/baselines/{it}: it was left out\n"))
        .collect();
    let (code, out, err) = run(package.path(), &["review", "--accept"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.starts_with(&lines.concat()), "{err}");
    assert!(
        err.ends_with("perfguard: 1 accepted, 0 rejected, 0 left as they are\n"),
        "{err}"
    );
    assert!(out.starts_with("good\n"), "{out}");
    assert!(folder.join("merged.baseline.new").exists());
    let (code, ..) = run(package.path(), &["review"]);
    assert_eq!(code, Some(100), "they wait");
}
