//! Addresses: the museum of paths, the root, and what proxies say.

use super::*;

#[tokio::test]
async fn an_odd_path_leads_nowhere() {
    let server = Server::new("", LOOPBACK);
    for (path, expected) in [
        ("/..%2f..%2fetc/passwd", 404),
        ("/pkg/..%2fapp.js", 404),
        ("/pkg/%2e%2e/app.js", 404),
        ("/pkg/../app.js", 404),
        ("/pkg/%5c..%5capp.js", 404),
        ("/C:/windows/win.ini", 404),
        ("/pkg/", 404),
        ("/pkg", 404),
        ("//", 404),
        ("//evil.example/%2e%2e", 404),
        ("/pkg//app.js", 404),
        ("/a%00b", 400),
        ("/a%0ab", 400),
        ("/%ff", 400),
        ("/%", 400),
        ("/pkg/app.js", 200),
    ] {
        assert_eq!(server.get(path, &[]).await.status, expected, "{path}");
    }
    let long = format!("/logs?q={}", "x".repeat(8 << 10));
    assert_eq!(server.get(&long, &[]).await.status, 414);
    let fitting = format!("/logs?q={}", "x".repeat(8000));
    assert_eq!(server.get(&fitting, &[]).await.status, 200);
}

#[tokio::test]
async fn the_root_is_served_with_its_path_and_without() {
    let server = Server::new("relative-root: /x/", LOOPBACK);
    for (uri, expected) in [
        ("/x/", "/x/ /"),
        ("/", "/x/ /"),
        ("/x/logs?q=a%20b", "/x/ /logs?q=a%20b"),
        ("/logs?q=a%20b", "/x/ /logs?q=a%20b"),
    ] {
        let answered = server.get(uri, &[]).await;
        assert_eq!((answered.status, answered.body.as_str()), (200, expected));
    }
    for uri in ["/x/healthz", "/healthz", "/x/metrics", "/metrics"] {
        assert_eq!(server.get(uri, &[]).await.status, 200, "{uri}");
    }
    for uri in ["/x/x/", "/xlogs", "/x/api", "/X/"] {
        assert_eq!(server.get(uri, &[]).await.status, 404, "{uri}");
    }
    let answered = server.get("/x?q=a", &[]).await;
    assert_eq!(answered.status, 308);
    assert_eq!(answered.header("location"), Some("/x/?q=a"));
    let root = Server::new("", LOOPBACK);
    assert_eq!(root.get("/logs", &[]).await.body, "/ /logs");
}

#[tokio::test]
async fn forwarded_headers_count_from_trusted_proxies_only() {
    let headers = [
        ("x-forwarded-for", "9.9.9.9, 1.1.1.1"),
        ("x-forwarded-proto", "https"),
    ];
    for (yaml, client, has_tls) in [
        ("trusted-proxies: 127.0.0.1", "1.1.1.1", true),
        ("trusted-proxies: 10.0.0.0/8", "127.0.0.1", false),
        ("", "127.0.0.1", false),
    ] {
        let answered = Server::new(yaml, LOOPBACK)
            .get("/api/v1/lines", &headers)
            .await;
        assert!(
            answered.body.contains(&format!("\"{client}\"")),
            "{}",
            answered.body
        );
        let strict = answered.header("strict-transport-security");
        assert_eq!(strict.is_some(), has_tls, "{yaml}");
        let policy = answered.header("content-security-policy").unwrap();
        let socket = if has_tls {
            " wss://localhost:8080;"
        } else {
            " ws://localhost:8080;"
        };
        assert!(policy.contains(socket), "{policy}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    let server = Server::new("limits: { body-bytes: 1000 }", LOOPBACK);
    let json = [("content-type", "application/json")];
    for (bytes, expected) in [(1000, 200), (1001, 413)] {
        let body = "x".repeat(bytes);
        let answered = server.send("POST /ui/call", &json, &body).await;
        assert_eq!(answered.status, expected);
        assert_eq!(expected == 200, answered.body.contains(&body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::new("", LOOPBACK);
    let stuck = Body::from_stream(futures_stream());
    let request = Request::builder()
        .method("POST")
        .uri("/ui/call")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(stuck)
        .unwrap();
    let response = server.0.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(response.headers()["connection"], "close");
}

/// A body that never gives anything.
fn futures_stream() -> impl futures::Stream<Item = Result<bytes::Bytes, std::io::Error>> {
    futures::stream::pending()
}

#[test]
fn the_link_has_the_token_where_one_was_made_and_is_asked_for() {
    let made = |yaml: &str, bound: &[&str]| {
        let mut config = config(yaml);
        config.token.value = None;
        let bound: Vec<SocketAddr> = bound.iter().map(|text| text.parse().unwrap()).collect();
        let gate = Gate::new(&config, &bound).unwrap();
        let link = gate.ready_link().to_owned();
        let (base, token) = link.split_once("?token=").unwrap_or((&link, ""));
        assert_eq!(gate.asks_for_token(), !token.is_empty());
        (base.to_owned(), token.len())
    };
    let public = "public-urls: [https://logs.example.com/logs/]";
    for (yaml, bound, base, token) in [
        ("", &["127.0.0.1:8080"][..], "http://127.0.0.1:8080/", 0),
        ("", &["0.0.0.0:80"], "http://localhost:80/", 64),
        ("", &["[::]:8080"], "http://localhost:8080/", 64),
        (
            "relative-root: x",
            &["10.0.0.5:81"],
            "http://10.0.0.5:81/x/",
            64,
        ),
        ("", &["[::1]:1", "10.0.0.5:81"], "http://10.0.0.5:81/", 64),
        (
            "",
            &["[::ffff:127.0.0.1]:1"],
            "http://[::ffff:127.0.0.1]:1/",
            0,
        ),
        (
            "insecure-no-auth: true",
            &["0.0.0.0:80"],
            "http://localhost:80/",
            0,
        ),
        (
            public,
            &["0.0.0.0:80"],
            "https://logs.example.com/logs/",
            64,
        ),
    ] {
        assert_eq!(
            made(yaml, bound),
            (base.to_owned(), token),
            "{yaml} {bound:?}"
        );
    }
    let given = Gate::new(&config(""), &[NETWORK.parse().unwrap()]).unwrap();
    assert_eq!(given.ready_link(), "http://localhost:8080/");
    assert!(given.asks_for_token());
}
