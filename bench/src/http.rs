//! The little of HTTP/1.1 that asking a local server needs.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use crate::fault::{Fault, failed};

/// After so long without a byte the server counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection that is kept for many requests.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Response {
    /// 200 and so on.
    pub(crate) status: u16,
    /// In the order they came, the names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Without its transfer coding, with its content coding.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a header whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text.
    pub(crate) fn text(self) -> Result<String, Fault> {
        String::from_utf8(self.body)
            .map_err(|_| Fault::Failed("the server sent text that is not UTF-8".to_owned()))
    }
}

impl Client {
    /// Connects to a server on this machine.
    pub(crate) fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::with_capacity(256 << 10, stream),
            port,
        })
    }

    /// Asks for a path, and takes any answer.
    pub(crate) fn try_get(&mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
        let (status, headers) = self.begin(path, headers)?;
        let mut body = Vec::new();
        if find(&headers, "transfer-encoding").is_some() {
            while self.chunk(&mut body)? {}
        } else {
            let length = find(&headers, "content-length")
                .and_then(|length| length.parse().ok())
                .unwrap_or(0);
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
        }
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Asks for a path that has to be answered with 200.
    pub(crate) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Response, Fault> {
        let response = self
            .try_get(path, headers)
            .map_err(failed(format!("cannot get `{path}`")))?;
        if response.status == 200 {
            return Ok(response);
        }
        let status = response.status;
        let said = response.text().unwrap_or_default();
        Err(Fault::Failed(format!(
            "`{path}` was answered with {status}: {said}"
        )))
    }

    /// Asks for a path whose answer never ends.
    pub(crate) fn follow(mut self, path: &str) -> Result<Follow, Fault> {
        let asked = self
            .begin(path, &[])
            .map_err(failed(format!("cannot get `{path}`")))?;
        match asked.0 {
            200 => Ok(Follow {
                client: self,
                pending: Vec::new(),
                taken: 0,
            }),
            status => Err(Fault::Failed(format!(
                "`{path}` was answered with {status}"
            ))),
        }
    }

    /// Sends the request and reads the head of the answer.
    fn begin(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<(u16, Vec<(String, String)>)> {
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port);
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let first = self.head_line()?;
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| broken("the server does not speak HTTP"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.head_line()?;
            match line.split_once(':') {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None => return Ok((status, headers)),
            }
        }
    }

    fn head_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    /// Adds one chunk to `body`; `false` at the last one, which is empty.
    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let size = self.head_line()?;
        let size =
            u64::from_str_radix(&size, 16).map_err(|_| broken("the server sent a broken chunk"))?;
        let read = self.stream.by_ref().take(size).read_to_end(body)?;
        if u64::try_from(read).ok() != Some(size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.head_line()?;
        Ok(size > 0)
    }
}

/// An answer that is read line by line as it comes.
pub(crate) struct Follow {
    client: Client,
    pending: Vec<u8>,
    taken: usize,
}

impl Follow {
    /// Puts the next line in `line`, without its newline.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let rest = self.pending.get(self.taken..).unwrap_or_default();
            if let Some(length) = memchr::memchr(b'\n', rest) {
                line.clear();
                line.extend_from_slice(rest.get(..length).unwrap_or_default());
                self.taken += length + 1;
                return Ok(true);
            }
            self.pending.drain(..self.taken);
            self.taken = 0;
            if !self.client.chunk(&mut self.pending)? {
                return Ok(false);
            }
        }
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A text as it may stand in a query string.
pub(crate) fn encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}
