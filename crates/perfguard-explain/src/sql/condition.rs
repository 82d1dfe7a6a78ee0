//! What a condition compares, conjunct by conjunct.

use super::{Token, tokens};

/// A column as it is written: with the table's name or alias, or without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Column {
    pub(crate) qualifier: Option<String>,
    pub(crate) name: String,
}

/// What one conjunct says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// A column is compared with values.
    Compared(Column, Matcher),
    /// Two columns are equal.
    Joined(Column, Column),
    /// One of these lists of conjuncts holds.
    AnyOf(Vec<Vec<Condition>>),
    /// An expression of one column is compared: the tokens of the expression.
    Computed {
        column: Column,
        expression: Vec<Token>,
        matcher: Matcher,
    },
    /// Anything else, with the columns in it.
    Other(Vec<Column>),
}

/// How a column is compared with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matcher {
    Equal,
    /// One of several values.
    In,
    /// Its pattern starts with a wildcard, or nobody knows how.
    Like,
    NotNull,
    Null,
    Range,
    /// A truth value by itself.
    True,
}

/// What stands for a value where a placeholder cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// A value as this column has it; `part` says which of its sorted values:
    /// 0 the first of them, 100 the last.
    Of { column: Column, part: u8 },
    /// A value for each of these columns.
    Row(Vec<Column>),
    /// A pattern for this column.
    PatternOf(Column),
}

/// A part of a statement's tokens, with where it starts in them.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) start: usize,
}

impl<'a> Slice<'a> {
    pub(super) fn part(self, from: usize, to: usize) -> Self {
        Self {
            tokens: self.tokens.get(from..to).unwrap_or_default(),
            start: self.start + from,
        }
    }

    fn len(self) -> usize {
        self.tokens.len()
    }

    fn get(self, at: usize) -> Option<&'a Token> {
        self.tokens.get(at)
    }

    /// The positions of tokens in no parentheses that `is` holds for.
    fn positions(self, is: impl Fn(&Token) -> bool) -> Vec<usize> {
        let mut depth = 0_usize;
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth = depth.saturating_sub(1),
                _ if depth == 0 && is(token) => found.push(at),
                _ => {}
            }
        }
        found
    }

    /// The parts between these positions.
    pub(super) fn split(self, positions: &[usize]) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut from = 0;
        for at in positions {
            parts.push(self.part(from, *at));
            from = at + 1;
        }
        parts.push(self.part(from, self.len()));
        parts
    }

    pub(super) fn split_at_commas(self) -> Vec<Self> {
        self.split(&self.positions(|token| *token == Token::Comma))
    }

    /// Without the parentheses around all of it.
    fn bare(self) -> Self {
        let mut slice = self;
        for _ in 0..DEEPEST {
            if slice.get(0) != Some(&Token::Open) || !slice.closes_last() {
                break;
            }
            slice = slice.part(1, slice.len() - 1);
        }
        slice
    }

    /// Whether the parenthesis at the start is closed by the last token.
    fn closes_last(self) -> bool {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Open => depth += 1,
                Token::Close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1 == self.len() && at > 0;
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn is_query(self) -> bool {
        self.get(0)
            .is_some_and(|first| first.is_any(&["select", "values", "with"]))
    }
}

/// How deep conditions are looked into. Diesel opens a parenthesis for each AND.
const DEEPEST: usize = 128;

/// The conjuncts of a condition, and what stands for its values.
pub(super) fn read(condition: Slice<'_>, stands: &mut Vec<(usize, Stand)>) -> Vec<Condition> {
    conjuncts(condition, stands, DEEPEST)
}

/// The columns that the conjuncts of a plan's condition are on, which stand on
/// the left of them.
pub(crate) fn subjects(condition: &str) -> Vec<String> {
    let tokens = tokens(condition);
    let slice = Slice {
        tokens: &tokens,
        start: 0,
    };
    let subjects = read(slice, &mut Vec::new()).into_iter();
    let columns = subjects.filter_map(|it| match it {
        Condition::AnyOf(_) => None,
        Condition::Compared(column, _)
        | Condition::Computed { column, .. }
        | Condition::Joined(column, _) => Some(column),
        Condition::Other(columns) => columns.into_iter().next(),
    });
    columns.map(|it| it.name).collect()
}

fn conjuncts(slice: Slice<'_>, stands: &mut Vec<(usize, Stand)>, left: usize) -> Vec<Condition> {
    let slice = slice.bare();
    if left == 0 || slice.len() == 0 {
        return Vec::new();
    }
    let ors = slice.positions(|token| token.is("or") || token.is("xor"));
    if !ors.is_empty() {
        let parts = slice.split(&ors);
        let branches: Vec<_> = parts
            .into_iter()
            .map(|part| conjuncts(part, stands, left - 1))
            .collect();
        return vec![alternatives(branches)];
    }
    let mut ands = slice.positions(|token| token.is("and"));
    // The first AND after a BETWEEN is its own.
    for between in slice.positions(|token| token.is("between")) {
        if let Some(index) = ands.iter().position(|at| *at > between) {
            ands.remove(index);
        }
    }
    if ands.is_empty() {
        return row(slice, stands).unwrap_or_else(|| vec![single(slice, stands)]);
    }
    let parts = slice.split(&ands);
    parts
        .into_iter()
        .flat_map(|part| conjuncts(part, stands, left - 1))
        .collect()
}

