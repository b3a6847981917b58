//! `proviso healthcheck`: one request to the running service, for containers without a shell.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, anyhow};

use super::{Code, Failure};
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    ready(config).map_err(|error| Failure::new(Code::Unreachable, error))
}

fn ready(config: &Config) -> anyhow::Result<()> {
    let bind = config.server.bind;
    let address =
        if bind.ip().is_unspecified() { SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), bind.port()) } else { bind };
    let mut stream =
        TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("nobody answers at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    match answer.lines().next() {
        Some(status) if status.contains(" 200 ") => Ok(()),
        Some(status) => Err(anyhow!("the service is not ready: {status}")),
        None => Err(anyhow!("the service closed the connection")),
    }
}
