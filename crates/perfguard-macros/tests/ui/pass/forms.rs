//! Every form of function and of argument, in a crate that allows no warning.
#![deny(warnings)]
#![deny(rust_2018_idioms, trivial_casts, trivial_numeric_casts, unused_qualifications)]

use std::fmt::Display;
use std::num::ParseIntError;
use std::pin::Pin;

use perfguard::query_budget;

const PAGE: usize = 4;
const SMALL: u8 = 2;
const SIGNED: i64 = 2;

#[query_budget(max = 1, allow_empty)]
fn unit() {}

#[query_budget(max = PAGE, name = "a name")]
fn constant((a, mut b): (u8, u32), #[cfg(all())] [c, ..]: [u8; 2], _: u8) -> u32 {
    b += u32::from(a) + u32::from(c);
    b
}

#[query_budget(max = 3u64, allow(n_plus_one, duplicate_query, reason = "two rows"))]
#[must_use]
async fn question(text: &str, mut n: u8) -> Result<u8, ParseIntError> {
    while n > 3 {
        n -= 1;
    }
    if n == 2 {
        return Ok(1);
    }
    let m: u8 = text.parse()?;
    Ok(n + m)
}

#[query_budget(max = { 1 + SMALL }, allow(unbounded_result, reason = "ten"), allow(missing_pagination, reason = "ten"),)]
async fn expectation() -> Result<Box<dyn Fn(&str) -> usize>, Box<dyn std::error::Error>> {
    Ok(Box::new(|text| text.len()))
}

#[query_budget(max = 3, profile = "job")]
async fn job() {}

#[query_budget(max = SIGNED * 2 + 1, hard_max = 100, hard_max_rows = 100 * PAGE)]
async fn one_line(n: u8) -> u8 { n }

#[query_budget(
    max = PAGE, max_reads = 2, max_writes = SMALL, max_rows = 100 * PAGE, max_time = "200ms",
    max_table(posts = 2, "blog.tags" = SIGNED, r#type = 0),
)]
async fn limits_of_parts(n: u8) -> u8 { n }

#[query_budget(max = 1)]
fn unsized_value(number: bool) -> Box<dyn Display> {
    if number {
        return Box::new(1_u8);
    }
    Box::new("text")
}

#[query_budget(max = 1)]
fn opaque<'a>(items: &'a [u8], skip: &str) -> impl Iterator<Item = &'a u8> + use<'a> {
    let skip = skip.len();
    items.iter().skip(skip)
}

#[query_budget(max = 1)]
async fn opaque_async(items: impl IntoIterator<Item = u8>) -> Result<impl Iterator<Item = u8>, ParseIntError> {
    let first: u8 = "3".parse()?;
    Ok(items.into_iter().chain([first]))
}

#[query_budget(max = 1)]
fn generic<C: AsRef<str>>(connection: &mut C, run: impl FnOnce(&mut C) -> u8) -> Result<u8, ParseIntError> {
    let n: u8 = connection.as_ref().parse()?;
    Ok(run(connection) + n)
}

#[query_budget(max = 1)]
fn never() -> ! {
    std::process::exit(0)
}

#[query_budget(max = 1)]
async fn never_async() -> ! {
    std::process::exit(0)
}

/// # Safety
/// `p` points to a byte.
#[query_budget(max = 1)]
unsafe fn dereference(p: *const u8) -> u8 {
    unsafe { *p }
}

#[query_budget(max = 1)]
#[track_caller]
fn tracked(n: u8) -> u8 {
    #![allow(unused_parens)]
    (n + 1)
}

#[query_budget(max = 1)]
fn pinned<'a>(n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
    if *n > 3 {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { *n })
}

#[query_budget(max = 1)]
fn future(n: &u8) -> impl Future<Output = u8> + Send + '_ {
    async move { *n }
}

#[query_budget(max = 1)]
fn r#match() {}

macro_rules! handlers {
    ($($name:ident = $max:literal $body:block)*) => {
        $(
            #[query_budget(max = $max)]
            async fn $name() -> u8 $body
        )*
    };
}
handlers! { from_macro = 3 { 2 } }

trait Store {
    fn rows(&self) -> &[u8];

    #[query_budget(max = 1)]
    fn size(&self) -> usize {
        self.rows().len()
    }

    fn load(&mut self, n: usize) -> impl Future<Output = Option<u8>> + Send;
}

struct Rows<T> {
    rows: Vec<u8>,
    extra: T,
    loads: usize,
}

impl<T: Send> Store for Rows<T> {
    #[query_budget(max = 1)]
    fn rows(&self) -> &[u8] {
        &self.rows
    }

    #[query_budget(max = 1)]
    async fn load(&mut self, n: usize) -> Option<u8> {
        let row = self.rows.get(n)?;
        self.loads += 1;
        Some(*row)
    }
}

impl<T> Rows<T> {
    #[query_budget(max = 1)]
    fn new(extra: T) -> Self {
        Self { rows: vec![1, 2], extra, loads: 0 }
    }

    #[query_budget(max = 1)]
    fn entry<'s>(&'s mut self, text: &mut String) -> Result<&'s mut T, ParseIntError> {
        text.push('1');
        self.loads = text.parse()?;
        Ok(&mut self.extra)
    }

    #[query_budget(max = 1)]
    async fn into_extra(mut self) -> T {
        self.rows.clear();
        self.extra
    }

    #[query_budget(max = 1)]
    fn shared(self: std::sync::Arc<Self>) -> usize {
        self.loads
    }
}

fn send<T: Send>(_: &T) {}

fn main() {
    unit();
    let _ = constant((1, 2), [3, 4], 5);
    let _ = unsized_value(true);
    let _ = opaque(&[1], "a").count();
    let _ = generic(&mut "1".to_owned(), |_| 1);
    let _ = tracked(1);
    let _ = r#match();
    // Sound: the pointer is that of a reference.
    let _ = unsafe { dereference(&1) };
    let _: fn() -> ! = never;
    drop((question("1", 2), expectation(), one_line(1), limits_of_parts(1), opaque_async([1]), never_async()));
    drop((pinned(&1), from_macro()));

    // Futures stay `Send`, with values in them that are `Send` and not `Sync`.
    let mut rows = Rows::new(std::cell::Cell::new(1));
    send(&future(&1));
    send(&rows.load(1));
    send(&Rows::new(std::cell::Cell::new(1)).into_extra());
    let _ = (rows.size(), rows.entry(&mut String::new()).is_ok());
    let _ = std::sync::Arc::new(rows).shared();
}

#[perfguard::test]
fn a_test() -> Result<(), ParseIntError> {
    Ok(())
}

mod imported {
    use perfguard::test;

    #[test]
    fn a_test() {}
}
