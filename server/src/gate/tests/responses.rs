//! The headers of every response.

use super::*;

const ALWAYS: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
    ),
    ("x-dns-prefetch-control", "off"),
    ("x-robots-tag", "noindex, nofollow"),
];

#[tokio::test]
async fn every_status_has_every_header() {
    let (local, far) = (Server::new("", LOOPBACK), Server::new("", NETWORK));
    let long = format!("GET /?q={}", "x".repeat(9000));
    let evil = [("origin", "https://evil.example"), ("upgrade", "websocket")];
    for (server, line, headers, expected) in [
        (&local, "GET /", &[][..], 200),
        (&local, "HEAD /", &[], 200),
        (&local, "GET /same", &[], 304),
        (&local, "GET /?token=x", &[], 303),
        (&local, "GET /%00", &[], 400),
        (&far, "GET /", &[], 401),
        (&far, "GET /api/v1/lines", &[], 401),
        (&local, "GET /ui/live", &evil, 403),
        (&local, "GET /nothing", &[], 404),
        (&local, "TRACE /", &[], 405),
        (&local, "DELETE /logs", &[], 405),
        (&local, &long, &[], 414),
        (&local, "POST /ui/call", &[], 415),
        (&local, "GET /", &[("host", "evil.example")], 421),
        (&local, "GET /api/v1/broken", &[], 500),
    ] {
        let answered = server.send(line, headers, "").await;
        assert_eq!(answered.status, expected, "{line}");
        for (name, value) in ALWAYS {
            assert_eq!(answered.header(name), Some(value), "{line} {name}");
        }
        let policy = answered.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{line}"
        );
        assert_eq!(answered.header("cache-control"), Some("no-store"), "{line}");
        let mut vary = answered.headers.get_all("vary").iter();
        assert!(
            vary.any(|value| value == "Origin, Sec-Fetch-Site"),
            "{line}"
        );
        assert_eq!(answered.header("server"), None);
    }
}

#[tokio::test]
async fn a_handler_keeps_what_it_decided() {
    let server = Server::new("", LOOPBACK);
    let asset = server.get("/pkg/app.js", &[]).await;
    let forever = Some("public, max-age=31536000, immutable");
    assert_eq!(asset.header("cache-control"), forever);
    assert_eq!(asset.header("server"), None);
    let download = server.get("/api/v1/download", &[]).await;
    let policy = Some("sandbox; default-src 'none'");
    assert_eq!(download.header("content-security-policy"), policy);
    let page = server.get("/", &[]).await;
    let vary: Vec<_> = page.headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["Accept-Language", "Origin, Sec-Fetch-Site"]);
}

#[tokio::test]
async fn the_nonce_of_a_page_is_in_its_policy_only() {
    let server = Server::new("", LOOPBACK);
    let policy = |answered: &Answered| {
        let value = answered.header("content-security-policy");
        value.unwrap().to_owned()
    };
    let page = policy(&server.get("/", &[]).await);
    assert!(page.contains("script-src 'self' 'nonce-bm9uY2U=' 'wasm-unsafe-eval'"));
    assert!(page.contains("style-src 'self' 'nonce-bm9uY2U=';"));
    assert!(page.contains("connect-src 'self' ws://localhost:8080;"));
    assert!(!policy(&server.get("/metrics", &[]).await).contains("nonce"));
}

#[tokio::test]
async fn a_refusal_is_a_problem() {
    let server = Server::new("", LOOPBACK);
    let answered = server.get("/", &[("host", "evil.example")]).await;
    assert_eq!(
        answered.header("content-type"),
        Some("application/problem+json")
    );
    let problem: serde_json::Value = serde_json::from_str(&answered.body).unwrap();
    assert_eq!(problem["title"], "unknown host");
    assert_eq!(problem["status"], 421);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("`evil.example`")
    );
}

#[tokio::test]
async fn without_a_connection_nobody_is_let_in() {
    let gate = Gate::new(&config(""), &[]).unwrap();
    let router = guard(router(), Arc::new(gate));
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["x-frame-options"], "DENY");
}
