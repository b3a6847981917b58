//! An HTTP/1.1 client small enough not to be what is measured: one kept connection, one request at a time,
//! bodies by their `Content-Length` only.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// Longer than any answer should take; a server that hangs ends the run.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    address: SocketAddr,
    received: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The first cookie that it sets, as it is to be sent back.
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn require(self, status: u16) -> Result<Self> {
        if self.status == status { Ok(self) } else { bail!("answered {}: {}", self.status, self.body) }
    }

    pub(crate) fn require_success(self) -> Result<Self> {
        if (200..300).contains(&self.status) { Ok(self) } else { bail!("answered {}: {}", self.status, self.body) }
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, address, received: Vec::new() })
    }

    pub(crate) fn get(&mut self, path: &str, cookie: &str) -> Result<Reply> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", self.address);
        self.exchange(&request)
    }

    pub(crate) fn post(&mut self, path: &str, cookie: &str, body: &str) -> Result<Reply> {
        let (at, length) = (self.address, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {at}\r\nOrigin: http://{at}\r\nCookie: {cookie}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.exchange(&request)
    }

    fn exchange(&mut self, request: &str) -> Result<Reply> {
        self.stream.write_all(request.as_bytes())?;
        self.received.clear();
        let mut chunk = vec![0; 65_536].into_boxed_slice();
        loop {
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                bail!("the server closed the connection");
            }
            self.received.extend(chunk.iter().take(count));
            if let Some(reply) = whole(&self.received)? {
                return Ok(reply);
            }
        }
    }
}

/// The answer, once all of it was received.
fn whole(received: &[u8]) -> Result<Option<Reply>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (head, body) = received.split_at(end + 4);
    let head = std::str::from_utf8(head)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.context("not an HTTP answer")?;
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let header =
        |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let length = match header("content-length") {
        Some(length) => length.parse()?,
        None if status == 204 || status == 304 => 0,
        None => bail!("an answer without Content-Length"),
    };
    if body.len() < length {
        return Ok(None);
    }
    let cookie = header("set-cookie").and_then(|cookie| cookie.split(';').next()).map(ToOwned::to_owned);
    Ok(Some(Reply { status, cookie, body: String::from_utf8_lossy(body).into_owned() }))
}
