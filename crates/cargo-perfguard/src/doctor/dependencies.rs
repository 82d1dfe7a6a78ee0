//! Which packages depend on perfguard, and what they ask databases with.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Dependency, DependencyKind, Package};

use super::diagnosis::Diagnosis;
use super::manifests::Manifests;
use super::orm::Orm;
use crate::packages::Packages;

const PERFGUARD: &str = "perfguard";

/// Features that turn others on, as perfguard's manifest has them.
const IMPLIED: [(&str, &str); 10] = [
    ("axum", "tower"),
    ("default", "json"),
    ("diesel-async", "diesel"),
    ("diesel-async-guarded", "diesel-guarded"),
    ("diesel-async-guarded-postgres", "diesel-async-guarded"),
    ("diesel-bb8", "diesel"),
    ("diesel-deadpool", "diesel"),
    ("diesel-guarded", "diesel"),
    ("diesel-guarded-postgres", "diesel-guarded"),
    ("diesel-r2d2", "diesel"),
];

#[derive(Debug)]
pub(super) struct Dependencies {
    /// By package, the features of perfguard that it turns on.
    users: BTreeMap<String, BTreeSet<String>>,
    versions: BTreeSet<String>,
    /// Those of all packages: cargo builds one perfguard for them.
    features: BTreeSet<String>,
    /// By version, the packages that use it; no version is known without a lock file.
    orms: BTreeMap<Orm, BTreeMap<Option<String>, Vec<String>>>,
    has_lock: bool,
}

impl Dependencies {
    pub(super) fn of(packages: &Packages, manifests: &Manifests) -> Self {
        let mut found = Self {
            users: BTreeMap::new(),
            versions: BTreeSet::new(),
            features: BTreeSet::new(),
            orms: BTreeMap::new(),
            has_lock: manifests.has_lock(),
        };
        for package in &packages.all {
            found.add(package, manifests);
        }
        found
    }

    fn add(&mut self, package: &Package, manifests: &Manifests) {
        let name = package.name.as_str();
        let used = |dependency: &str| {
            let all = package.dependencies.iter();
            all.filter(move |it| it.name == dependency && it.kind != DependencyKind::Build)
                .collect::<Vec<_>>()
        };
        let perfguard = used(PERFGUARD);
        if !perfguard.is_empty() {
            let features = features(package, &perfguard);
            self.versions.extend(manifests.versions(name, PERFGUARD));
            self.features.extend(features.iter().cloned());
            self.users.insert(name.to_owned(), features);
        }
        for orm in Orm::ALL {
            if used(orm.package()).is_empty() {
                continue;
            }
            let users = self.orms.entry(orm).or_default();
            let versions = manifests.versions(name, orm.package());
            let mut versions: Vec<_> = versions.into_iter().map(Some).collect();
            if versions.is_empty() {
                versions.push(None);
            }
            for version in versions {
                users.entry(version).or_default().push(name.to_owned());
            }
        }
    }

    /// Whether perfguard is built with a feature.
    pub(super) fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// What packages ask databases with.
    pub(super) fn orms(&self) -> impl Iterator<Item = Orm> {
        self.orms.keys().copied()
    }

    pub(super) fn uses(&self, orm: Orm) -> bool {
        self.orms.contains_key(&orm)
    }

    pub(super) fn has_perfguard(&self) -> bool {
        !self.users.is_empty()
    }

    /// How a feature is turned on.
    pub(super) fn adding(&self, feature: &str) -> String {
        let users = self.orms.values().flat_map(BTreeMap::values).flatten();
        let package = self.users.keys().next().or_else(|| users.min());
        let package = package.map(|it| format!(" -p {it}")).unwrap_or_default();
        format!("cargo add perfguard --features {feature}{package}")
    }

    pub(super) fn tell(&self, diagnosis: &mut Diagnosis) {
        diagnosis.begin("packages");
        if self.users.is_empty() {
            let features: BTreeSet<&str> = self.orms().map(Orm::feature).collect();
            let features = Vec::from_iter(features).join(",");
            let advice = match features.as_str() {
                "" => "cargo add perfguard".to_owned(),
                features => self.adding(features),
            };
            diagnosis.problem("no package of this workspace depends on perfguard", advice);
        }
        if self.versions.len() > 1 {
            let versions = listed(&self.versions);
            diagnosis.problem(
                format!("there is more than one perfguard: {versions}; one does not see what another counts"),
                "let all packages depend on one version of it",
            );
        }
        for (package, features) in &self.users {
            let features = match listed(features) {
                none if none.is_empty() => "no feature".to_owned(),
                some => format!("features {some}"),
            };
            diagnosis.ok(format!("{package} depends on perfguard, with {features}"));
        }
        if self.has_perfguard() && !self.has("json") {
            diagnosis.problem(
                "perfguard's feature `json` is off: tests leave nothing for `cargo perfguard test` and `report`",
                self.adding("json"),
            );
        }
        self.tell_orms(diagnosis);
    }

