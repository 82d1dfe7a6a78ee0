//! Which indexes could serve a block, by what it compares.
//!
//! Equality before range before order, as the columns of a sorted index are
//! used (Markus Winand, "Use the Index, Luke"). Whether an index does serve is
//! not decided here: the plan decides.

use perfguard_core::statement::Dialect;

use crate::backend::written;
use crate::index::{Key, NewIndex};
use crate::schema::{Table, TableColumn};
use crate::sql::{Block, Column, Condition, Matcher, Source};

/// A block with what is known of its tables.
pub(crate) struct Asked<'a> {
    block: &'a Block,
    tables: &'a [(Source, Table)],
    dialect: Dialect,
}

/// What a table is asked for, in the order in which it is written.
#[derive(Default)]
pub(crate) struct Wishes<'a> {
    pub(crate) equal: Vec<&'a TableColumn>,
    /// Columns that are compared with those of another table, for each of them.
    pub(crate) joined: Vec<(Option<&'a Source>, Vec<&'a TableColumn>)>,
    pub(crate) listed: Vec<&'a TableColumn>,
    pub(crate) ranges: Vec<&'a TableColumn>,
    booleans: Vec<&'a TableColumn>,
    /// Columns that say that a row is not deleted.
    not_deleted: Vec<&'a TableColumn>,
    computed: Vec<&'a Condition>,
}

impl Wishes<'_> {
    /// Whether values are asked for of a column of this name.
    pub(crate) fn asks_for(&self, column: &str) -> bool {
        let columns = self.equal.iter().chain(&self.listed).chain(&self.ranges);
        columns
            .into_iter()
            .any(|it| it.name.eq_ignore_ascii_case(column))
    }

    fn has_values(&self) -> bool {
        !(self.equal.is_empty() && self.listed.is_empty() && self.ranges.is_empty())
    }
}

impl<'a> Asked<'a> {
    pub(crate) fn new(block: &'a Block, tables: &'a [(Source, Table)], dialect: Dialect) -> Self {
        Self {
            block,
            tables,
            dialect,
        }
    }

