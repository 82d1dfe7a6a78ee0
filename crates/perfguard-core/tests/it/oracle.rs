//! What a parser says of the same texts.
//!
//! It knows what is a value and what is not, and it shares no code and no
//! author with the lexer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use perfguard_core::statement::{Dialect, Fingerprint, Fingerprinter};
use sqlparser::ast::{
    Expr, FunctionArguments, Ident, Query, SetExpr, Statement, UnaryOperator, Value, ValueWithSpan,
    Visit, VisitMut, Visitor, VisitorMut,
};
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::corpus::{Parsed, corpus, grammar};
use crate::render::{Style, render};
use crate::support::{canonical, check};

#[test]
fn the_corpus_is_read() {
    // 266 of 1193 texts are no SQL, or say more than the parser knows.
    assert!(corpus().len() > 900, "{} texts", corpus().len());
}

/// The words and numbers of three bytes or more in a text.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .map(str::to_lowercase)
}

/// The words in values and comments of `parsed` that are nowhere else in it.
fn secrets(parsed: &Parsed) -> Vec<String> {
    struct Values(Vec<String>);

    impl Visitor for Values {
        type Break = ();

        fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
            match &value.value {
                Value::Boolean(_) | Value::Null | Value::Placeholder(_) => {}
                Value::DollarQuotedString(string) => self.0.extend(words(&string.value)),
                Value::Number(number, _) => self.0.extend(words(number)),
                other => self
                    .0
                    .extend(words(&other.clone().into_string().unwrap_or_default())),
            }
            ControlFlow::Continue(())
        }
    }

    let mut values = Values(Vec::new());
    let _ = parsed.statements.visit(&mut values);
    let tokens = Tokenizer::new(grammar(parsed.dialect), &parsed.sql)
        .tokenize()
        .unwrap();
    for token in &tokens {
        if let Token::Whitespace(comment) = token {
            values.0.extend(words(&comment.to_string()));
        }
    }
    let code: Vec<_> = tokens
        .iter()
        .filter(|token| !is_literal(token))
        .map(|token| token.to_string().to_lowercase())
        .collect();
    values
        .0
        .retain(|word| !code.iter().any(|token| token.contains(word)));
    values.0
}

fn is_literal(token: &Token) -> bool {
    matches!(
        token,
        Token::DollarQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::Number(..)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::SingleQuotedString(_)
            | Token::UnicodeStringLiteral(_)
            | Token::Whitespace(_)
    )
}

#[test]
fn nothing_that_a_parser_takes_for_a_value_is_kept() {
    let mut count = 0;
    for parsed in corpus() {
        let text = canonical(&parsed.sql, parsed.dialect).to_lowercase();
        for secret in secrets(parsed) {
            assert!(
                !text.contains(&secret),
                "{secret} of {}\n{text}",
                parsed.sql
            );
            count += 1;
        }
    }
    assert!(count > 100, "{count} words");
}

/// Drops from a tree what a fingerprint drops.
struct Normaliser;

fn is_value(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

fn holds_value<T: Visit>(part: &T) -> bool {
    struct Search;

    impl Visitor for Search {
        type Break = ();

        fn pre_visit_value(&mut self, _: &ValueWithSpan) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }

    part.visit(&mut Search).is_break()
}

fn drop_repeated<T: PartialEq + Visit>(items: &mut Vec<T>) {
    items.dedup_by(|item, before| item == before && holds_value(before));
}

fn placeholder() -> Expr {
    Expr::value(Value::Placeholder("?".into()))
}

impl VisitorMut for Normaliser {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        value.value = Value::Placeholder("?".into());
        ControlFlow::Continue(())
    }

    fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<()> {
        match &mut ident.quote_style {
            Some(quote) => {
                ident.value = ident
                    .value
                    .replace(&quote.to_string().repeat(2), &quote.to_string());
                *quote = '"';
            }
            None => ident.value.make_ascii_lowercase(),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Array(array) => drop_repeated(&mut array.elem),
            Expr::Function(function) => {
                if let FunctionArguments::List(list) = &mut function.args {
                    drop_repeated(&mut list.args);
                }
            }
            Expr::InList { list, .. } | Expr::Tuple(list) => drop_repeated(list),
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr: operand,
            } if is_value(operand) => *expr = placeholder(),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        if let Statement::ReleaseSavepoint { name }
        | Statement::Rollback {
            savepoint: Some(name),
            ..
        }
        | Statement::Savepoint { name } = statement
        {
            *name = Ident::new("?");
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Values(values) = &mut *query.body {
            for row in &mut values.rows {
                for field in &mut row.content {
                    if matches!(field, Expr::Identifier(name) if name.value == "default") {
                        *field = placeholder();
                    }
                }
                drop_repeated(&mut row.content);
            }
            values.rows.dedup_by(|row, before| {
                row.content == before.content && holds_value(&before.content)
            });
        }
        ControlFlow::Continue(())
    }
}

fn normal(parsed: &Parsed) -> String {
    let mut statements: Vec<Statement> = parsed.statements.clone();
    let _ = VisitMut::visit(&mut statements, &mut Normaliser);
    let texts: Vec<_> = statements.iter().map(Statement::to_string).collect();
    texts.join("; ")
}

/// Asserts that texts of one fingerprint are one to the parser. Returns how
/// many texts shared a fingerprint with one before.
fn assert_not_merged<'a>(texts: impl Iterator<Item = &'a Parsed>) -> usize {
    let mut fingerprinter = Fingerprinter::new();
    // Across dialects the parser has several names for one thing.
    let mut groups: HashMap<(Dialect, Fingerprint), (String, &str)> = HashMap::new();
    let mut merged = Vec::new();
    let mut shared = 0;
    for parsed in texts {
        let fingerprint = fingerprinter.fingerprint(&parsed.sql, parsed.dialect);
        let key = (parsed.dialect, fingerprint);
        let normal = normal(parsed);
        match groups.get(&key) {
            None => {
                groups.insert(key, (normal, &parsed.sql));
            }
            Some((other, sql)) if *other != normal => {
                merged.push(format!("{sql}\n{}\n  {other}\n  {normal}", parsed.sql));
            }
            Some(_) => shared += 1,
        }
    }
    assert!(merged.is_empty(), "{}", merged.join("\n\n"));
    shared
}

#[test]
fn texts_of_one_fingerprint_are_one_to_a_parser() {
    let shared = assert_not_merged(corpus().iter());
    assert!(shared > 300, "{shared} texts");
}

#[test]
fn generated_texts_of_one_fingerprint_are_one_to_a_parser() {
    let style = Style {
        case: true,
        lists: true,
        quotes: true,
        ..Style::default()
    };
    let texts = RefCell::new(Vec::new());
    check(150, |dialect, statement, choices| {
        for style in [Style::default(), style] {
            let sql = render(statement, dialect, style, choices);
            texts.borrow_mut().extend(Parsed::new(&sql, dialect));
        }
        Ok(())
    });
    let shared = assert_not_merged(texts.borrow().iter());
    assert!(shared > 300, "{shared} texts");
}
