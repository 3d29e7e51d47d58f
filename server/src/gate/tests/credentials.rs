//! The token on every way in.

use super::*;

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const SAME: (&str, &str) = ("origin", "http://localhost:8080");

/// The token as it stands in an address or a form.
fn encoded() -> String {
    form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect()
}

#[tokio::test]
async fn who_asks_depends_on_listener_and_credential() {
    let bearer = format!("Bearer {TOKEN}");
    let right = [("authorization", bearer.as_str())];
    let wrong = [("authorization", "Bearer x")];
    let basic = [("authorization", "Basic eDp4")];
    let open = "insecure-no-auth: true";
    for (yaml, listener, headers, expected) in [
        ("", LOOPBACK, &[][..], Ok("LocalVisitor")),
        ("", LOOPBACK, &wrong, Ok("LocalVisitor")),
        ("", "[::1]:8080", &[], Ok("LocalVisitor")),
        ("", NETWORK, &[], Err(401)),
        ("", NETWORK, &wrong, Err(401)),
        ("", NETWORK, &basic, Err(401)),
        ("", NETWORK, &right, Ok("TokenBearer")),
        ("", "192.168.1.1:80", &right, Ok("TokenBearer")),
        (open, NETWORK, &[], Ok("OpenVisitor")),
        (open, LOOPBACK, &[], Ok("LocalVisitor")),
    ] {
        let server = Server::new(yaml, listener);
        for line in ["GET /api/v1/lines", "GET /ui/live", "GET /metrics"] {
            let answered = server.send(line, headers, "").await;
            match expected {
                Ok(subject) => {
                    assert!(answered.body.contains(&format!("\"{subject}\"")), "{line}");
                }
                Err(status) => {
                    assert_eq!(answered.status, status, "{line}");
                    assert_eq!(answered.header("www-authenticate"), Some("Bearer"));
                    let kind = answered.header("content-type");
                    assert_eq!(kind, Some("application/problem+json"));
                }
            }
        }
    }
}

