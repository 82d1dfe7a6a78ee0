//! What the compiler says of mistakes: one file for each.

#[test]
fn mistakes_are_named_with_their_repair() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
