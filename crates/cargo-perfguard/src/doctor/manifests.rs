//! The files of cargo that `cargo metadata` does not tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

/// What stands in `Cargo.toml` and `.cargo/config.toml` at the workspace's root, and in its lock
/// file. A file that cannot be read says nothing: cargo itself complains of it.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    profiles: BTreeMap<(String, String), Said>,
    /// What `.cargo/config.toml` names to all that cargo runs: whether it is read from the root,
    /// and the path.
    pub(super) config_of_env: Option<String>,
    /// `None` where there is none.
    lock: Option<Lock>,
}

/// What a profile says of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    No,
    Yes,
    Word(String),
}

impl Said {
    fn of(value: &DeValue<'_>) -> Option<Self> {
        match value {
            DeValue::Boolean(true) => Some(Self::Yes),
            DeValue::Boolean(false) => Some(Self::No),
            DeValue::Integer(number) => Some(Self::parse(number.as_str())),
            DeValue::String(text) => Some(Self::parse(text)),
            _ => None,
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "0" | "false" | "none" => Self::No,
            "1" | "2" | "full" | "limited" | "true" => Self::Yes,
            word => Self::Word(word.to_owned()),
        }
    }
}

#[derive(Debug, Default)]
struct Lock {
    /// The versions of each package.
    versions: BTreeMap<String, BTreeSet<String>>,
    /// What each member of the workspace depends on, as `name` or `name version`.
    members: BTreeMap<String, Vec<String>>,
}

impl Manifests {
    pub(super) fn read(root: &Path) -> Self {
        let mut manifests = Self::default();
        // What stands later wins, as with cargo.
        for file in ["Cargo.toml", ".cargo/config", ".cargo/config.toml"] {
            let text = fs::read_to_string(root.join(file)).unwrap_or_default();
            let Ok(table) = DeTable::parse(&text) else {
                continue;
            };
            let table = table.get_ref();
            manifests.add_profiles(table);
            let named = table_in(table, "env").and_then(|it| it.get("PERFGUARD_CONFIG"));
            let named = named.and_then(|it| match it.get_ref() {
                DeValue::Table(table) => table.get("value")?.get_ref().as_str(),
                value => value.as_str(),
            });
            if file != "Cargo.toml" && named.is_some() {
                manifests.config_of_env = named.map(str::to_owned);
            }
        }
        if let Ok(text) = fs::read_to_string(root.join("Cargo.lock")) {
            manifests.lock = DeTable::parse(&text).ok().map(|it| Lock::of(it.get_ref()));
        }
        manifests
    }

    fn add_profiles(&mut self, table: &DeTable<'_>) {
        let profiles = table_in(table, "profile").into_iter().flatten();
        for (profile, values) in profiles {
            for (key, value) in values.get_ref().as_table().into_iter().flatten() {
                if let Some(said) = Said::of(value.get_ref()) {
                    let key = (profile.get_ref().to_string(), key.get_ref().to_string());
                    self.profiles.insert(key, said);
                }
            }
        }
    }

    /// What holds for a profile, if anybody says it; the environment wins, as with cargo.
    pub(super) fn profile(&self, profile: &str, key: &str) -> Option<Said> {
        let name = format!("CARGO_PROFILE_{profile}_{key}");
        let name = name.to_uppercase().replace('-', "_");
        let said = std::env::var(name).ok().map(|it| Said::parse(&it));
        said.or_else(|| {
            let key = (profile.to_owned(), key.to_owned());
            self.profiles.get(&key).cloned()
        })
    }

    pub(super) fn has_lock(&self) -> bool {
        self.lock.is_some()
    }

    /// The versions of a dependency that a member of the workspace is built with, as far as the
    /// lock file tells.
    pub(super) fn versions(&self, member: &str, dependency: &str) -> BTreeSet<String> {
        let Some(lock) = &self.lock else {
            return BTreeSet::new();
        };
        let all = || lock.versions.get(dependency).cloned().unwrap_or_default();
        let own = lock.members.get(member).into_iter().flatten();
        let mut versions = BTreeSet::new();
        for line in own {
            let mut words = line.split(' ');
            if words.next() == Some(dependency) {
                match words.next() {
                    Some(version) => drop(versions.insert(version.to_owned())),
                    // It is the only one.
                    None => versions.extend(all()),
                }
            }
        }
        versions
    }
}

impl Lock {
    fn of(table: &DeTable<'_>) -> Self {
        let mut lock = Self::default();
        let list = table.get("package").and_then(|it| it.get_ref().as_array());
        for package in list.into_iter().flatten() {
            let Some(package) = package.get_ref().as_table() else {
                continue;
            };
            let text = |key: &str| package.get(key).and_then(|it| it.get_ref().as_str());
            let (Some(name), Some(version)) = (text("name"), text("version")) else {
                continue;
            };
            let versions = lock.versions.entry(name.to_owned()).or_default();
            versions.insert(version.to_owned());
            if text("source").is_none() {
                let list = package.get("dependencies");
                let list = list.and_then(|it| it.get_ref().as_array());
                let names = list.into_iter().flatten();
                let names = names.filter_map(|it| it.get_ref().as_str().map(str::to_owned));
                lock.members.insert(name.to_owned(), names.collect());
            }
        }
        lock
    }
}

fn table_in<'a, 'b>(table: &'a DeTable<'b>, key: &str) -> Option<&'a DeTable<'b>> {
    table.get(key)?.get_ref().as_table()
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::{Lock, Manifests, Said};

    #[test]
    fn a_version_is_that_of_the_member() {
        let text = r#"
            version = 4
            [[package]]
            name = "blog"
            version = "0.1.0"
            dependencies = ["diesel 2.3.1", "sqlx", "tokio 1.0.0 (registry+x)"]
            [[package]]
            name = "diesel"
            version = "1.4.0"
            source = "registry+x"
            [[package]]
            name = "diesel"
            version = "2.3.1"
            source = "registry+x"
            [[package]]
            name = "sqlx"
            version = "0.9.0"
            source = "registry+x"
        "#;
        let table = DeTable::parse(text).map(|it| Lock::of(it.get_ref()));
        let manifests = Manifests {
            lock: table.ok(),
            ..Manifests::default()
        };
        let versions = |member, name| Vec::from_iter(manifests.versions(member, name));
        assert_eq!(versions("blog", "diesel"), ["2.3.1"]);
        assert_eq!(versions("blog", "sqlx"), ["0.9.0"]);
        assert_eq!(versions("blog", "sea-orm"), [""; 0]);
        assert_eq!(versions("shop", "diesel"), [""; 0]);
    }

    #[test]
    fn a_profile_says_yes_no_or_a_word() {
        let text = "[profile.dev]\ndebug = 0\nstrip = \"symbols\"\n[profile.release]\ndebug = \"limited\"\nstrip = false\n";
        let mut manifests = Manifests::default();
        if let Ok(table) = DeTable::parse(text) {
            manifests.add_profiles(table.get_ref());
        }
        let said = |profile: &str, key: &str| {
            let key = (profile.to_owned(), key.to_owned());
            manifests.profiles.get(&key).cloned()
        };
        assert_eq!(said("dev", "debug"), Some(Said::No));
        assert_eq!(said("dev", "strip"), Some(Said::Word("symbols".to_owned())));
        assert_eq!(said("release", "debug"), Some(Said::Yes));
        assert_eq!(said("release", "strip"), Some(Said::No));
        assert_eq!(said("test", "debug"), None);
    }
}
