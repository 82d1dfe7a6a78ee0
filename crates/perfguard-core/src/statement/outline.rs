//! The operations of a statement and the tables that each names, in the order
//! in which they are written. The summary and the shape both read it.

use super::keyword::{Keyword, Keyword as K};
use super::projection;
use super::token::{Token, TokenKind, unquoted};

/// Parentheses deeper than this are skipped.
const MAX_DEPTH: usize = 64;

/// Names of common table expressions beyond this many are taken for tables.
const MAX_CTES: usize = 64;

pub(super) struct Outline<'a> {
    /// The verb that says what the statement does: after `WITH`, the last one.
    pub(super) verb: Option<&'a str>,
    pub(super) parts: Vec<Part<'a>>,
    /// The table that an INSERT, UPDATE, DELETE or MERGE changes.
    pub(super) changed: Option<String>,
    /// Whether rows come from a subquery in place of a table, or may come from
    /// a common table expression.
    pub(super) reads_derived: bool,
    /// Whether one of them does so beside the tables.
    pub(super) has_other_sources: bool,
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
    /// The other name that its columns go by.
    pub(super) alias: Option<String>,
    pub(super) role: Role,
    /// Whether the statement itself reads or changes its rows: no subquery,
    /// and not what an INSERT adds to.
    pub(super) is_source: bool,
    /// Whether it is a function that makes rows of a value that is handed to
    /// it: `unnest($1)`. Joined with a table it is a list of what to look up.
    pub(super) lists_values: bool,
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
        changed: None,
        reads_derived: false,
        has_other_sources: false,
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
        changed: walk.changed,
        reads_derived: walk.reads_derived || walk.has_other_sources,
        has_other_sources: walk.has_other_sources,
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
    /// The common table expressions may name themselves.
    is_recursive: bool,
    /// The common table expression whose body comes: it cannot name itself.
    cte: Option<String>,
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
    changed: Option<String>,
    reads_derived: bool,
    has_other_sources: bool,
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
                    if token.is(K::Recursive) {
                        level.cte_next = true;
                        level.is_recursive = true;
                    } else if level.is_recursive {
                        self.add_cte(plain(token));
                    } else {
                        level.cte = Some(plain(token));
                    }
                } else if level.table_next && !token.starts_query() {
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
        let starts_query = self.peek(1).is_some_and(Token::starts_query);
        let is_source = self.is_source_level();
        let mut is_table = false;
        if let Some(level) = self.levels.last_mut() {
            is_table = std::mem::take(&mut level.table_next);
            self.has_other_sources |= is_table && starts_query && is_source;
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
            return;
        }
        if self.levels.len() > 1 {
            self.levels.pop();
        }
        // Not yet after the columns in `x (a, b) AS (..)`.
        if !self.peek(1).is_some_and(|next| next.is(K::As))
            && let Some(level) = self.levels.last_mut()
            && let Some(cte) = level.cte.take()
        {
            self.add_cte(cte);
        }
    }

    fn add_cte(&mut self, name: String) {
        if self.ctes.len() < MAX_CTES {
            self.ctes.push(name);
        }
    }

    /// Whether the statement itself reads what is named here: no subquery, but
    /// `FROM (a JOIN b ON ..)` and the like.
    fn is_source_level(&self) -> bool {
        let inner = self.levels.iter().skip(1);
        inner
            .into_iter()
            .all(|level| level.is_table && level.verb == Verb::None)
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
            // Not `SEARCH` or `CYCLE`, which belong to the expression.
            || level.in_with
                && after_body
                && token.is_any(&[
                    K::Delete,
                    K::Insert,
                    K::Merge,
                    K::Replace,
                    K::Select,
                    K::Table,
                    K::Update,
                    K::Values,
                ]);
        if starts && (at_bottom || !next_separates) && self.statement(token, at_bottom) {
            return;
        }
        if separated {
            return;
        }
        if token.is(K::Select) && !next_separates {
            let leads_to_query = self
                .back(1)
                .is_some_and(|previous| previous.is_any(&[K::As, K::For]));
            let verb = self.levels.last().map(|level| level.verb);
            if leads_to_query || matches!(verb, Some(Verb::Insert | Verb::Schema)) {
                self.operation(token, Verb::Select);
            }
            return;
        }
        // `INSERT INTO t WITH x AS (..) SELECT ..`
        let verb = self.levels.last().map(|level| level.verb);
        if token.is(K::With)
            && matches!(verb, Some(Verb::Insert | Verb::Schema))
            && self.peek(1).is_some_and(Token::is_name)
            && self.peek(2).is_some_and(|next| {
                next.is(K::As) || next.kind == TokenKind::Open || next.is_name()
            })
        {
            return self.with();
        }
        let next_is_list = next_separates && !self.next_is(TokenKind::Close);
        self.clause(token, may_start, next_is_list);
    }

    /// `WITH`
    fn with(&mut self) {
        let inner = self.levels.iter().skip(1);
        self.reads_derived |= inner.into_iter().all(|level| level.verb == Verb::None);
        if let Some(level) = self.levels.last_mut() {
            level.in_with = true;
            level.cte_next = true;
        }
    }

    /// The first word of a statement. False if it is not one.
    fn statement(&mut self, token: &'t Token<'a>, at_bottom: bool) -> bool {
        let calls = self.next_is(TokenKind::Open) && !at_bottom;
        let verb = if token.is(K::Select) {
            Verb::Select
        } else if token.is(K::With) {
            self.with();
            return true;
        } else if calls || token.is_any(&[K::All, K::Distinct]) {
            return false;
        } else if token.is_any(&[K::Insert, K::Replace]) {
            Verb::Insert
        } else if token.is(K::Update) {
            Verb::Update
        } else if token.is(K::Delete) {
            Verb::Delete
        } else if token.is(K::Merge) {
            Verb::Merge
        } else {
            return self.other_statement(token, at_bottom);
        };
        // `INSERT t`, `REPLACE t`, `MERGE t`: INTO may be left out.
        let leads_to_name = self.peek(1).is_some_and(|next| {
            let is_strange = next.keyword.is_some() && token.is(K::Insert);
            next.is_name() && !next.is_any(&[K::Into, K::Or]) && !is_strange
                || next.is_any(&[K::Delayed, K::HighPriority, K::Ignore, K::LowPriority])
        });
        self.operation(token, verb);
        if verb == Verb::Delete && at_bottom {
            self.changed = self.deleted();
        }
        if let Some(level) = self.levels.last_mut() {
            level.table_next =
                verb == Verb::Update || leads_to_name && matches!(verb, Verb::Insert | Verb::Merge);
        }
        true
    }

    /// MySQL's `DELETE t FROM t JOIN u ..`: the first table whose rows go.
    fn deleted(&self) -> Option<String> {
        let name = self.peek(1)?;
        let is_name = name.kind == TokenKind::Quoted
            || name.kind == TokenKind::Word && name.keyword.is_none();
        is_name.then(|| plain(name))
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
        if token.is(K::Table) {
            self.operation(token, Verb::Select);
            if let Some(level) = self.levels.last_mut() {
                level.table_next = true;
            }
        } else if token.is_any(&[K::Describe, K::Explain]) {
            self.operation(token, Verb::Explain);
        } else if token.is_any(&[K::Alter, K::Create, K::Drop, K::Lock, K::Truncate]) {
            self.operation(token, Verb::Schema);
            self.schema_object(token);
        } else if token.is_any(&[K::Begin, K::Commit, K::Rollback, K::Start]) {
            self.operation(token, Verb::Other);
            if let Some(next) = self.peek(1)
                && next.is_any(&[K::Transaction, K::Work])
            {
                self.parts.push(Part::Operation(next.text));
                self.at += 1;
            }
        } else if token.is_any(&[K::Call, K::Exec, K::Execute, K::Use]) {
            self.operation(token, Verb::Other);
            self.at += 1;
            if self.peek(0).is_some_and(Token::is_name) {
                self.object(Role::Object);
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
        const MODIFIERS: [Keyword; 13] = [
            K::Clustered,
            K::Global,
            K::Local,
            K::Materialized,
            K::Nonclustered,
            K::Or,
            K::Public,
            K::Replace,
            K::Temp,
            K::Temporary,
            K::Unique,
            K::Unlogged,
            K::Virtual,
        ];
        const NAMED: [Keyword; 14] = [
            K::Database,
            K::Extension,
            K::Function,
            K::Index,
            K::Procedure,
            K::Role,
            K::Schema,
            K::Sequence,
            K::Table,
            K::Tables,
            K::Trigger,
            K::Type,
            K::User,
            K::View,
        ];
        while self.peek(1).is_some_and(|token| token.is_any(&MODIFIERS)) {
            self.at += 1;
        }
        let Some(kind) = self.peek(1).filter(|token| token.is_name()) else {
            return;
        };
        let is_table = kind.is_any(&[K::Table, K::Tables, K::View]);
        if kind.is_any(&NAMED) {
            self.parts.push(Part::Operation(kind.text));
            self.at += 1;
            while self.peek(1).is_some_and(|token| {
                token.is_any(&[K::Concurrently, K::Exists, K::If, K::Not, K::Only])
            }) {
                self.at += 1;
            }
        } else if !verb.is_any(&[K::Lock, K::Truncate]) {
            self.parts.push(Part::Operation(kind.text));
            self.at += 1;
            return;
        }
        if self.peek(1).is_some_and(Token::is_name) {
            self.at += 1;
            let is_table = is_table || verb.is_any(&[K::Lock, K::Truncate]);
            self.object(if is_table { Role::Table } else { Role::Object });
        }
    }

    /// A keyword that opens or ends a list of tables.
    fn clause(&mut self, token: &Token<'_>, was_start: bool, next_separates: bool) {
        let previous = self.back(1);
        let after = |keywords: &[Keyword]| previous.is_some_and(|token| token.is_any(keywords));
        let is_distinct_from = after(&[K::Distinct])
            && self
                .back(2)
                .is_some_and(|token| token.is_any(&[K::Is, K::Not]));
        let leads_to_query = self
            .peek(2)
            .is_some_and(|token| token.is_any(&[K::Select, K::Table, K::Values, K::With]));
        let next_opens = self.next_is(TokenKind::Open);
        let next = |keywords: &[Keyword]| self.peek(1).is_some_and(|next| next.is_any(keywords));
        let next_upserts = next(&[K::Conflict, K::Duplicate]);
        let next_selects = next_opens || next(&[K::All, K::Distinct, K::Select]);
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let reads = matches!(level.verb, Verb::Delete | Verb::Select | Verb::Update);
        if token.is(K::From) {
            level.table_next |= reads && !is_distinct_from && !next_separates;
        } else if token.is(K::Into) {
            level.table_next |= matches!(level.verb, Verb::Insert | Verb::Merge);
        } else if token.is(K::Join)
            || token.is(K::StraightJoin) && level.in_tables
            || token.is(K::Apply) && after(&[K::Cross, K::Outer])
        {
            level.table_next |= reads || level.is_table;
        } else if token.is(K::Using) {
            level.table_next |=
                matches!(level.verb, Verb::Delete | Verb::Merge) && (!next_opens || leads_to_query);
        } else if token.is(K::On) && next_upserts {
            level.in_tables = false;
        } else if token.is_any(&[K::Except, K::Intersect, K::Union])
            || token.is(K::Minus) && next_selects
        {
            level.in_tables = false;
            level.at_start = true;
        } else if token.is_any(&[
            K::Fetch,
            K::For,
            K::Group,
            K::Having,
            K::Limit,
            K::Offset,
            K::Order,
            K::Returning,
            K::Set,
            K::Values,
            K::Where,
            K::Window,
        ]) {
            level.in_tables = false;
        } else if was_start && token.is_any(&[K::All, K::Distinct]) {
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
                token.is_any(&[K::Ignore, K::LowPriority, K::Only])
                    // SQLite: `UPDATE OR IGNORE t`.
                    || token.is(K::Or)
                    || self.tokens.get(self.at.wrapping_sub(1)).is_some_and(|t| t.is(K::Or))
            }
            Verb::Insert | Verb::Merge => token.is_any(&[
                K::Delayed,
                K::HighPriority,
                K::Ignore,
                K::Into,
                K::LowPriority,
            ]),
            _ => token.is_any(&[K::Lateral, K::Only]),
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
        let is_target = changes && !level.has_target;
        let summarised = !changes || is_target;
        level.has_target = true;
        let into = matches!(level.verb, Verb::Insert | Verb::Merge);
        // `FROM (a JOIN b ON ..)` is one source after the other.
        let is_source = !into && self.is_source_level();
        let role = if into { Role::Table } else { Role::Function };
        if let Some(target) = self.name(role) {
            if is_target && self.levels.len() == 1 && self.changed.is_none() {
                self.changed = Some(target.name.clone());
            }
            self.parts.push(Part::Target(Target {
                alias: self.alias(),
                is_source: is_source && target.role != Role::Object,
                lists_values: target.role == Role::Function
                    && projection::makes_rows(&target.name)
                    && self.is_handed_a_value(),
                summarised,
                ..target
            }));
        } else {
            self.has_other_sources |= is_source;
        }
    }

    /// The alias that follows a table's name.
    fn alias(&self) -> Option<String> {
        let follows = self.peek(1)?;
        let alias = if follows.is(K::As) {
            self.peek(2)?
        } else {
            follows
        };
        let is_alias = match alias.kind {
            TokenKind::Quoted => true,
            TokenKind::Word => !alias.is_any(&[
                K::Cross,
                K::Default,
                K::Except,
                K::Fetch,
                K::For,
                K::Force,
                K::Full,
                K::Group,
                K::Having,
                K::Ignore,
                K::Indexed,
                K::Inner,
                K::Intersect,
                K::Join,
                K::Left,
                K::Limit,
                K::Lock,
                K::Minus,
                K::Natural,
                K::Not,
                K::Offset,
                K::On,
                K::Order,
                K::Outer,
                K::Partition,
                K::Returning,
                K::Right,
                K::Select,
                K::Set,
                K::StraightJoin,
                K::Tablesample,
                K::Union,
                K::Use,
                K::Using,
                K::Values,
                K::When,
                K::Where,
                K::Window,
                K::With,
            ]),
            _ => false,
        };
        is_alias.then(|| plain(alias))
    }

    /// Reads the name that starts here. [`Role::Function`] is one only if
    /// parentheses follow, or a table otherwise. A common table expression is
    /// none of both.
    fn name(&mut self, role: Role) -> Option<Target> {
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
            return None;
        }
        // MySQL's `FROM dual` has no rows.
        let role = match role {
            Role::Table if written.eq_ignore_ascii_case("dual") => Role::Object,
            role => role,
        };
        Some(Target {
            written,
            name,
            alias: None,
            role,
            is_source: false,
            lists_values: false,
            summarised: true,
        })
    }

    /// Whether the arguments of the function whose name ends here start with a
    /// value: `($1`, `(CAST($1`, `(ARRAY[$1`.
    fn is_handed_a_value(&self) -> bool {
        self.peek(2).is_some_and(|first| {
            first.is_value() || first.is(K::Cast) || first.text.eq_ignore_ascii_case("array")
        })
    }

    /// Adds the name that starts here as the object of a verb.
    fn object(&mut self, role: Role) {
        if let Some(object) = self.name(role) {
            self.parts.push(Part::Target(object));
        }
    }
}

/// A part of a name without its quotes; lower case if it had none.
pub(super) fn plain(token: &Token<'_>) -> String {
    if token.kind == TokenKind::Quoted {
        unquoted(token.text).collect()
    } else {
        token.text.to_ascii_lowercase()
    }
}
