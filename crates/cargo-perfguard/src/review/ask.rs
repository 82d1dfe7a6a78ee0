//! Asks what becomes of each proposal.

use std::io::{BufRead, Write};

use super::{Decision, Proposal, Tally};

const QUESTION: &str = "accept, reject or skip? [a/r/s, A all, R all, q] ";

/// An answer, and whether it is for all that are left.
#[derive(Clone, Copy)]
struct Answer {
    decision: Decision,
    is_for_all: bool,
}

/// Shows each, asks, and does what was answered before it goes on. Where the answers end, the rest
/// is left as it is.
pub(super) fn ask(
    proposals: &[Proposal],
    answers: &mut impl BufRead,
    out: &mut impl Write,
) -> Tally {
    let mut tally = Tally::default();
    let mut for_all = None;
    for proposal in proposals {
        let decision = for_all.unwrap_or_else(|| {
            // Whoever has closed the pipe answers nothing either.
            let _ = writeln!(out, "{proposal}");
            let answer = answer(answers, out);
            if answer.is_for_all {
                for_all = Some(answer.decision);
            }
            answer.decision
        });
        tally.settle(proposal, decision);
    }
    tally
}

fn answer(answers: &mut impl BufRead, out: &mut impl Write) -> Answer {
    let (one, all) = (false, true);
    let mut line = String::new();
    loop {
        let _ = write!(out, "{QUESTION}");
        let _ = out.flush();
        line.clear();
        let is_end = !matches!(answers.read_line(&mut line), Ok(1..));
        let (decision, is_for_all) = match line.trim() {
            _ if is_end => (Decision::Skip, all),
            "a" => (Decision::Accept, one),
            "r" => (Decision::Reject, one),
            "s" => (Decision::Skip, one),
            "A" => (Decision::Accept, all),
            "R" => (Decision::Reject, all),
            "q" => (Decision::Skip, all),
            _ => continue,
        };
        return Answer {
            decision,
            is_for_all,
        };
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::proposal::load;
    use super::{QUESTION, Tally, ask};

    const HEAD: &str = "# perfguard baseline 1, statements 1\n";

    /// Three proposals and these answers: what became of them, which files are there, and how
    /// often was asked.
    fn answered(answers: &str) -> (Tally, Vec<String>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let proposals: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|name| {
                let path = folder.path().join(format!("{name}.baseline"));
                fs::write(&path, format!("{HEAD}1 select {name}\n")).unwrap();
                let path = folder.path().join(format!("{name}.baseline.new"));
                fs::write(&path, format!("{HEAD}2 select {name}\n")).unwrap();
                load(&path, name).unwrap()
            })
            .collect();
        let mut out = Vec::new();
        let tally = ask(&proposals, &mut answers.as_bytes(), &mut out);
        let asked = String::from_utf8(out).unwrap().matches(QUESTION).count();
        (tally, files(folder.path()), asked)
    }

    /// Each file as its name and its first count.
    fn files(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        let shown = files.map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = name.replace(".baseline", "");
            format!("{name} {}", &text.strip_prefix(HEAD).unwrap()[..1])
        });
        let mut shown: Vec<String> = shown.collect();
        shown.sort();
        shown
    }

    #[test]
    fn each_answer_is_for_one() {
        let (tally, files, asked) = answered("a\nr\ns\n");
        assert_eq!((tally.accepted, tally.rejected, tally.left), (1, 1, 1));
        assert_eq!(files, ["a 2", "b 1", "c 1", "c.new 2"]);
        assert_eq!(asked, 3);
    }

    #[test]
    fn capitals_are_for_all_that_are_left() {
        let (_, files, asked) = answered("r\r\nA\n");
        assert_eq!(files, ["a 1", "b 2", "c 2"]);
        assert_eq!(asked, 2);
        let (_, files, asked) = answered("s\nR\n");
        assert_eq!(files, ["a 1", "a.new 2", "b 1", "c 1"]);
        assert_eq!(asked, 2);
    }

    #[test]
    fn what_is_no_answer_is_asked_again_and_where_they_end_nothing_more_is_done() {
        let (tally, files, asked) = answered("yes\n\na\nq\n");
        assert_eq!((tally.accepted, tally.left), (1, 2));
        assert_eq!(files, ["a 2", "b 1", "b.new 2", "c 1", "c.new 2"]);
        assert_eq!(asked, 4);
        assert_eq!(answered("a\n").1, files);
        assert_eq!(answered("").0.left, 3);
    }
}
