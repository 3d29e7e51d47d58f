//! What the page shows, as the query string of its address.

use protocol::{line::Place, window::Anchor};

/// Everything that a reload or a bookmark brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Names of the sources, in order.
    pub sources: Vec<String>,
    /// The filter.
    pub q: String,
    /// Whether `q` is one regular expression.
    pub regex: bool,
    /// The line at the top of the screen; `None` follows the end.
    pub at: Option<Place>,
}

impl Address {
    /// Reads the part behind `?`. What is not known is left out.
    pub fn parse(query: &str) -> Self {
        let mut address = Self::default();
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            match name {
                "source" if !value.is_empty() => address.sources.push(value),
                "q" => address.q = value,
                "regex" => address.regex = value == "true",
                "at" => address.at = value.parse().ok(),
                _ => {}
            }
        }
        address
    }

    /// The part behind `?`, without it.
    pub fn query(&self) -> String {
        let mut pairs: Vec<String> = self
            .sources
            .iter()
            .map(|source| format!("source={}", encode(source)))
            .collect();
        if !self.q.is_empty() {
            pairs.push(format!("q={}", encode(&self.q)));
        }
        if self.regex {
            pairs.push("regex=true".to_owned());
        }
        if let Some(at) = self.at {
            pairs.push(format!("at={at}"));
        }
        pairs.join("&")
    }

    /// Where the first window stands.
    pub fn anchor(&self) -> Anchor {
        self.at.map_or(Anchor::Tail, Anchor::Place)
    }
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b':' => {
                out.push(char::from(byte));
            }
            _ => {
                const DIGITS: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
                ];
                out.push('%');
                out.extend(DIGITS.get(usize::from(byte >> 4)));
                out.extend(DIGITS.get(usize::from(byte & 15)));
            }
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = tail.get(..2).and_then(|hex| str::from_utf8(hex).ok());
        match (
            byte,
            escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let address = Address {
            sources: vec!["web/a&b=c %.log".to_owned(), "日志".to_owned()],
            q: "\"a + b\" -/x?y#/".to_owned(),
            regex: true,
            at: "00000000000000ff.42".parse().ok(),
        };
        assert_eq!(Address::parse(&address.query()), address);
        assert_eq!(Address::parse(&format!("?{}", address.query())), address);
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        assert_eq!(
            Address::parse("?x=1&at=nowhere&source="),
            Address::default()
        );
    }
}
