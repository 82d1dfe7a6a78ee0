//! Each statement of a report: explained, tried with the indexes that could
//! serve it, explained again.

use perfguard_core::adapter::Orm;
use perfguard_core::planned::{self, Said, Unexplained};
use perfguard_core::statement::{Dialect, Pattern, Statement};
use perfguard_core::{Finding, Severity};

use crate::advice::{Advice, Reason};
use crate::backend::{self, Text};
use crate::explained::Explained;
use crate::filter::{Counted, Filter, may_stop};
use crate::index::NewIndex;
use crate::plan::{Access, Plan};
use crate::schema::{Index, Table};
use crate::session::Connection;
use crate::sql::{Block, Source, blocks, tokens};
use crate::wanted::Asked;

/// Looks at the plans of these statements, in the transaction that is open.
pub(crate) async fn explain<C: Connection>(
    connection: &mut C,
    report: &perfguard_core::Report,
    candidates: Vec<Finding>,
) -> Explained {
    let statements = candidates.iter().filter_map(Finding::statement);
    let looked = look_at(connection, &statements.collect::<Vec<_>>()).await;
    let mut explained = Explained::default();
    let (mut found, mut unexplained) = (Vec::new(), Vec::new());
    let asked = candidates.iter().filter(|it| it.statement().is_some());
    for (candidate, looked) in asked.zip(looked) {
        let text = candidate.statement().map(Statement::text);
        let text = text.unwrap_or_default();
        match looked {
            Ok(looked) => {
                let said = looked.said(planned::orm(candidate));
                found.extend(said.iter().map(|said| planned::found(candidate, said)));
                explained.plans.push((text.to_owned(), looked.plan.lines));
                explained.advice.extend(looked.advice);
            }
            Err(reason) => unexplained.push(Unexplained::new(text, reason)),
        }
    }
    explained.report = Some(planned::report(report, found, unexplained));
    explained
}

/// Looks at the plans of these statements, of one after the other.
pub(crate) async fn look_at<C: Connection>(
    connection: &mut C,
    statements: &[&Statement],
) -> Vec<Result<Looked, String>> {
    let mut engine = Engine {
        connection,
        tables: Vec::new(),
    };
    let prepared = backend::prepare(engine.connection).await;
    if prepared.is_ok() {
        engine.read_tables(statements).await;
    }
    let mut looked = Vec::new();
    for statement in statements {
        looked.push(match &prepared {
            Ok(()) => engine.statement(statement).await,
            Err(error) => Err(error.clone()),
        });
    }
    backend::finish(engine.connection).await;
    looked
}

/// What came of one statement.
pub(crate) struct Looked {
    plan: Plan,
    advice: Vec<Advice>,
    notes: Vec<(String, String)>,
}

impl Looked {
    pub(crate) fn said(&self, orm: Orm) -> Vec<Said> {
        let advised = self.advice.iter().map(|advice| {
            let severity = match advice.is_missing() {
                true => Severity::Error,
                false => Severity::Note,
            };
            Said {
                severity,
                read: advice.read(),
                fix: advice.fix(orm),
                proof: Some(advice.proof()),
            }
        });
        let noted = self.notes.iter().map(|(read, fix)| Said {
            severity: Severity::Note,
            read: read.clone(),
            fix: fix.clone(),
            proof: None,
        });
        advised.chain(noted).collect()
    }
}

struct Engine<'a, C> {
    connection: &'a mut C,
    /// The tables that statements name, or why they could not be read.
    tables: Vec<(Source, Result<Option<Table>, String>)>,
}

