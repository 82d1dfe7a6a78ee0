//! Small pictures of eight photos. Before: computed one after another, where
//! the executor should serve other requests. After: on the blocking pool, all
//! cores at once.

use axum::Json;
use axum::routing::get;
use perfguard::in_current_scope;

use crate::case::Case;
use crate::failed::Failed;

pub(super) const CASE: Case = Case::new("image service", "/thumbnails", &["blocking-poll"])
    .plain(|| get(before), || get(after));

/// The brightness of each small picture, of 255.
type Brightness = Vec<u64>;

const PHOTOS: std::ops::Range<u64> = 0..8;
const WIDTH: u64 = 2_048;
const HEIGHT: u64 = 1_536;
/// So many pixels each way become one.
const TILE: u64 = 16;

#[perfguard::query_budget(max = 0)]
async fn before() -> Json<Brightness> {
    Json(PHOTOS.map(brightness).collect())
}

#[perfguard::query_budget(max = 0)]
async fn after() -> Result<Json<Brightness>, Failed> {
    let tasks: Vec<_> = PHOTOS
        .map(|photo| tokio::task::spawn_blocking(in_current_scope(move || brightness(photo))))
        .collect();
    let mut answer = Brightness::new();
    for task in tasks {
        answer.push(task.await?);
    }
    Ok(Json(answer))
}

fn brightness(photo: u64) -> u64 {
    let small = thumbnail(photo);
    small.iter().sum::<u64>() / small.len() as u64
}

/// The photo, a sixteenth as wide and as high.
fn thumbnail(photo: u64) -> Vec<u64> {
    let rows = (0..HEIGHT).step_by(TILE as usize);
    let tiles = rows.flat_map(|top| {
        let columns = (0..WIDTH).step_by(TILE as usize);
        columns.map(move |left| mean(photo, left, top))
    });
    tiles.collect()
}

fn mean(photo: u64, left: u64, top: u64) -> u64 {
    let mut sum = 0;
    for y in top..top + TILE {
        for x in left..left + TILE {
            sum += pixel(photo, x, y);
        }
    }
    sum / (TILE * TILE)
}

/// What the camera saw there.
fn pixel(photo: u64, x: u64, y: u64) -> u64 {
    let wave = (x * (photo + 3)) ^ (y * 5);
    (wave + (x * y) / 64) % 256
}
