//! Which part of the server an address means, once it is known to be harmless.

use http::{Request, Uri};
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// The longest address, path and query together, in bytes.
const URL_BYTES_MAX: usize = 8 << 10;

/// The parts of the server that the gate treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// `healthz` and `readyz`: no credential, any host.
    Health,
    /// `api/`: the contract with programs.
    Api,
    /// `token`: where the form of the token page goes.
    TokenForm,
    /// What a person opens.
    Page,
    /// Files of the page, its server functions, the live channel, metrics.
    Other,
}

impl Area {
    /// The area of a path below the root, which begins with a slash.
    ///
    /// It is the raw path, as the router sees it: `/%61pi` is no part of the API for either.
    pub(super) fn of(path: &str) -> Self {
        let below = |name: &str| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match path {
            "/healthz" | "/readyz" => Self::Health,
            "/token" => Self::TokenForm,
            "/metrics" => Self::Other,
            _ if below("/api") => Self::Api,
            _ if below("/ui") => Self::Other,
            _ if path.rsplit('/').next().unwrap_or(path).contains('.') => Self::Other,
            _ => Self::Page,
        }
    }
}

/// Refuses an address that is too long, or whose path, decoded once, has control characters,
/// backslashes, empty or dot segments.
///
/// Empty segments are refused because `//host/` in a `Location` would lead to another host.
pub(super) fn check(uri: &Uri) -> Result<(), Refusal> {
    let bytes = uri.path_and_query().map_or(0, |all| all.as_str().len());
    if bytes > URL_BYTES_MAX {
        return Err(Refusal::LongUrl {
            bytes_max: URL_BYTES_MAX,
        });
    }
    check_path(uri.path())
}

/// The part of [`check`] that looks at the path.
pub(super) fn check_path(path: &str) -> Result<(), Refusal> {
    if !has_whole_escapes(path) {
        return Err(Refusal::BadPath);
    }
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Refusal::BadPath)?;
    if decoded.chars().any(char::is_control) {
        return Err(Refusal::BadPath);
    }
    let Some(below) = decoded.strip_prefix('/') else {
        return Err(Refusal::BadPath);
    };
    let is_misleading = |segment: &str| matches!(segment, "" | "." | "..");
    let inner = below.strip_suffix('/').unwrap_or(below);
    let is_root = below.is_empty();
    if decoded.contains('\\') || (!is_root && inner.split('/').any(is_misleading)) {
        return Err(Refusal::NoSuchPath);
    }
    Ok(())
}

/// Whether two hexadecimal digits follow every percent sign.
fn has_whole_escapes(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The path below the root, which begins with a slash: taken off where it is there, and as it is
/// where a proxy took it off already. `None` for the root without its last slash.
pub(super) fn below_root(path: &str, root: &str) -> Option<String> {
    if root == "/" {
        return Some(path.to_owned());
    }
    if let Some(rest) = path.strip_prefix(root) {
        return Some(format!("/{rest}"));
    }
    let is_root = root.strip_suffix('/') == Some(path);
    (!is_root).then(|| path.to_owned())
}

/// Gives the request another path; its query stays.
pub(super) fn set_path<B>(request: &mut Request<B>, path: &str) -> Result<(), Refusal> {
    let path_and_query = with_query(path, request.uri().query());
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().map_err(|_| Refusal::BadPath)?);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| Refusal::BadPath)?;
    Ok(())
}

/// Path and query in one.
pub(super) fn with_query(path: &str, query: Option<&str>) -> String {
    match query {
        Some(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// The first value of a parameter, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The query without a parameter; every other one stays as it was written.
pub(super) fn without_parameter(query: &str, name: &str) -> String {
    let others: Vec<&str> = query
        .split('&')
        .filter(|pair| parameter(pair, name).is_none())
        .collect();
    others.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_museum_of_paths_is_refused() {
        for (path, expected) in [
            ("/", Ok(())),
            ("/a/b/", Ok(())),
            ("/a%20b/%E4%B8%AD", Ok(())),
            ("/a..b/.well-known/...", Ok(())),
            ("/a%2Fb", Ok(())),
            ("/%252e%252e/", Ok(())),
            ("/..", Err(Refusal::NoSuchPath)),
            ("/a/../b", Err(Refusal::NoSuchPath)),
            ("/a/./b", Err(Refusal::NoSuchPath)),
            ("/..%2f..%2fetc/passwd", Err(Refusal::NoSuchPath)),
            ("/%2e%2e/x", Err(Refusal::NoSuchPath)),
            ("/a%5c..%5cb", Err(Refusal::NoSuchPath)),
            ("/a\\b", Err(Refusal::NoSuchPath)),
            ("//example.com/", Err(Refusal::NoSuchPath)),
            ("/a//b", Err(Refusal::NoSuchPath)),
            ("/a//", Err(Refusal::NoSuchPath)),
            ("//", Err(Refusal::NoSuchPath)),
            ("/%2fexample.com", Err(Refusal::NoSuchPath)),
            ("/a%00", Err(Refusal::BadPath)),
            ("/a%0d%0ab", Err(Refusal::BadPath)),
            ("/a%c2%85", Err(Refusal::BadPath)),
            ("/%7f", Err(Refusal::BadPath)),
            ("/%ff", Err(Refusal::BadPath)),
            ("/%zz", Err(Refusal::BadPath)),
            ("/%2", Err(Refusal::BadPath)),
            ("*", Err(Refusal::BadPath)),
            ("", Err(Refusal::BadPath)),
        ] {
            assert_eq!(check_path(path), expected, "{path}");
        }
    }

    #[test]
    fn the_root_is_taken_off_once() {
        for (path, root, expected) in [
            ("/a", "/", Some("/a")),
            ("/x/a", "/x/", Some("/a")),
            ("/x/", "/x/", Some("/")),
            ("/x/x/a", "/x/", Some("/x/a")),
            ("/x", "/x/", None),
            ("/a", "/x/", Some("/a")),
            ("/xa", "/x/", Some("/xa")),
            ("/", "/x/", Some("/")),
        ] {
            assert_eq!(below_root(path, root).as_deref(), expected, "{path} {root}");
        }
    }

    #[test]
    fn an_area_is_known_by_whole_segments() {
        for (path, expected) in [
            ("/", Area::Page),
            ("/help", Area::Page),
            ("/apiary", Area::Page),
            ("/api/v1/lines", Area::Api),
            ("/api", Area::Api),
            ("/ui/open_page", Area::Other),
            ("/pkg.0a/tailon.js", Area::Other),
            ("/metrics", Area::Other),
            ("/healthz", Area::Health),
            ("/token", Area::TokenForm),
        ] {
            assert_eq!(Area::of(path), expected, "{path}");
        }
    }

    #[test]
    fn a_parameter_leaves_the_others_as_they_were() {
        for (query, value, rest) in [
            ("token=a%2Bb", Some("a+b"), ""),
            (
                "file=%2Fa&token=x&q=a+b%26",
                Some("x"),
                "file=%2Fa&q=a+b%26",
            ),
            ("%74oken=x&token=y", Some("x"), ""),
            ("tokens=x", None, "tokens=x"),
            ("token", Some(""), ""),
        ] {
            assert_eq!(parameter(query, "token").as_deref(), value, "{query}");
            assert_eq!(without_parameter(query, "token"), rest, "{query}");
        }
    }
}
