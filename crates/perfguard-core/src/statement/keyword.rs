//! The words that mean something to the lexer or to the shape.
//!
//! A word is looked up once, when it is lexed; after that it is a number. The
//! table is built by the compiler.

#![expect(
    clippy::indexing_slicing,
    reason = "a constant expression knows no other way, and the compiler checks it"
)]

use super::before::Before;

/// The longest keyword, in bytes.
pub(super) const LONGEST: usize = 16;

/// A word as a number: its bytes in lower case, the first one lowest.
type Key = u128;

const SLOTS: usize = 1024;

macro_rules! keywords {
    ($($name:ident $text:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword {
            $($name,)*
        }

        const ALL: &[(Key, Keyword)] = &[$((key($text), Keyword::$name),)*];
    };
}

keywords! {
    Abort "abort",
    Add "add",
    All "all",
    Alter "alter",
    And "and",
    Any "any",
    AnyValue "any_value",
    Apply "apply",
    ArrayAgg "array_agg",
    As "as",
    Asc "asc",
    Attach "attach",
    Avg "avg",
    Begin "begin",
    Between "between",
    Binary "binary",
    BitAnd "bit_and",
    BitOr "bit_or",
    BitXor "bit_xor",
    BoolAnd "bool_and",
    BoolOr "bool_or",
    By "by",
    Call "call",
    Case "case",
    Cast "cast",
    Chain "chain",
    CharsetAscii "_ascii",
    CharsetBinary "_binary",
    CharsetLatin1 "_latin1",
    CharsetBig5 "_big5",
    CharsetCp1251 "_cp1251",
    CharsetGb18030 "_gb18030",
    CharsetGbk "_gbk",
    CharsetLatin2 "_latin2",
    CharsetSjis "_sjis",
    CharsetUcs2 "_ucs2",
    CharsetUtf16 "_utf16",
    CharsetUtf16Le "_utf16le",
    CharsetUtf32 "_utf32",
    CharsetUtf8 "_utf8",
    CharsetUtf8Mb3 "_utf8mb3",
    CharsetUtf8Mb4 "_utf8mb4",
    Close "close",
    Clustered "clustered",
    Coalesce "coalesce",
    Collate "collate",
    Commit "commit",
    Concat "concat",
    Concurrently "concurrently",
    Conflict "conflict",
    Constraint "constraint",
    Corr "corr",
    Count "count",
    Create "create",
    Cross "cross",
    Database "database",
    Date "date",
    Day "day",
    Deallocate "deallocate",
    Default "default",
    Delayed "delayed",
    Delete "delete",
    Desc "desc",
    Describe "describe",
    Detach "detach",
    Discard "discard",
    Distinct "distinct",
    Div "div",
    Do "do",
    Drop "drop",
    Dual "dual",
    Duplicate "duplicate",
    Else "else",
    End "end",
    Escape "escape",
    Every "every",
    Except "except",
    Exec "exec",
    Execute "execute",
    Exists "exists",
    Explain "explain",
    Extension "extension",
    False "false",
    Fetch "fetch",
    Filter "filter",
    First "first",
    For "for",
    Force "force",
    From "from",
    Full "full",
    Function "function",
    Glob "glob",
    Global "global",
    Group "group",
    GroupConcat "group_concat",
    Having "having",
    HighPriority "high_priority",
    If "if",
    Ifnull "ifnull",
    Ignore "ignore",
    Ilike "ilike",
    In "in",
    Index "index",
    Indexed "indexed",
    Inner "inner",
    Insert "insert",
    Intersect "intersect",
    Interval "interval",
    Into "into",
    Is "is",
    Join "join",
    JsonAgg "json_agg",
    JsonArrayagg "json_arrayagg",
    JsonGroupArray "json_group_array",
    JsonObjectAgg "json_object_agg",
    JsonObjectagg "json_objectagg",
    JsonbAgg "jsonb_agg",
    JsonbObjectAgg "jsonb_object_agg",
    Key "key",
    Lateral "lateral",
    Left "left",
    Like "like",
    Limit "limit",
    Listen "listen",
    Local "local",
    Lock "lock",
    LowPriority "low_priority",
    Lower "lower",
    Materialized "materialized",
    Max "max",
    Merge "merge",
    Min "min",
    Minus "minus",
    Mod "mod",
    Natural "natural",
    Next "next",
    No "no",
    Nonclustered "nonclustered",
    Not "not",
    Null "null",
    Offset "offset",
    On "on",
    Only "only",
    Or "or",
    Order "order",
    Outer "outer",
    Over "over",
    Partition "partition",
    Percent "percent",
    Pragma "pragma",
    Precision "precision",
    Prepare "prepare",
    Prepared "prepared",
    Procedure "procedure",
    Public "public",
    Recursive "recursive",
    Release "release",
    Replace "replace",
    Reset "reset",
    Return "return",
    Returning "returning",
    Right "right",
    Role "role",
    Rollback "rollback",
    Round "round",
    Row "row",
    Rows "rows",
    Savepoint "savepoint",
    Schema "schema",
    Select "select",
    Sequence "sequence",
    Set "set",
    Share "share",
    Show "show",
    Similar "similar",
    Some "some",
    Start "start",
    Std "std",
    Stddev "stddev",
    StddevPop "stddev_pop",
    StddevSamp "stddev_samp",
    StraightJoin "straight_join",
    StringAgg "string_agg",
    Sum "sum",
    Table "table",
    Tables "tables",
    Tablesample "tablesample",
    Temp "temp",
    Temporary "temporary",
    Then "then",
    Ties "ties",
    Time "time",
    Timestamp "timestamp",
    To "to",
    Top "top",
    Total "total",
    Tran "tran",
    Transaction "transaction",
    Trigger "trigger",
    True "true",
    Truncate "truncate",
    Type "type",
    Union "union",
    Unique "unique",
    Unlisten "unlisten",
    Unlogged "unlogged",
    Unnest "unnest",
    Unsigned "unsigned",
    Update "update",
    Upper "upper",
    Use "use",
    User "user",
    Using "using",
    Value "value",
    Values "values",
    VarPop "var_pop",
    VarSamp "var_samp",
    Variance "variance",
    Varying "varying",
    View "view",
    Virtual "virtual",
    When "when",
    Where "where",
    Window "window",
    With "with",
    Within "within",
    Without "without",
    Work "work",
    Xa "xa",
    Xmlagg "xmlagg",
    Xor "xor",
    Zone "zone",
}

const fn traits(keyword: Keyword) -> Before {
    use Keyword as K;

    // `in (?)`, but `count(*)`.
    const SPACED: Before = Before::WORD.without(Before::CALLABLE);
    const OPERAND: Before = SPACED.and(Before::OPERAND);
    const SPECIAL: Before = Before::WORD.and(Before::CLOSER_LOOK);

    match keyword {
        K::Is => OPERAND.and(Before::IS),
        K::Not => OPERAND.and(Before::NOT).and(Before::CLOSER_LOOK),
        K::Default | K::Values => OPERAND.and(Before::CLOSER_LOOK),
        // They may be names, where an operand is wanted.
        K::Div | K::Escape | K::Ilike | K::Interval | K::Like | K::Mod | K::Offset | K::Xor => {
            OPERAND.and(Before::CLOSER_LOOK)
        }
        K::False
        | K::Null
        | K::Release
        | K::Rollback
        | K::Row
        | K::Savepoint
        | K::True
        | K::Value => SPECIAL,
        K::All
        | K::And
        | K::As
        | K::Between
        | K::By
        | K::Call
        | K::Case
        | K::Distinct
        | K::Else
        | K::From
        | K::Having
        | K::In
        | K::Limit
        | K::On
        | K::Or
        | K::Return
        | K::Returning
        | K::Select
        | K::Set
        | K::Then
        | K::To
        | K::Using
        | K::When
        | K::Where => OPERAND,
        K::Add
        | K::Conflict
        | K::Except
        | K::Exists
        | K::Explain
        | K::Filter
        | K::Intersect
        | K::Into
        | K::Join
        | K::Key
        | K::Lateral
        | K::Materialized
        | K::Over
        | K::Union
        | K::Update => SPACED,
        keyword if keyword.is_charset() => SPECIAL,
        _ => Before::WORD,
    }
}

impl Keyword {
    /// The introducer of a string in MySQL.
    pub(super) const fn is_charset(self) -> bool {
        use Keyword as K;

        matches!(
            self,
            K::CharsetAscii
                | K::CharsetBig5
                | K::CharsetBinary
                | K::CharsetCp1251
                | K::CharsetGb18030
                | K::CharsetGbk
                | K::CharsetLatin1
                | K::CharsetLatin2
                | K::CharsetSjis
                | K::CharsetUcs2
                | K::CharsetUtf16
                | K::CharsetUtf16Le
                | K::CharsetUtf32
                | K::CharsetUtf8
                | K::CharsetUtf8Mb3
                | K::CharsetUtf8Mb4
        )
    }
}

const fn key(text: &str) -> Key {
    let bytes = text.as_bytes();
    assert!(bytes.len() <= LONGEST);
    let mut key = 0;
    let mut at = bytes.len();
    while at > 0 {
        at -= 1;
        key = key << 8 | bytes[at] as Key;
    }
    key
}

const fn slot(low: u64, high: u64) -> usize {
    let folded = low ^ high.rotate_left(29);
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.ilog2())) as usize
}

