//! Functions that export their budget and check their callees', in a crate that allows no warning.
#![deny(warnings)]
#![deny(missing_docs, rust_2018_idioms, unreachable_pub)]
#![deny(non_camel_case_types)]
#![forbid(non_upper_case_globals, dead_code, unused_braces)]

use perfguard::query_budget;

/// Functions with and without a budget.
pub mod repo {
    use perfguard::query_budget;

    const POSTS: u8 = 4;

    /// Three.
    #[query_budget(max = 3, export)]
    pub fn load_user() -> u8 {
        3
    }

    /// Four.
    #[query_budget(max = POSTS, export)]
    pub async fn load_posts() -> Result<u8, String> {
        Ok(POSTS)
    }

    /// Generic.
    #[query_budget(max = { 1 + 1 }, export)]
    pub fn load<T: Default, const N: usize>() -> [Option<T>; N] {
        [(); N].map(|()| Some(T::default()))
    }

    /// None.
    pub fn render() {}

    /// None in the database.
    #[query_budget(max = 0, export, allow_empty)]
    pub(crate) fn cached() {}

    /// Re-exported.
    pub mod deep {
        /// One.
        #[perfguard::query_budget(max = 1, export)]
        pub fn load_tag() {}
    }
    pub use deep::load_tag as tag;
}

/// By their names.
pub mod names {
    use crate::repo::{self, load_posts, load_user as user};
    use crate::repo::*;
    use perfguard::query_budget;

    /// Over three modules.
    #[query_budget(max = 10, checked(level = "deny"))]
    pub async fn imported() -> Result<u8, String> {
        render();
        tag();
        let _ = load::<u8, 2>();
        Ok(user() + load_posts().await?)
    }

    /// Of a path that is not listed nothing is known.
    #[query_budget(max = 1, checked(level = "deny"))]
    pub fn paths() {
        let _ = repo::load_user();
        let _ = std::mem::take(&mut 1);
        let _ = String::new();
    }

    /// Of one that is listed it is.
    #[query_budget(max = 4, checked(calls = [repo::load_posts], level = "deny"))]
    pub async fn listed() {
        let _ = repo::load_posts().await;
    }
}

/// Branches, and loops with a bound.
#[query_budget(max = 25, checked(level = "deny"))]
pub async fn shapes(n: u8) -> Option<u8> {
    use std::convert::identity;
    let user = match n {
        0 => return None,
        1 => repo_user(),
        _ if repo_user() > 1 => identity(3),
        _ => 4,
    };
    let sum: u8 = [1, 2].iter().map(|n| n + repo_user()).sum();
    #[perfguard::times(ROUNDS)]
    for _ in 0..usize::from(n).min(ROUNDS) {
        repo_user();
    }
    for _ in 0..u8::MAX {
        repo::cached();
        cached();
        helper();
    }
    let late = #[perfguard::times(2)]
    async_user().await?;
    let rows = Some(1).map(|n| n + repo_user());
    let _ = rows;
    Some(user + sum + late)
}

const ROUNDS: usize = 2;
use repo::{cached, load_user as repo_user};

fn helper() {}

#[query_budget(max = 2, export, checked(level = "deny"))]
async fn async_user() -> Option<u8> {
    #[perfguard::allow(n_plus_one, reason = "two at most")]
    #[perfguard::times(2)]
    for _ in 0..2 {
        tokens();
    }
    Some(1)
}

#[query_budget(max = 1, export)]
fn tokens() {}

/// Recursion keeps within the budget that the function has.
#[query_budget(max = 3, export, checked(level = "deny"))]
fn recursive(n: u8) -> u8 {
    if n == 0 { repo_user() } else { recursive(n - 1) }
}

#[query_budget(max = 3, export, checked(level = "deny"))]
fn even(n: u8) -> bool {
    n == 0 || odd(n - 1)
}

#[query_budget(max = 3, export, checked(level = "deny"))]
fn odd(n: u8) -> bool {
    n != 0 && even(n - 1)
}

/// Locals come before what the module has by the same name.
#[query_budget(max = 6, checked(level = "deny"))]
fn locals(recursive: impl Fn(u8) -> u8, n: u8) -> u8 {
    let repo_user = repo_user();
    let tokens = || n;
    fn even(n: u8) -> u8 {
        n
    }
    use std::convert::identity as odd;
    let mut sum = repo_user;
    while sum < 3 {
        sum += recursive(1) + tokens() + even(odd(1));
    }
    sum + inner_const()
}

/// A nested function exports its budget where it is declared.
#[query_budget(max = 3, export, checked(level = "deny"))]
fn inner_const() -> u8 {
    const HERE: i32 = 3;
    #[query_budget(max = HERE, export)]
    fn nested() -> u8 {
        3
    }
    nested()
}

/// A type by the name of a function is no budget.
#[query_budget(max = 1, checked(level = "deny"))]
fn types() {
    index();
    str(());
}

fn index() {}

#[expect(non_camel_case_types, reason = "as the attributes of some web frameworks")]
mod framework {
    pub(crate) struct index {}
}
use framework::index;

