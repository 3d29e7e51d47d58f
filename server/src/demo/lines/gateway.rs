//! The gateway of the staging shop: logfmt.

use super::{Mood, people};
use crate::demo::{moment::Moment, random::Random};

pub(super) fn entry(random: &mut Random, at: Moment, mood: Mood) -> String {
    let time = at.rfc3339();
    let id = people::hex(random, 12);
    let (method, path, upstream) = random.pick([
        ("GET", "/v1/cart", "cart"),
        ("POST", "/v1/checkout", "checkout"),
        ("GET", "/v1/orders", "orders"),
        ("GET", "/v1/products", "catalog"),
        ("PUT", "/v1/profile", "accounts"),
    ]);
    let duration = random.duration(14);
    if random.permille(mood.failures()) {
        let error = random.pick([
            "upstream timeout after 3s",
            "no healthy upstream",
            "connection reset by peer",
        ]);
        return format!(
            "time={time} level=error msg=\"request failed\" method={method} path={path} status=504 duration=3.00{}s upstream={upstream}:8080 request_id={id} error=\"{error}\"\n",
            duration % 10
        );
    }
    match random.between(0, 19) {
        0 => format!(
            "time={time} level=debug msg=\"health check\" upstream={upstream}:8080 healthy=true duration={}ms\n",
            duration % 9 + 1
        ),
        1 => format!(
            "time={time} level=warn msg=\"rate limit near\" client={} used={} limit=600\n",
            people::client(random),
            random.between(480, 599)
        ),
        2 => format!(
            "time={time} level=info msg=\"token refreshed\" user={} expires_in=900s\n",
            people::customer(random).login
        ),
        3 => format!(
            "time={time} level=debug msg=\"retrying\" upstream={upstream}:8080 attempt=2 request_id={id}\n"
        ),
        _ => {
            let status = random.weighted([(90, 200), (4, 304), (4, 404), (2, 401)]);
            format!(
                "time={time} level=info msg=\"request completed\" method={method} path={path} status={status} duration={duration}ms upstream={upstream}:8080 request_id={id}\n"
            )
        }
    }
}
