//! Prints the corpus of the golden test of SQL fingerprints, one JSON object a
//! line. To write the file that the test reads:
//!
//! ```sh
//! cargo run -p perfguard-tests --bin golden > crates/perfguard-core/tests/data/orm-statements.jsonl
//! ```
#![expect(clippy::print_stdout, reason = "a generator's output")]

fn main() {
    print!("{}", perfguard_tests::golden::json_lines());
}