/// `(a, b) = (?, ?)`: an equality for each column.
fn row(slice: Slice<'_>, stands: &mut Vec<(usize, Stand)>) -> Option<Vec<Condition>> {
    let [at] = slice
        .positions(|token| token.is_operator("="))
        .try_into()
        .ok()?;
    let (left, right) = (slice.part(0, at), slice.part(at + 1, slice.len()));
    let columns = |side: Slice<'_>| -> Option<Vec<Column>> {
        let items = side.bare().split_at_commas();
        items.into_iter().map(column).collect()
    };
    let mine = columns(left).filter(|it| it.len() > 1)?;
    if let Some(others) = columns(right).filter(|it| it.len() == mine.len()) {
        let pairs = mine.into_iter().zip(others);
        return Some(
            pairs
                .map(|(one, other)| Condition::Joined(one, other))
                .collect(),
        );
    }
    if !is_value(right) {
        return None;
    }
    stand(right, stands, Stand::Row(mine.clone()));
    let compared = mine
        .into_iter()
        .map(|it| Condition::Compared(it, Matcher::Equal));
    Some(compared.collect())
}

/// `a = ? or a = ?` is a list of values.
fn alternatives(branches: Vec<Vec<Condition>>) -> Condition {
    let columns: Option<Vec<&Column>> = branches
        .iter()
        .map(|branch| match branch.as_slice() {
            [Condition::Compared(column, Matcher::Equal | Matcher::In)] => Some(column),
            _ => None,
        })
        .collect();
    if let Some([first, rest @ ..]) = columns.as_deref()
        && rest.iter().all(|column| column == first)
    {
        return Condition::Compared((*first).clone(), Matcher::In);
    }
    Condition::AnyOf(branches)
}

const COMPARISONS: [&str; 9] = ["=", "<=>", "<", "<=", ">", ">=", "<>", "!=", "=="];

/// One condition that is no AND and no OR.
fn single(slice: Slice<'_>, stands: &mut Vec<(usize, Stand)>) -> Condition {
    let other = || Condition::Other(columns(slice));
    if slice
        .get(0)
        .is_some_and(|first| first.is_any(&["not", "exists"]))
    {
        return other();
    }
    let keywords = slice.positions(|token| {
        COMPARISONS.iter().any(|it| token.is_operator(it))
            || token.is_any(&[
                "in", "is", "between", "like", "ilike", "glob", "regexp", "similar",
            ])
    });
    let Some(&at) = keywords.first() else {
        // A column alone is true or not.
        return match column(slice) {
            Some(column) => Condition::Compared(column, Matcher::True),
            None => other(),
        };
    };
    let Some(operator) = slice.get(at) else {
        return other();
    };
    let (left, right) = (slice.part(0, at), slice.part(at + 1, slice.len()));
    if left.tokens.last().is_some_and(|last| last.is("not")) {
        return other();
    }
    let (left, right) = (left.bare(), right);
    match operator {
        Token::Operator(sign) => compared(left, sign, right.bare(), stands).unwrap_or_else(other),
        token if token.is("is") => nullness(left, right).unwrap_or_else(other),
        token if token.is("in") => listed(left, right.bare(), stands).unwrap_or_else(other),
        token if token.is("between") => between(left, right, stands).unwrap_or_else(other),
        token if token.is_any(&["like", "ilike"]) => match column(left) {
            Some(column) if is_value(right) => {
                stand(right, stands, Stand::PatternOf(column.clone()));
                Condition::Compared(column, Matcher::Like)
            }
            _ => other(),
        },
        _ => other(),
    }
}

fn compared(
    left: Slice<'_>,
    sign: &str,
    right: Slice<'_>,
    stands: &mut Vec<(usize, Stand)>,
) -> Option<Condition> {
    if matches!(sign, "<>" | "!=") {
        return None;
    }
    let is_equal = matches!(sign, "=" | "==" | "<=>");
    if let (Some(one), Some(other)) = (column(left), column(right)) {
        return is_equal.then_some(Condition::Joined(one, other));
    }
    // The value may stand on the left: `? < created_at`.
    let (subject, value, is_upper) = if is_value(right) || is_list(right) {
        (left, right, sign.starts_with('<'))
    } else if is_value(left) {
        (right, left, sign.starts_with('>'))
    } else {
        return None;
    };
    let matcher = match is_equal {
        true if is_list(value) => Matcher::In,
        true => Matcher::Equal,
        false => Matcher::Range,
    };
    let part = match (is_equal, is_upper) {
        (true, _) => 50,
        (false, true) => 2,
        (false, false) => 98,
    };
    searched(subject, matcher, |column| {
        stand(value, stands, Stand::Of { column, part });
    })
}

