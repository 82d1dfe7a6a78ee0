//! What has to hold of `perfguard_core::statement` for every input.
//!
//! There are two kinds of input, told apart by the first byte:
//!
//! | first byte | the rest is |
//! |---|---|
//! | `!` | a [`script`]: pieces of code and of secrets, put together to a text that is valid in its dialect |
//! | any other | a text, that byte included |
//!
//! An input that breaks an invariant panics, and the message holds the text.

mod script;
mod secret;
mod text;

use perfguard_core::statement::{Dialect, Fingerprinter};

/// All dialects.
const DIALECTS: [Dialect; 4] = [
    Dialect::Ansi,
    Dialect::MySql,
    Dialect::Postgres,
    Dialect::Sqlite,
];

/// Checks all invariants on one input.
///
/// # Panics
///
/// If one does not hold.
pub fn check(input: &[u8]) {
    match input {
        [b'!', script @ ..] => script::check(script),
        text => {
            let repaired = String::from_utf8_lossy(text);
            for dialect in DIALECTS {
                let statement = text::check(&repaired, dialect);
                let mut reader = Fingerprinter::new();
                assert_eq!(reader.canonical_bytes(text, dialect), statement.text());
                let fingerprint = reader.fingerprint_bytes(text, dialect);
                assert_eq!(fingerprint, statement.fingerprint());
            }
        }
    }
}
