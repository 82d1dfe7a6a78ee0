//! Mistakes and where they are reported are the subject of the interface tests; here is what a
//! correct attribute is read as.

use super::{BudgetArgs, Max};
use quote::ToTokens;
use syn::parse_quote;

fn max(args: &BudgetArgs) -> String {
    written(&args.max)
}

fn written(max: &Max) -> String {
    match max {
        Max::Constant(expr) => expr.to_token_stream().to_string(),
        Max::Literal(number, _) => number.to_string(),
    }
}

fn allows(args: &BudgetArgs) -> Vec<(String, String)> {
    let pair = |allow: &super::Allow| (allow.rule.to_string(), allow.reason.value());
    args.allows.iter().map(pair).collect()
}

fn mistakes(attribute: &str) -> Vec<String> {
    match syn::parse_str::<BudgetArgs>(attribute) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
    }
}

#[test]
fn a_limit_is_a_literal_of_any_integer_type_or_a_constant() {
    let limits: [BudgetArgs; 5] = [
        parse_quote!(max = 0),
        parse_quote!(max = 1_000u16),
        parse_quote!(max = 0x10),
        parse_quote!(max = limits::PAGE),
        parse_quote!(max = { 2 * ROWS + 1 }),
    ];
    assert_eq!(
        limits.each_ref().map(max),
        ["0", "1000", "16", "limits :: PAGE", "{ 2 * ROWS + 1 }"]
    );
}

#[test]
fn hard_limits_are_literals_or_constants_and_not_below_the_budget() {
    let hard = |args: &BudgetArgs| {
        [&args.hard_max, &args.hard_max_rows].map(|max| max.as_ref().map(written))
    };
    let args: BudgetArgs = parse_quote!(hard_max = 3, max = 3, hard_max_rows = ROWS);
    assert_eq!(hard(&args), [Some("3".to_owned()), Some("ROWS".to_owned())]);
    let args: BudgetArgs = parse_quote!(max = PAGE, hard_max = 1);
    assert_eq!(hard(&args), [Some("1".to_owned()), None]);
    let args: BudgetArgs = parse_quote!(max = 3);
    assert_eq!(hard(&args), [None, None]);
    assert_eq!(mistakes("max = 3, hard_max = 2").len(), 1);
    assert_eq!(
        mistakes("max = 3, hard_max = -1, hard_max_rows = \"1\"").len(),
        2
    );
}

#[test]
fn kinds_tables_rows_and_time_have_limits_of_their_own() {
    let args: BudgetArgs = parse_quote! {
        max = 3, max_reads = 2, max_writes = WRITES, max_rows = 100, max_calls = 4,
        max_table(posts = 2, "blog.tags" = { 1 + 1 }, r#type = 0,), max_time = "1_500us"
    };
    let limits = [
        &args.max_reads,
        &args.max_writes,
        &args.max_rows,
        &args.max_calls,
    ];
    assert_eq!(
        limits.map(|max| max.as_ref().map(written)),
        ["2", "WRITES", "100", "4"].map(|max| Some(max.to_owned()))
    );
    let tables = args.max_tables.iter();
    let tables: Vec<_> = tables
        .map(|it| format!("{} {}", it.table, written(&it.max)))
        .collect();
    assert_eq!(tables, ["posts 2", "blog.tags { 1 + 1 }", "type 0"]);
    assert_eq!(args.max_time.map(|max| max.as_micros()), Some(1_500));
    let args: BudgetArgs = parse_quote!(max = 3, hard_max_time = "5s");
    assert_eq!(args.hard_max_time.map(|max| max.as_secs()), Some(5));

    for (written, milliseconds) in [("200ms", 200), ("2 s", 2_000), ("0ms", 0)] {
        let args = format!("max = 3, max_time = \"{written}\"");
        let args = syn::parse_str::<BudgetArgs>(&args).ok();
        let max = args.and_then(|args| args.max_time);
        assert_eq!(max.map(|max| max.as_millis()), Some(milliseconds));
    }
    for mistaken in [
        "200",
        "ms",
        "1.5s",
        "-1ms",
        "1 hour",
        "",
        "99999999999999999999s",
    ] {
        let args = format!("max = 3, max_time = \"{mistaken}\"");
        assert_eq!(mistakes(&args).len(), 1, "{mistaken}");
    }
}

#[test]
fn rules_share_a_reason_or_have_their_own() {
    let args: BudgetArgs = parse_quote! {
        allow(n_plus_one, duplicate_query, reason = "three at most"),
        max = 3,
        allow(reason = "small", unbounded_result),
    };
    assert_eq!(
        allows(&args),
        [
            ("n_plus_one", "three at most"),
            ("duplicate_query", "three at most"),
            ("unbounded_result", "small"),
        ]
        .map(|(rule, reason)| (rule.to_owned(), reason.to_owned()))
    );
}

#[test]
fn what_is_not_written_is_not_asked_for() {
    let args: BudgetArgs = parse_quote!(max = 3);
    assert!(!args.allow_empty && args.name.is_none() && args.allows.is_empty());

    let args: BudgetArgs = parse_quote!(max = 3, allow_empty, name = "checkout");
    assert!(args.allow_empty);
    assert_eq!(
        args.name.map(|name| name.value()),
        Some("checkout".to_owned())
    );
}

#[test]
fn every_mistake_is_reported() {
    let found =
        mistakes(r#"max = "3", limit = 4, allow("n-plus-one"), name = "", allow_empty = true"#);
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn a_mistaken_limit_is_not_called_missing_as_well() {
    assert_eq!(mistakes("3").len(), 1);
    assert_eq!(mistakes("max = true").len(), 1);
    assert_eq!(mistakes("").len(), 1);
}
