//! Texts that are known to be valid, and of which it is known what is secret.
//!
//! A script is a sequence of pieces. It is written down once with the contents
//! that the input has for its literals and comments, each with a marker in it,
//! and once with others and without comments. No marker may come out, and both
//! have to be the same statement.

use perfguard_core::statement::{Dialect, Limit, Pattern, Statement};

use crate::secret::{self, Contents};
use crate::{DIALECTS, text};

/// Scripts that become longer are not looked at, so that none is cut.
const LONGEST: usize = 16 * 1024;

/// Each is complete in itself, whatever comes before and after it: no quote
/// and no comment is left open.
#[rustfmt::skip]
const CODE: &[&str] = &[
    // From 0x60 on: these can be typed.
    "from", "and", "by", ",", "delete", "end", "group by", "having", "in", "join", "any", "limit",
    "values", "not", "or", "(", ")", "row", "select", "t", "union all", "insert into", "where",
    "count(*)", "users", "a.b", "=", "-", "+", "?", ".",
    // The others cannot.
    "\"Na me\"", "\"a\"\"b\"", "`tick`", "[br k]", "*", "/", "<>", "<", ">=", "::", "||", "->>",
    "@>", "?|", "&&", "<=>", "!", "~", "%", "^", "|", ":=", ";", "null", "is", "true", "false",
    "default", "savepoint", "release", "rollback to", "value", "as", "with", "order by", "update",
    "set", "on", "between", "like", "case", "when", "then", "else", "exists", "all", "array",
    "explain", "call", "begin", "fetch first", "rows only", "top", "interval", "offset",
    "for update", "returning", "distinct", "except", "create table", "exec", "truncate", "using",
    "$1", ":name", "@name", "@@var", "?1", "a$b", "a$$", "\u{e9}", "1st", "x1", "\\", "\\N", "{",
    "}", "_utf8", "E", "e", "N", "x", "b", "U&", "@", ":", "$", "{fn", "is not", "div", "escape",
    "on conflict do nothing", "lateral", "prepare", "transaction", "pragma", "\n", "\t",
];

/// These would open a quote or comment in another dialect.
const MYSQL_CODE: &[&str] = &["/*!", "/*!50001", "/*M!100100", "*/"];
const ARRAY_CODE: &[&str] = &["[", "]", "#>>", "#"];

enum Piece<'a> {
    Code(u8),
    Secret(u8, &'a [u8]),
}

struct Script<'a> {
    dialect: Dialect,
    pieces: Vec<Piece<'a>>,
    /// A secret that comes last and has no end.
    open_end: Option<(u8, &'a [u8])>,
}

impl<'a> Script<'a> {
    /// Any input is a script. The first byte says whether the last secret
    /// lacks its end, and the dialect. Of the others, a byte from 0x60 on is a
    /// piece of code. One below is a secret's form; a byte with the length of
    /// its contents follows, and those.
    fn read(input: &'a [u8]) -> Self {
        let (flags, mut rest) = match input {
            [flags, rest @ ..] => (*flags, rest),
            [] => (b' ', input),
        };
        let mut pieces = Vec::new();
        while let [first, after @ ..] = rest {
            rest = after;
            if *first >= 0x60 {
                pieces.push(Piece::Code(first - 0x60));
            } else if let [length, after @ ..] = after {
                let (contents, after) = after.split_at(after.len().min(usize::from(length & 31)));
                pieces.push(Piece::Secret(*first, contents));
                rest = after;
            }
        }
        let mut open_end = None;
        if flags & 1 == 1
            && let Some(Piece::Secret(form, contents)) =
                pieces.pop_if(|last| matches!(last, Piece::Secret(..)))
        {
            open_end = Some((form, contents));
        }
        Self {
            dialect: DIALECTS[usize::from(flags >> 1 & 3)],
            pieces,
            open_end,
        }
    }

