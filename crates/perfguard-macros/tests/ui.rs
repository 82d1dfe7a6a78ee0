//! What the compiler says to a user: one file for each mistake, and the forms that are accepted.

#[test]
fn mistakes_are_reported_at_their_token_and_forms_are_accepted() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
