//! The web server in front of the shop.

use super::{Mood, people};
use crate::demo::{moment::Moment, random::Random};

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    "shop-app/4.11.2 (iOS 18.5)",
];

/// A line of the access log, combined format.
pub(super) fn access(random: &mut Random, at: Moment, mood: Mood) -> String {
    let time = at.access();
    if random.permille(110) {
        let node = random.between(1, 3);
        let probe = random.pick(["/healthz", "/readyz"]);
        return format!(
            "10.0.{node}.1 - - [{time}] \"GET {probe} HTTP/1.1\" 200 2 \"-\" \"kube-probe/1.33\"\n"
        );
    }
    let client = people::client(random);
    let user = if random.permille(80) {
        people::customer(random).login
    } else {
        "-"
    };
    let (method, path) = request(random);
    let fails = path.starts_with("/api/") && random.permille(mood.failures());
    let status = if fails {
        random.weighted([(5, 504), (3, 502), (1, 500)])
    } else {
        status(random, method)
    };
    let bytes = match status {
        304 | 204 => 0,
        200 => random.duration(6_000),
        _ => random.between(120, 600),
    };
    let referrer = random.weighted([
        (5, "-"),
        (4, "https://shop.example.com/"),
        (2, "https://shop.example.com/cart"),
        (1, "https://search.example.com/"),
    ]);
    let agent = random.pick(AGENTS);
    format!(
        "{client} - {user} [{time}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"{referrer}\" \"{agent}\"\n"
    )
}

/// A line of the error log.
pub(super) fn error(random: &mut Random, at: Moment, mood: Mood) -> String {
    let time = at.nginx();
    let worker = random.between(29, 32);
    let connection = random.between(100_000, 999_999);
    let client = people::client(random);
    let place = format!("client: {client}, server: shop.example.com");
    let start = format!("{worker}#{worker}: *{connection}");
    if mood == Mood::Calm && random.permille(600) {
        let path = random.pick(["/favicon.ico", "/robots.txt", "/.well-known/security.txt"]);
        return match random.between(0, 2) {
            0 => format!(
                "{time} [error] {start} open() \"/srv/shop{path}\" failed (2: No such file or directory), {place}, request: \"GET {path} HTTP/1.1\", host: \"shop.example.com\"\n"
            ),
            1 => format!(
                "{time} [warn] {start} a client request body is buffered to a temporary file /var/cache/nginx/client_temp/{connection:010}, {place}\n"
            ),
            _ => format!("{time} [notice] {worker}#{worker}: signal process started\n"),
        };
    }
    let pod = random.between(11, 19);
    let path = random.pick(["/api/checkout", "/api/payments", "/api/orders"]);
    let cause = random.pick([
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
        "connect() failed (111: Connection refused) while connecting to upstream",
        "upstream prematurely closed connection while reading response header from upstream",
    ]);
    format!(
        "{time} [error] {start} {cause}, {place}, request: \"POST {path} HTTP/1.1\", upstream: \"http://10.0.2.{pod}:8080{path}\", host: \"shop.example.com\"\n"
    )
}

fn request(random: &mut Random) -> (&'static str, String) {
    let product = people::product(random);
    let id = random.between(10_000, 10_999);
    match random.between(0, 15) {
        0..=2 => ("GET", "/".to_owned()),
        3..=5 => ("GET", format!("/products/{product}")),
        6 => ("GET", format!("/search?q={product}&page={}", id % 5 + 1)),
        7 | 8 => ("GET", format!("/assets/app.{id:04x}.js")),
        9 => ("GET", format!("/images/{product}-{}.webp", id % 4)),
        10 | 11 => ("GET", "/api/cart".to_owned()),
        12 => ("POST", "/api/cart/items".to_owned()),
        13 => ("POST", "/api/checkout".to_owned()),
        14 => ("GET", format!("/api/orders/{id}")),
        _ => ("DELETE", format!("/api/cart/items/{}", id % 7)),
    }
}

fn status(random: &mut Random, method: &str) -> u64 {
    match method {
        "POST" => random.weighted([(80, 201), (10, 200), (5, 422), (3, 401), (2, 409)]),
        "DELETE" => random.weighted([(95, 204), (5, 404)]),
        _ => random.weighted([(780, 200), (150, 304), (30, 301), (35, 404), (5, 403)]),
    }
}
