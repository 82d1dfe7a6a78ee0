//! Each statement of a report: explained, tried with the indexes that could
//! serve it, explained again.

use perfguard_core::planned;
use perfguard_core::statement::{Dialect, Pattern, Statement};
use perfguard_core::{Finding, Severity};

use crate::advice::{Advice, Reason};
use crate::backend::{self, Text};
use crate::explained::{Explained, Unexplained};
use crate::index::NewIndex;
use crate::plan::{Access, Plan, Way};
use crate::schema::Table;
use crate::session::Connection;
use crate::sql::{Block, Source, blocks, tokens};
use crate::wanted::Asked;

const POINT: &str = "perfguard_explain";

/// Looks at the plans of these statements, in the transaction that is open.
pub(crate) async fn explain<C: Connection>(
    connection: &mut C,
    report: &perfguard_core::Report,
    candidates: Vec<Finding>,
) -> Explained {
    let mut engine = Engine {
        connection,
        tables: Vec::new(),
    };
    let mut explained = Explained::default();
    let prepared = backend::prepare(engine.connection).await;
    let mut found = Vec::new();
    for candidate in candidates {
        let Some(statement) = candidate.statement() else {
            continue;
        };
        let looked = match &prepared {
            Ok(()) => engine.statement(statement).await,
            Err(error) => Err(error.clone()),
        };
        match looked {
            Ok(looked) => {
                let text = statement.text().to_owned();
                explained.plans.push((text, looked.plan.lines.clone()));
                found.extend(looked.findings(&candidate));
                explained.advice.extend(looked.advice);
            }
            Err(reason) => explained.unexplained.push(Unexplained {
                statement: statement.text().to_owned(),
                reason,
            }),
        }
    }
    explained.report = Some(planned::report(report, found));
    explained
}

/// What came of one statement.
struct Looked {
    plan: Plan,
    advice: Vec<Advice>,
    notes: Vec<(String, String)>,
}

impl Looked {
    fn findings(&self, candidate: &Finding) -> Vec<Finding> {
        let advised = self.advice.iter().map(|advice| {
            let severity = match advice.reason {
                Reason::Scan | Reason::Order => Severity::Error,
                Reason::Sort => Severity::Note,
            };
            planned::found(
                candidate,
                severity,
                advice.read(),
                advice.fix(planned::orm(candidate)),
            )
        });
        let noted = self.notes.iter().map(|(read, fix)| {
            planned::found(candidate, Severity::Note, read.clone(), fix.clone())
        });
        advised.chain(noted).collect()
    }
}

