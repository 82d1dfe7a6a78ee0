//! `perfguard.toml`: where it is, what is wrong with it, and whether anybody reads it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use perfguard_core::config;
use perfguard_lints::{Levels, SETTINGS_FILES, read_settings};
use toml::de::DeTable;

use super::dependencies::Dependencies;
use super::diagnosis::Diagnosis;
use super::manifests::Manifests;
use super::sources::Sources;
use crate::packages::{Packages, folder, within};

const ADVICE: &str = "see docs/configuration.md in perfguard's repository for what is accepted";

pub(super) fn tell(
    packages: &Packages,
    manifests: &Manifests,
    dependencies: &Dependencies,
    sources: &Sources,
    diagnosis: &mut Diagnosis,
) {
    diagnosis.begin("configuration");
    let root = packages.root.as_path();
    let mut folders = BTreeSet::from([root]);
    folders.extend(packages.all.iter().map(folder));
    let mut found = Vec::new();
    for folder in folders {
        let mut first = None;
        for name in SETTINGS_FILES {
            let path = folder.join(name);
            let shown = packages.shown(&path);
            let Some(text) = text(&path, &shown, diagnosis) else {
                continue;
            };
            if let Some(first) = &first {
                diagnosis.note(
                    format!("{shown} is not read, because there is {first}"),
                    "keep one of them",
                );
                continue;
            }
            found.push((shown.clone(), has_settings(&text)));
            tell_file(root, &path, &shown, &text, diagnosis);
            first = Some(shown);
        }
    }
    if found.is_empty() {
        diagnosis.ok("there is no perfguard.toml: defaults hold, and what the source says");
    }
    let is_named = manifests.config_of_env.is_some()
        || env::var_os("PERFGUARD_CONFIG").is_some_and(|it| !it.is_empty());
    let is_read = is_named || sources.loads_config;
    if let Some((shown, _)) = found.iter().find(|(_, has_settings)| *has_settings)
        && !is_read
    {
        diagnosis.problem(
            format!("no process reads {shown}: what stands there beside [lints] has no effect"),
            format!("PERFGUARD_CONFIG = {{ value = \"{shown}\", relative = true }} under [env] in .cargo/config.toml, or `perfguard::config::load` at start-up"),
        );
    }
    if let Some(named) = &manifests.config_of_env
        && !root.join(named).exists()
    {
        diagnosis.problem(
            ".cargo/config.toml names a file in PERFGUARD_CONFIG that is not there: tests with a budget fail",
            "name one that is there",
        );
    }
    if is_read && dependencies.has_perfguard() && !dependencies.has("config") {
        diagnosis.problem(
            "perfguard's feature `config` is off: no process can read settings from a file",
            dependencies.adding("config"),
        );
    }
}

/// The text of a file, if it is there.
fn text(path: &Path, shown: &str, diagnosis: &mut Diagnosis) -> Option<String> {
    match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                diagnosis.problem(
                    format!("failed to read {shown}: {error}"),
                    "make it a file of UTF-8 text that can be read",
                );
            }
            None
        }
    }
}

fn tell_file(root: &Path, path: &Path, shown: &str, text: &str, diagnosis: &mut Diagnosis) {
    let mut wrong = Vec::new();
    match config::check(shown, text) {
        Ok(unknown) => {
            wrong.extend(unknown);
            // And the files that it names.
            let loaded = config::load(path).err();
            wrong.extend(loaded.map(|error| within(root, &error.to_string())));
        }
        Err(error) => wrong.push(error.to_string()),
    }
    // What is no TOML was told already.
    if DeTable::parse(text).is_ok() {
        let lints = read_settings(text, &mut Levels::of_command());
        let lints = lints.unwrap_or_else(|problem| vec![problem]);
        let lints = lints.into_iter();
        wrong.extend(lints.map(|it| format!("{shown}:{}: {}", it.line, it.message)));
    }
    if wrong.is_empty() {
        diagnosis.ok(format!("{shown} is one that perfguard can read"));
    }
    for problem in wrong {
        diagnosis.problem(problem, ADVICE);
    }
}

/// Whether anything stands there that processes read.
fn has_settings(text: &str) -> bool {
    let table = DeTable::parse(text);
    table.is_ok_and(|it| it.get_ref().keys().any(|it| it.get_ref() != "lints"))
}
