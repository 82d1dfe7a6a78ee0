//! Writes a statement in one of the many ways that mean the same.

use perfguard_core::statement::Dialect;

use crate::sql::{Choices, Role, Sql};

/// What text in literals and comments holds when a [`Style`] is `marked`.
pub(crate) const MARKER: &str = "qzmarker";

/// What numbers hold then.
pub(crate) const NUMBER_MARKER: &str = "8675309";

/// What varies. What does not is written in one plain way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    pub(crate) case: bool,
    pub(crate) comments: bool,
    pub(crate) lists: bool,
    pub(crate) quotes: bool,
    pub(crate) spaces: bool,
    /// What comes before and after the statement.
    pub(crate) ends: bool,
    pub(crate) values: bool,
    /// Each value and comment is one that holds a marker.
    pub(crate) marked: bool,
}

impl Style {
    pub(crate) const ALL: Self = Self {
        case: true,
        comments: true,
        lists: true,
        quotes: true,
        spaces: true,
        ends: true,
        values: true,
        marked: false,
    };
}

/// `statement` as SQL of `dialect`; `choices` decide what `style` leaves open.
pub(crate) fn render(statement: &Sql, dialect: Dialect, style: Style, choices: &[u8]) -> String {
    let mut renderer = Renderer {
        choices: Choices::new(choices),
        dialect,
        style,
        tokens: Vec::new(),
    };
    renderer.part(statement);
    renderer.join()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Keyword,
    Name,
    Operator,
    Punctuation,
    Value,
}

struct Renderer<'a> {
    choices: Choices<'a>,
    dialect: Dialect,
    style: Style,
    tokens: Vec<(Kind, String)>,
}

