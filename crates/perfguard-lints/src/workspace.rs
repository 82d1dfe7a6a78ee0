//! The lints of a workspace: all of its files, and who calls whom in them.

use std::borrow::Cow;
use std::path::Path;
use std::{fmt, mem};

use proc_macro2::Span;

use crate::allows::Stated;
use crate::catalog::{Level, Lint, QUERY_IN_LOOP};
use crate::connection::Aliases;
use crate::extract::{Extract, extract};
use crate::function::{Called, Function, Sent};
use crate::graph::{Asks, Graph};
use crate::imports::Imports;
use crate::levels::Levels;
use crate::macros::open_macros_of_file;
use crate::orm::{Orm, Orms};
use crate::place::Place;
use crate::query::Query;
use crate::report::{AllowPlace, ParseProblem, Related, Report, SourceFinding};
use crate::resolve::Scope;
use crate::steps::{self, Steps};
use crate::strict::Finding;

/// The source files of a workspace, read one by one.
///
/// A workspace belongs to the thread that it was made on: places in files are kept per thread.
///
/// ```
/// use perfguard_lints::{Levels, Orms, Workspace};
///
/// let mut workspace = Workspace::new(Orms::ALL, Levels::of_command());
/// let text = "fn list(posts: &[Post], conn: &mut PgConnection) -> QueryResult<()> {
///     for post in posts {
///         authors.find(post.author_id).first::<Author>(conn)?;
///     }
///     Ok(())
/// }";
/// workspace.add("src/posts.rs", "blog", text)?;
/// let report = workspace.check();
/// assert_eq!(report.findings[0].to_string(), "src/posts.rs:3:38: query_in_loop in `list`");
/// # Ok::<(), perfguard_lints::ParseProblem>(())
/// ```
pub struct Workspace {
    orms: Orms,
    levels: Levels,
    files: Vec<File>,
    scopes: Vec<Scope>,
    functions: Vec<Function>,
    aliases: Aliases,
}

struct File {
    path: String,
    text: String,
    stated: Stated,
    /// How many aliases of connections were known when it was read.
    aliases: usize,
    /// What lints of one function have found, and in which.
    findings: Vec<(Finding, String)>,
}

/// What a file says.
struct Read {
    stated: Stated,
    functions: Vec<Function>,
    findings: Vec<(Finding, String)>,
}

impl Workspace {
    /// A workspace without files, that asks databases with these.
    pub fn new(orms: Orms, levels: Levels) -> Self {
        Self {
            orms,
            levels,
            files: Vec::new(),
            scopes: Vec::new(),
            functions: Vec::new(),
            aliases: Aliases::default(),
        }
    }

    /// Reads a file of a package. `path` is what findings are reported with.
    ///
    /// # Errors
    /// If the text is no Rust. What else there is can be checked all the same.
    pub fn add(&mut self, path: &str, package: &str, text: &str) -> Result<(), ParseProblem> {
        let text = plain(text);
        let number = self.files.len();
        let (ast, read) = self.read(number, &text).map_err(|error| ParseProblem {
            path: path.to_owned(),
            place: Place::of(error.span()),
            message: error.to_string(),
        })?;
        self.functions.extend(read.functions);
        self.files.push(File {
            path: path.to_owned(),
            aliases: self.aliases.len(),
            stated: read.stated,
            findings: read.findings,
            text: text.into_owned(),
        });
        self.scopes.push(Scope {
            imports: Imports::of(&ast),
            modules: modules(path, package),
        });
        Ok(())
    }

    fn read(&mut self, number: usize, text: &str) -> syn::Result<(syn::File, Read)> {
        let mut ast = syn::parse_file(text)?;
        open_macros_of_file(&mut ast);
        self.aliases.add(&ast);
        let stated = if text.contains("perfguard") || text.contains("query_budget") {
            Stated::of(&ast)
        } else {
            Stated::default()
        };
        let wants_more = self.levels.wants_more_than_loops() || stated.wants_more_than_loops();
        let Extract {
            functions,
            findings,
        } = extract(number, &ast, self.orms, &self.aliases, wants_more);
        let read = Read {
            stated,
            functions,
            findings,
        };
        Ok((ast, read))
    }

