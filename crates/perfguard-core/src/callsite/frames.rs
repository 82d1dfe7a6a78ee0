//! The walk over the stack.

use smallvec::SmallVec;

/// An address in the stack frame that entered a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(usize);

impl Mark {
    /// Marks the frame that `anchor`, a local variable, lives in.
    #[inline(always)]
    pub(crate) fn at(anchor: &u8) -> Self {
        Self(std::ptr::from_ref(std::hint::black_box(anchor)).addr())
    }

    /// Marks the outer end of the stack.
    pub(crate) const fn outermost() -> Self {
        Self(usize::MAX)
    }
}

pub(super) struct Walk {
    /// Return addresses, nearest first.
    pub(super) addresses: SmallVec<[usize; 32]>,
    /// For each mark, how many of the addresses lie within it.
    pub(super) lengths: SmallVec<[usize; 8]>,
}

/// Reads at most `MAX` return addresses, up to the last of `marks`.
///
/// Stacks grow downwards: a frame whose stack pointer lies above a mark called
/// the frame that the mark is in. Where the platform does not tell the stack
/// pointer the walk ends at `MAX`.
pub(super) fn walk<const MAX: usize>(marks: &[Mark]) -> Walk {
    let mut addresses = SmallVec::new();
    let mut lengths: SmallVec<[usize; 8]> = SmallVec::new();
    backtrace::trace(|frame| {
        let pointer = frame.sp() as usize;
        while let Some(mark) = marks.get(lengths.len()) {
            if pointer <= mark.0 {
                break;
            }
            lengths.push(addresses.len());
        }
        if lengths.len() == marks.len() {
            return false;
        }
        addresses.push(frame.ip() as usize);
        addresses.len() < MAX
    });
    lengths.resize(marks.len(), addresses.len());
    Walk { addresses, lengths }
}