impl<C: Connection> Engine<'_, C> {
    async fn statement(&mut self, statement: &Statement) -> Result<Looked, String> {
        let dialect = self.connection.dialect();
        if statement.dialect() != dialect {
            return Err(format!(
                "it ran on {}, and this connection is one to {}",
                statement.dialect().system_name(),
                dialect.system_name()
            ));
        }
        let tokens = tokens(statement.text());
        let (blocks, stands) = blocks(&tokens);
        let mut tables = Vec::new();
        for source in blocks.iter().flat_map(|block| &block.sources) {
            if tables.iter().any(|(known, _)| known == source) {
                continue;
            }
            match self.table(source) {
                Some(Ok(Some(table))) => tables.push((source.clone(), table.clone())),
                Some(Ok(None)) | None => {}
                Some(Err(error)) => return Err(error.clone()),
            }
        }
        let text = Text {
            tokens: &tokens,
            stands: &stands,
            tables: &tables,
        };
        let plan = self.plan(&text, &[]).await?;
        let has_values = plan.has_values;
        let looked = self.look(statement, &text, &blocks, plan).await;
        match unclear(&looked, &text, &blocks, dialect) {
            Some(index) if !has_values => Err(format!(
                "the index `{index}` holds some rows only, and the values that are asked for decide \
                 whether it serves: explain it on a guarded connection, which has them"
            )),
            _ => Ok(looked),
        }
    }

    /// Reads the tables of all statements.
    async fn read_tables(&mut self, statements: &[&Statement]) {
        const POINT: &str = "perfguard_tables";
        for statement in statements {
            let (blocks, _) = blocks(&tokens(statement.text()));
            for source in blocks.iter().flat_map(|block| &block.sources) {
                if self.table(source).is_some() {
                    continue;
                }
                let _ = self.connection.run(&format!("SAVEPOINT {POINT}")).await;
                let mut table = backend::table(self.connection, source).await;
                if table.is_err() {
                    let _ = self
                        .connection
                        .run(&format!("ROLLBACK TO SAVEPOINT {POINT}"))
                        .await;
                }
                let _ = self
                    .connection
                    .run(&format!("RELEASE SAVEPOINT {POINT}"))
                    .await;
                if let Ok(Some(table)) = &mut table {
                    table.is_shadowed = backend::shadow(self.connection, source).await;
                }
                self.tables.push((source.clone(), table));
            }
        }
    }

    fn table(&self, source: &Source) -> Option<&Result<Option<Table>, String>> {
        let mut tables = self.tables.iter();
        let known =
            tables.find(|(known, _)| known.table == source.table && known.schema == source.schema);
        known.map(|(_, table)| table)
    }

    /// The plan with these indexes, of which nothing stays.
    async fn plan(&mut self, text: &Text<'_>, indexes: &[&NewIndex]) -> Result<Plan, String> {
        const INNER: &str = "perfguard_plan";
        self.connection.run(&format!("SAVEPOINT {INNER}")).await?;
        let plan = backend::explain(self.connection, text, indexes).await;
        self.undo(INNER).await?;
        if plan.is_err() {
            backend::clean_up(self.connection).await;
        }
        plan
    }

    /// Takes back what has been done since a savepoint, and the savepoint.
    async fn undo(&mut self, point: &str) -> Result<(), String> {
        let undo = format!("ROLLBACK TO SAVEPOINT {point}");
        self.connection.run(&undo).await?;
        let release = format!("RELEASE SAVEPOINT {point}");
        self.connection.run(&release).await
    }

    async fn look(
        &mut self,
        statement: &Statement,
        text: &Text<'_>,
        blocks: &[Block],
        plan: Plan,
    ) -> Looked {
        let dialect = self.connection.dialect();
        let blocks: Vec<_> = blocks
            .iter()
            .map(|block| Asked::new(block, text.tables, dialect))
            .collect();
        let mut advice = self.search(text, &blocks, &plan).await;
        if advice.is_empty() {
            advice = self.filters(text, &blocks, &plan).await;
        }
        let mut notes = Vec::new();
        if advice.is_empty() {
            for asked in &blocks {
                match self.order(text, asked, &plan).await {
                    Some(it) => advice.push(it),
                    None => notes.extend(noted(statement, asked, &plan)),
                }
            }
        }
        Looked {
            plan,
            advice,
            notes,
        }
    }

    /// Indexes for tables that are scanned although values or other tables say
    /// which of their rows are wanted.
    async fn search(&mut self, text: &Text<'_>, blocks: &[Asked<'_>], plan: &Plan) -> Vec<Advice> {
        let restricted = blocks.iter().filter(|asked| asked.is_restricted());
        let reads: Vec<Read<'_>> = restricted
            .flat_map(|asked| {
                asked
                    .sources()
                    .map(move |(source, table)| (asked, source, table))
            })
            .filter(|(_, _, table)| !table.needs_no_index())
            .map(|(asked, source, table)| Read {
                source,
                indexes: asked.for_search(source, table),
                is_scanned: is_scanned(asked, source, plan),
            })
            .collect();
        if !reads.iter().any(|read| read.is_scanned) {
            return Vec::new();
        }
        // Those that are scanned, and then all: another table may have to come
        // first before one can be searched.
        let scanned = reads.iter().filter(|read| read.is_scanned);
        let first = distinct(scanned);
        let all = distinct(reads.iter());
        let mut best = self.prove(text, &reads, &first, plan).await;
        let is_done = |proof: &Proof| scans(&reads, &proof.after) == 0;
        if all != first && !best.as_ref().is_some_and(is_done) {
            let other = self.prove(text, &reads, &all, plan).await;
            let left = |proof: &Option<Proof>| {
                proof
                    .as_ref()
                    .map_or(usize::MAX, |it| scans(&reads, &it.after))
            };
            if left(&other) < left(&best) {
                best = other;
            }
        }
        let dialect = self.connection.dialect();
        let Some(Proof { used, after }) = best else {
            return Vec::new();
        };
        used.into_iter()
            .map(|index| Advice::new(text, index, Reason::Scan, plan, &after, dialect))
            .collect()
    }

    /// The indexes of these that the plan searches by, if fewer tables are
    /// scanned then.
    async fn prove(
        &mut self,
        text: &Text<'_>,
        reads: &[Read<'_>],
        indexes: &[NewIndex],
        before: &Plan,
    ) -> Option<Proof> {
        let mut used = indexes.to_vec();
        // With all of them, then with those alone that were used.
        for _ in 0..MAX_ATTEMPTS {
            if used.is_empty() {
                return None;
            }
            let after = self
                .plan(text, &used.iter().collect::<Vec<_>>())
                .await
                .ok()?;
            let tried = used.len();
            used.retain(|it| after.searches_by(&it.name));
            if used.len() == tried {
                let is_better = scans(reads, &after) < scans(reads, before);
                return is_better.then_some(Proof { used, after });
            }
        }
        None
    }

    /// Longer indexes for rows that an index finds and a filter drops.
    async fn filters(&mut self, text: &Text<'_>, blocks: &[Asked<'_>], plan: &Plan) -> Vec<Advice> {
        let may_stop = may_stop(text.tokens, blocks, plan);
        let mut advice = Vec::new();
        for asked in blocks {
            for read in asked.sources() {
                if let Some(filter) = Filter::of(asked, read, plan, may_stop) {
                    advice.extend(self.filter(text, asked, read, &filter, plan).await);
                }
            }
        }
        advice
    }

    async fn filter(
        &mut self,
        text: &Text<'_>,
        asked: &Asked<'_>,
        (source, table): (&Source, &Table),
        filter: &Filter<'_>,
        plan: &Plan,
    ) -> Option<Advice> {
        let counted = self.count(table, filter).await?;
        if !filter.is_worth(counted) {
            return None;
        }
        let index = asked.for_filter(source, table, &filter.found_by)?;
        let mut tables = text.tables.to_vec();
        let columns = tables
            .iter_mut()
            .filter(|(_, it)| it.name == table.name && it.schema == table.schema)
            .flat_map(|(_, it)| &mut it.columns);
        for column in columns {
            // One key finds more than the filter leaves, in shadows too.
            column.repeats = filter.found_by.iter().any(|it| it.name == column.name);
        }
        let repeating = Text {
            tables: &tables,
            ..*text
        };
        let after = self.plan(&repeating, &[&index]).await.ok()?;
        let is_spared = filter.is_spared_by(&index.name, source, &after);
        (is_spared && after.whole() <= plan.whole()).then(|| {
            let reason = Reason::Filter {
                index: filter.index.name.clone(),
                filtered: filter.filtered.iter().map(|it| it.name.clone()).collect(),
                counted,
            };
            Advice::new(text, index, reason, plan, &after, self.connection.dialect())
        })
    }

    /// The rows that a filter is for, of which nothing is known if they cannot
    /// be read.
    async fn count(&mut self, table: &Table, filter: &Filter<'_>) -> Option<Counted> {
        const POINT: &str = "perfguard_count";
        self.connection
            .run(&format!("SAVEPOINT {POINT}"))
            .await
            .ok()?;
        let (found_by, filtered) = (&filter.found_by, &filter.filtered);
        let counted = backend::count(self.connection, table, found_by, filtered).await;
        self.undo(POINT).await.ok()?;
        counted.ok()?
    }

    /// An index that spares sorting for the first rows of an order.
    async fn order(&mut self, text: &Text<'_>, asked: &Asked<'_>, plan: &Plan) -> Option<Advice> {
        if !asked.is_page() || !plan.sorts {
            return None;
        }
        for (source, table) in asked.sources() {
            if table.needs_no_index() || asked.is_pinned(source, table) {
                continue;
            }
            let Some(index) = asked.for_order(source, table) else {
                continue;
            };
            let Ok(after) = self.plan(text, &[&index]).await else {
                continue;
            };
            if after.sorts || !after.reads_along(&index.name) {
                continue;
            }
            let is_whole = plan.scans(source.called()) && !asked.is_searched(source);
            let reason = if is_whole {
                Reason::Order
            } else {
                Reason::Sort
            };
            return Some(Advice::new(
                text,
                index,
                reason,
                plan,
                &after,
                self.connection.dialect(),
            ));
        }
        None
    }
}

