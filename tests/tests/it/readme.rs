//! The README shows what a real run prints.

const README: &str = include_str!("../../../README.md");

/// In a debug build, as `cargo test` makes it: where there are line tables
/// only, functions are named without their path.
#[cfg(debug_assertions)]
mod report {
    use blog_diesel::schema::{authors, posts};
    use diesel::prelude::*;

    use super::README;
    use crate::support::panic_of_sync;

    /// The README's first example.
    #[perfguard::query_budget(max = 3)]
    fn list_posts(conn: &mut SqliteConnection) -> QueryResult<Vec<(String, String)>> {
        let latest = posts::table
            .select((posts::author_id, posts::title))
            .order(posts::id.desc());
        let mut list = Vec::new();
        for (author, title) in latest.limit(20).load::<(i32, String)>(conn)? {
            let name = authors::table
                .find(author)
                .select(authors::name)
                .first(conn)?;
            list.push((title, name));
        }
        Ok(list)
    }

    /// The README's example is a package of its own: its places are others.
    fn without_places(text: &str) -> String {
        let is_place = |word: &str| word.contains(".rs:");
        text.lines()
            .map(|line| {
                let words: Vec<_> = line
                    .split(' ')
                    .map(|word| if is_place(word) { "<place>" } else { word })
                    .collect();
                words.join(" ").trim_end().to_owned() + "\n"
            })
            .collect::<String>()
            .replace("it::readme::report::", "blog::")
    }

    #[test]
    fn is_what_a_run_prints() {
        perfguard::diesel::install().unwrap();
        let pool = blog_diesel::db::open().unwrap();
        let report = panic_of_sync(|| list_posts(&mut pool.get().unwrap()));
        let shown = README
            .split("```text\n")
            .find(|block| block.contains("panicked at"))
            .and_then(|block| block.split("```").next())
            .and_then(|block| block.split_once('\n'))
            .expect("the README shows a report")
            .1;
        assert_eq!(without_places(shown).trim(), without_places(&report).trim());
    }

    fn author_called(name: &str, conn: &mut SqliteConnection) -> QueryResult<i32> {
        authors::table
            .filter(authors::name.eq(name))
            .select(authors::id)
            .first(conn)
    }

    #[test]
    fn is_what_plans_say() {
        perfguard::diesel::install().unwrap();
        let pool = blog_diesel::db::open().unwrap();
        let mut conn = pool.get().unwrap();
        let (_, report) = perfguard::testing::observe_sync(|| author_called("Ann", &mut conn));
        let explained = perfguard::explain::check(&mut *conn, &report).unwrap();
        let shown = README
            .split("```text\n")
            .find_map(|block| block.strip_prefix("an index is missing\n\n"))
            .and_then(|block| block.split("```").next())
            .expect("the README shows what plans say");
        let said = explained.to_string();
        assert_eq!(without_places(shown).trim(), without_places(&said).trim());
    }
}

#[test]
fn every_rule_is_in_its_table() {
    for id in perfguard::rules::IDS {
        assert!(README.contains(&format!("| `{id}` |")), "{id}");
    }
}
