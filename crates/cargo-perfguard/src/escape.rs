//! Text that others wrote: names of files, of packages, and source.

use perfguard_report::escape::is_harmless;

/// Without control, bidirectional and invisible characters: nothing moves the cursor, hides text
/// or begins a line.
pub(crate) use perfguard_report::escape::{ascii, data, escape, property, uri};

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

#[cfg(test)]
mod tests {
    use super::{escape_lines, mask};

    #[test]
    fn lines_stay_lines() {
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
