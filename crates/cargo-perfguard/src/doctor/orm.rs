//! What perfguard can hear, and how it is connected.

/// A crate that asks databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Orm {
    Diesel,
    DieselAsync,
    Sea,
    Sqlx,
}

impl Orm {
    pub(super) const ALL: [Self; 4] = [Self::Diesel, Self::DieselAsync, Self::Sea, Self::Sqlx];

    /// The package that brings it.
    pub(super) const fn package(self) -> &'static str {
        match self {
            Self::Diesel => "diesel",
            Self::DieselAsync => "diesel-async",
            Self::Sea => "sea-orm",
            Self::Sqlx => "sqlx",
        }
    }

    /// The feature of perfguard without which nothing of it is heard.
    pub(super) const fn feature(self) -> &'static str {
        match self {
            Self::Diesel | Self::DieselAsync => "diesel",
            Self::Sea => "sea-orm",
            Self::Sqlx => "sqlx",
        }
    }

    /// The versions that it is made for: what they begin with.
    pub(super) const fn supported(self) -> &'static str {
        match self {
            Self::Diesel => "2.3",
            Self::DieselAsync | Self::Sqlx => "0.9",
            Self::Sea => "2",
        }
    }

    pub(super) fn supports(self, version: &str) -> bool {
        let rest = version.strip_prefix(self.supported());
        rest.is_some_and(|it| it.starts_with('.'))
    }

    /// Whether its adapter is built against one version. The others only hear events.
    pub(super) const fn is_bound(self) -> bool {
        !matches!(self, Self::Sqlx)
    }

    /// The call that connects it, and where it belongs.
    pub(super) const fn connection(self) -> (&'static str, &'static str) {
        match self {
            Self::Diesel | Self::DieselAsync => (
                "perfguard::diesel::install",
                "call `perfguard::diesel::install()` at start-up and in tests, before the first connection or pool is made",
            ),
            Self::Sea => (
                "perfguard::sea_orm::install",
                "call `perfguard::sea_orm::install(&mut db)` right after the connection is made, before it is cloned",
            ),
            Self::Sqlx => (
                "perfguard::sqlx::layer",
                "add `perfguard::sqlx::layer()` to the `tracing` subscriber, and give the other layers filters of their own",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Orm;

    #[test]
    fn versions_are_told_apart_by_whole_numbers() {
        assert!(Orm::Diesel.supports("2.3.14") && Orm::Sea.supports("2.0.0-rc.1"));
        for (orm, version) in [
            (Orm::Diesel, "2.30.0"),
            (Orm::Diesel, "2.2.4"),
            (Orm::DieselAsync, "0.8.0"),
            (Orm::Sea, "1.1.2"),
            (Orm::Sqlx, "0.8.6"),
        ] {
            assert!(!orm.supports(version), "{version}");
        }
    }
}
