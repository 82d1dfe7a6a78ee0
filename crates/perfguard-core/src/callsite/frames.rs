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

pub(super) struct Walk<const MAX: usize> {
    /// Return addresses, nearest first: nothing is allocated during the walk,
    /// which holds a lock of the process.
    addresses: [usize; MAX],
    length: usize,
    /// For each mark, how many of the addresses lie within it.
    pub(super) lengths: SmallVec<[usize; 8]>,
}

impl<const MAX: usize> Walk<MAX> {
    pub(super) fn addresses(&self) -> &[usize] {
        self.addresses.get(..self.length).unwrap_or_default()
    }
}

/// Reads at most `MAX` return addresses, up to the last of `marks`.
///
/// Stacks grow downwards: a frame whose stack pointer lies above a mark called
/// the frame that the mark is in. Where the platform does not tell the stack
/// pointer the walk ends at `MAX`.
pub(super) fn walk<const MAX: usize>(marks: &[Mark]) -> Walk<MAX> {
    let mut walk = Walk {
        addresses: [0; MAX],
        length: 0,
        lengths: SmallVec::new(),
    };
    backtrace::trace(|frame| {
        let pointer = frame.sp() as usize;
        while let Some(mark) = marks.get(walk.lengths.len()) {
            if pointer <= mark.0 {
                break;
            }
            walk.lengths.push(walk.length);
        }
        if walk.lengths.len() == marks.len() {
            return false;
        }
        if let Some(address) = walk.addresses.get_mut(walk.length) {
            *address = frame.ip() as usize;
            walk.length += 1;
        }
        walk.length < MAX
    });
    walk.lengths.resize(marks.len(), walk.length);
    walk
}
