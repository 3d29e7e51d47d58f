//! The hosts that all of it runs on: syslog in the form of RFC 3164.

use super::people;
use crate::demo::{moment::Moment, random::Random};

pub(super) fn entry(random: &mut Random, at: Moment) -> String {
    let host = random.pick(["web-1", "web-2", "db-1"]);
    let pid = random.between(400, 32_000);
    let client = people::client(random);
    let number = random.between(1, 59);
    let message = match random.between(0, 15) {
        0..=2 => format!("CRON[{pid}]: (root) CMD (/usr/local/bin/rotate-carts --older-than 30m)"),
        3 | 4 => format!(
            "sshd[{pid}]: Accepted publickey for deploy from {client} port {} ssh2: ED25519 SHA256:{}",
            random.between(40_000, 60_000),
            people::hex(random, 16)
        ),
        5 => format!(
            "sshd[{pid}]: Failed password for invalid user admin from {client} port {} ssh2",
            random.between(40_000, 60_000)
        ),
        6 => format!(
            "sshd[{pid}]: Received disconnect from {client} port 51022:11: disconnected by user"
        ),
        7 | 8 => format!("systemd[1]: Started session-{pid}.scope - Session {pid} of User deploy."),
        9 => "systemd[1]: logrotate.service: Deactivated successfully.".to_owned(),
        10 | 11 => format!("systemd[1]: Finished apt-daily.service - {number} packages checked."),
        12 => format!(
            "kernel: [{pid}.{number:06}] TCP: request_sock_TCP: Possible SYN flooding on port 8080. Sending cookies."
        ),
        13 => format!("chronyd[611]: System clock wrong by 0.0{number:02} seconds"),
        14 => format!(
            "dockerd[902]: level=warning msg=\"health check for container {} exceeded timeout (3s)\"",
            people::hex(random, 12)
        ),
        _ => format!(
            "kernel: [{pid}.{number:06}] eth0: error: link is down, up again after {number} ms"
        ),
    };
    format!("{} {host} {message}\n", at.syslog())
}
