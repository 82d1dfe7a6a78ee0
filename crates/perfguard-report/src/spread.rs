//! A number of several runs, known or not.

/// The least and the most of what is known, and of how many nothing is.
///
/// What is unknown is no 0: it is in neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread<T> {
    /// The least and the most, if any is known.
    pub known: Option<(T, T)>,
    /// Of so many runs it is not known.
    pub unknown: u64,
}

impl<T: Copy + PartialOrd> FromIterator<Option<T>> for Spread<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        let mut spread = Self {
            known: None,
            unknown: 0,
        };
        for value in values {
            match (value, &mut spread.known) {
                (None, _) => spread.unknown += 1,
                (Some(value), None) => spread.known = Some((value, value)),
                (Some(value), Some((least, most))) => {
                    if value < *least {
                        *least = value;
                    }
                    if value > *most {
                        *most = value;
                    }
                }
            }
        }
        spread
    }
}

impl<T: Copy + PartialEq> Spread<T> {
    /// The most that is known.
    #[must_use]
    pub fn most(&self) -> Option<T> {
        self.known.map(|(_, most)| most)
    }

    /// `2-20`, with a `?` if more of it is unknown.
    pub(crate) fn shown(&self, write: impl Fn(T) -> String) -> String {
        let Some((least, most)) = self.known else {
            return "unknown".to_owned();
        };
        let mut text = write(most);
        if least != most {
            text = format!("{}-{text}", write(least));
        }
        if self.unknown > 0 {
            text.push_str(" ?");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn what_is_unknown_is_no_zero() {
        let shown = |values: &[Option<u64>]| {
            let spread: Spread<u64> = values.iter().copied().collect();
            spread.shown(|it| it.to_string())
        };
        assert_eq!(shown(&[None, None]), "unknown");
        assert_eq!(shown(&[Some(0)]), "0");
        assert_eq!(shown(&[Some(7), Some(2), Some(3)]), "2-7");
        assert_eq!(shown(&[Some(7), None]), "7 ?");
    }
}
