//! The arithmetic of `#[query_budget(.., checked)]`, which the compiler does.
//!
//! A function that exports its budget has an enum of its own name among the types, so that whatever
//! imports the function imports the number: the enum's one variant is worth it. A function that checks
//! its callees is turned into a [`Cost`], in which each call takes its number by that name; what has
//! none finds that of [`Unbudgeted`]. All of it is evaluated while the crate is compiled, and nothing
//! is left of it in the program.

/// The budget of a callee of which nothing is known: as good as none.
const UNKNOWN: u64 = u64::MAX;

/// What any other type says by the name of an exported budget: a variant comes before it.
pub trait Unbudgeted {
    /// The largest number of statements of one call.
    const __PERFGUARD_MAX: u64 = UNKNOWN;
}

impl<T: ?Sized> Unbudgeted for T {}

/// The budget of an associated function of `T`: elsewhere there is no `Self` to write for it.
#[must_use]
pub const fn exported_by<T: ?Sized>(max: u64) -> u64 {
    max
}

/// What the callees of a function may run together.
#[derive(Debug)]
pub enum Cost {
    /// One callee, and its budget.
    Call(&'static str, u64),
    /// One of several branches.
    Largest(&'static [Cost]),
    /// One after another.
    Sum(&'static [Cost]),
    /// So many times.
    Times(u64, &'static Cost),
}

impl Cost {
    /// An upper bound of the statements: callees without a budget count as none.
    #[must_use]
    pub const fn queries(&self) -> u64 {
        match self {
            Self::Call(_, UNKNOWN) => 0,
            Self::Call(_, max) => *max,
            Self::Largest(branches) => largest(branches).1,
            Self::Sum(parts) => {
                let (mut sum, mut rest) = (0_u64, *parts);
                while let [part, others @ ..] = rest {
                    sum = sum.saturating_add(part.queries());
                    rest = others;
                }
                sum
            }
            Self::Times(times, cost) => times.saturating_mul(cost.queries()),
        }
    }

    /// How many terms the sum is written with.
    const fn terms(&self) -> usize {
        if self.queries() == 0 {
            return 0;
        }
        match self {
            Self::Call(..) | Self::Times(..) => 1,
            Self::Largest(branches) => match largest(branches).0 {
                Some(branch) => branch.terms(),
                None => 0,
            },
            Self::Sum(parts) => {
                let (mut terms, mut rest) = (0, *parts);
                while let [part, others @ ..] = rest {
                    terms += part.terms();
                    rest = others;
                }
                terms
            }
        }
    }

    /// Writes the sum: of branches the one that counts.
    const fn spell(&self, mut text: Text) -> Text {
        if self.queries() == 0 {
            return text;
        }
        match self {
            Self::Call(name, max) => text.word(name).word(": ").number(*max),
            Self::Largest(branches) => match largest(branches).0 {
                Some(branch) => branch.spell(text),
                None => text,
            },
            Self::Sum(parts) => {
                let (mut is_first, mut rest) = (true, *parts);
                while let [part, others @ ..] = rest {
                    if part.queries() > 0 {
                        if !is_first {
                            text = text.word(" + ");
                        }
                        text = part.spell(text);
                        is_first = false;
                    }
                    rest = others;
                }
                text
            }
            Self::Times(times, cost) => {
                if *times > 1 {
                    text = text.number(*times).word(" x ");
                }
                if *times > 1 && cost.terms() > 1 {
                    return cost.spell(text.word("(")).word(")");
                }
                cost.spell(text)
            }
        }
    }
}

/// The first of the branches that may run most.
const fn largest(branches: &[Cost]) -> (Option<&Cost>, u64) {
    let (mut largest, mut most, mut rest) = (None, 0, branches);
    while let [branch, others @ ..] = rest {
        let queries = branch.queries();
        if queries > most {
            (largest, most) = (Some(branch), queries);
        }
        rest = others;
    }
    (largest, most)
}

/// Fails to compile where the callees of a function may run more than its `max`.
#[expect(clippy::panic, reason = "in the compiler")]
#[track_caller]
pub const fn refuse_sum(name: &str, max: u64, cost: &Cost) {
    if cost.queries() > max {
        panic!("{}", over_budget(name, max, cost).as_str());
    }
}

/// Fails to compile where a callee in a loop without a bound runs any statement.
#[expect(clippy::panic, reason = "in the compiler")]
#[track_caller]
pub const fn refuse_loop(name: &str, max: u64) {
    if max > 0 && max != UNKNOWN {
        panic!("{}", unbounded(name).as_str());
    }
}

/// Fails to compile where a callee runs for each item of a range of which nobody knows how long it
/// is.
#[track_caller]
pub const fn refuse_length(name: &str, max: u64, length: u64) {
    if length == UNKNOWN {
        refuse_loop(name, max);
    }
}

/// How many items a range has; [`u64::MAX`] if it has no end.
#[must_use]
pub const fn length(start: i128, end: i128, is_closed: bool) -> u64 {
    let end = if is_closed {
        end.saturating_add(1)
    } else {
        end
    };
    let length = end.saturating_sub(start);
    if length <= 0 {
        0
    } else if length < UNKNOWN as i128 {
        length as u64
    } else {
        UNKNOWN
    }
}

/// How often a cost counts that runs for each item of a range: what has no end is refused.
#[must_use]
pub const fn counted(length: u64) -> u64 {
    if length == UNKNOWN { 0 } else { length }
}

const fn over_budget(name: &str, max: u64, cost: &Cost) -> Text {
    let queries = cost.queries();
    let text = Text::new().word("`").word(name).word("` declares max = ");
    let text = text.number(max).word(", but its callees may run ");
    let text = text.number(queries);
    let text = text.word(if queries == 1 {
        " query ("
    } else {
        " queries ("
    });
    cost.spell(text).word(")")
}

const fn unbounded(name: &str) -> Text {
    Text::new().word("`").word(name).word(
        "` has a query budget, and this loop has no bound: load all rows before it, or say how often it runs at most, as in `#[perfguard::times(20)]`",
    )
}

const ROOM: usize = 1000;
const CUT: &str = " ..";

/// A text that is written while the crate is compiled; a very long one is cut.
struct Text {
    bytes: [u8; ROOM],
    length: usize,
    is_cut: bool,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            length: 0,
            is_cut: false,
        }
    }

    const fn word(mut self, word: &str) -> Self {
        if self.is_cut {
            return self;
        }
        // Room for the sign of a cut is always left.
        self.is_cut = self.length + word.len() + CUT.len() > ROOM;
        let word = if self.is_cut { CUT } else { word };
        if let Some((_, free)) = self.bytes.split_at_mut_checked(self.length)
            && let Some((taken, _)) = free.split_at_mut_checked(word.len())
        {
            taken.copy_from_slice(word.as_bytes());
            self.length += word.len();
        }
        self
    }

    const fn number(self, number: u64) -> Self {
        let before = if number < 10 {
            self
        } else {
            self.number(number / 10)
        };
        before.word(match number % 10 {
            0 => "0",
            1 => "1",
            2 => "2",
            3 => "3",
            4 => "4",
            5 => "5",
            6 => "6",
            7 => "7",
            8 => "8",
            _ => "9",
        })
    }

    const fn as_str(&self) -> &str {
        if let Some((written, _)) = self.bytes.split_at_checked(self.length)
            && let Ok(text) = str::from_utf8(written)
        {
            return text;
        }
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::Cost::{Call, Largest, Sum, Times};
    use super::{
        CUT, Cost, ROOM, Text, UNKNOWN, counted, length, over_budget, refuse_length, refuse_loop,
        refuse_sum,
    };

    const LOAD_USER: Cost = Call("load_user", 3);
    const LOAD_POSTS: Cost = Call("load_posts", 4);
    const RENDER: Cost = Call("render", UNKNOWN);

    fn said(cost: &Cost) -> String {
        let before = "`handler` declares max = 0, but its callees may run ";
        over_budget("handler", 0, cost).as_str().replace(before, "")
    }

    #[test]
    fn callees_are_added_up_and_spelled_out() {
        const COST: Cost = Sum(&[LOAD_USER, RENDER, LOAD_POSTS]);
        const { assert!(COST.queries() == 7) };
        assert_eq!(
            over_budget("handler", 5, &COST).as_str(),
            "`handler` declares max = 5, but its callees may run 7 queries (load_user: 3 + load_posts: 4)"
        );
        assert_eq!(said(&Call("load", 1)), "1 query (load: 1)");
    }

    #[test]
    fn a_callee_that_runs_nothing_may_stand_in_a_loop() {
        refuse_loop("cached", 0);
        refuse_loop("render", UNKNOWN);
        assert!(std::panic::catch_unwind(|| refuse_loop("load", 1)).is_err());
        refuse_sum("handler", 3, &LOAD_USER);
        assert!(std::panic::catch_unwind(|| refuse_sum("handler", 2, &LOAD_USER)).is_err());
    }

    #[test]
    fn a_range_is_as_long_as_its_ends_say() {
        assert_eq!(length(-3, 3, false), 6);
        assert_eq!(length(1, 3, true), 3);
        assert_eq!(length(3, 1, true), 0);
        assert_eq!(length(0, i128::from(u64::MAX) - 1, false), u64::MAX - 1);
        for endless in [
            length(0, u64::MAX.into(), false),
            length(i128::MIN, i128::MAX, true),
        ] {
            assert_eq!((endless, counted(endless)), (UNKNOWN, 0));
            refuse_length("cached", 0, endless);
            assert!(std::panic::catch_unwind(|| refuse_length("load", 1, endless)).is_err());
        }
        refuse_length("load", 1, length(0, 3, false));
    }

    #[test]
    fn of_branches_the_one_counts_that_may_run_most() {
        let branches = Largest(&[LOAD_USER, Sum(&[LOAD_POSTS, LOAD_POSTS]), RENDER]);
        assert_eq!(said(&branches), "8 queries (load_posts: 4 + load_posts: 4)");
        assert_eq!(Largest(&[RENDER, Sum(&[])]).queries(), 0);
    }

    #[test]
    fn what_runs_several_times_is_multiplied() {
        assert_eq!(
            said(&Times(20, &LOAD_USER)),
            "60 queries (20 x load_user: 3)"
        );
        assert_eq!(
            said(&Times(20, &Sum(&[LOAD_USER, RENDER]))),
            "60 queries (20 x load_user: 3)"
        );
        assert_eq!(
            said(&Sum(&[
                LOAD_POSTS,
                Times(2, &Sum(&[LOAD_USER, Times(1, &LOAD_POSTS)])),
                Times(0, &LOAD_USER),
            ])),
            "18 queries (load_posts: 4 + 2 x (load_user: 3 + load_posts: 4))"
        );
    }

    #[test]
    fn numbers_have_no_limit_and_texts_are_cut() {
        let cost = Times(u64::MAX, &LOAD_USER);
        assert_eq!(cost.queries(), u64::MAX);
        assert!(said(&cost).starts_with("18446744073709551615 queries"));

        let name = "é".repeat(ROOM);
        assert_eq!(Text::new().word("a").word(&name).word("b").as_str(), "a ..");
        let fits = "a".repeat(ROOM - CUT.len());
        assert_eq!(Text::new().word(&fits).as_str(), fits);
        assert_eq!(
            Text::new().word(&fits).number(1).as_str(),
            format!("{fits}{CUT}")
        );
    }
}
