//! Pages of others, and requests of any other form than ours.

use super::*;

const JSON: (&str, &str) = ("content-type", "application/json");
const COOKIE: (&str, &str) = ("cookie", "a=b");
const OURS: (&str, &str) = ("x-requested-by", "tailon");
const SAME: (&str, &str) = ("origin", "http://localhost:8080");
const FOREIGN: (&str, &str) = ("origin", "https://evil.example");
const WEBSOCKET: (&str, &str) = ("upgrade", "websocket");

/// Method and path, headers, and the status that is right.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);

/// Sends each request and compares the status.
async fn check(server: &Server, table: &[Case<'_>]) {
    for (line, headers, expected) in table {
        let body = if line.starts_with("POST") { "{}" } else { "" };
        let answered = server.send(line, headers, body).await;
        assert_eq!(
            answered.status, *expected,
            "{line} {headers:?} {}",
            answered.body
        );
    }
}

#[tokio::test]
async fn where_nobody_is_asked_the_host_must_be_ours() {
    let yaml = "public-urls: [https://logs.example.com/]\nbind: 10.1.1.1:8080";
    let open = format!("{yaml}\ninsecure-no-auth: true");
    for server in [
        Server::new(yaml, LOOPBACK),
        Server::new(&open, NETWORK),
        Server::new(&open, LOOPBACK),
    ] {
        for (host, expected) in [
            ("localhost:8080", 200),
            ("localhost", 200),
            ("LOCALHOST.:9000", 200),
            ("127.0.0.1:1", 200),
            ("[::1]:8080", 200),
            ("logs.example.com", 200),
            ("10.1.1.1:8080", 200),
            ("10.0.0.5:8080", 200),
            ("10.0.0.6:8080", 421),
            ("evil.example:8080", 421),
            ("x.localhost", 421),
            ("localhost.evil.example", 421),
            ("a b", 400),
            ("(none)", 400),
        ] {
            let answered = server.get("/api/v1/lines", &[("host", host)]).await;
            assert_eq!(answered.status, expected, "{host}");
            if expected == 421 {
                assert!(answered.body.contains("`public-urls`"), "{}", answered.body);
            }
            let health = server.get("/healthz", &[("host", host)]).await;
            assert_eq!(health.status, 200, "{host}");
        }
    }
}

#[tokio::test]
async fn behind_a_token_any_host_passes() {
    let server = Server::new("", NETWORK);
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("host", "evil.example"), ("authorization", bearer.as_str())];
    let answered = server.get("/api/v1/lines", &headers).await;
    assert_eq!(answered.status, 200);
}

#[tokio::test]
async fn an_origin_must_be_that_of_the_host_or_an_entry() {
    let yaml = "public-urls: [https://logs.example.com/]\nallow-origin: https://ops.example.com";
    let server = Server::new(yaml, LOOPBACK);
    for (origin, host, expected) in [
        ("http://localhost:8080", "localhost:8080", 200),
        ("https://localhost", "localhost:8080", 200),
        ("http://127.0.0.1:8080", "localhost:8080", 403),
        ("https://logs.example.com", "localhost:8080", 200),
        ("https://logs.example.com:443", "localhost:8080", 200),
        ("http://logs.example.com", "localhost:8080", 403),
        ("https://logs.example.com:8443", "localhost:8080", 403),
        ("http://logs.example.com:1", "logs.example.com", 200),
        ("https://ops.example.com", "localhost:8080", 200),
        (
            "https://ops.example.com.evil.example",
            "localhost:8080",
            403,
        ),
        ("https://evil-ops.example.com", "localhost:8080", 403),
        ("https://ops.example.com/", "localhost:8080", 403),
        ("https://evil.example", "localhost:8080", 403),
        ("http://localhost.evil.example", "localhost:8080", 403),
        ("null", "localhost:8080", 403),
        ("file://", "localhost:8080", 403),
        ("", "localhost:8080", 403),
    ] {
        let headers = [("origin", origin), ("host", host)];
        for line in [
            "GET /api/v1/lines",
            "GET /ui/live",
            "GET /",
            "GET /pkg/app.js",
        ] {
            let answered = server.send(line, &headers, "").await;
            assert_eq!(answered.status, expected, "{line} {origin} {host}");
        }
        let post = [headers[0], headers[1], JSON];
        let answered = server.send("POST /ui/call", &post, "{}").await;
        assert_eq!(answered.status, expected, "{origin} {host}");
    }
    let twice = [SAME, SAME];
    check(&server, &[("GET /", &twice, 403)]).await;
}

