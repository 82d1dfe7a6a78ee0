//! Source with the findings that it shall have, in `cases/`.
//!
//! `//~ name` at the end of a line says that `name` is found there, and nothing where it does not
//! stand.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{File, ItemFn};

use crate::{
    FunctionView, Level, Levels, Lint, Orms, Workspace, calls_in_loops, open_macros_of_file,
    strict_lints,
};

type Found = BTreeSet<(usize, String)>;

fn expected(text: &str) -> Found {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| Some((at, line.split_once("//~")?.1)))
        .flat_map(|(at, names)| {
            let names = names.split(',');
            names.map(move |name| (at + 1, name.trim().to_owned()))
        })
        .collect()
}

/// Each function of a file, with what `look` finds in it.
fn found(text: &str, look: fn(&ItemFn) -> Found) -> Found {
    struct Functions(fn(&ItemFn) -> Found, Found);
    impl<'a> Visit<'a> for Functions {
        fn visit_item_fn(&mut self, it: &'a ItemFn) {
            self.1.extend((self.0)(it));
            visit::visit_item_fn(self, it);
        }
    }
    let mut file: File = syn::parse_str(text).unwrap();
    open_macros_of_file(&mut file);
    let mut functions = Functions(look, Found::new());
    functions.visit_file(&file);
    functions.1
}

#[test]
fn calls_that_run_once_for_each_item_are_found() {
    let text = include_str!("../cases/loops.rs");
    let found = found(text, |it| {
        let calls = calls_in_loops(&it.sig, &it.block).into_iter();
        let named = calls.filter_map(|it| Some((it.call.name()?, it.depends)));
        let asked = named.filter(|(name, _)| *name == "ask");
        asked
            .map(|(name, depends)| {
                let kind = if depends { "each" } else { "again" };
                (name.span().start().line, kind.to_owned())
            })
            .collect()
    });
    assert_eq!(found, expected(text));
}

#[test]
fn strict_lints_find_what_they_shall() {
    let text = include_str!("../cases/strict.rs");
    let found = found(text, |it| {
        let view = FunctionView::new(it.sig.asyncness, &it.block).signature(&it.sig);
        let found = strict_lints(view).into_iter();
        found
            .map(|it| (it.span.start().line, it.lint.name.to_owned()))
            .collect()
    });
    assert_eq!(found, expected(text));
}

/// What a workspace of one or several files shows, in each of them.
fn checked(files: &[(&str, &str)], levels: Levels) -> Vec<(String, Found)> {
    let mut workspace = Workspace::new(Orms::ALL, levels);
    let mut found: Vec<(String, Found)> = Vec::new();
    for (path, text) in files {
        workspace.add(path, "blog", text).unwrap();
        found.push(((*path).to_owned(), Found::new()));
    }
    let report = workspace.check();
    let without = report.allows_without_reason.iter();
    let without = without.map(|it| (&it.path, it.place.line, "without reason"));
    let stale = report
        .stale_allows
        .iter()
        .map(|it| (&it.path, it.place.line, "stale"));
    let findings = report
        .findings
        .iter()
        .map(|it| (&it.path, it.place.line, it.lint.name));
    for (path, line, name) in findings.chain(stale).chain(without) {
        let file = found.iter_mut().find(|(it, _)| it == path).unwrap();
        file.1.insert((line, name.to_owned()));
    }
    found
}

#[test]
fn queries_in_loops_are_found() {
    let text = include_str!("../cases/queries.rs");
    let found = checked(&[("src/queries.rs", text)], Levels::of_command());
    assert_eq!(found, [("src/queries.rs".to_owned(), expected(text))]);
}

#[test]
fn pedantic_lints_find_what_they_shall() {
    let text = include_str!("../cases/pedantic.rs");
    let mut levels = Levels::of_command();
    levels.warn_of_all();
    let found = checked(&[("src/pedantic.rs", text)], levels);
    assert_eq!(found, [("src/pedantic.rs".to_owned(), expected(text))]);
    let found = checked(&[("src/pedantic.rs", text)], Levels::of_command());
    assert_eq!(found, [("src/pedantic.rs".to_owned(), Found::new())]);
}

/// The files of a text: `== path`, then its lines.
fn files(text: &str) -> Vec<(&str, &str)> {
    let files = text.split("\n== ").skip(1);
    files.map(|it| it.split_once('\n').unwrap()).collect()
}

#[test]
fn queries_in_callees_are_found() {
    let files = files(include_str!("../cases/graph.txt"));
    let found = checked(&files, Levels::of_command());
    for ((path, text), (_, found)) in files.iter().zip(found) {
        assert_eq!(found, expected(text), "{path}");
    }
}

#[test]
fn the_way_to_the_query_is_told() {
    let mut workspace = Workspace::new(Orms::ALL, Levels::of_command());
    for (path, text) in files(include_str!("../cases/graph.txt")) {
        workspace.add(path, "blog", text).unwrap();
    }
    let report = workspace.check();
    let deep = report
        .findings
        .iter()
        .find(|it| it.function == "deep")
        .unwrap();
    assert_eq!(
        deep.message,
        "`show` asks the database once for each item of the `for` loop"
    );
    let way: Vec<_> = deep
        .related
        .iter()
        .map(|it| (it.path.as_str(), it.message.as_str()))
        .collect();
    assert_eq!(
        way,
        [
            ("src/handlers.rs", "the loop"),
            ("src/handlers.rs", "`show` calls `render`"),
            ("src/handlers.rs", "`render` calls `author`"),
            ("src/models/post.rs", "`Post::author` calls `find`"),
            ("src/models/author.rs", "the query, in `Author::find`"),
        ]
    );
    assert_eq!(report.allowed, 6);
}

#[test]
fn what_a_function_states_counts_over_the_levels() {
    let text = "#[query_budget(max = 2, deny(query_in_loop))]
        fn shown(ids: Vec<i32>, conn: &mut PgConnection) {
            for id in ids { posts::table.find(id).first(conn); }
        }
        fn hidden(ids: Vec<i32>, conn: &mut PgConnection) {
            for id in ids { posts::table.find(id).first(conn); }
        }";
    let mut levels = Levels::of_command();
    levels.set(Lint::named("query_in_loop").unwrap(), Level::Allow);
    let mut workspace = Workspace::new(Orms::ALL, levels);
    workspace.add("src/posts.rs", "blog", text).unwrap();
    let report = workspace.check();
    let found = report
        .findings
        .iter()
        .map(|it| (it.function.as_str(), it.level));
    assert_eq!(found.collect::<Vec<_>>(), [("shown", Level::Deny)]);
}

#[test]
fn a_broken_file_is_named_and_the_rest_is_checked() {
    let mut workspace = Workspace::new(Orms::ALL, Levels::of_command());
    let problem = workspace
        .add("src/broken.rs", "blog", "fn broken( {\n")
        .unwrap_err();
    assert!(
        problem.to_string().starts_with("src/broken.rs:1:"),
        "{problem}"
    );
    let text = "\u{feff}#!/usr/bin/env run\nfn f(ids: Vec<i32>, db: Db) { for id in ids { Post::find_by_id(id).one(&db); } }";
    workspace.add("src/whole.rs", "blog", text).unwrap();
    let report = workspace.check();
    let place = report.findings.first().unwrap().place;
    assert_eq!((place.line, place.column), (2, 68));
    let text = crate::plain(text);
    assert_eq!(text.get(place.start..place.end), Some("one"));
}
