//! Call sites that a driver names by itself.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;

use super::SiteId;

/// A call site that a driver knows without the stack.
///
/// Equal keys are one place, in every scope. With a key the stack is not
/// read: for drivers that know their caller's line (`#[track_caller]`), that
/// run statements by name, or that replay what ran elsewhere.
///
/// ```
/// use std::panic::Location;
/// use perfguard_core::adapter::CallSiteKey;
///
/// #[track_caller]
/// fn here() -> CallSiteKey {
///     CallSiteKey::from(Location::caller())
/// }
/// assert_ne!(here(), CallSiteKey::new("posts/latest.sql"));
/// assert_eq!(here().location().unwrap().file(), file!());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallSiteKey {
    id: u64,
    location: Option<&'static Location<'static>>,
}

impl CallSiteKey {
    /// A place of which only the identity is known: findings name no line.
    #[must_use]
    pub fn new(key: &(impl Hash + ?Sized)) -> Self {
        // No secret: a key names code, not data, and no report shows it.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Self {
            id: hasher.finish(),
            location: None,
        }
    }

    /// The file and line that findings name.
    #[must_use]
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.location
    }

    pub(super) fn site(self) -> SiteId {
        SiteId(self.id)
    }
}

impl From<&'static Location<'static>> for CallSiteKey {
    fn from(location: &'static Location<'static>) -> Self {
        Self {
            location: Some(location),
            ..Self::new(location)
        }
    }
}
