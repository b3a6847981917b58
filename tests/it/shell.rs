//! The command line as a shell runs it, with and without somebody at a terminal.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use proviso::app::DEMO_PASSWORD;
use serde_json::Value;

use crate::{server::Server, world::World};

/// Somebody's shell.
#[derive(Clone)]
pub struct Shell<'f> {
    pub folder: &'f Path,
    pub env: Vec<(&'static str, String)>,
}

/// Runs a command at a terminal of its own, answers each question once it is asked, and prints what it saw.
const TERMINAL: &str = r#"
import os, pty, sys, termios
lines = sys.argv[1].split("\n")
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
told = seen = b""
def read():
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
for question, answer in zip(lines[::2], lines[1::2]):
    while question.encode() not in seen:
        more = read()
        if not more:
            sys.exit(f"it never asked {question}: {told}")
        seen, told = seen + more, told + more
    seen = b""
    # The question comes a moment before the echo ends; people type later than that.
    while "Password" in question and termios.tcgetattr(terminal)[3] & termios.ECHO:
        pass
    os.write(terminal, answer.encode() + b"\n")
while more := read():
    told += more
sys.stdout.buffer.write(told)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

/// What a command left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl<'f> Shell<'f> {
    pub fn new(folder: &'f Path) -> Self {
        Self { folder, env: Vec::new() }
    }

    /// The shell of somebody who signs in at `server`.
    pub fn of(folder: &'f Path, server: &Server, who: &str) -> Self {
        fs::write(folder.join("password"), format!("{DEMO_PASSWORD}\n")).unwrap();
        let env = vec![
            ("PROVISO__CLIENT__URL", server.at.clone()),
            ("PROVISO__CLIENT__EMAIL", format!("{who}@example.com")),
            ("PROVISO_PASSWORD_FILE", folder.join("password").display().to_string()),
            ("XDG_STATE_HOME", folder.join(who).display().to_string()),
        ];
        Self { folder, env }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
        command.args(arguments).current_dir(self.folder).env_remove("PROVISO_CONFIG");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// The same at a terminal, where each question is answered once it is asked.
    pub fn typing(&self, arguments: &[&str], answers: &[(&str, &str)]) -> Ran {
        let answers: Vec<&str> = answers.iter().flat_map(|(asked, answer)| [*asked, *answer]).collect();
        let mut command = Command::new("python3");
        command.args(["-c", TERMINAL]).arg(answers.join("\n")).arg(env!("CARGO_BIN_EXE_proviso")).args(arguments);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// What a command prints, which must end well.
    #[track_caller]
    pub fn out(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}\n{}", ran.out, ran.err);
        ran.out
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.out(&[arguments, &["--output", "json"]].concat())).unwrap()
    }
}

/// A service in a process of its own, with the staff of a world.
pub fn service(folder: &Path) -> (World, Server) {
    let world = World::at_present();
    let server = Server::serve(folder, world.app.config().database.url.reveal());
    (world, server)
}
