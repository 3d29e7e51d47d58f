//! Query strings, read strictly: an unknown or repeated parameter is a fault.

use protocol::{Problem, SourceId, live::ViewSpec};

use crate::{auth::Subject, state::App};

/// The parameters of one request.
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads a query string; `known` are the names that may occur, `source`
    /// more than once.
    ///
    /// # Errors
    /// [`Problem::BadParameter`] for any other name, and for a repeated one.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let bad = |name: &str, expected: String| Problem::BadParameter {
            name: name.to_owned(),
            expected,
        };
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).map_err(|()| bad("query", "expected UTF-8".to_owned()))?;
            let value = decode(value).map_err(|()| bad(&name, "expected UTF-8".to_owned()))?;
            if !known.contains(&name.as_str()) {
                return Err(bad(
                    &name,
                    format!(
                        "is not a parameter here; expected one of {}",
                        known.join(", ")
                    ),
                ));
            }
            if name != "source" && pairs.iter().any(|(other, _)| *other == name) {
                return Err(bad(&name, "is given more than once".to_owned()));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// A whole number from `min` to `max`.
    pub(super) fn number(
        &self,
        name: &str,
        default: u32,
        min: u32,
        max: u32,
    ) -> Result<u32, Problem> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(Problem::BadParameter {
                name: name.to_owned(),
                expected: format!("expected a whole number from {min} to {max}, got `{text}`"),
            }),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::BadParameter {
                name: name.to_owned(),
                expected: format!("expected `true` or `false`, got `{other}`"),
            }),
        }
    }

    /// The sources that are named, and the filter.
    pub(super) fn spec(&self, app: &App, subject: &Subject) -> Result<ViewSpec, Problem> {
        let names: Vec<String> = self
            .pairs
            .iter()
            .filter(|(name, _)| name == "source")
            .map(|(_, value)| value.clone())
            .collect();
        let sources: Vec<SourceId> = app.resolve(subject, &names)?;
        Ok(ViewSpec {
            sources,
            q: self.get("q").unwrap_or_default().to_owned(),
            regex: self.flag("regex")?,
        })
    }
}

/// Undoes the escaping of a query string.
fn decode(text: &str) -> Result<String, ()> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex = tail
                    .get(..2)
                    .and_then(|hex| str::from_utf8(hex).ok())
                    .ok_or(())?;
                bytes.push(u8::from_str_radix(hex, 16).map_err(|_| ())?);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_strictly() {
        let read = |query| Parameters::parse(Some(query), &["source", "q", "limit"]);
        let parameters = read("source=a&source=b%20c&q=x%2By+z").unwrap();
        assert_eq!(parameters.get("q"), Some("x+y z"));
        assert_eq!(parameters.number("limit", 100, 1, 10_000), Ok(100));
        for wrong in ["qq=1", "q=1&q=2", "q=%zz", "q=%ff", "%ff=1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(
            read("limit=0")
                .unwrap()
                .number("limit", 100, 1, 10_000)
                .is_err()
        );
    }
}
