// What no lint may say anything about, and what is allowed.
#![deny(warnings)]
#![allow(dead_code)]
#![forbid(unused_imports, deprecated)]

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

struct Post {
    id: u32,
}

fn author(_: &Db, id: u32) -> u32 {
    id
}

fn authors(_: &Db, ids: &[Post]) -> u32 {
    ids.len() as u32
}

/// Names that look like connections and are none.
#[query_budget(max = 1)]
fn names(tx: Sender<u32>, conn: &str, db: &mut Vec<u32>, posts: &[Post]) {
    fn note(_: &str, _: u32) {}
    fn push(to: &mut Vec<u32>, id: u32) {
        to.push(id);
    }
    for post in posts {
        tx.send(post.id).ok();
        note(conn, post.id);
        push(db, post.id);
    }
}

/// Batches, a literal, a constant, a retry.
#[query_budget(max = 1)]
fn bounded(db: &Db, posts: &[Post]) {
    const KINDS: [u32; 2] = [1, 2];
    for batch in posts.chunks(100) {
        authors(db, batch);
    }
    for id in [1, 2, 3] {
        author(db, id);
    }
    for kind in KINDS {
        author(db, kind);
    }
    for attempt in 0..3 {
        if author(db, 1) == attempt {
            break;
        }
    }
    let first = posts.first().map(|post| author(db, post.id));
    assert_eq!(first, None);
}

/// The call decides the type, or something after it does.
#[query_budget(max = 1)]
fn inferred(text: &str, posts: &[Post]) -> u64 {
    fn take(_: i32, _: &Post) {}
    fn show<T>(_: &T, _: &Post) {}
    let number = text.parse().unwrap();
    let later = text.parse().unwrap();
    let mut none = None;
    for post in posts {
        take(number, post);
        show(&later, post);
        show(&none, post);
        none = Some(post.id);
    }
    later
}

/// What is moved, borrowed, or leaves the loop in the statement stays as it is.
#[query_budget(max = 1)]
fn flow<'a>(names: Vec<String>, mut last: String, posts: &'a [Post]) -> Option<&'a Post> {
    fn longest<'p>(name: &mut String, other: &String, post: &'p Post) -> &'p Post {
        name.push_str(other);
        post
    }
    fn eat(name: String, post: &Post) -> Option<u32> {
        (name.len() as u32 == post.id).then_some(post.id)
    }
    let mut found = None;
    'posts: for post in posts {
        let known = longest(&mut last, &format!("{}", post.id), post);
        let Some(id) = eat(last.clone(), post) else {
            continue 'posts;
        };
        match id {
            1 => found = Some(longest(&mut last, &names[0], known)),
            2 => break 'posts,
            _ => {}
        }
        if let Some(id) = eat(last.clone(), post)
            && eat(id.to_string(), post).is_some()
        {
            return Some(post);
        }
        #[cfg(any())]
        nobody(&mut last, post);
    }
    eat(last, found?);
    found
}

/// A future stays `Send`, and a value that a probe names is not held.
#[query_budget(max = 9, allow(query_in_loop, reason = "three posts"))]
async fn sent(db: &Db, posts: Vec<Post>) -> u32 {
    async fn author(_: &Db, id: u32) -> u32 {
        id
    }
    let mut sum = 0;
    for post in posts {
        sum += author(db, post.id).await;
    }
    sum
}

#[query_budget(max = 9)]
async fn on_statements(db: &Db, posts: &[Post]) -> u32 {
    let mut sum = 0;
    #[perfguard::allow(query_in_loop, reason = "three posts")]
    for post in posts {
        sum += author(db, post.id);
    }
    for post in posts {
        #[perfguard::allow(query_in_loop, reason = "three posts")]
        let id = author(db, post.id);
        #[perfguard::allow(query_in_loop, n_plus_one, reason = "three posts")]
        author(db, id);
        sum += #[perfguard::allow(query_in_loop, reason = "three posts")]
        author(db, id);
        #[perfguard::allow(query_in_loop, reason = "three posts")]
        println!("{}", author(db, id));
    }
    #[perfguard::allow(blocking_in_async, reason = "a millisecond")]
    std::thread::sleep(std::time::Duration::from_millis(1));
    sum
}

/// Each place that an allow can stand in.
#[query_budget(max = 9)]
fn positions(db: &Db, posts: &[Post]) -> u32 {
    let mut sum = 0;
    for post in posts {
        #[perfguard::allow(query_in_loop, reason = "a block")]
        {
            author(db, post.id);
        }
        #[perfguard::allow(query_in_loop, reason = "an if")]
        if author(db, post.id) > 1 {
            sum += author(db, post.id);
        }
        let pair = (
            #[perfguard::allow(query_in_loop, reason = "an element")]
            author(db, post.id),
            authors(
                &Db,
                #[perfguard::allow(query_in_loop, reason = "an argument")]
                &vec![Post { id: author(db, post.id) }],
            ),
        );
        let id = #[perfguard::allow(query_in_loop, reason = "a value")]
        author(db, pair.0);
        sum += match id {
            #[perfguard::allow(query_in_loop, reason = "an arm")]
            1 => author(db, post.id),
            #[perfguard::allow(query_in_loop, n_plus_one, reason = "an arm, when it runs too")]
            2 => author(db, post.id),
            _ => 0,
        };
    }
    sum += posts
        .iter()
        .map(
            #[perfguard::allow(query_in_loop, reason = "a closure")]
            |post| author(db, post.id),
        )
        .sum::<u32>();
    let of = #[perfguard::allow(query_in_loop, reason = "a closure with a name")]
    |post: &Post| author(db, post.id);
    sum += posts.iter().map(of).sum::<u32>();

    #[perfguard::allow(query_in_loop, reason = "an item, which has no budget")]
    fn inner(db: &Db, posts: &[Post]) -> u32 {
        posts.iter().map(|post| author(db, post.id)).sum()
    }
    sum += inner(db, posts);

    #[perfguard::times(3)]
    for post in posts {
        sum += author(db, post.id);
    }
    #[perfguard::allow(query_in_loop, reason = "the value of the function")]
    posts.iter().map(|post| author(db, post.id + sum)).sum()
}

