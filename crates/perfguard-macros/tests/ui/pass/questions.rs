// Code that a question of the attribute must leave as it is.
#![deny(warnings)]
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::Mutex;

use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

struct Shop {
    name: String,
    ids: Vec<u32>,
    id: u32,
}

fn look(_: &Shop, id: &u32) -> u32 {
    *id
}

fn change(shop: &mut Shop, id: u32) -> u32 {
    shop.id += id;
    shop.id
}

fn put<T>(_: &T, _: &u32) {}

/// A closure holds what a reference refers to, and outlives the variable.
#[query_budget(max = 9)]
fn returned<'a>(shop: &'a Shop, ids: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    ids.iter().map(|id| look(shop, id))
}

impl Shop {
    fn see(&self, id: &u32) -> u32 {
        self.id + id
    }

    #[query_budget(max = 9)]
    fn boxed<'a>(&'a self, ids: &'a [u32]) -> Box<dyn Iterator<Item = u32> + 'a> {
        Box::new(ids.iter().map(|id| self.see(id) + look(self, id)))
    }

    #[query_budget(max = 9)]
    fn nested<'a>(&'a self, shops: &'a [Shop]) -> impl Iterator<Item = u32> + 'a {
        shops
            .iter()
            .flat_map(|shop| self.ids.iter().map(|id| look(shop, id)))
    }
}

#[query_budget(max = 9)]
async fn futures(shop: &mut Shop, shops: &[Shop]) -> u32 {
    async fn wait(_: &String, id: u32) -> u32 {
        id
    }
    let mut waiting: Vec<std::pin::Pin<Box<dyn Future<Output = u32> + Send + '_>>> = Vec::new();
    for each in shops {
        let name = &each.name;
        waiting.push(Box::pin(async { wait(name, each.id).await }));
    }
    let mut sum = change(shop, 1);
    for each in waiting {
        sum += each.await;
    }
    sum
}

#[query_budget(max = 9)]
fn one_future<'a>(shop: &'a mut Shop) -> impl Future<Output = u32> + 'a {
    async {
        for id in 0..3 {
            change(shop, id);
        }
        shop.id
    }
}

/// What is decided after the call stays open until then.
#[query_budget(max = 9)]
fn open(ids: &[u32], text: &str) -> (HashMap<u32, Vec<u32>>, u64, Vec<u8>) {
    fn fill<T: Extend<u32>>(list: &mut T, id: &u32) {
        list.extend([*id]);
    }
    fn make<T: Default>() -> T {
        T::default()
    }
    let mut found = HashMap::new();
    let largest = text.split(',').map(|part| part.parse().unwrap()).max();
    let (pair, _) = (text.parse().unwrap(), 1);
    let mut previous: Option<_> = None;
    let made = make();
    let mut stack = vec![Default::default()];
    for id in ids {
        let list = found.entry(*id).or_default();
        for id in ids {
            fill(list, id);
        }
        put(&largest, id);
        put(&pair, id);
        put(&made, id);
        put(&stack[0], id);
        if let Some(previous) = previous {
            put(&previous, id);
        }
        previous = Some(1u16);
    }
    let _: Option<i8> = largest;
    let _: i16 = pair;
    stack.push(7u8);
    (found, made, stack)
}

/// A getter may give whatever is asked of it.
#[query_budget(max = 9)]
async fn getters(bytes: &mut Vec<u8>, text: &String, ids: &[u32]) {
    fn slice(_: &mut [u8], _: &u32) {}
    fn words(_: &str, _: &u32) {}
    slice(bytes.as_mut(), &1);
    for id in ids {
        words(text.as_ref(), id);
    }
}

#[repr(C, packed)]
struct Packed {
    small: u8,
    id: u32,
}

#[query_budget(max = 9)]
fn packed(packed: &Packed, ids: &[u32]) -> u32 {
    fn add(one: u32, other: &u32) -> u32 {
        one + other
    }
    let mut sum = 0;
    for id in ids {
        sum += add(packed.id, id);
    }
    sum
}

/// All that a macro repeats stands in one place.
macro_rules! repeated {
    ($($name:ident),*) => {
        #[query_budget(max = 9)]
        fn all(ids: &[u32]) {
            $(
                let $name: Db = Db;
                for id in ids {
                    let _ = $name;
                    put(&$name, id);
                }
            )*
        }
    };
}

repeated!(one, other, third);

/// Anybody may have a macro of this name, and it may bind a variable.
macro_rules! warn {
    ($name:ident = $value:expr) => {
        let $name = $value;
    };
}

#[query_budget(max = 9)]
fn binding(shop: &Shop, ids: &[u32]) {
    for id in ids {
        warn!(seen = look(shop, id));
        put(&seen, id);
    }
}

/// A lock is held until the end of the statement that it is taken in.
#[query_budget(max = 9, allow_empty)]
fn held(shop: &Shop, lock: &Mutex<u32>, ids: &[u32]) -> Vec<bool> {
    fn add(_: &Shop, sum: &mut u32, id: &u32) -> u32 {
        *sum += id;
        *sum
    }
    let mut held = Vec::new();
    for id in ids {
        let mut locked = lock.lock().unwrap();
        match add(shop, &mut locked, id) {
            _ => held.push(lock.try_lock().is_err()),
        }
    }
    held
}

/// A receiver that is a part of something, and clones, in closures that outlive the variable or
/// move it.
#[query_budget(max = 9)]
fn receivers<'a>(shops: &'a [Shop], names: Vec<String>, ids: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    let first = &shops[0];
    let shared = std::sync::Arc::new(names);
    let counted = shared.clone();
    let held = ids.iter().map(move |id| count(&std::sync::Arc::clone(&counted), id));
    let last = &first.id;
    let mut ids = ids.iter();
    let mut sum = 0;
    while let Some(id) = ids.next() {
        sum += id;
        sum += count(&std::sync::Arc::clone(&shared), &sum);
    }
    drop(shared);
    held.map(move |id| first.see(&id) + last.max(&id))
}

fn count(names: &std::sync::Arc<Vec<String>>, id: &u32) -> u32 {
    names.len() as u32 + id
}

fn main() {
    let shop = Shop {
        name: String::new(),
        ids: vec![1],
        id: 1,
    };
    let (held, _) = perfguard::testing::observe_sync(|| held(&shop, &Mutex::new(0), &[1, 2]));
    assert_eq!(held, [true, true]);
}
