//! Words in names that say what code is for.

/// Whether a package, a folder, a file or a function is for tests, benches or the schema: what it
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
        "migration",
        "migrations",
        "migrator",
        "mock",
        "mocks",
        "seed",
        "seeder",
        "seeding",
        "seeds",
        "test",
        "testing",
        "tests",
        "testutil",
        "testutils",
        "upgrade",
        "upgrader",
        "upgrades",
        "xtask",
    ];
    name.split(|sign: char| !sign.is_alphanumeric())
        .any(|word| WORDS.iter().any(|it| word.eq_ignore_ascii_case(it)))
}
