//! What the attribute adds to `cargo check`: the same 100 handlers without it, with it, and with its
//! lints allowed.
//!
//! ```text
//! cargo run -p perfguard-macros --example compile_time
//! ```
//!
//! Everything is checked in turns, five times, and the shortest time of each is told. Each turn
//! changes the source, so that nothing of the handlers is left from the one before.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

const ROUNDS: usize = 5;
const HANDLERS: usize = 100;

const VARIANTS: [(&str, &str); 4] = [
    ("without", ""),
    ("with the attribute", "#[perfguard::query_budget(max = 3)]"),
    (
        "with its lints allowed",
        "#[perfguard::query_budget(max = 3, allow(query_in_loop, blocking_in_async, connect_in_handler, count_in_memory, format_sql, truncate_in_memory, reason = \"none\"))]",
    ),
    (
        "with `checked`",
        "#[perfguard::query_budget(max = 900, checked)]",
    ),
];

fn main() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("perfguard-compile-time-{}", std::process::id()));
    fs::create_dir_all(folder.join("src"))?;
    let face = Path::new(env!("CARGO_MANIFEST_DIR")).join("../perfguard");
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[package]\nname = \"handlers\"\nedition = \"2024\"\n[dependencies]\nperfguard = {{ path = {face:?}, default-features = false }}\n[workspace]\n"
        ),
    )?;
    let mut shortest = [Duration::MAX; VARIANTS.len()];
    for round in 0..=ROUNDS {
        for ((_, attribute), shortest) in VARIANTS.iter().zip(&mut shortest) {
            fs::write(folder.join("src/lib.rs"), source(attribute))?;
            let started = Instant::now();
            check(&folder)?;
            // The first round compiles the dependencies.
            if round > 0 {
                *shortest = (*shortest).min(started.elapsed());
            }
        }
    }
    let mut out = io::stdout();
    let [without, ..] = shortest;
    for ((name, _), shortest) in VARIANTS.iter().zip(shortest) {
        writeln!(
            out,
            "{name:<24} {:>6.2} s   {:+.2} s",
            shortest.as_secs_f64(),
            shortest.as_secs_f64() - without.as_secs_f64()
        )?;
    }
    fs::remove_dir_all(folder)
}

fn check(folder: &Path) -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["check", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .stderr(Stdio::null())
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other("the handlers do not compile"))
}

fn source(attribute: &str) -> String {
    let mut source = String::from(
        "#![allow(dead_code, deprecated)]
pub struct Db;
impl perfguard::IsConnection for Db {}
pub struct Post { id: u32 }
async fn author(_: &Db, id: u32) -> u32 { id }
#[perfguard::query_budget(max = 1, export)]
async fn posts(_: &Db, page: u32) -> Vec<Post> { vec![Post { id: page }] }
",
    );
    for number in 0..HANDLERS {
        source += &format!(
            "{attribute}
pub async fn handler{number}(db: &Db, page: u32) -> Result<Vec<String>, std::num::ParseIntError> {{
    let list = posts(db, page).await;
    let mut names = Vec::new();
    let first: u32 = \"12\".parse()?;
    for post in &list {{
        let name = author(db, post.id).await;
        if name > first {{
            names.push(format!(\"{{}} {{}}\", name, author(db, name).await));
        }}
    }}
    let more: Vec<u32> = list.iter().map(|post| post.id + page).collect();
    for ids in more.chunks(10) {{
        names.push(author(db, ids[0]).await.to_string());
    }}
    names.push(posts(db, first).await.len().to_string());
    match more.len() {{
        1 => names.push(String::new()),
        _ => names.clear(),
    }}
    Ok(names)
}}
"
        );
    }
    source
}
