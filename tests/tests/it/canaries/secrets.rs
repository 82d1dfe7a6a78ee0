//! Secrets, what statements hold them, and how an output is searched for them.

use std::sync::atomic::{AtomicU64, Ordering};

use perfguard::statement::Dialect;

/// In each secret, whatever it is written as.
const WORD: &str = "c4n4ry";

/// What each number starts with: no clock and no counter comes near it.
const DIGITS: i64 = 98_989_898_989;

/// The word and the digits as an output could have written them, in lower case.
const TRACES: [&str; 10] = [
    WORD,
    "98989898989",
    "9.8989898989",
    // In hex, in a UUID, as bytes, and percent-encoded to the last letter.
    "63346e347279",
    "63346e34-7279",
    "99, 52, 110, 52, 114, 121",
    "%63%34%6e%34%72%79",
    // In base64, wherever it starts.
    "yzrunhj5",
    "m0bjrye",
    "jng40cnk",
];

static SOWN: AtomicU64 = AtomicU64::new(0);

/// How many statements have got a secret in this process.
pub(crate) fn sown() -> u64 {
    SOWN.load(Ordering::Relaxed)
}

/// What belongs to one statement alone.
pub(crate) struct Secret {
    kind: &'static str,
    number: u64,
}

impl Secret {
    pub(crate) fn new(kind: &'static str) -> Self {
        let number = SOWN.fetch_add(1, Ordering::Relaxed);
        Self { kind, number }
    }

    /// So that a secret is no sequel of the one before it.
    fn noise(&self) -> u64 {
        let mixed = (self.number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb)
    }

    pub(crate) fn text(&self) -> String {
        let Self { kind, number } = self;
        format!("canary-{kind}-{number}-{}", self.word())
    }

    /// What fits into a name, a tag or an address.
    pub(crate) fn word(&self) -> String {
        format!("{WORD}{:016x}", self.noise())
    }

    pub(crate) fn number(&self) -> i64 {
        DIGITS * 1_000_000 + i64::try_from(self.number).unwrap()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.text().into_bytes()
    }

    pub(crate) fn hex(&self) -> String {
        let bytes = self.bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn uuid(&self) -> String {
        let end = self.noise() >> 16;
        format!("63346e34-7279-4000-8000-{end:012x}")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "secret": [self.text(), self.number()] })
    }
}

/// The places at which an output tells something of a secret.
pub(crate) fn traces_in(output: &str) -> Vec<String> {
    let lower = output.to_lowercase();
    let mut found = Vec::new();
    for trace in TRACES {
        if let Some(at) = lower.find(trace) {
            let from = lower.floor_char_boundary(at.saturating_sub(200));
            let to = lower.ceil_char_boundary((at + 100).min(lower.len()));
            found.push(lower[from..to].to_owned());
        }
    }
    found
}

/// Writes a statement with this alias around a secret.
type Write = dyn Fn(&str, &Secret) -> String;

/// A statement around a secret.
pub(crate) struct Form {
    /// What it is, in letters and `_`.
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    write: Box<Write>,
}

impl Form {
    /// The statement with a secret of its own. `tag` is an alias in there, so
    /// that outputs can be asked whether they show it.
    pub(crate) fn write(&self, tag: &str) -> String {
        (self.write)(tag, &Secret::new(self.kind))
    }
}

fn whole(
    kind: &'static str,
    name: &'static str,
    write: impl Fn(&str, &Secret) -> String + 'static,
) -> Form {
    Form {
        name,
        kind,
        write: Box::new(write),
    }
}

/// A read whose condition holds the secret: `#` stands for the text, `@` for
/// the number, `^` for the text in hex, and `~` for the word.
fn read(kind: &'static str, name: &'static str, condition: &'static str) -> Form {
    whole(kind, name, move |tag, secret| {
        let condition = filled(condition, secret);
        format!("SELECT name AS {tag} FROM canaries WHERE {condition}")
    })
}

fn filled(pattern: &str, secret: &Secret) -> String {
    pattern
        .replace('^', &secret.hex())
        .replace('@', &secret.number().to_string())
        .replace('~', &secret.word())
        .replace('#', &secret.text())
}