    fn tell_orms(&self, diagnosis: &mut Diagnosis) {
        if self.orms.is_empty() {
            diagnosis.note(
                "no package depends on diesel, diesel-async, sea-orm or sqlx: nothing can be seen but what `perfguard::adapter` is told",
                "for another driver, write an adapter, as in examples/rusqlite-adapter of perfguard's repository",
            );
        } else if !self.has_lock {
            diagnosis.note(
                "there is no Cargo.lock: nobody knows which versions are built",
                "cargo generate-lockfile",
            );
        }
        for (orm, versions) in &self.orms {
            for (version, packages) in versions {
                self.tell_orm(*orm, version.as_deref(), &packages.join(", "), diagnosis);
            }
        }
    }

    fn tell_orm(&self, orm: Orm, version: Option<&str>, packages: &str, diagnosis: &mut Diagnosis) {
        let (name, feature) = (orm.package(), orm.feature());
        let shown = match version {
            Some(version) => format!("{name} {version} ({packages})"),
            None => format!("{name} ({packages})"),
        };
        let supported = orm.supported();
        if let Some(version) = version.filter(|it| !orm.supports(it)) {
            if orm.is_bound() {
                diagnosis.problem(
                    format!("{shown} is not supported: its statements are not seen"),
                    format!("use {name} {supported} instead of {version}"),
                );
                return;
            }
            diagnosis.note(
                format!("{shown} was not tried: the layer was, with {supported}"),
                "look whether the report of a test has its statements",
            );
        }
        if !self.has_perfguard() {
            diagnosis.ok(format!("{shown} is one that perfguard knows"));
        } else if self.has(feature) {
            diagnosis.ok(format!("{shown}: perfguard's feature `{feature}` is on"));
        } else if orm == Orm::Sqlx && self.uses(Orm::Sea) {
            diagnosis.note(
                format!("{shown}: perfguard's feature `sqlx` is off, so that what does not go through SeaORM is not seen"),
                self.adding(feature),
            );
        } else {
            diagnosis.problem(
                format!("{shown}: perfguard's feature `{feature}` is off, and its statements are not seen"),
                self.adding(feature),
            );
        }
        if orm == Orm::DieselAsync && self.has("diesel") && !self.has("diesel-async") {
            diagnosis.note(
                "perfguard's feature `diesel-async` is off: the compiler does not warn of queries in loops on its connections",
                self.adding("diesel-async"),
            );
        }
    }
}

/// The features of perfguard that a package may turn on, with those that they turn on.
fn features(package: &Package, dependencies: &[&Dependency]) -> BTreeSet<String> {
    let mut features = BTreeSet::new();
    for dependency in dependencies {
        features.extend(dependency.features.iter().cloned());
        if dependency.uses_default_features {
            features.insert("default".to_owned());
        }
        let local = dependency.rename.as_deref().unwrap_or(PERFGUARD);
        let own = package.features.values().flatten();
        let passed = own.filter_map(|it| it.split_once('/'));
        let passed = passed.filter(|(of, _)| of.trim_end_matches('?') == local);
        features.extend(passed.map(|(_, feature)| feature.to_owned()));
    }
    let mut count = 0;
    while count != features.len() {
        count = features.len();
        let implied = IMPLIED.iter().filter(|(on, _)| features.contains(*on));
        let implied: Vec<String> = implied.map(|(_, it)| (*it).to_owned()).collect();
        features.extend(implied);
    }
    features.remove("default");
    features
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use toml::de::DeTable;

    use super::IMPLIED;

    #[test]
    fn features_turn_on_what_the_manifest_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../perfguard/Cargo.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let table = DeTable::parse(&text).unwrap();
        let features = table.get_ref().get("features").unwrap().get_ref();
        let mut implied = Vec::new();
        for (name, list) in features.as_table().unwrap() {
            let list = list.get_ref().as_array().unwrap().iter();
            let list = list.map(|it| it.get_ref().as_str().unwrap());
            let own = list.filter(|it| !it.contains(['/', ':']));
            implied.extend(own.map(|it| (name.get_ref().to_string(), it.to_owned())));
        }
        implied.sort();
        let known = IMPLIED.map(|(on, it)| (on.to_owned(), it.to_owned()));
        assert_eq!(implied, known);
    }
}
