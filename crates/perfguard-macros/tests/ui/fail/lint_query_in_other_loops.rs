// Loops that are written in other ways, and connections that are passed in other ways.
#![deny(warnings)]

use std::collections::VecDeque;
use std::sync::Arc;

use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

struct State {
    db: Db,
}

struct Page {
    author_id: u32,
}

fn author(_: &Db, id: u32) -> u32 {
    id
}

fn shared(_: &Arc<Db>, id: u32) -> u32 {
    id
}

impl Db {
    fn author(&self, id: u32) -> u32 {
        id
    }
}

#[query_budget(max = 3)]
fn clones(db: Arc<Db>, ids: &[u32]) -> u32 {
    ids.iter().map(|id| shared(&Arc::clone(&db), *id)).sum()
}

#[query_budget(max = 3)]
fn receivers(state: &State, ids: &[u32]) -> u32 {
    let db = &state.db;
    ids.iter().map(|id| db.author(*id)).sum()
}

#[query_budget(max = 3)]
fn emptied(db: &Db, mut ids: Vec<u32>, mut others: VecDeque<u32>) {
    while let Some(id) = ids.pop() {
        author(db, id);
    }
    while let Some(id) = others.pop_front() {
        db.author(id);
    }
}

#[query_budget(max = 3)]
fn iterated(db: &Db, ids: Vec<u32>) -> u32 {
    let mut sum = 0;
    let mut ids = ids.into_iter();
    while let Some(id) = ids.next() {
        sum += id;
        author(db, sum);
    }
    sum
}

#[query_budget(max = 3)]
fn pages(db: &Db, pages: &[Page], mut ids: Vec<u32>) {
    for page in pages {
        author(db, page.author_id);
    }
    ids.sort_by(|one, other| author(db, *one).cmp(other));
}

struct Job(u32);

impl Job {
    fn load(db: &Db, id: u32) -> Option<Self> {
        Some(Self(author(db, id)))
    }
}

#[query_budget(max = 3)]
fn no_constructors(db: &Db, ids: &[u32]) -> Option<Vec<Job>> {
    let mut jobs = vec![];
    for id in ids {
        jobs.push(Job::load(db, *id)?);
    }
    Some(jobs)
}

fn main() {}
