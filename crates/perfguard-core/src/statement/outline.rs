//! The operations of a statement and the tables that each names, in the order
//! in which they are written. The summary and the shape both read it.

use super::canonical::unquoted;
use super::token::{Token, TokenKind};

/// Parentheses deeper than this are skipped.
const MAX_DEPTH: usize = 64;

/// Names of common table expressions beyond this many are taken for tables.
const MAX_CTES: usize = 64;

pub(super) struct Outline<'a> {
    /// The verb that says what the statement does: after `WITH`, the last one.
    pub(super) verb: Option<&'a str>,
    pub(super) parts: Vec<Part<'a>>,
}

pub(super) enum Part<'a> {
    /// A verb, or the kind of object that a `CREATE` is about.
    Operation(&'a str),
    Target(Target),
}

pub(super) struct Target {
    /// The name as it was written.
    pub(super) written: String,
    /// The name without quotes, its unquoted parts in lower case.
    pub(super) name: String,
    pub(super) role: Role,
    /// Whether OpenTelemetry's summary names it: of an UPDATE or DELETE only
    /// the table that changes.
    pub(super) summarised: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Function,
    /// A schema object that is neither read nor written as a table.
    Object,
    Table,
}

/// The outline of one statement.
pub(super) fn outline<'a>(tokens: &[Token<'a>]) -> Outline<'a> {
    let mut walk = Walk {
        tokens,
        at: 0,
        levels: vec![Level {
            at_start: true,
            ..Level::default()
        }],
        too_deep: 0,
        ctes: Vec::new(),
        verb: None,
        parts: Vec::new(),
    };
    while walk.at < tokens.len() {
        walk.step();
        walk.at += 1;
    }
    let verb = walk.verb.or_else(|| {
        walk.parts.iter().find_map(|part| match part {
            Part::Operation(verb) => Some(*verb),
            Part::Target(_) => None,
        })
    });
    Outline {
        verb,
        parts: walk.parts,
    }
}

/// A verb, as far as it decides what the words after it mean.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Verb {
    Delete,
    /// EXPLAIN: another statement follows.
    Explain,
    Insert,
    Merge,
    #[default]
    None,
    Other,
    /// CREATE and the like: `AS SELECT` may follow.
    Schema,
    Select,
    Update,
}

/// What is known within one pair of parentheses.
#[derive(Default)]
struct Level {
    verb: Verb,
    /// A statement may start with the next word.
    at_start: bool,
    /// The next name is a table.
    table_next: bool,
    /// A comma leads to another table.
    in_tables: bool,
    /// In the list of a WITH, before the statement it belongs to.
    in_with: bool,
    /// The next name is that of a common table expression.
    cte_next: bool,
    /// Parentheses in place of a table.
    is_table: bool,
    /// The table that an INSERT, UPDATE or DELETE changes has been named.
    has_target: bool,
}

struct Walk<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    levels: Vec<Level>,
    too_deep: usize,
    ctes: Vec<String>,
    verb: Option<&'a str>,
    parts: Vec<Part<'a>>,
}

