//! The queries of a statement: itself, and what is nested in it.

use super::condition::{self, Slice};
use super::{Column, Condition, Stand, Token};

/// One query: what it reads and how it chooses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) sources: Vec<Source>,
    pub(crate) conditions: Vec<Condition>,
    /// The columns of its ORDER BY, if these are columns only; `true` for
    /// those that descend.
    pub(crate) order: Option<Vec<(Column, bool)>>,
    pub(crate) has_limit: bool,
    /// It folds its rows: sorting and limits come after that.
    pub(crate) is_grouped: bool,
}

/// A table that a block reads or changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) alias: Option<String>,
}

impl Source {
    /// What the statement calls it.
    pub(crate) fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.table)
    }

    /// Whether a column that is qualified so is one of this table's.
    pub(crate) fn is_called(&self, qualifier: &str) -> bool {
        self.called() == qualifier
    }
}

/// The blocks of a statement's tokens, and what stands for its values.
pub(crate) fn blocks(tokens: &[Token]) -> (Vec<Block>, Vec<(usize, Stand)>) {
    let mut read = Reader::default();
    read.query(Slice { tokens, start: 0 }, DEEPEST);
    (read.blocks, read.stands)
}

/// How many parentheses deep a statement is looked into: a text of nothing else
/// must not exhaust the stack.
const DEEPEST: usize = 128;

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    stands: Vec<(usize, Stand)>,
}

/// The clauses of a block, in whatever order they stand.
const CLAUSES: [&str; 18] = [
    "select",
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "update",
    "delete",
    "set",
    "returning",
    "using",
    "window",
    "union",
    "except",
];

impl Reader {
    fn query(&mut self, slice: Slice<'_>, left: usize) {
        if left == 0 {
            return;
        }
        self.nested(slice, left);
        // Queries that UNION and its kin join are blocks of their own.
        let mut parts = Vec::new();
        let mut from = 0;
        for at in top_level(slice, |it| it.is_any(&["union", "except", "intersect"])) {
            parts.push(slice.part(from, at));
            from = at + 1;
        }
        let is_joined = !parts.is_empty();
        parts.push(slice.part(from, slice.tokens.len()));
        for part in parts {
            let block = self.block(part, is_joined);
            if !block.sources.is_empty() {
                self.blocks.push(block);
            }
        }
    }

    /// The queries in parentheses.
    fn nested(&mut self, slice: Slice<'_>, left: usize) {
        if left == 0 {
            return;
        }
        let mut at = 0;
        while let Some(token) = slice.tokens.get(at) {
            if *token != Token::Open {
                at += 1;
                continue;
            }
            let end = closing(slice, at);
            let inner = slice.part(at + 1, end);
            let first = inner.tokens.first();
            if first.is_some_and(|it| it.is_any(&["select", "with"])) {
                self.query(inner, left - 1);
            } else {
                self.nested(inner, left - 1);
            }
            at = end + 1;
        }
    }

