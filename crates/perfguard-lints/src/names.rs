//! Words in names that say what code is for.

/// Whether a package, a folder or a file is for tests, benches or the schema, by its name: what it
/// runs is not run for each user, and does not get slower with their number.
pub fn is_apart(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "bench",
        "benches",
        "benchmark",
        "benchmarks",
        "fixture",
        "fixtures",
        "migrate",
        "migrator",
        "mock",
        "mocks",
        "seeder",
        "seeding",
        "testing",
        "testutil",
        "testutils",
        "upgrade",
        "upgrader",
        "upgrades",
        "xtask",
    ];
    has_any(name, WORDS) || is_function_apart(name)
}

/// The same of a function: fewer words say it for certain.
pub(crate) fn is_function_apart(name: &str) -> bool {
    has_any(
        name,
        &[
            "migrate",
            "migration",
            "migrations",
            "seed",
            "seeds",
            "test",
            "tests",
        ],
    )
}

fn has_any(name: &str, words: &[&str]) -> bool {
    name.split(|sign: char| !sign.is_alphanumeric())
        .any(|word| words.iter().any(|it| word.eq_ignore_ascii_case(it)))
}

#[cfg(test)]
mod tests {
    use super::{is_apart, is_function_apart};

    #[test]
    fn whole_words_count() {
        assert!(is_apart("blog-tests") && is_apart("m1_migration") && is_apart("upgrades"));
        assert!(!is_apart("contest") && !is_apart("latest") && !is_apart("blog"));
        assert!(is_function_apart("seed_posts") && !is_function_apart("upgrade_account"));
    }
}