#[tokio::test]
async fn every_path_is_closed_without_the_token_but_for_health() {
    let server = Server::new("relative-root: /x/", NETWORK);
    for path in [
        "",
        "logs",
        "nothing",
        "pkg/app.js",
        "metrics",
        "api/v1/lines",
        "api/v1/download",
        "api/v1/sources",
        "ui/live",
        "token",
        "%61pi/v1/lines",
        "API/v1/lines",
    ] {
        for prefix in ["/", "/x/"] {
            let uri = format!("{prefix}{path}");
            assert_eq!(server.get(&uri, &[]).await.status, 401, "{uri}");
        }
    }
    for uri in ["/healthz", "/x/healthz"] {
        assert_eq!(server.get(uri, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn the_token_in_an_address_is_exchanged_for_a_cookie() {
    let server = Server::new("relative-root: /x/", NETWORK);
    let token = encoded();
    for (uri, location) in [
        (format!("/x/?token={token}"), "/x/"),
        (format!("/?token={token}"), "/x/"),
        (
            format!("/x/logs?file=%2Fa&token={token}&q=a+b"),
            "/x/logs?file=%2Fa&q=a+b",
        ),
    ] {
        let answered = server.get(&uri, &[]).await;
        assert_eq!(answered.status, 303, "{uri}");
        assert_eq!(answered.header("location"), Some(location));
        let cookie = answered.header("set-cookie").unwrap();
        assert!(cookie.starts_with("tailon_8080="), "{cookie}");
        assert!(
            cookie.ends_with("; Path=/x/; HttpOnly; SameSite=Lax"),
            "{cookie}"
        );
        assert!(!cookie.contains(TOKEN));
        let cookie = answered.cookie();
        let others = format!("a=b; {cookie}; tailon_8080=tossed");
        for cookies in [&cookie, &others] {
            let answered = server.get("/x/api/v1/lines", &[("cookie", cookies)]).await;
            assert!(answered.body.contains("TokenBearer"), "{}", answered.body);
        }
        let (_, value) = cookie.split_once('=').unwrap();
        let bearer = format!("Bearer {value}");
        let answered = server.get("/x/", &[("authorization", &bearer)]).await;
        assert_eq!(answered.status, 401);
    }
}

#[tokio::test]
async fn a_secret_in_an_address_is_refused_elsewhere() {
    let token = encoded();
    let bearer = format!("Bearer {TOKEN}");
    let right = [("authorization", bearer.as_str())];
    for server in [Server::new("", NETWORK), Server::new("", LOOPBACK)] {
        for line in [
            format!("GET /api/v1/lines?token={token}"),
            format!("GET /ui/live?token={token}"),
            format!("GET /pkg/app.js?%74oken={token}"),
            format!("HEAD /?token={token}"),
            "GET /?password=x".to_owned(),
            "GET /api/v1/lines?password=x".to_owned(),
        ] {
            let answered = server.send(&line, &right, "").await;
            assert_eq!(answered.status, 400, "{line}");
            assert!(!answered.body.contains(TOKEN) && !answered.body.contains(&token));
        }
    }
    let local = Server::new("", LOOPBACK)
        .get("/logs?token=x&q=a", &[])
        .await;
    assert_eq!(local.status, 303);
    assert_eq!(local.header("location"), Some("/logs?q=a"));
    assert_eq!(local.header("set-cookie"), None);
}

#[tokio::test]
async fn with_tls_at_a_trusted_proxy_the_cookie_is_secure() {
    let tls = [("x-forwarded-proto", "https")];
    for (root, name) in [("/", "__Host-tailon"), ("/x/", "__Secure-tailon")] {
        let yaml = format!("trusted-proxies: 127.0.0.1\nrelative-root: {root}");
        let server = Server::new(&yaml, NETWORK);
        let answered = server.get(&format!("/?token={}", encoded()), &tls).await;
        let cookie = answered.header("set-cookie").unwrap();
        assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
        let rest = format!("; Path={root}; HttpOnly; SameSite=Lax; Secure");
        assert!(cookie.ends_with(&rest), "{cookie}");
        let cookie = answered.cookie();
        let headers = [tls[0], ("cookie", cookie.as_str())];
        assert_eq!(server.get("/", &headers).await.status, 200);
    }
}

#[tokio::test]
async fn a_person_gets_a_page_that_asks() {
    let server = Server::new("title: A<b>\nrelative-root: /x/", NETWORK);
    let chinese = [BROWSER, ("accept-language", "zh-CN")];
    let answered = server.get("/x/logs?q=a&token=wrong", &chinese).await;
    assert_eq!(answered.status, 401);
    assert_eq!(
        answered.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answered.body.contains("令牌不正确") && answered.body.contains("A&lt;b&gt;"));
    assert!(answered.body.contains("value=\"/x/logs?q=a\"") && !answered.body.contains("wrong"));
    let policy = answered.header("content-security-policy").unwrap();
    let (_, nonce) = answered.body.split_once("<style nonce=\"").unwrap();
    let (nonce, _) = nonce.split_once('"').unwrap();
    assert!(nonce.len() == 32 && policy.contains(&format!("'nonce-{nonce}'")));
    let again = server.get("/x/logs", &chinese).await;
    assert!(!again.body.contains(nonce));
    // Without this Chromium 156 sends the form with `Origin: null`.
    let referrer = "<meta name=\"referrer\" content=\"same-origin\">";
    assert!(answered.body.contains(referrer));
    let vary: Vec<_> = answered.headers.get_all("vary").iter().collect();
    assert!(vary.contains(&&"Accept-Language".parse().unwrap()));
}

#[tokio::test]
async fn the_form_exchanges_the_token_and_returns() {
    let server = Server::new("relative-root: /x/", NETWORK);
    let token = encoded();
    for (target, location) in [
        ("%2Fx%2Flogs%3Fq%3Da", "/x/logs?q=a"),
        ("", "/x/"),
        ("%2F%2Fevil.example%2F", "/x/"),
        ("https%3A%2F%2Fevil.example%2Fx%2F", "/x/"),
        ("%2Fx%2F%5C%5Cevil.example", "/x/"),
        ("%2Fx%2F..%2Fevil", "/x/"),
        ("%2Fx%2F%0D%0ASet-Cookie%3A+a%3Db", "/x/"),
        ("%2Fother", "/x/"),
    ] {
        let body = format!("token={token}&to={target}");
        for line in ["POST /x/token", "POST /token"] {
            let answered = server.send(line, &[FORM, SAME], &body).await;
            assert_eq!(answered.status, 303, "{target}");
            assert_eq!(answered.header("location"), Some(location), "{target}");
            let cookie = answered.cookie();
            let page = server.get("/x/", &[("cookie", &cookie)]).await;
            assert_eq!(page.status, 200);
            let form = server.get("/x/token", &[("cookie", &cookie)]).await;
            assert_eq!(form.header("location"), Some("/x/"));
        }
    }
    let body = format!("token={token}");
    for (headers, expected) in [
        (&[FORM, ("origin", "https://evil.example")][..], 403),
        (&[FORM, ("origin", "null")], 403),
        (&[FORM, ("cookie", "a=b")], 403),
        (&[FORM, SAME, ("sec-fetch-site", "cross-site")], 403),
        (&[SAME, ("content-type", "application/json")], 415),
        (&[SAME, ("content-type", "text/plain")], 415),
    ] {
        let answered = server.send("POST /x/token", headers, &body).await;
        assert_eq!(answered.status, expected, "{headers:?}");
        assert_eq!(answered.header("set-cookie"), None);
    }
    let wrong = server
        .send("POST /x/token", &[FORM, SAME], "token=x&to=/x/logs")
        .await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("That is not the token.") && wrong.body.contains("/x/logs"));
}

#[tokio::test]
async fn wrong_tokens_are_limited_and_a_cookie_still_works() {
    let server = Server::new("trusted-proxies: 127.0.0.1", NETWORK);
    let right = format!("/?token={}", encoded());
    let cookie = server.get(&right, &[]).await.cookie();
    let bad = [
        ("authorization", "Bearer x"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    for count in 0..25 {
        let answered = server.get("/api/v1/lines", &bad).await;
        let expected = if count < 20 { 401 } else { 429 };
        assert_eq!(answered.status, expected, "{count}");
        if expected == 429 {
            let wait: u64 = answered.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=61).contains(&wait));
        }
    }
    let from = [("x-forwarded-for", "1.1.1.1")];
    assert_eq!(server.get(&right, &from).await.status, 429);
    let form = [FORM, SAME, from[0]];
    let answered = server.send("POST /token", &form, "token=x").await;
    assert_eq!(answered.status, 429);
    assert!(answered.header("retry-after").is_some());
    assert!(answered.body.contains("Too many wrong tokens"));
    let with_cookie = [from[0], ("cookie", cookie.as_str())];
    assert_eq!(server.get("/", &with_cookie).await.status, 200);
    let other = [("x-forwarded-for", "2.2.2.2")];
    assert_eq!(server.get(&right, &other).await.status, 303);
    // Requests without any credential are no attempts.
    for _ in 0..50 {
        assert_eq!(
            server
                .get("/", &[("x-forwarded-for", "3.3.3.3")])
                .await
                .status,
            401
        );
    }
}

#[tokio::test]
async fn an_old_cookie_is_taken_back() {
    let server = Server::new("", NETWORK);
    let answered = server
        .get("/", &[("cookie", "tailon_8080=old"), BROWSER])
        .await;
    assert_eq!(answered.status, 401);
    let cookie = answered.header("set-cookie").unwrap();
    assert!(cookie.starts_with("tailon_8080=;") && cookie.ends_with("; Max-Age=0"));
}
