//! The service that takes the money: JSON lines as Go's `log/slog` writes them.

use super::{Mood, people};
use crate::demo::{moment::Moment, random::Random};

pub(super) fn entry(random: &mut Random, at: Moment, mood: Mood) -> String {
    let customer = people::customer(random);
    let trace = people::hex(random, 16) + &people::hex(random, 16);
    let amount = people::amount(random);
    let card = random.pick(["visa", "mastercard", "sepa", "alipay", "wechat-pay"]);
    let slow = mood == Mood::Trouble;
    let (level, message, duration, rest) = if random.permille(mood.failures()) {
        let error = random.pick([
            "context deadline exceeded",
            "dial tcp 10.0.2.15:8443: connect: connection refused",
            "provider answered 503",
            "read tcp 10.0.2.7:51544->10.0.2.15:8443: i/o timeout",
        ]);
        let rest = format!(
            ",\"error\":\"{error}\",\"provider\":\"payments.example.com\",\"attempt\":{}",
            random.between(1, 3)
        );
        ("ERROR", "payment failed", random.between(2000, 5000), rest)
    } else {
        let items = random.between(1, 6);
        match random.between(0, 19) {
            0..=4 => (
                "INFO",
                "cart priced",
                random.duration(6),
                format!(",\"items\":{items},\"total\":\"{amount}\""),
            ),
            5..=9 => (
                "INFO",
                "payment authorized",
                random.duration(120),
                format!(",\"amount\":\"{amount}\",\"method\":\"{card}\""),
            ),
            10..=13 => (
                "INFO",
                "order submitted",
                random.duration(35),
                format!(",\"order\":{}", random.between(10_000, 99_999)),
            ),
            14 => (
                "INFO",
                "voucher applied",
                random.duration(4),
                ",\"voucher\":\"WELCOME10\"".to_owned(),
            ),
            15 | 16 => (
                "DEBUG",
                "stock reserved",
                random.duration(9),
                format!(",\"sku\":\"{}\"", people::product(random)),
            ),
            17 => (
                "DEBUG",
                "exchange rate from cache",
                0,
                ",\"from\":\"EUR\",\"to\":\"CNY\"".to_owned(),
            ),
            18 => (
                "WARN",
                "card declined",
                random.duration(140),
                format!(",\"method\":\"{card}\",\"reason\":\"insufficient funds\""),
            ),
            _ => (
                "WARN",
                "slow response of the payment provider",
                random.between(900, 2500),
                ",\"provider\":\"payments.example.com\"".to_owned(),
            ),
        }
    };
    let duration = if slow { duration * 3 } else { duration };
    format!(
        "{{\"time\":\"{}\",\"level\":\"{level}\",\"msg\":\"{message}\",\"service\":\"checkout\",\"duration_ms\":{duration},\"trace_id\":\"{trace}\",\"user\":{{\"id\":{},\"name\":\"{}\"}}{rest}}}\n",
        at.rfc3339(),
        customer.id,
        customer.name
    )
}