/// A table that a statement reads, and what could serve it.
struct Read<'a> {
    source: &'a Source,
    indexes: Vec<NewIndex>,
    is_scanned: bool,
}

/// Indexes, and the plan that uses each of them.
struct Proof {
    used: Vec<NewIndex>,
    after: Plan,
}

/// The index of some rows that may serve already what an index is advised for.
fn unclear(looked: &Looked, text: &Text<'_>, blocks: &[Block], dialect: Dialect) -> Option<String> {
    let asked = blocks
        .iter()
        .map(|block| Asked::new(block, text.tables, dialect));
    let pairs: Vec<_> = asked.flat_map(|asked| asked.chosen()).collect();
    looked.advice.iter().find_map(|advice| {
        let of_table = pairs
            .iter()
            .filter(|(table, _)| table.name == advice.table());
        let mut partial = of_table.flat_map(|(table, chosen)| {
            let partial = table.indexes.iter().filter(|index| index.is_partial());
            partial.filter(|index| chosen.iter().any(|column| index.chooses_by(column)))
        });
        let advised: Vec<_> = advice.columns().collect();
        let serves = |index: &&Index| {
            let leading = index.leading().unwrap_or_default();
            advised.iter().any(|it| it.eq_ignore_ascii_case(leading))
        };
        partial.find(serves).map(|index| index.name.clone())
    })
}

