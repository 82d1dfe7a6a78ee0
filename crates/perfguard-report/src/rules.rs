//! What each rule claims, in a sentence: the first of its page in `docs/rules`.

/// The ids of all rules, and what they claim.
pub(crate) const RULES: [(&str, &str); 25] = [
    (
        "blocking-poll",
        "One poll of an async function held the executor for too long.",
    ),
    (
        "buffered-export",
        "A long result is in memory at once where a stream would hold one row at a time.",
    ),
    (
        "cache-candidate",
        "The same costly answer is computed again and again.",
    ),
    (
        "connection-per-request",
        "A connection is established for one piece of work, and closed after it.",
    ),
    (
        "duplicate-query",
        "The same statement ran again with the same values: the answer was already there.",
    ),
    (
        "in-memory-page",
        "Many rows are read, and few of them used.",
    ),
    (
        "inlined-literals",
        "One place sends one statement with changing values in its text.",
    ),
    (
        "leading-wildcard",
        "A statement searches by a pattern that no sorted index can serve.",
    ),
    (
        "long-transaction",
        "A transaction was open for too long, or waited for another service.",
    ),
    (
        "missing-index",
        "A table is read as a whole for a condition that an index could serve.",
    ),
    (
        "missing-pagination",
        "A list is read as if it were a page, and is not.",
    ),
    (
        "n-plus-one",
        "A loop asks the database once per item for what one statement could bring.",
    ),
    (
        "not-connected",
        "A budgeted function under test saw no statement, for a reason that is not its own.",
    ),
    (
        "query-budget",
        "A function ran more statements, or made more outgoing calls, than its attribute allows.",
    ),
    (
        "repeated-write",
        "A loop writes row by row what one statement could write.",
    ),
    (
        "row-budget",
        "A function read more rows than its attribute allows.",
    ),
    (
        "sequential-calls",
        "Outgoing calls were awaited one after another.",
    ),
    (
        "sequential-queries",
        "Independent reads were awaited one after another.",
    ),
    ("slow-query", "One statement took too long by itself."),
    ("small-data", "A test has too few rows to show an N+1."),
    (
        "time-budget",
        "A function's statements and outgoing calls took longer together than its attribute allows.",
    ),
    (
        "unbounded-result",
        "A SELECT returns as many rows as the table has.",
    ),
    (
        "unfiltered-write",
        "An UPDATE or DELETE changes all rows of a table.",
    ),
    (
        "unstable-pagination",
        "Pages repeat rows or leave some out, or get slower one by one.",
    ),
    ("wide-select", "Many rows are read with all their columns."),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::RULES;

    #[test]
    fn each_rule_has_a_page_that_begins_so() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
        let Ok(pages) = fs::read_dir(&folder) else {
            // The packaged crate is without them.
            return;
        };
        assert_eq!(pages.count(), RULES.len() + 1, "and one about all of them");
        for (rule, claim) in RULES {
            let page = fs::read_to_string(folder.join(format!("{rule}.md"))).unwrap_or_default();
            let begins = page.replace('\n', " ");
            let expected = format!("# {rule}  {claim}  ");
            assert!(begins.starts_with(&expected), "{begins:.200}");
        }
    }
}