#[tokio::test]
async fn upgrades_and_mutations_with_a_cookie_need_an_origin() {
    let server = Server::new("", LOOPBACK);
    check(
        &server,
        &[
            ("GET /ui/live", &[WEBSOCKET], 200),
            ("GET /ui/live", &[WEBSOCKET, COOKIE, SAME], 200),
            ("GET /ui/live", &[WEBSOCKET, COOKIE], 403),
            ("GET /ui/live", &[WEBSOCKET, FOREIGN], 403),
            ("GET /ui/live", &[WEBSOCKET, COOKIE, FOREIGN], 403),
            ("GET /ui/live", &[WEBSOCKET, ("origin", "null")], 403),
            ("GET /api/v1/lines", &[COOKIE], 200),
            ("POST /ui/call", &[JSON, OURS, COOKIE], 403),
            ("POST /ui/call", &[JSON, OURS, COOKIE, SAME], 200),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_mutation_has_the_form_that_only_our_page_and_programs_give_it() {
    let server = Server::new("", LOOPBACK);
    let site = |value| ("sec-fetch-site", value);
    let kind = |value| ("content-type", value);
    check(
        &server,
        &[
            ("POST /api/v1/sources", &[JSON], 200),
            (
                "POST /api/v1/sources",
                &[kind("Application/JSON; charset=UTF-8")],
                200,
            ),
            (
                "POST /api/v1/sources",
                &[kind("application/json; charset=utf-16")],
                415,
            ),
            ("POST /api/v1/sources", &[kind("text/plain")], 415),
            (
                "POST /api/v1/sources",
                &[kind("multipart/form-data; boundary=x")],
                415,
            ),
            (
                "POST /api/v1/sources",
                &[kind("application/x-www-form-urlencoded")],
                415,
            ),
            (
                "POST /api/v1/sources",
                &[kind("text/plain; application/json")],
                415,
            ),
            ("POST /api/v1/sources", &[], 415),
            ("POST /api/v1/sources", &[JSON, JSON], 415),
            ("PUT /api/v1/sources/a", &[], 415),
            ("DELETE /api/v1/sources/a", &[], 200),
            ("DELETE /api/v1/sources/a", &[SAME, COOKIE], 403),
            ("POST /ui/call", &[JSON, SAME, COOKIE], 403),
            ("POST /ui/call", &[JSON, SAME, site("same-origin")], 403),
            (
                "POST /ui/call",
                &[JSON, SAME, site("same-origin"), OURS],
                200,
            ),
            ("POST /ui/call", &[JSON, SAME, site("none"), OURS], 200),
            ("POST /ui/call", &[JSON, SAME, site("same-site"), OURS], 403),
            (
                "POST /ui/call",
                &[JSON, SAME, site("cross-site"), OURS],
                403,
            ),
            ("POST /ui/call", &[JSON, site("cross-site")], 403),
            (
                "GET /",
                &[site("cross-site"), ("sec-fetch-mode", "navigate")],
                200,
            ),
            ("GET /api/v1/lines", &[("sec-fetch-mode", "no-cors")], 403),
            ("GET /pkg/app.js", &[("sec-fetch-mode", "no-cors")], 200),
        ],
    )
    .await;
    let headers = [JSON, ("x-http-method-override", "DELETE")];
    let answered = server.send("POST /api/v1/sources", &headers, "{}").await;
    assert!(answered.body.starts_with(r#"["POST""#));
}

#[tokio::test]
async fn a_method_that_is_never_answered_gets_the_ones_that_are() {
    let server = Server::new("", LOOPBACK);
    for line in ["TRACE /", "CONNECT /", "BREW /", "PROPFIND /api/v1/lines"] {
        let answered = server.send(line, &[], "").await;
        assert_eq!(answered.status, 405, "{line}");
        let allow = answered.header("allow").unwrap();
        assert_eq!(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    let answered = server.send("POST /api/v1/lines", &[JSON], "{}").await;
    assert_eq!(
        (answered.status, answered.header("allow")),
        (405, Some("GET,HEAD"))
    );
}

#[tokio::test]
async fn other_origins_get_no_cors_header() {
    let server = Server::new("allow-origin: https://ops.example.com", LOOPBACK);
    let asks = ("access-control-request-method", "POST");
    for (line, headers) in [
        ("GET /api/v1/lines", &[FOREIGN][..]),
        ("GET /api/v1/lines", &[SAME]),
        ("GET /api/v1/lines", &[]),
        ("GET /api/v1/lines", &[("origin", "null")]),
        ("OPTIONS /api/v1/sources", &[FOREIGN, asks]),
        (
            "OPTIONS /ui/call",
            &[("origin", "https://ops.example.com"), asks],
        ),
        ("GET /", &[("origin", "https://ops.example.com")]),
    ] {
        let answered = server.send(line, headers, "").await;
        let names = answered.headers.keys();
        let count = names
            .filter(|name| name.as_str().starts_with("access-control"))
            .count();
        assert_eq!(count, 0, "{line} {headers:?}");
    }
}

#[tokio::test]
async fn a_listed_origin_may_call_the_api_and_never_with_credentials() {
    let server = Server::new("allow-origin: https://ops.example.com", NETWORK);
    let (ops, bearer) = ("https://ops.example.com", format!("Bearer {TOKEN}"));
    let origin = ("origin", ops);
    let asks = ("access-control-request-method", "POST");
    let answered = server
        .send("OPTIONS /api/v1/sources", &[origin, asks], "")
        .await;
    assert_eq!(answered.status, 204);
    assert_eq!(answered.header("access-control-allow-origin"), Some(ops));
    assert!(
        answered
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
    assert_eq!(answered.header("access-control-allow-credentials"), None);

    let far = ("sec-fetch-site", "cross-site");
    let authorization = ("authorization", bearer.as_str());
    let headers = [origin, far, JSON, OURS, authorization];
    let answered = server.send("POST /api/v1/sources", &headers, "{}").await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.header("access-control-allow-origin"), Some(ops));
    assert!(answered.header("vary").unwrap().contains("Origin"));

    let answered = server.get("/api/v1/lines", &[origin]).await;
    assert_eq!(answered.status, 401);
    assert_eq!(answered.header("access-control-allow-origin"), Some(ops));
}

#[tokio::test]
async fn every_origin_needs_the_token_even_on_loopback() {
    let server = Server::new("allow-origin: '*'", LOOPBACK);
    let right = format!("Bearer {TOKEN}");
    for (authorization, expected) in [("Bearer wrong", 401), (right.as_str(), 200), ("", 401)] {
        let headers = [FOREIGN, ("authorization", authorization)];
        let answered = server.get("/api/v1/lines", &headers).await;
        assert_eq!(answered.status, expected, "{authorization}");
        assert_eq!(answered.header("access-control-allow-origin"), Some("*"));
    }
    check(&server, &[("GET /ui/live", &[FOREIGN, WEBSOCKET], 401)]).await;
}