impl<'t, 'a> Walk<'t, 'a> {
    fn peek(&self, ahead: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at + ahead)
    }

    fn back(&self, behind: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at.checked_sub(behind)?)
    }

    fn next_is(&self, kind: TokenKind) -> bool {
        self.peek(1).is_some_and(|token| token.kind == kind)
    }

    fn previous_is(&self, kind: TokenKind) -> bool {
        self.back(1).is_some_and(|token| token.kind == kind)
    }

    fn step(&mut self) {
        let Some(token) = self.peek(0) else { return };
        match token.kind {
            TokenKind::Open => return self.open(),
            TokenKind::Close => return self.close(),
            _ if self.too_deep > 0 => return,
            _ => {}
        }
        let at_bottom = self.levels.len() == 1;
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        match token.kind {
            TokenKind::Comma => {
                level.at_start = false;
                level.table_next = level.in_tables;
                level.cte_next = level.in_with;
            }
            TokenKind::Quoted | TokenKind::Word => {
                if std::mem::take(&mut level.cte_next) {
                    if token.is_word("recursive") {
                        level.cte_next = true;
                    } else if self.ctes.len() < MAX_CTES {
                        self.ctes.push(plain(token));
                    }
                } else if level.table_next && !starts_subquery(token) {
                    self.table_name();
                } else if token.kind == TokenKind::Word {
                    self.word(token, at_bottom);
                } else {
                    level.at_start = false;
                }
            }
            _ => {
                level.at_start = false;
                level.table_next = false;
            }
        }
    }

    fn open(&mut self) {
        if self.too_deep > 0 || self.levels.len() == MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        let mut is_table = false;
        if let Some(level) = self.levels.last_mut() {
            is_table = std::mem::take(&mut level.table_next);
            level.in_tables |= is_table;
            level.at_start = false;
        }
        self.levels.push(Level {
            at_start: true,
            table_next: is_table,
            in_tables: is_table,
            is_table,
            ..Level::default()
        });
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if self.levels.len() > 1 {
            self.levels.pop();
        }
    }

    /// A word that is not in the place of a table's name.
    fn word(&mut self, token: &'t Token<'a>, at_bottom: bool) {
        let separated = self.previous_is(TokenKind::Comma) || self.previous_is(TokenKind::Dot);
        let next_separates = [TokenKind::Comma, TokenKind::Dot, TokenKind::Close]
            .into_iter()
            .any(|kind| self.next_is(kind));
        let after_body = self.previous_is(TokenKind::Close);
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let may_start = std::mem::take(&mut level.at_start);
        level.table_next = false;
        let starts = may_start
            || level.verb == Verb::Explain
            || level.in_with && after_body && !token.is_word("as");
        if starts && (at_bottom || !next_separates) && self.statement(token, at_bottom) {
            return;
        }
        if separated {
            return;
        }
        if token.is_word("select") && !next_separates {
            let leads_to_query = self
                .back(1)
                .is_some_and(|previous| previous.is_any_word(&["as", "for"]));
            let verb = self.levels.last().map(|level| level.verb);
            if leads_to_query || matches!(verb, Some(Verb::Insert | Verb::Schema)) {
                self.operation(token, Verb::Select);
            }
            return;
        }
        let next_is_list = next_separates && !self.next_is(TokenKind::Close);
        self.clause(token, may_start, next_is_list);
    }

    /// The first word of a statement. False if it is not one.
    fn statement(&mut self, token: &'t Token<'a>, at_bottom: bool) -> bool {
        let calls = self.next_is(TokenKind::Open) && !at_bottom;
        let verb = if token.is_word("select") {
            Verb::Select
        } else if token.is_word("with") {
            if let Some(level) = self.levels.last_mut() {
                level.in_with = true;
                level.cte_next = true;
            }
            return true;
        } else if calls || token.is_any_word(&["all", "distinct"]) {
            return false;
        } else if token.is_any_word(&["insert", "replace"]) {
            Verb::Insert
        } else if token.is_word("update") {
            Verb::Update
        } else if token.is_word("delete") {
            Verb::Delete
        } else if token.is_word("merge") {
            Verb::Merge
        } else {
            return self.other_statement(token, at_bottom);
        };
        let leads_to_name = self
            .peek(1)
            .is_some_and(|next| next.is_name() && !next.is_word("into"));
        self.operation(token, verb);
        if let Some(level) = self.levels.last_mut() {
            // `REPLACE t`, `MERGE t`: INTO may be left out.
            level.table_next = verb == Verb::Update
                || leads_to_name && (verb == Verb::Merge || token.is_word("replace"));
        }
        true
    }

    /// Statements that only stand alone.
    fn other_statement(&mut self, token: &'t Token<'a>, at_bottom: bool) -> bool {
        let Some(level) = self.levels.last() else {
            return false;
        };
        if !at_bottom || level.verb != Verb::None {
            // The words between EXPLAIN and its statement are of no interest.
            return level.verb == Verb::Explain;
        }
        if token.is_any_word(&["describe", "explain"]) {
            self.operation(token, Verb::Explain);
        } else if token.is_any_word(&["alter", "create", "drop", "lock", "truncate"]) {
            self.operation(token, Verb::Schema);
            self.schema_object(token);
        } else if token.is_any_word(&["begin", "commit", "rollback", "start"]) {
            self.operation(token, Verb::Other);
            if let Some(next) = self.peek(1)
                && next.is_any_word(&["transaction", "work"])
            {
                self.parts.push(Part::Operation(next.text));
                self.at += 1;
            }
        } else if token.is_any_word(&["call", "exec", "execute", "use"]) {
            self.operation(token, Verb::Other);
            self.at += 1;
            if self.peek(0).is_some_and(Token::is_name) {
                self.name(Role::Object, true);
            } else {
                self.at -= 1;
            }
        } else {
            self.operation(token, Verb::Other);
        }
        true
    }

    fn operation(&mut self, token: &Token<'a>, verb: Verb) {
        let at_bottom = self.levels.len() == 1;
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        // `INSERT .. SELECT` is an insert.
        if at_bottom && self.verb.is_none() {
            self.verb = Some(token.text);
        }
        level.verb = verb;
        level.in_with = false;
        level.in_tables = false;
        level.has_target = false;
        self.parts.push(Part::Operation(token.text));
    }

    /// `TABLE IF NOT EXISTS name` and the like.
    fn schema_object(&mut self, verb: &Token<'_>) {
        const MODIFIERS: [&str; 13] = [
            "clustered",
            "global",
            "local",
            "materialized",
            "nonclustered",
            "or",
            "public",
            "replace",
            "temp",
            "temporary",
            "unique",
            "unlogged",
            "virtual",
        ];
        const NAMED: [&str; 14] = [
            "database",
            "extension",
            "function",
            "index",
            "procedure",
            "role",
            "schema",
            "sequence",
            "table",
            "tables",
            "trigger",
            "type",
            "user",
            "view",
        ];
        while self
            .peek(1)
            .is_some_and(|token| token.is_any_word(&MODIFIERS))
        {
            self.at += 1;
        }
        let Some(kind) = self.peek(1).filter(|token| token.is_name()) else {
            return;
        };
        let is_table = kind.is_any_word(&["table", "tables", "view"]);
        if kind.is_any_word(&NAMED) {
            self.parts.push(Part::Operation(kind.text));
            self.at += 1;
            while self.peek(1).is_some_and(|token| {
                token.is_any_word(&["concurrently", "exists", "if", "not", "only"])
            }) {
                self.at += 1;
            }
        } else if !verb.is_any_word(&["lock", "truncate"]) {
            self.parts.push(Part::Operation(kind.text));
            self.at += 1;
            return;
        }
        if self.peek(1).is_some_and(Token::is_name) {
            self.at += 1;
            let is_table = is_table || verb.is_any_word(&["lock", "truncate"]);
            self.name(if is_table { Role::Table } else { Role::Object }, true);
        }
    }

    /// A keyword that opens or ends a list of tables.
    fn clause(&mut self, token: &Token<'_>, was_start: bool, next_separates: bool) {
        let previous = self.back(1);
        let after = |words: &[&str]| previous.is_some_and(|token| token.is_any_word(words));
        let is_distinct_from = after(&["distinct"])
            && self
                .back(2)
                .is_some_and(|token| token.is_any_word(&["is", "not"]));
        let next_opens = self.next_is(TokenKind::Open);
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let reads = matches!(level.verb, Verb::Delete | Verb::Select | Verb::Update);
        if token.is_word("from") {
            level.table_next |= reads && !is_distinct_from && !next_separates;
        } else if token.is_word("into") {
            level.table_next |= matches!(level.verb, Verb::Insert | Verb::Merge);
        } else if token.is_any_word(&["join", "straight_join"])
            || token.is_word("apply") && after(&["cross", "outer"])
        {
            level.table_next |= reads || level.is_table;
        } else if token.is_word("using") {
            level.table_next |= matches!(level.verb, Verb::Delete | Verb::Merge) && !next_opens;
        } else if token.is_any_word(&["except", "intersect", "minus", "union"]) {
            level.in_tables = false;
            level.at_start = true;
        } else if token.is_any_word(&[
            "fetch",
            "for",
            "group",
            "having",
            "limit",
            "offset",
            "order",
            "returning",
            "set",
            "values",
            "where",
            "window",
        ]) {
            level.in_tables = false;
        } else if was_start && token.is_any_word(&["all", "distinct"]) {
            level.at_start = true;
        }
    }

    /// A name, or a word before one, in the place of a table.
    fn table_name(&mut self) {
        let Some(token) = self.peek(0) else { return };
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        level.at_start = false;
        let followed = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.is_name() || next.kind == TokenKind::Open);
        let is_modifier = match level.verb {
            Verb::Update => {
                token.is_any_word(&["ignore", "low_priority", "only"])
                    // SQLite: `UPDATE OR IGNORE t`.
                    || token.is_word("or")
                    || self.tokens.get(self.at.wrapping_sub(1)).is_some_and(|t| t.is_word("or"))
            }
            _ => token.is_any_word(&["lateral", "only"]),
        };
        if is_modifier && followed {
            return;
        }
        level.table_next = false;
        level.in_tables = level.verb != Verb::Insert;
        let changes = matches!(
            level.verb,
            Verb::Delete | Verb::Insert | Verb::Merge | Verb::Update
        );
        let summarised = !changes || !level.has_target;
        level.has_target = true;
        let into = matches!(level.verb, Verb::Insert | Verb::Merge);
        self.name(if into { Role::Table } else { Role::Function }, summarised);
    }

    /// Reads the name that starts here. [`Role::Function`] is one only if
    /// parentheses follow, or a table otherwise.
    fn name(&mut self, role: Role, summarised: bool) {
        let mut written = String::new();
        let mut name = String::new();
        let mut parts = 0_usize;
        while let Some(token) = self.peek(0) {
            match token.kind {
                TokenKind::Quoted | TokenKind::Word => {
                    written.push_str(token.text);
                    name.push_str(&plain(token));
                    parts += 1;
                }
                TokenKind::Dot => {
                    written.push('.');
                    name.push('.');
                }
                _ => break,
            }
            let goes_on = match (token.kind, self.peek(1)) {
                (TokenKind::Dot, Some(next)) => next.is_name() || next.kind == TokenKind::Dot,
                // `@link` names another database in Oracle.
                (_, Some(next)) => {
                    next.kind == TokenKind::Dot || next.text.starts_with('@') && next.is_name()
                }
                (_, None) => false,
            };
            if !goes_on {
                break;
            }
            self.at += 1;
        }
        let role = match role {
            Role::Function if !self.next_is(TokenKind::Open) => Role::Table,
            role => role,
        };
        if role == Role::Table && parts == 1 && self.ctes.contains(&name) {
            return;
        }
        self.parts.push(Part::Target(Target {
            written,
            name,
            role,
            summarised,
        }));
    }
}

fn starts_subquery(token: &Token<'_>) -> bool {
    token.is_any_word(&["select", "values", "with"])
}

/// A part of a name without its quotes; lower case if it had none.
pub(super) fn plain(token: &Token<'_>) -> String {
    if token.kind == TokenKind::Quoted {
        unquoted(token.text).collect()
    } else {
        token.text.to_ascii_lowercase()
    }
}
