//! Groups and labels that the path of a file gives away.

use std::{collections::BTreeMap, fmt, path::Path};

use regex::Regex;

use super::display_name;

/// What the last part of a directory's name must be for the directory to be
/// taken as `SERVICE-ENV` unasked.
const ENVIRONMENTS: &[&str] = &[
    "prod",
    "production",
    "prd",
    "live",
    "preprod",
    "preproduction",
    "staging",
    "stage",
    "stg",
    "uat",
    "qa",
    "test",
    "testing",
    "tst",
    "canary",
    "sandbox",
    "demo",
    "integration",
    "int",
    "ci",
    "dev",
    "development",
    "local",
];

/// Longest template that is taken, in bytes; longer than any path of use, and
/// it bounds the expression made from it.
const TEMPLATE_BYTES_MAX: usize = 1024;

/// A template such as `{service}-{env}/{type}.log`, read against the end of a
/// path.
///
/// A placeholder stands for one or more characters but never for `/`, and the
/// last separator binds: `{service}-{env}` reads `my-shop-prod` as `my-shop`
/// and `prod`. A template that begins with `/` is read against the whole path.
///
/// ```
/// use engine::catalog::Layout;
///
/// let layout = Layout::parse("{service}-{env}/{type}.log").unwrap();
/// let labels = layout.read("/logs/my-shop-prod/access.log".as_ref()).unwrap();
/// assert_eq!(labels["service"], "my-shop");
/// assert_eq!(labels["type"], "access");
/// ```
#[derive(Clone, Debug)]
pub struct Layout {
    template: String,
    expression: Regex,
}

/// Why a template is not a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutFault {
    /// It has no placeholder, so nothing could be read.
    #[error("expected a placeholder such as `{{service}}`, got none")]
    NoPlaceholder,
    /// A brace has no partner; the byte it is at, 0-based.
    #[error("expected a closed `{{name}}`, got a lone brace at byte {0}")]
    LoneBrace(usize),
    /// What stands in braces is no name: letters, digits and `_`, not
    /// beginning with a digit.
    #[error("expected a name of letters, digits and `_`, got `{0}`")]
    BadName(String),
    /// The name stands there twice.
    #[error("expected `{{{0}}}` once, got it twice")]
    Repeated(String),
    /// Nothing separates two placeholders; the second one.
    #[error("expected a separator before `{{{0}}}`, got none")]
    NotSeparated(String),
    /// It is longer than 1024 bytes.
    #[error("expected at most 1024 bytes, got {0}")]
    TooLong(usize),
}

impl Layout {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// [`LayoutFault`], with what is wrong in it.
    pub fn parse(template: &str) -> Result<Self, LayoutFault> {
        if template.len() > TEMPLATE_BYTES_MAX {
            return Err(LayoutFault::TooLong(template.len()));
        }
        let mut pattern = String::from(if template.starts_with('/') {
            "(?s)^"
        } else {
            "(?s)(?:^|/)"
        });
        let mut names: Vec<&str> = Vec::new();
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let position = template.len() - rest.len() + brace;
            let (text, tail) = rest.split_at(brace);
            let Some((name, tail)) = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'))
            else {
                return Err(LayoutFault::LoneBrace(position));
            };
            if name.contains('{') {
                return Err(LayoutFault::LoneBrace(position));
            }
            if !is_name(name) {
                return Err(LayoutFault::BadName(name.to_owned()));
            }
            if names.contains(&name) {
                return Err(LayoutFault::Repeated(name.to_owned()));
            }
            if text.is_empty() && !names.is_empty() {
                return Err(LayoutFault::NotSeparated(name.to_owned()));
            }
            pattern.push_str(&regex::escape(text));
            // Greedy from the left is what makes the last separator bind.
            pattern.push_str("([^/]+)");
            names.push(name);
            rest = tail;
        }
        if names.is_empty() {
            return Err(LayoutFault::NoPlaceholder);
        }
        pattern.push_str(&regex::escape(rest));
        pattern.push('$');
        // The pattern is ours and bounded, so the one fault left is its size.
        let expression = Regex::new(&pattern).map_err(|_| LayoutFault::TooLong(template.len()))?;
        Ok(Self {
            template: template.to_owned(),
            expression,
        })
    }

    /// Returns the labels in a path, or `None` where it does not fit.
    ///
    /// The values are as [`display_name`] shows them.
    #[must_use]
    pub fn read(&self, path: &Path) -> Option<BTreeMap<String, String>> {
        let shown = display_name(path);
        let captures = self.expression.captures(&shown)?;
        let values = captures.iter().skip(1).flatten();
        Some(
            self.names()
                .zip(values)
                .map(|(name, value)| (name.to_owned(), value.as_str().to_owned()))
                .collect(),
        )
    }

    /// Returns the names of the placeholders, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}').map(|(name, _)| name))
    }
}

impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        self.template == other.template
    }
}

impl Eq for Layout {}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.template)
    }
}

/// What a path says of the file it names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The heading, where the path has one of the form `SERVICE-ENV`.
    pub(super) group: Option<String>,
    /// The labels.
    pub(super) labels: BTreeMap<String, String>,
}

/// Reads a path by the given layout, else as `/…/SERVICE-ENV/TYPE.log`.
pub(super) fn read_path(path: &Path, layout: Option<&Layout>) -> Reading {
    let Some(labels) = layout.and_then(|layout| layout.read(path)) else {
        return read_unasked(path).unwrap_or_default();
    };
    let label = |name: &str| labels.get(name).cloned();
    let group = label("group").or_else(|| match (label("service"), label("env")) {
        (Some(service), Some(env)) => Some(format!("{service}-{env}")),
        _ => None,
    });
    Reading { group, labels }
}

