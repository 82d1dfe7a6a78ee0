//! The one writer for text that perfguard did not write itself.
//!
//! SQL, names of tables, routes and files reach terminals and logs. What
//! could move a cursor, hide or reorder text, or start a line of its own is
//! shown as an escape instead.

use std::fmt::{self, Write};

/// Shows `text` without control, bidirectional and invisible characters: it
/// can neither move a cursor nor hide what stands beside it.
///
/// Markup is not its business: for a page, escape that as well.
#[must_use]
pub fn escape(text: &str) -> Escaped<'_> {
    Escaped(text)
}

/// Text that is safe to print: see [`escape`].
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sign in self.0.chars() {
            if is_harmless(sign) {
                f.write_char(sign)?;
            } else {
                write!(f, "\\u{{{:x}}}", sign as u32)?;
            }
        }
        Ok(())
    }
}

fn is_harmless(sign: char) -> bool {
    !sign.is_control()
        && !matches!(
            sign,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_moves_the_cursor_or_hides_text() {
        let shown = |text: &str| escape(text).to_string();
        assert_eq!(shown("select \"ü\" from t"), "select \"ü\" from t");
        assert_eq!(shown("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\u{d}\\u{a}");
        assert_eq!(
            shown("x\u{202e}y\u{200b}\u{9b}"),
            "x\\u{202e}y\\u{200b}\\u{9b}"
        );
    }
}