struct Engine<'a, C> {
    connection: &'a mut C,
    /// Tables that were asked for, known or not.
    tables: Vec<(Source, Option<Table>)>,
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
        self.connection.run(&format!("SAVEPOINT {POINT}")).await?;
        let mut tables = Vec::new();
        for source in blocks.iter().flat_map(|block| &block.sources) {
            if tables.iter().any(|(known, _)| known == source) {
                continue;
            }
            match self.table(source).await {
                Ok(Some(table)) => tables.push((source.clone(), table)),
                Ok(None) => {}
                Err(error) => {
                    self.undo().await;
                    return Err(error);
                }
            }
        }
        let text = Text {
            tokens: &tokens,
            stands: &stands,
            tables: &tables,
        };
        let plan = self.plan(&text, &[]).await;
        let looked = match plan {
            Ok(plan) => Ok(self.look(statement, &text, &blocks, plan).await),
            Err(error) => Err(error),
        };
        self.undo().await;
        looked
    }

    /// Takes back what has happened since the savepoint.
    async fn undo(&mut self) {
        let _ = self
            .connection
            .run(&format!("ROLLBACK TO SAVEPOINT {POINT}"))
            .await;
        let _ = self
            .connection
            .run(&format!("RELEASE SAVEPOINT {POINT}"))
            .await;
    }

    async fn table(&mut self, source: &Source) -> Result<Option<Table>, String> {
        let is_it = |known: &&(Source, Option<Table>)| {
            known.0.table == source.table && known.0.schema == source.schema
        };
        if let Some((_, table)) = self.tables.iter().find(is_it) {
            return Ok(table.clone());
        }
        let table = backend::table(self.connection, source).await?;
        self.tables.push((source.clone(), table.clone()));
        Ok(table)
    }

    /// The plan with these indexes, of which nothing stays.
    async fn plan(&mut self, text: &Text<'_>, indexes: &[&NewIndex]) -> Result<Plan, String> {
        const INNER: &str = "perfguard_plan";
        self.connection.run(&format!("SAVEPOINT {INNER}")).await?;
        let plan = backend::explain(self.connection, text, indexes).await;
        self.connection
            .run(&format!("ROLLBACK TO SAVEPOINT {INNER}"))
            .await?;
        self.connection
            .run(&format!("RELEASE SAVEPOINT {INNER}"))
            .await?;
        if plan.is_err() {
            backend::clean_up(self.connection).await;
        }
        plan
    }

    async fn look(
        &mut self,
        statement: &Statement,
        text: &Text<'_>,
        blocks: &[Block],
        plan: Plan,
    ) -> Looked {
        let dialect = self.connection.dialect();
        let mut advice = Vec::new();
        let mut notes = Vec::new();
        for block in blocks {
            let asked = Asked::new(block, text.tables, dialect);
            let advised = self.search(text, &asked, &plan).await;
            if advised.is_empty() {
                match self.order(text, &asked, &plan).await {
                    Some(it) => advice.push(it),
                    None => notes.extend(noted(statement, &asked, &plan)),
                }
            }
            advice.extend(advised);
        }
        Looked {
            plan,
            advice,
            notes,
        }
    }

    /// Indexes for tables that are scanned although values or other tables say
    /// which of their rows are wanted.
    async fn search(&mut self, text: &Text<'_>, asked: &Asked<'_>, plan: &Plan) -> Vec<Advice> {
        if !asked.is_restricted() {
            return Vec::new();
        }
        let is_worth = |table: &Table| !planned::is_small(&table.name);
        let scanned: Vec<_> = asked
            .sources()
            .filter(|(source, table)| is_worth(table) && is_scanned(asked, source, plan))
            .collect();
        if scanned.is_empty() {
            return Vec::new();
        }
        let of = |(source, table): &(&Source, &Table)| asked.for_search(source, table);
        // Those that are scanned, and then all: another table may have to come
        // first before one can be searched.
        let first: Vec<NewIndex> = scanned.iter().flat_map(of).collect();
        let all: Vec<_> = asked
            .sources()
            .filter(|(_, table)| is_worth(table))
            .collect();
        let all: Vec<NewIndex> = all.iter().flat_map(of).collect();
        let mut attempts = vec![&first];
        if all != first {
            attempts.push(&all);
        }
        for indexes in attempts {
            if let Some((used, after)) = self.prove(text, asked, indexes, &scanned, plan).await {
                return used
                    .into_iter()
                    .map(|index| {
                        Advice::new(
                            text,
                            index,
                            Reason::Scan,
                            plan,
                            &after,
                            self.connection.dialect(),
                        )
                    })
                    .collect();
            }
        }
        Vec::new()
    }

    /// The indexes of these that the plan searches by, if fewer tables are
    /// scanned then.
    async fn prove(
        &mut self,
        text: &Text<'_>,
        asked: &Asked<'_>,
        indexes: &[NewIndex],
        scanned: &[(&Source, &Table)],
        before: &Plan,
    ) -> Option<(Vec<NewIndex>, Plan)> {
        let used_of = |plan: &Plan, tried: &[NewIndex]| -> Vec<NewIndex> {
            let used = tried.iter().filter(|it| plan.searches_by(&it.name));
            used.cloned().collect()
        };
        let mut used = indexes.to_vec();
        // With all of them, then with those alone that were used.
        let mut after = None;
        for _ in 0..2 {
            if used.is_empty() {
                return None;
            }
            let plan = self
                .plan(text, &used.iter().collect::<Vec<_>>())
                .await
                .ok()?;
            let now = used_of(&plan, &used);
            let is_final = now == used;
            used = now;
            after = Some(plan);
            if is_final {
                break;
            }
        }
        let after = after?;
        let names: Vec<_> = asked.sources().map(|(source, _)| called(source)).collect();
        let scans = |plan: &Plan| names.iter().filter(|name| plan.scans(name)).count();
        let is_better = scans(&after) < scans(before);
        let serves = scanned
            .iter()
            .any(|(source, _)| !after.scans(called(source)));
        let is_whole = used.iter().all(|it| after.searches_by(&it.name));
        (is_better && serves && is_whole && !used.is_empty()).then_some((used, after))
    }

    /// An index that spares sorting for the first rows of an order.
    async fn order(&mut self, text: &Text<'_>, asked: &Asked<'_>, plan: &Plan) -> Option<Advice> {
        if !asked.is_page() || !plan.sorts {
            return None;
        }
        for (source, table) in asked.sources() {
            if planned::is_small(&table.name) || asked.is_pinned(source, table) {
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
            let is_whole = plan.scans(called(source)) && !asked.is_searched(source);
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

fn called(source: &Source) -> &str {
    source.alias.as_deref().unwrap_or(&source.table)
}

/// Whether it is read as a whole, and not along an index for the first rows of
/// an order, where nothing else is asked of it.
fn is_scanned(asked: &Asked<'_>, source: &Source, plan: &Plan) -> bool {
    plan.of(called(source)).any(|access| match &access.way {
        Way::Search { .. } => false,
        Way::Scan { index: None } => true,
        Way::Scan { index: Some(_) } => !asked.is_page() || asked.is_searched(source),
    })
}

/// What is worth knowing where no index can be advised.
fn noted(statement: &Statement, asked: &Asked<'_>, plan: &Plan) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for (source, table) in asked.sources() {
        let scans = |access: &&Access| access.is_scan();
        let Some(access) = plan.of(called(source)).find(scans) else {
            continue;
        };
        if planned::is_small(&table.name) || asked.is_searched(source) {
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