/// Recognizes `/…/SERVICE-ENV/TYPE.log`.
fn read_unasked(path: &Path) -> Option<Reading> {
    let kind = display_name(Path::new(path.file_name()?));
    let kind = kind.strip_suffix(".log").filter(|kind| !kind.is_empty())?;
    let group = display_name(Path::new(path.parent()?.file_name()?));
    let (service, env) = group.rsplit_once('-')?;
    let known = ENVIRONMENTS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(env));
    if service.is_empty() || !known {
        return None;
    }
    let labels = [("service", service), ("env", env), ("type", kind)];
    Some(Reading {
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        group: Some(group),
    })
}

/// Whether a text can name a label.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .chars()
            .all(|other| other.is_ascii_alphanumeric() || other == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        let labels = Layout::parse(template).unwrap().read(Path::new(path))?;
        Some(labels.into_iter().collect())
    }

    fn check(template: &str, path: &str, expected: Option<&[(&str, &str)]>) {
        let expected = expected.map(|pairs| {
            let mut pairs: Vec<_> = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            pairs.sort();
            pairs
        });
        assert_eq!(read(template, path), expected, "{template} on {path}");
    }

    #[test]
    fn a_layout_is_read_against_the_end_of_the_path() {
        let tree = "{service}-{env}/{type}.log";
        check(
            tree,
            "/logs/my-shop-prod/access.log",
            Some(&[("service", "my-shop"), ("env", "prod"), ("type", "access")]),
        );
        check(tree, "/logs/prod/access.log", None);
        check(tree, "/logs/a-b/access.txt", None);
        check(tree, "/logs/a-b/c/access.log", None);
        check(
            "{host}/{app}.log",
            "/h/web1/a.b.log",
            Some(&[("host", "web1"), ("app", "a.b")]),
        );
        check("/{a}/{b}", "/x/y", Some(&[("a", "x"), ("b", "y")]));
        check("/{a}/{b}", "/w/x/y", None);
        check("a.c/{x}", "/abc/1", None);
        check("{x}_", "/q_", Some(&[("x", "q")]));
    }

    #[test]
    fn a_template_that_cannot_work_is_refused() {
        let table = [
            ("", LayoutFault::NoPlaceholder),
            ("logs/x.log", LayoutFault::NoPlaceholder),
            ("a{b", LayoutFault::LoneBrace(1)),
            ("a}b", LayoutFault::LoneBrace(1)),
            ("{a{b}}", LayoutFault::LoneBrace(0)),
            ("{}", LayoutFault::BadName(String::new())),
            ("{1a}", LayoutFault::BadName("1a".into())),
            ("{a}/{a}", LayoutFault::Repeated("a".into())),
            ("{a}{b}", LayoutFault::NotSeparated("b".into())),
        ];
        for (template, fault) in table {
            assert_eq!(Layout::parse(template).unwrap_err(), fault, "{template}");
        }
        assert!(Layout::parse(&format!("{{a}}{}", "x".repeat(2000))).is_err());
    }

    #[test]
    fn a_service_and_its_environment_are_recognized_unasked() {
        let found = read_path(Path::new("/logs/my-shop-prod/access.log"), None);
        assert_eq!(found.group.as_deref(), Some("my-shop-prod"));
        assert_eq!(found.labels["service"], "my-shop");
        assert_eq!(found.labels["env"], "prod");
        assert_eq!(found.labels["type"], "access");
        for other in [
            "/logs/my-shop/a.log",
            "/logs/-prod/a.log",
            "/x-prod/a.txt",
            "/a.log",
            "/",
        ] {
            assert_eq!(
                read_path(Path::new(other), None),
                Reading::default(),
                "{other}"
            );
        }
    }

    #[test]
    fn a_layout_overrides_what_is_recognized() {
        let layout = Layout::parse("{team}-{env}/{app}.log").unwrap();
        let found = read_path(Path::new("/logs/red-prod/a.log"), Some(&layout));
        assert_eq!(found.labels["team"], "red");
        assert!(!found.labels.contains_key("service"));
        let unfit = read_path(
            Path::new("/logs/red-prod/a.log"),
            Layout::parse("{x}.txt").ok().as_ref(),
        );
        assert_eq!(unfit.labels["service"], "red");
    }

    proptest! {
        #[test]
        fn what_is_put_into_a_layout_is_read_from_it(
            service in "[a-z][a-z.-]{0,8}[a-z]",
            env in "[a-z.]{1,8}",
            kind in "[^/\\p{C}\\p{Z}]{1,10}",
            above in "(/[a-z-]{1,6}){0,3}",
        ) {
            let path = format!("{above}/{service}-{env}/{kind}.log");
            let labels = Layout::parse("{service}-{env}/{type}.log").unwrap()
                .read(Path::new(&path)).unwrap();
            prop_assert_eq!(&labels["service"], &service);
            prop_assert_eq!(&labels["env"], &env);
            prop_assert_eq!(&labels["type"], &kind);
        }

        #[test]
        fn any_template_is_parsed_or_refused(template in "[{}a-z/.*\\[-]{0,20}", path: String) {
            if let Ok(layout) = Layout::parse(&template) {
                prop_assert_eq!(layout.to_string(), template);
                if let Some(labels) = layout.read(Path::new(&path)) {
                    prop_assert_eq!(labels.len(), layout.names().count());
                }
            }
        }
    }
}
