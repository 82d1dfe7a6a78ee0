//! Columns that fit a width.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
const GAP: usize = 2;
/// The least that a column that may be cut keeps.
const LEAST: usize = 12;

/// Where a column's text stands, and whether it may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Cut at its beginning: the end of a path tells more.
    Name,
    /// Never cut.
    Number,
    /// Cut at its end.
    Words,
}

/// Text that is safe to print, and how.
pub(crate) struct Cell(pub(crate) String, pub(crate) Style);

/// Rows as lines of at most `width` columns, if there is a way.
pub(crate) fn lines(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> String {
    let widths = widths(columns, rows, width);
    let mut text = String::new();
    for row in rows {
        // Blanks are written before text only: no line ends in them.
        let mut blanks = 0;
        for (at, ((Cell(cell, style), column), width)) in
            row.iter().zip(columns).zip(&widths).enumerate()
        {
            let shown = match column {
                Column::Name => cut_beginning(cell, *width),
                Column::Number => cell.clone(),
                Column::Words => cut_end(cell, *width),
            };
            let rest = width.saturating_sub(shown.width());
            blanks += if at == 0 { 0 } else { GAP };
            if *column == Column::Number {
                blanks += rest;
            }
            if !shown.is_empty() {
                text += &" ".repeat(blanks);
                text += &format!("{style}{shown}{style:#}");
                blanks = 0;
            }
            if *column != Column::Number {
                blanks += rest;
            }
        }
        text.push('\n');
    }
    text
}

/// As wide as the widest cell; what may be cut gives way, the widest first.
fn widths(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.map(|Cell(text, _)| text.width()).max().unwrap_or(0)
        })
        .collect();
    loop {
        let gaps = GAP * columns.len().saturating_sub(1);
        let over = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
        let cuttable = widths.iter_mut().zip(columns);
        let widest = cuttable
            .filter(|(width, column)| **column != Column::Number && **width > LEAST)
            .map(|(width, _)| width)
            .max();
        match widest {
            Some(widest) if over > 0 => *widest -= 1,
            _ => return widths,
        }
    }
}

fn cut_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept = fitting(text.chars(), width.saturating_sub(2));
    kept.into_iter().collect::<String>() + ".."
}

fn cut_beginning(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept = fitting(text.chars().rev(), width.saturating_sub(2));
    "..".to_owned() + &kept.into_iter().rev().collect::<String>()
}

fn fitting(signs: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut left = width;
    let fits = |sign: &char| {
        let next = left.checked_sub(sign.width().unwrap_or(0));
        left = next.unwrap_or(0);
        next.is_some()
    };
    signs.take_while(fits).collect()
}

/// Text in lines of at most `width`, those after the first further in.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut wrapped = " ".repeat(indent);
    let mut column = indent;
    let mut is_start = true;
    for word in text.split(' ') {
        let long = word.width();
        // In the log of a workflow, a line that begins with this is a command.
        let is_command = word.starts_with("::");
        if !is_start && !is_command && column + 1 + long > width {
            let deeper = indent + 2;
            wrapped.push('\n');
            wrapped += &" ".repeat(deeper);
            column = deeper;
        } else if !is_start {
            wrapped.push(' ');
            column += 1;
        }
        wrapped += word;
        column += long;
        is_start = false;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use anstyle::Style;

    use super::{Cell, Column, lines, wrapped};

    #[test]
    fn what_may_be_cut_gives_way() {
        let row = |cells: [&str; 3]| cells.map(|it| Cell(it.to_owned(), Style::new())).into();
        let rows = [
            row(["blog::posts::list_posts", "20", "n-plus-one"]),
            row(["GET /日本語/{id}", "3", ""]),
        ];
        let columns = [Column::Name, Column::Number, Column::Words];
        assert_eq!(
            lines(&columns, &rows, 80),
            "blog::posts::list_posts  20  n-plus-one\nGET /日本語/{id}          3\n"
        );
        assert_eq!(
            lines(&columns, &rows, 32),
            "..ts::list_posts  20  n-plus-one\nGET /日本語/{id}   3\n"
        );
        let tight = lines(&columns, &rows, 1);
        assert!(tight.starts_with("..list_posts  20"), "{tight}");
    }

    #[test]
    fn words_are_wrapped_and_none_is_cut() {
        assert_eq!(
            wrapped("fix: load all of them at once", 4, 18),
            "    fix: load all\n      of them at\n      once"
        );
        assert_eq!(wrapped("averylongword", 1, 4), " averylongword");
        assert_eq!(wrapped("from ::error::x", 0, 6), "from ::error::x");
    }
}
