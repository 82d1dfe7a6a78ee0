//! No file: the lines are JSON, and this build has none.

use super::allows::Noted;
use super::curves::Proof;
use super::scopes::Told;

pub(super) enum RunFile {}

pub(super) fn current() -> Option<&'static RunFile> {
    None
}

impl RunFile {
    pub(super) fn note(&self, _: &Noted<'_>) {
        match *self {}
    }

    pub(super) fn note_curve(&self, _: &Proof<'_>) {
        match *self {}
    }

    pub(super) fn note_scope(&self, _: &Told<'_>) {
        match *self {}
    }
}