#[derive(Clone, Copy)]
struct Entry {
    /// Its first eight bytes, the first one lowest.
    low: u64,
    /// The other eight.
    high: u64,
    keyword: Keyword,
    traits: Before,
}

static ENTRIES: [Entry; ALL.len()] = {
    let mut entries = [Entry {
        low: 0,
        high: 0,
        keyword: Keyword::Abort,
        traits: Before::WORD,
    }; ALL.len()];
    let mut at = 0;
    while at < ALL.len() {
        let (key, keyword) = ALL[at];
        entries[at] = Entry {
            low: key as u64,
            high: (key >> 64) as u64,
            keyword,
            traits: traits(keyword),
        };
        at += 1;
    }
    entries
};

/// Where each slot's entry is, plus one. Open addressing: 0 ends a search.
static TABLE: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < ALL.len() {
        let mut slot = slot(ENTRIES[at].low, ENTRIES[at].high);
        while table[slot] != 0 {
            let other = table[slot] as usize - 1;
            assert!(ALL[other].0 != ALL[at].0, "a keyword is listed twice");
            slot = (slot + 1) % SLOTS;
        }
        at += 1;
        assert!(at <= u8::MAX as usize, "a slot is one byte");
        table[slot] = at as u8;
    }
    table
};

/// The keyword with this key, and what it means for the token after it.
#[inline(always)]
pub(super) fn find(low: u64, high: u64) -> (Option<Keyword>, Before) {
    let mut slot = slot(low, high);
    while let Some(index) = TABLE.get(slot % SLOTS)
        && let Some(entry) = ENTRIES.get(usize::from(*index).wrapping_sub(1))
    {
        if entry.low == low && entry.high == high {
            return (Some(entry.keyword), entry.traits);
        }
        slot += 1;
    }
    (None, Before::WORD)
}