    /// Its tables, with the place each has in the block.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&'a Source, &'a Table)> {
        let tables = self.tables;
        let sources = self.block.sources.iter();
        sources.filter_map(move |source| {
            let known = tables.iter().find(|(it, _)| it == source)?;
            Some((&known.0, &known.1))
        })
    }

    /// Whether it chooses among its rows at all: where it reads whole tables,
    /// no index spares anything.
    pub(crate) fn is_restricted(&self) -> bool {
        let has_values = self.sources().any(|(source, _)| {
            let wishes = self.wishes(source);
            wishes.has_values() || !wishes.computed.is_empty()
        });
        let is_correlated = self.block.conditions.iter().any(|it| match it {
            Condition::Joined(one, other) => {
                self.owner(one).is_some() != self.owner(other).is_some()
            }
            _ => false,
        });
        let has_choice = self
            .block
            .conditions
            .iter()
            .any(|it| matches!(it, Condition::AnyOf(_)));
        has_values || is_correlated || has_choice || self.is_page()
    }

    /// Whether it wants the first rows of an order.
    pub(crate) fn is_page(&self) -> bool {
        self.block.has_limit && self.block.order.is_some() && !self.block.is_grouped
    }

    /// Whether the first rows of this table's order are wanted.
    pub(crate) fn is_ordered(&self, source: &Source) -> bool {
        self.order(source).is_some()
    }

    /// Whether one row at most is asked for, by a key.
    pub(crate) fn is_pinned(&self, source: &Source, table: &Table) -> bool {
        let wishes = self.wishes(source);
        let columns: Vec<_> = wishes.equal.iter().map(|it| it.name.as_str()).collect();
        table.is_pinned_by(&columns)
    }

    /// Whether values for its columns could find rows of this table.
    pub(crate) fn is_searched(&self, source: &Source) -> bool {
        self.wishes(source).has_values()
    }

    /// Its tables, each with the columns whose values are asked for.
    pub(crate) fn chosen(&self) -> Vec<(&'a Table, Vec<String>)> {
        let chosen = self.sources().map(|(source, table)| {
            let conditions = self.block.conditions.iter().filter_map(|it| match it {
                Condition::Compared(
                    column,
                    Matcher::Equal | Matcher::In | Matcher::Like | Matcher::Range,
                )
                | Condition::Computed { column, .. } => self.column(column, source),
                _ => None,
            });
            (table, conditions.map(|it| it.name.clone()).collect())
        });
        chosen.collect()
    }

    /// The source in this block whose column it is.
    fn owner(&self, column: &Column) -> Option<&'a Source> {
        if let Some(qualifier) = &column.qualifier {
            return self.block.sources.iter().find(|it| it.is_called(qualifier));
        }
        let mut having = self
            .sources()
            .filter(|(_, table)| table.column(&column.name).is_some());
        let (source, _) = having.next()?;
        having.next().is_none().then_some(source)
    }

    fn column(&self, column: &Column, source: &Source) -> Option<&'a TableColumn> {
        if self.owner(column)? != source {
            return None;
        }
        let (_, table) = self.tables.iter().find(|(it, _)| it == source)?;
        table.column(&column.name)
    }

    pub(crate) fn wishes(&self, source: &Source) -> Wishes<'a> {
        let mut wishes = Wishes::default();
        for condition in &self.block.conditions {
            match condition {
                Condition::Compared(column, matcher) => {
                    let Some(column) = self.column(column, source) else {
                        continue;
                    };
                    let list = match matcher {
                        Matcher::Equal if column.is_boolean() => &mut wishes.booleans,
                        Matcher::Equal => &mut wishes.equal,
                        Matcher::In => &mut wishes.listed,
                        Matcher::Range => &mut wishes.ranges,
                        Matcher::True => &mut wishes.booleans,
                        Matcher::Null if is_deletion(column) => &mut wishes.not_deleted,
                        Matcher::Like | Matcher::NotNull | Matcher::Null => continue,
                    };
                    push(list, column);
                }
                Condition::Joined(one, other) => {
                    for (mine, its) in [(one, other), (other, one)] {
                        let partner = self.owner(its);
                        let column = self.column(mine, source);
                        let Some(column) = column.filter(|_| partner != Some(source)) else {
                            continue;
                        };
                        match wishes.joined.iter_mut().find(|(it, _)| *it == partner) {
                            Some((_, columns)) => push(columns, column),
                            None => wishes.joined.push((partner, vec![column])),
                        }
                    }
                }
                Condition::Computed { column, .. } if self.column(column, source).is_some() => {
                    wishes.computed.push(condition);
                }
                Condition::AnyOf(_) | Condition::Computed { .. } | Condition::Other(_) => {}
            }
        }
        wishes
    }

    /// The columns of the order, if all of them are this table's.
    fn order(&self, source: &Source) -> Option<Vec<Key>> {
        let order = self.block.order.as_ref().filter(|_| self.is_page())?;
        let mut keys = Vec::new();
        for (column, descends) in order {
            let column = self.column(column, source)?;
            let key = Key {
                descends: *descends,
                ..self.key(column)
            };
            keys.push(key);
        }
        // An index is read backwards as well as forwards.
        if keys.iter().all(|key| key.descends) {
            keys.iter_mut().for_each(|key| key.descends = false);
        }
        Some(keys)
    }

    fn key(&self, column: &TableColumn) -> Key {
        Key {
            is_long: column.is_long() && self.dialect == Dialect::MySql,
            ..Key::of(&column.name)
        }
    }

    /// The indexes that could find this table's rows by what is asked for; of
    /// several the plan takes which it likes.
    pub(crate) fn for_search(&self, source: &Source, table: &Table) -> Vec<NewIndex> {
        let wishes = self.wishes(source);
        let mut indexes = Vec::new();
        self.add(
            &mut indexes,
            table,
            self.by_values(source, &wishes),
            &wishes,
        );
        for (_, joined) in &wishes.joined {
            let names: Vec<_> = joined.iter().map(|it| it.name.as_str()).collect();
            if table.index_starting_with(&names).is_some() {
                continue;
            }
            let columns = joined.iter().chain(&wishes.equal);
            let mut keys: Vec<Key> = Vec::new();
            for column in columns.chain(wishes.ranges.first()) {
                add(&mut keys, self.key(column));
            }
            self.add(&mut indexes, table, keys, &wishes);
        }
        if indexes.is_empty() {
            indexes.extend(self.for_choice(source, table));
        }
        if indexes.is_empty() {
            indexes.extend(self.for_expression(table, &wishes));
        }
        indexes
    }

    /// The columns for all values that are asked for, and for the order of what
    /// they find.
    fn by_values(&self, source: &Source, wishes: &Wishes<'a>) -> Vec<Key> {
        let order = self
            .order(source)
            .filter(|_| wishes.listed.is_empty() && wishes.ranges.is_empty());
        if !wishes.has_values() && (order.is_none() || wishes.booleans.is_empty()) {
            return Vec::new();
        }
        let is_ordered = order.is_some();
        let booleans = wishes.booleans.iter().filter(|_| is_ordered);
        let columns = wishes.equal.iter().chain(booleans).chain(&wishes.listed);
        let columns = columns.chain(wishes.ranges.first());
        let values = columns.map(|it| self.key(it));
        values.chain(order.into_iter().flatten()).collect()
    }

    /// The index that these columns of another one start, and that goes on with
    /// what else is asked for.
    pub(crate) fn for_filter(
        &self,
        source: &Source,
        table: &Table,
        found_by: &[&TableColumn],
    ) -> Option<NewIndex> {
        let wishes = self.wishes(source);
        let first = found_by.iter().map(|it| self.key(it));
        let keys = first.chain(self.by_values(source, &wishes)).collect();
        let mut indexes = Vec::new();
        self.add(&mut indexes, table, keys, &wishes);
        indexes.pop()
    }

    /// The index along which the first rows of the order come.
    pub(crate) fn for_order(&self, source: &Source, table: &Table) -> Option<NewIndex> {
        let wishes = self.wishes(source);
        if !wishes.listed.is_empty() || !wishes.ranges.is_empty() {
            return None;
        }
        let mut keys: Vec<Key> = wishes.equal.iter().map(|it| self.key(it)).collect();
        for key in self.order(source)? {
            add(&mut keys, key);
        }
        let mut indexes = Vec::new();
        self.add(&mut indexes, table, keys, &wishes);
        indexes.pop()
    }

    /// One index for each side of an OR.
    fn for_choice(&self, source: &Source, table: &Table) -> Vec<NewIndex> {
        let choices = self.block.conditions.iter().filter_map(|it| match it {
            Condition::AnyOf(branches) => Some(branches),
            _ => None,
        });
        for branches in choices {
            let columns: Option<Vec<_>> = branches
                .iter()
                .map(|branch| {
                    branch.iter().find_map(|it| match it {
                        Condition::Compared(
                            column,
                            Matcher::Equal | Matcher::In | Matcher::Range,
                        ) => self.column(column, source).filter(|it| !it.is_boolean()),
                        _ => None,
                    })
                })
                .collect();
            let Some(columns) = columns else { continue };
            let mut indexes = Vec::new();
            for column in columns {
                self.add(
                    &mut indexes,
                    table,
                    vec![self.key(column)],
                    &Wishes::default(),
                );
            }
            return indexes;
        }
        Vec::new()
    }

    /// An index on an expression, where the database has such and the
    /// expression has no values in it.
    fn for_expression(&self, table: &Table, wishes: &Wishes<'_>) -> Option<NewIndex> {
        if self.dialect == Dialect::MySql {
            return None;
        }
        let (column, expression) = self.computed(wishes)?;
        let key = Key {
            expression: Some(expression),
            ..Key::of(&column)
        };
        Some(NewIndex::new(table, vec![key], None))
    }

    /// The column that an expression hides from its index, and the expression.
    pub(crate) fn hidden(&self, source: &Source) -> Option<(String, String)> {
        self.computed(&self.wishes(source))
    }

    fn computed(&self, wishes: &Wishes<'_>) -> Option<(String, String)> {
        wishes.computed.iter().find_map(|condition| {
            let Condition::Computed {
                column,
                expression,
                matcher: Matcher::Equal | Matcher::In | Matcher::Range,
            } = condition
            else {
                return None;
            };
            let mut tokens = Vec::new();
            let mut rest = expression.as_slice();
            // The index is on the table, whatever the statement calls it.
            while let Some((first, left)) = rest.split_first() {
                let names_column = first.name().is_some_and(|it| it == column.name);
                let is_qualifier =
                    left.first() == Some(&crate::sql::Token::Dot) && first.name().is_some();
                if is_qualifier && !names_column {
                    rest = left.get(1..).unwrap_or_default();
                    continue;
                }
                if *first == crate::sql::Token::Bind {
                    return None;
                }
                tokens.push(first.clone());
                rest = left;
            }
            let sql = written(&tokens, self.dialect, |_| String::new());
            Some((column.name.clone(), sql.trim().to_owned()))
        })
    }

    /// Adds an index that the table does not have yet.
    fn add(&self, indexes: &mut Vec<NewIndex>, table: &Table, keys: Vec<Key>, wishes: &Wishes<'_>) {
        let mut unique: Vec<Key> = Vec::new();
        for key in keys {
            add(&mut unique, key);
        }
        let columns: Vec<_> = unique.iter().map(|key| key.column.as_str()).collect();
        if columns.is_empty() || table.index_starting_with(&columns).is_some() {
            return;
        }
        let has_partial = self.dialect != Dialect::MySql;
        let only_null = wishes.not_deleted.first().filter(|_| has_partial);
        let index = NewIndex::new(table, unique, only_null.map(|it| it.name.clone()));
        if !indexes.iter().any(|known| known.keys == index.keys) {
            indexes.push(index);
        }
    }
}

/// Whether NULL in this column says that a row is not deleted.
fn is_deletion(column: &TableColumn) -> bool {
    let name = column.name.to_ascii_lowercase();
    let says_so = ["archived", "deleted", "removed", "trashed"];
    says_so.iter().any(|it| name.starts_with(it)) || (column.is_time() && name.contains("delete"))
}

fn push<'a>(list: &mut Vec<&'a TableColumn>, column: &'a TableColumn) {
    if !list.iter().any(|known| known.name == column.name) {
        list.push(column);
    }
}

fn add(keys: &mut Vec<Key>, key: Key) {
    if !keys.iter().any(|known| known.column == key.column) {
        keys.push(key);
    }
}
