//! The one error type of the set-up calls, and of reading plans.

use std::fmt;

/// Why a set-up call of perfguard failed, or plans could not be read.
///
/// Only set-up can fail (configuration, connecting an ORM), and reading plans in
/// a test. Recording queries never returns an error to the application.
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Adapter,
    Explain,
    Settings,
}

impl Error {
    /// An adapter could not connect itself to its ORM.
    #[must_use]
    pub fn adapter(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Adapter,
            message: message.into(),
        }
    }

    /// Plans could not be read.
    #[must_use]
    pub fn explain(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Explain,
            message: message.into(),
        }
    }

    /// A setting is wrong, or came too late.
    #[must_use]
    pub fn settings(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Settings,
            message: message.into(),
        }
    }

    /// True if an adapter could not connect itself to its ORM.
    #[must_use]
    pub fn is_adapter(&self) -> bool {
        self.kind == Kind::Adapter
    }

    /// True if plans could not be read.
    #[must_use]
    pub fn is_explain(&self) -> bool {
        self.kind == Kind::Explain
    }

    /// True if a setting is wrong, or came too late to be applied.
    #[must_use]
    pub fn is_settings(&self) -> bool {
        self.kind == Kind::Settings
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish()
    }
}

impl std::error::Error for Error {}
