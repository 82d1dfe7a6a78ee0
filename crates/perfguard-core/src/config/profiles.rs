//! `[profile.job]`: what holds for scopes of one profile.

use std::ops::Range;

use super::{Reading, THRESHOLDS, Value};
use crate::error::Error;
use crate::settings::Settings;
use crate::thresholds::{Profile, Thresholds};

/// The key of a profile that names another.
const INHERITS: &str = "inherits";

/// What the file says of one profile.
struct Said {
    profile: Profile,
    thresholds: Thresholds,
    /// The profile that it inherits from, and where that stands.
    inherits: Option<(Profile, Range<usize>)>,
}

impl Reading<'_> {
    pub(super) fn profiles(
        &mut self,
        mut settings: Settings,
        value: &Value<'_>,
    ) -> Result<Settings, Error> {
        let accepted = "tables of the profiles `job`, `production`, `request` and `test`, as in `[profile.job]`";
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.refuse("profile", value, accepted))?;
        let mut said = Profile::ALL.map(|profile| Said {
            profile,
            thresholds: Thresholds::new(),
            inherits: None,
        });
        for (name, value) in table {
            let known = said
                .iter_mut()
                .find(|it| it.profile.as_str() == name.get_ref());
            let Some(known) = known else {
                self.note_unknown("profile.", name, &Profile::ALL.map(Profile::as_str));
                continue;
            };
            self.profile(known, value)?;
        }
        for profile in Profile::ALL {
            settings = settings.profile(profile, self.inherited(&said, profile)?);
        }
        Ok(settings)
    }

    fn profile(&mut self, said: &mut Said, value: &Value<'_>) -> Result<(), Error> {
        let prefix = format!("profile.{}.", said.profile.as_str());
        let accepted = "a table of thresholds, as in `[profile.job]`";
        let table = value.get_ref().as_table();
        let table =
            table.ok_or_else(|| self.refuse(prefix.trim_end_matches('.'), value, accepted))?;
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name == INHERITS {
                let mut known = Profile::ALL.into_iter();
                let parent = known.find(|it| value.get_ref().as_str() == Some(it.as_str()));
                let key = format!("{prefix}{name}");
                let accepted = "`job`, `production`, `request` and `test`";
                let parent = parent.ok_or_else(|| self.refuse(&key, value, accepted))?;
                said.inherits = Some((parent, value.span()));
                continue;
            }
            match self.threshold(&said.thresholds, &prefix, name, value)? {
                Some(more) => said.thresholds = more,
                None => self.note_unknown(&prefix, key, &[&[INHERITS], THRESHOLDS].concat()),
            }
        }
        Ok(())
    }

    /// What the file says of a profile, and of those that it inherits from
    /// where it says nothing itself.
    fn inherited(&self, said: &[Said], profile: Profile) -> Result<Thresholds, Error> {
        let mut line = Vec::new();
        let mut next = Some(profile);
        while let Some(said) = said.iter().find(|it| Some(it.profile) == next) {
            next = None;
            line.push(said);
            if let Some((parent, place)) = &said.inherits {
                if line.iter().any(|it| it.profile == *parent) {
                    let key = format!("profile.{}.{INHERITS}", said.profile.as_str());
                    let message =
                        format!("`{key}` ends where it began: a profile inherits from itself");
                    return Err(self.error(place, &message));
                }
                next = Some(*parent);
            }
        }
        let mut thresholds = Thresholds::new();
        for said in line.into_iter().rev() {
            thresholds.with(said.thresholds.clone());
        }
        Ok(thresholds)
    }
}
