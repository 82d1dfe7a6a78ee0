//! What the sources call: whether anything is connected, and how many budgets there are.
//!
//! Tokens are enough, and see into macro calls and `cfg_attr` as well.

use std::fs;

use perfguard_lints::files_below;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::dependencies::Dependencies;
use super::diagnosis::{Diagnosis, counted};
use super::orm::Orm;
use crate::escape::escape;
use crate::packages::{Packages, folder};

/// Groups in groups that are looked at. People nest less.
const MAX_DEPTH: usize = 200;

/// What stands in the source files of all packages, tests and examples too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    budgets: usize,
    tests: usize,
    diesel: bool,
    diesel_guarded: bool,
    sea_orm: bool,
    sea_orm_guarded: bool,
    sqlx: bool,
    pub(super) loads_config: bool,
    /// Files that are no Rust.
    unread: usize,
}

impl Sources {
    pub(super) fn read(packages: &Packages) -> Result<Self, String> {
        let mut sources = Self::default();
        for package in &packages.all {
            let folder = folder(package);
            let files = files_below(
                folder,
                |_| true,
                |name, kind| kind.is_file() && name.ends_with(".rs"),
            );
            let failed = |path: &std::path::Path, error: std::io::Error| {
                let path = escape(&path.to_string_lossy());
                format!("failed to read {path}: {error}")
            };
            for file in files.map_err(|error| failed(folder, error))? {
                let bytes = fs::read(&file).map_err(|error| failed(&file, error))?;
                sources.add(&String::from_utf8_lossy(&bytes));
            }
        }
        Ok(sources)
    }

    fn add(&mut self, text: &str) {
        match text.parse::<TokenStream>() {
            Ok(tokens) => self.scan(tokens, &[], Place::Code, 0),
            Err(_) => self.unread += 1,
        }
    }

    /// Meets each path in the tokens; one that goes on in braces, as in `use`, has `before` in
    /// front.
    fn scan(&mut self, tokens: TokenStream, before: &[String], place: Place, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let mut path: Vec<String> = before.to_vec();
        let mut is_attribute = false;
        // Whether the path goes on: after `::`, and at the beginning of a list in `use`.
        let mut goes_on = !before.is_empty();
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if !goes_on {
                        self.meet(&path, place);
                        path = Vec::new();
                    }
                    path.push(name.to_string());
                    (goes_on, is_attribute) = (false, false);
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => goes_on = true,
                TokenTree::Punct(sign) => {
                    self.meet(&path, place);
                    path = before.to_vec();
                    goes_on = !before.is_empty() && sign.as_char() == ',';
                    // `#![..]` is one too.
                    is_attribute = match sign.as_char() {
                        '#' => true,
                        '!' => is_attribute,
                        _ => false,
                    };
                }
                TokenTree::Group(group) => {
                    let is_list = goes_on && group.delimiter() == Delimiter::Brace;
                    let inside = if is_list { path.as_slice() } else { &[] };
                    let inner = if is_attribute && group.delimiter() == Delimiter::Bracket {
                        Place::Attribute
                    } else if path.last().is_some_and(|it| it == "cfg_attr") {
                        place
                    } else {
                        Place::Code
                    };
                    self.scan(group.stream(), inside, inner, depth + 1);
                    if !is_list {
                        self.meet(&path, place);
                    }
                    path = before.to_vec();
                    (goes_on, is_attribute) = (false, false);
                }
                TokenTree::Literal(_) => is_attribute = false,
            }
        }
        self.meet(&path, place);
    }

    fn meet(&mut self, path: &[String], place: Place) {
        let mut names = path.iter().rev().map(String::as_str);
        let (Some(last), of) = (names.next(), names.next().unwrap_or_default()) else {
            return;
        };
        match (of, last, place) {
            (_, "query_budget", Place::Attribute) => self.budgets += 1,
            ("perfguard", "test", Place::Attribute) => self.tests += 1,
            ("diesel" | "perfguard_diesel", "chain" | "install", _) => self.diesel = true,
            ("diesel" | "perfguard_diesel", "Guarded" | "GuardedAsync", _) => {
                self.diesel_guarded = true;
            }
            ("sea_orm" | "perfguard_sea_orm", "install" | "install_with", _) => {
                self.sea_orm = true;
            }
            ("sea_orm" | "perfguard_sea_orm", "Guarded", _) => self.sea_orm_guarded = true,
            ("sqlx" | "perfguard_sqlx", "layer" | "layer_for", _) => self.sqlx = true,
            ("config", "load", _) => self.loads_config = true,
            _ => {}
        }
    }

    fn connects(&self, orm: Orm) -> bool {
        match orm {
            Orm::Diesel | Orm::DieselAsync => self.diesel || self.diesel_guarded,
            Orm::Sea => self.sea_orm || self.sea_orm_guarded,
            Orm::Sqlx => self.sqlx,
        }
    }

    pub(super) fn tell(&self, dependencies: &Dependencies, diagnosis: &mut Diagnosis) {
        if !dependencies.has_perfguard() {
            return;
        }
        diagnosis.begin("connections");
        if self.unread > 0 {
            diagnosis.note(
                format!(
                    "{} could not be read as Rust",
                    counted(self.unread, "source file")
                ),
                "`cargo check` says what is wrong",
            );
        }
        let mut told = Vec::new();
        for orm in dependencies.orms() {
            let (call, advice) = orm.connection();
            if !dependencies.has(orm.feature()) || told.contains(&call) {
                continue;
            }
            told.push(call);
            let name = orm.feature();
            if self.connects(orm) {
                diagnosis.ok(format!("{name} is connected"));
            } else if orm == Orm::Sqlx && dependencies.uses(Orm::Sea) {
                diagnosis.note(
                    format!(
                        "no source file calls `{call}`: sqlx is heard only where SeaORM calls it"
                    ),
                    advice,
                );
            } else {
                diagnosis.problem(
                    format!("{name} is not connected: no source file calls `{call}`"),
                    advice,
                );
            }
        }
        self.tell_budgets(diagnosis);
        self.tell_blind_spots(dependencies, diagnosis);
    }

    fn tell_budgets(&self, diagnosis: &mut Diagnosis) {
        let (budgets, tests) = (self.budgets, self.tests);
        let text = format!(
            "{} with `#[query_budget]`, {} with `#[perfguard::test]`",
            counted(budgets, "function"),
            counted(tests, "test")
        );
        if budgets == 0 && tests == 0 {
            diagnosis.note(
                text,
                "write `#[perfguard::query_budget(max = 3)]` above a handler, or `#[perfguard::test]` above a test",
            );
        } else {
            diagnosis.ok(text);
        }
    }

    fn tell_blind_spots(&self, dependencies: &Dependencies, diagnosis: &mut Diagnosis) {
        diagnosis.begin("blind spots");
        let is_seen = |orm: Orm| dependencies.uses(orm) && dependencies.has(orm.feature());
        let diesel = [Orm::Diesel, Orm::DieselAsync];
        if diesel.into_iter().any(is_seen) && !self.diesel_guarded {
            let (guarded, feature) = if dependencies.uses(Orm::DieselAsync) {
                ("GuardedAsync<C>", "diesel-async-guarded")
            } else {
                ("Guarded<C>", "diesel-guarded")
            };
            diagnosis.note(
                "Diesel tells no rows: rules and budgets of rows stay silent",
                format!(
                    "let the connection be a `perfguard::diesel::{guarded}` (feature `{feature}`)"
                ),
            );
        }
        if is_seen(Orm::Sea) && !self.sea_orm_guarded && !self.sqlx {
            diagnosis.note(
                "SeaORM's callback tells no rows, and neither `execute_unprepared` nor what is cancelled",
                "add `perfguard::sqlx::layer()` to the subscriber (feature `sqlx`), or wrap the connection in `perfguard::sea_orm::Guarded`",
            );
        }
        if is_seen(Orm::Sqlx) && !dependencies.uses(Orm::Sea) {
            diagnosis.note(
                "sqlx tells no bound values: repeats are an N+1 from the fifth on, and duplicates are not found; on SQLite it tells no call sites either",
                "state budgets where it matters: counts are exact",
            );
        }
    }
}

