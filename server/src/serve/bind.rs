//! Listening on the configured addresses: on all of them, or on none.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::{Bind, Fault, Host, Place};

/// Connections that wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 1024;

/// Listens on every address. One that names every interface takes IPv4 and IPv6 in one socket,
/// where the system has IPv6.
///
/// # Errors
///
/// A fault for each address that cannot be listened on, with the reason.
pub fn bind(addresses: &[Bind]) -> Result<Vec<TcpListener>, Vec<Fault>> {
    let mut listeners = Vec::new();
    let mut faults = Vec::new();
    for address in addresses {
        match bind_one(address) {
            Ok(bound) => listeners.extend(bound),
            Err(error) => faults.push(fault(address, &error)),
        }
    }
    if faults.is_empty() {
        Ok(listeners)
    } else {
        Err(faults)
    }
}

fn bind_one(address: &Bind) -> io::Result<Vec<TcpListener>> {
    let Bind::Tcp { host, port } = address;
    match host {
        Host::All => Ok(vec![listen_everywhere(*port)?]),
        Host::Ip(ip) => Ok(vec![listen(SocketAddr::new(*ip, *port), true)?]),
        Host::Name(name) => listen_at_name(name, *port),
    }
}

/// Both kinds in one socket, or IPv4 alone where the system has no IPv6.
fn listen_everywhere(port: u16) -> io::Result<TcpListener> {
    match listen((Ipv6Addr::UNSPECIFIED, port).into(), false) {
        Err(error) if is_without_address(&error) => {
            listen((Ipv4Addr::UNSPECIFIED, port).into(), true)
        }
        result => result,
    }
}

/// Every address of a name. One of them may be missing on this machine, as `::1` often is; if the
/// port is chosen by the system, all get the same.
fn listen_at_name(name: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut missing = io::Error::from(io::ErrorKind::NotFound);
    let mut seen = Vec::new();
    for mut address in (name, port).to_socket_addrs()? {
        if seen.contains(&address) {
            continue;
        }
        seen.push(address);
        if let Some(first) = listeners.first() {
            address.set_port(first.local_addr()?.port());
        }
        match listen(address, true) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_without_address(&error) => missing = error,
            Err(error) => return Err(error),
        }
    }
    if listeners.is_empty() {
        Err(missing)
    } else {
        Ok(listeners)
    }
}

fn listen(address: SocketAddr, is_one_kind: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(is_one_kind)?;
    }
    // On Unix a port whose last connections are still dying is free; on Windows this option would
    // let two servers share one.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Whether this machine has no such address, or no addresses of that kind.
fn is_without_address(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

fn fault(address: &Bind, error: &io::Error) -> Fault {
    let (reason, suggestion) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            "the port is in use".to_owned(),
            Some("stop the other program, or choose another port with `--port`"),
        ),
        io::ErrorKind::PermissionDenied => (
            "not allowed".to_owned(),
            Some("ports below 1024 need a right that this user lacks; choose a higher one"),
        ),
        io::ErrorKind::AddrNotAvailable => (
            "this machine has no such address".to_owned(),
            Some("choose one of its own, or `:PORT` for all of them"),
        ),
        _ => (error.to_string(), None),
    };
    let message = format!("cannot listen on `{address}`: {reason}");
    let fault = Fault::new(Place::Usage, message);
    match suggestion {
        Some(suggestion) => fault.suggest(suggestion),
        None => fault,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, TcpStream};

    use super::*;

    fn tcp(host: Host, port: u16) -> Bind {
        Bind::Tcp { host, port }
    }

    fn ip(text: &str) -> Host {
        Host::Ip(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn every_interface_is_reached_by_both_kinds() {
        let listeners = bind(&[tcp(Host::All, 0)]).unwrap();
        assert_eq!(listeners.len(), 1);
        let address = listeners[0].local_addr().unwrap();
        assert!(address.ip().is_unspecified());
        assert!(TcpStream::connect(("127.0.0.1", address.port())).is_ok());
        if address.is_ipv6() && TcpListener::bind("[::1]:0").is_ok() {
            assert!(TcpStream::connect(("::1", address.port())).is_ok());
        }
    }

    #[test]
    fn a_name_is_listened_on_at_all_its_addresses_with_one_port() {
        let listeners = bind(&[tcp(Host::Name("localhost".to_owned()), 0)]).unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        for listener in listeners {
            let address = listener.local_addr().unwrap();
            assert!(address.ip().is_loopback());
            assert_eq!(address.port(), port);
        }
    }

    #[test]
    fn each_address_that_fails_is_named_with_its_reason() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let faults = bind(&[
            tcp(ip("127.0.0.1"), 0),
            tcp(ip("127.0.0.1"), port),
            tcp(ip("192.0.2.1"), 0),
        ])
        .unwrap_err();
        let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let [in_use, not_ours] = shown.as_slice() else {
            panic!("{shown:?}")
        };
        assert!(
            in_use.starts_with(&format!(
                "tailon: cannot listen on `127.0.0.1:{port}`: the port is in use"
            )),
            "{in_use}"
        );
        assert!(
            not_ours.contains("cannot listen on `192.0.2.1:0`: this machine has no such address"),
            "{not_ours}"
        );
    }
}
