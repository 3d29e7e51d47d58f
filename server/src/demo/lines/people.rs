//! Who buys what, and from where.

use crate::demo::random::Random;

/// A customer; none exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Customer {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) login: &'static str,
}

const CUSTOMERS: [(&str, &str); 14] = [
    ("李雷", "lilei"),
    ("韩梅梅", "hanmeimei"),
    ("Zoë", "zoe"),
    ("Søren", "soren"),
    ("Ana", "ana"),
    ("Björk", "bjork"),
    ("José", "jose"),
    ("Priya", "priya"),
    ("Omar", "omar"),
    ("Łukasz", "lukasz"),
    ("さくら", "sakura"),
    ("Δήμητρα", "dimitra"),
    ("Chidi", "chidi"),
    ("Tomáš", "tomas"),
];

pub(super) fn customer(random: &mut Random) -> Customer {
    let (name, login) = random.pick(CUSTOMERS);
    let id = random.between(1000, 9999);
    Customer { id, name, login }
}

pub(super) fn client(random: &mut Random) -> String {
    let (a, b) = (random.between(0, 31), random.between(1, 254));
    format!("10.20.{a}.{b}")
}

pub(super) fn product(random: &mut Random) -> &'static str {
    random.pick([
        "teapot",
        "rain-jacket",
        "usb-c-cable",
        "notebook-a5",
        "headphones",
        "desk-lamp",
        "espresso-cups",
        "bike-bell",
        "wool-socks",
        "板凳",
    ])
}

/// An amount such as `59.90`.
pub(super) fn amount(random: &mut Random) -> String {
    let euros = random.duration(30);
    let cents = random.pick([0, 49, 50, 90, 95, 99]);
    format!("{euros}.{cents:02}")
}

/// So many hexadecimal digits, 16 at most.
pub(super) fn hex(random: &mut Random, digits: usize) -> String {
    let mut text = format!("{:016x}", random.next());
    text.truncate(digits);
    text
}
