//! Text that is cut where it becomes too long.

/// As much of a name, or of a summary, is kept.
pub(super) const NAME: usize = 256;
/// As much of a statement, or of any other text, is kept.
pub(super) const TEXT: usize = 2 * 1024;

/// At most so many bytes of a text; what was cut is said by two dots.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    let kept = end.and_then(|end| text.get(..end)).unwrap_or_default();
    format!("{kept} ..")
}