/// What statements hold, on one kind of database.
pub(crate) fn forms(dialect: Dialect) -> Vec<Form> {
    let mut forms = vec![
        read("literal", "quoted", "name = '#'"),
        read(
            "literal",
            "doubled_quote",
            "name = 'it''s #' AND name <> ''''",
        ),
        read("literal", "number", "id = @ OR id < -@"),
        read("literal", "fraction", "id = @.25 OR id > @e1"),
        read(
            "literal",
            "list",
            "name IN ('#', '#2', '#3') OR id IN (@, -@, @)",
        ),
        read("literal", "pattern", "name LIKE '%#' OR name LIKE '#'"),
        read("literal", "hex", "name = X'^'"),
        read("literal", "lines", "name = '1\n-- #\n/* '"),
        read("literal", "unterminated", "name = '#"),
        read(
            "literal",
            "unterminated_after_another",
            "name <> 'O'# AND name <> 'b'",
        ),
        read("literal", "apostrophe_inside", "name = 'it's # AND so on'"),
        read("literal", "apostrophes_inside", "name = 'it's #, isn't it'"),
        read("literal", "glued", "name = 'O'~'"),
        read("literal", "glued_twice", "name = 'O'~'s'"),
        read("comment", "dashes", "id > 0 -- # @"),
        read(
            "comment",
            "dashes_before_more",
            "id > 0 -- it's #\n AND id < 9",
        ),
        read("comment", "block", "id /* # '@' */ > 0"),
        read("comment", "hint", "/*+ MAX_EXECUTION_TIME(@) # */ id > 0"),
        read("comment", "unterminated_block", "id > 0 /* #"),
        read("error", "syntax", "name == == '#' )( @"),
        whole("literal", "insert", |tag, secret| {
            let (text, number) = (secret.text(), secret.number());
            format!(
                "INSERT INTO canaries (name, {tag}) VALUES ('{text}', {number}), ('{text}2', 1)"
            )
        }),
        whole("literal", "update", |tag, secret| {
            let text = secret.text();
            format!("UPDATE canaries SET name = '{text}' WHERE name = '{text}2' AND {tag} = 1")
        }),
        whole("literal", "limit", |tag, secret| {
            let text = secret.text();
            format!(
                "SELECT name AS {tag} FROM canaries WHERE name <> '{text}' ORDER BY id LIMIT 5000 OFFSET 20000"
            )
        }),
        whole("literal", "whole_table", |tag, secret| {
            format!(
                "SELECT name AS {tag}, '{}' AS note FROM canaries",
                secret.text()
            )
        }),
        whole("literal", "whole_delete", |tag, secret| {
            format!("DELETE FROM {tag} /* {} */", secret.text())
        }),
        whole("error", "unique", |tag, secret| {
            // What the server says of it repeats the key.
            let text = secret.text();
            format!("INSERT INTO canaries (name) SELECT '{text}' FROM authors AS {tag}")
        }),
        whole("error", "no_such_column", |tag, secret| {
            format!(
                "SELECT {tag} FROM canaries WHERE name = '{}'",
                secret.text()
            )
        }),
        whole("literal", "script", |tag, secret| {
            let text = secret.text();
            format!("SELECT name AS {tag} FROM canaries WHERE name = '{text}'; SELECT '{text}'")
        }),
    ];
    forms.extend(match dialect {
        Dialect::MySql => vec![
            read("literal", "double_quotes", "name = \"#\""),
            read(
                "literal",
                "doubled_double_quotes",
                "name = \"say \"\"#\"\"\"",
            ),
            read("literal", "escaped", r"name = 'it\'s #' AND name <> '\\'"),
            read("literal", "escaped_double_quotes", r##"name = "a\"#\"""##),
            read("literal", "national", "name = N'#'"),
            read("literal", "introduced", "name = _utf8mb4'#'"),
            read("literal", "hex_number", "name = 0x^"),
            read(
                "literal",
                "executable_comment",
                "/*!50000 name = '#' AND */ id > @",
            ),
            read("literal", "unterminated_double_quotes", "name = \"#"),
            whole("comment", "hash_sign", |tag, secret| {
                let text = secret.text();
                format!("SELECT name AS {tag} FROM canaries # it's {text}\n WHERE id > 0 # {text}")
            }),
            whole("error", "raised", |tag, secret| {
                let text = secret.text();
                format!(
                    "BEGIN NOT ATOMIC DECLARE {tag} INT; \
                     SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{text}'; END"
                )
            }),
            read("error", "cast", "id = CAST('#' AS DATETIME) + EXP(@)"),
        ],
        Dialect::Postgres => vec![
            read("literal", "escaped", r"name = E'it\'s #\\'"),
            read("literal", "dollars", "name = $$it's #$$"),
            read("literal", "tagged_dollars", "name = $tag$it's $$ #$tag$"),
            read("literal", "tag", "name = $~$it's $$ #$~$"),
            read("literal", "national", "name = N'#'"),
            read("literal", "unicode", "name = U&'#'"),
            read("literal", "continued", "name = 'a'\n'#'"),
            read("literal", "array", "name = ANY('{#,\"#\"}'::text[])"),
            read(
                "literal",
                "json",
                r##"'{"secret": "#"}'::jsonb ->> '#' = name"##,
            ),
            read("literal", "unterminated_dollars", "name = $tag$ #"),
            read("literal", "unterminated_escapes", r"name = E'\'#"),
            read("comment", "nested", "id > 0 /* a /* # */ it's # */"),
            read("comment", "unterminated_nested", "id > 0 /* a /* # */ #"),
            read("error", "cast", "id = CAST('#' AS integer)"),
            read("error", "cast_of_uuid", "name = CAST('#' AS uuid)::text"),
            whole("error", "raised", |tag, secret| {
                let text = secret.text();
                format!(
                    "DO $$ BEGIN RAISE EXCEPTION '{text}'; END $$; SELECT 1 AS {tag} FROM canaries"
                )
            }),
        ],
        Dialect::Sqlite => vec![
            read("error", "json", "json_extract('#', '$') = name"),
            read("error", "overflow", "abs(-9223372036854775807 - 1) = '#'"),
        ],
        _ => vec![
            read("comment", "nested", "id > 0 /* a /* # */ it's # */"),
            read("literal", "dollars", "name = $$it's #$$"),
        ],
    });
    forms
}
