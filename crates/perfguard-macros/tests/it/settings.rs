//! `[lints]` of a workspace's perfguard.toml, through cargo.

#![expect(clippy::expect_used, reason = "a test that cannot go on")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What cargo says of a package that has a query in a loop.
fn checked(package: &Path) -> (bool, String) {
    let cargo = std::env::var_os("CARGO").expect("run by cargo");
    let output = Command::new(cargo)
        .args(["check", "--offline", "--color", "never"])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("../target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_change_of_the_levels_of_a_workspace_counts_at_once() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings");
    let _ = fs::remove_dir_all(workspace.join("shop"));
    fs::create_dir_all(workspace.join("shop/src")).expect("a folder");
    let write = |name: &str, text: &str| fs::write(workspace.join(name), text).expect(name);
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"shop\"]\n",
    );
    fs::copy(here.join("../../Cargo.lock"), workspace.join("Cargo.lock")).expect("a lock file");
    write(
        "shop/Cargo.toml",
        &format!(
            "[package]\nname = \"shop\"\nedition = \"2024\"\n[dependencies]\nperfguard = {{ path = {:?}, default-features = false }}\n",
            here.join("../perfguard")
        ),
    );
    write(
        "shop/src/lib.rs",
        "pub struct Db;
impl perfguard::IsConnection for Db {}
fn author(_: &Db, id: u32) -> u32 { id }
#[perfguard::query_budget(max = 1)]
pub fn feed(db: &Db, ids: &[u32]) -> u32 { ids.iter().map(|id| author(db, *id)).sum() }
",
    );
    let package = workspace.join("shop");
    let package = package.as_path();
    let warning = "use of deprecated method";

    write("perfguard.toml", "[lints]\nquery_in_loop = \"warn\"\n");
    let (passes, said) = checked(package);
    assert!(passes && said.contains(warning), "{said}");

    write("perfguard.toml", "[lints]\nquery_in_loop = \"allow\"\n");
    let (passes, said) = checked(package);
    assert!(passes && !said.contains(warning), "{said}");

    write("perfguard.toml", "[lints]\nquery_in_loop = \"deny\"\n");
    let (passes, said) = checked(package);
    let denied = "error[E0277]: a database connection is passed to this call in a loop";
    assert!(!passes && said.contains(denied), "{said}");

    write("perfguard.toml", "\n[lints]\nquery_in_loops = \"deny\"\n");
    let (passes, said) = checked(package);
    assert!(
        !passes && said.contains("perfguard.toml:3: nobody knows the key `lints.query_in_loops`"),
        "{said}"
    );
    assert_eq!(
        said.matches("error: ").count(),
        2,
        "once, and that of cargo: {said}"
    );
}