/// Where a path stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Attribute,
    Code,
}

#[cfg(test)]
mod tests {
    use super::Sources;

    fn read(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add(text);
        sources
    }

    #[test]
    fn budgets_and_tests_are_attributes() {
        let sources = read(
            "#![allow(dead_code)]
            use perfguard::{query_budget, test};
            /// Not `#[perfguard::query_budget]`.
            #[perfguard::query_budget(max = 3, allow(n_plus_one, reason = \"x\"))] fn a() {}
            #[query_budget(max = 1)] async fn b() { query_budget(); perfguard::test(); }
            #[cfg_attr(test, perfguard::query_budget(max = 1))] fn c() {}
            mod tests { #[perfguard::test] #[tokio::test] async fn d() {} #[test] fn e() {} }
            // #[perfguard::test]
            macro_rules! m { () => { #[perfguard::test] fn f() {} } }",
        );
        assert_eq!((sources.budgets, sources.tests), (3, 2));
    }

    #[test]
    fn a_connection_is_known_however_it_is_named() {
        for text in [
            "fn main() { perfguard::diesel::install().unwrap(); }",
            "use perfguard::diesel::install;",
            "use perfguard::{Settings, diesel::{self, install}};",
            "use perfguard::diesel; fn main() { ready!(diesel::chain(own)); }",
        ] {
            assert!(read(text).diesel, "{text}");
        }
        assert!(read("type C = perfguard::diesel::Guarded<PgConnection>;").diesel_guarded);
        assert!(read("fn f() { perfguard::sea_orm::install(&mut db); }").sea_orm);
        assert!(
            read("fn f() { registry().with(fmt()).with(perfguard::sqlx::layer()).init(); }").sqlx
        );
        assert!(read("fn f() { perfguard::config::load(\"p\")?; }").loads_config);
        for text in [
            "use diesel::{prelude::*, sqlite}; fn install() {}",
            "fn main() { install(); diesel::sql_query(\"x\"); }",
            "const A: &str = \"perfguard::diesel::install()\"; // diesel::install()",
            "use sea_orm::{a, b}; fn f() { x::install() }",
        ] {
            assert_eq!(read(text), Sources::default(), "{text}");
        }
    }

    #[test]
    fn what_is_no_rust_or_too_deep_does_no_harm() {
        assert_eq!(read("fn f( {").unread, 1);
        let deep = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
        assert_eq!(read(&deep).budgets, 0);
    }
}
