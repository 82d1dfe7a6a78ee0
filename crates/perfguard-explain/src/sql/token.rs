//! The tokens of a canonical text.

/// One token. Words are lower case, as the canonical text has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A value that was bound or written: `?`.
    Bind,
    Cast,
    Close,
    Comma,
    Dot,
    Open,
    Operator(String),
    /// A quoted name, without its quotes.
    Quoted(String),
    /// A keyword, or a name without quotes.
    Word(String),
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(it) if it == word)
    }

    pub(crate) fn is_any(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word(it) if words.contains(&it.as_str()))
    }

    pub(crate) fn is_operator(&self, operator: &str) -> bool {
        matches!(self, Self::Operator(it) if it == operator)
    }

    /// The name that it may be.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Quoted(name) | Self::Word(name) => Some(name),
            _ => None,
        }
    }
}

/// Cuts a canonical text into tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_whitespace() => first.len_utf8(),
            '"' => {
                let (name, length) = quoted(rest);
                tokens.push(Token::Quoted(name));
                length
            }
            '(' => single(&mut tokens, Token::Open),
            ')' => single(&mut tokens, Token::Close),
            ',' => single(&mut tokens, Token::Comma),
            '.' => single(&mut tokens, Token::Dot),
            '?' => single(&mut tokens, Token::Bind),
            _ if rest.starts_with("::") => {
                tokens.push(Token::Cast);
                2
            }
            _ if is_word(first) => {
                let length = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                tokens.push(Token::Word(word.to_owned()));
                length
            }
            _ => {
                let length = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, it)| !is_operator(*it))
                    .map_or(rest.len(), |(at, _)| at);
                let length = if is_operator(first) {
                    length
                } else {
                    first.len_utf8()
                };
                let operator = rest.get(..length).unwrap_or_default();
                tokens.push(Token::Operator(operator.to_owned()));
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn single(tokens: &mut Vec<Token>, token: Token) -> usize {
    tokens.push(token);
    1
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '@')
}

fn is_operator(character: char) -> bool {
    matches!(
        character,
        '<' | '>' | '=' | '!' | '+' | '-' | '*' | '/' | '%' | '|' | '&' | '^' | '~' | '#'
    )
}

/// The name that a text starts with, and how many bytes it takes.
fn quoted(text: &str) -> (String, usize) {
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (name, at + 1);
        }
    }
    (name, text.len())
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    #[test]
    fn a_text_becomes_its_tokens() {
        let word = |it: &str| Token::Word(it.to_owned());
        let quoted = |it: &str| Token::Quoted(it.to_owned());
        assert_eq!(
            tokens(r#"select "a""b".c from t where x >= ?::int and y in (?)"#),
            [
                word("select"),
                quoted("a\"b"),
                Token::Dot,
                word("c"),
                word("from"),
                word("t"),
                word("where"),
                word("x"),
                Token::Operator(">=".to_owned()),
                Token::Bind,
                Token::Cast,
                word("int"),
                word("and"),
                word("y"),
                word("in"),
                Token::Open,
                Token::Bind,
                Token::Close,
            ]
        );
    }

    #[test]
    fn any_text_ends() {
        assert_eq!(tokens("\"open"), [Token::Quoted("open".to_owned())]);
        assert_eq!(tokens("é ∂").len(), 2);
        assert_eq!(tokens(""), []);
    }
}