/// How often indexes are left out that a plan does not use, before the plan is
/// believed to change its mind for ever.
const MAX_ATTEMPTS: usize = 4;

/// How many of these tables are scanned.
fn scans(reads: &[Read<'_>], plan: &Plan) -> usize {
    let scanned = reads.iter().filter(|read| plan.scans(read.source.called()));
    scanned.count()
}

fn distinct<'a>(reads: impl Iterator<Item = &'a Read<'a>>) -> Vec<NewIndex> {
    let mut indexes: Vec<NewIndex> = Vec::new();
    for index in reads.flat_map(|read| &read.indexes) {
        if !indexes.contains(index) {
            indexes.push(index.clone());
        }
    }
    indexes
}

/// Whether it is read as a whole, and not along an order for its first rows,
/// where nothing else is asked of it.
fn is_scanned(asked: &Asked<'_>, source: &Source, plan: &Plan) -> bool {
    let is_along = !plan.sorts && asked.is_ordered(source) && !asked.is_searched(source);
    !is_along && plan.scans(source.called())
}

/// What is worth knowing where no index can be advised.
fn noted(statement: &Statement, asked: &Asked<'_>, plan: &Plan) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for (source, table) in asked.sources() {
        let scans = |access: &&Access| access.is_scan();
        let Some(access) = plan.of(source.called()).find(scans) else {
            continue;
        };
        if table.needs_no_index() || asked.is_searched(source) {
            continue;
        }
        if let Some((column, expression)) = asked.hidden(source) {
            let index = table.index_starting_with(&[&column]);
            let of = index.map(|it| format!(", which hides it from the index `{}`", it.name));
            notes.push((
                format!(
                    "all of `{}` is read for a function on `{column}`{}: {}",
                    table.name,
                    of.unwrap_or_default(),
                    access.line
                ),
                format!(
                    "compare `{column}` itself, or index a column that holds `{expression}` (a generated one)"
                ),
            ));
        } else if statement.shape().pattern() == Pattern::LeadingWildcard {
            let how = match statement.dialect() {
                Dialect::MySql => "a FULLTEXT index and MATCH .. AGAINST",
                Dialect::Postgres => {
                    "a trigram index (`USING gin (.. gin_trgm_ops)` of pg_trgm), or full text search"
                }
                _ => "an FTS5 table, with `tokenize = 'trigram'` for parts of words",
            };
            notes.push((
                format!(
                    "all of `{}` is read for a pattern that starts with a wildcard: {}",
                    table.name, access.line
                ),
                format!("no sorted index serves it: {how}"),
            ));
        }
    }
    notes
}
