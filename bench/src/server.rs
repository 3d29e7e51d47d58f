//! The program under measurement, as a child.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    fault::{Fault, failed},
    http::{Client, encode},
};

/// How long the start, and the end, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a server is started.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// The program.
    pub(crate) binary: PathBuf,
    /// Where it puts what it keeps; emptied before every start.
    pub(crate) scratch: PathBuf,
    /// Where it listens; a free port if left out.
    pub(crate) port: Option<u16>,
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens on this machine.
    pub(crate) port: u16,
}

/// The answer to a count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    /// Lines that match.
    pub(crate) matches: u64,
    /// All lines.
    pub(crate) lines: u64,
    /// All bytes.
    pub(crate) bytes: u64,
    /// From the request to the answer.
    pub(crate) wall: Duration,
}

impl Launch {
    /// Starts a server that knows nothing from an earlier run, and waits until
    /// it is ready.
    pub(crate) fn start(&self, files: &[&Path]) -> Result<Server, Fault> {
        let port = match self.port {
            Some(port) => port,
            None => free_port().map_err(failed("cannot find a free port"))?,
        };
        let home = self.scratch.join("home");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).map_err(failed("cannot make a home for the server"))?;
        let said = self.scratch.join("server.log");
        let log = File::create(&said).map_err(failed("cannot keep what the server says"))?;
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TAILON_") {
                command.env_remove(name);
            }
        }
        for name in [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env(name, &home);
        }
        command
            .arg("-b")
            .arg(format!("127.0.0.1:{port}"))
            .args(files);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command
            .spawn()
            .map_err(failed(format!("cannot run `{}`", self.binary.display())))?;
        let mut server = Server { child, port };
        let started = Instant::now();
        while !server.is_ready() {
            let has_ended = server
                .child
                .try_wait()
                .map_err(failed("cannot see the server"))?
                .is_some();
            if has_ended || started.elapsed() > PATIENCE {
                let said = fs::read_to_string(&said).unwrap_or_default();
                return Err(Fault::Failed(format!(
                    "the server does not get ready; it said: {said}"
                )));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(server)
    }
}

impl Server {
    /// A connection on which one answer was already given.
    pub(crate) fn client(&self) -> Result<Client, Fault> {
        let mut client =
            Client::connect(self.port).map_err(failed("cannot connect to the server"))?;
        client.get("/healthz", &[])?;
        Ok(client)
    }

    /// The name of the source that is `path`, as it stands in a query string.
    pub(crate) fn name_of(&self, path: &Path) -> Result<String, Fault> {
        let answer = json(&self.client()?.get("/api/v1/sources", &[])?.body)?;
        let wanted = path.to_string_lossy();
        let sources = answer["sources"].as_array().cloned().unwrap_or_default();
        let found = sources
            .iter()
            .find(|source| source["path"].as_str() == Some(&wanted));
        let name = found.and_then(|source| source["name"].as_str());
        name.map(encode)
            .ok_or_else(|| Fault::Failed(format!("the server does not list `{wanted}`: {answer}")))
    }

    /// Memory in use now, in kB.
    pub(crate) fn memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        processor_time(&format!("/proc/{}/stat", self.child.id()), [11, 12])
    }

    fn is_ready(&self) -> bool {
        let asked =
            Client::connect(self.port).and_then(|mut client| client.try_get("/readyz", &[]));
        asked.is_ok_and(|answer| answer.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for a count; `query` is the rest of the query string.
pub(crate) fn count(client: &mut Client, source: &str, query: &str) -> Result<Count, Fault> {
    let started = Instant::now();
    let response = client.get(&format!("/api/v1/count?source={source}&{query}"), &[])?;
    let wall = started.elapsed();
    let answer = json(&response.body)?;
    let number = |name: &str| {
        let number = answer[name].as_u64();
        number.ok_or_else(|| Fault::Failed(format!("expected `{name}` in the count, got {answer}")))
    };
    Ok(Count {
        matches: number("matches")?,
        lines: number("lines")?,
        bytes: number("bytes")?,
        wall,
    })
}

/// Reads JSON.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(bytes)
        .map_err(|cause| Fault::Failed(format!("the server sent broken JSON: {cause}")))
}

/// The sum of some fields of a `stat` file under `/proc`, counted from behind
/// the name, in ticks of 10 ms (proc(5); Linux has 100 a second everywhere).
pub(crate) fn processor_time(path: &str, fields: [usize; 2]) -> Duration {
    let stat = fs::read_to_string(path).unwrap_or_default();
    let behind_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let words: Vec<_> = behind_name.split(' ').collect();
    let ticks = fields
        .iter()
        .filter_map(|field| words.get(*field)?.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