impl Renderer<'_> {
    fn part(&mut self, part: &Sql) {
        match part {
            Sql::Enclosed(open, part, close) => {
                self.push(Kind::Punctuation, open);
                self.part(part);
                self.push(Kind::Punctuation, close);
            }
            Sql::Keyword(word) => {
                let mut word = self.cased(word);
                // MySQL's comments that are code.
                if self.style.comments && self.dialect == Dialect::MySql {
                    let opening = match self.choices.below(12) {
                        9 => "/*! ",
                        10 => "/*!40001 ",
                        11 => "/*M!100401 ",
                        _ => "",
                    };
                    if !opening.is_empty() {
                        word = format!("{opening}{word} */");
                    }
                }
                self.push(Kind::Keyword, &word);
            }
            Sql::Name { text, quoted } => {
                let name = if *quoted {
                    self.quoted(text)
                } else {
                    self.cased(text)
                };
                self.push(Kind::Name, &name);
            }
            Sql::Operator(operator) => {
                let operator = self.cased(operator);
                self.push(Kind::Operator, &operator);
            }
            Sql::Optional { present, part } => {
                if *present {
                    self.part(part);
                }
            }
            Sql::Punctuation(text) => self.push(Kind::Punctuation, text),
            Sql::Repeated(part) => {
                let more = if self.style.lists {
                    self.choices.below(4)
                } else {
                    0
                };
                self.part(part);
                for _ in 0..more {
                    self.push(Kind::Punctuation, ",");
                    self.part(part);
                }
            }
            Sql::Sequence(parts) => parts.iter().for_each(|part| self.part(part)),
            Sql::Value(role) => {
                let value = self.value(*role);
                self.push(Kind::Value, &value);
            }
        }
    }

    fn push(&mut self, kind: Kind, text: &str) {
        self.tokens.push((kind, text.to_owned()));
    }

    fn cased(&mut self, word: &str) -> String {
        match if self.style.case {
            self.choices.below(3)
        } else {
            0
        } {
            0 => word.to_owned(),
            1 => word.to_ascii_lowercase(),
            _ => word.to_ascii_uppercase(),
        }
    }

    fn quoted(&mut self, name: &str) -> String {
        let quotes: &[char] = match self.dialect {
            Dialect::MySql => &['`'],
            Dialect::Postgres => &['"'],
            Dialect::Sqlite => &['"', '`', '['],
            _ => &['"', '`'],
        };
        match if self.style.quotes {
            self.choices.of(quotes)
        } else {
            quotes[0]
        } {
            '[' => format!("[{name}]"),
            quote => {
                let doubled = name.replace(quote, &format!("{quote}{quote}"));
                format!("{quote}{doubled}{quote}")
            }
        }
    }

    /// The tokens, with white space and comments between them.
    fn join(mut self) -> String {
        let tokens = std::mem::take(&mut self.tokens);
        let mut text = String::new();
        if self.style.ends {
            text.push_str(self.choices.of(&["", " ", "\n\t", ";"]));
        }
        if self.style.ends && self.style.comments {
            self.comment(&mut text);
        }
        for (at, token) in tokens.iter().enumerate() {
            if let Some(previous) = at.checked_sub(1).map(|at| &tokens[at]) {
                self.between(previous, token, &mut text);
            }
            text.push_str(&token.1);
        }
        if self.style.ends {
            text.push_str(self.choices.of(&["", ";", " ; ", ";\n;"]));
        }
        if self.style.ends && self.style.comments {
            self.comment(&mut text);
        }
        text
    }

    fn between(&mut self, a: &(Kind, String), b: &(Kind, String), text: &mut String) {
        let touching = |kind| matches!(kind, Kind::Punctuation);
        let compares = |token: &(Kind, String)| {
            token.0 == Kind::Operator && token.1.bytes().all(|byte| b"<=>".contains(&byte))
        };
        let operand = |token: &(Kind, String)| matches!(token.0, Kind::Name | Kind::Value);
        let may_touch = touching(a.0)
            || touching(b.0)
            || compares(a) && operand(b)
            || operand(a) && compares(b);
        if self.style.comments && self.choices.below(4) == 3 {
            // Operators could take the comment's slash for their own.
            text.push(' ');
            self.comment(text);
            text.push(' ');
        } else if !self.style.spaces {
            text.push(' ');
        } else if !may_touch || self.choices.yes() {
            text.push_str(self.choices.of(&[" ", "\n", "\t", "  ", "\r\n  ", "\n\n"]));
        }
    }

    fn comment(&mut self, text: &mut String) {
        const WORDS: [&str; 8] = [
            "traceparent='00-1-2-01'",
            "it's",
            "\"",
            "$$",
            "-- #",
            "? $1 :n",
            "\u{e9};",
            "binds: [1, \"a\"]",
        ];
        let words = [self.choices.of(&WORDS), self.choices.of(&WORDS)];
        let content = if self.style.marked {
            format!("{} {MARKER} {}", words[0], words[1])
        } else {
            words.join(" ")
        };
        let nests = matches!(self.dialect, Dialect::Ansi | Dialect::Postgres);
        let comment = match self.choices.below(7) {
            0 => format!("/* {content} */"),
            1 => format!("/*{content}*/"),
            2 => format!("/*+ {content} */"),
            3 => format!("-- {content}\n"),
            4 if nests => format!("/* /* {content} /* */*/ {content} **/"),
            4 => format!("/* /* {content} **/"),
            5 if self.dialect == Dialect::MySql => format!("# {content} */ /*\n"),
            5 => format!("--{content} */ /*\n"),
            _ => format!("-- {content}\r\n\n"),
        };
        text.push_str(&comment);
    }

    fn value(&mut self, role: Role) -> String {
        if !self.style.values {
            return "1".to_owned();
        }
        if self.style.marked {
            return match role {
                // A limit is known to the shape.
                Role::Count => self.choices.of(&["1", "20"]).to_owned(),
                Role::Text => self.string(),
                Role::Any | Role::Field => match self.choices.yes() {
                    false => self.string(),
                    true => self.number(),
                },
            };
        }
        match (self.choices.below(4), role) {
            (0, Role::Count) => self.choices.of(&["1", "0", "9223372036854775807"]).into(),
            (0, Role::Field) => self.cased("DEFAULT"),
            (0, _) => {
                let word = self.choices.of(&["NULL", "TRUE", "FALSE"]);
                self.cased(word)
            }
            (1, Role::Text) | (2, Role::Any | Role::Field | Role::Text) => self.string(),
            (1, Role::Any | Role::Field) => self.number(),
            _ => self.bind(),
        }
    }

    fn bind(&mut self) -> String {
        let binds: &[&str] = match self.dialect {
            Dialect::MySql => &["?"],
            Dialect::Postgres => &["$1", "$23"],
            Dialect::Sqlite => &["?", "?1", ":name", "@name", "$name", "$1"],
            _ => &["?", "?1", ":name", "$1"],
        };
        self.choices.of(binds).to_owned()
    }

    fn number(&mut self) -> String {
        let digits = if self.style.marked {
            NUMBER_MARKER
        } else {
            self.choices.of(&["0", "7", "42", "12345678901234567890"])
        };
        let sign = self
            .choices
            .of(&["", "", "-", "+", "- ", "- -", "-\n", "+ - "]);
        let number = match self.choices.below(9) {
            0 => format!("{digits}.5"),
            1 => format!(".{digits}"),
            2 => format!("{digits}."),
            3 => format!("{digits}e-3"),
            4 => format!("1.5E+{digits}"),
            5 => format!("0x{digits}"),
            6 => format!("0X{digits}fF"),
            7 if self.dialect != Dialect::MySql => format!("1_000_{digits}"),
            _ => digits.to_owned(),
        };
        format!("{sign}{number}")
    }

    fn string(&mut self) -> String {
        let escapes = self.dialect == Dialect::MySql;
        let has_prefixes = matches!(self.dialect, Dialect::Ansi | Dialect::Postgres);
        let content = self.content();
        match self.choices.below(9) {
            // To SQLite these are a column and its alias.
            0 if self.dialect != Dialect::Sqlite => enclose("n'", &content, escapes),
            1 if escapes => enclose("_utf8mb4'", &content, true),
            1 if has_prefixes => enclose("U&'", &content, false),
            2 | 3 if escapes => enclose("\"", &content, true),
            2 | 3 if has_prefixes => {
                let prefix = self.choices.of(&["e'", "E'"]);
                enclose(prefix, &content, true)
            }
            4 if has_prefixes => format!("$${}$$", content.replace('$', "")),
            5 if has_prefixes => format!("$t\u{e9}g1${content}$$ $1$t\u{e9}g1$"),
            6 if !self.style.marked && self.dialect == Dialect::Sqlite => "x'1F'".to_owned(),
            6 if !self.style.marked => self.choices.of(&["x'1F'", "X''", "b'01'"]).to_owned(),
            6 if escapes && !self.style.marked => "\\N".to_owned(),
            _ => enclose("'", &content, escapes),
        }
    }

    /// What a string holds: things that mean something elsewhere.
    fn content(&mut self) -> String {
        const PIECES: [&str; 14] = [
            "", "'", "\"", "''", "\\", "\\'", "--", "/*", "*/", "$$", "? $1", "\n", "\u{e9}", "; ",
        ];
        let mut content = String::new();
        for _ in 0..self.choices.below(4) {
            content.push_str(self.choices.of(&PIECES));
        }
        if self.style.marked {
            content.push_str(MARKER);
            content.push_str(self.choices.of(&PIECES));
        }
        content
    }
}

/// A string that starts with `opening` and has the value `content`.
fn enclose(opening: &str, content: &str, escapes: bool) -> String {
    let quote = &opening[opening.len() - 1..];
    let mut inner = content.to_owned();
    if escapes {
        inner = inner.replace('\\', "\\\\");
    }
    // Both ways to write a quote, where both are.
    let written = if escapes && content.len().is_multiple_of(2) {
        format!("\\{quote}")
    } else {
        quote.repeat(2)
    };
    inner = inner.replace(quote, &written);
    format!("{opening}{inner}{quote}")
}
