//! The bytes of a text, eight at a time.
//!
//! Most of what a lexer looks for is near: names and keywords are short. Eight
//! bytes are compared as one number, which costs the same for every length; a
//! loop over bytes would mispredict its end for each word.

/// How many bytes are copied at once.
pub(super) const BLOCK: usize = 16;

pub(super) type Block = [u8; BLOCK];

/// How many bytes are compared at once.
pub(super) const LANES: usize = 8;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The most bytes of a text.
pub(super) const MAX_TEXT: usize = 64 * 1024;

/// Positions have this many values: a position in a text, and a little more.
const POSITIONS: usize = 2 * MAX_TEXT;

/// The memory of a text: one more block than there are positions. The compiler
/// sees that no block can start beyond it, and checks no bounds.
pub(super) type Memory = [u8; POSITIONS + BLOCK];

/// A text with zeros after it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    memory: &'a Memory,
    length: usize,
}

/// How many zeros have to come after a text.
pub(super) const PADDING: usize = 2 * BLOCK;

impl<'a> Source<'a> {
    /// The text of `length` bytes that is followed by [`PADDING`] zeros.
    pub(super) fn new(memory: &'a Memory, length: usize) -> Self {
        Self { memory, length }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The bytes from `start` to `end`.
    pub(super) fn range(&self, start: usize, end: usize) -> &'a [u8] {
        self.memory.get(start..end).unwrap_or_default()
    }

    /// The byte at `at`, or zero after the end.
    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.memory.get(at % POSITIONS).copied().unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn digit_at(&self, at: usize) -> bool {
        self.byte(at).is_ascii_digit()
    }

    pub(super) fn starts_with(&self, at: usize, prefix: &[u8]) -> bool {
        self.range(at, at + prefix.len()) == prefix
    }

    /// The bytes from `at` on, with zeros where the text has ended.
    #[inline(always)]
    pub(super) fn block(&self, at: usize) -> Block {
        self.load(at)
    }

    /// Eight bytes as a number, the first one lowest.
    #[inline(always)]
    pub(super) fn lanes(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.load(at))
    }

    #[inline(always)]
    fn load<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self
            .memory
            .get(at % POSITIONS..)
            .and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; N])
    }

    /// The first position from `at` on whose byte does not satisfy `holds`, as
    /// zero does not.
    #[inline(always)]
    pub(super) fn run_end(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        let mut end = at;
        while holds(self.byte(end)) {
            end += 1;
        }
        end
    }

    #[inline(always)]
    pub(super) fn word_end(&self, at: usize) -> usize {
        let mut end = at;
        loop {
            let length = word_length(self.lanes(end));
            end += length;
            // Zeros end a word: this goes not beyond the text.
            if length < LANES {
                return end;
            }
        }
    }

    /// The first position from `at` on with one of these bytes, or the end.
    #[inline(always)]
    pub(super) fn find<const N: usize>(&self, at: usize, bytes: [u8; N]) -> usize {
        let mut from = at;
        loop {
            let lanes = self.lanes(from);
            let marks = bytes
                .iter()
                .fold(0, |marks, byte| marks | equal(lanes, *byte));
            if marks != 0 {
                return from + length_to(marks);
            }
            from += LANES;
            if from >= self.length {
                return self.length;
            }
        }
    }
}

/// How many lanes come before the first one whose high bit is set.
#[inline(always)]
fn length_to(marks: u64) -> usize {
    marks.trailing_zeros() as usize / LANES
}

/// Marks the lanes that equal `byte`. Lanes above one that does may be marked
/// as well.
#[inline(always)]
fn equal(lanes: u64, byte: u8) -> u64 {
    let zero_if_equal = lanes ^ (LOW * byte as u64);
    zero_if_equal.wrapping_sub(LOW) & !zero_if_equal & HIGH
}

/// Marks the lanes from `first` to `last`, of lanes below 0x80.
#[inline(always)]
fn within(lanes: u64, first: u8, last: u8) -> u64 {
    let at_least = lanes + LOW * (0x80 - first as u64);
    let above = lanes + LOW * (0x7f - last as u64);
    at_least & !above & HIGH
}

/// How many lanes from the first on belong to a word.
#[inline(always)]
pub(super) fn word_length(lanes: u64) -> usize {
    let ascii = lanes & !HIGH;
    let letters = within(ascii | (LOW * 0x20), b'a', b'z');
    let digits = within(ascii, b'0', b'9');
    // Adding 0x7f sets the high bit of all but zero.
    let others = (ascii ^ (LOW * b'_' as u64)) + LOW * 0x7f;
    let others = others & ((ascii ^ (LOW * b'$' as u64)) + LOW * 0x7f);
    length_to(!(letters | digits | lanes) & others & HIGH)
}

/// ASCII letters in lower case.
#[inline(always)]
pub(super) fn lower(lanes: u64) -> u64 {
    let upper = within(lanes & !HIGH, b'A', b'Z') & !lanes;
    lanes | upper >> 2
}

#[inline(always)]
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

#[cfg(test)]
mod tests {
    use super::{LANES, is_word_byte, lower, word_length};

    #[test]
    fn lanes_are_what_their_bytes_are() {
        for byte in 0..=u8::MAX {
            for at in 0..LANES {
                for around in [b'a', b'Z', b'0', 0xff] {
                    let mut bytes = [around; LANES];
                    bytes.iter_mut().skip(at).take(1).for_each(|to| *to = byte);
                    let lanes = u64::from_le_bytes(bytes);
                    let length = bytes.iter().position(|byte| !is_word_byte(*byte));
                    assert_eq!(word_length(lanes), length.unwrap_or(LANES));
                    bytes.make_ascii_lowercase();
                    assert_eq!(lower(lanes).to_le_bytes(), bytes);
                }
            }
        }
    }
}
