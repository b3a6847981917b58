//! The service as it is shipped, in a process of its own: started, asked whether it is ready, weighed and
//! stopped.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{http::Client, report::Report};

/// How often a start is measured.
const STARTS: usize = 5;
/// When a start or an end has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running service.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

/// Starts it several times on the same database, tells how long that took, and leaves the last one running.
pub(crate) fn start_often(database: &str, folder: &Path, report: &mut Report) -> Result<Server> {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        if let Some(mut server) = last.take() {
            Server::stop(&mut server)?;
        }
        let (server, took) = Server::start(database, folder)?;
        times.push(took);
        last = Some(server);
    }
    report.start(&mut times);
    last.context("never started")
}

impl Server {
    /// From the process's beginning to the first `GET /readyz` that is answered with 200.
    pub(crate) fn start(database: &str, folder: &Path) -> Result<(Self, Duration)> {
        // The port is free now, and only a process that guesses it could take it meanwhile.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = File::create(folder.join("server.log"))?;
        let settings = [
            format!("server.bind={address}"),
            format!("database.url={database}"),
            format!("attachments.path={}", folder.join("attachments").display()),
            // Letters stay in the outbox: what is measured is the decision, not the writing of mail files.
            "mail.transport=none".to_owned(),
            // One person asks as much as a whole company would.
            "limits.requests_per_minute=0".to_owned(),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
        command.arg("serve").args(settings.iter().flat_map(|setting| ["--set", setting]));
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let begun = Instant::now();
        let mut server = Self { child: command.spawn()?, address };
        while !server.is_ready() {
            if server.child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                bail!("the service did not start: {}", std::fs::read_to_string(folder.join("server.log"))?);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok((server, begun.elapsed()))
    }

    fn is_ready(&self) -> bool {
        Client::connect(self.address)
            .and_then(|mut client| client.get("/readyz", ""))
            .is_ok_and(|reply| reply.status == 200)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A line of `/proc/<pid>/status` that is a size, in MiB; Linux alone has it.
    pub(crate) fn mebibytes(&self, line: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let found = status.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(':'));
        let kibibytes: u32 =
            found.and_then(|size| size.split_whitespace().next()?.parse().ok()).context("no such line")?;
        Ok(f64::from(kibibytes) / 1024.0)
    }

    /// Ends it as an operator would, by SIGTERM, and waits until it is gone.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let told = Command::new("kill").arg(self.child.id().to_string()).status()?;
        let begun = Instant::now();
        while told.success() && begun.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the service did not stop")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A second end of a process that has ended is refused, and that is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
