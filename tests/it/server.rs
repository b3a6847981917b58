//! The program as its own process, for what only a process can show.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

/// A running `proviso`, stopped when it is dropped.
pub struct Server {
    child: Child,
    pub at: String,
    /// What a demonstration prints.
    pub told: String,
}

impl Server {
    /// `proviso demo`, once it says where it listens.
    pub fn demo(folder: &Path, database: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
        command.args(["demo", "--bind", "127.0.0.1:0", "--folder"]).arg(folder);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut told = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !told.contains("/docs") && lines.read_line(&mut told).unwrap() > 0 {}
        let at = told.split_whitespace().find(|word| word.starts_with("http://"));
        let at = at.unwrap_or_else(|| panic!("it says: {told}")).to_owned();
        Self { child, at, told }
    }

    /// `proviso serve` on a database that is there, on a free port.
    pub fn serve(folder: &Path, database: &str) -> Self {
        Self::serve_with(folder, database, &[])
    }

    /// The same with some settings.
    pub fn serve_with(folder: &Path, database: &str, settings: &[String]) -> Self {
        Self::served(Command::new(env!("CARGO_BIN_EXE_proviso")), (folder, database), settings)
    }

    /// The same with a configuration file.
    pub fn serve_from(file: &Path, folder: &Path, database: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
        command.arg("--config").arg(file);
        Self::served(command, (folder, database), &[])
    }

    /// The same with everything it can log, in a file.
    pub fn logging(log: &Path, place: (&Path, &str), settings: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
        command.stderr(fs::File::create(log).unwrap());
        Self::served(command, place, &[&["log.level=trace".to_owned()][..], settings].concat())
    }

    fn served(mut command: Command, (folder, database): (&Path, &str), settings: &[String]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = format!("http://127.0.0.1:{port}");
        let child = command
            .args([
                "serve",
                "--set",
                &format!("server.bind=127.0.0.1:{port}"),
                "--set",
                &format!("server.public_url={at}"),
            ])
            .args(["--set", &format!("database.url={database}"), "--set", "log.level=warn"])
            .args(["--set", &format!("attachments.path={}", folder.join("attachments").display())])
            .args(["--set", &format!("mail.path={}", folder.join("mail").display())])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .spawn()
            .unwrap();
        let server = Self { child, at, told: String::new() };
        server.wait_until_ready();
        server
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it is gone, and tells how it ended.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop, as an init system does, and tells how it ended.
    pub fn terminate(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap()
    }

    fn wait_until_ready(&self) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while std::time::Instant::now() < deadline {
            if ureq::get(format!("{}/livez", self.at)).call().is_ok() {
                return;
            }
            std::thread::yield_now();
        }
        panic!("{} does not answer", self.at);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
