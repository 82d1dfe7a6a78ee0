//! What a request asks for.

use http::Uri;

/// The value of the first such parameter in an address, decoded; `None` where
/// it is not there, or no text.
pub(crate) fn value(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri.query()?.split('&');
    let mut values = pairs.filter_map(|pair| {
        let (known, value) = pair.split_once('=')?;
        (known == name).then_some(value)
    });
    decode(values.next()?)
}

/// As a form encodes it.
fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hexadecimal(bytes.next()?)? << 4 | hexadecimal(bytes.next()?)?,
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::value;

    #[test]
    fn a_parameter_is_decoded() {
        for (query, expected) in [
            ("/?token=a", Some("a")),
            ("/?scope=1&token=a%2Bb+c%c3%A4", Some("a+b cä")),
            ("/?token=", Some("")),
            ("/?token=%f", None),
            ("/?token=%ff", None),
            ("/?token", None),
            ("/?tokens=a", None),
            ("/", None),
        ] {
            let uri = query.parse::<Uri>();
            let value = uri.ok().and_then(|it| value(&it, "token"));
            assert_eq!(value.as_deref(), expected, "{query}");
        }
    }
}
