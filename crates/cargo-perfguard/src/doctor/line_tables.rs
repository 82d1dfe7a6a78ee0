//! Whether reports can name lines: the debug information of the profiles.

use super::diagnosis::Diagnosis;
use super::manifests::{Manifests, Said};

pub(super) fn tell(manifests: &Manifests, diagnosis: &mut Diagnosis) {
    diagnosis.begin("line tables");
    for profile in ["dev", "test", "release"] {
        let said = |key: &str| {
            let own = manifests.profile(profile, key);
            let inherited = || (profile == "test").then(|| manifests.profile("dev", key))?;
            own.or_else(inherited)
        };
        let is_test = profile != "release";
        let debug = said("debug").unwrap_or(if is_test { Said::Yes } else { Said::No });
        let strip = said("strip").unwrap_or(Said::No);
        let advice = format!("debug = \"line-tables-only\" and no `strip`, in [profile.{profile}]");
        let missing = if debug == Said::No {
            Some("has no debug information")
        } else if strip != Said::No {
            Some("strips debug information")
        } else {
            None
        };
        match missing {
            Some(missing) if is_test => diagnosis.problem(
                format!("profile {profile} {missing}: reports name no lines, and call sites are told apart less well"),
                advice,
            ),
            Some(missing) => diagnosis.note(
                format!("profile {profile} {missing}: a warning in production names the function, not the line of the query (`resolve_call_sites`)"),
                advice,
            ),
            None => diagnosis.ok(format!("profile {profile} has line tables")),
        }
        let split = said("split-debuginfo");
        if missing.is_none()
            && let Some(Said::Word(split)) = split
            && split != "off"
        {
            diagnosis.note(
                format!("profile {profile} splits debug information off: it lies in files beside the executable"),
                "keep these files where the executable runs",
            );
        }
    }
}
