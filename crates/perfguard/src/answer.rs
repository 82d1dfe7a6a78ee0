//! How many items an annotated function answers.

use std::collections::{LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// Tells how many items a value holds, for the rules `in-memory-page` and
/// `buffered-export`: they compare it with the rows that were read.
///
/// Lists tell their length; `Option`, `Result`, `Box` and `Arc` what is in
/// them; a tuple the sum, if each part tells. `axum::Json` does too, with
/// feature `axum`, and Diesel's pages. Of everything else the number is unknown, and the rules stay
/// silent. Tell it for types of your own:
///
/// ```
/// struct Page {
///     posts: Vec<String>,
///     next: Option<u64>,
/// }
///
/// impl perfguard::Items for Page {
///     fn items(&self) -> Option<u64> {
///         self.posts.items()
///     }
/// }
///
/// use perfguard::Items;
///
/// let page = Page { posts: vec!["first".to_owned()], next: None };
/// assert_eq!((page.items(), page.next), (Some(1), None));
/// ```
pub trait Items {
    /// The number of items, if it is known without looking at each of them.
    ///
    /// Called once, when the function has returned; it must not panic. A map is
    /// better unknown: it is what rows were condensed to.
    fn items(&self) -> Option<u64>;
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty),* $(,)?) => {
        $(impl<$($generics)*> Items for $list {
            fn items(&self) -> Option<u64> {
                Some(self.len() as u64)
            }
        })*
    };
}

lists![
    [T] Vec<T>,
    [T] VecDeque<T>,
    [T] LinkedList<T>,
    [T] [T],
    [T, const N: usize] [T; N],
];

macro_rules! holders {
    ($($holder:ty),* $(,)?) => {
        $(impl<T: Items + ?Sized> Items for $holder {
            fn items(&self) -> Option<u64> {
                (**self).items()
            }
        })*
    };
}

holders![&T, &mut T, Arc<T>, Box<T>, Rc<T>];

/// None is an answer of no items.
impl<T: Items> Items for Option<T> {
    fn items(&self) -> Option<u64> {
        self.as_ref().map_or(Some(0), Items::items)
    }
}

/// What an error answers is unknown.
impl<T: Items, E> Items for Result<T, E> {
    fn items(&self) -> Option<u64> {
        self.as_ref().ok().and_then(Items::items)
    }
}

macro_rules! tuples {
    ($(($($part:ident),*)),* $(,)?) => {
        $(impl<$($part: Items),*> Items for ($($part,)*) {
            fn items(&self) -> Option<u64> {
                #[expect(non_snake_case, reason = "a part is called as its type is")]
                let ($($part,)*) = self;
                Some(0 $(+ $part.items()?)*)
            }
        })*
    };
}

tuples![(A), (A, B), (A, B, C), (A, B, C, D)];

macro_rules! no_items {
    ($($single:ty),* $(,)?) => {
        $(impl Items for $single {
            fn items(&self) -> Option<u64> {
                Some(0)
            }
        })*
    };
}

// What stands beside a list: a total, a cursor, a status.
no_items![
    bool, char, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, str,
    String,
];

#[cfg(feature = "axum")]
no_items![http::StatusCode, http::HeaderMap];

#[cfg(feature = "axum")]
impl<T: Items> Items for axum::Json<T> {
    fn items(&self) -> Option<u64> {
        self.0.items()
    }
}

#[cfg(feature = "diesel")]
impl<U> Items for perfguard_diesel::Page<U> {
    fn items(&self) -> Option<u64> {
        self.rows.items()
    }
}

/// How the attribute finds out whether a type tells: by method resolution,
/// which takes [`Told`] where that is implemented and else looks one reference
/// further. Nothing is asked of the type itself.
pub(crate) mod probe {
    use std::marker::PhantomData;

    use super::Items;

    /// What is known of the type that a function returns.
    #[derive(Debug)]
    pub struct Answer<T>(PhantomData<fn(&T)>);

    impl<T> Answer<T> {
        /// The only one.
        pub const NEW: Self = Self(PhantomData);
    }

    /// Types that tell.
    pub trait Told<T> {
        /// What counts the items of one.
        fn counter(&self) -> fn(&T) -> Option<u64>;
    }

    impl<T: Items> Told<T> for Answer<T> {
        fn counter(&self) -> fn(&T) -> Option<u64> {
            T::items
        }
    }

    /// All types.
    pub trait Untold<T> {
        /// What says that the number is unknown.
        fn counter(&self) -> fn(&T) -> Option<u64>;
    }

    impl<T> Untold<T> for &Answer<T> {
        fn counter(&self) -> fn(&T) -> Option<u64> {
            |_| None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Items;
    use super::probe::{Answer, Told as _, Untold as _};

    macro_rules! items {
        ($type:ty, $value:expr) => {{
            let value: $type = $value;
            (&Answer::<$type>::NEW).counter()(&value)
        }};
    }

    struct Own;

    fn generic<T>(value: Vec<T>) -> (Option<u64>, Option<u64>) {
        let lists = items!(Vec<T>, value);
        let unknown = (&Answer::<T>::NEW).counter();
        let none: Option<T> = None;
        (lists, none.as_ref().and_then(unknown))
    }

    #[test]
    fn lists_tell_their_length_through_what_holds_them() {
        assert_eq!(items!(Vec<Own>, vec![Own, Own]), Some(2));
        assert_eq!(items!([Own; 3], [Own, Own, Own]), Some(3));
        assert_eq!(items!(&[u8], &[1, 2]), Some(2));
        assert_eq!(items!(Result<Vec<Own>, Own>, Ok(vec![Own])), Some(1));
        assert_eq!(items!(Option<Box<[Own]>>, Some(Box::new([Own]))), Some(1));
        assert_eq!(items!(Option<Vec<Own>>, None), Some(0));
        assert_eq!(items!((u16, Vec<Own>, i64), (200, vec![Own], 9)), Some(1));
        assert_eq!(
            items!((Vec<Own>, Vec<u8>), (vec![Own], vec![1, 2])),
            Some(3)
        );
        assert_eq!(generic(vec![Own]), (Some(1), None));
    }

    #[test]
    fn of_everything_else_it_is_unknown() {
        assert_eq!(items!(Own, Own), None);
        assert_eq!(items!((), ()), None);
        assert_eq!(items!(Option<Own>, Some(Own)), None);
        assert_eq!(items!((Vec<Own>, Own), (vec![Own], Own)), None);
        assert_eq!(items!(Result<Vec<Own>, Own>, Err(Own)), None);
        assert_eq!(items!(HashMap<u8, Own>, HashMap::new()), None);
    }

    #[cfg(feature = "axum")]
    #[test]
    fn axum_s_answers_tell() {
        use axum::Json;
        use http::StatusCode;

        type Answered = Result<(StatusCode, Json<Vec<Own>>), StatusCode>;
        let answer = Ok((StatusCode::OK, Json(vec![Own, Own])));
        assert_eq!(items!(Answered, answer), Some(2));
        assert_eq!(items!(Json<Own>, Json(Own)), None);
    }

    #[test]
    fn a_trait_of_the_user_s_own_type_is_asked() {
        struct Page(Vec<Own>);
        impl Items for Page {
            fn items(&self) -> Option<u64> {
                self.0.items()
            }
        }
        assert_eq!(items!(Option<Page>, Some(Page(vec![Own]))), Some(1));
    }
}
