//! Text that may not be longer than somebody takes.

/// Text made of pieces that are taken as a whole or not at all.
pub(crate) struct Bounded {
    text: String,
    left: usize,
    dropped: usize,
}

impl Bounded {
    /// At most so many bytes.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            text: String::new(),
            left: max,
            dropped: 0,
        }
    }

    /// After the first piece that does not fit, none is taken.
    pub(crate) fn push(&mut self, piece: &str) {
        match self.left.checked_sub(piece.len()) {
            Some(left) if self.dropped == 0 => {
                self.text += piece;
                self.left = left;
            }
            _ => self.dropped += 1,
        }
    }

    /// The text, and how many pieces are not in it.
    pub(crate) fn end(self) -> (String, usize) {
        (self.text, self.dropped)
    }
}