#[perfguard::allow(query_in_loop, reason = "three posts")]
#[query_budget(max = 9)]
fn above(db: &Db, posts: &[Post]) -> u32 {
    posts.iter().map(|post| author(db, post.id)).sum()
}

#[query_budget(max = 9)]
#[perfguard::allow(query_in_loop, n_plus_one, reason = "three posts")]
fn below(db: &Db, posts: &[Post]) -> u32 {
    posts.iter().map(|post| author(db, post.id)).sum()
}

struct Feed;

#[perfguard::allow(query_in_loop, reason = "three posts each")]
impl Feed {
    #[query_budget(max = 9)]
    fn posts(&self, db: &Db, posts: &[Post]) -> u32 {
        posts.iter().map(|post| author(db, post.id)).sum()
    }
}

#[perfguard::allow(query_in_loop, reason = "without a budget, the command reads it")]
fn without_budget(db: &Db, posts: &[Post]) -> u32 {
    posts.iter().map(|post| author(db, post.id)).sum()
}

/// A function that is passed on is no variable: nobody knows yet which one it is.
#[query_budget(max = 1)]
fn functions(posts: &[Post]) -> Result<Vec<String>, String> {
    fn number(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }
    let same = identity;
    let mut names = Vec::new();
    for post in posts {
        let id = number(&post.id.to_string()).map_err(failed)?;
        names.push(Some(id).map(identity).map(same).map_or(String::new(), shown));
        Some(post.id).map(drop);
    }
    Ok(posts.iter().map(|post| post.id).map(shown).chain(names).collect())
}

fn failed<E: std::error::Error>(error: E) -> String {
    error.to_string()
}

fn identity<T>(value: T) -> T {
    value
}

fn shown<T: std::fmt::Display>(value: T) -> String {
    value.to_string()
}

/// A parameter is not a copy of its fields.
#[query_budget(max = 1, allow_empty)]
fn assigned(id: u32, mut post: Post) -> u32 {
    post.id = id;
    author(&Db, post.id)
}

#[query_budget(max = 1, allow_empty)]
async fn assigned_in_a_pattern(id: u32, (mut post, _): (Post, u32)) -> u32 {
    post.id = id;
    author(&Db, post.id)
}

/// A constructor only holds it, and a task that is spawned is not waited for.
#[query_budget(max = 1)]
fn held(db: &std::sync::Arc<Db>, posts: &[Post]) -> Vec<Job> {
    fn spawn<T>(_: T) {}
    for post in posts {
        spawn(work(db.clone(), post.id));
    }
    posts.iter().map(|post| Job::new(db.clone(), post.id)).collect()
}

struct Job(std::sync::Arc<Db>, u32);

impl Job {
    fn new(db: std::sync::Arc<Db>, id: u32) -> Self {
        Self(db, id)
    }

    fn make(db: &std::sync::Arc<Db>, id: u32) -> Self {
        Self(db.clone(), id)
    }

    fn of_author(db: std::sync::Arc<Db>, id: u32) -> Self {
        Self(db, id)
    }
}

/// So does a list, a map, and what is put into one.
#[query_budget(max = 1)]
fn kept(db: &std::sync::Arc<Db>, ids: &[u32]) -> (HashMap<u32, std::sync::Arc<Db>>, Vec<Option<Job>>) {
    let mut by_id = HashMap::new();
    let mut jobs = Vec::new();
    for id in ids {
        by_id.insert(*id, db.clone());
        by_id.insert(id + 1, std::sync::Arc::clone(db));
        jobs.push(Some(Job::make(db, *id)));
        jobs.push(Some(Job::of_author(db.clone(), *id)));
    }
    jobs.extend(ids.iter().map(|id| Job::make(db, *id)).map(Some).collect::<Vec<_>>());
    (by_id, jobs)
}

/// A few at most.
#[query_budget(max = 9)]
fn few(db: &Db, pair: [u32; 2], id: Option<u32>) {
    const N: u32 = 3;
    for id in pair {
        author(db, id);
    }
    for id in id.iter().copied() {
        author(db, id);
    }
    let again: Option<u32> = Some(1);
    for id in again.iter() {
        author(db, *id);
    }
    for id in 0..N {
        author(db, id);
    }
    let mut two = vec![1, 2];
    while let Some(id) = two.pop() {
        author(db, id);
    }
}

/// What comes in, what comes back, and what has come together.
#[query_budget(max = 9)]
fn queues(db: &Db, mut queue: Vec<u32>, mut ids: Vec<u32>, pages: Vec<Vec<Post>>) {
    while let Some(id) = queue.pop() {
        author(db, id);
    }
    while let Some(id) = ids.pop() {
        if id > 1 {
            ids.push(author(db, id) / 2);
        }
    }
    let mut sum = 0;
    for post in pages.iter().flatten() {
        sum += post.id;
        if sum > 100 {
            author(db, sum);
        }
    }
    for page in &pages {
        authors(db, page);
    }
}

async fn work(_: std::sync::Arc<Db>, _: u32) {}

fn is_send<T: Send>(_: &T) {}

fn main() {
    is_send(&sent(&Db, Vec::new()));
}
