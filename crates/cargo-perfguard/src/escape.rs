//! Text that others wrote: names of files, of packages, and source.

use std::fmt::Write;

/// Without control, bidirectional and invisible characters: nothing moves the cursor, hides text
/// or begins a line.
pub(crate) fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        if is_harmless(sign) {
            shown.push(sign);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", sign as u32);
        }
    }
    shown
}

/// As [`escape`], of each line.
pub(crate) fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    lines.join("\n")
}

/// Source with other characters in the place of harmful ones, each as many bytes long.
pub(crate) fn mask(source: &str) -> String {
    source
        .chars()
        .flat_map(|sign| {
            let masks = if is_harmless(sign) || matches!(sign, '\n' | '\t') {
                [Some(sign), None]
            } else {
                match sign.len_utf8() {
                    1 => [Some('?'), None],
                    2 => [Some('¿'), None],
                    3 => [Some('\u{fffd}'), None],
                    _ => [Some('¿'), Some('¿')],
                }
            };
            masks.into_iter().flatten()
        })
        .collect()
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
    use super::{escape, escape_lines, mask};

    #[test]
    fn nothing_moves_the_cursor_or_hides_text() {
        assert_eq!(escape("src/ü.rs"), "src/ü.rs");
        assert_eq!(escape("a\u{1b}[2J\n\u{202e}"), "a\\u{1b}[2J\\u{a}\\u{202e}");
        assert_eq!(escape_lines("a\r\nb\u{9b}"), "a\nb\\u{9b}");
    }

    #[test]
    fn a_mask_is_as_long_as_what_it_covers() {
        let source = "a\u{1b}\u{9b}\u{202e}\u{e0041}\tü\n";
        let masked = mask(source);
        assert_eq!(masked, "a?¿\u{fffd}¿¿\tü\n");
        assert_eq!(masked.len(), source.len());
    }
}