    /// Reads files again that came before an alias of a connection that they name. An alias of an
    /// alias may be found by that.
    fn read_with_all_aliases(&mut self) {
        let mut known = None;
        while known != Some(self.aliases.len()) {
            known = Some(self.aliases.len());
            for number in 0..self.files.len() {
                let Some(file) = self.files.get_mut(number) else {
                    continue;
                };
                let names = |it: &str| file.text.contains(it);
                if !self.aliases.after(file.aliases).any(names) {
                    continue;
                }
                file.aliases = self.aliases.len();
                let text = mem::take(&mut file.text);
                if let Ok((_, read)) = self.read(number, &text)
                    && let Some(file) = self.files.get_mut(number)
                {
                    (file.stated, file.findings) = (read.stated, read.findings);
                    self.functions.retain(|it| it.file != number);
                    self.functions.extend(read.functions);
                    file.text = text;
                }
            }
        }
        self.functions.sort_by_key(|it| it.file);
    }

    /// Looks for what the levels ask for.
    pub fn check(mut self) -> Report {
        self.read_with_all_aliases();
        let mut found: Vec<(usize, Span, SourceFinding)> = Vec::new();
        for number in 0..self.files.len() {
            let Some(file) = self.files.get_mut(number) else {
                continue;
            };
            for (finding, function) in mem::take(&mut file.findings) {
                let Finding {
                    lint,
                    span,
                    message,
                } = finding;
                let finding = self.finding(lint, number, span, message, function);
                found.push((number, span, finding));
            }
        }
        let graph = Graph::of(&self.functions, &self.scopes);
        for function in self.functions.iter().filter(|it| !it.is_apart) {
            self.loops_of(function, &graph, &mut found);
        }
        self.report(found)
    }

    fn finding(
        &self,
        lint: &'static Lint,
        file: usize,
        span: Span,
        message: String,
        function: String,
    ) -> SourceFinding {
        SourceFinding {
            lint,
            level: self.levels.of(lint),
            path: self.path(file),
            place: Place::of(span),
            message,
            help: String::new(),
            function,
            callee: String::new(),
            related: Vec::new(),
        }
    }

    fn path(&self, file: usize) -> String {
        self.files
            .get(file)
            .map(|it| it.path.clone())
            .unwrap_or_default()
    }

    fn related(&self, file: usize, span: Span, message: String) -> Related {
        Related {
            path: self.path(file),
            place: Place::of(span),
            message,
        }
    }

    fn loops_of(
        &self,
        function: &Function,
        graph: &Graph<'_>,
        found: &mut Vec<(usize, Span, SourceFinding)>,
    ) {
        let steps = Steps::of(function, graph);
        for sent in &function.queries {
            let Some(each) = sent.at.each.as_ref().filter(|_| !sent.query.is_raw) else {
                continue;
            };
            if steps.have(&sent.at, sent.query.writes) {
                continue;
            }
            let does = if sent.query.writes {
                "writes to"
            } else {
                "asks"
            };
            let message = format!(
                "`.{}(..)` {does} the database once for each item of the {}",
                sent.method, each.describe
            );
            let mut finding = self.finding(
                &QUERY_IN_LOOP,
                function.file,
                sent.at.span,
                message,
                function.path(),
            );
            finding.callee.clone_from(&sent.method);
            finding.help = self.help(sent.query);
            finding.related = vec![self.related(function.file, each.span, "the loop".to_owned())];
            found.push((function.file, sent.at.span, finding));
        }
        for call in &function.calls {
            let Some(each) = call
                .at
                .each
                .as_ref()
                .filter(|_| !call.at.is_spawned_in_loop)
            else {
                continue;
            };
            let Some(asked) = graph.asked_by(function, call) else {
                continue;
            };
            if graph.is_dispatch(function, call) {
                continue;
            }
            let (way, sent) = self.way(graph, asked);
            let Some(query) = sent.map(|it| it.query) else {
                continue;
            };
            if steps::hands_on_many(call)
                || graph.is_process(asked)
                || steps.have(&call.at, steps::writes(graph, asked, call))
            {
                continue;
            }
            let does = if query.writes { "writes to" } else { "asks" };
            let message = format!(
                "`{}` {does} the database once for each item of the {}",
                call.name, each.describe
            );
            let mut finding = self.finding(
                &QUERY_IN_LOOP,
                function.file,
                call.at.span,
                message,
                function.path(),
            );
            finding.callee.clone_from(&call.name);
            finding.help = self.help(query);
            finding.related = vec![self.related(function.file, each.span, "the loop".to_owned())];
            finding.related.extend(way);
            found.push((function.file, call.at.span, finding));
        }
    }