    fn block(&mut self, slice: Slice<'_>, is_joined: bool) -> Block {
        let mut block = Block::default();
        let mut starts = top_level(slice, |it| it.is_any(&CLAUSES));
        // `FOR UPDATE`, `ON CONFLICT DO UPDATE` start nothing that is read.
        starts.retain(|at| {
            let before = at.checked_sub(1).and_then(|it| slice.tokens.get(it));
            let is_update = slice.tokens.get(*at).is_some_and(|it| it.is("update"));
            !is_update || before.is_none_or(|it| !it.is_any(&["for", "key", "do", "no"]))
        });
        for (index, at) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(slice.tokens.len());
            let Some(Token::Word(clause)) = slice.tokens.get(*at) else {
                continue;
            };
            let body = slice.part(at + 1, end);
            match clause.as_str() {
                "select" => {
                    let is_distinct = body.tokens.first().is_some_and(|it| it.is("distinct"));
                    block.is_grouped |= is_distinct || has_aggregate(body);
                }
                "using" if is_list_of_names(body) => self.shared_columns(body, &mut block),
                "from" | "using" | "update" => self.sources(body, &mut block, DEEPEST),
                // MySQL: `DELETE p FROM posts p`, where the list says nothing.
                "where" => {
                    let read = condition::read(body, &mut self.stands);
                    block.conditions.extend(read);
                }
                "group" | "having" => block.is_grouped = true,
                "order" if !is_joined => block.order = order(body),
                "limit" | "fetch" if !is_joined => block.has_limit = true,
                _ => {}
            }
        }
        block
    }

    /// `using (post_id, ..) join ..`: columns that the table before it shares
    /// with those before that one.
    fn shared_columns(&mut self, body: Slice<'_>, block: &mut Block) {
        let end = closing(body, 0);
        let mut sources = block.sources.iter().rev();
        let joined = sources.next().map(Source::called);
        for shared in body.part(1, end).split_at_commas() {
            let Some(Column { name, .. }) = condition::column(shared) else {
                continue;
            };
            let of = |source: Option<&str>| Column {
                qualifier: source.map(str::to_owned),
                name: name.clone(),
            };
            let others = sources.clone().map(Source::called);
            let pairs = others.map(|other| Condition::Joined(of(joined), of(Some(other))));
            block.conditions.extend(pairs);
        }
        self.sources(body.part(end + 1, body.tokens.len()), block, DEEPEST);
    }

    /// `posts p join users u on ..`
    fn sources(&mut self, slice: Slice<'_>, block: &mut Block, left: usize) {
        if left == 0 {
            return;
        }
        let words = [
            "join",
            "inner",
            "left",
            "right",
            "full",
            "cross",
            "outer",
            "natural",
            "lateral",
            "straight_join",
            "on",
        ];
        let starts = top_level(slice, |it| it.is_any(&words) || *it == Token::Comma);
        let mut from = 0;
        let mut is_condition = false;
        let mut parts = Vec::new();
        for at in starts {
            parts.push((slice.part(from, at), is_condition));
            is_condition = slice.tokens.get(at).is_some_and(|it| it.is("on"));
            from = at + 1;
        }
        parts.push((slice.part(from, slice.tokens.len()), is_condition));
        for (part, is_condition) in parts {
            if is_condition {
                let read = condition::read(part, &mut self.stands);
                block.conditions.extend(read);
            } else if let [Token::Open, .., Token::Close] = part.tokens
                && !part
                    .tokens
                    .get(1)
                    .is_some_and(|it| it.is_any(&["select", "with"]))
            {
                // Diesel writes joins in parentheses.
                self.sources(part.part(1, part.tokens.len() - 1), block, left - 1);
            } else {
                block.sources.extend(source(part));
            }
        }
    }
}

/// `(post_id, ..) ..`: no table, and no query in place of one.
fn is_list_of_names(body: Slice<'_>) -> bool {
    let [Token::Open, first, ..] = body.tokens else {
        return false;
    };
    !first.is_any(&["select", "with", "values"]) && first.name().is_some()
}

fn source(slice: Slice<'_>) -> Option<Source> {
    let mut tokens = slice.tokens.iter().filter(|it| !it.is("only")).peekable();
    let mut path = vec![tokens.next()?.name()?.to_owned()];
    while tokens.next_if(|it| **it == Token::Dot).is_some() {
        path.push(tokens.next()?.name()?.to_owned());
    }
    // A function, or values.
    if tokens.peek().is_some_and(|it| **it == Token::Open) {
        return None;
    }
    tokens.next_if(|it| it.is("as"));
    let alias = tokens.next().and_then(Token::name).map(str::to_owned);
    let table = path.pop()?;
    Some(Source {
        schema: path.pop(),
        table,
        alias: alias.filter(|it| it != "tablesample" && it != "use" && it != "force"),
    })
}

fn order(body: Slice<'_>) -> Option<Vec<(Column, bool)>> {
    let by = body.part(1, body.tokens.len());
    let items = by.split_at_commas();
    items
        .into_iter()
        .map(|item| {
            let direction = top_level(item, |it| it.is_any(&["asc", "desc", "nulls"]));
            let end = direction.first().copied().unwrap_or(item.tokens.len());
            let is_plain = match item.tokens.get(end..) {
                None | Some([]) => Some(false),
                Some([word]) => Some(word.is("desc")),
                Some(_) => None,
            }?;
            Some((condition::column(item.part(0, end))?, is_plain))
        })
        .collect()
}

/// The aggregates that fold all rows.
fn has_aggregate(select: Slice<'_>) -> bool {
    const AGGREGATES: [&str; 10] = [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "total",
        "group_concat",
        "string_agg",
        "array_agg",
        "json_agg",
    ];
    let pairs = select.tokens.windows(2);
    let mut calls = pairs.filter(|pair| matches!(pair, [_, Token::Open]));
    calls.any(|pair| pair.first().is_some_and(|it| it.is_any(&AGGREGATES)))
}

