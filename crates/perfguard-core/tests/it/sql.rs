//! Statements that look like those of an application, as trees that can be
//! written in many ways (`render`) and changed in one place.

use perfguard_core::statement::Dialect;
use proptest::prelude::*;

/// A part of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Sql {
    Keyword(&'static str),
    Name {
        text: &'static str,
        quoted: bool,
    },
    Operator(&'static str),
    /// A clause or item that can be left out.
    Optional {
        present: bool,
        part: Box<Sql>,
    },
    /// In parentheses or brackets.
    Enclosed(&'static str, Box<Sql>, &'static str),
    Punctuation(&'static str),
    /// One item, or any number of them, for which values differ.
    Repeated(Box<Sql>),
    Sequence(Vec<Sql>),
    Value(Role),
}

/// What can stand in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Any,
    /// Of LIMIT and OFFSET.
    Count,
    /// In a row of VALUES: DEFAULT too.
    Field,
    /// No number: there a sign could be an operator.
    Text,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        let part = |text: &'static str| match text.as_bytes() {
            [first, ..] if first.is_ascii_alphabetic() => Self::Keyword(text),
            _ => Self::Punctuation(text),
        };
        Self::Sequence(text.split_whitespace().map(part).collect())
    }
}

macro_rules! sql {
    ($($part:expr),* $(,)?) => { Sql::Sequence(vec![$(Sql::from($part)),*]) };
}

impl Sql {
    /// Calls `visit` on each part, with whether it is outside of all
    /// parentheses.
    pub(crate) fn walk(&mut self, at_top: bool, visit: &mut impl FnMut(&mut Self, bool)) {
        visit(self, at_top);
        match self {
            Self::Enclosed(_, part, _) => part.walk(false, visit),
            Self::Optional { present, part } => {
                if *present {
                    part.walk(at_top, visit);
                }
            }
            Self::Repeated(part) => part.walk(at_top, visit),
            Self::Sequence(parts) => {
                for part in parts {
                    part.walk(at_top, visit);
                }
            }
            Self::Keyword(_)
            | Self::Name { .. }
            | Self::Operator(_)
            | Self::Punctuation(_)
            | Self::Value(_) => {}
        }
    }
}

/// Decisions, made by bytes: fewer and smaller bytes make simpler texts, so
/// proptest finds the simplest text that fails.
#[derive(Debug)]
pub(crate) struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % bound)
    }

    pub(crate) fn yes(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(crate) fn of<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.below(options.len())]
    }
}

/// A statement of `dialect`.
pub(crate) fn statement(dialect: Dialect) -> impl Strategy<Value = Sql> {
    prop::collection::vec(any::<u8>(), 0..160).prop_map(move |bytes| {
        let choices = Choices::new(&bytes);
        Generator { choices, dialect }.statement()
    })
}

const MAX_DEPTH: usize = 3;

struct Generator<'a> {
    choices: Choices<'a>,
    dialect: Dialect,
}

