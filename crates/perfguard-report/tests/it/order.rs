//! The same lines give the same bytes.

use std::fs;
use std::path::Path;

use perfguard_report::Run;

use crate::{formats, run};

#[test]
fn neither_the_order_of_lines_nor_the_names_of_files_show() {
    for name in ["blog", "hostile"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/runs")
            .join(name);
        let files: Vec<Vec<String>> = fs::read_dir(folder)
            .unwrap()
            .map(|it| fs::read_to_string(it.unwrap().path()).unwrap())
            .map(|it| it.lines().map(str::to_owned).collect())
            .collect();
        let expected = formats(&run(name));
        for turn in 1..20 {
            let shuffled = tempfile::tempdir().unwrap();
            for (number, lines) in files.iter().enumerate() {
                let mut lines = lines.clone();
                let length = lines.len();
                lines.rotate_left(turn % length);
                for at in 0..length {
                    lines.swap(at, (at * turn + 3) % length);
                }
                // Turned round by every other turn.
                let file = if turn % 2 == 0 { number } else { 9 - number };
                let path = shuffled.path().join(format!("{file}-{turn}.jsonl"));
                fs::write(path, lines.join("\r\n")).unwrap();
            }
            let read = Run::read(shuffled.path()).unwrap();
            assert!(formats(&read) == expected, "{name}, {turn}");
        }
    }
}