/// The positions of tokens in no parentheses that `is` holds for.
fn top_level(slice: Slice<'_>, is: impl Fn(&Token) -> bool) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, token) in slice.tokens.iter().enumerate() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ if depth == 0 && is(token) => {
                let after_dot = at
                    .checked_sub(1)
                    .is_some_and(|before| slice.tokens.get(before) == Some(&Token::Dot));
                if !after_dot {
                    found.push(at);
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the parenthesis at `at` closes, or the end.
fn closing(slice: Slice<'_>, at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in slice.tokens.iter().enumerate().skip(at) {
        match token {
            Token::Open => depth += 1,
            Token::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    slice.tokens.len()
}

#[cfg(test)]
#[expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on"
)]
mod tests {
    use super::super::{Condition, Matcher, tokens};
    use super::{Block, blocks};

    fn read(text: &str) -> Vec<Block> {
        blocks(&tokens(text)).0
    }

    /// The columns that are compared, and how.
    fn compared(block: &Block) -> Vec<(String, Matcher)> {
        let compared = block.conditions.iter().filter_map(|it| match it {
            Condition::Compared(column, matcher) => Some((column.name.clone(), *matcher)),
            _ => None,
        });
        compared.collect()
    }

    #[test]
    fn conditions_are_told_apart() {
        let read = read(
            r#"select "posts"."id" from "posts" where ((("posts"."user_id" = ?) and ("posts"."status" in (?))) and "posts"."at" between ? and ?) and "posts"."deleted_at" is null order by "posts"."id" desc limit ?"#,
        );
        let [block] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!(
            compared(block),
            [
                ("user_id".to_owned(), Matcher::Equal),
                ("status".to_owned(), Matcher::In),
                ("at".to_owned(), Matcher::Range),
                ("deleted_at".to_owned(), Matcher::Null),
            ]
        );
        assert!(block.has_limit);
        assert_eq!(block.order.as_ref().map(Vec::len), Some(1));
    }

    #[test]
    fn joins_give_sources_and_conditions() {
        for text in [
            r#"select u.name from ("posts" as p inner join "users" as u on (p.user_id = u.id)) where u.email = ?"#,
            "select u.name from posts p, users u where p.user_id = u.id and u.email = ?",
            "select u.name from posts as p left join users u on p.user_id = u.id where (u.email = ?)",
        ] {
            let read = read(text);
            let [block] = read.as_slice() else {
                panic!("{read:?}")
            };
            let tables: Vec<_> = block.sources.iter().map(|it| it.table.as_str()).collect();
            assert_eq!(tables, ["posts", "users"], "{text}");
            let mut joins = block.conditions.iter();
            assert!(
                joins.any(|it| matches!(it, Condition::Joined(..))),
                "{text}"
            );
            assert_eq!(compared(block).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_nested_is_a_block_of_its_own() {
        let read = read(
            "select id from users where exists (select ? from posts where posts.user_id = users.id and posts.status = ?) and id in (select user_id from likes where post_id = ?)",
        );
        let tables: Vec<_> = read.iter().map(|it| it.sources[0].table.clone()).collect();
        assert_eq!(tables, ["posts", "likes", "users"]);
    }

    #[test]
    fn nothing_is_too_deep() {
        let (open, close) = ("(".repeat(20_000), ")".repeat(20_000));
        for text in [
            format!("select a from t where {open}a = ?{close}"),
            format!("select a from {open}t{close} where a = ?"),
            format!("select a from t where a = {open}select ?{close}"),
            format!("select {open}"),
        ] {
            assert!(read(&text).len() <= 1, "{}", text.len());
        }
        let chain = (0..60).fold("a = ?".to_owned(), |it, _| format!("({it}) and b = ?"));
        let read = read(&format!("select a from t where {chain}"));
        let columns: Vec<_> = compared(&read[0])
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(columns.len(), 61);
    }

    #[test]
    fn writes_have_a_block() {
        for (text, table) in [
            ("update posts set title = ? where user_id = ?", "posts"),
            ("delete from posts where user_id = ?", "posts"),
            (
                "delete from \"a\".\"posts\" as p where p.user_id = ? returning id",
                "posts",
            ),
            ("select id from posts where user_id = ? for update", "posts"),
        ] {
            let read = read(text);
            assert_eq!(read.len(), 1, "{text}");
            assert_eq!(read[0].sources.len(), 1, "{text}");
            assert_eq!(read[0].sources[0].table, table, "{text}");
            assert_eq!(compared(&read[0]), [("user_id".to_owned(), Matcher::Equal)]);
        }
    }

    #[test]
    fn an_or_of_one_column_is_a_list() {
        let one = read("select id from t where a = ? or a = ?");
        assert_eq!(compared(&one[0]), [("a".to_owned(), Matcher::In)]);
        let two = read("select id from t where a = ? or b = ?");
        assert!(matches!(two[0].conditions.as_slice(), [Condition::AnyOf(it)] if it.len() == 2));
    }

    #[test]
    fn functions_are_computed() {
        let read =
            read("select id from t where lower(t.email) = ? and ? = upper(name) and a + ? > b");
        let [
            Condition::Computed { column, .. },
            Condition::Computed { .. },
            Condition::Other(_),
        ] = read[0].conditions.as_slice()
        else {
            panic!("{:?}", read[0].conditions)
        };
        assert_eq!(column.name, "email");
    }
}
