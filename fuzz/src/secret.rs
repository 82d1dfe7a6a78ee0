//! Literals and comments, as each dialect's own manual defines them.

use perfguard_core::statement::Dialect;

/// One of them is in the contents of each secret, in lower case because code
/// is written in lower case.
pub(crate) const MARKERS: [&str; 4] = [WORDS, DIGITS, HEX, BITS];

const WORDS: &str = "zqsecretqz";
const DIGITS: &str = "86753098675309";
const HEX: &str = "c0ffee5ec2e7";
const BITS: &str = "1011001110001111000011111";

/// How a secret is written.
pub(crate) enum Form {
    BlockComment(&'static str),
    Dollar(&'static str),
    LineComment(&'static str),
    /// Each `{}` is for digits.
    Number(&'static str, Digits),
    Quoted {
        prefix: &'static str,
        quote: char,
        contents: Inside,
    },
}

#[derive(Clone, Copy)]
pub(crate) enum Digits {
    Binary,
    Decimal,
    Hexadecimal,
}

#[derive(Clone, Copy)]
pub(crate) enum Inside {
    Digits(Digits),
    /// A backslash takes what follows it into the string.
    Escapes,
    /// Only the quote is special.
    Plain,
}

const fn quoted(prefix: &'static str, contents: Inside) -> Form {
    Form::Quoted {
        prefix,
        quote: '\'',
        contents,
    }
}

const SHARED: [Form; 12] = [
    Form::Number("{}", Digits::Decimal),
    Form::BlockComment(""),
    Form::BlockComment("+"),
    Form::LineComment("-- "),
    Form::Number("{}.{}", Digits::Decimal),
    Form::Number(".{}", Digits::Decimal),
    Form::Number("{}.", Digits::Decimal),
    Form::Number("{}e+7", Digits::Decimal),
    Form::Number("{}.{}E{}", Digits::Decimal),
    Form::Number("0x{}", Digits::Hexadecimal),
    quoted("x", Inside::Digits(Digits::Hexadecimal)),
    quoted("X", Inside::Digits(Digits::Hexadecimal)),
];

const SQLITE: [Form; 4] = [
    quoted("", Inside::Plain),
    quoted("", Inside::Plain),
    Form::LineComment("--"),
    Form::Number("{}_{}", Digits::Decimal),
];

const POSTGRES: [Form; 19] = [
    quoted("", Inside::Plain),
    quoted("", Inside::Plain),
    quoted("E", Inside::Escapes),
    quoted("e", Inside::Escapes),
    quoted("U&", Inside::Plain),
    quoted("u&", Inside::Plain),
    quoted("N", Inside::Plain),
    quoted("B", Inside::Digits(Digits::Binary)),
    quoted("b", Inside::Digits(Digits::Binary)),
    Form::Dollar(""),
    Form::Dollar("a"),
    Form::Dollar("aa"),
    Form::Dollar("Tag"),
    Form::Dollar("_t1"),
    Form::Dollar("\u{e9}"),
    Form::LineComment("--"),
    Form::Number("0b{}", Digits::Binary),
    Form::Number("{}_{}", Digits::Decimal),
    Form::Number("0x{}", Digits::Hexadecimal),
];

const MYSQL: [Form; 13] = [
    quoted("", Inside::Escapes),
    quoted("", Inside::Escapes),
    Form::Quoted {
        prefix: "",
        quote: '"',
        contents: Inside::Escapes,
    },
    Form::Quoted {
        prefix: "_utf8mb4",
        quote: '"',
        contents: Inside::Escapes,
    },
    quoted("_utf8mb4", Inside::Escapes),
    quoted("_latin1", Inside::Escapes),
    quoted("N", Inside::Escapes),
    quoted("n", Inside::Escapes),
    quoted("b", Inside::Digits(Digits::Binary)),
    Form::LineComment("#"),
    Form::LineComment("--\t"),
    Form::LineComment("# "),
    Form::Number("0b{}", Digits::Binary),
];

/// The forms that the dialect has.
pub(crate) fn forms(dialect: Dialect) -> Vec<&'static Form> {
    let own: &[Form] = match dialect {
        Dialect::MySql => &MYSQL,
        Dialect::Sqlite => &SQLITE,
        _ => &POSTGRES,
    };
    own.iter().chain(&SHARED).collect()
}

/// What a secret holds.
#[derive(Clone, Copy)]
pub(crate) enum Contents<'a> {
    /// These bytes, and a marker.
    Given(&'a [u8]),
    /// Something else that is valid in every form.
    Other,
}

impl Contents<'_> {
    fn text(self) -> String {
        match self {
            Contents::Given(bytes) => {
                let (before, after) = bytes.split_at(bytes.len() / 2);
                let before = String::from_utf8_lossy(before);
                let after = String::from_utf8_lossy(after);
                format!("{before}{WORDS}{after}")
            }
            Contents::Other => "x".to_owned(),
        }
    }

    fn digits(self, digits: Digits) -> String {
        let (marker, of) = match digits {
            Digits::Binary => (BITS, "01"),
            Digits::Decimal => (DIGITS, "0123456789"),
            Digits::Hexadecimal => (HEX, "0123456789abcdef"),
        };
        match self {
            Contents::Given(bytes) => {
                let digit = |byte: &u8| char::from(of.as_bytes()[usize::from(*byte) % of.len()]);
                bytes.iter().map(digit).chain(marker.chars()).collect()
            }
            Contents::Other => "1".to_owned(),
        }
    }
}

impl Form {
    pub(crate) fn is_comment(&self) -> bool {
        matches!(self, Form::BlockComment(_) | Form::LineComment(_))
    }

    pub(crate) fn write(&self, contents: Contents<'_>, dialect: Dialect) -> String {
        let (mut text, _) = self.write_open(contents, dialect);
        match self {
            Form::BlockComment(_) => text.push_str("*/"),
            Form::Dollar(tag) => text.push_str(&format!("${tag}$")),
            Form::LineComment(_) => text.push('\n'),
            Form::Number(..) => {}
            Form::Quoted { quote, .. } => text.push(*quote),
        }
        text
    }

    /// Without what ends it, and whether it has no end then.
    pub(crate) fn write_open(&self, contents: Contents<'_>, dialect: Dialect) -> (String, bool) {
        match self {
            Form::BlockComment(start) => {
                let nests = matches!(dialect, Dialect::Ansi | Dialect::Postgres);
                let text = comment(contents.text(), nests);
                // `/*!` is code in MySQL.
                let gap = if start.is_empty() { " " } else { "" };
                (format!("/*{start}{gap}{text}"), true)
            }
            Form::Dollar(tag) => {
                let delimiter = format!("${tag}$");
                let mut text = contents.text();
                if format!("{text}{delimiter}").find(&delimiter) != Some(text.len()) {
                    text = text.replace('$', "_");
                }
                (format!("{delimiter}{text}"), true)
            }
            Form::LineComment(start) => {
                let ends: &[char] = match dialect {
                    Dialect::MySql | Dialect::Sqlite => &['\n'],
                    _ => &['\n', '\r'],
                };
                (
                    format!("{start}{}", contents.text().replace(ends, " ")),
                    false,
                )
            }
            Form::Number(pattern, digits) => {
                (pattern.replace("{}", &contents.digits(*digits)), false)
            }
            Form::Quoted {
                prefix,
                quote,
                contents: inside,
            } => {
                let text = match inside {
                    Inside::Digits(digits) => contents.digits(*digits),
                    Inside::Escapes => escaped(&contents.text(), *quote),
                    Inside::Plain => contents
                        .text()
                        .replace(*quote, &quote.to_string().repeat(2)),
                };
                (format!("{prefix}{quote}{text}"), true)
            }
        }
    }
}

/// Text without an end of a comment in it. Where comments nest, what was the
/// marker is followed by a comment with it.
fn comment(text: String, nests: bool) -> String {
    let mut safe = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_end = character == '/' && safe.ends_with('*');
        let is_start = nests && character == '/' && matches!(characters.peek(), None | Some('*'));
        safe.push(if is_end || is_start { '_' } else { character });
    }
    if nests && safe.len().is_multiple_of(2) {
        safe.push_str(" /* */ /* /**/ ");
        safe.push_str(WORDS);
        safe.push_str(" */ ");
        safe.push_str(WORDS);
    }
    safe
}

/// Backslashes stay, with what follows them.
fn escaped(text: &str, quote: char) -> String {
    let mut escaped = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        escaped.push(character);
        if character == '\\' {
            escaped.push(characters.next().unwrap_or('\\'));
        } else if character == quote {
            escaped.push(quote);
        }
    }
    escaped
}