impl Generator<'_> {
    fn statement(&mut self) -> Sql {
        match self.choices.below(8) {
            0 => self.insert(),
            1 => self.update(),
            2 => sql!["DELETE FROM", self.table(), self.filter()],
            3 => {
                let query = sql![self.name(), "AS", parens(self.query(1))];
                sql!["WITH", query, self.query(0)]
            }
            4 => {
                let other = sql!["UNION", self.optional("ALL"), self.query(0)];
                sql![parens(self.query(1)), self.optional(other)]
            }
            _ => self.query(0),
        }
    }

    fn query(&mut self, depth: usize) -> Sql {
        let distinct = self.optional("DISTINCT");
        let item = self.item(depth);
        let more = sql![",", self.item(depth)];
        let more = self.optional(more);
        let table = self.table();
        let join = sql![
            self.choices.of(&["JOIN", "LEFT JOIN"]),
            self.table(),
            "ON",
            self.column(),
            Sql::Operator("="),
            self.column(),
        ];
        let from = sql!["FROM", table, self.optional(join)];
        let filter = self.filter();
        let group = sql!["GROUP BY", self.column()];
        let order = sql!["ORDER BY", self.column(), self.optional("DESC")];
        let limit = sql!["LIMIT", Sql::Value(Role::Count)];
        let offset = sql!["OFFSET", Sql::Value(Role::Count)];
        sql![
            "SELECT",
            distinct,
            item,
            more,
            from,
            filter,
            self.optional(group),
            self.optional(order),
            self.optional(limit),
            self.optional(offset),
        ]
    }

    fn insert(&mut self) -> Sql {
        let columns = sql![self.column_name(), ",", self.column_name()];
        let into = sql!["INSERT INTO", self.table_name(), parens(columns)];
        if self.choices.below(4) == 3 {
            return sql![into, self.query(1)];
        }
        let field = match self.choices.below(4) {
            0 => sql![self.function(), parens(Sql::Value(Role::Any))],
            1 => self.cast(),
            _ => sql![Sql::Value(Role::Field)],
        };
        let row = parens(sql![Sql::Value(Role::Field), ",", field]);
        let row = match self.dialect {
            Dialect::MySql if self.choices.yes() => sql!["ROW", row],
            _ => row,
        };
        let tail = match self.dialect {
            Dialect::MySql => {
                let column = self.column_name();
                let new = parens(column.clone());
                sql![
                    "ON DUPLICATE KEY UPDATE",
                    column,
                    Sql::Operator("="),
                    "VALUES",
                    new
                ]
            }
            _ => {
                let returning = sql!["RETURNING", self.column_name()];
                sql!["ON CONFLICT DO NOTHING", self.optional(returning)]
            }
        };
        let rows = Sql::Repeated(Box::new(row));
        sql![into, "VALUES", rows, self.optional(tail)]
    }

    fn update(&mut self) -> Sql {
        let table = self.table_name();
        let mut set = || sql![self.column_name(), Sql::Operator("="), self.scalar(1)];
        let (first, second) = (set(), sql![",", set()]);
        sql![
            "UPDATE",
            table,
            "SET",
            first,
            self.optional(second),
            self.filter()
        ]
    }

    fn filter(&mut self) -> Sql {
        let filter = sql!["WHERE", self.predicate(0)];
        self.optional(filter)
    }

    fn item(&mut self, depth: usize) -> Sql {
        match self.choices.below(6) {
            0 => sql![self.scalar(depth + 1), "AS", self.name()],
            1 => sql!["COUNT", parens(Sql::from("*"))],
            _ => self.column(),
        }
    }

    fn predicate(&mut self, depth: usize) -> Sql {
        let column = self.column();
        let depth = depth + 1;
        if depth > MAX_DEPTH {
            return sql![column, Sql::Operator("="), Sql::Value(Role::Any)];
        }
        match self.choices.below(12) {
            0 => {
                let list = parens(Sql::Repeated(Box::new(Sql::Value(Role::Any))));
                sql![column, self.optional("NOT"), "IN", list]
            }
            1 => {
                let both = parens(sql![column, ",", self.column()]);
                let pair = sql![Sql::Value(Role::Any), ",", self.scalar(depth)];
                let list = parens(Sql::Repeated(Box::new(parens(pair))));
                sql![both, "IN", list]
            }
            2 => sql![
                column,
                "BETWEEN",
                Sql::Value(Role::Any),
                "AND",
                Sql::Value(Role::Any)
            ],
            3 => sql![column, "IS", self.optional("NOT"), "NULL"],
            4 => {
                let exists = sql!["EXISTS", parens(self.query(depth))];
                sql![self.optional("NOT"), exists]
            }
            5 => {
                let left = parens(self.predicate(depth));
                let operator = Sql::Operator(self.choices.of(&["AND", "OR"]));
                sql![left, operator, self.predicate(depth)]
            }
            6 => {
                let when = sql!["CASE WHEN", self.predicate(depth)];
                let then = sql!["THEN", Sql::Value(Role::Any)];
                let other = sql!["ELSE", Sql::Value(Role::Any), "END"];
                sql![when, then, other, Sql::Operator("="), column]
            }
            7 if self.dialect == Dialect::Postgres => self.of_postgres(column),
            7 if self.dialect != Dialect::Ansi => {
                let arrow = Sql::Operator(self.choices.of(&["->", "->>"]));
                let path = Sql::Value(Role::Text);
                sql![
                    column,
                    arrow,
                    path,
                    Sql::Operator("="),
                    Sql::Value(Role::Any)
                ]
            }
            8 => sql![column, Sql::Operator("="), parens(self.query(depth))],
            9 => sql![self.optional("NOT"), parens(self.predicate(depth))],
            _ => {
                const OPERATORS: [&str; 6] = ["=", "<", ">", "<=", ">=", "LIKE"];
                let operator = Sql::Operator(self.choices.of(&OPERATORS));
                sql![column, operator, self.scalar(depth)]
            }
        }
    }

    /// A predicate that only PostgreSQL has.
    fn of_postgres(&mut self, column: Sql) -> Sql {
        let repeated = |part| Box::new(Sql::Repeated(Box::new(part)));
        match self.choices.below(4) {
            0 => {
                let value = sql![Sql::Value(Role::Any), "::", self.type_name()];
                let array = Sql::Enclosed("[", repeated(value), "]");
                let any = parens(sql!["ARRAY", array]);
                sql![column, Sql::Operator("="), "ANY", any]
            }
            1 => {
                let operator = Sql::Operator(self.choices.of(&["?", "?|", "?&"]));
                sql![column, operator, Sql::Value(Role::Text)]
            }
            2 => {
                let path = Sql::Value(Role::Text);
                let operator = Sql::Operator(self.choices.of(&["@>", "~*", "!~"]));
                sql![
                    column,
                    Sql::Operator("#>>"),
                    path,
                    operator,
                    Sql::Value(Role::Any)
                ]
            }
            _ => {
                let value = sql![Sql::Value(Role::Any), "::", self.type_name()];
                let list = Sql::Enclosed("(", repeated(value), ")");
                sql![column, "IN", list]
            }
        }
    }

    fn scalar(&mut self, depth: usize) -> Sql {
        if depth > MAX_DEPTH {
            return Sql::Value(Role::Any);
        }
        match self.choices.below(8) {
            0 => self.column(),
            1 => self.cast(),
            2 => {
                let arguments = Sql::Repeated(Box::new(Sql::Value(Role::Any)));
                sql![self.function(), parens(arguments)]
            }
            3 => {
                let operator = Sql::Operator(self.choices.of(&["-", "+"]));
                sql![self.column(), operator, Sql::Value(Role::Any)]
            }
            _ => Sql::Value(Role::Any),
        }
    }

    fn cast(&mut self) -> Sql {
        let value = sql![Sql::Value(Role::Any), "AS", self.type_name()];
        sql!["CAST", parens(value)]
    }

    fn optional(&mut self, part: impl Into<Sql>) -> Sql {
        Sql::Optional {
            present: self.choices.yes(),
            part: Box::new(part.into()),
        }
    }

    fn table(&mut self) -> Sql {
        let alias = sql!["AS", self.name()];
        let table = self.table_name();
        sql![table, self.optional(alias)]
    }

    fn table_name(&mut self) -> Sql {
        match self.choices.below(3) {
            0 => sql![self.name(), ".", self.name()],
            _ => self.name(),
        }
    }

    fn column(&mut self) -> Sql {
        match self.choices.below(2) {
            0 => self.column_name(),
            _ => sql![self.name(), ".", self.column_name()],
        }
    }

    fn column_name(&mut self) -> Sql {
        self.name()
    }

    fn function(&mut self) -> Sql {
        let text = self.choices.of(&["coalesce", "lower"]);
        let quoted = false;
        Sql::Name { text, quoted }
    }

    fn type_name(&mut self) -> Sql {
        let quoted = self.choices.yes();
        let text = self.choices.of(&["text", "mood"]);
        Sql::Name { text, quoted }
    }

    fn name(&mut self) -> Sql {
        const PLAIN: [&str; 8] = [
            "users",
            "id",
            "user_id",
            "t1",
            "value",
            "key",
            "gr\u{f6}\u{df}e",
            "a$b",
        ];
        const QUOTED: [&str; 8] = [
            "users",
            "Id",
            "order items",
            "select",
            "null",
            "a\"b",
            "x`y",
            "2nd--",
        ];
        let quoted = self.choices.yes();
        let text = self.choices.of(if quoted { &QUOTED } else { &PLAIN });
        Sql::Name { text, quoted }
    }
}

fn parens(part: Sql) -> Sql {
    Sql::Enclosed("(", Box::new(part), ")")
}