    fn write(&self, which: Which) -> Written {
        let dialect = self.dialect;
        let forms = secret::forms(dialect);
        let form = |number: u8| &forms[usize::from(number) % forms.len()];
        let contents = |bytes| match which {
            Which::Given => Contents::Given(bytes),
            Which::Other => Contents::Other,
        };
        let mut sql = String::new();
        let mut in_executable_comment = false;
        // A string on the next line is read like the one before, which a form
        // does not know of.
        let may_continue = matches!(dialect, Dialect::Ansi | Dialect::Postgres);
        let mut after_secret = false;
        for piece in &self.pieces {
            match *piece {
                Piece::Code(number) => {
                    let code = code(number, dialect);
                    if code.starts_with("/*") {
                        in_executable_comment = true;
                    } else if code == "*/" {
                        in_executable_comment = false;
                    }
                    add(&mut sql, code);
                    after_secret &= code.trim().is_empty();
                }
                Piece::Secret(number, bytes) => {
                    let form = form(number);
                    if !form.is_comment() {
                        if after_secret && may_continue {
                            add(&mut sql, ",");
                        }
                        after_secret = true;
                    }
                    if !(form.is_comment() && matches!(which, Which::Other)) {
                        add(&mut sql, &form.write(contents(bytes), dialect));
                    }
                }
            }
        }
        let mut is_open = in_executable_comment;
        if let Some((number, bytes)) = self.open_end {
            if after_secret && may_continue {
                add(&mut sql, ",");
            }
            let (text, unfinished) = form(number).write_open(contents(bytes), dialect);
            add(&mut sql, &text);
            is_open |= unfinished;
        }
        Written { sql, is_open }
    }
}

#[derive(Clone, Copy)]
enum Which {
    Given,
    Other,
}

struct Written {
    sql: String,
    /// Whether a literal or comment has no end.
    is_open: bool,
}

fn code(number: u8, dialect: Dialect) -> &'static str {
    let own = match dialect {
        Dialect::MySql => MYSQL_CODE,
        Dialect::Sqlite => &[],
        _ => ARRAY_CODE,
    };
    let at = usize::from(number) % (CODE.len() + own.len());
    match at.checked_sub(CODE.len()) {
        None => CODE[at],
        Some(at) => own[at],
    }
}

/// Adds a piece such that it cannot become one token with that before it.
fn add(sql: &mut String, piece: &str) {
    const APART: [char; 4] = ['(', ')', ',', ';'];
    if !(sql.is_empty() || sql.ends_with(APART) || piece.starts_with(APART)) {
        sql.push(' ');
    }
    sql.push_str(piece);
}

/// Checks a script in its dialect.
pub(crate) fn check(input: &[u8]) {
    let script = Script::read(input);
    let given = script.write(Which::Given);
    let other = script.write(Which::Other);
    if given.sql.len().max(other.sql.len()) > LONGEST {
        return;
    }
    let statement = text::check(&given.sql, script.dialect);
    let outputs = Outputs::of(&statement);
    outputs.check_secrets(&given.sql, script.dialect);

    let same = Statement::new(&other.sql, script.dialect);
    // A lazy message: it is longer than the work.
    let context = || {
        let dialect = script.dialect;
        format!(
            "{dialect:?}\n given {:?}\n other {:?}",
            given.sql, other.sql
        )
    };
    assert_eq!(
        statement.shape().is_complete(),
        !given.is_open,
        "{}",
        context()
    );
    assert_eq!(same.shape().is_complete(), !other.is_open, "{}", context());
    // Where a string without an end comes after a backslash and a quote, that
    // backslash may have been read the wrong way: more is dropped.
    let is_doubtful = |sql: &str| sql.contains("\\'") || sql.contains("\\\"");
    if given.is_open && (is_doubtful(&given.sql) || is_doubtful(&other.sql)) {
        return;
    }
    assert_eq!(statement.fingerprint(), same.fingerprint(), "{}", context());
    let same = Outputs::of(&same);
    assert_eq!(outputs.texts, same.texts, "{}", context());
    if let (Some(debug), Some(same)) = (outputs.debug, same.debug) {
        assert_eq!(debug, same, "{}", context());
    }
}

/// What people and files get to see of a statement.
struct Outputs {
    texts: [String; 3],
    /// None where there is in it what may come out of a literal: the rows of
    /// a `LIMIT` or an `OFFSET`, or how a pattern starts.
    debug: Option<String>,
}

impl Outputs {
    fn of(statement: &Statement) -> Self {
        let shape = statement.shape();
        let is_number = |limit| matches!(limit, Limit::Rows(_));
        let shows_literal = is_number(shape.limit())
            || is_number(shape.offset())
            || shape.pattern() != Pattern::Absent;
        Self {
            texts: [
                statement.text().to_owned(),
                statement.summary().to_owned(),
                statement.brief(),
            ],
            debug: (!shows_literal).then(|| format!("{statement:?}")),
        }
    }

    fn check_secrets(&self, sql: &str, dialect: Dialect) {
        for output in self.texts.iter().chain(&self.debug) {
            let output = output.to_ascii_lowercase();
            for marker in secret::MARKERS {
                assert!(
                    !output.contains(marker),
                    "{dialect:?} {sql:?}: {marker} is in {output}",
                );
            }
        }
    }
}
