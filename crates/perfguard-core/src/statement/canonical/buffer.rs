//! The memory that is kept between texts.

use super::super::source::{BLOCK, MAX_TEXT, Memory, PADDING, Source};
use super::list::{self, Levels};

/// What is kept between texts: where one is read from and written to.
///
/// It is as large as the longest text, but memory that no text has needed so
/// far is only reserved.
pub(in super::super) struct Buffer {
    source: Box<Memory>,
    text: Box<Room>,
    levels: Levels,
}

/// Positions in what is written: a full text, and one more token.
pub(super) const POSITIONS: usize = 4 * MAX_TEXT;

/// Where a text starts in its room: half a page away from where the source
/// starts in its own. A processor that compares the low bits of addresses
/// would take reading one for reading what was just written to the other.
pub(super) const START: usize = 2048;

/// The memory of what is written: two more blocks than there are positions.
pub(super) type Room = [u8; POSITIONS + 2 * BLOCK];

impl Default for Buffer {
    fn default() -> Self {
        Self {
            source: zeros(),
            text: zeros(),
            levels: list::levels(),
        }
    }
}

fn zeros<const N: usize>() -> Box<[u8; N]> {
    let zeros = vec![0; N].into_boxed_slice();
    match zeros.try_into() {
        Ok(zeros) => zeros,
        Err(_) => Box::new([0; N]),
    }
}

impl Buffer {
    /// Takes in what is to be read.
    pub(in super::super) fn fill(&mut self, bytes: &[u8]) {
        if let Some(to) = self.source.get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
        }
    }

    /// What is to be read up to `end`, and where to write.
    pub(super) fn open(&mut self, end: usize) -> (Source<'_>, &mut Room, &mut Levels) {
        let after = self.source.get_mut(end..).and_then(<[u8]>::first_chunk_mut);
        if let Some(after) = after {
            *after = [0; PADDING];
        }
        list::start(&mut self.levels);
        (
            Source::new(&self.source, end),
            &mut self.text,
            &mut self.levels,
        )
    }

    /// What was written, up to `end`.
    pub(in super::super) fn written(&self, end: usize) -> &[u8] {
        self.text.get(START..end).unwrap_or_default()
    }
}