/// A condition on a column, or on an expression of one.
fn searched(subject: Slice<'_>, matcher: Matcher, stand: impl FnOnce(Column)) -> Option<Condition> {
    if let Some(column) = column(subject) {
        stand(column.clone());
        return Some(Condition::Compared(column, matcher));
    }
    let mut inside = columns(subject);
    inside.dedup();
    match inside.as_slice() {
        [column] if !subject.tokens.iter().any(|it| it.is("select")) => Some(Condition::Computed {
            column: column.clone(),
            expression: subject.tokens.to_vec(),
            matcher,
        }),
        _ => None,
    }
}

fn nullness(left: Slice<'_>, right: Slice<'_>) -> Option<Condition> {
    let column = column(left)?;
    match right.tokens {
        [null] if null.is("null") => Some(Condition::Compared(column, Matcher::Null)),
        [not, null] if not.is("not") && null.is("null") => {
            Some(Condition::Compared(column, Matcher::NotNull))
        }
        [truth] if truth.is_any(&["true", "false"]) => {
            Some(Condition::Compared(column, Matcher::True))
        }
        _ => None,
    }
}

fn listed(
    left: Slice<'_>,
    right: Slice<'_>,
    stands: &mut Vec<(usize, Stand)>,
) -> Option<Condition> {
    if right.is_query() {
        // What it answers decides: a join by another name.
        return column(left).map(|column| Condition::Compared(column, Matcher::In));
    }
    if !is_value(right) {
        return None;
    }
    searched(left, Matcher::In, |column| {
        stand(right, stands, Stand::Of { column, part: 50 });
    })
}

fn between(
    left: Slice<'_>,
    right: Slice<'_>,
    stands: &mut Vec<(usize, Stand)>,
) -> Option<Condition> {
    let and = right.positions(|token| token.is("and"));
    let [from, to] = right.split(&and).try_into().ok()?;
    if !is_value(from) || !is_value(to) {
        return None;
    }
    searched(left, Matcher::Range, |column| {
        for (value, part) in [(from, 50), (to, 51)] {
            let column = column.clone();
            stand(value, stands, Stand::Of { column, part });
        }
    })
}

fn stand(value: Slice<'_>, stands: &mut Vec<(usize, Stand)>, with: Stand) {
    if let [Token::Bind] = value.bare().tokens {
        stands.push((value.bare().start, with));
    }
}

/// A column, and nothing else.
pub(super) fn column(slice: Slice<'_>) -> Option<Column> {
    match slice.bare().tokens {
        [name] => plain(name).map(|name| Column {
            qualifier: None,
            name,
        }),
        [.., table, Token::Dot, name] if is_path(slice.bare().tokens) => Some(Column {
            qualifier: table.name().map(str::to_owned),
            name: name.name()?.to_owned(),
        }),
        _ => None,
    }
}

/// `schema.table.column`
fn is_path(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().all(|(at, token)| match at % 2 {
        0 => token.name().is_some(),
        _ => *token == Token::Dot,
    })
}

/// A name that is no word of the language.
fn plain(token: &Token) -> Option<String> {
    match token {
        Token::Quoted(name) => Some(name.clone()),
        Token::Word(word) if !is_reserved(word) => Some(word.clone()),
        _ => None,
    }
}

fn is_reserved(word: &str) -> bool {
    const WORDS: [&str; 40] = [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "at",
        "between",
        "case",
        "cast",
        "collate",
        "current_date",
        "current_time",
        "current_timestamp",
        "date",
        "day",
        "desc",
        "distinct",
        "else",
        "end",
        "escape",
        "exists",
        "false",
        "from",
        "hour",
        "in",
        "interval",
        "is",
        "like",
        "localtimestamp",
        "minute",
        "month",
        "not",
        "null",
        "or",
        "select",
        "some",
        "then",
        "true",
        "when",
        "year",
    ];
    WORDS.contains(&word) || word.starts_with(|first: char| first.is_ascii_digit())
}

/// The columns that are named anywhere in it.
pub(super) fn columns(slice: Slice<'_>) -> Vec<Column> {
    let tokens = slice.tokens;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if *token == Token::Cast || token.is("as") {
            // A type follows.
            at += 2;
            continue;
        }
        let start = at;
        let Some(_) = plain(token) else {
            at += 1;
            continue;
        };
        while tokens.get(at + 1) == Some(&Token::Dot)
            && tokens.get(at + 2).is_some_and(|it| it.name().is_some())
        {
            at += 2;
        }
        at += 1;
        let is_function = tokens.get(at) == Some(&Token::Open);
        let is_type = tokens.get(at) == Some(&Token::Bind);
        if !is_function && !is_type {
            found.extend(column(slice.part(start, at)));
        }
    }
    found
}

/// Something in which no column occurs, and that is no list of its own.
fn is_value(slice: Slice<'_>) -> bool {
    slice.len() > 0 && columns(slice).is_empty() && !slice.tokens.iter().any(|it| it.is("select"))
}

/// `any(?)`: an array.
fn is_list(slice: Slice<'_>) -> bool {
    slice.get(0).is_some_and(|it| it.is_any(&["any", "some"])) && is_value(slice)
}