fn str(_: ()) {
    let _ = index {};
}

/// Rows.
#[derive(Default)]
pub struct Rows<T>(T);

impl<T: Default> Rows<T> {
    const FIND: u8 = 2;

    /// Two.
    #[query_budget(max = 2, export)]
    pub fn find() -> Self {
        Self(T::default())
    }

    /// Two.
    #[query_budget(max = Rows::<u8>::FIND, export)]
    fn reload(&mut self) -> u8 {
        Self::FIND
    }

    #[query_budget(max = 2, export = "method")]
    async fn first() -> Option<Rows<T>> {
        None
    }
}

macro_rules! limits {
    ($($name:ident = $max:literal)*) => {
        $(
            #[query_budget(max = $max, export)]
            fn $name() {}
        )*
    };
}
limits! { from_macro = 3 }

#[query_budget(max = 11, checked(calls = [Rows::<u8>::find, Rows::<u8>::first], level = "deny"))]
async fn methods() {
    let mut rows = Rows::<u8>::find();
    rows.reload();
    for _ in 0..2 {
        let _ = Rows::<u8>::first().await;
    }
    from_macro();
    twin_above();
    twin_below();
}

#[cfg(any())]
#[query_budget(max = 100, export)]
fn twin_above() {}

#[cfg(all())]
#[query_budget(max = 1, export)]
fn twin_above() {}

#[query_budget(max = 100, export)]
#[cfg(any())]
fn twin_below() {}

#[query_budget(max = 1, export)]
#[cfg(all())]
fn twin_below() {}

mod same {
    pub(crate) fn same() {}
}
use same::same;

/// By a path no type or module of the name is in the way.
#[query_budget(max = 1, checked(level = "deny"))]
fn module_of_the_same_name() {
    self::same();
}

#[perfguard::allow(n_plus_one, reason = "two at most")]
#[query_budget(max = 12, checked(level = "deny"))]
async fn allowed_above() {
    #[perfguard::times(ROUNDS)]
    for _ in 0..ROUNDS {
        repo_user();
    }
    #[perfguard::allow(n_plus_one, reason = "two at most")]
    for _ in 0..2 {
        let _ = #[perfguard::times(1)]
        repo_user();
    }
}

#[query_budget(max = 6, checked(level = "deny"))]
#[perfguard::allow(n_plus_one, reason = "two at most")]
fn allowed_below() -> Option<u8> {
    #[perfguard::times(ROUNDS)]
    while repo_user() < 3 {}
    Some(1)
}

/// The compiler knows constants. A generic one it does not know, and needs not.
#[query_budget(max = 23, checked(level = "deny"))]
fn lengths<const N: usize>() -> u8 {
    const HERE: u8 = 9;
    for _ in 0..SIGNED {
        tokens();
    }
    for _ in 1..=ROUNDS {
        repo_user();
    }
    for _ in [0; ROUNDS] {
        repo_user();
    }
    for _ in -1..SIGNED {
        cached();
    }
    for _ in 0..N {
        cached();
    }
    for _ in 0..HERE {
        helper();
    }
    let names: Vec<u8> = (0..u8::MAX).map(|_| repo_user()).take(ROUNDS).collect();
    names.len() as u8
}

/// In an `impl` nobody sees that a constant is generic.
pub struct Many<const SIZE: usize>;

impl<const SIZE: usize> Many<SIZE> {
    #[query_budget(max = 1, checked(level = "deny"))]
    fn all() {
        for _ in 0..SIZE {
            cached();
        }
        tokens();
    }
}

const SIGNED: i8 = 5;

static mut ROUND: u8 = 1;

/// No constant may mention what may change.
#[query_budget(max = 1, checked(level = "deny"))]
fn changing() {
    for _ in 0..unsafe { ROUND } {
        cached();
    }
    unsafe {
        for _ in 0..ROUND {
            cached();
        }
    }
    tokens();
}

/// Functions and closures by other names.
#[query_budget(max = 14, checked(level = "deny"))]
fn handed_on(argument: Option<u8>) -> Vec<u8> {
    let user = repo_user;
    let one = |n: u8| n + user();
    argument.map(one);
    argument.map_or_else(repo_user, one);
    (tokens)();
    loop {
        tokens();
        break;
    }
    let text = format!("{:?}", argument.map(u32::from).map(char::from_u32));
    vec![repo_user(); text.len()]
}

trait Store {
    fn all(&self) -> u8;
}

impl Store for u8 {
    #[query_budget(max = 3, checked(level = "deny"))]
    fn all(&self) -> u8 {
        repo_user()
    }
}

fn send<T: Send>(_: T) {}

fn main() {
    send((shapes(1), names::imported(), names::listed(), methods(), allowed_above()));
    module_of_the_same_name();
    allowed_below();
    names::paths();
    let _ = (lengths::<1>(), handed_on(None), Many::<1>::all(), changing());
    let _ = (recursive(1), even(2), locals(|n| n, 1), 1.all());
    types();
    repo::deep::load_tag();
}
