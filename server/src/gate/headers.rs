//! The headers that every response carries.

use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SERVER, STRICT_TRANSPORT_SECURITY,
    VARY, X_CONTENT_TYPE_OPTIONS, X_DNS_PREFETCH_CONTROL, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use super::Nonce;
use crate::config::{Scheme, WebOrigin};

/// The ones that never change.
const FIXED: [(HeaderName, &str); 8] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
    ),
    (X_DNS_PREFETCH_CONTROL, "off"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// What the headers of a response depend on.
#[derive(Debug)]
pub(super) struct Setting {
    /// Scheme, host and port of the request; `None` where it named no host.
    pub(super) host: Option<WebOrigin>,
    /// Whether the client's side is encrypted.
    pub(super) scheme: Scheme,
    /// The value of `Access-Control-Allow-Origin`, on the API and for origins let in only.
    pub(super) allow_origin: Option<HeaderValue>,
}

impl Setting {
    /// Of a request about which nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            host: None,
            scheme: Scheme::Http,
            allow_origin: None,
        }
    }
}

/// Adds the headers to a response; `Cache-Control` and a policy of its own stay.
pub(super) fn finish(response: &mut Response, setting: &Setting) {
    let nonce = response.extensions_mut().remove::<Nonce>();
    let headers = response.headers_mut();
    headers.remove(SERVER);
    headers.remove(ACCESS_CONTROL_ALLOW_CREDENTIALS);
    headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = policy(setting.host.as_ref(), nonce.as_ref()) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site"));
    if setting.scheme == Scheme::Https {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    if let Some(origin) = setting.allow_origin.clone() {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("content-disposition, content-range, retry-after"),
        );
    }
}

/// The policy; `None` cannot happen, since host and nonce are visible characters only, and leaves
/// the header out.
fn policy(host: Option<&WebOrigin>, nonce: Option<&Nonce>) -> Option<HeaderValue> {
    let nonce = nonce
        .filter(|nonce| is_nonce(&nonce.0))
        .map(|nonce| format!(" 'nonce-{}'", nonce.0))
        .unwrap_or_default();
    // Older versions of Safari do not count web sockets to `'self'`.
    let socket = host
        .map(|host| host.to_string().replacen("http", "ws", 1))
        .map(|origin| format!(" {origin}"))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; \
         style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'{socket}; manifest-src 'self'; worker-src 'self'; \
         base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

/// Whether the text can stand in a policy: characters of base 64 of both kinds.
fn is_nonce(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(host: Option<&str>, nonce: Option<&str>) -> String {
        let host = host.and_then(WebOrigin::from_header);
        let nonce = nonce.map(|text| Nonce(text.to_owned()));
        let policy = policy(host.as_ref(), nonce.as_ref()).unwrap();
        policy.to_str().unwrap().to_owned()
    }

    #[test]
    fn the_policy_is_that_of_the_contract() {
        assert_eq!(
            shown(Some("https://logs.example.com"), Some("abc")),
            "default-src 'none'; script-src 'self' 'nonce-abc' 'wasm-unsafe-eval'; \
             style-src 'self' 'nonce-abc'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self' wss://logs.example.com; manifest-src 'self'; \
             worker-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        );
    }

    #[test]
    fn what_is_missing_or_odd_leaves_no_hole() {
        let plain = shown(None, None);
        assert!(!plain.contains("nonce") && plain.contains("connect-src 'self';"));
        assert_eq!(shown(None, Some("a' *; script-src 'unsafe-inline")), plain);
        assert!(shown(Some("http://[::1]:8080"), None).contains(" ws://[::1]:8080;"));
    }
}
