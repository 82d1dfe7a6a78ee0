//! Why a command could not do what it is for, and the exit code of that.

use std::process::ExitCode;

use crate::cli::complain;
use crate::escape::escape_lines;

/// There is no workspace, or cargo cannot read it.
const NO_WORKSPACE: u8 = 102;

pub(crate) enum Failure {
    Other(String),
    Workspace(String),
}

impl Failure {
    /// Says it; the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        match self {
            Self::Other(problem) => {
                complain(problem);
                ExitCode::FAILURE
            }
            Self::Workspace(problem) => {
                complain(escape_lines(&problem));
                ExitCode::from(NO_WORKSPACE)
            }
        }
    }
}

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Self::Other(problem)
    }
}