    /// The way from a function down to its query.
    fn way(&self, graph: &Graph<'_>, mut number: usize) -> (Vec<Related>, Option<&Sent>) {
        let mut way = Vec::new();
        loop {
            let Some(function) = self.functions.get(number) else {
                return (way, None);
            };
            match graph.asks.get(number).copied().flatten() {
                Some(Asks::Itself(query)) => {
                    let sent = function.queries.get(query);
                    way.extend(sent.map(|it| {
                        let message = format!("the query, in `{}`", function.path());
                        self.related(function.file, it.at.span, message)
                    }));
                    return (way, sent);
                }
                Some(Asks::Through {
                    call,
                    function: next,
                    ..
                }) => {
                    let called: Option<&Called> = function.calls.get(call);
                    way.extend(called.map(|it| {
                        let message = format!("`{}` calls `{}`", function.path(), it.name);
                        self.related(function.file, it.at.span, message)
                    }));
                    number = next;
                }
                None => return (way, None),
            }
        }
    }

    /// How a loop of queries is repaired, with the crate that sends them.
    fn help(&self, query: Query) -> String {
        let Orms {
            diesel,
            sea_orm,
            sqlx,
        } = self.orms;
        let of = |orm, has| query.orm.map_or(has, |it| it == orm);
        let (diesel, sea_orm, sqlx) = (
            of(Orm::Diesel, diesel),
            of(Orm::Sea, sea_orm),
            of(Orm::Sqlx, sqlx),
        );
        let ways = if query.writes {
            [
                (diesel, "`insert_into(table).values(&rows)`"),
                (sea_orm, "`Entity::insert_many(rows)`"),
                (sqlx, "`QueryBuilder::push_values`"),
            ]
        } else {
            [
                (diesel, "`.filter(id.eq_any(&ids))`"),
                (sea_orm, "`.filter(Column::Id.is_in(ids))`"),
                (sqlx, "`WHERE id = ANY($1)`"),
            ]
        };
        let ways: Vec<&str> = ways
            .iter()
            .filter(|(has, _)| *has)
            .map(|(_, way)| *way)
            .collect();
        let what = if query.writes {
            "collect the rows and write them at once"
        } else {
            "collect the ids before the loop and load all of them at once"
        };
        format!("{what}: {}", ways.join(" or "))
    }

    fn report(self, mut found: Vec<(usize, Span, SourceFinding)>) -> Report {
        found.sort_by(|(_, _, a), (_, _, b)| {
            let key = |it: &SourceFinding| (it.place.start, it.lint.name);
            a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b)))
        });
        let mut report = Report::default();
        let mut used: Vec<Vec<bool>> = self
            .files
            .iter()
            .map(|it| vec![false; it.stated.allows.len()])
            .collect();
        for (file, span, mut finding) in found {
            let stated = self.files.get(file).map(|it| &it.stated);
            if let Some(level) = stated.and_then(|it| it.level(finding.lint, span)) {
                finding.level = level;
            }
            if finding.level == Level::Allow {
                continue;
            }
            let allows = stated.map(|it| it.allows.as_slice()).unwrap_or_default();
            let covering = allows
                .iter()
                .enumerate()
                .filter(|(_, it)| it.lint == finding.lint && it.covers(span));
            let mut is_allowed = false;
            for (number, allow) in covering {
                is_allowed |= allow.reason.is_some();
                if let Some(is_used) = used.get_mut(file).and_then(|it| it.get_mut(number)) {
                    *is_used = true;
                }
            }
            if is_allowed {
                report.allowed += 1;
            } else {
                report.findings.push(finding);
            }
        }
        for (file, used) in self.files.iter().zip(used) {
            for (allow, is_used) in file.stated.allows.iter().zip(used) {
                let place = AllowPlace {
                    lint: allow.lint,
                    path: file.path.clone(),
                    place: allow.place,
                    reason: allow.reason.clone().unwrap_or_default(),
                };
                if allow.reason.is_none() {
                    report.allows_without_reason.push(place);
                } else if !is_used && self.levels.of(allow.lint) > Level::Allow {
                    report.stale_allows.push(place);
                }
            }
        }
        report
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace of {} files", self.files.len())
    }
}

/// A text whose places are those that the parser counts: without a byte order mark, and with the
/// line `#!/usr/bin/..` as a comment.
pub fn plain(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => Cow::Owned(format!("//{rest}")),
        _ => Cow::Borrowed(text),
    }
}

/// The modules that a function of a file may be named by.
fn modules(path: &str, package: &str) -> Vec<String> {
    let path = Path::new(path).with_extension("");
    let parts = path.iter().filter_map(|it| it.to_str());
    let parts = parts.filter(|it| !matches!(*it, "lib" | "main" | "mod" | "src"));
    parts
        .map(str::to_owned)
        .chain([package.replace('-', "_")])
        .collect()
}
