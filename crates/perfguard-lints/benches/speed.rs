//! How long a workspace of 100 000 lines takes, on one thread.
//!
//! `cargo bench -p perfguard-lints`: the source is made here, of the kinds of code that services
//! are made of. Prints the best of several runs.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use perfguard_lints::{Levels, Orms, Workspace};

const LINES: usize = 100_000;
const RUNS: usize = 5;

fn main() {
    let files = files();
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let parse = best(|| {
        for (_, text) in &files {
            assert!(syn::parse_file(text).is_ok());
        }
    });
    println!("{} files, {lines} lines", files.len());
    println!("parsing alone   {:>6.0} ms", per_100_000(parse, lines));
    for (name, is_pedantic) in [("check", false), ("check pedantic", true)] {
        let mut found = 0;
        let time = best(|| {
            let mut levels = Levels::of_command();
            if is_pedantic {
                levels.warn_of_all();
            }
            let mut workspace = Workspace::new(Orms::ALL, levels);
            for (path, text) in &files {
                assert!(workspace.add(path, "shop", text).is_ok());
            }
            found = workspace.check().findings.len();
        });
        println!(
            "{name:<15} {:>6.0} ms, {found} findings",
            per_100_000(time, lines)
        );
    }
    println!("(each per 100 000 lines, on one thread, best of {RUNS})");
}

fn per_100_000(time: Duration, lines: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
    let lines = lines as f64;
    time.as_secs_f64() * 1000.0 * 100_000.0 / lines
}

fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let begin = Instant::now();
        run();
        // Places of source are kept per thread, for ever.
        proc_macro2::extra::invalidate_current_thread_spans();
        begin.elapsed()
    });
    times.min().unwrap_or_default()
}

fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut lines = 0;
    while lines < LINES {
        let number = files.len();
        let text = file(number);
        lines += text.lines().count();
        files.push((format!("src/module{}/part{number}.rs", number % 20), text));
    }
    files
}

/// A file with a model, queries, handlers and plain code, as services have them.
fn file(number: usize) -> String {
    let mut text = String::from(
        "//! A part of a shop.\n\nuse std::collections::HashMap;\n\nuse axum::{Json, extract::State};\nuse diesel::prelude::*;\n\n",
    );
    for part in 0..12 {
        let name = format!("Item{number}_{part}");
        let table = format!("items{number}_{part}");
        let _ = write!(
            text,
            "\
/// A thing that is sold.
#[derive(Clone, Debug, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = {table})]
pub struct {name} {{
    pub id: i64,
    pub name: String,
    pub price: Option<i64>,
    pub created_at: DateTime<Utc>,
}}

impl {name} {{
    pub fn find(id: i64, conn: &mut PgConnection) -> QueryResult<Self> {{
        {table}::table.find(id).select(Self::as_select()).first(conn)
    }}

    pub fn newest(limit: i64, conn: &mut PgConnection) -> QueryResult<Vec<Self>> {{
        {table}::table
            .filter({table}::price.is_not_null())
            .order({table}::created_at.desc())
            .limit(limit)
            .select(Self::as_select())
            .load(conn)
    }}

    pub fn label(&self) -> String {{
        match self.price {{
            Some(price) if price > 1_000 => format!(\"{{}} ({{}} of it)\", self.name, price / 100),
            Some(price) => format!(\"{{}}: {{price}}\", self.name),
            None => self.name.clone(),
        }}
    }}
}}

/// Lists what is sold.
pub async fn list_{part}(State(state): State<App>, filter: Filter) -> Result<Json<Vec<Row>>, Error> {{
    let mut conn = state.pool.get().await?;
    let items = {name}::newest(filter.limit, &mut conn)?;
    let mut totals: HashMap<i64, i64> = HashMap::new();
    for item in &items {{
        let entry = totals.entry(item.id).or_default();
        *entry += item.price.unwrap_or(0);
        if *entry > filter.max {{
            tracing::warn!(item = item.id, \"more than {{}}\", filter.max);
            continue;
        }}
    }}
    let ids: Vec<i64> = items.iter().map(|it| it.id).filter(|it| filter.wants(*it)).collect();
    let owners = owners::table.filter(owners::item_id.eq_any(&ids)).load::<Owner>(&mut conn)?;
    let by_item: HashMap<i64, Owner> = owners.into_iter().map(|it| (it.item_id, it)).collect();
    let rows = items.iter().map(|it| Row::new(it, by_item.get(&it.id), totals.get(&it.id)));
    Ok(Json(rows.collect()))
}}

fn checked_{part}(text: &str, rules: &[Rule]) -> Result<String, Error> {{
    let mut out = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {{
        let is_good = rules.iter().all(|rule| rule.accepts(sign, at) || rule.is_optional());
        if !is_good {{
            return Err(Error::Sign {{ at, sign }});
        }}
        out.push(sign.to_ascii_lowercase());
    }}
    if out.is_empty() {{
        return Err(Error::Empty);
    }}
    Ok(out.trim().to_owned())
}}

"
        );
        if part == 0 {
            let _ = write!(
                text,
                "\
pub fn slow_{number}(ids: Vec<i64>, conn: &mut PgConnection) -> QueryResult<Vec<{name}>> {{
    ids.into_iter().map(|id| {name}::find(id, conn)).collect()
}}

"
            );
        }
    }
    text
}
