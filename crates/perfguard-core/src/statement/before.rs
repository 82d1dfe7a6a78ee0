//! What a token means for the one after it.

/// What stands before a place that matters: one bit for each question that
/// what follows asks about the token before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Before(u32);

impl Before {
    /// An operand follows: a sign there is the sign of a value and no
    /// subtraction.
    pub(super) const OPERAND: Self = Self(1);
    /// A name, or a word that may be one.
    pub(super) const NAME: Self = Self(1 << 1);
    /// A parenthesis after it opens the arguments of a call.
    pub(super) const CALLABLE: Self = Self(1 << 2);
    /// A bracket after it opens a subscript.
    pub(super) const SUBSCRIPTED: Self = Self(1 << 3);
    /// Never a space after it.
    pub(super) const GLUED: Self = Self(1 << 4);
    /// A dot.
    pub(super) const DOT: Self = Self(1 << 5);
    /// A dot that would make a number of digits after it.
    pub(super) const LONE_DOT: Self = Self(1 << 6);
    /// A dot or cast after it needs no space: all but commas and operators.
    pub(super) const TIGHT: Self = Self(1 << 7);
    /// A sign before an operand.
    pub(super) const SIGN: Self = Self(1 << 8);
    /// Part of the value that may follow: a sign, or a character set.
    pub(super) const PREFIX: Self = Self(1 << 9);
    /// A string that goes on if another one follows.
    pub(super) const STRING: Self = Self(1 << 10);
    /// `IS`
    pub(super) const IS: Self = Self(1 << 11);
    /// `NOT`
    pub(super) const NOT: Self = Self(1 << 12);
    /// `IS NOT`
    pub(super) const IS_NOT: Self = Self(1 << 13);
    /// A statement starts here.
    pub(super) const START: Self = Self(1 << 14);
    /// Nothing has been written yet.
    pub(super) const FIRST: Self = Self(1 << 15);
    /// A word that needs a closer look, whatever comes before it.
    pub(super) const CLOSER_LOOK: Self = Self(1 << 16);
    /// In the list of rows after VALUES.
    pub(super) const IN_ROWS: Self = Self(1 << 17);
    /// In a statement that names a savepoint.
    pub(super) const SAVEPOINT: Self = Self(1 << 18);

    /// Names of tables are told from others.
    pub(super) const PARTITIONS: Self = Self(1 << 19);
    /// The name of a table follows, or goes on.
    pub(super) const IN_TABLE: Self = Self(1 << 20);

    /// Parentheses after it are rows of VALUES.
    pub(super) const OPENS_ROWS: Self = Self(1 << 21);

    /// A word or name that is not only written.
    pub(super) const SPECIAL: Self = Self::CLOSER_LOOK
        .and(Self::DOT)
        .and(Self::START)
        .and(Self::IN_ROWS)
        .and(Self::SAVEPOINT)
        .and(Self::PARTITIONS);
    pub(super) const WORD: Self = Self::QUOTED.and(Self::CALLABLE);
    pub(super) const QUOTED: Self = Self::TIGHT.and(Self::NAME).and(Self::SUBSCRIPTED);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any bit of `other` is set.
    pub(super) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
