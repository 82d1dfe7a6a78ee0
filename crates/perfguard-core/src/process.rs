//! What kind of process this is: a test that cargo built, or anything else.
//!
//! Decided once, and from the executable alone, because nothing else survives
//! all the ways in which tests are started (by cargo, by nextest, by hand, in
//! a debugger), and because the environment of a test is inherited by the
//! services that the test starts.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::OnceLock;

/// True if this process is a test binary that cargo built.
pub(crate) fn is_cargo_test() -> bool {
    static DECIDED: OnceLock<bool> = OnceLock::new();
    *DECIDED.get_or_init(|| {
        std::env::current_exe().is_ok_and(|exe| is_test_binary(&exe, std::env::args_os()))
    })
}

/// The rule: `deps/<name>-<16 hex digits>` is a unit, integration or bench
/// binary, `examples/<name>-<16 hex digits>` an example run by `cargo test`,
/// `<16 hex digits>/out/<name>-<16 hex digits>` either of them in the layout
/// that newer versions of cargo give their build folder, `rust_out` in a
/// folder of rustdoc's a documentation test. `cargo bench` passes `--bench`,
/// and a bench is no test.
fn is_test_binary(exe: &Path, mut args: impl Iterator<Item = OsString>) -> bool {
    let Some(stem) = exe.file_stem().and_then(OsStr::to_str) else {
        return false;
    };
    let folders = || {
        exe.parent()
            .into_iter()
            .flat_map(Path::components)
            .filter_map(|part| part.as_os_str().to_str())
    };
    if stem == "rust_out" {
        return folders().any(|folder| folder.starts_with("rustdoctest"));
    }
    let is_hash =
        |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_hashed = stem
        .rsplit_once('-')
        .is_some_and(|(name, hash)| !name.is_empty() && is_hash(hash));
    let mut outwards = folders().rev();
    let is_built_by_cargo = match outwards.next() {
        Some("deps" | "examples") => true,
        Some("out") => outwards.next().is_some_and(is_hash),
        _ => false,
    };
    is_hashed && is_built_by_cargo && !args.any(|arg| arg == "--bench")
}

#[cfg(test)]
mod tests {
    use super::is_test_binary;
    use std::ffi::OsString;
    use std::path::Path;

    #[test]
    fn only_binaries_that_cargo_built_for_a_test_are_tests() {
        let is_test = |command: &str| {
            let mut words = command.split(' ');
            let exe = words.next().unwrap_or_default();
            is_test_binary(Path::new(exe), words.map(OsString::from))
        };
        for test in [
            "/w/target/debug/deps/blog-0123456789abcdef",
            "/w/target/release/deps/it-0123456789abcdef --exact name",
            "/w/target/debug/deps/two-words-0123456789abcdef --test-threads=1",
            "/w/target/debug/examples/demo-0123456789abcdef",
            "/w/build/debug/build/blog/fedcba9876543210/out/blog-0123456789abcdef",
            "/tmp/rustdoctestAbC12/rust_out",
            "/tmp/rustdoctestAbC12/merged_doctest_2024/rust_out",
        ] {
            assert!(is_test(test), "{test}");
        }
        for other in [
            "/w/target/debug/blog",
            "/w/target/debug/examples/demo",
            "/w/target/release/deps/sums-0123456789abcdef --bench",
            "/w/target/debug/deps/blog",
            "/w/target/debug/deps/blog-0123",
            "/srv/app-0123456789abcdef",
            "/srv/out/app-0123456789abcdef",
            "/w/target/debug/build/blog-0123456789abcdef/build-script-build",
            "/srv/deps/app-0123456789abcdeg",
            "/srv/rust_out",
        ] {
            assert!(!is_test(other), "{other}");
        }
    }
}
