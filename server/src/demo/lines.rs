//! What the programs of the shop write.

mod checkout;
mod gateway;
mod nginx;
mod orders;
mod people;
mod system;

use super::{moment::Moment, random::Random};

/// The log of one program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// nginx, combined format.
    Access,
    /// nginx, its own complaints.
    Error,
    /// A Go service, JSON lines.
    Checkout,
    /// A Java service, with stack traces and a few colours.
    Orders,
    /// The hosts, RFC 3164.
    System,
    /// A service in staging, logfmt; rotated.
    Gateway,
}

/// How things are going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// Errors are rare.
    Calm,
    /// The payment provider is slow, and everything behind it fails.
    Trouble,
}

impl Log {
    /// Every log.
    pub(super) const ALL: [Self; 6] = [
        Self::Access,
        Self::Error,
        Self::Checkout,
        Self::Orders,
        Self::System,
        Self::Gateway,
    ];

    /// Where it is, below the directory of the demonstration.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Access => "nginx/access.log",
            Self::Error => "nginx/error.log",
            Self::Checkout => "shop-prod/checkout.log",
            Self::Orders => "shop-prod/orders.log",
            Self::System => "system/syslog",
            Self::Gateway => "shop-staging/gateway.log",
        }
    }

    /// What it gets next: a line, or several that belong together, each with its
    /// newline.
    pub(super) fn entry(self, random: &mut Random, at: Moment, mood: Mood) -> String {
        match self {
            Self::Access => nginx::access(random, at, mood),
            Self::Error => nginx::error(random, at, mood),
            Self::Checkout => checkout::entry(random, at, mood),
            Self::Orders => orders::entry(random, at, mood),
            Self::System => system::entry(random, at),
            Self::Gateway => gateway::entry(random, at, mood),
        }
    }
}

impl Mood {
    /// Cases of a thousand in which something fails.
    fn failures(self) -> u64 {
        match self {
            Self::Calm => 12,
            Self::Trouble => 450,
        }
    }
}
