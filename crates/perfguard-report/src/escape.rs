//! Text that others wrote: SQL, and names of scopes, files and packages.

use std::fmt::Write;

/// Without control, bidirectional and invisible characters.
///
/// Nothing moves the cursor, hides text, begins a line, or is a command of an
/// older GitHub Actions; what would is shown as an escape.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        // In the log of a workflow, `##[` is a command wherever it stands.
        let is_command = sign == '[' && shown.ends_with("##");
        if is_harmless(sign) && !is_command {
            shown.push(sign);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", sign as u32);
        }
    }
    shown
}

/// Whether [`escape`] leaves a character as it is.
#[must_use]
pub fn is_harmless(sign: char) -> bool {
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

/// A path as a relative reference: what is not plain in a URI is escaped.
#[must_use]
pub fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// JSON that may be shown on a terminal: it escapes control characters itself,
/// but not those above ASCII.
#[must_use]
pub fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for sign in json.chars() {
        if sign.is_ascii() && sign != '\u{7f}' {
            text.push(sign);
        } else {
            for unit in sign.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// A message in a command of GitHub Actions, as its toolkit escapes one.
#[must_use]
pub fn data(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|it| escape(it).replace('%', "%25"))
        .collect();
    lines.join("%0A")
}

/// A property in such a command. A path has to name the file: nothing more is
/// escaped than has to be.
#[must_use]
pub fn property(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '%' | ':' | ',' | '\n' | '\r' => {
                let _ = write!(escaped, "%{:02X}", sign as u32);
            }
            _ => escaped += &escape(sign.encode_utf8(&mut [0; 4])),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{ascii, data, escape, property, uri};

    #[test]
    fn nothing_moves_the_cursor_or_hides_text() {
        assert_eq!(escape("src/ü.rs"), "src/ü.rs");
        assert_eq!(escape("a\u{1b}[2J\n\u{202e}"), "a\\u{1b}[2J\\u{a}\\u{202e}");
        assert_eq!(escape("#[x] ##[error]y"), "#[x] ##\\u{5b}error]y");
    }

    #[test]
    fn a_path_is_a_reference_and_nothing_else() {
        assert_eq!(uri("src/a b.rs"), "src/a%20b.rs");
        assert_eq!(uri("javascript:ü\u{1b}?"), "javascript%3A%C3%BC%1B%3F");
    }

    #[test]
    fn what_is_no_ascii_is_written_as_json_writes_it() {
        assert_eq!(ascii("\"a\u{9b}\u{1f600}\""), "\"a\\u009b\\ud83d\\ude00\"");
    }

    #[test]
    fn nothing_begins_a_command_of_its_own() {
        assert_eq!(
            property("src/a:b,c%\n::error::x.rs"),
            "src/a%3Ab%2Cc%25%0A%3A%3Aerror%3A%3Ax.rs"
        );
        assert_eq!(
            data("100%\n::error::\r\u{1b}[2J"),
            "100%25%0A::error::\\u{d}\\u{1b}[2J"
        );
    }
}
